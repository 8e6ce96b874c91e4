"""Compiled codes of labels that are whole numbers close together: one walk over the rows for all factors."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..columns.columns import extremes
from ..columns.unique import Offsets, is_short
from .compiling import njit
from .threads import read_only

# The first rows usually show the minimum and the span of a column.
_SAMPLE = 1 << 12
# Rows read together; and short tables that take turns, so that no count waits for the previous one.
_ROWS, _TURNS = 512, 4
# Cells of a short table, and of all tables together; there may be more cells if there are more labels.
_SHORT, _CELLS = 1 << 8, 1 << 18
# A number below the minimum of the sample wraps around to one far above it, unless the minimum is larger than this.
_LARGEST = 2**63 - 2**17


def offsets(table: NDArray[Any]) -> list[Offsets | None]:
    """Return the distance of each number above its column's minimum, and the counts: see the numpy kernel."""
    if table.dtype not in (np.int64, np.uint8) or not table.dtype.isnative or not table.flags.c_contiguous:
        return NotImplemented  # type: ignore[no-any-return]
    result = _as_in(table[:_SAMPLE], table) or _as_in(table, table)
    return NotImplemented if result is None else result


def _as_in(sample: NDArray[Any], table: NDArray[Any]) -> list[Offsets | None] | None:
    """Return the offsets of all rows if they span as far as a sample, or little further; else None."""
    low, high = extremes(sample)
    span = max(int(most) - int(least) for least, most in zip(low, high, strict=True)) + 1
    size = _SHORT if span <= _SHORT else 1 << (span - 1).bit_length()
    if size > 1 << 16 or size * len(low) > max(_CELLS, table.size) or int(low.max()) > _LARGEST:
        return None
    codes = np.empty(table.shape[::-1], dtype=np.uint8 if size == _SHORT else np.uint16)
    counts = np.zeros((len(codes), _TURNS if size == _SHORT else 1, size), dtype=np.int64)
    if not _walk(read_only(table), low.astype(np.int64), codes, counts):
        return None
    totals = counts.sum(axis=1)
    sizes = [int(total.nonzero()[0][-1]) + 1 for total in totals]
    parts = zip(codes, totals, low, sizes, strict=True)
    return [(code, total[:size], least) if is_short(size, len(table)) else None for code, total, least, size in parts]


@njit(cache=True, nogil=True)
def _walk(table, low, codes, counts):  # type: ignore[no-untyped-def]
    """Fill in codes (k, n) and counts (k, turns, size); return whether all numbers lie in [low, low + size)."""
    n, k = table.shape
    turns, size = counts.shape[1], np.uint64(counts.shape[2])
    for start in range(0, n, _ROWS):
        for j in range(k):
            code, count = codes[j, start : start + _ROWS], counts[j]
            farthest = np.uint64(0)
            for i in range(len(code)):
                above = np.uint64(np.int64(table[start + i, j]) - low[j])
                farthest = max(farthest, above)
                code[i] = above
            if farthest >= size:
                return False
            for i in range(len(code)):
                count[i & (turns - 1), code[i]] += 1  # as many as a power of two
    return True
