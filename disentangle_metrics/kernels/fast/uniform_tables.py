"""Compiled counting of latents: every value is binned and counted with its labels when it is read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..columns.columns import Rows
from ..counting.merged_factors import Factor, Plan, places, planned
from .compiling import njit
from .threads import each, read_only, shares

# Rows read together, so that their bins and labels stay in the fast caches; and values, if rows are long.
_ROWS, _VALUES = 2048, 1 << 19
# Rows whose values are binned by one vectorized loop, with the low end and the scale of each latent in parallel arrays.
_TILE = 32
# Rows that are copied together if they do not lie in memory row after row.
_COPIED = 1 << 16
# Fewest counter updates for a thread of its own.
_SHARE = 1 << 21
# A position among the bins is held as a whole number of steps, at most this many, with an error below one step.
_STEPS = {np.dtype(np.float32): 1 << 22, np.dtype(np.float64): 1 << 30}
# Number of bins that float32 can still tell apart well enough.
_FEW_BINS = 1024
# That holds for bins of widths between these, if no edge is further from zero than so many bins.
_WIDTHS = {np.dtype(np.float32): (2.0**-100, 2.0**100), np.dtype(np.float64): (2.0**-900, 2.0**900)}
_FAR = 2.0**24


def uniform_tables(
    latents: NDArray[Any], rows: Rows, edges: NDArray[np.float64], factors: Sequence[Factor]
) -> NDArray[np.int64]:
    """Return the counts of every latent's bins, alone and with the values of every factor: see the numpy kernel."""
    (d, n_edges), n = edges.shape, len(factors[0].codes)
    n_bins, plan = n_edges - 1, planned(factors)
    if latents.dtype.itemsize > 8 or plan.n_labels * n_bins >= 1 << 31 or plan.n_labels > 1 << 16 or n >= 1 << 31:
        return NotImplemented  # type: ignore[no-any-return]
    single = n_bins <= _FEW_BINS and np.can_cast(latents.dtype, np.float32)
    dtype = np.dtype(np.float32 if single else np.float64)
    low, scale = np.empty((2, _TILE * d), dtype=dtype)
    bits = int(_STEPS[dtype] // n_bins).bit_length() - 1
    if not _lay_out(edges, bits, *_WIDTHS[dtype], low, scale):
        return NotImplemented  # type: ignore[no-any-return]
    codes = np.array([factor.codes for factor in factors], dtype=np.uint8 if plan.widest <= 1 << 8 else np.uint16)
    members, starts = _as_arrays(plan)
    code_type = np.uint8 if n_bins <= 1 << 8 else np.uint16

    def count(start: int, stop: int) -> NDArray[np.int32]:
        table = np.zeros((d, plan.n_labels * n_bins), dtype=np.int32)
        binned = np.empty(d * max(_TILE, min(_ROWS, _VALUES // d, stop - start)), dtype=code_type)
        for first, z in _pieces(latents, rows, start, stop, dtype):
            _count(z, low, scale, bits, edges, codes, first, members, starts, binned, table)
        return table

    tables = each(count, shares(n, _SHARE // (d * len(plan.members))))
    at = np.array(places(factors, n_bins))
    counts = np.zeros((d, at[-1]), dtype=np.int64)
    for table in tables:
        _take_apart(table, n_bins, at, members, starts, counts)
    return counts


@lru_cache(maxsize=64)
def _as_arrays(plan: Plan) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the factors of a plan in its order (k, 4), and the first labels of merged factors and the end (g + 1,).

    A factor has its number, the number of its merged factor, the distance of its values there in labels, and the number
    of its values.
    """
    rows = []
    for group, (members, sizes) in enumerate(zip(plan.members, plan.sizes, strict=True)):
        apart = np.cumprod((1, *sizes[:0:-1]))[::-1]
        rows += [(k, group, step, size) for k, step, size in zip(members, apart.tolist(), sizes, strict=True)]
    return np.array(rows), np.array(plan.starts)


def _pieces(
    latents: NDArray[Any], rows: Rows, start: int, stop: int, dtype: np.dtype[Any]
) -> Iterator[tuple[int, NDArray[Any]]]:
    """Yield pieces of the rows from `start` to `stop`, as floats, with the first row of each."""
    as_it_is = isinstance(rows, slice) and latents.flags.c_contiguous and latents.dtype == dtype
    step = stop - start if as_it_is else max(1, _COPIED // latents.shape[1])
    for first in range(start, stop, step):
        part = slice(first, min(first + step, stop))
        piece = np.ascontiguousarray(latents[part if isinstance(rows, slice) else rows[part]], dtype=dtype)
        yield first, read_only(piece)


@njit(cache=True, nogil=True)
def _lay_out(edges, bits, narrowest, widest, low, scale):  # type: ignore[no-untyped-def]
    """Lay out the low end and the steps per unit of each latent, repeated; return whether positions are exact."""
    d, n_edges = edges.shape
    for j in range(d):
        first, last = edges[j, 0], edges[j, n_edges - 1]
        if last < np.inf:
            width = (last - first) / (n_edges - 1)
            if not narrowest < width < widest or max(-first, last) > width * _FAR:
                return False
            low[j], scale[j] = first, (1 << bits) / width
        else:  # constant: half a bin from an edge, in the first bin, however large or small the value
            low[j] = 0.0 if abs(first) >= 1.0 else first - 1.0
            scale[j] = (1 << bits) * 0.5 / (first - np.float64(low[j]))
    for i in range(d, len(low)):
        low[i], scale[i] = low[i - d], scale[i - d]
    return True


@njit(cache=True, nogil=True)
def _count(z, low, scale, bits, edges, labels, first_row, members, starts, codes, table):  # type: ignore[no-untyped-def]
    """Add the counts of rows (n, d) from `first_row` on, with factors (k, N), to the tables (d, n_labels * n_bins)."""
    n, d = z.shape
    g = len(starts) - 1
    n_bins = edges.shape[1] - 1
    size = len(codes) // d
    flat = z.reshape(-1)
    cells = np.empty((g, size), dtype=np.uint32)
    for begin in range(0, n, size):
        m = min(size, n - begin)
        for k in range(g):
            cells[k, :m] = starts[k] * n_bins
        for k, group, apart, _ in members:
            cell, step = cells[group], np.uint32(apart * n_bins)
            label = labels[k, first_row + begin : first_row + begin + m]
            for i in range(m):
                cell[i] += label[i] * step
        for row in range(0, m, _TILE):
            tile = slice(row * d, min(row + _TILE, m) * d)
            _cut(flat[begin * d :][tile], low, scale, bits, edges, codes[tile])
        for j in range(d):
            _update(codes[j : m * d : d], cells, table[j])


@njit(cache=True, nogil=True)
def _cut(values, low, scale, bits, edges, codes):  # type: ignore[no-untyped-def]
    """Write the bin of each value, row after row. A value less than a step from an edge is compared with the edge."""
    mask = np.int32((1 << bits) - 1)
    nearest = mask
    for i in range(len(values)):
        step = np.int32((values[i] - low[i]) * scale[i])
        codes[i] = step >> bits
        nearest = min(nearest, (step + np.int32(1)) & mask)
    if nearest > 1:
        return
    d, n_edges = edges.shape
    for i in range(len(values)):
        step = np.int32((values[i] - low[i]) * scale[i]) + np.int32(1)
        if step & mask <= 1:
            edge = step >> bits
            if edge == n_edges - 1:  # nothing lies above the last bin
                codes[i] = edge - 1
            else:
                codes[i] = edge - (values[i] < edges[i % d, edge])


@njit(cache=True, nogil=True)
def _update(code, cells, counters):  # type: ignore[no-untyped-def]
    """Count the bins of a latent (m,) with the merged factors, given by the first cell of each label (g, m)."""
    g, k = len(cells), 0
    while g - k >= 3:  # a bin that is read once counts for three factors
        first, second, third = cells[k], cells[k + 1], cells[k + 2]
        for i in range(len(code)):
            x = np.uint32(code[i])
            counters[first[i] + x] += 1
            counters[second[i] + x] += 1
            counters[third[i] + x] += 1
        k += 3
    while k < g:
        cell = cells[k]
        for i in range(len(code)):
            counters[cell[i] + np.uint32(code[i])] += 1
        k += 1


@njit(cache=True, nogil=True)
def _take_apart(table, n_bins, at, members, starts, counts):  # type: ignore[no-untyped-def]
    """Add the counts of bins, with each factor and alone, from the merged tables (d, n_labels * n_bins)."""
    few = members[members[:, 3].argmin(), 0]
    for j in range(len(table)):
        for k, group, apart, _ in members:
            part = table[j, starts[group] * n_bins : starts[group + 1] * n_bins]
            _add_up(part, apart * n_bins, n_bins, counts[j, at[k + 1] : at[k + 2]])
        with_few = counts[j, at[few + 1] : at[few + 2]]
        counts[j, :n_bins] = 0
        for i in range(0, len(with_few), n_bins):
            counts[j, :n_bins] += with_few[i : i + n_bins]


@njit(cache=True, nogil=True)
def _add_up(part, width, n_bins, place):  # type: ignore[no-untyped-def]
    """Add the rows of a merged table, in which each value of a factor has `width` consecutive counts."""
    step = width * (len(place) // n_bins)
    for start in range(0, len(part), step):
        values = part[start : start + step]
        if width == n_bins:
            for i in range(len(values)):
                place[i] += values[i]
            continue
        for value in range(len(place) // n_bins):
            rows, sums = values[value * width : (value + 1) * width], place[value * n_bins : (value + 1) * n_bins]
            for first in range(0, width, n_bins):
                row = rows[first : first + n_bins]
                for b in range(len(row)):
                    sums[b] += row[b]
