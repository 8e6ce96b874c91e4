"""Compiled counting of latents: every value is cut into its bin and counted with its labels as it is read."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ..columns import Rows
from .threads import each, read_only, shares

# Values looked at together, so that they and their labels stay in the fastest cache.
_VALUES = 8192
# Rows whose values are cut by one vectorized loop, with the low end and the scale of each latent laid out beside them.
_TILE = 32
# Rows that are copied together where they do not lie in memory row after row.
_COPIED = 1 << 16
# Counters updated by one thread at least.
_SHARE = 1 << 21
# In bins: a value nearer to an edge is compared with the edge itself. Positions are off by far less as long as no edge
# is further from zero than so many bins.
_NEAR, _FAR = 2.0**-20, 2.0**24


def uniform_tables(
    latents: NDArray[Any],
    rows: Rows,
    edges: NDArray[np.float64],
    labels: NDArray[np.integer],
    starts: tuple[int, ...],
) -> NDArray[np.int64]:
    """Count the bins of every latent with some labels: see the numpy kernel."""
    (g, n), (d, n_edges), n_labels = labels.shape, edges.shape, starts[-1]
    n_bins = n_edges - 1
    low, scale = edges[:, 0].copy(), n_bins / (edges[:, -1] - edges[:, 0])
    varies = np.isfinite(edges[:, -1])
    with np.errstate(over="ignore"):
        far = (np.maximum(-edges[:, 0], edges[:, -1])[varies] * scale[varies] > _FAR).any()
    if far or not (2.0**-900 < scale.min(initial=1.0, where=varies) <= scale.max(initial=1.0, where=varies) < 2.0**900):
        return NotImplemented  # type: ignore[no-any-return]
    if latents.dtype.itemsize > 8 or n_labels * n_bins >= 1 << 31 or n_labels > 1 << 16 or n >= 1 << 31:
        return NotImplemented  # type: ignore[no-any-return]
    low[~varies] -= 0.5  # half a bin from an edge, in the first bin
    scale[~varies] = 1.0
    fences = edges.copy()
    fences[:, -1] = np.inf  # nothing lies above the last bin
    labels = np.ascontiguousarray(labels, dtype=np.uint16)
    template = np.tile(low, _TILE), np.tile(scale, _TILE)

    def count(start: int, stop: int) -> NDArray[np.int32]:
        table = np.zeros((d, n_labels, n_bins), dtype=np.int32)
        for first, z in _pieces(latents, rows, start, stop):
            _count(read_only(z), *template, fences, labels, first, table.reshape(d, -1))
        return table

    tables = each(count, shares(n, _SHARE // (d * g)))
    total = np.empty((n_labels, d, n_bins), dtype=np.int64)
    by_latent = total.transpose(1, 0, 2)
    by_latent[...] = tables[0]
    for table in tables[1:]:
        by_latent += table
    return total


def _pieces(latents: NDArray[Any], rows: Rows, start: int, stop: int) -> Any:
    """Yield the rows from `start` to `stop` in pieces, each in float32 or float64, with where it begins."""
    dtype = np.dtype(np.float32 if np.can_cast(latents.dtype, np.float32) else np.float64)
    as_it_is = isinstance(rows, slice) and latents.flags.c_contiguous and latents.dtype == dtype
    step = stop - start if as_it_is else max(1, _COPIED // latents.shape[1])
    for first in range(start, stop, step):
        some = slice(first, min(first + step, stop))
        yield first, np.ascontiguousarray(latents[some if isinstance(rows, slice) else rows[some]], dtype=dtype)


@njit(cache=True, nogil=True)
def _count(z, low, scale, fences, labels, first_row, table):  # type: ignore[no-untyped-def]
    """Add the counts of rows (n, d) from `first_row` on, with labels (g, N), to the tables (d, n_labels * n_bins)."""
    n, d = z.shape
    g = labels.shape[0]
    n_bins = fences.shape[1] - 1
    tiles = max(1, _VALUES // (d * _TILE))
    size = tiles * _TILE
    flat = z.reshape(-1)
    codes = np.empty(size * d, dtype=np.int32)
    # An index that cannot be negative takes half the time
    cells = np.empty((g, size), dtype=np.uint32)
    code = np.empty(size, dtype=np.uint32)
    for start in range(0, n, size):
        stop = min(start + size, n)
        m = stop - start
        for k in range(g):
            for i in range(m):
                cells[k, i] = labels[k, first_row + start + i] * n_bins
        for tile in range(0, m, _TILE):
            first = (start + tile) * d
            count = (min(tile + _TILE, m) - tile) * d
            farthest = 0.0  # from the middle of a bin
            for i in range(count):
                position = (flat[first + i] - low[i]) * scale[i]
                found = np.floor(position)
                codes[tile * d + i] = np.int32(found)
                farthest = max(farthest, abs(position - found - 0.5))
            if farthest > 0.5 - _NEAR:
                _look(flat[first : first + count], low, scale, fences, codes[tile * d : tile * d + count])
        for j in range(d):
            for i in range(m):
                code[i] = codes[i * d + j]
            counters = table[j]
            for k in range(g):
                cell = cells[k]
                for i in range(m):
                    counters[cell[i] + code[i]] += 1


@njit(cache=True, nogil=True)
def _look(values, low, scale, fences, codes):  # type: ignore[no-untyped-def]
    """Compare the values that lie close to an edge with it."""
    d = fences.shape[0]
    for i in range(len(values)):
        position = (values[i] - low[i]) * scale[i]
        edge = int(position + 0.5)
        if abs(position - edge) <= 2.0 * _NEAR:
            codes[i] = edge - (values[i] < fences[i % d, edge])
