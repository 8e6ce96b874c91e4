"""The plug-in entropy extrapolated from smaller and smaller subsets to infinitely many rows.

For N rows it is too low by about a / N + b / N^2. Both terms can be removed with its means over all subsets of N, of
4/5 N and of 2/3 N rows: two terms need three sizes. With fewer than six rows, rounding would make sizes equal: then
the sizes are N, N - 1 and N - 2, which is the jackknife of second order.

A mean over subsets is a sum over cells: the number of a cell's n rows in a random subset is hypergeometric, so nothing
is drawn.
"""

from __future__ import annotations

from itertools import groupby

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

# Up to this count the distribution is summed. Above it, the first moments are exact to 1e-10.
_SUMMED = 1024
# Beyond this many standard deviations from the mean the distribution is 0 in float64.
_REACH = 10.0
_CELLS = 1 << 16  # summed at once


def entropy_extrapolated(counts: Ints) -> Floats:
    r"""Plug-in entropy in nats extrapolated to infinitely many rows, of each table of counts: (..., m) -> (...).

    .. math:: \sum_s w_s \bar H_{m_s}, \quad \sum_s w_s = 1, \quad \sum_s w_s / m_s = \sum_s w_s / m_s^2 = 0, \quad
       m = N, \tfrac{4}{5} N, \tfrac{2}{3} N

    where the mean is over all subsets of m of the N rows. Strong, Koberle, de Ruyter van Steveninck and Bialek (1998),
    Entropy and Information in Neural Spike Trains, arXiv:cond-mat/9603127, fit that polynomial to random subsets;
    with subsets of N and N - 1 rows and a single term it is the jackknife. Sizes are rounded up, and each is at
    least one row below the last; for two rows there are two sizes, 2 and 1, and one term.
    """
    tables = counts.reshape(-1, counts.shape[-1])
    total = tables.sum(axis=1)
    entropies = np.zeros(len(tables))
    for n in np.unique(total[total > 1]).tolist():
        same = total == n
        sizes, at = np.unique(tables[same], return_inverse=True)
        entropies[same] = _of_cells(sizes, n)[at].reshape(-1, counts.shape[-1]).sum(axis=1)
    return entropies.reshape(counts.shape[:-1])


def _of_cells(counts: Ints, n: int) -> Floats:
    """Return the terms of the entropy from cells with the given counts, of n rows in all."""
    sizes = subset_sizes(n)
    # Lagrange's polynomial in 1 / m, at 0
    weights = [np.prod([m / (m - other) for other in sizes if other != m]) for m in sizes]
    return np.asarray(sum(w * mean_of_subsets(counts, n, m) for w, m in zip(weights, sizes, strict=True)))


def subset_sizes(n: int) -> list[int]:
    """Return the sizes of the subsets of n rows, the largest first: n, 4/5 n and 2/3 n rounded up, no two equal.

    For fewer than six rows the sizes are n, n - 1 and n - 2; for two rows, 2 and 1.
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
    # counts below the same power of two are summed side by side
    alike = [list(group) for _, group in groupby(counts[:few].tolist(), lambda count: count.bit_length())]
    parts = [_summed(np.array(group), n, m) for group in alike]
    return np.concatenate([*parts, _by_moments(counts[few:], n, m)])


def _summed(counts: Ints, n: int, m: int) -> Floats:
    """Return the mean of -p log p as a sum over the hypergeometric distribution."""
    mean, deviation = _moments(counts, n, m)[:2]
    first = np.maximum(np.floor(mean - _REACH * deviation), np.maximum(0, counts - (n - m))).astype(np.int64)
    last = np.minimum(np.ceil(mean + _REACH * deviation), np.minimum(counts, m)).astype(np.int64)
    width = int((last - first).max()) + 1
    means = np.empty(len(counts))
    step = max(1, _CELLS // width)
    for start in range(0, len(counts), step):
        part = slice(start, start + step)
        count, k = counts[part, None], first[part, None] + np.arange(width)
        # P(k + 1) / P(k), added up: no difference of logarithms of large factorials
        up = np.maximum((count - k) * (m - k), 0.0) / ((k + 1.0) * (n - count - m + k + 1.0))
        up[k >= last[part, None]] = 0.0
        with np.errstate(divide="ignore"):
            logs = np.cumsum(np.log(up[:, :-1]), axis=1)
        logs = np.concatenate([np.zeros((len(logs), 1)), logs], axis=1)
        chance = np.exp(logs - logs.max(axis=1, keepdims=True))
        share = k / m
        means[part] = -(chance * share * np.log(np.where(k > 0, share, 1.0))).sum(axis=1) / chance.sum(axis=1)
    return means


def _by_moments(counts: Ints, n: int, m: int) -> Floats:
    """Return the mean of -p log p from its Taylor series around the mean of p, up to the fourth moment."""
    p = counts / n
    _, deviation, skew = _moments(counts, n, m)
    second, third = (deviation / m) ** 2, skew / m**3
    # the fourth moment is nearly three times the square of the second
    return np.asarray(-p * np.log(p) - second / (2 * p) + third / (6 * p**2) - second**2 / (4 * p**3))


def _moments(counts: Ints, n: int, m: int) -> tuple[Floats, Floats, Floats]:
    """Return mean, standard deviation and third central moment of the number of a cell's rows in a subset."""
    p = counts / n
    variance = m * p * (1 - p) * ((n - m) / (n - 1))
    skew = variance * (1 - 2 * p) * ((n - 2 * m) / max(n - 2, 1))
    return m * p, np.sqrt(variance), skew
