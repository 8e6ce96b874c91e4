"""Bias-corrected parts of a score from joint counts of latents with factors and of factors with factors."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..kernels.counting.information import Information
from ..kernels.entropy.table import ENTROPIES
from ..statistics.base import Around, Floats
from ..statistics.dependence_of_factors import conditional_entropies
from ..statistics.resampled_counts import ResampledCounts
from .counted_gaps import CountedGaps
from .counted_parts import CountedParts, Reduction

# Standard errors of an interval of 95 %.
_TOLD = 1.96


class CountedDependence(CountedParts):
    """Bias-corrected parts of a score that divides by what one factor leaves of another.

    Parameters
    ----------
    counts, reduce, weigh
        As for `CountedParts`.
    leads : bool
        Whether a part is the lead of the best latent over another one: two equal latents lead by nothing, and few rows
        show a lead.
    """

    _drawn: Floats

    def __init__(
        self, counts: ResampledCounts, reduce: Reduction, weigh: Reduction | None = None, leads: bool = False
    ) -> None:
        super().__init__(counts, reduce, weigh)
        self.leads = CountedGaps(counts, "factor") if leads else None

    @cached_property
    def left(self) -> Floats:
        """Conditional entropies of factors, extrapolated to infinitely many rows: (k, k)."""
        counts = self.counts
        entropy, of_factors = ENTROPIES["extrapolated"], counts.extrapolated.factor_entropy
        return conditional_entropies(counts.data, counts.statistic.factor_bins, entropy, of_factors)

    def level(self, reach: float) -> NDArray[np.bool_]:
        """Return the parts that are 0 if information, or a lead, that may be chance is chance: (k,)."""
        level = super().level(reach)
        return level if self.leads is None else level | self.leads.level(reach)

    def around(self, values: Iterable[Any]) -> Sequence[Around]:
        """Return draws around the corrected information and entropies, in each case.

        In a further case leads are 0 that may be 0.
        """
        blocks = list(values)
        left = np.concatenate([block[0][1] for block in blocks])
        # what one factor leaves of another is 0 in every draw, if it is 0 on all rows
        self._drawn = np.where(self.left > 0, np.maximum(self.left + left - left.mean(axis=0), 0.0), 0.0)
        cases = super().around(blocks)
        if self.leads is None:
            return cases
        first = cases[0]
        within = first.parts <= _TOLD * first.drawn_parts.std(axis=0, ddof=1)
        return [*cases, first._replace(parts=np.where(within | self.leads.level(_TOLD), 0.0, first.parts))]

    def _of(self, info: Information) -> tuple[Floats, Floats | None]:
        value: Any = (info, self.left if info.mutual.ndim == 2 else self._drawn)
        return self.reduce(value), None if self.weigh is None else self.weigh(value)
