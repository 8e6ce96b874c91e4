"""Second moments of columns, in one pass over the rows, and correlations from them."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_CELLS = 1 << 16  # numbers worked on at a time, to stay in cache


class Moments(NamedTuple):
    """Second moments of columns, each in its own unit, so that no square overflows.

    Attributes
    ----------
    covariance : ndarray of shape (..., d, d)
        Covariances as numpy.cov has them, of column j in units of ``2 ** exponents[j]``.
    exponents : ndarray of int of shape (d,)
    """

    covariance: Floats
    exponents: NDArray[np.intp]

    @property
    def correlation(self) -> Floats:
        """Correlations of the columns, (..., d, d): 1 on the diagonal; a constant column correlates with no other."""
        variance = np.diagonal(self.covariance, axis1=-2, axis2=-1)
        length = np.sqrt(np.where(variance > 0, variance, np.inf))
        found = np.clip(self.covariance / length[..., :, None] / length[..., None, :], -1.0, 1.0)
        d = found.shape[-1]
        found[..., np.arange(d), np.arange(d)] = 1.0
        return np.asarray(found)


def units(low: NDArray[Any], high: NDArray[Any]) -> NDArray[np.intp]:
    """Return the exponent of each column's unit, a power of two near half of its range: (d,)."""
    # half a range is a number of float64, which a range need not be
    half = np.array([float(b) / 2 - float(a) / 2 for a, b in zip(low, high, strict=True)])
    return np.asarray(np.clip(np.frexp(half)[1], -1000, 1000), dtype=np.intp)


def in_units(columns: NDArray[Any], exponents: NDArray[np.intp]) -> Floats:
    """Return columns (n, d) in their units, as rows of contiguous numbers: (d, n). No digit is lost."""
    return np.ldexp(columns.T.astype(np.float64), -exponents[:, None].astype(np.int32))


def moments(columns: NDArray[Any], exponents: NDArray[np.intp], weight: NDArray[Any] | None = None) -> Moments:
    """Return the second moments of columns.

    Everything is counted from the mean of the first rows. No mean of p rows lies further from that of all n than
    sqrt(n / p) standard deviations, so taking the means off at the end costs log10(n / p) digits at most, and an offset
    that is large against the spread costs none.

    Parameters
    ----------
    columns : ndarray of shape (n, d)
    exponents : ndarray of int of shape (d,)
        See `units`.
    weight : ndarray of shape (n,), optional
        How much each row counts: whole numbers as so many rows, others by the ratio of one to another.
    """
    n, d = columns.shape
    step = max(1, _CELLS // max(d, 1))
    lost = 1 / n
    if weight is not None:
        share = weight / weight.max()
        share = share / share.sum()
        lost = 1 / int(weight.sum()) if weight.dtype.kind in "iu" else float((share**2).sum())
        weight = share
    sums, products, total = np.zeros(d), np.zeros((d, d)), 0.0
    shift = np.zeros((d, 1))
    for start in range(0, n, step):
        piece = in_units(columns[start : start + step], exponents)
        if start == 0:
            # of equal values this is exactly that value
            shift = piece[:, :1] + (piece - piece[:, :1]).mean(axis=1, keepdims=True)
        piece -= shift
        counted = piece if weight is None else piece * weight[start : start + step]
        total += piece.shape[1] if weight is None else float(weight[start : start + step].sum())
        sums += counted.sum(axis=1)
        products += counted @ piece.T
    mean = sums / total
    products = (products + products.T) / 2 / total - mean[:, None] * mean
    return Moments(products / (1 - lost), exponents)


def moments_of_draws(columns: NDArray[Any], exponents: NDArray[np.intp], draws: NDArray[np.unsignedinteger]) -> Moments:
    """Return the second moments under the weights of each draw (r, n), with the axis r in front."""
    n, d = columns.shape
    i, j = np.triu_indices(d)
    step = max(1, _CELLS // max(len(i), 1))
    first = in_units(columns[:step], exponents)
    shift = first[:, :1] + (first - first[:, :1]).mean(axis=1, keepdims=True)
    sums, products = np.zeros((len(draws), d)), np.zeros((len(draws), len(i)))
    for start in range(0, n, step):
        piece = in_units(columns[start : start + step], exponents) - shift
        weight = draws[:, start : start + step].astype(np.float64)
        sums += weight @ piece.T
        products += weight @ (piece[i] * piece[j]).T
    total = np.maximum(draws.sum(axis=1, dtype=np.int64), 1)[:, None]
    mean = sums / total
    covariance = np.empty((len(draws), d, d))
    covariance[:, i, j] = covariance[:, j, i] = products / total - mean[:, i] * mean[:, j]
    return Moments(covariance / (1 - 1 / np.maximum(total, 2)[:, :, None]), exponents)
