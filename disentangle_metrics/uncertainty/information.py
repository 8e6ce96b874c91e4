"""How MIG from bins is drawn again: from the bins and labels of each row, which stay as they are."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..binned import information_in_bins
from ..kernels.auto import number_of_bins
from ..kernels.chance import independent_information
from ..kernels.cuts import of_each_latent, resolve_discretizer
from ..kernels.discretize import discretize_uniform
from ..kernels.entropies.estimator import Estimator
from ..kernels.entropy import ENTROPIES
from ..kernels.estimators import resolve_estimator
from ..kernels.information import Information
from ..kernels.resample import Weights, drawn_xlogx, permuted_xlogx
from ..options import integer, resolve
from ..representation import Representation
from ..shares import normalized_gaps, shares
from .rows import Asked
from .without import Without

Floats = NDArray[np.float64]

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


class Coded(NamedTuple):
    """Latents and factors as they are counted, on the rows where these factors have labels.

    Attributes
    ----------
    rows : slice or ndarray
    factors : list of int
    latents : ndarray of int of shape (d, n)
        Bins, from 0 up to `n_bins`.
    n_bins : int
    labels : ndarray of int of shape (k, n)
        Labels of factor k from ``starts[k]`` up to, and without, ``starts[k + 1]``.
    starts : ndarray of shape (k + 1,)
    """

    rows: slice | NDArray[np.intp]
    factors: list[int]
    latents: NDArray[np.integer]
    n_bins: int
    labels: NDArray[np.integer]
    starts: NDArray[np.intp]


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


class BinnedGaps:
    """The gaps of MIG from plug-in information, drawn again with the edges of the bins held."""

    method = "bias-corrected bootstrap"

    def __init__(self, asked: Asked) -> None:
        options = asked.options
        self.data = Representation.of(asked.data, None, options["factor_kinds"])
        self.normalizer: str = asked.score.settings["normalizer"]
        self.discretizer = of_each_latent(resolve_discretizer(options["discretizer"]), self.data.latent_names)
        given: Any = number_of_bins("n_bins", options["n_bins"])
        self.n_bins = asked.score.settings.get("bins_per_latent", given or 0)
        self.factor_bins = integer("factor_bins", options["factor_bins"], 2)
        self.plain = self._information("plugin")
        self.coded = list(self._code())

    def _information(self, entropy: str) -> Information:
        return information_in_bins(
            self.data,
            discretizer=self.discretizer,
            n_bins=self.n_bins,
            factor_discretizer=discretize_uniform,
            factor_bins=self.factor_bins,
            entropy=ENTROPIES[entropy],
        )

    def _code(self) -> Iterator[Coded]:
        for group in self.data.groups():
            binned = list(self.data.bins(group, self.discretizer, self.n_bins))
            n_bins = max(size for _, size in binned)
            latents = np.stack([codes for codes, _ in binned]).astype(np.min_scalar_type(n_bins))
            factors = [self.data.factor(group, k, discretize_uniform, self.factor_bins) for k in group.factors]
            starts = np.concatenate([[0], np.cumsum([len(factor.counts) for factor in factors])])
            labels = [factor.codes + start for factor, start in zip(factors, starts, strict=False)]
            shortest = np.min_scalar_type(int(starts[-1]))
            yield Coded(group.rows, list(group.factors), latents, n_bins, np.stack(labels).astype(shortest), starts)

    def draw(self, weights: Weights) -> tuple[Floats, Floats]:
        """Return gaps and information of draws (r, n): (r, k) and (r, d, k)."""
        r, d, k = len(weights), self.data.n_latents, self.data.n_factors
        mutual, latent, factor = np.zeros((r, d, k)), np.zeros((r, d, k)), np.zeros((r, k))
        for coded in self.coded:
            drawn = weights[:, coded.rows]
            n = np.maximum(drawn.sum(axis=1, dtype=np.int64), 1)[:, None]
            h_latent = np.log(n) - drawn_xlogx(coded.latents, coded.n_bins, drawn) / n
            for k, label, (start, stop) in zip(coded.factors, coded.labels, pairwise(coded.starts), strict=True):
                n_cells = int(stop - start) * coded.n_bins
                cells = np.multiply(coded.latents, stop - start, dtype=np.min_scalar_type(n_cells), casting="unsafe")
                cells += (label - start).astype(cells.dtype)
                h_factor = np.log(n) - drawn_xlogx(label[None] - start, int(stop - start), drawn) / n
                h_both = np.log(n) - drawn_xlogx(cells, n_cells, drawn) / n
                factor[:, k], latent[:, :, k] = h_factor[:, 0], h_latent
                mutual[:, :, k] = np.maximum(h_latent + h_factor - h_both, 0.0)
        mutual[:, self.data.inactive] = 0.0
        return self._gaps(mutual, latent, factor), mutual

    def remarks(self) -> list[str]:
        """Return notes on factors whose rows are too few: for their bins and values, or to tell who is second best."""
        whole = self.plain.factor_entropy
        share = np.divide(self.plain.by_chance.max(axis=0), whole, out=np.zeros_like(whole), where=whole > 0)
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

    def permute(self, order: NDArray[np.intp]) -> tuple[Floats, Floats]:
        """Return gaps and information, with the rows of the factors in another order: (k,) and (d, k).

        Where labels are missing, the rows that have them are put in that order among themselves.
        """
        mutual = np.zeros((self.data.n_latents, self.data.n_factors))
        for coded in self.coded:
            own = order if isinstance(coded.rows, slice) else np.argsort(order[coded.rows], kind="stable")
            n = coded.latents.shape[1]
            entropy = np.log(n) - permuted_xlogx(coded.latents, coded.n_bins, coded.labels, coded.starts, own) / n
            known = self.plain.latent_entropy[:, coded.factors] + self.plain.factor_entropy[coded.factors]
            mutual[:, coded.factors] = np.maximum(known - entropy, 0.0)
        mutual[self.data.inactive] = 0.0
        shape = self.plain.latent_entropy[None], self.plain.factor_entropy[None]
        return self._gaps(mutual[None], *shape)[0], mutual

    def _gaps(self, mutual: Floats, latent: Floats, factor: Floats) -> Floats:
        rest = self.plain.factor_values, self.plain.by_chance
        draws = zip(mutual, latent, factor, strict=True)
        return np.array([normalized_gaps([Information(*draw, *rest)], self.normalizer) for draw in draws])

    def center(self, gaps: Floats, matrices: Floats) -> Floats:
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
        info, n_values = self.settled.info, self.plain.factor_values
        ranked = shares(info, self.normalizer)[0].argsort(axis=0)[:-3:-1]
        added = np.zeros((self.data.n_samples, self.data.n_factors))
        for coded in self.coded:
            for k, without in self._without(coded):
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
        better = self._information("extrapolated")
        better = better._replace(mutual=np.maximum(better.mutual, 0.0))
        above = self.plain.mutual - self.by_chance()
        errors = np.ones_like(above)
        for coded in self.coded:
            for k, without in self._without(coded):
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

    def _without(self, coded: Coded) -> Iterator[tuple[int, Without]]:
        """Yield each of some factors, with what is left without one of its rows."""
        for k, label, (start, stop) in zip(coded.factors, coded.labels, pairwise(coded.starts.tolist()), strict=True):
            yield k, Without(coded.latents, coded.n_bins, label.astype(np.int64) - start, stop - start)

    def _added(self, without: Without, best: list[tuple[int, bool]], n_values: int) -> Floats:
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

    def by_chance(self) -> Floats:
        """Return the information that independent latents would show on average: (d, k)."""
        found = np.zeros((self.data.n_latents, self.data.n_factors))
        for coded in self.coded:
            bins = np.stack([np.bincount(codes, minlength=coded.n_bins) for codes in coded.latents])
            for k, label, start in zip(coded.factors, coded.labels, coded.starts, strict=False):
                found[:, k] = independent_information(bins, np.bincount(label - start))
        return found


def binned_gaps(asked: Asked) -> BinnedGaps | None:
    """Return what draws the gaps of MIG again; None for what it does not hold.

    These are estimators without bins, groups of latents, latents chosen on other rows, and an entropy that is not ours.
    """
    options = asked.options
    if options["latent_groups"] is not None or options["select_on"] is not None:
        return None
    if resolve_estimator(options["estimator"]) is not None:
        return None
    ours = isinstance(resolve("entropy", options["entropy"], ENTROPIES), Estimator)
    return BinnedGaps(asked) if ours else None
