"""Files to be written, checked before any work is done for them."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.util import find_spec
from pathlib import Path

from ..errors import FileFormatError, MissingDependencyError, OptionError
from ..io import check_writable, split_key

_PICTURES = (".png", ".pdf", ".svg")


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
