"""The journal of a batch: a line for each scored file, appended at once, so that a killed run can be continued."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from ..errors import FileFormatError, OptionError
from .tasks import Task
from .worker import Result


class Journal:
    """Results in a file next to the output; the first line holds their settings.

    Parameters
    ----------
    path : Path
        Created if it does not exist.
    settings : mapping
        Settings that JSON can hold. Results of other settings are refused, never mixed.

    Raises
    ------
    FileFormatError
        If it cannot be opened, or is not a journal.
    OptionError
        If it was begun with other settings.
    """

    def __init__(self, path: Path, settings: Mapping[str, Any]) -> None:
        self.path = path
        self._entries: dict[str, Any] = {}
        try:
            self._file = path.open("a+b", buffering=0)  # each line reaches the system when it is written
        except OSError as error:
            raise FileFormatError(f"{path} cannot be written: {error.strerror}.") from None
        self._file.seek(0)
        lines = self._file.read().split(b"\n")
        # Text after the last line break is an incomplete line of a killed run.
        self._file.truncate(sum(len(line) + 1 for line in lines[:-1]))
        if len(lines) == 1:
            self._write({"settings": settings})
            return
        head, *entries = (self._parsed(number, line) for number, line in enumerate(lines[:-1], 1))
        if changes := _changes(head.get("settings", {}), settings):
            self._file.close()
            raise OptionError(
                f"{path} holds results of other settings ({'; '.join(changes)}), and results are not mixed. "
                "Use the earlier settings to continue that run; to start again, remove that file or name "
                "another output."
            )
        self._entries = {entry["result"]["file"]: entry for entry in entries}

    def _parsed(self, number: int, line: bytes) -> dict[str, Any]:
        try:
            entry = json.loads(line)
        except ValueError:
            entry = None
        if isinstance(entry, dict) and ("settings" if number == 1 else "result") in entry:
            return entry
        self._file.close()
        raise FileFormatError(f"{self.path} is damaged in line {number}. Remove that line, or the file to start again.")

    def _write(self, entry: Mapping[str, Any]) -> None:
        line = json.dumps(entry, allow_nan=False).encode() + b"\n"
        try:
            written = self._file.write(line)
        except OSError as error:
            raise FileFormatError(f"{self.path} cannot be written: {error.strerror}.") from None
        if written != len(line):  # the incomplete line is removed when the run continues
            raise FileFormatError(f"{self.path} cannot be written: no space left.")

    def finished(self, tasks: list[Task]) -> Iterator[Result]:
        """Yield the results of scored files that have not changed since, and whose factors have not changed."""
        for task in tasks:
            entry = self._entries.get(task.file)
            if entry is not None and entry["stamp"] == _stamp(task) and entry["result"]["error"] is None:
                yield Result(**entry["result"])

    def append(self, task: Task, result: Result) -> None:
        """Append a result.

        Raises
        ------
        FileFormatError
            If it cannot be written, for example because the disk is full.
        """
        self._write({"stamp": _stamp(task), "result": asdict(result)})

    def close(self, remove: bool) -> None:
        """Close the file, and remove it if its results are written elsewhere."""
        self._file.close()
        if remove:
            self.path.unlink(missing_ok=True)


def _stamp(task: Task) -> list[int]:
    return [*task.stamp, *task.factors_stamp]


def _changes(before: Mapping[str, Any], now: Mapping[str, Any], prefix: str = "") -> list[str]:
    """Return the differences, as ``name: before, now after``."""
    changes = []
    for name in dict.fromkeys([*before, *now]):
        old, new = before.get(name), now.get(name)
        if isinstance(old, dict) and isinstance(new, dict):
            changes += _changes(old, new, f"{prefix}{name}.")
        elif old != new:
            changes.append(f"{prefix}{name}: {json.dumps(old)}, now {json.dumps(new)}")
    return changes
