"""The entropy of Nemenman, Shafee and Bialek: posterior mean under a mixture of Dirichlet priors, flat in the entropy.

A Dirichlet prior that adds beta rows to each of K cells nearly fixes the entropy before any row is observed: it is
about xi(beta) = digamma(K beta + 1) - digamma(beta + 1). So the estimate is an average over beta. The weight is the
probability of the counts, times the density that makes xi uniform between 0 and log K.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from .estimator import Counts, Floats

Ints = NDArray[np.int64]

# Nodes that locate the integrand, and nodes that sum it. In log beta the integrand is smooth and falls on both sides at
# least like exp(-|log beta|), so equal steps over all of it are exact to rounding if they are short enough.
_SEARCH, _NODES = 33, 257
# A term below exp(-40) of the largest adds nothing in float64.
_DEPTH = 40.0
# Above this, series in 1 / x are exact to 1e-15.
_SERIES = 20.0


def entropy_nsb(counts: Counts, support: Ints) -> Floats:
    r"""Posterior mean entropy in nats of each table of counts (..., m) over its support (...): (...).

    .. math:: \frac{\int \rho(\beta) \langle S \rangle_\beta \, d\xi(\beta)}{\int \rho(\beta) \, d\xi(\beta)}, \quad
       \rho(\beta) = \frac{\Gamma(K \beta)}{\Gamma(N + K \beta)} \prod_i \frac{\Gamma(n_i + \beta)}{\Gamma(\beta)}

    with the posterior mean of one Dirichlet prior, :math:`\langle S \rangle_\beta = \psi(N + K \beta + 1) - \sum_i
    \frac{n_i + \beta}{N + K \beta} \psi(n_i + \beta + 1)` (Nemenman, Shafee and Bialek 2002, arXiv:physics/0108025).
    """
    tables, cells = counts.reshape(-1, counts.shape[-1]), np.broadcast_to(support, counts.shape[:-1]).reshape(-1)
    means = [_posterior_mean(table, float(k)) if k > 1 else 0.0 for table, k in zip(tables, cells, strict=True)]
    return np.array(means, dtype=np.float64).reshape(counts.shape[:-1])


def _posterior_mean(counts: Counts, k: float) -> float:
    """Return the entropy of one table over k cells, two or more."""
    # equal counts give equal terms, and there are few distinct counts
    distinct = np.unique(counts[counts > 0], return_counts=True)
    sizes, times = (part.astype(np.float64)[:, None] for part in distinct)
    total = float((sizes * times).sum())

    def log_weight(t: Floats) -> Floats:
        beta = np.exp(t)
        rise: Floats = (times * _log_rise(beta, sizes)).sum(axis=0) - _log_rise(k * beta, np.array(total))
        return rise + _log_slope(t, k)

    low, high = -np.log(k) - _DEPTH - 5.0, np.log(total) + _DEPTH + 5.0
    t, logs = _around_the_peak(log_weight, low, high)
    weights = np.exp(logs - logs.max())
    means = _mean_entropy(np.exp(t), sizes, times, total, k)
    return float((weights * means).sum() / weights.sum())


def _around_the_peak(log_weight: Callable[[Floats], Floats], low: float, high: float) -> tuple[Floats, Floats]:
    """Return equally spaced nodes over the part of the integrand that matters, and its logarithm there."""
    while True:
        t = np.linspace(low, high, _SEARCH)
        logs = log_weight(t)
        inside = np.flatnonzero(logs > logs.max() - _DEPTH)
        first, last = max(inside[0] - 1, 0), min(inside[-1] + 1, _SEARCH - 1)
        low, high = t[first], t[last]
        if last - first > _SEARCH // 3:
            t = np.linspace(low, high, _NODES)
            return t, log_weight(t)


def _log_rise(beta: Floats, n: Floats) -> Floats:
    """Return log(Gamma(n + beta) / Gamma(beta)) - n log(beta), precise for large beta too, where it is near 0."""
    from scipy.special import gammaln

    small, large = np.minimum(beta, _SERIES), np.maximum(beta, _SERIES)
    by_gamma = gammaln(n + small) - gammaln(small) - n * np.log(small)
    # Stirling's series of both terms
    by_series = (n + large - 0.5) * np.log1p(n / large) - n + _stirling(n + large) - _stirling(large)
    return np.where(beta < _SERIES, by_gamma, by_series)


def _stirling(x: Floats) -> Floats:
    inverse = x**-2.0
    return np.asarray((1 / 12 - inverse * (1 / 360 - inverse * (1 / 1260 - inverse / 1680))) / x)


def _log_slope(t: Floats, k: float) -> Floats:
    """Return log(d xi / d log(beta)) for k cells, where t is log(beta)."""
    from scipy.special import polygamma

    small, large = np.exp(np.minimum(t, np.log(_SERIES))), np.exp(np.maximum(t, np.log(_SERIES)))
    by_trigamma = k * polygamma(1, k * small + 1.0) - polygamma(1, small + 1.0)
    # the difference of two series in 1 / beta, whose first terms are the same
    terms = ((-1, 1 / 2), (-2, -1 / 6), (-4, 1 / 30), (-6, -1 / 42), (-8, 1 / 30))
    by_series = sum(factor * (1.0 - k**power) * large ** (power - 1.0) for power, factor in terms)
    return np.asarray(t + np.log(np.where(t < np.log(_SERIES), by_trigamma, by_series)))


def _mean_entropy(beta: Floats, sizes: Floats, times: Floats, total: float, k: float) -> Floats:
    """Return the posterior mean entropy under one Dirichlet prior for each beta (b,), of counts (u, 1)."""
    from scipy.special import digamma

    filled = (times * (sizes + beta) * digamma(sizes + beta + 1.0)).sum(axis=0)
    empty = (k - times.sum()) * beta * digamma(beta + 1.0)
    return np.asarray(digamma(total + k * beta + 1.0) - (filled + empty) / (total + k * beta))
