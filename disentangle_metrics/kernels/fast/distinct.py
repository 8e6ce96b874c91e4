"""Compiled codes of labels that are whole numbers close together: one walk over them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray


def offsets(column: NDArray[Any], low: Any, span: int) -> tuple[NDArray[np.unsignedinteger], NDArray[np.int64]]:
    """Return how far each whole number lies above the least of them, and how often: see the numpy kernel."""
    if not column.dtype.isnative or column.dtype.itemsize not in (1, 8) or column.dtype == np.uint64:
        return NotImplemented  # type: ignore[no-any-return]
    codes = np.empty(len(column), dtype=np.min_scalar_type(span))
    counts = np.zeros(span, dtype=np.int64)
    _offsets(np.ascontiguousarray(column), int(low), codes, counts)
    return codes, counts


@njit(cache=True, nogil=True)
def _offsets(column, low, codes, counts):  # type: ignore[no-untyped-def]
    for i in range(len(column)):
        above = np.uint64(np.int64(column[i]) - low)
        codes[i] = above
        counts[above] += 1
