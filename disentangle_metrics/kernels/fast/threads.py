"""How compiled work is called: on several threads, since it lets go of Python's lock, and on arrays of one kind."""

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
    """Cut ``range(n)`` into one piece for each thread, but none much shorter than `least`: (start, stop) of each."""
    pieces = max(1, min(config.threads, n // max(1, least)))
    return [(i * n // pieces, (i + 1) * n // pieces) for i in range(pieces)]


def each(work: Callable[[int, int], T], pieces: list[tuple[int, int]]) -> list[T]:
    """Return what `work` makes of each piece, a thread for each, under the settings of this one."""
    if len(pieces) == 1:
        return [work(*pieces[0])]
    with ThreadPoolExecutor(len(pieces)) as pool:
        results = [pool.submit(copy_context().run, partial(work, *piece)) for piece in pieces]
        return [result.result() for result in results]


def read_only(array: NDArray[Any]) -> NDArray[Any]:
    """Return a view that cannot be written to: code is compiled anew for arrays that can."""
    view = array.view()
    view.flags.writeable = False
    return view
