"""Compiled counting of rows that were drawn with replacement: many draws side by side in the lanes of the processor."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..resampling.bootstrap import Floats, Weights
from .compiling import njit
from .threads import each, shares

# Draws counted side by side: the counters of a table of 800 cells then take 100 KB.
_LANES = 64
# Fewest counter updates for a thread of its own.
_SHARE = 1 << 22


def drawn_xlogx(cells: NDArray[np.integer], n_cells: int, weights: Weights) -> Floats:
    """Return the sum of c log c over the counts of each draw: see the numpy kernel."""
    (r, n), t = weights.shape, len(cells)
    most = int(weights.sum(axis=1, dtype=np.int64).max())
    if n_cells >= 1 << 31 or most >= 1 << 32 or n_cells * _LANES > 1 << 28:
        return NotImplemented  # type: ignore[no-any-return]
    numbers = np.arange(most + 1, dtype=np.float64)
    table = numbers * np.log(np.maximum(numbers, 1.0))
    cells = np.ascontiguousarray(cells, dtype=np.uint32)
    sums = np.empty((r, t))
    # a counter never exceeds the number of rows of its draw
    counter = np.uint16 if most < 1 << 16 else np.uint32
    for start in range(0, r, _LANES):
        lanes = slice(start, start + _LANES)
        block = np.zeros((n, _LANES), dtype=counter)
        block[:, : len(weights[lanes])] = weights[lanes].T
        part = np.empty((t, _LANES))

        def count(first: int, last: int, block: NDArray = block, part: Floats = part) -> None:  # type: ignore[type-arg]
            counts = np.empty((n_cells, _LANES), dtype=block.dtype)
            for i in range(first, last):
                _count(cells[i], block, counts, table, part[i])

        each(count, shares(t, _SHARE // (n * _LANES) + 1))
        sums[lanes] = part[:, : len(weights[lanes])].T
    return sums


@njit(cache=True, nogil=True)
def _count(cells, weights, counts, table, total):  # type: ignore[no-untyped-def]
    """Count one table (n,) for several draws (n, lanes) and sum c log c: (lanes,)."""
    counts[:] = 0
    lanes = weights.shape[1]
    for i in range(len(cells)):
        counter = counts[cells[i]]
        weight = weights[i]
        for r in range(lanes):
            counter[r] += weight[r]
    total[:] = 0.0
    for c in range(len(counts)):
        counter = counts[c]
        for r in range(lanes):
            total[r] += table[counter[r]]
