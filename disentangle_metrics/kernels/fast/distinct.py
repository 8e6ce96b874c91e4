"""Compiled codes of labels that are whole numbers close together: one walk over the rows for several factors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from .threads import read_only


def offsets(
    table: NDArray[Any], columns: Sequence[int], low: NDArray[Any], spans: Sequence[int]
) -> list[tuple[NDArray[np.unsignedinteger], NDArray[np.int64]]]:
    """Return how far each whole number lies above the least of its column, and how often: see the numpy kernel."""
    simple = table.dtype in (np.int64, np.uint8) and table.dtype.isnative and table.flags.c_contiguous
    if not simple or not columns or max(spans) >= 1 << 16:
        return NotImplemented  # type: ignore[no-any-return]
    codes = np.empty((len(columns), len(table)), dtype=np.min_scalar_type(max(spans)))
    counts = np.zeros((len(columns), max(spans)), dtype=np.int64)
    _offsets(read_only(table), np.array(columns), low.astype(np.int64), codes, counts)
    return [(codes[i], counts[i, :span]) for i, span in enumerate(spans)]


@njit(cache=True, nogil=True)
def _offsets(table, columns, low, codes, counts):  # type: ignore[no-untyped-def]
    for i in range(len(table)):
        for c in range(len(columns)):
            j = columns[c]
            above = np.uint64(np.int64(table[i, j]) - low[j])
            codes[c, i] = above
            counts[c, above] += 1
