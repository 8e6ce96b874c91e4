"""Calls of compiled code: on several threads, since it releases Python's lock, and on read-only arrays."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import Any, TypeVar

from numpy.typing import NDArray

from ...runtime.config import config

T = TypeVar("T")


def shares(n: int, least: int) -> list[tuple[int, int]]:
    """Return (start, stop) of pieces of ``range(n)``, one for each thread, none much shorter than `least`."""
    pieces = max(1, min(config.threads, n // max(1, least)))
    return [(i * n // pieces, (i + 1) * n // pieces) for i in range(pieces)]


def each(work: Callable[[int, int], T], pieces: list[tuple[int, int]]) -> list[T]:
    """Return the results of `work` for each piece, each on its own thread, under the settings of this thread."""
    if len(pieces) == 1:
        return [work(*pieces[0])]
    with ThreadPoolExecutor(len(pieces)) as pool:
        results = [pool.submit(copy_context().run, partial(work, *piece)) for piece in pieces]
        return [result.result() for result in results]


def read_only(array: NDArray[Any]) -> NDArray[Any]:
    """Return a read-only view: a writable array would need code compiled for it again."""
    view = array.view()
    view.flags.writeable = False
    return view
