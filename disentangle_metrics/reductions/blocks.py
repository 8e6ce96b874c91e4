"""From R2 of factors by groups of latents to one value for each factor, or group of factors."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def pooled(r2: Floats, members: Sequence[Sequence[int]]) -> Floats:
    """Return the mean R2 of each group of factors, NaN without factors: (..., g, k) -> (..., g, n_groups)."""
    columns = [r2[..., list(of)].mean(axis=-1) if of else np.full(r2.shape[:-1], np.nan) for of in members]
    return np.stack(columns, axis=-1)


def best_of_blocks(r2: Floats, members: Sequence[Sequence[int]], root: bool) -> Floats:
    """Return the R2 of each group of factors from the best group of latents: (..., g, k) -> (..., n_groups).

    A negative R2 counts as 0, and a group without factors is NaN.

    Parameters
    ----------
    r2 : ndarray of shape (..., g, k)
    members : sequence of sequence of int
        The factors of each group, whose R2 are averaged.
    root : bool
        Whether to return the roots.
    """
    best = np.maximum(pooled(r2, members), 0.0).max(axis=-2)
    return np.asarray(np.sqrt(best) if root else best)
