"""How SAP is drawn again: from which test rows each fitted probe got right, and from sums of products for R2."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..kernels.gaps import expected_largest, top_two_gap
from ..kernels.origin import from_first
from ..kernels.probes import SCORINGS, resolve_probe
from ..kernels.resample import Weights
from ..options import choice, share_or_count
from ..predictability import Plan, Tested, classified, inactive, tested_rows
from ..representation import Representation
from .rows import Asked

Floats = NDArray[np.float64]

# With so few test rows, or fewer, intervals were measured to miss too often.
_FEW_TESTED = 100
_ROUNDING = 1e-13  # of a mean square


class Measured(NamedTuple):
    """Factors scored by R2, and all numbers that sums are taken over, with a row of zeros where a label is missing.

    Attributes
    ----------
    factors : list of int
    terms : ndarray of shape (n, 1 + 2d + 2k + dk)
        One, latents, their squares, factors, theirs, and products of each pair.
    silent : list of bool, (d,)
    """

    factors: list[int]
    terms: Floats
    silent: list[bool]


class PredictedGaps:
    """The gaps of SAP with fitted probes held: rows are drawn again, and those that trained have no say."""

    method = "bias-corrected bootstrap of test rows"
    noisy = False

    def __init__(self, asked: Asked) -> None:
        o, settings = asked.options, asked.score.settings
        self.data = Representation.of(asked.data, None, o["factor_kinds"])
        rule = o["inactive"]
        self.plan = Plan(
            standardize=bool(o["standardize"]),
            scoring=choice("scoring", o["scoring"], SCORINGS),
            evaluate_on=choice("evaluate_on", o["evaluate_on"], ("test", "train")),
            test_size=share_or_count("test_size", o["test_size"]),
            n_folds=o["cv"],
            shuffle=bool(o["shuffle"]),
            latent_bins=o["latent_bins"],
            factor_bins=o["factor_bins"],
            inactive=choice("inactive", rule, ("keep", "zero")) if isinstance(rule, str) else float(rule),
        )
        first = settings["random_state"]
        seeds = [None if first is None else first + r for r in range(o["n_repeats"])]
        fitted = o["probe"], o["C"], o["class_weight"]
        probes = [resolve_probe(*fitted, seed, o["validation_size"]) for seed in seeds]
        self.matrix = np.array(asked.score.matrix)
        pairs = zip(probes, seeds, strict=True)
        self.repeats = [tested_rows(self.data, probe, self.plan, seed) for probe, seed in pairs]
        self.measured = list(self._measure(classified(self.data, probes[0], self.plan)))

    def _measure(self, of_classes: list[int]) -> list[Measured]:
        found = []
        for group in self.data.groups():
            factors = [k for k in group.factors if k not in of_classes]
            if not factors:
                continue
            n = self.data.n_samples
            x = _standard(self.data.latents[group.rows].astype(np.float64))
            y = _standard(np.stack([self.data.labels(k).numbers() for k in factors], axis=1)[group.rows])
            products = (x[:, :, None] * y[:, None]).reshape(len(x), -1)
            terms = np.zeros((n, 1 + 2 * (x.shape[1] + y.shape[1]) + products.shape[1]))
            terms[group.rows] = np.hstack([np.ones((len(x), 1)), x, x**2, y, y**2, products])
            found.append(Measured(factors, terms, inactive(self.data, group, self.plan.inactive)))
        return found

    def remarks(self) -> list[str]:
        """Return notes if what was drawn again is not all that could have come out otherwise, or too little."""
        split = any(len(part.rows) < self.data.n_samples for tested in self.repeats for part in tested)
        notes = (
            ["the interval takes the probes as fitted; n_repeats shows what another split would do"] if split else []
        )
        n_tested = min((len(part.rows) for tested in self.repeats for part in tested), default=_FEW_TESTED + 1)
        if n_tested <= _FEW_TESTED:
            notes.append(f"only {n_tested} test rows, so that the interval misses more often than it says")
        return notes

    def draw(self, weights: Weights) -> tuple[Floats, Floats]:
        """Return gaps and scores of draws (r, n): (r, k) and (r, d, k), both the mean over repeats of the split."""
        shape = len(weights), self.data.n_latents, self.data.n_factors
        gaps, total = np.zeros((shape[0], shape[2])), np.zeros(shape)
        fixed = np.zeros(shape)
        for measured in self.measured:
            fixed[:, :, measured.factors] = _r2(measured, weights, shape[1])
        for tested in self.repeats:
            matrix = fixed.copy()
            for part in tested:
                matrix[:, :, part.factors] = self._scores(part, weights[:, part.rows])
            gaps += [top_two_gap(one) for one in matrix]
            total += matrix
        return gaps / len(self.repeats), total / len(self.repeats)

    def _scores(self, tested: Tested, weights: Weights) -> Floats:
        """Return the score of each pair in each draw of the test rows (r, t): (r, d, k)."""
        w = weights.astype(np.float64)
        d, k, t = tested.right.shape
        found = np.zeros((len(w), d, k))
        if self.plan.scoring == "accuracy":
            right = w @ tested.right.reshape(d * k, t).T
            return np.asarray(right.reshape(found.shape) / np.maximum(w.sum(axis=1), 1)[:, None, None])
        for i, codes in enumerate(tested.classes):
            recalls = []
            for c in np.unique(codes):
                of_class = codes == c
                right = w[:, of_class] @ tested.right[:, i, of_class].T
                recalls.append((right, w[:, of_class].sum(axis=1)[:, None]))
            seen = sum((total > 0).astype(float) for _, total in recalls)
            found[:, :, i] = sum(right / np.maximum(total, 1) for right, total in recalls) / np.maximum(seen, 1)
        return found

    def center(self, gaps: Floats, matrices: Floats) -> Floats:
        """Return the gaps less what luck adds to the second best: (k,), from matrices of all draws (B, d, k).

        Of latents that predict equally well one is luckiest on these rows. So all but the best are taken to be drawn
        from one normal distribution, and seen with the errors that draws of rows show: all at its mean if they differ
        by no more than that (James and Stein). What the best is ahead of is the expected largest of them.
        """
        return np.array([_lead(scores, matrices[:, :, k]) for k, scores in enumerate(self.matrix.T)])


def _lead(scores: Floats, drawn: Floats) -> float:
    """Return how far the best of some scores (d,) is ahead of the others, drawn together; from draws (B, d)."""
    if np.isnan(scores).any():
        return np.nan
    best = int(np.argmax(scores))
    others, their_draws = np.delete(scores, best), np.delete(drawn, best, axis=1)
    mean = others.mean()
    by_luck = (their_draws - their_draws.mean(axis=1, keepdims=True)).var(axis=0, ddof=1)
    apart = ((others - mean) ** 2).sum()
    kept = max(0.0, 1.0 - by_luck.sum() / apart) if apart > 0 else 0.0
    second = expected_largest(mean + kept * (others - mean), np.sqrt(kept * by_luck))
    return float(max(scores[best], 0.0) - max(second, 0.0))


def _standard(columns: Floats) -> Floats:
    """Return columns less their median, by their deviation, a constant one as 0.

    Draws that leave a far row out are then still near 0, where sums of squares hold their digits.
    """
    [scaled] = from_first(columns)
    scaled -= np.median(scaled, axis=0)
    deviation = scaled.std(axis=0)
    return np.asarray(scaled / np.where(deviation > 0, deviation, 1.0))


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
    """Return the variance from the mean square and the mean, 0 where rounding is all there is of it."""
    variance = square - mean**2
    return np.where(variance > _ROUNDING * square, variance, 0.0)


def predicted_gaps(asked: Asked) -> PredictedGaps | None:
    """Return what draws the gaps of SAP again; None for what it does not hold.

    These are groups of latents; latents chosen on other rows; a regressor, whose R2 is no sum over rows that are held;
    and correlations of ranks or with a circle, `statistic`.
    """
    options, probe = asked.options, asked.options["probe"]
    if options["latent_groups"] is not None or options["select_on"] is not None:
        return None
    if "correlation" in asked.score.settings:
        return None
    if hasattr(probe, "get_params") and hasattr(probe, "predict"):
        from sklearn.base import is_regressor

        if is_regressor(probe):
            return None
    return PredictedGaps(asked)
