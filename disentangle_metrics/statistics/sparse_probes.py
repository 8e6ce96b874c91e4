"""Scores of probes on the k best latents of each class, for several k, as a statistic."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..data.representation import Group, Representation
from ..kernels.discretizing.circle import arcs
from ..kernels.probes.areas import areas, pairs_of_classes
from ..kernels.probes.k_best import Balanced, Said, balanced, probe_classes
from ..kernels.probes.splits import make_splits, permutation
from ..kernels.resampling.bootstrap import Weights
from .base import Floats, Resampled, Statistic

# Weights of all rows, draw by draw: (r, n).
Drawn = NDArray[Any]
# What the probes say of each class of each scored factor.
SaidOfFactors = Mapping[int, Sequence[Said]]

# The value of k that stands for all latents, as an option spells it.
ALL = "all"
# With this number of test rows of a class, or fewer, measured intervals missed the true value too often.
_FEW_TESTED = 100


@dataclass(frozen=True, eq=False, kw_only=True)
class SparseScores(Statistic):
    """Scores of probes on the k best latents of each class, the mean over the classes of each factor.

    Parameters
    ----------
    data : Representation
    n_best : tuple of int or "all"
        The numbers of latents.
    scoring : {"accuracy", "auc"}
    in_units : bool
        Whether the best latents are those with the largest difference of means as it is, and not divided by the
        pooled standard deviation.
    standardized : bool
    C : float
    test_size : int or float
    shuffled : bool
        Whether the rows are split at random.
    seeds : tuple of int
        One for each repeat: of the split, and of the choice of other rows for each class.
    """

    n_best: tuple[Any, ...]
    scoring: str
    in_units: bool
    standardized: bool
    C: float
    test_size: int | float
    shuffled: bool
    seeds: tuple[int, ...]

    @property
    def numbers(self) -> list[int]:
        """Numbers of latents, at most all latents."""
        d = self.data.n_latents
        return [d if k == ALL else min(k, d) for k in self.n_best]

    @property
    def steps(self) -> tuple[str, ...]:
        """Names of the rows of the matrix, one for each k."""
        return tuple(ALL if k == ALL else f"best {k}" for k in self.n_best)

    @cached_property
    def said(self) -> list[SaidOfFactors]:
        """What the probes say of the test rows, for each repeat. It is kept in the data."""
        how = (tuple(self.numbers), self.in_units, self.standardized, self.C, self.test_size, self.shuffled)
        kinds = (self.data.factor_kinds, self.data.measured)
        return [
            self.data.remember(("sparse probes", kinds, seed, *how), partial(self._probed, seed)) for seed in self.seeds
        ]

    def _probed(self, seed: int) -> SaidOfFactors:
        said: dict[int, Sequence[Said]] = {}
        for group in self.data.groups():
            train, of_factors = _problems(self.data, group, self.test_size, self.shuffled, seed)
            answers = iter(
                probe_classes(
                    self.data.latents,
                    [problem for problems in of_factors for problem in problems],
                    train,
                    self.numbers,
                    in_units=self.in_units,
                    standardized=self.standardized,
                    C=self.C,
                )
            )
            for factor, problems in zip(group.factors, of_factors, strict=True):
                said[factor] = [next(answers) for _ in problems]
        return said

    @property
    def converged(self) -> bool:
        """Whether every probe converged."""
        return all(one.converged for said in self.said for of_factor in said.values() for one in of_factor)

    @cached_property
    def values(self) -> Sequence[Floats]:
        """Score of each k and factor (q, n_factors), NaN for a constant factor, for each repeat."""
        return [scores[0] for scores in self._scored(np.ones((1, self.data.n_samples)))]

    def _scored(self, weights: Drawn) -> list[Floats]:
        """Return the scores under draws of weights of the rows (r, n), for each repeat: (r, q, n_factors)."""
        scored = []
        for said in self.said:
            scores = np.full((len(weights), len(self.n_best), self.data.n_factors), np.nan)
            for factor, of_factor in said.items():
                scores[:, :, factor] = _mean_of_classes(of_factor, self.scoring, weights)
            scored.append(scores)
        return scored

    def matrix_of(self, values: Sequence[Floats]) -> Floats:
        """Return the mean score over repeats: (..., q, n_factors)."""
        return np.asarray(sum(values) / len(values))

    def resampled(self) -> Resampled:
        """Return the scores of resampled test rows."""
        return ResampledSparseScores(self)


class ResampledSparseScores:
    """Scores of probes that keep their latents and their fit: test rows are resampled.

    Parameters
    ----------
    statistic : SparseScores
    """

    permute = None  # probes are fitted to one order of the rows
    method = "bias-corrected bootstrap of test rows"

    def __init__(self, statistic: SparseScores) -> None:
        self._statistic = statistic

    def reweighted(self, weights: Weights) -> list[Floats]:
        """Return the scores of draws (r, n) on each repeat of the split: (r, q, n_factors)."""
        return self._statistic._scored(weights)

    def notes(self) -> list[str]:
        """Return notes on the draws, which leave out the split and the training rows."""
        sizes = [len(one.rows) for said in self._statistic.said for of_factor in said.values() for one in of_factor]
        notes = ["the interval keeps the fitted probes; n_repeats shows the spread over splits"]
        if (least := min((size for size in sizes if size), default=0)) <= _FEW_TESTED:
            notes.append(f"only {least} test rows of a class, so that the interval misses more often than it says")
        return notes


def _problems(
    data: Representation, group: Group, test_size: int | float, shuffled: bool, seed: int
) -> tuple[NDArray[np.intp], list[list[Balanced]]]:
    """Return the training rows of a group of factors, and the rows of each class of each factor."""
    labeled = np.arange(data.n_samples) if isinstance(group.rows, slice) else group.rows
    ((train, test),) = make_splits(len(labeled), test_size, None, seed if shuffled else None)
    order = np.zeros(data.n_samples, dtype=np.intp)
    order[labeled[permutation(len(labeled), seed)]] = np.arange(len(labeled))
    train, test = (labeled[part] for part in (train, test))
    split = train[np.argsort(order[train])], test[np.argsort(order[test])]
    of_factors = []
    for factor in group.factors:
        codes = _codes(data, factor)
        present = np.unique(codes[labeled])
        # of two classes, each is the rest of the other: the problem is the same
        of_factors.append([balanced(codes, c, split) for c in (present if len(present) > 2 else present[1:])])
    return split[0], of_factors


def _codes(data: Representation, factor: int) -> NDArray[np.integer]:
    """Return the class of each row, -1 where a label is missing: the label itself, or two classes of numbers.

    Numbers have the classes above the median and not above it, angles the first and the second half of the turn.
    """
    labels = data.labels(factor)
    if not data.is_measured(factor):
        return labels.codes
    angles = data.angles(factor)
    if angles is not None:
        there = ~np.isnan(angles)
        codes = np.full(len(angles), -1)
        codes[there] = arcs(angles[there], 2)
        return codes
    numbers = labels.numbers()
    there = ~np.isnan(numbers)
    above = numbers > np.median(numbers[there])
    if not above.any():  # more than half of the rows have the largest number
        above = numbers == numbers[there].max()
    return np.where(there, above.astype(np.intp), -1)


def _mean_of_classes(said: Sequence[Said], scoring: str, weights: Drawn) -> Floats:
    """Return the mean score of the classes that have test rows (r, q); 1/2, as of a coin, if none has."""
    score = _area if scoring == "auc" else _accuracy
    n_numbers = len(said[0].heights) if said else 1
    total, counted = np.zeros((len(weights), n_numbers)), np.zeros((len(weights), 1))
    for one in said:
        n = len(one.rows) // 2
        times = weights[:, one.rows].astype(np.float64)
        drawn = (times[:, :n].sum(axis=1) > 0) & (times[:, n:].sum(axis=1) > 0)
        if drawn.any():
            total[drawn] += score(one, times[drawn])
            counted += drawn[:, None]
    return np.where(counted > 0, total / np.maximum(counted, 1), 0.5)


def _accuracy(said: Said, times: Floats) -> Floats:
    """Return the mean of the shares of both halves that are right (r, q); an undecided row is right by half."""
    n = len(said.rows) // 2
    right = 0.5 + 0.5 * np.sign(said.heights)
    shares = [
        times[:, half] @ of_half.T / times[:, half].sum(axis=1, keepdims=True)
        for half, of_half in ((slice(n), right[:, :n]), (slice(n, None), 1.0 - right[:, n:]))
    ]
    return np.asarray((shares[0] + shares[1]) / 2)


def _area(said: Said, times: Floats) -> Floats:
    """Return the area under the ROC curve of each k: (r, q)."""
    n = len(said.rows) // 2
    if len(times) == 1 and (times == 1.0).all():  # no draw, which takes a third of the time
        return np.array([[_share_above(h[:n], h[n:]) for h in said.heights]])
    rest = (np.arange(2 * n) >= n).astype(np.intp)
    return np.concatenate([areas(pairs_of_classes(h[:, None], rest, times)) for h in said.heights], axis=1)


def _share_above(own: Floats, others: Floats) -> float:
    """Return the share of pairs in which the first one is higher; equal heights count half."""
    others = np.sort(others)
    below = np.searchsorted(others, own, "left") + np.searchsorted(others, own, "right")
    return float(below.sum() / (2 * len(own) * len(others)))
