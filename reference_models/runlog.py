"""Log of a run: a JSON object per line, with the step and the means of the figures since the line before."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from disentangle_metrics.errors import FileFormatError
from disentangle_metrics.files.write import write_text

LOG = "log.jsonl"


def read_log(path: Path) -> list[dict[str, Any]]:
    """Return the lines of a log, without an incomplete last line; none if there is no log.

    Raises
    ------
    FileFormatError
        If the file cannot be read, or is no log.
    """
    if not path.exists():
        return []
    entries = []
    try:
        for line in path.read_text(encoding="utf-8").splitlines():
            try:
                entry = json.loads(line)
            except json.JSONDecodeError:  # the run was killed while it wrote this line
                break
            entries.append({**entry, "step": int(entry["step"]), "loss": float(entry["loss"])})
    except (OSError, UnicodeDecodeError, KeyError, TypeError, ValueError) as error:
        raise FileFormatError(f"{path} is not a log that can be read: {error!r}.") from None
    return entries


def cut_log(path: Path, step: int) -> None:
    """Remove the lines after the checkpoint from which a run continues, and an incomplete line."""
    if path.exists():
        write_text(path, "".join(json.dumps(entry) + "\n" for entry in read_log(path) if entry["step"] <= step))


def append_to_log(path: Path, step: int, figures: dict[str, float]) -> None:
    """Append a line.

    Raises
    ------
    FileFormatError
        If the file cannot be written, for example on a full disk.
    """
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"step": step, **figures}) + "\n")
    except OSError as error:
        raise FileFormatError(
            f"{path} cannot be written: {error}. The last checkpoint is whole: go on with resume."
        ) from None
