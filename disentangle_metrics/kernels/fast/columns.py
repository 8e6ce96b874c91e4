"""Compiled extremes: one walk over the rows for both ends of every column."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .compiling import njit
from .threads import read_only

# Rows that are compared with one another lane by lane before their lanes are.
_TILE = 32
_KNOWN = frozenset(map(np.dtype, (np.float32, np.float64, np.int64, np.uint8)))


def extremes(array: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the minimum and the maximum of each column: see the numpy kernel."""
    n, d = array.shape
    if array.dtype not in _KNOWN or not array.flags.c_contiguous or n < _TILE:
        return NotImplemented  # type: ignore[no-any-return]
    low, high = np.empty((2, d), dtype=array.dtype)
    if not _extremes(read_only(array).reshape(-1), low, high):
        return NotImplemented  # type: ignore[no-any-return]
    return low, high


@njit(cache=True, nogil=True)
def _extremes(flat, low, high):  # type: ignore[no-untyped-def]
    """Find the ends of each column of rows laid end to end; say whether all values are finite."""
    d = len(low)
    size = _TILE * d
    least, most = flat[:size].copy(), flat[:size].copy()
    zeros = least * 0  # what is not finite is NaN times 0
    for start in range(0, len(flat), size):
        first = min(start, len(flat) - size)  # of the last tile, which has some rows that the one before it had
        tile = flat[first : first + size]
        for i in range(size):
            least[i] = min(least[i], tile[i])
            most[i] = max(most[i], tile[i])
            zeros[i] += tile[i] * 0
    low[:], high[:] = least[:d], most[:d]
    for i in range(size):
        low[i % d] = min(low[i % d], least[i])
        high[i % d] = max(high[i % d], most[i])
    return (zeros == 0).all()
