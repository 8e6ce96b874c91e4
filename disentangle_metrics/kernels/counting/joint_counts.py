"""Joint counts of a latent's bins and a factor's values: the sufficient statistic of every entropy in nats."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..columns.weighted_counts import totals

# Of a table with more cells than this, and more than a few for each row, only the occupied cells are counted.
_DENSE_CELLS = 1 << 22
# Pairs counted at a time: intermediate arrays stay in the cache.
_CHUNK = 1 << 15


def joint_counts(
    codes: NDArray[np.integer], labels: NDArray[np.integer], n_codes: int, n_labels: int
) -> NDArray[np.int64]:
    """Return the joint counts of codes and labels.

    Parameters
    ----------
    codes : ndarray of shape (n,), values 0 ... n_codes - 1
        The bin of each row. Unsigned integers of few bytes are fastest, for labels too.
    labels : ndarray of shape (n,) or (g, n), values 0 ... n_labels - 1
        The label of each row, or g labels of each row. In the second case one table holds the g tables side by side,
        provided that different rows of the array share no label.

    Returns
    -------
    ndarray of int64
        The cells of the table; ``code * n_labels + label`` is the index of a cell. If there are many more cells than
        rows, only the occupied cells, in any order: no entropy depends on the empty cells.
    """
    n, n_cells = len(codes), n_codes * n_labels
    if n_cells > max(_DENSE_CELLS, 4 * n):
        return np.asarray(np.unique(codes * np.int64(n_labels) + labels, return_counts=True)[1], dtype=np.int64)
    cell_type = np.min_scalar_type(n_cells)
    # Each chunk is added in a pass over the table, so a large table gets more rows in a chunk
    step = max(_CHUNK, 2 * n_cells) // (labels.size // n)
    table: NDArray[np.int64] | None = None
    for start in range(0, n, step):
        cell = codes[start : start + step].astype(cell_type)
        cell *= cell_type.type(n_labels)
        cells = cell + labels[..., start : start + step].astype(cell_type, copy=False)
        counts = np.bincount(cells.reshape(-1), minlength=n_cells)
        table = counts if table is None else np.add(table, counts, out=table)
    return np.asarray(table, dtype=np.int64)


def joint_totals(
    codes: NDArray[np.integer], labels: NDArray[np.integer], n_codes: int, n_labels: int, weight: NDArray[Any]
) -> NDArray[Any]:
    """Return the sum of the weights (n,) for each pair of code and label: see `joint_counts`.

    Sums of integer weights are exact integers.
    """
    n_cells = n_codes * n_labels
    first = codes * np.int64(n_labels)
    if n_cells > max(_DENSE_CELLS, 4 * len(codes)):
        occupied, cells = np.unique(first + labels, return_inverse=True)
        return totals(cells.reshape(-1), len(occupied), weight)
    table = np.zeros(n_cells, dtype=weight.dtype)
    for row in np.atleast_2d(labels):
        table += totals(first + row, n_cells, weight)
    return table
