"""A table that an earlier run finished: replaced by the same settings alone, unless the caller says so."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..errors import DisentangleError, OptionError, shortened
from ..files.formats import read_file
from ..runtime.config import config
from .tasks import Task
from .worker import Computing, Settings, score_file


def check_finished(output: Path, form: str, tasks: Sequence[Task], settings: Settings) -> None:
    """Raise OptionError if a table would be lost: one of other settings, of more files, or of something else.

    Parameters
    ----------
    output : Path
        The table, which exists.
    form : str
        The format it would be written in.
    tasks : sequence of Task
    settings : Settings
        How they would be scored. The signatures of the first file of the table tell whether it was scored so.
    """
    rows = _rows(output, form)
    if reason := _loss(rows, tasks, settings):
        raise OptionError(
            f"{output} {reason}, and would be replaced. Name another output, or pass overwrite=True to replace it."
        )


def _rows(output: Path, form: str) -> dict[str, Mapping[str, Any]] | None:
    """Return the rows of a table of a batch by file, None if it is none."""
    try:
        if form in ("json", "jsonl"):
            text = output.read_text(encoding="utf-8")
            records = json.loads(text) if form == "json" else [json.loads(line) for line in text.splitlines()]
        else:
            records = read_file(output, header=True if form == "csv" else None).table.to_dict("records")
        return {row["file"]: row for row in records if "error" in row and "seconds" in row}
    except (DisentangleError, OSError, ValueError, LookupError, TypeError, AttributeError):
        return None


def _loss(rows: dict[str, Mapping[str, Any]] | None, tasks: Sequence[Task], settings: Settings) -> str | None:
    """Return what would be lost with a table, None if nothing would."""
    if not rows:
        return "is no table of a batch"
    files = {task.file for task in tasks}
    if lacking := [file for file in rows if file not in files]:
        return f"has {len(lacking)} files that are not among these (the first is {lacking[0]})"
    one = next((task for task in tasks if task.file in rows and not isinstance(rows[task.file]["error"], str)), None)
    if one is None:  # nothing was scored
        return None
    ending = ".signature"
    old = {name.removesuffix(ending): value for name, value in rows[one.file].items() if name.endswith(ending)}
    result = score_file(one, settings, Computing(config.backend, None))
    if result.error is not None:  # the run itself will say so
        return None
    new = {name: score["signature"] for name, score in result.scores.items()}
    for name, signature in old.items():
        if not isinstance(signature, str) and name in new and new[name] is None:  # left out, then and now
            continue
        if signature != new.get(name):
            now = "not asked for" if name not in new else shortened(new[name])
            return f"holds results of other settings ({name} of {one.file}: {shortened(str(signature))}, now {now})"
    return None
