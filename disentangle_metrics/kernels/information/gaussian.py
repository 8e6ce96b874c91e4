"""Mutual information in nats of variables that are jointly Gaussian, also after a transform of each variable."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..linear.regression import centered, directions

Floats = NDArray[np.float64]

# The value for a correlation of 1, which float64 cannot tell from 1 - 1e-16: half of 52 times log 2, 18.0 nats.
MOST = -0.5 * math.log(np.finfo(np.float64).eps)
_EPS = float(np.finfo(np.float64).eps)
_ROUNDING = 16 * _EPS  # the rounding error of the square of a correlation of 1


def gaussian_pairs(x: Floats, y: Floats, weight: NDArray[Any] | None = None) -> Floats:
    """Return -1/2 log(1 - r^2) for every column of x with every column of y, r being their Pearson correlation.

    Parameters
    ----------
    x : ndarray of shape (n, d)
    y : ndarray of shape (n, m)
    weight : ndarray of shape (n,), optional
        How much each row counts.

    Returns
    -------
    ndarray of shape (d, m)
        Nats, at most `MOST`. 0 where a column is constant.

    Examples
    --------
    >>> x = np.array([[0.0], [1.0], [0.0], [1.0]])
    >>> y = np.array([[0.0], [1.0], [1.0], [2.0]])
    >>> bool(abs(gaussian_pairs(x, y)[0, 0] - 0.5 * np.log(2)) < 1e-12)  # r^2 is one half
    True
    """
    r = _unit(x, weight).T @ _unit(y, weight)
    return np.asarray(-0.5 * np.log(_rest(r)))


def gaussian_vectors(x: Floats, y: Floats, weight: NDArray[Any] | None = None) -> float:
    """Return -1/2 sum log(1 - r^2) over the canonical correlations r of two variables of several dimensions.

    For a jointly Gaussian pair this is their information, 1/2 log(det S_x det S_y / det S). If y has one dimension, r
    is the multiple correlation.

    Parameters
    ----------
    x : ndarray of shape (n, p)
    y : ndarray of shape (n, q)
    weight : ndarray of shape (n,), optional
        How much each row counts.

    Returns
    -------
    float
        Nats, each term at most `MOST`. 0 where a side is constant.

    Examples
    --------
    >>> x = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    >>> y = x.sum(axis=1, keepdims=True) + np.array([[1.0], [-1.0], [-1.0], [1.0]])
    >>> bool(abs(gaussian_vectors(x, y) - 0.5 * np.log(6 / 4)) < 1e-12)  # a third of y's variance
    True
    """
    r = np.linalg.svd(directions(x, weight).T @ directions(y, weight), compute_uv=False)
    return float(-0.5 * np.log(_rest(r)).sum())


def _rest(r: NDArray[Any]) -> Floats:
    """Return 1 - r^2, and for a correlation of 1 (up to rounding) the value that gives `MOST` nats."""
    rest = (1.0 - r) * (1.0 + r)
    return np.where(rest < _ROUNDING, _EPS, np.minimum(rest, 1.0))


def gaussian_bias(n: int, p: int = 1, q: int = 1) -> float:
    """Return the bias of these estimates over n rows of a Gaussian: about pq/2n nats too high.

    The log of a sample variance is too low by a known amount (Ince et al. 2017, arXiv via doi:10.1002/hbm.23471; Misra
    et al. 2005). For H(x) + H(y) - H(x, y) these amounts sum to half of a sum of differences of digammas.
    """
    from scipy.special import digamma

    if n <= p + q:
        return 0.0
    i = np.arange(1, q + 1)
    return float((digamma((n - i) / 2) - digamma((n - p - i) / 2)).sum()) / 2


def normal_scores(x: Floats) -> Floats:
    """Return the quantiles of a standard normal at rank / (n + 1) of each column: (n, d) -> (n, d).

    Equal values share the mean of their ranks, so that neither the order of rows nor a strictly increasing map of a
    column changes the scores.
    """
    from scipy.special import ndtri

    n = len(x)
    scores = np.empty(x.shape)
    for j, column in enumerate(x.T):
        _, codes, counts = np.unique(column, return_inverse=True, return_counts=True)
        mean_rank = np.cumsum(counts) - (counts - 1) / 2
        scores[:, j] = ndtri(mean_rank / (n + 1))[codes.reshape(-1)]
    return scores


def _unit(x: Floats, weight: NDArray[Any] | None) -> Floats:
    """Return each column with mean 0 and length 1, times the root of the weights; a constant column becomes zeros."""
    x = centered(x, weight)
    length = np.sqrt((x * x).sum(axis=0))
    return np.asarray(x / np.where(length > 0, length, 1.0))
