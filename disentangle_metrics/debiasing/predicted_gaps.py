"""Bias-corrected gaps of probe scores: of latents that predict equally well, one is luckiest on the test rows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from ..reductions.gaps import expected_largest
from ..statistics.base import Around, Floats


class PredictedGaps:
    """Bias-corrected lead of the best probe over the second best: chance raises the second best.

    Parameters
    ----------
    matrix : ndarray of shape (d, k)
        Scores of the probes.
    """

    noisy = False
    refusal = None

    def __init__(self, matrix: Floats) -> None:
        self.matrix = matrix

    def center(self, drawn: Floats, matrices: Floats) -> Floats:
        """Return the gaps minus the bias of the second best: (k,), from matrices of all draws (B, d, k).

        Of latents that predict equally well one is luckiest on these rows. So the scores of all but the best latent
        are modeled as draws from one normal distribution, observed with the errors that the draws of rows show. They
        are shrunk to its mean, completely if they differ by no more than these errors (James and Stein). The gap is
        the lead of the best score over the expected largest of the shrunk scores.
        """
        return np.array([_lead(scores, matrices[:, :, k]) for k, scores in enumerate(self.matrix.T)])

    def first_order(self) -> None:
        """Return None: the influence of a row depends on the latent that it makes the second best."""

    def around(self, values: Iterable[Any]) -> tuple[Around, ...]:
        """Return no cases: draws serve as they are."""
        return ()

    def level(self, reach: float) -> None:
        """Return None: the draws show which gaps may be 0."""

    def notes(self) -> list[str]:
        """Return an empty list."""
        return []


def _lead(scores: Floats, drawn: Floats) -> float:
    """Return the lead of the best of scores (d,) over the shrunk other scores, given draws (B, d)."""
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
