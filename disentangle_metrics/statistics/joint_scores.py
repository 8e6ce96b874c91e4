"""Scores of probes on all latents together as a statistic: one for each factor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import OptionError
from ..kernels.probes.areas import Pairs, mean_area, pairs_of_classes
from ..kernels.probes.together import JointProbe, Said
from ..kernels.resampling.bootstrap import Weights
from .base import Floats, Resampled
from .held_out import HeldOut
from .joint_predictions import Tested, joint_predictions, of_classes

# Weights of all rows, draw by draw: (r, n).
Drawn = NDArray[Any]

# With this number of test rows, or fewer, measured intervals missed the true value too often.
_FEW_TESTED = 100


@dataclass(frozen=True, eq=False, kw_only=True)
class JointScores(HeldOut):
    """Scores of probes on all latents, for each repeat of the split.

    The score of a factor that is predicted by classes is that of ``plan.scoring``: ``"accuracy"``,
    ``"balanced-accuracy"`` or ``"auc"``, the mean area under the ROC curves of the classes. The score of a factor that
    is predicted as numbers is R2, which may be negative.

    Parameters
    ----------
    data : Representation
    probes : tuple of JointProbe
        One for each repeat.
    plan : Plan
    seeds : tuple of int or None
        The seed of each repeat; None without a shuffle.
    """

    probes: tuple[JointProbe, ...]

    @cached_property
    def predictions(self) -> list[dict[int, list[Tested]]]:
        """What the probe says of each scored factor, fold by fold, for each repeat."""
        pairs = zip(self.probes, self.seeds, strict=True)
        return [joint_predictions(self.data, probe, self.plan, seed) for probe, seed in pairs]

    @property
    def classified(self) -> list[int]:
        """Factors that are predicted by classes; the others are predicted as numbers."""
        return of_classes(self.data, self.probes[0], self.plan)

    @property
    def converged(self) -> bool:
        """Whether every probe converged."""
        folds = [fold for said in self.predictions for each in said.values() for fold in each]
        return all(fold.said.converged for fold in folds if isinstance(fold.said, Said))

    @cached_property
    def values(self) -> Sequence[Floats]:
        """Score of each factor (k,), NaN for a constant factor, for each repeat."""
        return [self._scores(said, self._weights)[0] for said in self.predictions]

    @cached_property
    def classes(self) -> dict[int, tuple[int, int]]:
        """For each classified factor, how many classes have an area on the first repeat, and how many it has."""
        counted = {}
        for k in self.classified:
            folds = self.predictions[0][k]
            tests = np.stack([np.bincount(fold.actual, minlength=len(fold.trained)) for fold in folds])
            trained = np.stack([fold.trained > 0 for fold in folds])
            paired = trained & (tests > 0) & (tests < tests.sum(axis=1, keepdims=True))
            counted[k] = int(np.count_nonzero(paired.any(axis=0))), trained.shape[1]
        return counted

    @property
    def of_a_guess(self) -> Floats:
        """Score of each factor (k,) if the most frequent class of the training rows is always guessed, 0 for R2."""
        guesses = [{k: list(map(_guess, folds)) for k, folds in said.items()} for said in self.predictions]
        return np.asarray(
            np.mean([np.maximum(self._scores(guess, self._weights)[0], 0.0) for guess in guesses], axis=0)
        )

    @property
    def _weights(self) -> Floats:
        """The weights of the rows as a draw: (1, n)."""
        weight = self.data.weights_of()
        return np.ones((1, self.data.n_samples)) if weight is None else weight[None].astype(np.float64)

    def _scores(self, said: dict[int, list[Tested]], weights: Drawn) -> Floats:
        """Return the scores under draws of weights of the rows (r, n): (r, k)."""
        scores = np.full((len(weights), self.data.n_factors), np.nan)
        for k, folds in said.items():
            scores[:, k] = score_of(folds, self.plan.scoring, weights)
        return scores

    def resampled(self) -> Resampled:
        """Return the predictions on resampled test rows."""
        return ResampledScores(self)


class ResampledScores:
    """Scores of probes that keep their fit: test rows are resampled, and training rows have no effect.

    Parameters
    ----------
    statistic : JointScores
    """

    permute = None  # probes are fitted to one order of the rows
    method = "bias-corrected bootstrap of test rows"

    def __init__(self, statistic: JointScores) -> None:
        self._statistic = statistic

    def reweighted(self, weights: Weights) -> list[Floats]:
        """Return the scores of draws (r, n) on each repeat of the split: (r, k)."""
        return [self._statistic._scores(said, weights) for said in self._statistic.predictions]

    def notes(self) -> list[str]:
        """Return notes if the draws leave out the split, or if there are too few test rows."""
        sizes = [
            sum(len(fold.rows) for fold in folds) for said in self._statistic.predictions for folds in said.values()
        ]
        split = min(sizes) < self._statistic.data.n_samples
        notes = ["the interval keeps the fitted probes; n_repeats shows the spread over splits"] if split else []
        if min(sizes) <= _FEW_TESTED:
            notes.append(f"only {min(sizes)} test rows, so that the interval misses more often than it says")
        return notes


def _guess(fold: Tested) -> Tested:
    """Return the test rows with the most frequent class of the training rows, or zeros, in place of predictions."""
    if not isinstance(fold.said, Said):
        return fold._replace(said=np.zeros_like(fold.said))
    return fold._replace(said=Said(np.full(len(fold.rows), fold.trained.argmax()), None))


def score_of(folds: Sequence[Tested], scoring: str, weights: Drawn) -> Floats:
    """Return the score of one factor under draws of weights of all rows (r, n): (r,)."""
    if not isinstance(folds[0].said, Said):
        return r2(folds, weights)
    return _SCORINGS[scoring](folds, weights)


def accuracy(folds: Sequence[Tested], weights: Drawn) -> Floats:
    """Return the share of the test rows that are predicted right: (r,)."""
    right, total = _hits(folds, weights)
    return np.asarray(right.sum(axis=1) / np.maximum(total.sum(axis=1), np.finfo(float).tiny))


def balanced_accuracy(folds: Sequence[Tested], weights: Drawn) -> Floats:
    """Return the mean of the share of right test rows over the classes that have test rows: (r,)."""
    right, total = _hits(folds, weights)
    seen = total > 0
    recall = np.divide(right, total, out=np.zeros_like(right), where=seen)
    return np.asarray(recall.sum(axis=1) / np.maximum(seen.sum(axis=1), 1))


def area(folds: Sequence[Tested], weights: Drawn) -> Floats:
    """Return the mean area under the ROC curves of the classes that have training rows and test rows: (r,).

    Rows are compared within a fold only, since the scores of two probes have no common scale.
    """
    parts = [_pairs(fold, weights[:, fold.rows]) for fold in folds]
    return mean_area(Pairs(np.sum([part.won for part in parts], axis=0), np.sum([part.all for part in parts], axis=0)))


def _pairs(fold: Tested, weights: Drawn) -> Pairs:
    """Return the pairs of the classes that have training rows."""
    scores = fold.said.scores if isinstance(fold.said, Said) else None
    if scores is None:
        raise OptionError("the probe gives no probabilities, and areas under ROC curves need them. Use another probe.")
    pairs = pairs_of_classes(scores, fold.actual.astype(np.intp), weights)
    return Pairs(pairs.won * (fold.trained > 0), pairs.all * (fold.trained > 0))


def r2(folds: Sequence[Tested], weights: Drawn) -> Floats:
    """Return 1 - (squared error / squared deviation) over all test rows, all columns added: (r,)."""
    rows = np.concatenate([fold.rows for fold in folds])
    actual = np.concatenate([fold.actual for fold in folds]).astype(np.float64)
    said = np.concatenate([np.asarray(fold.said) for fold in folds])
    actual, said = actual - actual[:1], said - actual[:1]  # so that an offset costs no digits
    w = weights[:, rows].astype(np.float64)
    w /= np.maximum(w.sum(axis=1, keepdims=True), np.finfo(float).tiny)
    error = w @ ((actual - said) ** 2).sum(axis=1)
    deviation = w @ (actual**2).sum(axis=1) - ((w @ actual) ** 2).sum(axis=1)
    constant = deviation <= 1e-13 * (w @ (actual**2).sum(axis=1))
    safe = np.where(constant, 1.0, deviation)
    return np.where(constant, np.where(error == 0, 1.0, 0.0), 1.0 - error / safe)


_SCORINGS = {"accuracy": accuracy, "balanced-accuracy": balanced_accuracy, "auc": area}


def _hits(folds: Sequence[Tested], weights: Drawn) -> tuple[Floats, Floats]:
    """Return the weight of right test rows, and of all test rows, of each class: (r, c) each."""
    rows = np.concatenate([fold.rows for fold in folds])
    actual = np.concatenate([fold.actual for fold in folds]).astype(np.intp)
    right = np.concatenate([fold.said.classes == fold.actual for fold in folds if isinstance(fold.said, Said)])
    hot = (actual[:, None] == np.unique(actual)).astype(np.float64)
    w = weights[:, rows].astype(np.float64)
    return w @ (hot * right[:, None]), w @ hot
