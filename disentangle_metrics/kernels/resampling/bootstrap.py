"""Bootstrap draws of rows, as weights, and their counts: many draws in one pass over the rows.

A draw of n rows with replacement is an integer weight for each row. The counts of a draw are sums of these weights over
the rows of each cell, so rows are put into cells once, whatever the number of draws.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..dispatch import swappable
from ..entropy.table import xlogx_up_to

Floats = NDArray[np.float64]
Weights = NDArray[np.unsignedinteger]

# Weights that are held at a time, and draws that are counted at once and stay in the cache.
_HELD = 1 << 24
_AT_ONCE = 64
# Sums of whole numbers up to this one are exact in float32.
_EXACT = 1 << 24


def draw_rows(
    rng: np.random.Generator, n_rows: int, n_draws: int, groups: NDArray[np.intp] | None
) -> Iterator[Weights]:
    """Yield bootstrap draws: n_rows rows with replacement, `n_draws` times.

    Parameters
    ----------
    rng : Generator
        The draws depend on it, on the number of rows and on the groups, not on the number of draws at a time.
    n_rows, n_draws : int
    groups : ndarray of int of shape (n_rows,) or None
        The group of each row, from 0: groups are drawn instead of rows, and all rows of a drawn group count.

    Yields
    ------
    ndarray of shape (some, n_rows)
        The number of times that each row was drawn, in unsigned integers, for a few draws at a time.
    """
    n_units = n_rows if groups is None else int(groups.max()) + 1
    step = max(1, _HELD // n_rows)
    for start in range(0, n_draws, step):
        weights = np.empty((min(step, n_draws - start), n_rows), dtype=np.uint16)
        for draw in weights:
            # one call for each draw, so that the stream of random numbers does not depend on `step`
            units = np.bincount(rng.integers(n_units, size=n_units), minlength=n_units)
            draw[:] = np.minimum(units if groups is None else units[groups], np.iinfo(np.uint16).max)
        yield weights


@swappable(saves=200)
def drawn_xlogx(cells: NDArray[np.integer], n_cells: int, weights: Weights) -> Floats:
    """Return the sum of c log c over the counts c of the cells, for each draw and each table.

    Parameters
    ----------
    cells : ndarray of int of shape (t, n)
        The cell of each row in each table, from 0 up to and without `n_cells`.
    n_cells : int
    weights : ndarray of unsigned int of shape (r, n)

    Returns
    -------
    ndarray of shape (r, t)
    """
    table = xlogx_up_to(int(weights.sum(axis=1, dtype=np.int64).max()))
    sums = np.empty((len(weights), len(cells)))
    blocks = _by_draw(weights)
    for t, cell in enumerate(cells):
        matrix = _one_hot(cell, n_cells)
        for start, block in blocks:
            counts = (matrix @ block).astype(np.intp)
            sums[start : start + block.shape[1], t] = table.take(counts).sum(axis=0)
    return sums


def _one_hot(cells: NDArray[np.integer], n_cells: int) -> Any:
    """Return the indicator matrix of occupied cells and rows, sparse (occupied cells, n)."""
    from scipy.sparse import csr_array

    counts = np.bincount(cells)
    ends = np.concatenate([[0], np.cumsum(counts[counts > 0])])
    order = np.argsort(cells.astype(np.min_scalar_type(n_cells)), kind="stable")
    index = np.int32 if len(cells) < np.iinfo(np.int32).max else np.int64
    ones = np.ones(len(cells), dtype=np.float32 if len(cells) < _EXACT else np.float64)
    return csr_array((ones, order.astype(index), ends.astype(index)), shape=(len(ends) - 1, len(cells)))


def _by_draw(weights: Weights) -> list[tuple[int, NDArray[np.floating]]]:
    """Return blocks of draws as (n, draws), each with the number of its first draw."""
    dtype = np.float32 if weights.shape[1] < _EXACT else np.float64
    starts = range(0, len(weights), _AT_ONCE)
    return [(start, np.ascontiguousarray(weights[start : start + _AT_ONCE].T, dtype=dtype)) for start in starts]


def permuted_xlogx(
    codes: NDArray[np.integer],
    n_codes: int,
    labels: NDArray[np.integer],
    starts: NDArray[np.intp],
    order: NDArray[np.intp],
) -> Floats:
    """Return the sum of c log c over the joint counts of latents and factors whose rows are permuted.

    Parameters
    ----------
    codes : ndarray of int of shape (d, n)
    n_codes : int
    labels : ndarray of int of shape (k, n)
        Labels of factor k are from ``starts[k]`` up to, and without, ``starts[k + 1]``.
    starts : ndarray of int of shape (k + 1,)
    order : ndarray of int of shape (n,)
        The row of the factors for each row of the latents: one order for all factors.

    Returns
    -------
    ndarray of shape (d, k)
    """
    table = xlogx_up_to(codes.shape[1])
    first = labels[:, order].astype(np.intp)
    first *= n_codes
    sums = np.empty((len(codes), len(labels)))
    for j, code in enumerate(codes):
        counts = np.bincount((first + code).ravel(), minlength=int(starts[-1]) * n_codes)
        sums[j] = np.add.reduceat(table.take(counts), starts[:-1] * n_codes)
    return sums
