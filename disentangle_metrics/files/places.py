"""Where files lie: in the folder of a run, or one beside the other."""

from __future__ import annotations

from pathlib import Path

from ..errors import FileFormatError
from .content import exists
from .formats import READERS

# What the files of a run are called, by whatever ending.
LATENTS_FILE, FACTORS_FILE = "latents", "factors"


def in_folder(folder: Path, stem: str) -> Path:
    """Return the file of that name in a folder, whatever its ending.

    Raises
    ------
    FileFormatError
        If there is none, or more than one.
    """
    found = _called(folder, stem)
    if len(found) == 1:
        return found[0]
    there = f"It has no file {stem}.npz" if not found else f"It has {' and '.join(path.name for path in found)}"
    raise FileFormatError(f"{folder} is a folder. Name a file in it. ({there}, which would be taken.)")


def beside(path: Path, stem: str) -> Path | None:
    """Return the only other file of that name beside a file, None if there is none."""
    found = [other for other in _called(path.parent, stem) if other.name != path.name]
    return found[0] if len(found) == 1 else None


def _called(folder: Path, stem: str) -> list[Path]:
    files = (folder / f"{stem}{ending}" for ending in READERS)
    return [path for path in files if exists(path) and path.is_file()]
