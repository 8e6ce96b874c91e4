"""Bias-corrected parts of a score from joint counts that subtracts the information of the second latent."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from ..statistics.base import Floats
from ..statistics.resampled_counts import ResampledCounts
from .counted_gaps import CountedGaps
from .counted_parts import CountedParts, Reduction

# Standard errors of an interval of 95 %.
_TOLD = 1.96


class CountedLeads(CountedParts):
    """Bias-corrected parts of a score that depends on the lead of the best latent over the second best.

    Of two equally good latents few rows show one in the lead. So there is a case more: latents whose lead may be chance
    have no lead.
    """

    def __init__(self, counts: ResampledCounts, reduce: Reduction) -> None:
        super().__init__(counts, reduce)
        self.gaps = CountedGaps(counts, "factor")

    @cached_property
    def cases(self) -> list[Floats]:
        """Information in each case: (d, k)."""
        known, *others = super().cases
        level = np.array(known)
        if len(known) > 1:
            first, second = np.argsort(-known, axis=0, kind="stable")[:2]
            for k in np.flatnonzero(self.gaps.level(_TOLD)).tolist():
                # the best of two equal ones is the one that chance favors, so both have their mean
                level[[first[k], second[k]], k] = (known[first[k], k] + known[second[k], k]) / 2
        return [known, *others, level]
