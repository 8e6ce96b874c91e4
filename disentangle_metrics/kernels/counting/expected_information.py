"""Expected plug-in information of independent variables with given counts."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# The sum over a cell's counts ends at this many standard deviations, and this many rows, from the mean.
_DEVIATIONS, _ROWS = 9.0, 30


def independent_information(bins: Ints, values: Ints) -> Floats:
    r"""Return the expected plug-in information in nats of each latent and a factor over all orders of the rows.

    .. math:: \sum_{bv} \sum_c \frac{c}{n} \log \frac{n c}{n_b n_v} P(c), \quad
       P(c) = \binom{n_v}{c} \binom{n - n_v}{n_b - c} / \binom{n}{n_b}

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
    n = int(values.sum())
    log_factorial = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, n + 1)))])
    # values of equal count add the same, and so do bins of equal count
    sizes, times = np.unique(values[values > 0], return_counts=True)
    information = np.zeros(len(bins))
    for j, row in enumerate(bins):
        if np.count_nonzero(row) > 1:
            size_of_bins, n_bins = np.unique(row[row > 0], return_counts=True)
            each = zip(size_of_bins.tolist(), n_bins, strict=True)
            information[j] = sum(m * (_of_bin(size, sizes, n, log_factorial) @ times) for size, m in each)
    return information


def _of_bin(bin_: int, sizes: Ints, n: int, log_factorial: Floats) -> Floats:
    """Return the terms of a bin of `bin_` rows with values of `sizes` rows each: (n_values,)."""
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
    share = count / n * np.log(n * count / (bin_ * whole))
    return np.asarray((share * np.exp(log_p) * inside).sum(axis=1))
