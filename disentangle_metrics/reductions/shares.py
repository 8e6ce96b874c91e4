"""Normalizers of information gaps: the denominators of the lead of one latent over the next."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..kernels.counting.information import Information
from .concentration import ratio
from .gaps import gap_of_targets
from .halves import gaps_by_halves


def normalized_gaps(
    parts: Sequence[Information], normalizer: str, targets: Sequence[int] | None = None
) -> NDArray[np.float64]:
    """Return the normalized gap of each factor: (..., n_factors). 0/0, for a constant factor or latent, is 0.

    Parameters
    ----------
    parts : sequence of one or two Information
        Information on all rows, or on two halves of them; each half chooses the latents whose gap is measured on the
        other.
    normalizer : str
    targets : sequence of int, optional
        The latent that is meant for each factor; see `gap_of_targets`.
    """
    if len(parts) == 1:
        known, whole = shares(parts[0], normalizer)
        gap = ratio(gap_of_targets(known, targets), whole)
    else:
        gap = gaps_by_halves(*zip(*(shares(info, normalizer) for info in parts), strict=True))
    return gap if normalizer in ("none", "correlation") else without_rounding(gap)


def without_rounding(share: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return shares, with 1 in the place of those that rounding carried above 1; larger ones stay."""
    return np.where((share > 1) & (share < 1 + 1e-12), 1.0, share)


def shares(info: Information, normalizer: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the information of each latent with each factor (..., d, k), and the denominators of gaps (..., k)."""
    if normalizer in ("factor", "self-information"):
        return info.mutual, info.factor_entropy
    if normalizer == "log-cardinality":
        return info.mutual, np.log(np.maximum(info.factor_values, 1))
    one = np.ones(info.mutual.shape[-1])
    if normalizer == "correlation":
        return np.sqrt(-np.expm1(-2 * np.maximum(info.mutual, 0))), one
    return (ratio(info.mutual, info.latent_entropy) if normalizer == "latent" else info.mutual), one
