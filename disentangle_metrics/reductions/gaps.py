"""From a matrix of latents by factors to one number per factor, and to one number."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

# Values that differ by less than this part of the largest are equal: a rounding error decides nothing.
_TIE = 1e-9
# Standard deviations from the mean beyond which a normal density is 0, and the number of points of the integral.
_FAR, _NODES = 9.0, 513

Aggregate = Callable[[NDArray[np.float64]], float]

AGGREGATES: dict[str, Aggregate] = {
    "mean": lambda values: float(values.mean()),
    "median": lambda values: float(np.median(values)),
    "min": lambda values: float(np.min(values)),
}


def top_two_gap(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the largest minus the second largest value of each column: (..., d, k) -> (..., k).

    Negative values, which bias-corrected information and held-out R2 can have, are set to 0 first: a latent cannot
    have less than no information.
    """
    best = np.maximum(np.partition(matrix, -2, axis=-2)[..., -2:, :], 0.0)
    return np.asarray(best[..., 1, :] - best[..., 0, :])


def gap_of_targets(matrix: NDArray[np.float64], targets: Sequence[int] | None) -> NDArray[np.float64]:
    """Return the lead of the latent that is meant for each factor over the best of the others: (..., d, k) -> (..., k).

    It is negative if another latent has the larger value. Negative values are raised to 0 first, as in `top_two_gap`.

    Parameters
    ----------
    matrix : ndarray of shape (..., d, k)
    targets : sequence of int of length k, optional
        The latent of each factor, -1 for the best, whose lead is `top_two_gap`.
    """
    lead = top_two_gap(matrix)
    if targets is None:
        return lead
    for k, j in enumerate(targets):
        if j >= 0:
            values = np.maximum(matrix[..., k], 0.0)
            ahead = values[..., j] - np.delete(values, j, axis=-1).max(axis=-1)
            lead[..., k] = np.where(np.abs(ahead) <= _TIE * values.max(axis=-1), 0.0, ahead)
    return lead


def expected_largest(means: NDArray[np.float64], deviations: NDArray[np.float64]) -> float:
    """Return the expected maximum of independent normal variables, from means (m,) and deviations (m,)."""
    from scipy.special import ndtr

    low, high = float((means - _FAR * deviations).max()), float((means + _FAR * deviations).max())
    x, step = np.linspace(low, high, _NODES, retstep=True)
    apart = x[:, None] - means
    below = np.where(deviations > 0, ndtr(apart / np.where(deviations > 0, deviations, 1.0)), apart >= 0).prod(axis=1)
    # `high` minus the integral of the probability that all variables are below
    return high - float(step * (below.sum() - (below[0] + below[-1]) / 2))


def gap_of_chosen(choosing: NDArray[np.float64], measuring: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the gap, in one matrix, of the two largest entries of another, for each column: (d, k) -> (k,).

    The gap is negative if the measuring matrix has the two entries in the other order. It is not set to 0, because the
    mean over columns of noise would no longer be 0. If two or more entries tie for the largest, each is as good a
    choice, and the leads of one over the other cancel: the gap is 0. If entries tie for the second largest, the gap is
    the lead over their mean.

    Parameters
    ----------
    choosing, measuring : ndarray of shape (d, k)
    """
    second, first = np.partition(choosing, -2, axis=0)[-2:]
    tie = _TIE * np.maximum(np.abs(first), np.abs(second))
    best = choosing >= first - tie
    alone = best.sum(axis=0) == 1
    next_best = np.where(alone, (choosing >= second - tie) & ~best, best)
    of_best = (measuring * best).sum(axis=0)
    of_next = (measuring * next_best).sum(axis=0) / np.maximum(next_best.sum(axis=0), 1)
    return np.where(alone, of_best - of_next, 0.0)
