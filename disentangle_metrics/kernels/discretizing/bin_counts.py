"""The number of bins of a latent, by the rule of Freedman and Diaconis."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..columns.columns import columns
from .discretizers import MAX_BINS, Discretizer, discretize_quantile
from .edges import PerLatent, Uniform, of_latent


def auto_bins(latents: NDArray[Any], discretizer: PerLatent[Discretizer]) -> tuple[int, ...]:
    """Return a number of bins for each latent.

    Parameters
    ----------
    latents : ndarray of shape (n, d)
    discretizer : callable, or one for each latent

    Returns
    -------
    tuple of d ints
        From 2 to the square root of n, rounded up (at least 2, at most 65536).
    """
    return tuple(_auto(values, of_latent(discretizer, j)) for j, values in enumerate(columns(latents)))


def _auto(values: NDArray[Any], discretizer: Discretizer) -> int:
    if discretizer is discretize_quantile:
        # Equal-frequency bins are equal-width bins of the ranks. Ranks are evenly spaced, so the rule gives a number
        # that does not depend on the values, and a monotone map changes neither the bins nor their number
        wanted = _cube_root(len(values))
    else:
        low, high = discretizer.limits(values) if isinstance(discretizer, Uniform) else (values.min(), values.max())
        wanted = freedman_diaconis(values, float(low), float(high))
    most = min(math.isqrt(len(values) - 1) + 1, MAX_BINS)
    return max(2, min(wanted, most))


def freedman_diaconis(values: NDArray[Any], low: float, high: float) -> int:
    """Return the number of bins of width 2 IQR / n^(1/3) that cover a range; 0 if all values are equal.

    If the interquartile range is 0, because half the values or more are equal, the width is that of Scott:
    3.49 standard deviations / n^(1/3).

    Parameters
    ----------
    values : ndarray of shape (n,)
    low, high : float
        The ends of the range.

    References
    ----------
    Freedman and Diaconis (1981), Zeitschrift fuer Wahrscheinlichkeitstheorie 57; Scott (1979), Biometrika 66.
    """
    # Scaled by a power of two, which rounds nothing, so that no difference overflows float64
    largest = max(abs(float(values.min())), abs(float(values.max())), abs(low), abs(high))
    exponent = -math.frexp(largest)[1]
    scaled = np.ldexp(values.astype(np.float64), exponent)
    spread = math.ldexp(high, exponent) - math.ldexp(low, exponent)
    upper, lower = np.percentile(scaled, [75, 25])
    width = 2.0 * float(upper - lower) * len(values) ** (-1.0 / 3.0)
    if width == 0.0:
        width = (24.0 * math.sqrt(math.pi) / len(values)) ** (1.0 / 3.0) * float(scaled.std())
    ratio = max(spread, 0.0) / width if width else 0.0
    return math.ceil(min(ratio, MAX_BINS))


def _cube_root(n: int) -> int:
    """Return the smallest whole number whose cube is n or more."""
    root = round(math.cbrt(n))
    return root + 1 if root**3 < n else root
