"""Weights of latents in a mean over latents, and ratios whose denominator may be 0."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..kernels.counting.information import Information

Floats = NDArray[np.float64]


def most_information(parts: Sequence[Information]) -> Floats:
    """Return the largest information of each latent with a factor, not below 0: (..., n_latents)."""
    return np.asarray(np.maximum(parts[0].mutual.max(axis=-1), 0.0))


def ratio(part: Floats, whole: Floats) -> Floats:
    """Return part / whole, 0 where the denominator is not above 0."""
    return np.divide(part, whole, out=np.zeros(np.broadcast_shapes(part.shape, whole.shape)), where=whole > 0)
