"""Correlations less what rows without information would show: the adjusted R2, and its root."""

from __future__ import annotations

from collections.abc import Iterable
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..reductions.matching import matched
from ..statistics.base import Around
from ..statistics.resampled_correlations import ResampledCorrelations

Floats = NDArray[np.float64]


class AdjustedCorrelations:
    """Bias-corrected correlations of matched latents.

    A correlation r with m columns (1 for numbers, 2 for an angle, one less than the classes) on n rows is corrected to
    the root of r^2 - (1 - r^2) m / (n - 1 - m), at least 0: r^2 exceeds its value at infinitely many rows by that much.
    The correction varies less from sample to sample than the mean of draws does.

    Parameters
    ----------
    resampled : ResampledCorrelations
    """

    noisy = False
    refusal = None

    def __init__(self, resampled: ResampledCorrelations) -> None:
        data = resampled.data
        self.parts = matched(resampled.observed)
        self.n_latents = data.n_latents
        self.columns, self.rows = np.zeros(data.n_factors), np.ones(data.n_factors)
        for labeled in resampled.labeled:
            for k, factor in zip(labeled.group.factors, labeled.factors, strict=True):
                self.columns[k], self.rows[k] = factor.degrees, len(labeled.z)

    def center(self, drawn: Floats, matrices: Floats) -> Floats:
        """Return the bias-corrected correlations: (k,)."""
        square = self.parts**2
        left = np.maximum(self.rows - 1 - self.columns, 1.0)
        return np.sqrt(np.maximum(square - (1 - square) * self.columns / left, 0.0))

    def first_order(self) -> None:
        """Return None: draws weigh the rows anew."""

    def around(self, values: Iterable[Any]) -> tuple[Around, ...]:
        """Return no cases: draws serve as they are."""
        return ()

    def level(self, reach: float) -> NDArray[np.bool_]:
        """Return the correlations that the best of as many latents of noise may reach too: (k,)."""
        from scipy.special import betaincinv

        tail = 1 - NormalDist().cdf(reach)
        left = np.maximum(self.rows - 1 - self.columns, 1.0)
        limit = betaincinv(np.maximum(self.columns, 1.0) / 2, left / 2, (1 - tail) ** (1 / self.n_latents))
        return np.asarray(self.parts**2 <= limit)

    def notes(self) -> list[str]:
        """Return an empty list."""
        return []
