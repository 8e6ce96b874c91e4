"""Files that are complete or absent whenever a run stops, and folders that one process uses at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from os.path import lexists
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryFile

from disentangle_metrics.errors import FileFormatError, OptionError
from disentangle_metrics.files.write import check_writable, mode_of_new_files
from disentangle_metrics.runtime.locks import alone

# Files that a run's folder gets after the training; the rows of the first two belong together.
LATENTS, FACTORS, SCORES = "latents.npz", "factors.npz", "scores.json"
TRAVERSAL, RECONSTRUCTIONS = "traversal.png", "reconstructions.png"


@contextmanager
def whole_file(path: Path, what: str, *errors: type[Exception]) -> Iterator[Path]:
    """Yield a temporary path to write to, and rename it to `path` afterwards; `what` names the file in messages.

    Raises
    ------
    FileFormatError
        If writing raises OSError or one of `errors`; a file that was at `path` stays as it was.
    """
    temporary: Path | None = None
    refused: tuple[type[Exception], ...] = (OSError, *errors)
    try:
        # a new name with the same ending, which libraries look at
        with NamedTemporaryFile(
            dir=path.parent, prefix=f".{path.stem}.", suffix=f".tmp{path.suffix}", delete=False
        ) as file:
            temporary = Path(file.name)
        yield temporary
        temporary.chmod(mode_of_new_files())  # some libraries write private files
        temporary.replace(path)
    except refused as error:
        kept = f" The {what} that was there is whole." if path.exists() else ""
        raise FileFormatError(f"{path} cannot be written: {error}.{kept}") from None
    finally:
        if temporary is not None:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)


def check_named(path: Path, what: str, endings: Sequence[str]) -> None:
    """Raise an error unless a file with a given name can be written, before any work for it.

    Raises
    ------
    OptionError
        If its ending is none of `endings`.
    MissingFileError, FileFormatError
        If its folder is missing or not writable, or if it is a folder itself.
    """
    check_writable(path)
    if path.suffix.lower() not in endings:
        known = endings[0] if len(endings) == 1 else f"one of {', '.join(endings)}"
        raise OptionError(f"{path}: the name of {what} must end in {known}.")
    check_place(path.parent)


def check_unnamed(path: Path, how: str) -> None:
    """Raise OptionError if a file with a default name exists already; `how` is the advice in the message."""
    if lexists(path):
        raise OptionError(f"{path} is there already, and only a file that you name is replaced. {how}")


def check_place(folder: Path) -> None:
    """Raise FileFormatError unless files can be written into a folder, which need not exist yet."""
    place = None
    try:
        place = next(place for place in (folder, *folder.parents) if place.exists())
        with TemporaryFile(dir=place):
            pass
    except OSError as error:
        problem = "takes no file" if place == folder else "cannot be made"
        raise FileFormatError(f"the folder {folder} {problem}: {error.strerror}. Name another.") from None


def make_folder(folder: Path) -> None:
    """Create a folder, and the folders above it, if it does not exist.

    Raises
    ------
    FileFormatError
        If it cannot be created.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileFormatError(f"the folder {folder} cannot be made: {error.strerror}. Name another.") from None


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Create a folder and keep other processes out of it; the lock ends with the process.

    Raises
    ------
    OptionError
        If another process uses the folder.
    FileFormatError
        If the folder cannot be created or written.
    """
    make_folder(folder)
    with alone(folder / ".dmetrics.lock", f"training in {folder}", "name another folder"):
        yield
