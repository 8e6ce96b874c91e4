"""Log density of a latent's samples under the posteriors of all rows, and of the rows that share a factor's value.

The aggregate posterior of one latent is a mixture of n Gaussians, one for each row. So its log density at s samples
takes s times n exponentials, which are most of the work. One pass serves every factor: the terms of the rows are summed
by the row's value of each factor.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..counting.merged_factors import Factor
from ..dispatch import swappable

Progress = Callable[[int, int], None]

# Rows and samples at a time: their table of densities, 1 MB, stays in the cache.
_ROWS, _POINTS = 256, 512

# Rows at a time of what is summed over rows.
_BLOCK = 1 << 14

# Beyond these limits a density might not fit a float64. Half the range of log-variances and half the squared distance
# of a sample from its row's mean, in standard deviations, sum to at most 613, and exp(-745) is the smallest above 0.
MAX_LOGVAR, MAX_DISTANCE = 300.0, 25.0


class Entropies(NamedTuple):
    """Differential entropies in nats, by Monte Carlo.

    Attributes
    ----------
    latent : ndarray of shape (d,)
        H(z_j).
    given : ndarray of shape (d, k)
        H(z_j | v_k), the mean over samples.
    """

    latent: NDArray[np.float64]
    given: NDArray[np.float64]


def entropies(
    points: NDArray[np.float64],
    rows: NDArray[np.intp],
    mean: NDArray[np.floating],
    logvar: NDArray[np.floating],
    factors: Sequence[Factor],
    progress: Progress | None = None,
) -> Entropies:
    """Return the entropy of each latent, and its conditional entropy given each factor.

    Parameters
    ----------
    points : ndarray of shape (s, d)
        One sample from the posterior of each chosen row.
    rows : ndarray of int of shape (s,)
        The row of each sample.
    mean, logvar : ndarray of shape (n, d)
        The posteriors of all rows: independent Gaussians. Log-variances lie within +-300. Samples lie within 25
        standard deviations of the mean of their row.
    factors : sequence of k Factor
    progress : callable, optional
        Called after each block of samples, with the number of steps done and the number of all steps.
    """
    codes = np.stack([factor.codes for factor in factors], axis=1)
    counts = [factor.counts for factor in factors]
    starts = range(0, len(points), _POINTS)
    total = np.zeros((mean.shape[1], 1 + len(factors)))
    for j in range(mean.shape[1]):
        center, spread = (np.ascontiguousarray(x[:, j], dtype=np.float64) for x in (mean, logvar))
        for step, start in enumerate(starts):
            part = slice(start, start + _POINTS)
            total[j] -= log_densities(points[part, j], codes[rows[part]], center, spread, codes, counts).sum(axis=1)
            if progress is not None:
                progress(j * len(starts) + step + 1, mean.shape[1] * len(starts))
    total /= len(points)
    return Entropies(total[:, 0], total[:, 1:])


@swappable(saves=40_000)
def log_densities(
    points: NDArray[np.float64],
    own: NDArray[np.integer],
    mean: NDArray[np.float64],
    logvar: NDArray[np.float64],
    codes: NDArray[np.integer],
    counts: Sequence[NDArray[np.int64]],
) -> NDArray[np.float64]:
    """Return log q(z) and log q(z | v_k) of one latent at given points: (1 + k, s).

    Parameters
    ----------
    points : ndarray of shape (s,)
    own : ndarray of int of shape (s, k)
        The value of each factor that q(z | v_k) is given at each point.
    mean, logvar : ndarray of shape (n,)
    codes : ndarray of int of shape (n, k)
        The value of each factor in each row.
    counts : sequence of k ndarray of int64 of shape (n_values,)
        Number of rows with each value.
    """
    first, top, rate, highest = scaled(logvar, counts)
    every = np.zeros(len(points))
    by_value = np.zeros((first[-1], len(points)))
    density = np.empty((min(_ROWS, len(mean)), len(points)))
    for start in range(0, len(mean), _ROWS):
        part = slice(start, start + _ROWS)
        block = density[: len(mean[part])]
        with np.errstate(over="ignore", under="ignore"):  # a row too far away adds nothing
            np.subtract(points, mean[part, None], out=block)
            np.multiply(block, rate[part, None], out=block)
            np.square(block, out=block)
            np.subtract((top[part] - highest)[:, None], block, out=block)
            np.exp(block, out=block)
        every += block.sum(axis=0)
        by_value += _indicators(codes[part] + first[:-1], int(first[-1])) @ block
    return by_own_value(every, by_value, own, counts, highest)


def scaled(
    logvar: NDArray[np.float64], counts: Sequence[NDArray[np.int64]]
) -> tuple[NDArray[np.intp], NDArray[np.float64], NDArray[np.float64], float]:
    """Return the first index of each factor's values, and top, rate and the highest top.

    A row's density, without 1 / sqrt(2 pi), is exp(top - (rate (z - mean))^2). The difference is squared as it stands:
    multiplied out, a narrow posterior far from 0 would lose its digits.
    """
    first = np.concatenate([[0], np.cumsum([len(values) for values in counts])])
    top, rate = -0.5 * logvar, np.sqrt(0.5) * np.exp(-0.5 * logvar)
    return first, top, rate, float(top.max())


def by_own_value(
    every: NDArray[np.float64],
    by_value: NDArray[np.float64],
    own: NDArray[np.integer],
    counts: Sequence[NDArray[np.int64]],
    highest: float,
) -> NDArray[np.float64]:
    """Return log q(z) and log q(z | v_k), (1 + k, s), from sums over all rows, (s,), and by value, (v, s)."""
    shares = [every / counts[0].sum()]
    first = 0
    for k, rows in enumerate(counts):
        shares.append(by_value[first + own[:, k], np.arange(len(every))] / rows[own[:, k]])
        first += len(rows)
    return np.asarray(np.log(shares) + (highest - 0.5 * np.log(2 * np.pi)))


def _indicators(values: NDArray[np.integer], n_values: int) -> Any:
    """Return the indicator matrix of values and rows, sparse (n_values, n): its product sums rows by value."""
    from scipy.sparse import csc_array

    n, k = values.shape
    return csc_array((np.ones(n * k), values.ravel(), np.arange(0, n * k + 1, k)), shape=(n_values, n))


def kl_from_prior(mean: NDArray[Any], logvar: NDArray[Any]) -> NDArray[np.float64]:
    r"""Return the mean divergence of each latent from a standard normal, in nats: (n, d) twice -> (d,).

    .. math:: \frac{1}{2 n} \sum_i \left( \mu_i^2 + \sigma_i^2 - 1 - \log \sigma_i^2 \right)
    """
    total = np.zeros(mean.shape[1])
    for start in range(0, len(mean), _BLOCK):
        mu, log = (array[start : start + _BLOCK].astype(np.float64) for array in (mean, logvar))
        with np.errstate(over="ignore"):
            total += (mu**2 + np.expm1(log) - log).sum(axis=0)
    return np.asarray(total / (2 * len(mean)))
