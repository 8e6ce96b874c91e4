"""Count how often each bin of a latent meets each value of a factor: the sufficient statistic of everything in nats."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

# A table with more cells than this, and than a few per row, is counted by its occupied cells alone.
_DENSE_CELLS = 1 << 22


def joint_counts(codes: NDArray[np.intp], labels: NDArray[np.intp], n_codes: int, n_labels: int) -> NDArray[np.int64]:
    """Count pairs of codes and labels.

    Parameters
    ----------
    codes : ndarray of shape (n,), values 0 ... n_codes - 1
    labels : ndarray of shape (n,), values 0 ... n_labels - 1

    Returns
    -------
    ndarray of int64
        The cells of the table in some order. Empty cells may be left out: no entropy depends on them, and a table of
        a million labels would be nearly all empty.
    """
    cell = codes * n_labels + labels
    n_cells = n_codes * n_labels
    if n_cells <= max(_DENSE_CELLS, 4 * len(codes)):
        return np.asarray(np.bincount(cell, minlength=n_cells), dtype=np.int64)
    return np.asarray(np.unique(cell, return_counts=True)[1], dtype=np.int64)
