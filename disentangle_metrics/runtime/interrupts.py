"""Ctrl-C, put off where it would leave something half done."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Put off Ctrl-C until the end of the block, where it takes effect as it always does.

    Processes and threads that start meanwhile never see it: it is for us to stop them, and they print no traceback.
    Windows cannot put it off.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [])
    try:
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])  # raises one that came just before
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
