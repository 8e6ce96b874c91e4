"""One process at a time, by a lock that the system frees however its holder ends."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from ..errors import FileFormatError, OptionError


@contextmanager
def alone(lock: Path, doing: str, else_: str) -> Iterator[None]:
    """Hold a lock for the length of the block.

    Parameters
    ----------
    lock : Path
        The file is created and stays, because its removal would let in two processes at once. It names the process that
        holds the lock.
    doing : str
        The work that no two processes may do at once, for example ``writing scores.csv``.
    else_ : str
        The advice instead of waiting, for example ``name another output``.

    Raises
    ------
    OptionError
        If another process holds the lock.
    FileFormatError
        If the file cannot be written.
    """
    from filelock import FileLock, Timeout

    holder = _holder(lock)  # read before locking: some versions of filelock empty the file then
    held = FileLock(lock)
    try:
        held.acquire(timeout=0)
    except Timeout:
        if not lock.exists():  # filelock waits for a folder that may become writable later
            raise FileFormatError(f"{lock} cannot be written: no file can be created in its folder.") from None
        raise OptionError(
            f"another process is {doing}{_holder(lock) or holder}. Wait for it or end it, or {else_}."
        ) from None
    except OSError as error:
        raise FileFormatError(f"{lock} cannot be written: {error.strerror}.") from None
    try:
        with suppress(OSError):  # on Windows a locked file cannot be written, and the message names no process
            now = datetime.now().astimezone()
            lock.write_text(f"process {os.getpid()} on {platform.node()}, since {now:%Y-%m-%d %H:%M:%S}\n", "utf-8")
        yield
    finally:
        with suppress(OSError):
            os.truncate(lock, 0)
        held.release()


def _holder(lock: Path) -> str:
    try:
        said = lock.read_text("utf-8").strip()
    except OSError:
        return ""
    return f" ({said})" if said else ""
