"""Files that are there whole or not at all whenever a run is stopped, and folders that one process works in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from disentangle_metrics.errors import FileFormatError
from disentangle_metrics.io import mode_of_new_files
from disentangle_metrics.locks import alone


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
        temporary.chmod(mode_of_new_files())  # some libraries write private files
        temporary.replace(path)
    except refused as error:
        kept = f" The {what} that was there is whole." if path.exists() else ""
        raise FileFormatError(f"{path} cannot be written: {error}.{kept}") from None
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def make_folder(folder: Path) -> None:
    """Make a folder, and those above it, if it is not there.

    Raises
    ------
    FileFormatError
        If it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileFormatError(f"the folder {folder} cannot be made: {error.strerror}. Name another.") from None


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Make a folder and keep other processes out of it; a process that dies lets go of it.

    Raises
    ------
    OptionError
        If another process is working there.
    FileFormatError
        If the folder cannot be made or written.
    """
    make_folder(folder)
    with alone(folder / ".lock", f"training in {folder}", "name another folder"):
        yield
