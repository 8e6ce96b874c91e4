"""Predictions of fitted probes on resampled test rows, and sums of products for R2."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from ..kernels.columns.origin import from_first
from ..kernels.resampling.bootstrap import Weights
from .base import Floats
from .predictability import Tested, classified, inactive, tested_rows

if TYPE_CHECKING:
    from .predictions import ProbeScores

# With this number of test rows, or fewer, measured intervals missed the true value too often.
_FEW_TESTED = 100
_ROUNDING = 1e-13  # part of a mean square


class Measured(NamedTuple):
    """Factors scored by R2, and all numbers that sums are taken over; a row with a missing label is a row of zeros.

    Attributes
    ----------
    factors : list of int
    terms : ndarray of shape (n, 1 + 2d + 2k + dk)
        One, latents, squares of latents, factors, squares of factors, and products of each pair.
    silent : list of bool, (d,)
    """

    factors: list[int]
    terms: Floats
    silent: list[bool]


class ResampledPredictions:
    """Scores of probes that keep their fit: test rows are resampled, and training rows have no effect.

    Parameters
    ----------
    statistic : ProbeScores
    """

    permute = None  # probes are fitted to one order of the rows

    def __init__(self, statistic: ProbeScores) -> None:
        self.data, self.plan = statistic.data, statistic.plan
        pairs = zip(statistic.probes, statistic.seeds, strict=True)
        self.repeats = [tested_rows(self.data, probe, self.plan, seed) for probe, seed in pairs]
        self.measured = list(self._measure(classified(self.data, statistic.probes[0], self.plan)))
        self.method = self._method()

    def _method(self) -> str:
        """Return what is drawn: the rows that a probe is tested on, and all rows for R2, which splits none off."""
        name = "bias-corrected bootstrap"
        if not any(part.factors for tested in self.repeats for part in tested):
            return name
        return f"{name} of {'all rows for R2, of ' if self.measured else ''}test rows"

    def _measure(self, of_classes: list[int]) -> list[Measured]:
        measured = []
        for group in self.data.groups():
            factors = [k for k in group.factors if k not in of_classes]
            if not factors:
                continue
            n = self.data.n_samples
            x = _centered(self.data.latents[group.rows].astype(np.float64))
            y = _centered(np.stack([self.data.labels(k).numbers() for k in factors], axis=1)[group.rows])
            products = (x[:, :, None] * y[:, None]).reshape(len(x), -1)
            terms = np.zeros((n, 1 + 2 * (x.shape[1] + y.shape[1]) + products.shape[1]))
            terms[group.rows] = np.hstack([np.ones((len(x), 1)), x, x**2, y, y**2, products])
            measured.append(Measured(factors, terms, inactive(self.data, group, self.plan.inactive)))
        return measured

    def notes(self) -> list[str]:
        """Return notes if the draws leave out the split, or if there are too few test rows."""
        split = any(len(part.rows) < self.data.n_samples for tested in self.repeats for part in tested)
        notes = ["the interval keeps the fitted probes; n_repeats shows the spread over splits"] if split else []
        n_tested = min((len(part.rows) for tested in self.repeats for part in tested), default=_FEW_TESTED + 1)
        if n_tested <= _FEW_TESTED:
            notes.append(f"only {n_tested} test rows, so that the interval misses more often than it says")
        return notes

    def reweighted(self, weights: Weights) -> list[tuple[Floats, ...]]:
        """Return the scores of draws (r, n) on each repeat of the split: (r, d, k)."""
        fixed = np.zeros((len(weights), self.data.n_latents, self.data.n_factors))
        for measured in self.measured:
            fixed[:, :, measured.factors] = _r2(measured, weights, self.data.n_latents)
        scores: list[tuple[Floats, ...]] = []
        for tested in self.repeats:
            matrix = fixed.copy()
            for part in tested:
                matrix[:, :, part.factors] = self._scores(part, weights[:, part.rows])
            scores.append((matrix,))
        return scores

    def _scores(self, tested: Tested, weights: Weights) -> Floats:
        """Return the score of each pair in each draw of the test rows (r, t): (r, d, k)."""
        w = weights.astype(np.float64)
        d, k, t = tested.right.shape
        scores = np.empty((len(w), d, k))
        if self.plan.scoring == "accuracy":
            right = w @ tested.right.reshape(d * k, t).T
            return np.asarray(right.reshape(scores.shape) / np.maximum(w.sum(axis=1), 1)[:, None, None])
        for i, codes in enumerate(tested.classes):
            recalls = []
            for c in np.unique(codes):
                of_class = codes == c
                right = w[:, of_class] @ tested.right[:, i, of_class].T
                recalls.append((right, w[:, of_class].sum(axis=1)[:, None]))
            seen = sum((total > 0).astype(float) for _, total in recalls)
            scores[:, :, i] = sum(right / np.maximum(total, 1) for right, total in recalls) / np.maximum(seen, 1)
        return scores


def _centered(columns: Floats) -> Floats:
    """Return columns minus their median, in a unit whose squares stay in float64; a constant column becomes 0.

    Draws that leave out an outlier are then still near 0, where sums of squares keep their digits.
    """
    [scaled] = from_first(columns)
    scaled -= np.median(scaled, axis=0)
    return scaled


def _r2(measured: Measured, weights: Weights, d: int) -> Floats:
    """Return the squared correlation of each pair in each draw (r, n): (r, d, k)."""
    k = len(measured.factors)
    sums = weights.astype(np.float64) @ measured.terms
    n, x, xx, y, yy, xy = np.split(sums, np.cumsum([1, d, d, k, k]), axis=1)
    n = np.maximum(n, 1)
    x, y = x / n, y / n
    product = xy.reshape(-1, d, k) / n[:, :, None] - x[:, :, None] * y[:, None]
    of_x, of_y = _variance(xx / n, x), _variance(yy / n, y)
    square = of_x[:, :, None] * of_y[:, None]
    r2 = np.divide(product**2, square, out=np.zeros_like(product), where=square > 0)
    r2[:, measured.silent] = 0.0
    return np.asarray(np.minimum(r2, 1.0))


def _variance(square: Floats, mean: Floats) -> Floats:
    """Return the variance from the mean square and the mean; 0 if the difference is a rounding error."""
    variance = square - mean**2
    return np.where(variance > _ROUNDING * square, variance, 0.0)
