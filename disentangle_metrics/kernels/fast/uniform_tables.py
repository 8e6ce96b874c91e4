"""Compiled counting of latents: every value is cut into its bin and counted with its labels as it is read."""

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

# Rows looked at together, so that their bins and labels stay in the fast caches; and values, where rows are long.
_ROWS, _VALUES = 2048, 1 << 19
# Rows whose values are cut by one vectorized loop, with the low end and the scale of each latent laid out beside them.
_TILE = 32
# Rows that are copied together where they do not lie in memory row after row.
_COPIED = 1 << 16
# Counters updated by one thread at least.
_SHARE = 1 << 21
# A position among the bins is held as a whole number of steps, up to this many of them, and off by less than one.
_STEPS = {np.dtype(np.float32): 1 << 22, np.dtype(np.float64): 1 << 30}
# Bins that float32 can tell apart well enough.
_FEW_BINS = 1024
# That holds for bins of widths between these, and where no edge is further from zero than so many bins.
_WIDTHS = {np.dtype(np.float32): (2.0**-100, 2.0**100), np.dtype(np.float64): (2.0**-900, 2.0**900)}
_FAR = 2.0**24


def uniform_tables(
    latents: NDArray[Any], rows: Rows, edges: NDArray[np.float64], factors: Sequence[Factor]
) -> NDArray[np.int64]:
    """Count the bins of every latent, alone and with the values of every factor: see the numpy kernel."""
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
    found = np.zeros((d, at[-1]), dtype=np.int64)
    for table in tables:
        _take_apart(table, n_bins, at, members, starts, found)
    return found


@lru_cache(maxsize=64)
def _as_arrays(plan: Plan) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the factors of a plan in its order (k, 4), and the first label of each merged one and of none (g + 1,).

    Of each factor: its number, which merged one it is in, how many labels apart its values are there, how many it has.
    """
    rows = []
    for group, (members, sizes) in enumerate(zip(plan.members, plan.sizes, strict=True)):
        apart = np.cumprod((1, *sizes[:0:-1]))[::-1]
        rows += [(k, group, step, size) for k, step, size in zip(members, apart.tolist(), sizes, strict=True)]
    return np.array(rows), np.array(plan.starts)


def _pieces(
    latents: NDArray[Any], rows: Rows, start: int, stop: int, dtype: np.dtype[Any]
) -> Iterator[tuple[int, NDArray[Any]]]:
    """Yield the rows from `start` to `stop` in pieces of a float type, with where each begins."""
    as_it_is = isinstance(rows, slice) and latents.flags.c_contiguous and latents.dtype == dtype
    step = stop - start if as_it_is else max(1, _COPIED // latents.shape[1])
    for first in range(start, stop, step):
        some = slice(first, min(first + step, stop))
        piece = np.ascontiguousarray(latents[some if isinstance(rows, slice) else rows[some]], dtype=dtype)
        yield first, read_only(piece)


@njit(cache=True, nogil=True)
def _lay_out(edges, bits, narrowest, widest, low, scale):  # type: ignore[no-untyped-def]
    """Lay out the low end of each latent and the steps to a unit, again and again; say whether positions are exact."""
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
            some = slice(row * d, min(row + _TILE, m) * d)
            _cut(flat[begin * d :][some], low, scale, bits, edges, codes[some])
        for j in range(d):
            _update(codes[j : m * d : d], cells, table[j])


@njit(cache=True, nogil=True)
def _cut(values, low, scale, bits, edges, codes):  # type: ignore[no-untyped-def]
    """Find the bin of each value, row after row; compare those less than a step from an edge with the edge itself."""
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
    while g - k >= 3:  # a bin that is read counts three times
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
def _take_apart(table, n_bins, at, members, starts, found):  # type: ignore[no-untyped-def]
    """Add the counts of bins, with each factor and alone, to those found, from the merged (d, n_labels * n_bins)."""
    few = members[members[:, 3].argmin(), 0]
    for j in range(len(table)):
        for k, group, apart, _ in members:
            part = table[j, starts[group] * n_bins : starts[group + 1] * n_bins]
            _add_up(part, apart * n_bins, n_bins, found[j, at[k + 1] : at[k + 2]])
        with_few = found[j, at[few + 1] : at[few + 2]]
        found[j, :n_bins] = 0
        for i in range(0, len(with_few), n_bins):
            found[j, :n_bins] += with_few[i : i + n_bins]


@njit(cache=True, nogil=True)
def _add_up(part, width, n_bins, place):  # type: ignore[no-untyped-def]
    """Add rows of a merged table, where each value of a factor has `width` counts in a row and then the next has."""
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
