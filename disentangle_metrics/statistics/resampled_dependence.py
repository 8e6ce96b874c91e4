"""Joint counts of latents with factors, and of factors with factors, on resampled rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..kernels.entropy.table import ENTROPIES
from ..kernels.resampling.bootstrap import Weights, drawn_xlogx
from .dependence_of_factors import conditional_entropies, pairs_of_factors, with_entropies
from .resampled_counts import ResampledCounts

if TYPE_CHECKING:
    from .dependent_information import DependentInformation


class ResampledDependence(ResampledCounts):
    """Plug-in information and conditional entropies on resampled rows, with fixed edges of the bins."""

    def __init__(self, statistic: DependentInformation) -> None:
        super().__init__(statistic)
        self.pairs = list(pairs_of_factors(self.data, statistic.factor_bins))

    def reweighted(self, weights: Weights) -> list[Any]:
        """Return the information of draws (r, n), and the conditional entropies (r, k, k)."""
        [(info,)] = super().reweighted(weights)
        left = with_entropies(self.data, info.factor_entropy)
        for pair in self.pairs:
            drawn = weights[:, pair.rows]
            n = np.maximum(drawn.sum(axis=1, dtype=np.int64), 1)
            one, other, both = (
                np.log(n) - drawn_xlogx(codes[None], int(codes.max()) + 1, drawn)[:, 0] / n for codes in pair.codes
            )
            left[:, pair.one, pair.other] = np.maximum(both - other, 0.0)
            left[:, pair.other, pair.one] = np.maximum(both - one, 0.0)
        return [(info, left)]

    def permuted(self, order: NDArray[np.intp]) -> list[Any]:
        """Return the information with the rows of the factors in a given order, which keeps their dependence."""
        [(info,)] = super().permuted(order)
        entropy, factor_bins = ENTROPIES["plugin"], self.statistic.factor_bins
        return [(info, conditional_entropies(self.data, factor_bins, entropy, self.plain.factor_entropy))]
