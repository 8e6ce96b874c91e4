"""Two models on the same rows: their scores on the same resampled rows, and the contributions of rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...data.kinds import FactorKinds
from ...data.representation import Representation
from ...errors import OptionError, ShapeError
from ...evaluation import Options, evaluate
from ...kernels.resampling.permutation_tests import flipped_p, p_of
from ...scores.recipe import Recipe
from ...scores.score import Score
from ...uncertainty.replicates import drawn_parts, group_codes, recipe_of, replicates_of
from .difference import Difference

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
    """

    values: Floats
    center: Floats
    draws: Floats
    bounds: tuple[float, float]
    noisy: bool = True


def scored(
    data: Representation, metric: str, protocol: str | None, options: Options | None, factor_kinds: FactorKinds
) -> Score:
    """Return a model's score, with its recipe."""
    score = evaluate(data, None, metric, protocol=protocol, options=options, factor_kinds=factor_kinds)[metric]
    recipe_of(score)
    return score


def drawn(score: Score, test: str, n_boot: int | None, seed: int, groups: ArrayLike | None) -> Drawn:
    """Return what a test needs of one model; with the same seed the same rows are drawn of every model."""
    recipe = recipe_of(score)
    values = _stacked(recipe, recipe.parts[None])[0]
    values[0] = float(score)
    if test == "bootstrap":
        made = replicates_of(score, n_boot, seed, groups)
        center = _stacked(recipe, made.center_per_factor[None])[0]
        return Drawn(values, center, _stacked(recipe, made.per_factor), recipe.bounds, made.noisy)
    added = contributions(score, seed, groups)
    return Drawn(values, added.mean(axis=0), added, recipe.bounds)


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
    units = np.arange(n) if groups is None else group_codes(groups, n)
    n_units = int(units.max()) + 1
    m = min(n_units, BLOCKS)
    block = (np.random.default_rng(seed).permutation(n_units) % m)[units]
    every, left_out = np.ones((1, n), dtype=np.uint16), (block != np.arange(m)[:, None]).astype(np.uint16)
    whole, without = (_stacked(recipe, drawn_parts(recipe, resampled, [w])[0]) for w in (every, left_out))
    size = np.bincount(block, minlength=m)[:, None]
    return (size * whole + (n - size) * (whole - without)) * m / n


def _stacked(recipe: Recipe, parts: Floats) -> Floats:
    """Return the score of draws (r, k), and the values of the factors if there are any: (r, 1 + k).

    Latents of two models do not correspond to each other, so values for latents are not compared one by one.
    """
    parts = np.where(np.isnan(recipe.parts), np.nan, parts)
    whole = recipe.whole(parts)
    return np.column_stack([whole, parts]) if recipe.unit == "factor" else whole[:, None]


def differences(a: Drawn, b: Drawn, test: str, level: float, n: int) -> list[Difference]:
    """Return the differences of two models, in the score and in each factor: 1 + k in all.

    Scores of few rows are biased, and models that know as much need not have the same bias; but where what an estimate
    of the bias takes off is noisy, it finds differences between models that have the same. There a difference has to
    pass as it is seen and less its bias: the p-value is the larger of both, and the interval holds both. Elsewhere it
    has to pass less its bias.

    Parameters
    ----------
    n : int
        Number of rows, or of groups of rows.
    """
    apart = a.draws - b.draws
    value, center = a.values - b.values, a.center - b.center
    tested = np.stack([value if a.noisy or b.noisy else center, center])
    if test == "bootstrap":
        error = apart.std(axis=0, ddof=1)
        reach = NormalDist().inv_cdf((1 + level) / 2)
        chance = np.abs(apart - apart.mean(axis=0))
        # the same draws, shifted to a difference of 0
        both = [p_of((chance >= np.abs(x) - 1e-12).sum(axis=0), len(apart), exact=False) for x in tested]
    else:
        from scipy.stats import t

        error = apart.std(axis=0, ddof=1) / np.sqrt(len(apart))
        reach = float(t.ppf((1 + level) / 2, len(apart) - 1))
        moved = (apart - apart.mean(axis=0) + x for x in tested)
        both = [flipped_p(parts, 1 << len(apart), np.random.default_rng(0))[0] for parts in moved]
    p = np.maximum(*both)
    widest = max(a.bounds[1], b.bounds[1]) - min(a.bounds[0], b.bounds[0])
    low, high = np.clip((tested.min(axis=0) - reach * error, tested.max(axis=0) + reach * error), -widest, widest)
    effect = np.divide(tested[0], error, out=np.zeros_like(value), where=error > 0)
    effect = np.where((error == 0) & (tested[0] != 0), np.copysign(np.inf, tested[0]), effect)
    columns = a.values, b.values, value, low, high, p, p, error, center, effect, effect / np.sqrt(n)
    table = np.array(columns).T
    table[np.isnan(value), 2:] = np.nan
    return [Difference(*map(float, row)) for row in table]


def check_rows(models: Mapping[str, Representation]) -> None:
    """Raise ShapeError or OptionError unless all models have the same factors on the same rows."""
    (first, one), *rest = models.items()
    for name, other in rest:
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
