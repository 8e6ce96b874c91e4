"""Dependence of latents by their second moments alone, as if they were normal."""

from __future__ import annotations

import numpy as np

from ..kernels.linear.moments import Floats, Moments
from .concentration import ratio

# Largest eigenvalue over the smallest from which on correlations count as singular: less is rounding of float32.
SINGULAR = 1e12

# An eigenvalue that is rounding, as a share of the largest: its root would not be small.
_ROUNDING = 1e-14


def total_correlation(moments: Moments) -> Floats:
    """Return -ln det R / 2 of the correlations, in nats, and infinity where they are singular: (..., 1)."""
    correlation = moments.correlation
    if correlation.shape[-1] < 2:
        return np.zeros((*correlation.shape[:-2], 1))
    values = np.linalg.eigvalsh(correlation)
    singular = values[..., 0] * SINGULAR <= values[..., -1]
    nats = -np.log(np.where(singular[..., None], 1.0, values)).sum(axis=-1) / 2
    return np.asarray(np.where(singular, np.inf, np.maximum(nats, 0.0)))[..., None]


def wasserstein(moments: Moments, standardize: bool, normalizer: str) -> Floats:
    """Return the squared Wasserstein distance of a normal distribution to that of independent latents: (..., 1).

    Parameters
    ----------
    moments : Moments
    standardize : bool
        Whether each latent has variance 1.
    normalizer : {"none", "trace"}
        ``"trace"`` divides by the sum of the variances.
    """
    d = moments.exponents.size
    if d < 2:
        return np.zeros((*moments.covariance.shape[:-2], 1))
    if standardize:
        roots = _roots(moments.correlation)
        # 2 tr R - 2 tr R^(1/2), as squares, which cannot be negative
        distance = ((1 - roots) ** 2).sum(axis=-1)
        return np.asarray(distance / (d if normalizer == "trace" else 1))[..., None]
    unit = int(moments.exponents.max())
    # in the unit of the widest latent, so that no square overflows
    covariance = np.ldexp(
        moments.covariance, (moments.exponents[:, None] + moments.exponents - 2 * unit).astype(np.int32)
    )
    variance = np.diagonal(covariance, axis1=-2, axis2=-1)
    spread = np.sqrt(np.maximum(variance, 0.0))
    roots = _roots(covariance * spread[..., :, None] * spread[..., None, :])
    distance = np.maximum(2 * (variance.sum(axis=-1) - roots.sum(axis=-1)), 0.0)
    if normalizer == "trace":
        whole = variance.sum(axis=-1)
        return np.asarray(ratio(distance, whole))[..., None]
    with np.errstate(over="ignore"):  # the square of a latent may be beyond float64, and then is infinite
        return np.asarray(np.ldexp(distance, 2 * unit))[..., None]


def _roots(symmetric: Floats) -> Floats:
    """Return the roots of the eigenvalues of symmetric matrices (..., d, d), 0 for one that is rounding: (..., d)."""
    values = np.linalg.eigvalsh(symmetric)
    return np.sqrt(np.where(values > _ROUNDING * values[..., -1:], values, 0.0))


def of_independent(n_samples: float, n_latents: int) -> float:
    """Return the expected total correlation of independent normal latents in n rows, in nats; about d (d - 1) / 4n."""
    from scipy.special import digamma

    if n_samples <= n_latents:  # correlations are singular
        return np.inf
    places = np.arange(1, n_latents)
    # the determinant of correlations is a product of independent beta variables
    return float((digamma((n_samples - 1) / 2) - digamma((n_samples - 1 - places) / 2)).sum() / 2)
