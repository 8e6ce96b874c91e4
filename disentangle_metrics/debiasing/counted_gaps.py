"""Gaps of information less their bias: joint counts of few rows show information where there is none."""

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

# Information that passes what independent latents show by less than so many standard errors counts as none. Of noise
# these errors are twice what its information varies by.
_ERRORS = 1.7
# What the best latent knows at the least, in nats: as good as nothing, but it varies.
_LEAST = 1e-12
# From so many on it may well be some.
_MAYBE = 1.0
# What independent latents show, as a share of H(v_k), above which intervals were measured to miss too often.
_CROWDED = 0.4
# A difference of gaps that nobody need be told of.
_SMALL = 0.01


class Settled(NamedTuple):
    """Information less its bias.

    Attributes
    ----------
    info : Information
        With nothing known where it may be chance.
    gaps : ndarray of shape (k,)
    better : Information
        The same before it was asked what may be chance.
    above : ndarray of shape (d, k)
        By how many standard errors information passes what independent latents show.
    """

    info: Information
    gaps: Floats
    better: Information
    above: Floats


class CountedGaps:
    """The lead of the best latent over the second in information from counts, less its bias.

    Parameters
    ----------
    counts : ResampledCounts
    normalizer : str
        What the gaps are a share of.
    """

    noisy = True

    def __init__(self, counts: ResampledCounts, normalizer: str) -> None:
        self.counts, self.data, self.normalizer = counts, counts.data, normalizer

    def notes(self) -> list[str]:
        """Return notes on factors whose rows are too few: for their bins and values, or to tell who is second best."""
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
        """Return how much lower the gap of each factor would be if latents counted that may know nothing: (k,).

        0 where that is less than a standard error of the gap.
        """
        info, gaps, better, above = self.settled
        error = np.sqrt((self.added**2).sum(axis=0)) / self.data.n_samples
        may = np.where((info.mutual == 0) & (above > _MAYBE), np.minimum(better.mutual, info.mutual.max(axis=0)), 0.0)
        lower = gaps - normalized_gaps([info._replace(mutual=np.maximum(info.mutual, may))], self.normalizer)
        return np.where(lower > np.maximum(error, _SMALL), lower, 0.0)

    def center(self, drawn: Floats, matrices: Floats) -> Floats:
        """Return the gaps less their bias: (k,); it takes no draws."""
        return self.settled.gaps

    def first_order(self) -> tuple[Floats, Floats]:
        """Return the gaps less their bias (k,), and how much more than the mean each row adds to them (n, k)."""
        return self.settled.gaps, self.added

    @cached_property
    def added(self) -> Floats:
        """How much more than the mean each row adds to the gaps: (n, k).

        That is what is missing, jackknifed, when it is left out, of the lead of the best over the second best of the
        latents that know something.
        """
        info, n_values = self.settled.info, self.counts.plain.factor_values
        ranked = shares(info, self.normalizer)[0].argsort(axis=0)[:-3:-1]
        added = np.zeros((self.data.n_samples, self.data.n_factors))
        for coded in self.counts.coded:
            for k, without in self.counts.jackknives(coded):
                some = [(j, bool(info.mutual[j, k] > 0)) for j in ranked[:, k].tolist()]
                added[coded.rows, k] = self._added(without, some, int(n_values[k]))
        return added

    @cached_property
    def settled(self) -> Settled:
        """What is left of the information when bias is taken off.

        Information and entropies are extrapolated to infinitely many rows. A latent whose information passes what
        independent ones show by less than some standard errors is taken to know nothing, unless it is the best: the
        second best is often the luckiest of many such.
        """
        better = self.counts.extrapolated
        above = self.counts.plain.mutual - self.counts.independent()
        errors = np.ones_like(above)
        for coded in self.counts.coded:
            for k, without in self.counts.jackknives(coded):
                errors[:, k] = [without.error(j) for j in range(len(errors))]
        # what varies with no row, as a constant latent's, is certain
        above = np.divide(above, errors, out=np.full_like(above, np.inf), where=errors > 0)
        known = np.where(above < _ERRORS, 0.0, better.mutual)
        best = np.expand_dims(shares(better, self.normalizer)[0].argmax(axis=0), 0)
        least = np.take_along_axis(np.where(errors > 0, np.maximum(better.mutual, _LEAST), 0.0), best, axis=0)
        nobody = known.max(axis=0) == 0
        np.put_along_axis(known, best, np.where(nobody, least, np.take_along_axis(known, best, axis=0)), axis=0)
        info = better._replace(mutual=known)
        return Settled(info, normalized_gaps([info], self.normalizer), better, above)

    def _added(self, without: Jackknife, best: list[tuple[int, bool]], n_values: int) -> Floats:
        """Return how much more than the mean each labeled row adds to the gap of a factor, for all rows: (m,).

        `best` are the two best latents, and whether each knows something.
        """
        mutual = np.stack([without.information(j) if knows else np.zeros(without.n) for j, knows in best])
        latent = np.stack([without.of_latent(j) for j, _ in best])
        every = np.full(without.n, n_values)
        missing = normalized_gaps(
            [Information(mutual, latent, without.of_factor, every, np.zeros_like(mutual))], self.normalizer
        )
        return np.asarray((without.n - 1) * (missing.mean() - missing) * (self.data.n_samples / without.n))
