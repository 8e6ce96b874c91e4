"""Mean of a value over pairs of latents."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from .concentration import ratio

Floats = NDArray[np.float64]

# What the information of two latents is divided by, from their entropies.
DIVISORS: dict[str, Callable[[Floats, Floats], Floats]] = {
    "none": lambda a, b: np.ones_like(a),
    "geometric": lambda a, b: np.sqrt(a * b),
    "arithmetic": lambda a, b: (a + b) / 2,
    "min": np.minimum,
    "max": np.maximum,
}


def mean_of_pairs(mutual: Floats, active: NDArray[np.bool_], normalizer: str, keep: bool) -> Floats:
    """Return the mean information of two latents: (..., d, d) -> (..., 1).

    Parameters
    ----------
    mutual : ndarray of shape (..., d, d)
        Information, with entropies on the diagonal.
    active : ndarray of bool of shape (d,)
    normalizer : str
        A name in `DIVISORS`; a pair without entropy has a share of 0.
    keep : bool
        Whether pairs with latents that are not active count as 0; otherwise they are left out.
    """
    i, j = np.triu_indices(mutual.shape[-1], 1)
    both = active[i] & active[j]
    n_pairs = len(both) if keep else int(both.sum())
    if n_pairs == 0:
        return np.zeros((*mutual.shape[:-2], 1))
    i, j = i[both], j[both]
    entropy = np.diagonal(mutual, axis1=-2, axis2=-1)
    whole = DIVISORS[normalizer](entropy[..., i], entropy[..., j])
    found = mutual[..., i, j]
    shares = ratio(found, whole)
    return np.asarray(np.maximum(shares.sum(axis=-1) / n_pairs, 0.0))[..., None]
