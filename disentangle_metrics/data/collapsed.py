"""Latents that an encoder does not use: they hardly move, and the little that they move says nothing."""

from __future__ import annotations

from copy import copy
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..kernels.columns.columns import deviation
from .arrays import read_only
from .posterior import Posterior
from .representation import Representation

# Mean divergence of a latent's posterior from the prior, in nats, below which it is inactive.
LEAST_KL = 0.01

# Variance, as a share of the largest, below which a latent without a posterior is inactive.
LEAST_SHARE = 0.02


def collapsed(data: Representation) -> NDArray[np.bool_]:
    """Return which latents are inactive, by their posterior where there is one, else by their variance: (n_latents,).

    Raises
    ------
    ShapeError, DTypeError, NonFiniteError, InputError
        If there is a posterior, and its log-variances cannot be used.
    """
    if isinstance(data, Posterior):
        return data.kl < LEAST_KL
    sizes: NDArray[np.float64] = data.remember(
        "deviations", lambda: np.array([deviation(data.latents[:, j]) for j in range(data.n_latents)])
    )
    return np.asarray(sizes < np.sqrt(LEAST_SHARE) * sizes.max())


def silenced(data: Representation) -> Representation:
    """Return the same representation with a single value, 0, in each inactive latent."""
    return data.remember("silenced", lambda: _silenced(data, collapsed(data)))


def _silenced(data: Representation, still: NDArray[np.bool_]) -> Representation:
    if not (still & ~data.inactive).any():
        return data
    latents: NDArray[Any] = np.array(data.latents)
    latents[:, still] = 0
    other = copy(data)
    other._origin = None
    other.latents = read_only(latents)
    low, high = (np.where(still, 0, extreme).astype(extreme.dtype) for extreme in data.extremes)
    other._memo = {"inactive": data.inactive | still, "extremes": (low, high)}
    return other
