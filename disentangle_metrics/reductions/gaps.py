"""From a matrix of what each latent knows of each factor to one number per factor, and to one number."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

# Values nearer than this part of the largest are equal: what rounding made is no choice.
_TIE = 1e-9
# Standard deviations from the mean where nothing is left of a normal variable, and points at which it is looked at.
_FAR, _NODES = 9.0, 513

Aggregate = Callable[[NDArray[np.float64]], float]

AGGREGATES: dict[str, Aggregate] = {
    "mean": lambda values: float(values.mean()),
    "median": lambda values: float(np.median(values)),
    "min": lambda values: float(np.min(values)),
}


def top_two_gap(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the largest minus the second largest value of each column: (..., d, k) -> (..., k).

    Both are raised to 0 first if they are negative, as bias-corrected information and held-out R2 can be: below
    nothing there is nothing to lead by.
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
            lead[..., k] = values[..., j] - np.delete(values, j, axis=-1).max(axis=-1)
    return lead


def expected_largest(means: NDArray[np.float64], deviations: NDArray[np.float64]) -> float:
    """Return the expectation of the largest of some independent normal variables: (m,) and (m,)."""
    from scipy.special import ndtr

    low, high = float((means - _FAR * deviations).max()), float((means + _FAR * deviations).max())
    x, step = np.linspace(low, high, _NODES, retstep=True)
    apart = x[:, None] - means
    below = np.where(deviations > 0, ndtr(apart / np.where(deviations > 0, deviations, 1.0)), apart >= 0).prod(axis=1)
    # less than `high` by what lies below: the integral of the chance that all are
    return high - float(step * (below.sum() - (below[0] + below[-1]) / 2))


def gap_of_chosen(choosing: NDArray[np.float64], measuring: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return what the largest of one matrix leads the second largest by in another, for each column: (d, k) -> (k,).

    The lead is negative where the other matrix has them the other way round, and is not raised to 0: the mean over
    columns of noise would no longer be 0. Where two or more tie for the largest, each of them as good a choice as the
    others, leads of either over the other cancel: 0. Where some tie for the second, it is the lead over their mean.

    Parameters
    ----------
    choosing, measuring : ndarray of shape (d, k)
    """
    second, first = np.partition(choosing, -2, axis=0)[-2:]
    tie = _TIE * np.maximum(np.abs(first), np.abs(second))
    best = choosing >= first - tie
    alone = best.sum(axis=0) == 1
    next_best = np.where(alone, (choosing >= second - tie) & ~best, best)
    of_best = (measuring * best).sum(axis=0) / np.maximum(best.sum(axis=0), 1)
    of_next = (measuring * next_best).sum(axis=0) / np.maximum(next_best.sum(axis=0), 1)
    return np.where(alone, of_best - of_next, 0.0)
