"""Entropies that correct the bias of the plug-in entropy, from integer counts alone.

Jackknife and Grassberger have the form of the plug-in entropy: log N minus the mean over rows of log n, where n is the
count of the row's cell and N the number of rows. Another function of the counts replaces the logarithm.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

# Below this count Grassberger's G is a sum; above it a series is exact to 1e-16.
_SUMMED = 64


def entropy_jackknife(counts: Ints) -> Floats:
    r"""Jackknifed plug-in entropy in nats of each table of counts: (..., m) -> (...).

    .. math:: N \hat H - \frac{N - 1}{N} \sum_r \hat H_{-r} = D(N) - \frac{1}{N} \sum_i n_i D(n_i), \quad
       D(n) = n \log n - (n - 1) \log(n - 1)

    where the first sum leaves out one row r at a time (Zahl 1977, Ecology 58, 907-913; the jackknife of Burnham and
    Overton 1978). Each row of a cell has the same effect when it is left out, so a sum over cells is enough.
    """
    total = counts.sum(axis=-1)
    return np.asarray(_rise(total) - (counts * _rise(counts)).sum(axis=-1) / total)


def jackknife_without(counts: Ints) -> Floats:
    """Return the jackknifed entropy of one table (m,) without one row of each cell in turn: (m,).

    The entry of an empty cell has no meaning.
    """
    rest = int(counts.sum()) - 1
    terms = counts * _rise(counts)
    fewer = np.maximum(counts - 1, 0)
    return np.asarray(_rise(np.array(rest)) - (terms.sum() - terms + fewer * _rise(fewer)) / max(rest, 1))


def _rise(counts: Ints) -> Floats:
    """Return n log n - (n - 1) log(n - 1), 0 for 0 and 1 rows, without the difference of two large numbers."""
    fewer = np.maximum(counts, 2) - 1.0
    return np.where(counts > 1, np.log(fewer + 1.0) + fewer * np.log1p(1.0 / fewer), 0.0)


def entropy_grassberger(counts: Ints) -> Floats:
    r"""Grassberger's entropy in nats of each table of counts: (..., m) -> (...).

    .. math:: \log N - \frac{1}{N} \sum_i n_i G(n_i), \quad
       G(n) = \psi(n) + \frac{(-1)^n}{2} \left( \psi\left(\tfrac{n + 1}{2}\right) - \psi\left(\tfrac n 2\right) \right)

    Grassberger 2003, Entropy Estimates from Insufficient Samplings, arXiv:physics/0307138.
    """
    total = counts.sum(axis=-1)
    return np.asarray(np.log(total) - (counts * grassberger_g(counts)).sum(axis=-1) / total)


def grassberger_g(counts: Ints) -> Floats:
    """Return Grassberger's G of each count. An even count and the next odd count share a value, and G(0) is 0.

    G(2k) = log 2 + digamma(k + 1/2), which rises by 2 / (2k + 1) from one k to the next.
    """
    half = counts // 2
    inverse = 1.0 / np.maximum(half, 1) ** 2.0
    series = inverse * (1 / 24 + inverse * (-7 / 960 + inverse * (31 / 8064 - inverse * 127 / 30720)))
    large = np.log(2.0 * np.maximum(half, 1)) + series
    return np.where(counts < _SUMMED, _small_g()[np.minimum(counts, _SUMMED - 1)], large)


@cache
def _small_g() -> Floats:
    steps = 2.0 / np.arange(1, _SUMMED - 1, 2)
    pairs = np.concatenate([[0.0], np.cumsum(steps)]) - np.euler_gamma - np.log(2.0)
    table = np.repeat(pairs, 2)
    table[0] = 0.0
    table.flags.writeable = False
    return table


def entropy_chao_shen(counts: Ints) -> Floats:
    r"""Coverage-adjusted entropy in nats of each table of counts: (..., m) -> (...).

    .. math:: -\sum_i \frac{C p_i \log(C p_i)}{1 - (1 - C p_i)^N}, \quad p_i = \frac{n_i}{N}, \quad
       C = 1 - \frac{f_1}{N}

    The coverage C is the share of the distribution that has been observed. It is estimated from the number f_1 of
    cells with a single row. The denominator is the probability that a cell is observed at all, and corrects for the
    cells that are not (Chao and Shen 2003, Environmental and Ecological Statistics 10, 429-443). If every cell has a
    single row, f_1 leaves out one of them, so that C is 1 / N and not 0.
    """
    total = counts.sum(axis=-1, keepdims=True)
    single = np.count_nonzero(counts == 1, axis=-1, keepdims=True)
    coverage = 1.0 - np.minimum(single, total - 1) / total
    # a cell of all rows (p = 1) and an empty cell add nothing, and neither may reach the logarithms
    certain = (counts == total) & (coverage == 1.0)
    adds = (counts > 0) & ~certain
    p = np.where(adds, coverage * counts / total, 0.5)
    seen = -np.expm1(total * np.log1p(-p))
    return np.asarray(np.where(adds, -p * np.log(p) / seen, 0.0).sum(axis=-1))
