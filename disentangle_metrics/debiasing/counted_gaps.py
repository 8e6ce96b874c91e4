"""Bias-corrected gaps of information: joint counts of few rows show information where there is none."""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..kernels.counting.information import Information
from ..reductions.shares import normalized_gaps, shares
from ..statistics.base import Floats
from ..statistics.jackknife import Jackknife
from ..statistics.resampled_counts import ResampledCounts

# Information that exceeds that of independent latents by less than so many standard errors counts as 0. For noise
# these standard errors are twice the standard deviation of its information.
_ERRORS = 1.7
# The least information of the best latent, in nats: nearly 0, but it varies.
_LEAST = 1e-12
# From so many standard errors on, there may well be information.
_MAYBE = 1.0
# Information of independent latents, as a share of H(v_k), above which measured intervals missed too often.
_CROWDED = 0.4
# A difference of gaps too small for a note.
_SMALL = 0.01


class Settled(NamedTuple):
    """Bias-corrected information.

    Attributes
    ----------
    info : Information
        Information, 0 where it may be chance.
    gaps : ndarray of shape (k,)
    better : Information
        Information before the question of chance.
    above : ndarray of shape (d, k)
        Information above that of independent latents, in standard errors.
    """

    info: Information
    gaps: Floats
    better: Information
    above: Floats


class CountedGaps:
    """Bias-corrected lead of the best latent over the second best, in information from counts.

    Parameters
    ----------
    counts : ResampledCounts
    normalizer : str
        The denominator of the gaps.
    """

    noisy = True

    def __init__(self, counts: ResampledCounts, normalizer: str) -> None:
        self.counts, self.data, self.normalizer = counts, counts.data, normalizer

    def notes(self) -> list[str]:
        """Return notes on factors with too few rows for their bins, or too few to tell the second best latent."""
        whole = self.counts.plain.factor_entropy
        share = np.divide(self.counts.plain.by_chance.max(axis=0), whole, out=np.zeros_like(whole), where=whole > 0)
        crowded = self._names(share > _CROWDED)
        lower = self._unsure()
        unsure = self._names(lower > 0)
        notes = []
        if crowded:
            what = f"intervals of {', '.join(crowded)} miss more often than they say"
            notes.append(f"so few rows for so many bins that {what}")
        if unsure:
            notes.append(
                f"too few rows to tell whether a second latent knows something of {', '.join(unsure)}; if one does, "
                f"the gap is up to {lower.max():.2f} lower than the middle of the interval"
            )
        return notes

    def _names(self, which: NDArray[np.bool_]) -> list[str]:
        return [name for name, is_so in zip(self.data.factor_names, which, strict=True) if is_so]

    def _unsure(self) -> Floats:
        """Return how much lower the gap of each factor would be if latents with doubtful information counted: (k,).

        0 if that is less than a standard error of the gap.
        """
        info, gaps, better, above = self.settled
        error = np.sqrt((self.added**2).sum(axis=0)) / self.data.n_samples
        may = np.where((info.mutual == 0) & (above > _MAYBE), np.minimum(better.mutual, info.mutual.max(axis=0)), 0.0)
        lower = gaps - normalized_gaps([info._replace(mutual=np.maximum(info.mutual, may))], self.normalizer)
        return np.where(lower > np.maximum(error, _SMALL), lower, 0.0)

    def center(self, drawn: Floats, matrices: Floats) -> Floats:
        """Return the bias-corrected gaps: (k,); the draws are not used."""
        return self.settled.gaps

    def first_order(self) -> tuple[Floats, Floats]:
        """Return the bias-corrected gaps (k,), and the influence of each row on them, minus the mean (n, k)."""
        return self.settled.gaps, self.added

    @cached_property
    def added(self) -> Floats:
        """Influence of each row on the gaps, minus the mean: (n, k).

        The influence is the jackknife change, without the row, of the lead of the best over the second best latent
        among the latents with information.
        """
        info, n_values = self.settled.info, self.counts.plain.factor_values
        ranked = shares(info, self.normalizer)[0].argsort(axis=0)[:-3:-1]
        added = np.zeros((self.data.n_samples, self.data.n_factors))
        for coded in self.counts.coded:
            for k, without in self.counts.jackknives(coded):
                best = [(j, bool(info.mutual[j, k] > 0)) for j in ranked[:, k].tolist()]
                added[coded.rows, k] = self._added(without, best, int(n_values[k]))
        return added

    @cached_property
    def settled(self) -> Settled:
        """Bias-corrected information.

        Information and entropies are extrapolated to infinitely many rows. A latent whose information exceeds that of
        independent latents by less than a few standard errors counts as without information, unless it is the best:
        the second best is often the luckiest of many such latents.
        """
        better = self.counts.extrapolated
        above = self.counts.plain.mutual - self.counts.independent()
        errors = np.ones_like(above)
        for coded in self.counts.coded:
            for k, without in self.counts.jackknives(coded):
                errors[:, k] = [without.error(j) for j in range(len(errors))]
        # information that no row changes, as for a constant latent, is certain
        above = np.divide(above, errors, out=np.full_like(above, np.inf), where=errors > 0)
        known = np.where(above < _ERRORS, 0.0, better.mutual)
        best = np.expand_dims(shares(better, self.normalizer)[0].argmax(axis=0), 0)
        least = np.take_along_axis(np.where(errors > 0, np.maximum(better.mutual, _LEAST), 0.0), best, axis=0)
        nobody = known.max(axis=0) == 0
        np.put_along_axis(known, best, np.where(nobody, least, np.take_along_axis(known, best, axis=0)), axis=0)
        info = better._replace(mutual=known)
        return Settled(info, normalized_gaps([info], self.normalizer), better, above)

    def _added(self, without: Jackknife, best: list[tuple[int, bool]], n_values: int) -> Floats:
        """Return the influence of each labeled row on the gap of a factor, minus the mean: (m,).

        `best` are the two best latents, and whether each has information.
        """
        mutual = np.stack([without.information(j) if knows else np.zeros(without.n) for j, knows in best])
        latent = np.stack([without.of_latent(j) for j, _ in best])
        every = np.full(without.n, n_values)
        missing = normalized_gaps(
            [Information(mutual, latent, without.of_factor, every, np.zeros_like(mutual))], self.normalizer
        )
        return np.asarray((without.n - 1) * (missing.mean() - missing) * (self.data.n_samples / without.n))
