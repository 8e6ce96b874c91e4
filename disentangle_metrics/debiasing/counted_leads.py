"""Bias-corrected parts of a score from joint counts that subtracts the information of the second latent."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from ..statistics.base import Floats
from ..statistics.resampled_counts import ResampledCounts
from .counted_gaps import CountedGaps
from .counted_parts import CountedParts, Reduction

# Standard errors of an interval of 95 %, and a lead that makes a latent the best and is nothing else.
_TOLD, _HARDLY = 1.96, 1e-6


class CountedLeads(CountedParts):
    """Bias-corrected parts of a score that depends on the lead of the best latent over the second best.

    Of two equally good latents few rows show one in the lead. So there are two cases more, in which latents whose lead
    may be chance have no lead, and either is the best.
    """

    def __init__(self, counts: ResampledCounts, reduce: Reduction) -> None:
        super().__init__(counts, reduce)
        self.gaps = CountedGaps(counts, "factor")

    @cached_property
    def cases(self) -> list[Floats]:
        """Information in each case: (d, k)."""
        known, *others = super().cases
        if len(known) < 2:
            return [known, *others]
        first, second = np.argsort(-known, axis=0, kind="stable")[:2]
        ahead = [np.array(known), np.array(known)]
        for k in np.flatnonzero(self.gaps.level(_TOLD)).tolist():
            # the best of two equal ones is the one that chance favors, so both have their mean
            mean = (known[first[k], k] + known[second[k], k]) / 2
            for level, leader in zip(ahead, (first[k], second[k]), strict=True):
                level[[first[k], second[k]], k] = mean
                level[leader, k] *= 1 + _HARDLY
        # either may be the best of infinitely many rows, and a score may differ between them: the lower, the higher
        parts = [self._of(self._with(mutual))[0] for mutual in ahead]
        lower = parts[0] <= parts[1]
        return [known, *others, np.where(lower, *ahead), np.where(lower, *ahead[::-1])]
