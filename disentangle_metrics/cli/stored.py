"""Scores that ``dmetrics score`` wrote to a JSON file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..errors import FileFormatError, MissingFileError

_WRITE = "Write it with dmetrics score --confidence 0.95 -o FILE.json."


def stored_scores(option: str, path: Path) -> dict[str, Any]:
    """Return the scores of a file by metric; `option` names the option that was given the file, for messages."""
    import json

    try:
        report = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise MissingFileError(f"{option} {path} cannot be read: {error.strerror}.") from None
    except ValueError as error:
        raise FileFormatError(f"{option} {path} is not JSON: {error}. {_WRITE}") from None
    scores = report.get("scores") if isinstance(report, dict) else None
    whole = isinstance(scores, dict) and all(
        isinstance(score, dict) and {"value", "signature"} <= score.keys() for score in scores.values()
    )
    if not whole or not scores:
        raise FileFormatError(f"{option} {path} is JSON without scores. {_WRITE}")
    return dict(scores)
