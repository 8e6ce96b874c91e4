"""Files to be written: their formats, checks before any work is done for them, and pictures."""

from __future__ import annotations

import io
from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ..errors import FileFormatError, MissingDependencyError, OptionError
from ..io import check_writable, split_key, write_bytes
from ..options import choice
from .console import stderr

_BY_SUFFIX = {".json": "json", ".csv": "csv", ".md": "markdown", ".tex": "latex"}

_PICTURES = (".png", ".pdf", ".svg")


def form_of(given: str | None, output: Path | None, formats: Iterable[str]) -> str:
    """Return the format that was asked for, else the one that the file's ending names, else a table."""
    named = _BY_SUFFIX.get(output.suffix if output else "", "table")
    return choice("--format", given or (named if named in formats else "table"), formats)


def check_target(target: Path, sources: Iterable[str]) -> None:
    """Raise an error unless a file can be written there that is none of the sources."""
    check_writable(target)
    for source in sources:
        if target.exists() and target.resolve() == split_key(source)[0].resolve():
            raise OptionError(f"{target} would overwrite an input. Name another file.")


def check_picture(path: Path) -> None:
    """Raise an error unless a picture can be drawn into such a file."""
    if path.suffix.lower() not in _PICTURES:
        raise FileFormatError(f"--plot {path} ends in {path.suffix!r}. Use one of {', '.join(_PICTURES)}.")
    if find_spec("matplotlib") is None:
        raise MissingDependencyError(
            "--plot needs matplotlib. Install it with: pip install 'disentangle-metrics[plot]'"
        )


def write_picture(figure: Any, path: Path) -> None:
    """Write a matplotlib figure whole or not at all, and say so."""
    picture = io.BytesIO()
    figure.savefig(picture, format=path.suffix[1:].lower(), dpi=150)
    write_bytes(path, picture.getvalue())
    stderr().print(f"wrote {path}", markup=False)
