"""Bias-corrected gaps of information: joint counts of few rows show information where there is none."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..kernels.counting.information import Information
from ..reductions.shares import normalized_gaps, shares
from ..statistics.base import Around, Floats
from ..statistics.jackknife import Jackknife
from ..statistics.resampled_counts import ResampledCounts
from .corrected_information import CorrectedInformation
from .second_best import SecondBest, second_best

# Standard deviations above chance from which on the maximum of several latents, and their mean, is not chance. A
# maximum is spread like Gumbel's distribution, of which 1 in 40 exceeds 2.4.
_LARGEST, _MEAN = 2.4, 3.0
# From so many standard deviations above chance on, there may well be information.
_MAYBE = 1.7
# Standard errors of an interval of 95 %.
_TOLD = 1.96
# A difference of gaps too small for a note.
_SMALL = 0.01


class Leads(NamedTuple):
    """Leads of the best latent over the second best, for each factor.

    Attributes
    ----------
    gaps : ndarray of shape (k,)
        Bias-corrected gaps.
    best : ndarray of int of shape (k,)
        The best latent.
    seconds : list of SecondBest
        The second best, from all latents except the best.
    clear : ndarray of bool of shape (k,)
        Whether the best has more information than the best of all latents by chance.
    """

    gaps: Floats
    best: NDArray[np.intp]
    seconds: list[SecondBest]
    clear: NDArray[np.bool_]


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
        self.info = CorrectedInformation(counts)

    @property
    def refusal(self) -> str | None:
        """Reason why there is no interval: a factor has too few rows for each of its values."""
        return self.info.too_few_rows

    def notes(self) -> list[str]:
        """Return a note on factors with too few rows to tell the second best latent."""
        lower = self._unsure()
        unsure = [name for name, less in zip(self.data.factor_names, lower, strict=True) if less > 0]
        if not unsure:
            return []
        return [
            f"too few rows to tell whether a second latent knows something of {', '.join(unsure)}; if one does, "
            f"the gap is up to {lower.max():.2f} lower than the middle of the interval"
        ]

    def _unsure(self) -> Floats:
        """Return how much lower the gap of each factor would be if latents with doubtful information counted: (k,).

        0 if that is less than a standard error of the gap, or if the interval of the gap reaches 0.
        """
        lower = np.zeros(self.data.n_factors)
        for k, (best, second) in enumerate(zip(self.leads.best, self.leads.seconds, strict=True)):
            may = np.delete(np.where(self.info.above[:, k] > _MAYBE, self.known[:, k], 0.0), best).max()
            top = self.known[best, k]
            lower[k] = self.leads.gaps[k] - self._gap(k, top, min(max(may, second.value), top))
        return np.where(~self.level(_TOLD) & (lower > np.maximum(self._errors, _SMALL)), lower, 0.0)

    def center(self, drawn: Floats, matrices: Floats) -> Floats:
        """Return the bias-corrected gaps: (k,). They need no draws."""
        return self.leads.gaps

    def first_order(self) -> tuple[Floats, Floats]:
        """Return the bias-corrected gaps (k,), and the influence of each row on them (n, k)."""
        return self.leads.gaps, self.added

    def around(self, values: Iterable[Any]) -> tuple[Around, ...]:
        """Return no cases: the influence of each row is known."""
        return ()

    def level(self, reach: float) -> NDArray[np.bool_]:
        """Return the gaps that may be 0: (k,).

        A gap is above 0 if the best latent has more information than the best of all latents by chance, and leads by
        `reach` standard errors: over the second best, and over every single latent that may have information.
        """
        told = self.leads.clear & (self.leads.gaps > reach * self._errors)
        for coded in self.counts.coded:
            for k, without in self.counts.jackknives(coded):
                told[k] = told[k] and self._ahead_of_all(k, without, reach)
        return ~told

    def _ahead_of_all(self, k: int, without: Jackknife, reach: float) -> bool:
        best, second = self.leads.best[k], self.leads.seconds[k]
        others = np.delete(np.arange(self.data.n_latents), best)
        rivals = others[(second.known > 0.5) | (self.info.above[others, k] > _MAYBE)]
        top = self._rank(without, best)
        errors = np.array([_error(top - self._rank(without, j)) for j in rivals])
        return bool((self.known[best, k] - self.known[rivals, k] > reach * errors).all())

    @cached_property
    def units(self) -> Floats:
        """Divisors of the information of each latent, for the comparison of latents: (d, k)."""
        entropy = self.counts.extrapolated.latent_entropy
        return np.where(entropy > 0, entropy, 1.0) if self.normalizer == "latent" else np.ones_like(entropy)

    @cached_property
    def known(self) -> Floats:
        """Bias-corrected information, divided by `units`: (d, k)."""
        return np.asarray(self.info.known / self.units)

    @cached_property
    def leads(self) -> Leads:
        """Leads of the best latent of each factor.

        The second best is 0 if neither the maximum nor the mean of the other latents is above chance. Otherwise it is
        the expected maximum of their true values.
        """
        k_all, d = range(self.data.n_factors), self.data.n_latents
        best = self.known.argmax(axis=0)
        orders = self.info.standard(self.info.by_orders)
        errors = self._errors_of_latents()
        gaps, seconds, clear = np.zeros(len(k_all)), [], np.zeros(len(k_all), dtype=bool)
        for k in k_all:
            others = np.delete(np.arange(d), best[k])
            above, by_chance = self.info.above[:, k], orders[:, :, k]
            clear[k] = _stands_out(above[best[k]], by_chance.max(axis=1), _LARGEST)
            second = SecondBest(0.0, np.zeros(d - 1), np.zeros(d - 1))
            if _stands_out(above[others].max(), by_chance[:, others].max(axis=1), _LARGEST) or _stands_out(
                above[others].mean(), by_chance[:, others].mean(axis=1), _MEAN
            ):
                second = self._second(k, others, errors[others, k])
            seconds.append(second)
            top = max(float(self.known[best[k], k]), 0.0)
            gaps[k] = self._gap(k, top, min(second.value, top))
        return Leads(gaps, best, seconds, clear)

    def _second(self, k: int, others: NDArray[np.intp], errors: Floats) -> SecondBest:
        """Return the second best of a factor.

        The variance of information I is c (2I + b), where b is that of independent latents, and the jackknife's is
        c (2I + 2b).
        """
        seen, by_chance = self.known[others, k], self.counts.independent.plain[others, k] / self.units[others, k]
        total = np.maximum(seen, 0.0) + by_chance
        scale = np.divide(errors**2, total, out=np.zeros_like(total), where=total > 0)
        return second_best(seen, lambda places: scale[:, None] * (places + by_chance[:, None] / 2))

    def _errors_of_latents(self) -> Floats:
        """Return the standard error of the information of each latent: (d, k)."""
        errors = np.zeros_like(self.known)
        for coded in self.counts.coded:
            for k, without in self.counts.jackknives(coded):
                errors[:, k] = [_error(self._rank(without, j)) for j in range(len(errors))]
        return errors

    def _rank(self, without: Jackknife, j: int) -> Floats:
        """Return the information of a latent without each row, divided by `units`: (n,)."""
        information = without.information(j)
        if self.normalizer != "latent":
            return information
        entropy = without.of_latent(j)
        return np.divide(information, entropy, out=np.zeros_like(information), where=entropy > 0)

    def _gap(self, k: int, first: float, second: float) -> float:
        """Return the gap of two latents with so much information on a factor."""
        better, mutual = self.counts.extrapolated, np.array([[first], [second]])
        one = slice(k, k + 1)
        info = Information(
            mutual, np.ones_like(mutual), better.factor_entropy[one], better.factor_values[one], np.zeros_like(mutual)
        )
        return float(normalized_gaps([info], self.normalizer)[0])

    @cached_property
    def added(self) -> Floats:
        """Influence of each row on the gaps, minus the mean: (n, k).

        That is what is missing, jackknifed, when it is left out, of the lead of the best over the second best.
        """
        n_values = self.counts.plain.factor_values
        added = np.zeros((self.data.n_samples, self.data.n_factors))
        for coded in self.counts.coded:
            for k, without in self.counts.jackknives(coded):
                best, weights = self.leads.best[k], self.leads.seconds[k].weights
                others = np.delete(np.arange(self.data.n_latents), best)[weights > 0]
                added[coded.rows, k] = self._added(without, [best, *others], weights[weights > 0], int(n_values[k]))
        return added

    @cached_property
    def _errors(self) -> Floats:
        """The standard error of each gap: (k,)."""
        return np.asarray(np.sqrt((self.added**2).sum(axis=0)) / self.data.n_samples)

    def _added(self, without: Jackknife, latents: list[int], weights: Floats, n_values: int) -> Floats:
        """Return how much more than the mean each labeled row adds to the gap of a factor, for all rows: (m,).

        Of some latents: the best, and those that the second best is made of, each with its weight.
        """
        mutual = np.stack([without.information(j) for j in latents])
        latent = np.stack([without.of_latent(j) for j in latents])
        every = np.full(without.n, n_values)
        known, whole = shares(
            Information(mutual, latent, without.of_factor, every, np.zeros_like(mutual)), self.normalizer
        )
        lead = known[0] - weights @ known[1:]
        missing = np.divide(lead, whole, out=np.zeros_like(lead), where=whole > 0)
        return np.asarray((without.n - 1) * (missing.mean() - missing) * (self.data.n_samples / without.n))


def _stands_out(value: float, by_chance: Floats, deviations: float) -> bool:
    return bool(value > by_chance.mean() + deviations * by_chance.std())


def _error(without: Floats) -> float:
    """Return the jackknife's standard error from values without each row."""
    return float(np.sqrt((len(without) - 1) * without.var()))
