"""Names of models that were given as files or as patterns of files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ...files.load import split_key


def names_of_files(files: Sequence[str]) -> list[str]:
    """Return the part of each file or pattern that differs from the others.

    It is the file's name without its ending, if no two names are equal; else its folder, or a folder above; else the
    key; else the part between the folders that all paths begin with and the folders that all paths end with.

    Examples
    --------
    >>> names_of_files(["old/s*/latents.npz", "new/s*/latents.npz"])
    ['old', 'new']
    >>> names_of_files(["runs/old/s0/latents.npz", "runs/old/s1/latents.npz", "runs/new/s0/latents.npz"])
    ['old/s0', 'old/s1', 'new/s0']
    """
    split = [split_key(file) for file in files]
    paths = [_parts(path) for path, _ in split]
    ways = [[path[-1 - up] if up < len(path) else "" for path in paths] for up in range(max(map(len, paths)))]
    ways += [[key or "" for _, key in split], _between(paths), [str(path) for path, _ in split]]
    return next((names for names in ways if all(names) and len(set(names)) == len(names)), list(files))


def _parts(path: Path) -> list[str]:
    """Return the folders of a file from the root, and its name without the ending."""
    return [*(part for part in path.parent.parts if part != path.anchor), path.stem]


def _between(paths: list[list[str]]) -> list[str]:
    """Return the paths without their common first parts and common last parts."""
    for end in (0, -1):
        while all(paths) and len({path[end] for path in paths}) == 1:
            paths = [path[1:] if end == 0 else path[:-1] for path in paths]
    return ["/".join(path) for path in paths]
