"""Gaps of probes' scores less their bias: of latents that predict equally well, one is luckiest on the tested rows."""

from __future__ import annotations

import numpy as np

from ..reductions.gaps import expected_largest
from ..statistics.base import Floats


class PredictedGaps:
    """The lead of the best probe over the second, less what luck adds to the second.

    Parameters
    ----------
    matrix : ndarray of shape (d, k)
        The scores.
    """

    noisy = False
    refusal = None

    def __init__(self, matrix: Floats) -> None:
        self.matrix = matrix

    def center(self, drawn: Floats, matrices: Floats) -> Floats:
        """Return the gaps less what luck adds to the second best: (k,), from matrices of all draws (B, d, k).

        Of latents that predict equally well one is luckiest on these rows. So all but the best are taken to be drawn
        from one normal distribution, and seen with the errors that draws of rows show: all at its mean if they differ
        by no more than that (James and Stein). What the best is ahead of is the expected largest of them.
        """
        return np.array([_lead(scores, matrices[:, :, k]) for k, scores in enumerate(self.matrix.T)])

    def first_order(self) -> None:
        """Return None: what a row adds depends on which latent it makes the second best."""

    def level(self, reach: float) -> None:
        """Return None: draws show which gaps may as well be 0."""

    def notes(self) -> list[str]:
        """Return no note."""
        return []


def _lead(scores: Floats, drawn: Floats) -> float:
    """Return how far the best of some scores (d,) is ahead of the others, drawn together; from draws (B, d)."""
    if np.isnan(scores).any():
        return np.nan
    best = int(np.argmax(scores))
    others, their_draws = np.delete(scores, best), np.delete(drawn, best, axis=1)
    mean = others.mean()
    by_luck = (their_draws - their_draws.mean(axis=1, keepdims=True)).var(axis=0, ddof=1)
    apart = ((others - mean) ** 2).sum()
    kept = max(0.0, 1.0 - by_luck.sum() / apart) if apart > 0 else 0.0
    second = expected_largest(mean + kept * (others - mean), np.sqrt(kept * by_luck))
    return float(max(scores[best], 0.0) - max(second, 0.0))
