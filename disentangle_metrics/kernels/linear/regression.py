"""The share of the variance of columns that is a linear function of other columns."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..columns.origin import from_first, tamed
from ..columns.weighted_counts import totals

Floats = NDArray[np.float64]

# Of the longest direction: a shorter one is the rounding error of a column that the others span.
_FLAT = 1e-10


def centered(x: NDArray[Any], weight: NDArray[Any] | None = None) -> Floats:
    """Return each column around its mean, in units of its spread; a constant one as zeros: (n, p) -> (n, p).

    With weights of the rows (n,): around the weighted mean, times the root of the weights, so that sums of products are
    weighted.
    """
    [x] = from_first(x)
    if weight is None:
        return np.asarray(x - x.mean(axis=0))
    return np.asarray((x - np.average(x, axis=0, weights=weight)) * np.sqrt(weight / weight.max())[:, None])


def directions(x: NDArray[Any], weight: NDArray[Any] | None = None) -> Floats:
    """Return orthonormal columns that span the columns of x around their means: (n, p) -> (n, r), r <= p.

    With weights of the rows (n,), those of `centered`.
    """
    x = centered(x, weight)
    length = np.sqrt((x * x).sum(axis=0))
    x = x[:, length > 0] / length[length > 0]
    q, r = np.linalg.qr(x)
    u, size, _ = np.linalg.svd(r)
    return np.asarray(q @ u[:, : len(size)][:, size > _FLAT * size.max(initial=0.0)])


def explained(basis: Floats, y: NDArray[Any], weight: NDArray[Any] | None = None) -> float:
    """Return the share of the variance of y, over all its columns, that is a linear function of a basis.

    Parameters
    ----------
    basis : ndarray of shape (n, r)
        See `directions`. Of cosine and sine, and y a single column, this is the squared circular-linear correlation
        (Mardia 1976, Biometrika 63, 403-405); of several latents, the squared multiple correlation.
    y : ndarray of shape (n, q)
        Columns in one unit. If all are constant, 0.
    weight : ndarray of shape (n,), optional
        Weight of each row; the basis must have the same weights.
    """
    y = np.asarray(y, dtype=np.float64)
    y = tamed(y, np.abs(y).max())
    y -= y[:1].copy()
    y /= np.abs(y).max() or 1.0
    y -= np.average(y, axis=0, weights=weight)
    y /= np.abs(y).max() or 1.0
    if weight is not None:
        y *= np.sqrt(weight / weight.max())[:, None]
    whole = float((y * y).sum())
    return min(float(((basis.T @ y) ** 2).sum()) / whole, 1.0) if whole > 0 else 0.0


def mid_ranks(x: NDArray[Any], weight: NDArray[Any] | None = None) -> Floats:
    """Return the rank of each value, from 1. Equal values share their mean rank: (n,) -> (n,).

    With weights (n,) each row counts by its weight, as if it were repeated so often.
    """
    values, codes = np.unique(x, return_inverse=True)
    codes = codes.reshape(-1)
    return ranks_of_counts(totals(codes, len(values), weight))[codes]


def ranks_of_counts(counts: NDArray[Any]) -> Floats:
    """Return the mean rank of each ascending value, from the number of rows that have it: (m,) -> (m,)."""
    return np.asarray(np.cumsum(counts) - (counts - 1) / 2)
