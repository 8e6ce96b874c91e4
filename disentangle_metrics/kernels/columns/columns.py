"""Walk a large array of rows by its columns, fast and without a second copy of it.

Latents usually lie row after row in memory, and a score reads one latent at a time. Plain ``latents.min(axis=0)`` and
``latents[:, j]`` take ten times as long as the two functions here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.intp] | slice

# Bytes that are read together: they stay in the cache, and the loop around them takes little time.
_CHUNK = 1 << 19
# Bytes of columns that are copied together, so that a row is fetched once for several of them.
_TILE = 1 << 25
# Numbers in a row that numpy reduces fast along the first axis.
_LONG_ROW = 1024
# Numbers up to which a few long columns take half the time if a copy has them as rows; rows for each column.
_FEW, _TALL = 1 << 14, 8


def extremes(array: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the minimum and the maximum of each column, both NaN if the column holds NaN.

    Parameters
    ----------
    array : ndarray of shape (n, d)
        Real numbers, n >= 1 and d >= 1.

    Returns
    -------
    low, high : ndarray of shape (d,)
    """
    if array.flags.f_contiguous and _quick(array.dtype) == array.dtype:
        return array.min(axis=0), array.max(axis=0)
    n, d = array.shape
    if array.size <= _FEW and _TALL * d <= n:
        turned = np.ascontiguousarray(array.T, dtype=_quick(array.dtype))
        return turned.min(axis=1), turned.max(axis=1)
    step = max(1, _CHUNK // (d * array.itemsize))
    lows, highs = [], []
    for start in range(0, n, step):
        chunk = np.ascontiguousarray(array[start : start + step], dtype=_quick(array.dtype))
        fold = max(1, min(_LONG_ROW // d, len(chunk)))
        rest = len(chunk) % fold
        folded = chunk[: len(chunk) - rest].reshape(-1, fold * d)
        lows += [folded.min(axis=0).reshape(fold, d), chunk[len(chunk) - rest :]]
        highs += [folded.max(axis=0).reshape(fold, d), chunk[len(chunk) - rest :]]
    return np.concatenate(lows).min(axis=0), np.concatenate(highs).max(axis=0)


def columns(array: NDArray[Any], rows: Rows = slice(None)) -> Iterator[NDArray[Any]]:
    """Yield the columns one by one, each contiguous.

    Parameters
    ----------
    array : ndarray of shape (n, d)
    rows : slice(None) or ndarray of int of shape (m,), default all of them

    Yields
    ------
    ndarray of shape (n,) or (m,)
        In the array's dtype. float16, for which processors have no arithmetic, becomes float32, without loss. Use a
        column before the next one is read, because the next one may take its place in memory.
    """
    n = array.shape[0] if isinstance(rows, slice) else len(rows)
    dtype = _quick(array.dtype)
    if isinstance(rows, slice) and array.flags.f_contiguous and dtype == array.dtype:
        yield from array.T
        return
    width = max(1, min(array.shape[1], _TILE // (n * dtype.itemsize)))
    tile = np.empty((width, n), dtype=dtype)
    step = max(1, _CHUNK // (width * dtype.itemsize))
    for first in range(0, array.shape[1], width):
        part = array[:, first : first + width]
        for start in range(0, n, step):
            stop = start + step
            chosen = slice(start, stop) if isinstance(rows, slice) else rows[start:stop]
            tile[: part.shape[1], start:stop] = part[chosen].T
        yield from tile[: part.shape[1]]


def _quick(dtype: np.dtype[Any]) -> np.dtype[Any]:
    """Return the dtype to compute in: it holds the same values and needs no conversion of each."""
    return np.dtype(np.float32) if dtype.kind == "f" and dtype.itemsize == 2 else dtype.newbyteorder("=")


def deviation(x: NDArray[Any]) -> float:
    """Return the standard deviation (n - 1), of values whose squares may be beyond float64."""
    half = x.astype(np.float64) / 2
    half -= half[0]
    size = np.abs(half).max()
    return float(2 * size * np.std(half / size, ddof=1)) if size > 0 else 0.0
