"""Counts of latents in bins of equal width with labels: MIG spends most of its time here.

A counter is updated for every row, latent and merged factor, which takes most of the time. So with many rows two
latents are counted together: the counts of one latent are sums over the bins of the other. With few rows all latents
are counted together.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..columns.columns import Rows, columns
from ..discretizing.binning import bin_uniform
from ..dispatch import swappable
from .merged_factors import Factor, merge, places, planned, take_apart, with_bins

# Values that are cut at once: up to here the loop over latents takes longer than a copy of them.
_AT_ONCE = 1 << 20
# Counter updates up to which all latents are counted at once: up to here the loop takes longer than the counting.
_FEW = 1 << 16
# Two latents are counted together if the table of their bins and the labels has at most so many cells, which stay in
# the cache, and if there are at least so many rows for each cell.
_CELLS = 1 << 17
_ROWS_PER_CELL = 6
# Counters updated at a time: intermediate arrays stay in the cache.
_CHUNK = 1 << 15


@swappable(saves=5)
def uniform_tables(
    latents: NDArray[Any], rows: Rows, edges: NDArray[np.float64], factors: Sequence[Factor]
) -> NDArray[np.int64]:
    """Return the counts of every latent's bins, alone and with the values of every factor.

    Parameters
    ----------
    latents : ndarray of shape (n_samples, d)
    rows : slice(None) or ndarray of int of shape (n,)
        The rows to count.
    edges : ndarray of shape (d, n_bins + 1)
        Edges of equal-width bins, from each latent's minimum on these rows to its maximum: see `edges_of_columns`.
    factors : sequence of Factor
        The factors on these rows.

    Returns
    -------
    ndarray of int64 of shape (d, n_cells)
        The tables of each latent, at their `places`.
    """
    d, n_bins, n = len(edges), edges.shape[1] - 1, len(factors[0].codes)
    if d * n * len(factors) <= _FEW:
        return _together(bin_uniform(_turned(latents, rows), edges), factors, n_bins)
    plan = planned(factors)
    labels, starts = merge(factors, plan), plan.starts
    codes = _codes(latents, rows, edges, n)
    table = np.empty((starts[-1], d, n_bins), dtype=np.int64)
    widest = max(stop - start for start, stop in pairwise(starts))
    in_pairs = d - d % 2 if n_bins**2 * widest <= min(_CELLS, n // _ROWS_PER_CELL) else 0
    if in_pairs:
        cells = _cells(labels, n_bins**2, starts[-1])
        for j in range(0, in_pairs, 2):
            table[:, j], table[:, j + 1] = _of_two(next(codes), next(codes), cells, starts, n_bins)
    if in_pairs < d:
        cells = _cells(labels, n_bins, starts[-1])
        for j in range(in_pairs, d):
            table[:, j] = _of_one(next(codes), cells, starts[-1], n_bins)
    return take_apart(table, factors, plan)


def _codes(
    latents: NDArray[Any], rows: Rows, edges: NDArray[np.float64], n: int
) -> Iterator[NDArray[np.unsignedinteger]]:
    """Yield the bins of each latent: (n,)."""
    if n * len(edges) > _AT_ONCE:
        return (bin_uniform(column, edge) for column, edge in zip(columns(latents, rows), edges, strict=True))
    return iter(bin_uniform(_turned(latents, rows), edges))


def _turned(latents: NDArray[Any], rows: Rows) -> NDArray[Any]:
    """Return the chosen rows of all latents, each latent contiguous: (d, n)."""
    z = latents.T if isinstance(rows, slice) else latents[rows].T
    dtype = np.float32 if z.dtype == np.float16 else z.dtype.newbyteorder("=")
    return np.ascontiguousarray(z, dtype=dtype)


def _cells(labels: NDArray[np.integer], size: int, n_labels: int) -> NDArray[np.integer]:
    """Return the first of each label's `size` cells, in a type that can hold the number of every cell."""
    cell_type = np.min_scalar_type(n_labels * size)
    cells: NDArray[np.integer] = np.multiply(labels, cell_type.type(size), dtype=cell_type)
    return cells


def _together(codes: NDArray[np.integer], factors: Sequence[Factor], n_bins: int) -> NDArray[np.int64]:
    """Return the counts of all latents (d, n) with all factors, counted at once: (d, n_cells)."""
    at = places(factors, n_bins)
    n_cells = len(codes) * at[-1]
    cells = np.array([factor.codes for factor in factors], dtype=np.intp)
    cells *= n_bins
    cells += np.array(at[1:-1])[:, None]
    cells = cells[:, None] + (codes + np.arange(0, n_cells, at[-1])[:, None])
    return with_bins(_counted(cells, n_cells).reshape(len(codes), at[-1]), n_bins, at[2])


def _of_one(codes: NDArray[np.integer], cells: NDArray[np.integer], n_labels: int, n_bins: int) -> NDArray[np.int64]:
    """Return the counts of one latent (n,) with all labels, given by first cells (g, n): (n_labels, n_bins)."""
    g, n = cells.shape
    table = np.zeros(n_labels * n_bins, dtype=np.int64)
    step = max(_CHUNK, 2 * len(table)) // g  # each chunk is added in a pass over the table
    for start in range(0, n, step):
        rows = slice(start, start + step)
        table += _counted(cells[:, rows] + codes[rows].astype(cells.dtype), len(table))
    return table.reshape(n_labels, n_bins)


def _of_two(
    first: NDArray[np.integer],
    second: NDArray[np.integer],
    cells: NDArray[np.integer],
    starts: tuple[int, ...],
    n_bins: int,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the counts of two latents (n,) with all labels, given by first cells (g, n): (n_labels, n_bins) each."""
    table = np.zeros((starts[-1], n_bins**2), dtype=np.int64)
    step = 2 * _CELLS
    for low in range(0, len(first), step):
        rows = slice(low, low + step)
        both = first[rows].astype(cells.dtype)
        both *= cells.dtype.type(n_bins)
        both += second[rows]
        for cell, (start, stop) in zip(cells, pairwise(starts), strict=True):
            joint = cell[rows] - cells.dtype.type(start * n_bins**2)
            joint += both
            table[start:stop] += _counted(joint, (stop - start) * n_bins**2).reshape(-1, n_bins**2)
    square = table.reshape(-1, n_bins, n_bins)
    return square.sum(axis=2), square.sum(axis=1)


def _counted(cells: NDArray[np.integer], n_cells: int) -> NDArray[np.int64]:
    return np.bincount(cells.reshape(-1), minlength=n_cells).astype(np.int64, copy=False)
