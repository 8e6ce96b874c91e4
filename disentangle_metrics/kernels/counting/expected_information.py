"""Expected plug-in information, and other sums over cells, of independent variables with given counts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..entropy.table import entropy_plugin, xlogx_up_to

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# The sum over a cell's counts ends at this many standard deviations, and this many rows, from the mean.
_DEVIATIONS, _ROWS = 9.0, 30


def independent_information(bins: Ints, values: Ints) -> Floats:
    r"""Return the expected plug-in information in nats of each latent and a factor over all orders of the rows.

    Given the counts of bins and values, the count of a cell is hypergeometric (Vinh, Epps and Bailey 2010, Journal of
    Machine Learning Research 11, 2837-2854, theorem 1). For many rows it is (bins - 1)(values - 1) / 2n.

    Parameters
    ----------
    bins : ndarray of int of shape (d, n_bins)
        Rows in each bin of each latent.
    values : ndarray of int of shape (n_values,)
        Rows with each value of the factor.

    Returns
    -------
    ndarray of shape (d,)
        0 for a latent in a single bin.
    """
    [joint] = independent_joint(bins, values, plugin_terms(int(values.sum()), int(values.max()))[None])
    information = entropy_plugin(bins) + entropy_plugin(values) - joint
    return np.where(np.count_nonzero(bins, axis=1) > 1, information, 0.0)


def least_independent_information(bins: Ints, values: Ints) -> float:
    r"""Return a lower bound of `independent_information` of one latent, which costs a twentieth.

    If c has the distribution of a cell's count, E[c log c] is its mean times E[log(1 + c')], where c' is hypergeometric
    too, of one row less. The distribution of this mean and variance with the least E[log(1 + c')] has two values, of
    which 0 is one (Karlin and Studden 1966, Tchebycheff Systems, chapter 3).

    Parameters
    ----------
    bins : ndarray of int of shape (n_bins,)
        Rows in each bin of the latent.
    values : ndarray of int of shape (n_values,)
        Rows with each value of the factor.
    """
    n = int(values.sum())
    (a, times_a), (b, times_b) = map(_sizes, (bins, values))
    a = a[:, None]
    mean, others = a * b / n, (a - 1) * (b - 1) / max(n - 1, 1)
    variance = others * (n - a) * (n - b) / max((n - 1) * (n - 2), 1)
    other = others + np.divide(variance, others, out=np.zeros_like(others), where=others > 0)  # the second value
    share = np.divide(others, other, out=np.zeros_like(others), where=other > 0)
    cells = mean / n * np.maximum(share * np.log1p(other) - np.log(mean), 0.0)  # no cell has less than 0
    return float(times_a @ cells @ times_b)


def _sizes(counts: Ints) -> tuple[Ints, Ints]:
    """Return the distinct counts above 0, and how often each occurs."""
    times = np.bincount(counts)
    sizes = np.flatnonzero(times[1:]) + 1
    return sizes, times[sizes]


def plugin_terms(n: int, most: int) -> Floats:
    """Return the term of the plug-in entropy of a cell with 0, 1, ..., `most` of n rows: (most + 1,)."""
    counts = np.arange(most + 1)
    return np.asarray((counts * np.log(n) - xlogx_up_to(most)) / n)


def independent_joint(bins: Ints, values: Ints, terms: Floats) -> Floats:
    r"""Return the expected sum of some terms over the cells of each latent and a factor, over all orders of the rows.

    .. math:: \sum_{bv} \sum_c t(c) P(c), \quad P(c) = \binom{n_v}{c} \binom{n - n_v}{n_b - c} / \binom{n}{n_b}

    Parameters
    ----------
    bins : ndarray of int of shape (d, n_bins)
        Rows in each bin of each latent.
    values : ndarray of int of shape (n_values,)
        Rows with each value of the factor.
    terms : ndarray of shape (t, m)
        Terms of a cell with 0, 1, ... rows, one row for each sum. The first is 0.

    Returns
    -------
    ndarray of shape (t, d)
    """
    n = int(values.sum())
    log_factorial = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, n + 1)))])
    # values of equal count add the same, and so do bins of equal count
    sizes, times = np.unique(values[values > 0], return_counts=True)
    of_size = {
        size: _of_bin(size, sizes, n, log_factorial, terms) @ times for size in np.unique(bins[bins > 0]).tolist()
    }
    return np.stack([sum(of_size[size] for size in row[row > 0].tolist()) for row in bins], axis=1)


def _of_bin(bin_: int, sizes: Ints, n: int, log_factorial: Floats, terms: Floats) -> Floats:
    """Return what a bin of so many rows adds with values of so many rows each: (t, n_values)."""
    mean = bin_ * sizes / n
    reach = _DEVIATIONS * np.sqrt(mean) + _ROWS
    low = np.maximum(np.maximum(1, bin_ + sizes - n), (mean - reach).astype(np.int64))
    high = np.minimum(np.minimum(bin_, sizes), (mean + reach).astype(np.int64))
    count = low[:, None] + np.arange(int((high - low).max(initial=0)) + 1)
    inside = count <= high[:, None]
    count = np.minimum(count, np.maximum(high, low)[:, None])
    whole, f = sizes[:, None], log_factorial
    log_p = f[bin_] + f[whole] + f[n - bin_] + f[n - whole] - f[n] - f[count]
    left = np.maximum(whole - count, 0), np.maximum(bin_ - count, 0), np.maximum(n - bin_ - whole + count, 0)
    log_p -= sum(f[part] for part in left)
    chance = np.exp(log_p) * inside
    return np.stack([(term[np.minimum(count, len(term) - 1)] * chance).sum(axis=1) for term in terms])
