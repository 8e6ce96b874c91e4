"""Scores that ``dmetrics score`` wrote to a JSON file."""

from __future__ import annotations

import math
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
    if wrong := [name for name, score in scores.items() if not _is_whole(score)]:
        raise FileFormatError(
            f"{option} {path} has a score of {wrong[0]} whose value, interval or signature is damaged. {_WRITE}"
        )
    return dict(scores)


def _is_whole(score: dict[str, Any]) -> bool:
    """Return whether a score has a signature, and finite numbers for its value and its interval if it has one."""
    interval = score.get("interval")
    if not isinstance(score["signature"], str) or not isinstance(interval, (dict, type(None))):
        return False
    numbers = [score["value"], *((interval.get(end) for end in ("low", "high", "level")) if interval else ())]
    if not all(isinstance(x, (int, float)) and not isinstance(x, bool) and math.isfinite(x) for x in numbers):
        return False
    center = (interval or {}).get("center")
    in_order = not interval or interval["low"] <= interval["high"]
    return in_order and (center is None or (isinstance(center, (int, float)) and math.isfinite(center)))
