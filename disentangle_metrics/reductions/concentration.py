"""Weights of latents in a mean over latents, and ratios whose denominator may be 0."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..kernels.counting.information import Information

Floats = NDArray[np.float64]

# Nats that are a rounding error of entropies.
_ROUNDING = 1e-12


def some_information(mutual: Floats) -> Floats:
    """Return information, 0 where it is below 0 or a rounding error, of which shares have no meaning."""
    return np.asarray(np.where(mutual > _ROUNDING, mutual, 0.0))


def most_information(parts: Sequence[Information]) -> Floats:
    """Return the largest information of each latent with a factor, not below 0: (..., n_latents)."""
    return np.asarray(some_information(parts[0].mutual).max(axis=-1))


def ratio(part: Floats, whole: Floats) -> Floats:
    """Return part / whole, 0 where the denominator is not above 0."""
    return np.divide(part, whole, out=np.zeros(np.broadcast_shapes(part.shape, whole.shape)), where=whole > 0)
