"""Write results whole or not at all, and say beforehand whether they can be written."""

from __future__ import annotations

import os
from pathlib import Path

from ..errors import FileFormatError, MissingFileError


def write_text(path: Path, text: str) -> None:
    """Write a file of text whole or not at all, see :func:`write_bytes`."""
    try:
        data = text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise _unwritable(path, error) from None
    write_bytes(path, data)


def write_bytes(path: Path, data: bytes) -> None:
    """Write a file whole or not at all: into a temporary file beside it, then renamed.

    Raises
    ------
    MissingFileError
        If its folder does not exist.
    FileFormatError
        If it cannot be written there.
    """
    import tempfile

    check_writable(path)
    path = path.resolve()  # the file behind a link, and not the link, is replaced
    temporary = None
    try:
        if path.exists() and not path.is_file():  # a pipe or a device cannot be replaced
            path.write_bytes(data)
            return
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp", delete=False) as file:
            temporary = Path(file.name)
            file.write(data)
        temporary.chmod(path.stat().st_mode if path.exists() else mode_of_new_files())
        temporary.replace(path)
    except OSError as error:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
        raise _unwritable(path, error) from None


def _unwritable(path: Path, error: Exception) -> FileFormatError:
    return FileFormatError(f"{path} cannot be written: {getattr(error, 'strerror', None) or error}.")


def mode_of_new_files() -> int:
    """Return the permissions any new file would get; a temporary one is private."""
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask


def check_writable(path: Path) -> None:
    """Raise MissingFileError or FileFormatError unless `path` can name a new file, before any work is done for it."""
    folder = path.parent
    if not folder.is_dir():
        raise MissingFileError(
            f"there is no folder {folder} to write {path.name} into. Make it with: mkdir -p {folder}"
        )
    if path.is_dir():
        raise FileFormatError(f"{path} is a folder. Name a file in it.")
