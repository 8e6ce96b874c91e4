"""One latent for each factor: the assignment with the largest sum, and all assignments that tie for it alike."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..statistics.correlated import Correlated

Floats = NDArray[np.float64]

# Sums of assignments that differ by less than this tie: a rounding error decides nothing.
_TIE = 1e-9
# Steps of the scaling by which tied assignments share latents, and the error at which it stops.
_STEPS, _DONE = 10_000, 1e-14


def matched(parts: Sequence[Correlated]) -> Floats:
    """Return what the latent that belongs to each factor counts for it, the mean over parts: (..., n_factors)."""
    counts = [(_shares(part) * part.gain).sum(axis=-2) for part in parts]
    return np.asarray(np.mean(counts, axis=0))


def _shares(part: Correlated) -> Floats:
    return matching(np.abs(part.signed)) if part.shares is None else part.shares


def matching(values: Floats) -> Floats:
    """Return the share of each latent in each factor by the best assignment of latents to factors: (..., d, k).

    A latent belongs to one factor at most, and a factor has one latent at most, so that the sum of the values is as
    large as possible. Shares are 0 or 1, except where several assignments have the largest sum: then none of them is
    chosen by the order of columns, but a latent belongs to several factors in parts.

    Parameters
    ----------
    values : ndarray of shape (..., d, k)
        At least 0.

    Examples
    --------
    >>> matching(np.array([[0.9, 0.8], [0.5, 0.1]]))
    array([[0., 1.],
           [1., 0.]])
    >>> matching(np.array([[0.9, 0.9], [0.5, 0.5]]))  # the two factors are the same
    array([[0.5, 0.5],
           [0.5, 0.5]])
    """
    draws = values.reshape(-1, *values.shape[-2:])
    return np.stack([_matched(draw) for draw in draws]).reshape(values.shape)


def _matched(values: Floats) -> Floats:
    from scipy.optimize import linear_sum_assignment

    shares = np.zeros(values.shape)
    useful = np.flatnonzero(values.any(axis=1))  # a latent of zeros changes no sum
    latents, factors = linear_sum_assignment(values[useful], maximize=True)
    shares[useful[latents], factors] = 1.0
    tied = _tied(values[useful], latents, factors)
    if tied is not None:
        shares[useful] = _shared(tied)
    return shares


def _tied(values: Floats, latents: NDArray[np.intp], factors: NDArray[np.intp]) -> NDArray[np.bool_] | None:
    """Return which pairs occur in an assignment with the largest sum, (d + 1, k + 1); None if there is one assignment.

    The last row stands for no latent, the last column for no factor.
    """
    d, k = values.shape
    wide = np.zeros((d + 1, k + 1))
    wide[:d, :k] = values
    owner = np.full(d, k)
    owner[latents] = factors
    owned = [(j, own) for j, own in enumerate(owner.tolist())]
    owned += [(d, own) for own in range(k) if own not in set(factors.tolist())]
    # the loss if the latent of one factor goes to another, and by the cheapest way of several such steps
    loss = np.full((k + 1, k + 1), np.inf)
    for j, own in owned:
        loss[own] = np.minimum(loss[own], wide[j, own] - wide[j])
    for middle in range(k + 1):
        np.minimum(loss, loss[:, middle, None] + loss[middle], out=loss)
    tied = np.zeros(wide.shape, dtype=bool)
    for j, own in owned:
        tied[j] |= wide[j, own] - wide[j] + loss[:, own] <= _TIE
    return tied if tied.sum() > len(owned) else None


def _shared(tied: NDArray[np.bool_]) -> Floats:
    """Return the shares (d, k) of tied pairs (d + 1, k + 1): as equal as they can be, and 1 for each latent and factor.

    Rows and columns are scaled in turn (Sinkhorn and Knopp 1967), so that the order of columns has no effect.
    """
    d, k = tied.shape[0] - 1, tied.shape[1] - 1
    shares = tied.astype(np.float64)
    rows, columns = np.ones((d + 1, 1)), np.ones(k + 1)
    rows[d], columns[k] = max(k - d, 0), max(d - k, 0)
    for _ in range(_STEPS):
        total = shares.sum(axis=1, keepdims=True)
        shares *= rows / np.where(total > 0, total, 1.0)
        total = shares.sum(axis=0)
        shares *= columns / np.where(total > 0, total, 1.0)
        if np.abs(shares.sum(axis=1, keepdims=True) - rows).max() < _DONE:
            break
    return shares[:d, :k]
