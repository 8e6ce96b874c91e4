"""Rows drawn again and again, as weights, and what counts they make: many draws in one pass over the rows.

A draw of n rows with replacement is how often each row was drawn. So the counts of a draw are sums of such weights over
the rows of each cell, and rows have to be put into cells once, however many draws there are.
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

# Weights that are held at a time, and draws that are counted in one go, which stay in the cache.
_HELD = 1 << 24
_AT_ONCE = 64
# Sums of whole numbers up to here are exact in float32.
_EXACT = 1 << 24


def draw_rows(
    rng: np.random.Generator, n_rows: int, n_draws: int, groups: NDArray[np.intp] | None
) -> Iterator[Weights]:
    """Draw as many rows as there are, with replacement, again and again.

    Parameters
    ----------
    rng : Generator
        What is drawn depends on it, on the number of rows and on the groups, and not on how many draws come at a time.
    n_rows, n_draws : int
    groups : ndarray of int of shape (n_rows,) or None
        The group of each row, from 0: groups are drawn in place of rows, and the rows of one come together.

    Yields
    ------
    ndarray of shape (some, n_rows)
        How often each row was drawn, in unsigned integers, for some draws at a time.
    """
    n_units = n_rows if groups is None else int(groups.max()) + 1
    step = max(1, _HELD // n_rows)
    for start in range(0, n_draws, step):
        weights = np.empty((min(step, n_draws - start), n_rows), dtype=np.uint16)
        for draw in weights:
            # one call for each draw, so that the stream of numbers is cut the same way whatever `step` is
            units = np.bincount(rng.integers(n_units, size=n_units), minlength=n_units)
            draw[:] = np.minimum(units if groups is None else units[groups], np.iinfo(np.uint16).max)
        yield weights


@swappable(saves=200)
def drawn_xlogx(cells: NDArray[np.integer], n_cells: int, weights: Weights) -> Floats:
    """Return the sum of c log c over the counts c of the cells in each draw, for some tables.

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
    found = np.empty((len(weights), len(cells)))
    blocks = _by_draw(weights)
    for t, cell in enumerate(cells):
        matrix = _one_hot(cell, n_cells)
        for start, block in blocks:
            counts = (matrix @ block).astype(np.intp)
            found[start : start + block.shape[1], t] = table.take(counts).sum(axis=0)
    return found


def _one_hot(cells: NDArray[np.integer], n_cells: int) -> Any:
    """Return the rows of each cell that has some as a sparse matrix (cells that have rows, n)."""
    from scipy.sparse import csr_array

    counts = np.bincount(cells)
    ends = np.concatenate([[0], np.cumsum(counts[counts > 0])])
    order = np.argsort(cells.astype(np.min_scalar_type(n_cells)), kind="stable")
    index = np.int32 if len(cells) < np.iinfo(np.int32).max else np.int64
    ones = np.ones(len(cells), dtype=np.float32 if len(cells) < _EXACT else np.float64)
    return csr_array((ones, order.astype(index), ends.astype(index)), shape=(len(ends) - 1, len(cells)))


def _by_draw(weights: Weights) -> list[tuple[int, NDArray[np.floating]]]:
    """Return some draws at a time as (n, some), with the number of the first."""
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
    """Return the sum of c log c over the counts of latents with factors whose rows were put in another order.

    Parameters
    ----------
    codes : ndarray of int of shape (d, n)
    n_codes : int
    labels : ndarray of int of shape (k, n)
        Labels of factor k are from ``starts[k]`` up to, and without, ``starts[k + 1]``.
    starts : ndarray of int of shape (k + 1,)
    order : ndarray of int of shape (n,)
        The row of the factors that stands beside each row of the latents: one order for all factors.

    Returns
    -------
    ndarray of shape (d, k)
    """
    table = xlogx_up_to(codes.shape[1])
    first = labels[:, order].astype(np.intp)
    first *= n_codes
    found = np.empty((len(codes), len(labels)))
    for j, code in enumerate(codes):
        counts = np.bincount((first + code).ravel(), minlength=int(starts[-1]) * n_codes)
        found[j] = np.add.reduceat(table.take(counts), starts[:-1] * n_codes)
    return found
