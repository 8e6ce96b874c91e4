"""Means over all orders of the rows: what joint counts of independent variables with given counts show."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Counts of a cell are summed over as far as this many standard deviations, and this many rows, from their mean.
_DEVIATIONS, _ROWS = 9.0, 30


def independent_information(bins: Ints, values: Ints) -> Floats:
    r"""Return the information in nats that latents and a factor show on average if their rows are put in any order.

    .. math:: \sum_{bv} \sum_c \frac{c}{n} \log \frac{n c}{n_b n_v} P(c), \quad
       P(c) = \binom{n_v}{c} \binom{n - n_v}{n_b - c} / \binom{n}{n_b}

    Given the counts of bins and of values, that of a cell is hypergeometric (Vinh, Epps and Bailey 2010, Journal of
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
    n = int(values.sum())
    return _mean_of_cells(bins, values, lambda count, bin_, whole: count / n * np.log(n * count / (bin_ * whole)))


def independent_joint(bins: Ints, values: Ints, of_count: Floats) -> Floats:
    """Return the sum over the cells of a latent and a factor, on average if their rows are put in any order.

    Parameters
    ----------
    bins : ndarray of int of shape (d, n_bins)
        Rows in each bin of each latent.
    values : ndarray of int of shape (n_values,)
        Rows with each value of the factor.
    of_count : ndarray of shape (m,)
        What a cell of 0, 1, ... rows adds; an empty one nothing. It reaches to the smaller of the largest bin and the
        most frequent value.

    Returns
    -------
    ndarray of shape (d,)
    """
    return _mean_of_cells(bins, values, lambda count, bin_, whole: of_count[np.minimum(count, len(of_count) - 1)])


# From the rows of a cell (s, c), of its bin, and of its value (s, 1), to what the cell adds: (s, c).
_Adds = Callable[[Ints, int, Ints], Floats]


def _mean_of_cells(bins: Ints, values: Ints, adds: _Adds) -> Floats:
    """Return the mean over all orders of the sum over cells, for each latent; 0 for one in a single bin: (d,)."""
    n = int(values.sum())
    log_factorial = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, n + 1)))])
    # values of equal count, and bins, share what they add
    sizes, times = np.unique(values[values > 0], return_counts=True)
    total = np.zeros(len(bins))
    for j, row in enumerate(bins):
        if np.count_nonzero(row) > 1:
            size_of_bins, n_bins = np.unique(row[row > 0], return_counts=True)
            each = zip(size_of_bins.tolist(), n_bins, strict=True)
            total[j] = sum(m * (_of_bin(size, sizes, n, log_factorial, adds) @ times) for size, m in each)
    return total


def _of_bin(bin_: int, sizes: Ints, n: int, log_factorial: Floats, adds: _Adds) -> Floats:
    """Return what a bin of so many rows adds with values of so many rows each: (n_values,)."""
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
    return np.asarray((adds(count, bin_, whole) * np.exp(log_p) * inside).sum(axis=1))
