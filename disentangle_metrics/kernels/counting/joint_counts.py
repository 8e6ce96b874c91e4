"""Count how often each bin of a latent meets each value of a factor: the sufficient statistic of everything in nats."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..columns.weighted_counts import totals

# A table with more cells than this, and than a few per row, is counted by its occupied cells alone.
_DENSE_CELLS = 1 << 22
# Pairs counted at a time: what is computed on the way stays in the cache.
_CHUNK = 1 << 15


def joint_counts(
    codes: NDArray[np.integer], labels: NDArray[np.integer], n_codes: int, n_labels: int
) -> NDArray[np.int64]:
    """Count pairs of codes and labels.

    Parameters
    ----------
    codes : ndarray of shape (n,), values 0 ... n_codes - 1
        The bin of each row. Unsigned integers of few bytes are fastest, for labels too.
    labels : ndarray of shape (n,) or (g, n), values 0 ... n_labels - 1
        The label of each row, or g labels of each row: then the g tables lie in one, side by side, if labels from
        different rows of the array never have the same value.

    Returns
    -------
    ndarray of int64
        The cells of the table, ``code * n_labels + label`` being the index of one. If they are many more than the
        rows, those that are occupied, in some order: no entropy depends on the others.
    """
    n, n_cells = len(codes), n_codes * n_labels
    if n_cells > max(_DENSE_CELLS, 4 * n):
        return np.asarray(np.unique(codes * np.int64(n_labels) + labels, return_counts=True)[1], dtype=np.int64)
    cell_type = np.min_scalar_type(n_cells)
    # Adding up chunks takes a pass over the table each time, so a large table is given more rows
    step = max(_CHUNK, 2 * n_cells) // (labels.size // n)
    table: NDArray[np.int64] | None = None
    for start in range(0, n, step):
        cell = codes[start : start + step].astype(cell_type)
        cell *= cell_type.type(n_labels)
        cells = cell + labels[..., start : start + step].astype(cell_type, copy=False)
        found = np.bincount(cells.reshape(-1), minlength=n_cells)
        table = found if table is None else np.add(table, found, out=table)
    return np.asarray(table, dtype=np.int64)


def joint_totals(
    codes: NDArray[np.integer], labels: NDArray[np.integer], n_codes: int, n_labels: int, weight: NDArray[Any]
) -> NDArray[Any]:
    """Return the sums of the weights (n,) of the rows with each pair of codes and labels: see `joint_counts`.

    The sums of weights that are integers are exact, and integers.
    """
    n_cells = n_codes * n_labels
    first = codes * np.int64(n_labels)
    if n_cells > max(_DENSE_CELLS, 4 * len(codes)):
        occupied, cells = np.unique(first + labels, return_inverse=True)
        return totals(cells.reshape(-1), len(occupied), weight)
    table = np.zeros(n_cells, dtype=weight.dtype)
    for some in np.atleast_2d(labels):
        table += totals(first + some, n_cells, weight)
    return table
