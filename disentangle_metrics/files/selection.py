"""Which columns ``FILE:KEY`` picks: names, wildcards, ranges and exclusions, with commas between them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path

from ..errors import FileFormatError, nearest
from .content import listed

# Parts of a key: what stands in brackets may hold a comma.
_PART = re.compile(r"(?:\[[^\[\]]*\]|[^,\[\]])+|[^,]+")
_RANGE = re.compile(r"(-?\d*)\s*:\s*(-?\d*)\s*(?::\s*(-?\d*)\s*)?")


def parts_of(key: str, known: Sequence[str]) -> list[str]:
    """Return the parts of a key: the whole where it is a name, names that have commas between them, or patterns."""
    if key in known or not key:
        return [key]
    parts = key.split(",")
    return parts if all(part in known for part in parts) else [part.strip() for part in _PART.findall(key)]


def pick(key: str, names: Sequence[str], path: Path, noun: str = "column") -> list[int]:
    """Return the places of the names that a key picks, in its order, each once.

    Parameters
    ----------
    key : str
        Names and patterns with commas: ``z0,z1``, ``z*``, ``[1:]``, ``[0:10:2]``, ``[3]``; ``!`` in front leaves out.
        Where all parts leave out, what remains is picked.
    names : sequence of str
    path : Path
    noun : str, default "column"
        What the names are of, for errors.

    Raises
    ------
    FileFormatError
        If a part picks nothing.

    Examples
    --------
    >>> names = ["id", "z0", "z1", "z2", "label"]
    >>> [[names[j] for j in pick(key, names, Path("t.csv"))] for key in ("z*,!z1", "[1:3]", "!id,!label")]
    [['z0', 'z2'], ['z0', 'z1'], ['z0', 'z1', 'z2']]
    """
    parts = parts_of(key, names)
    out = [part for part in parts if part.startswith("!") and part not in names]
    within = [part for part in parts if part not in out]
    chosen = [j for part in within for j in _matches(part, names, path, noun)]
    left_out = {j for part in out for j in _matches(part[1:], names, path, noun)}
    found = [j for j in dict.fromkeys(chosen if within else range(len(names))) if j not in left_out]
    if not found:
        raise FileFormatError(f"{key!r} leaves no {noun} of {path}. It holds {listed(names)}.")
    return found


def matching(pattern: str, names: Sequence[str]) -> list[int]:
    """Return the places of the names that a pattern with ``*`` and ``?`` matches."""
    return [j for j, name in enumerate(names) if fnmatchcase(name, pattern.replace("[", "[[]"))]


def _matches(part: str, names: Sequence[str], path: Path, noun: str) -> list[int]:
    if part in names:
        return [j for j, name in enumerate(names) if name == part]
    if part.startswith("[") and part.endswith("]"):
        return [j for piece in part[1:-1].split(",") for j in _in_range(piece.strip(), names, path, noun)]
    if ("*" in part or "?" in part) and (found := matching(part, names)):
        return found
    raise FileFormatError(f"{path} has no {noun} {part!r}. It holds {listed(names)}.{nearest(part, names)}")


def _in_range(text: str, names: Sequence[str], path: Path, noun: str) -> list[int]:
    """Return the places of ``3`` or ``first:end:step``, counted from 0 as in Python."""
    places = range(len(names))
    chosen: Sequence[int] = []
    if (found := _RANGE.fullmatch(text)) and found[3] != "0":
        chosen = places[slice(*(int(end) if end else None for end in found.groups()))]
    elif text.removeprefix("-").isdigit():
        chosen = places[int(text) :][:1] if -len(names) <= int(text) else []
    else:
        raise FileFormatError(f"[{text}] is no range of {noun}s. Write [first:end] or [number], counted from 0.")
    if not chosen:
        raise FileFormatError(f"[{text}] picks no {noun} of {path}, which has {len(names)}, counted from 0.")
    return list(chosen)
