"""Bias-corrected parts of any score that is a function of information from joint counts.

Few rows show information where there is none. A lead of one latent over another loses most of that bias; an entropy of
shares, or a square, keeps it. So the information is corrected before the function is taken. Some of the corrected
information may still be chance, and the score may depend on whether it is: the function is taken in four cases, and
the interval holds all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..kernels.counting.information import Information
from ..statistics.base import Around, Floats
from ..statistics.resampled_counts import ResampledCounts
from .corrected_information import CorrectedInformation

# Standard deviations above its mean from which on the maximum of a matrix is not chance. A maximum is spread like
# Gumbel's distribution, of which 1 in 80 exceeds 3.0.
_LARGEST = 3.0
# A difference of two cases that is worth a note.
_MUCH = 0.02

Reduction = Callable[[Any], Floats]


class CountedParts:
    """Bias-corrected parts of a score from joint counts.

    Parameters
    ----------
    counts : ResampledCounts
    reduce : callable
        From information to the parts of the score.
    weigh : callable, optional
        From information to the weights of the parts.
    """

    noisy = True

    def __init__(self, counts: ResampledCounts, reduce: Reduction, weigh: Reduction | None = None) -> None:
        self.counts, self.reduce, self.weigh = counts, reduce, weigh
        self.info = CorrectedInformation(counts)

    @property
    def refusal(self) -> str | None:
        """Reason why there is no interval: a factor has too few rows for each of its values."""
        return self.info.too_few_rows

    def first_order(self) -> None:
        """Return None: the influence of single rows is not known."""

    def center(self, drawn: Floats, matrices: Floats) -> Floats:
        """Return the bias-corrected parts: (k,). They need no draws."""
        return np.asarray(self.parts[0])

    def level(self, reach: float) -> NDArray[np.bool_]:
        """Return the parts that are 0 if information that may be chance is chance: (k,)."""
        return np.asarray(self.parts.min(axis=0) <= 0)

    def notes(self) -> list[str]:
        """Return a note if the score depends on information that may be chance."""
        lowest, highest = self.parts.min(axis=0), self.parts.max(axis=0)
        if not (highest - lowest > _MUCH).any():
            return []
        doubtful = int(np.count_nonzero((self.info.known > 0) & ~self.told))
        return [
            f"too few rows to tell whether {doubtful} of {self.told.size} pairs of a latent and a factor have a little "
            f"information or none. The interval holds both cases, which differ by up to {(highest - lowest).max():.2f}"
        ]

    @cached_property
    def told(self) -> NDArray[np.bool_]:
        """Mask of the pairs whose information is clearly above chance: (d, k)."""
        largest = self.info.standard(self.info.by_orders).max(axis=(1, 2))
        return np.asarray(self.info.above > largest.mean() + _LARGEST * largest.std())

    @cached_property
    def cases(self) -> list[Floats]:
        """Information in each case: (d, k).

        All corrected information; the clear information alone; and besides it the largest information about each
        factor, or of each latent, for which nothing is clear.
        """
        known = np.maximum(self.info.known, 0.0)
        best_of_factor = (known == known.max(axis=0)) & ~self.told.any(axis=0)
        best_of_latent = (known == known.max(axis=1, keepdims=True)) & ~self.told.any(axis=1, keepdims=True)
        there = (self.told, self.told | best_of_factor, self.told | best_of_latent)
        return [known, *(np.where(mask, known, 0.0) for mask in there)]

    @cached_property
    def parts(self) -> Floats:
        """Parts of the score in each case: (4, k)."""
        return np.stack([self._of(self._with(mutual))[0] for mutual in self.cases])

    def around(self, values: Iterable[Any]) -> Sequence[Around]:
        """Return draws around the corrected information, in each case. What is 0 in a case is 0 in all of its draws."""
        drawn = [block[0][0] for block in values]
        moved, of_latents, of_factors = (
            each - each.mean(axis=0)
            for each in (
                np.concatenate([info.mutual for info in drawn]),
                np.concatenate([info.latent_entropy for info in drawn]),
                np.concatenate([info.factor_entropy for info in drawn]),
            )
        )
        better, found = self.counts.extrapolated, []
        for case, mutual in enumerate(self.cases):
            there = True if case == 0 else mutual > 0
            draws = Information(
                np.where(there, np.maximum(self.info.known + moved, 0.0), 0.0),
                np.maximum(better.latent_entropy + of_latents, 0.0),
                np.maximum(better.factor_entropy + of_factors, 0.0),
                better.factor_values,
                better.by_chance,
            )
            found.append(Around(*self._of(self._with(mutual)), *self._of(draws)))
        return found

    def _with(self, mutual: Floats) -> Information:
        return self.counts.extrapolated._replace(mutual=mutual)

    def _of(self, info: Information) -> tuple[Floats, Floats | None]:
        """Return the parts of the score from information, and their weights."""
        return self.reduce((info,)), None if self.weigh is None else self.weigh((info,))
