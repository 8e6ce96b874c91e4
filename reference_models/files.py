"""Files that are there whole or not at all, whenever a run is stopped."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from disentangle_metrics.errors import FileFormatError


@contextmanager
def whole_file(path: Path, what: str, *errors: type[Exception]) -> Iterator[Path]:
    """Give a temporary path to write to, and rename it to `path` once it is written; `what` names it in messages.

    Raises
    ------
    FileFormatError
        If writing raises OSError or one of `errors`; what was at `path` is left as it was.
    """
    temporary = path.with_name(f".{path.stem}.tmp{path.suffix}")
    refused: tuple[type[Exception], ...] = (OSError, *errors)
    try:
        yield temporary
        temporary.replace(path)
    except refused as error:
        raise FileFormatError(f"{path} cannot be written: {error}. The {what} before it is whole.") from None
    finally:
        temporary.unlink(missing_ok=True)
