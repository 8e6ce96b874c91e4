"""Squared errors of fitted regressions on resampled test rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..kernels.resampling.bootstrap import Weights
from .base import Floats
from .squared_errors import r2_of

if TYPE_CHECKING:
    from .regressions import Regressions


class ResampledErrors:
    """R2 of regressions that keep their fit: test rows are resampled, and training rows have no effect.

    Parameters
    ----------
    statistic : Regressions
    """

    method = "bias-corrected bootstrap of test rows"
    permute = None  # models are fitted to one order of the rows

    def __init__(self, statistic: Regressions) -> None:
        self.data, self.units, self.tested = statistic.data, statistic.units, statistic.tested

    def reweighted(self, weights: Weights) -> list[Floats]:
        """Return the R2 of draws (r, n): (r, g, k)."""
        r2 = np.zeros((len(weights), len(self.units.names), self.data.n_factors))
        for tested in self.tested:
            r2[:, :, list(tested.factors)] = r2_of(tested, weights[:, tested.rows].astype(np.float64))
        return [r2]

    def notes(self) -> list[str]:
        """Return the note on what the draws leave out."""
        return ["the interval keeps the split and the fitted models; another random_state shows how far these move it"]
