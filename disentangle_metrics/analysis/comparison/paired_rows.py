"""Two models on the same rows: their scores on the same resampled rows, and the contributions of rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...data.kinds import FactorKinds
from ...data.representation import Representation
from ...data.row_labels import check_row_labels
from ...errors import InputError, OptionError, ShapeError
from ...evaluation import Options, evaluate
from ...kernels.resampling.permutation_tests import flipped_p, p_of
from ...rendering.numbers import IN_WORDS, number
from ...scores.recipe import Recipe
from ...scores.score import Score
from ...uncertainty.replicates import FEW, MANY, drawn_parts, recipe_of, replicates_of, units_of
from .difference import Difference
from .halves import FREEDOM, T_VARIANCE, InHalves, in_halves

Floats = NDArray[np.float64]

TESTS = ("bootstrap", "sign-flip")
# Blocks of rows whose part in a score is found by leaving them out. Few and large ones: where two latents are second
# best by turns, which is common, a score bends when rows are left out one by one, and their parts add up to too little.
BLOCKS = 10


@dataclass(frozen=True)
class Drawn:
    """Scores of a model: the score, then the values of the factors, 1 + k in all.

    Attributes
    ----------
    values : ndarray of shape (1 + k,)
    center : ndarray of shape (1 + k,)
        The bias-corrected values.
    draws : ndarray of shape (B, 1 + k)
        Scores of draws of rows, or contributions of blocks of rows.
    bounds : (float, float)
        Lowest and highest possible score.
    noisy : bool
        Whether the bias correction is noisy.
    halves : ndarray of shape (CUTS, 2, 1 + k) or None
        Scores of halves of the rows; None if these cannot be scored.
    test : {"bootstrap", "sign-flip"}
    """

    values: Floats
    center: Floats
    draws: Floats
    bounds: tuple[float, float]
    noisy: bool
    halves: Floats | None
    test: str

    def less(self, other: Drawn) -> Drawn:
        """Return the difference of two models, drawn by the same test."""
        (low, high), (least, most) = self.bounds, other.bounds
        widest = max(high, most) - min(low, least)
        return Drawn(
            self.values - other.values,
            self.center - other.center,
            self.draws - other.draws,
            (-widest, widest),
            self.noisy or other.noisy,
            None if self.halves is None or other.halves is None else self.halves - other.halves,
            self.test,
        )

    @cached_property
    def by_rows(self) -> Floats:
        """The variance by rows, what they have set being held: (1 + k,)."""
        variance = self.draws.var(axis=0, ddof=1)
        return np.asarray(variance if self.test == "bootstrap" else variance / len(self.draws))

    @cached_property
    def in_halves(self) -> InHalves:
        """What halves of the rows say, which is nothing new where they cannot be scored."""
        if self.halves is None:
            return InHalves(np.zeros_like(self.values), self.values)
        return in_halves(self.halves, self.by_rows)

    @property
    def error(self) -> Floats:
        """The standard error (1 + k,): by rows, and by what they have set."""
        return np.sqrt(self.by_rows + T_VARIANCE * self.in_halves.variance)

    @property
    def share_of_set(self) -> Floats:
        """The part of the variance by what the rows have set: (1 + k,)."""
        variance = self.error**2
        return np.divide(variance - self.by_rows, variance, out=np.zeros_like(variance), where=variance > 0)


def scored(
    data: Representation, metric: str, protocol: str | None, options: Options | None, factor_kinds: FactorKinds
) -> Score:
    """Return a model's score, with its recipe."""
    score = evaluate(data, None, metric, protocol=protocol, options=options, factor_kinds=factor_kinds)[metric]
    recipe_of(score)
    if not np.isfinite(float(score)):
        raise InputError(f"{metric} is {number(float(score), undefined=IN_WORDS)}, and such scores have no difference.")
    return score


def usual_draws(scores: Iterable[Score]) -> int:
    """Return how many draws a single test has: fewer if some model has to be scored anew for each."""
    again = any(recipe_of(score).statistic().resampled() is None for score in scores)
    return FEW if again else MANY


def drawn(score: Score, test: str, n_boot: int, seed: int, groups: ArrayLike | None, halves: Floats | None) -> Drawn:
    """Return what a test needs of one model; with the same seed the same rows are drawn of every model."""
    recipe = recipe_of(score)
    values = _stacked(recipe, recipe.parts[None])[0]
    values[0] = float(score)
    halves = None if halves is None else _stacked(recipe, halves)
    if test == "bootstrap":
        made = replicates_of(score, n_boot, seed, groups)
        if made.n_infinite:
            share = f"{made.n_infinite} of {len(made.values)}"
            raise InputError(f"{score.metric} of {share} draws of rows is infinite. Pass more rows to compare models.")
        # without the limit of a single score, which would jump
        center = _stacked(recipe, made.middle_per_factor[None])[0]
        if recipe.weights is not None:  # the weights of the parts are corrected too
            center[0] = replicates_of(score, n_boot, seed, groups, around_center=True).center
        draws = _stacked(recipe, made.per_factor)
        draws[:, 0] = made.values
        return Drawn(values, center, draws, recipe.bounds, made.noisy, halves, test)
    added = contributions(score, seed, groups)
    return Drawn(values, added.mean(axis=0), added, recipe.bounds, True, halves, test)


def contributions(score: Score, seed: int, groups: ArrayLike | None = None) -> Floats:
    """Return the contribution of each block of rows to the score and to each part, by leaving it out: (m, 1 + k).

    Rows, or groups, are put into ten blocks at random. The contribution of a block is its jackknife pseudo-value. The
    mean over blocks is the bias-corrected score, and their deviation over the root of their number its standard error.

    Raises
    ------
    OptionError
        If a score without a block of rows would need new fits.
    """
    recipe = recipe_of(score)
    resampled = recipe.statistic().resampled()
    if resampled is None:
        raise OptionError(
            f"test='sign-flip' has no contributions of rows for {score.metric} with these options, which need a "
            "full new score. Use test='bootstrap'."
        )
    n = recipe.data.n_samples
    units = units_of(recipe.data, groups)
    n_units = int(units.max()) + 1
    m = min(n_units, BLOCKS)
    block = (np.random.default_rng(seed).permutation(n_units) % m)[units]
    every, left_out = np.ones((1, n), dtype=np.uint16), (block != np.arange(m)[:, None]).astype(np.uint16)
    whole, without = (
        _stacked(recipe, (drawn := drawn_parts(recipe, resampled, [draws])).parts, drawn.weights)
        for draws in (every, left_out)
    )
    size = np.bincount(block, minlength=m)[:, None]
    return (size * whole + (n - size) * (whole - without)) * m / n


def _stacked(recipe: Recipe, parts: Floats, shares: Floats | None = None) -> Floats:
    """Return the score of draws (..., k), and the values of the factors if there are any: (..., 1 + k).

    Latents of two models do not correspond to each other, so values for latents are not compared one by one.
    """
    parts = np.where(np.isnan(recipe.parts), np.nan, parts)
    whole = recipe.whole(parts, shares)[..., None]
    return np.concatenate([whole, parts], axis=-1) if recipe.unit == "factor" else whole


def differences(a: Drawn, b: Drawn, level: float, n: int, seed: int) -> list[Difference]:
    """Return the differences of two models, in the score and in each factor: 1 + k in all.

    Scores of few rows are biased, and models that know as much need not have the same bias; but where what an estimate
    of the bias takes off is noisy, it finds differences between models that have the same. There a difference has to
    pass as it is seen and less its bias: the p-value is the larger of both, and the interval holds both. Elsewhere it
    has to pass less its bias. Where the two have different signs, p is 1. And it has to pass by three times what halves
    of the rows show of it on average, if that is less.

    Parameters
    ----------
    n : int
        Number of rows, or of groups of rows.
    seed : int
        Seed of the draws of what the rows set.
    """
    both = a.less(b)
    seen = both.values if both.noisy else both.center
    tested = np.stack([seen, both.center, both.in_halves.shown(seen)])
    around = both.draws - both.draws.mean(axis=0)
    if both.test == "bootstrap":
        reach = NormalDist().inv_cdf((1 + level) / 2)
        set_otherwise = np.random.default_rng([seed, FREEDOM]).standard_t(FREEDOM, size=(len(around), 1))
        chance = np.abs(around + set_otherwise * np.sqrt(both.in_halves.variance))
        # the same draws, shifted to a difference of 0
        each = [p_of((chance >= np.abs(x) - 1e-12).sum(axis=0), len(chance), exact=False) for x in tested]
    else:
        from scipy.stats import t

        reach = float(t.ppf((1 + level) / 2, len(around) - 1))
        wider = np.divide(both.error, np.sqrt(both.by_rows), out=np.ones_like(seen), where=both.by_rows > 0)
        each = [flipped_p(around * wider + x, 1 << len(around), np.random.default_rng(0))[0] for x in tested]
    # a difference with one sign as it is seen and the other less its bias shows neither, and the interval holds 0
    p = np.where(seen * both.center < 0, 1.0, np.max(each, axis=0))
    low, high = tested.min(axis=0) - reach * both.error, tested.max(axis=0) + reach * both.error
    low, high = np.clip((low, high), *both.bounds)
    effect = np.divide(seen, both.error, out=np.zeros_like(seen), where=both.error > 0)
    effect = np.where((both.error == 0) & (seen != 0), np.copysign(np.inf, seen), effect)
    columns = a.values, b.values, both.values, low, high, p, p, both.error, both.center, effect, effect / np.sqrt(n)
    table = np.array(columns).T
    table[np.isnan(both.values), 2:] = np.nan
    return [Difference(*map(float, row)) for row in table]


def check_rows(models: Mapping[str, Representation]) -> None:
    """Raise ShapeError or OptionError unless all models have the same factors on the same rows."""
    (first, one), *rest = models.items()
    for name, other in rest:
        check_row_labels(one.row_labels, other.row_labels, repr(name), repr(first))
        if one.factors is other.factors:
            continue
        if one.factors.shape != other.factors.shape:
            raise ShapeError(
                f"{first!r} has factors of shape {one.factors.shape} and {name!r} of {other.factors.shape}. Models are "
                "compared on the same rows: encode the same samples, in the same order, by each."
            )
        if one.factor_names != other.factor_names or not _same(one, other):
            raise OptionError(
                f"{first!r} and {name!r} have different factors. Models are compared on the same rows: encode the same "
                "samples, in the same order, by each. Models of different samples are compared over seeds."
            )


def _same(one: Representation, other: Representation) -> bool:
    if one.factors.dtype.kind in "fc" and other.factors.dtype.kind in "fc":
        return bool(np.array_equal(one.factors, other.factors, equal_nan=True))
    return bool(np.all(np.asarray(one.factors == other.factors)))
