"""The plug-in entropy of fewer and fewer rows, carried on to infinitely many.

Of N rows it is too low by about a / N + b / N^2. From its means over all subsets of N, of 4/5 N and of 2/3 N rows both
terms can be taken off. Two terms need three sizes. Of fewer than six rows some of these would be equal in whole rows:
the sizes are then N, N - 1 and N - 2, which is the jackknife of second order.

A mean over subsets is a sum over cells: of the n rows of a cell as many are in a subset as a hypergeometric
distribution says, so nothing is drawn.
"""

from __future__ import annotations

from itertools import groupby

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

# Counts up to which the distribution is summed up. Beyond, its first moments are exact to 1e-10.
_SUMMED = 1024
# Standard deviations from the mean beyond which nothing in float64 is left of it.
_REACH = 10.0
_CELLS = 1 << 16  # summed up in one go


def entropy_extrapolated(counts: Ints) -> Floats:
    r"""Plug-in entropy in nats extrapolated to infinitely many rows, of each table of counts: (..., m) -> (...).

    .. math:: \sum_s w_s \bar H_{m_s}, \quad \sum_s w_s = 1, \quad \sum_s w_s / m_s = \sum_s w_s / m_s^2 = 0, \quad
       m = N, \tfrac{4}{5} N, \tfrac{2}{3} N

    where the mean is over all subsets of m of the N rows. Strong, Koberle, de Ruyter van Steveninck and Bialek (1998),
    Entropy and Information in Neural Spike Trains, arXiv:cond-mat/9603127, fit that polynomial to random subsets;
    with subsets of N and N - 1 rows and a single term it is the jackknife. Sizes are rounded up, and each is at least a
    row below the one before; of two rows there are two sizes, 2 and 1, and one term.
    """
    tables = counts.reshape(-1, counts.shape[-1])
    total = tables.sum(axis=1)
    found = np.zeros(len(tables))
    for n in np.unique(total[total > 1]).tolist():
        same = total == n
        sizes, at = np.unique(tables[same], return_inverse=True)
        found[same] = of_cells(sizes, n)[at].reshape(-1, counts.shape[-1]).sum(axis=1)
    return found.reshape(counts.shape[:-1])


def of_cells(counts: Ints, n: int) -> Floats:
    """Return what cells of some counts, of n rows in all, add to the entropy: (u,) -> (u,).

    Parameters
    ----------
    counts : ndarray of int of shape (u,)
        Rows of cells, ascending.
    """
    sizes = subset_sizes(n)
    # Lagrange's polynomial in 1 / m, at 0
    weights = [np.prod([m / (m - other) for other in sizes if other != m]) for m in sizes]
    return np.asarray(sum(w * mean_of_subsets(counts, n, m) for w, m in zip(weights, sizes, strict=True)))


def subset_sizes(n: int) -> list[int]:
    """Return how many of n rows are in the subsets, the most first: n, 4/5 n and 2/3 n rounded up, no two equal.

    Of fewer than six rows n, n - 1 and n - 2, so that there are three; of two rows two.
    """
    return [m for m in (n, n - max(1, n // 5), n - max(2, n // 3)) if m > 0]


def mean_of_subsets(counts: Ints, n: int, m: int) -> Floats:
    """Return the mean of -p log p over all subsets of m of n rows, p the share of a cell: (u,) -> (u,).

    Parameters
    ----------
    counts : ndarray of int of shape (u,)
        Rows of cells, ascending.
    """
    few = np.searchsorted(counts, _SUMMED, side="right")
    # counts that reach to the same power of two are summed up side by side
    alike = [list(some) for _, some in groupby(counts[:few].tolist(), lambda count: count.bit_length())]
    parts = [_summed(np.array(some), n, m) for some in alike]
    return np.concatenate([*parts, _by_moments(counts[few:], n, m)])


def _summed(counts: Ints, n: int, m: int) -> Floats:
    """Return the mean of -p log p by adding up the hypergeometric distribution."""
    mean, deviation = _moments(counts, n, m)[:2]
    first = np.maximum(np.floor(mean - _REACH * deviation), np.maximum(0, counts - (n - m))).astype(np.int64)
    last = np.minimum(np.ceil(mean + _REACH * deviation), np.minimum(counts, m)).astype(np.int64)
    width = int((last - first).max()) + 1
    found = np.empty(len(counts))
    step = max(1, _CELLS // width)
    for start in range(0, len(counts), step):
        some = slice(start, start + step)
        count, k = counts[some, None], first[some, None] + np.arange(width)
        # P(k + 1) / P(k), added up: no difference of logarithms of large factorials
        up = np.maximum((count - k) * (m - k), 0.0) / ((k + 1.0) * (n - count - m + k + 1.0))
        up[k >= last[some, None]] = 0.0
        with np.errstate(divide="ignore"):
            logs = np.cumsum(np.log(up[:, :-1]), axis=1)
        logs = np.concatenate([np.zeros((len(logs), 1)), logs], axis=1)
        chance = np.exp(logs - logs.max(axis=1, keepdims=True))
        share = k / m
        found[some] = -(chance * share * np.log(np.where(k > 0, share, 1.0))).sum(axis=1) / chance.sum(axis=1)
    return found


def _by_moments(counts: Ints, n: int, m: int) -> Floats:
    """Return the mean of -p log p from its Taylor series around the mean of p, up to the fourth moment."""
    p = counts / n
    _, deviation, skew = _moments(counts, n, m)
    second, third = (deviation / m) ** 2, skew / m**3
    # the fourth moment is nearly three times the square of the second
    return np.asarray(-p * np.log(p) - second / (2 * p) + third / (6 * p**2) - second**2 / (4 * p**3))


def _moments(counts: Ints, n: int, m: int) -> tuple[Floats, Floats, Floats]:
    """Return mean, standard deviation and third central moment of how many rows of a cell are in a subset."""
    p = counts / n
    variance = m * p * (1 - p) * ((n - m) / (n - 1))
    skew = variance * (1 - 2 * p) * ((n - 2 * m) / max(n - 2, 1))
    return m * p, np.sqrt(variance), skew
