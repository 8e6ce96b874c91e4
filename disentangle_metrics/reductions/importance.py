"""Disentanglement and completeness of a matrix of importances, Eastwood and Williams 2018.

The importance of each latent for each factor is at least 0, ``(..., n_latents, n_factors)``; draws stand in front. A
latent is disentangled if all its importance is for one factor. A factor is complete if all importance for it is that of
one latent. Both are 1 minus the entropy of shares, divided by the largest entropy that there can be.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .concentration import ratio

Floats = NDArray[np.float64]


def in_columns(importance: Floats) -> Floats:
    """Return importances divided by their sum for each factor: shares of latents. Negative importances count as 0."""
    known = np.maximum(importance, 0.0)
    return ratio(known, known.sum(axis=-2, keepdims=True))


def disentanglement(importance: Floats, n_factors: int) -> Floats:
    """Return the disentanglement of each latent: (..., n_latents). A latent without importance has 0.

    Parameters
    ----------
    importance : ndarray of shape (..., n_latents, n_factors)
    n_factors : int
        The number of factors that a latent can be important for, at least 2.
    """
    return _less_entropy(importance, n_factors)


def completeness(importance: Floats, n_latents: int | NDArray[np.intp]) -> Floats:
    """Return the completeness of each factor: (..., n_factors). A factor without importance has 0.

    Parameters
    ----------
    importance : ndarray of shape (..., n_latents, n_factors)
    n_latents : int, or ndarray of shape (..., 1)
        The number of latents that can be important for a factor, at least 2.
    """
    return _less_entropy(np.swapaxes(importance, -1, -2), n_latents)


def most_disentangled(importance: Floats, n_factors: int, n_kept: int) -> NDArray[np.bool_]:
    """Return which latents are among the most disentangled of a factor: (..., n_latents).

    A latent belongs to the factor that it is most important for. Of equally disentangled latents of a factor the more
    important one comes first. A latent without importance is never kept.

    Parameters
    ----------
    importance : ndarray of shape (..., n_latents, n_factors)
    n_factors : int
    n_kept : int
        The number of latents of each factor that are kept.
    """
    whole = importance.sum(axis=-1)
    apart = disentanglement(importance, n_factors)
    its_own = importance.argmax(axis=-1)
    order = np.lexsort((-whole, -apart, its_own), axis=-1)  # latents of the same factor follow each other, best first
    by_factor = np.take_along_axis(its_own, order, axis=-1)
    place = np.arange(order.shape[-1])
    begins = np.concatenate([np.ones_like(by_factor[..., :1], dtype=bool), np.diff(by_factor, axis=-1) != 0], axis=-1)
    rank = place - np.maximum.accumulate(np.where(begins, place, 0), axis=-1)
    kept = np.zeros(whole.shape, dtype=bool)
    np.put_along_axis(kept, order, rank < n_kept, axis=-1)
    return np.asarray(kept & (whole > 0))


def _less_entropy(importance: Floats, n_possible: int | NDArray[np.intp]) -> Floats:
    """Return 1 minus the entropy of the shares in each row, as a part of the log of their number; 0 for rows of 0."""
    whole = importance.sum(axis=-1, keepdims=True)
    share = ratio(importance, whole)
    entropy = -(share * np.log(np.where(share > 0, share, 1.0))).sum(axis=-1)
    return np.where(whole[..., 0] > 0, np.clip(1 - entropy / np.log(n_possible), 0.0, 1.0), 0.0)
