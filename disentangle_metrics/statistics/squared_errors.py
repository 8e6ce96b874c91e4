"""Squared errors of regressions on test rows, and the R2 that they come to under weights of these rows."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .base import Floats

# Of a variance of 1: a smaller one is a rounding error.
_NOTHING = 1e-13


class Tested(NamedTuple):
    """Squared errors on test rows of the factors that have labels on the same rows.

    Attributes
    ----------
    factors : tuple of int of length k
    rows : ndarray of int of shape (t,)
    errors : ndarray of shape (g, k, t)
        By group of latents and factor, the sum over the factor's columns.
    columns : list of k ndarrays of shape (t, q)
        The factors themselves, in the same units.
    n_train, n_left : int
        Numbers of rows that train, and of training rows that the model leaves out.
    """

    factors: tuple[int, ...]
    rows: NDArray[np.intp]
    errors: Floats
    columns: list[Floats]
    n_train: int
    n_left: int


def r2_of(tested: Tested, weights: Floats) -> Floats:
    """Return 1 - (squared error) / (squared deviation of the test rows) under weights of the test rows (r, t).

    The R2 is 0 where the test rows have one value: (r, g, k).
    """
    size = np.maximum(weights.sum(axis=1), 1e-300)[:, None]
    error = np.einsum("rt,gkt->rgk", weights, tested.errors, optimize=True) / size[:, :, None]
    spread = np.stack([_spread(columns, weights, size) for columns in tested.columns], axis=-1)[:, None]
    return np.where(spread > 0, 1 - error / np.where(spread > 0, spread, 1.0), 0.0)


def _spread(columns: Floats, weights: Floats, size: Floats) -> Floats:
    """Return the variance of the rows, the sum over columns, 0 if it is a rounding error: (r,)."""
    mean = (weights @ columns) / size
    square = (weights @ (columns * columns)) / size
    spread = (square - mean**2).sum(axis=1)
    return np.where(spread > _NOTHING * np.maximum(square.sum(axis=1), 1.0), spread, 0.0)
