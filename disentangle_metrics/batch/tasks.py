"""Tasks of a batch: the files of all patterns, their factors, and stamps that show whether a file has changed."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from ..errors import FileFormatError, MissingFileError, OptionError
from ..files.formats import exists
from ..files.load import StrPath, split_key


class Task(NamedTuple):
    """One file to score.

    Attributes
    ----------
    file : str
        ``FILE`` or ``FILE:KEY``, as the caller named it.
    path : str
        The same as an absolute path, for workers in another folder.
    factors : str or None
        The absolute path of its factors; None if they are in the file itself.
    stamp, factors_stamp : tuple of int
        Size in bytes and time of the last change in nanoseconds, of the file and of its factors.
    """

    file: str
    path: str
    factors: str | None
    stamp: tuple[int, ...]
    factors_stamp: tuple[int, ...]


def find(paths: StrPath | Iterable[StrPath], factors: StrPath | None, factors_beside: str | None) -> list[Task]:
    """Return a task for each file that the paths and patterns name, each file once, in order.

    Raises
    ------
    MissingFileError
        If a path or a pattern names no file.
    OptionError
        If there is no path, or if the factors are named in two ways.
    """
    if factors is not None and factors_beside is not None:
        raise OptionError("factors are named twice: one file for all, and one beside each file. Leave one of them out.")
    patterns = [paths] if isinstance(paths, (str, os.PathLike)) else list(paths)
    if not patterns:
        raise OptionError("no file was named. Pass at least one path or pattern.")
    files = list(dict.fromkeys(file for pattern in patterns for file in _matches(os.fspath(pattern))))
    here = Path.cwd()
    shared = None if factors is None else str(here / factors)
    stamps: dict[str, tuple[int, ...]] = {}

    def stamp(spec: str) -> tuple[int, ...]:
        if spec not in stamps:  # the factors of many files are often one file
            stamps[spec] = _stamp(split_key(spec)[0])
        return stamps[spec]

    tasks = []
    for file in files:
        path = here / split_key(file)[0]
        its_factors = shared if factors_beside is None else str(path.parent / factors_beside)
        tasks.append(
            Task(file, str(here / file), its_factors, _stamp(path), () if its_factors is None else stamp(its_factors))
        )
    return tasks


def _matches(pattern: str) -> list[str]:
    path, key = split_key(pattern)
    if exists(path):  # also a file whose name contains *, ? or [
        matches = [str(path)]
    else:
        matches = sorted(glob.glob(str(path), recursive=True))  # noqa: PTH207 - Path needs relative patterns
        if not matches:
            what = f"file that matches {path}" if glob.has_magic(str(path)) else f"file {path}"
            raise MissingFileError(f"there is no {what}. Patterns know *, ?, [...] and **.")
    files = [file for file in matches if not Path(file).is_dir()]
    if not files:
        raise FileFormatError(f"{path} names folders and no file. Name the files in them: {path}/*.npz")
    return [file if key is None else f"{file}:{key}" for file in files]


def _stamp(path: Path) -> tuple[int, ...]:
    """Return size and time of change, or an empty tuple for a missing file, whose reading will raise the error."""
    try:
        status = path.stat()
    except OSError:
        return ()
    return status.st_size, status.st_mtime_ns
