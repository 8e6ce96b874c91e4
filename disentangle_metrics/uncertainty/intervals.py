"""Intervals for the score of infinitely many rows."""

from __future__ import annotations

from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..rendering.numbers import IN_WORDS, number
from ..scores.attachments import Interval
from ..scores.recipe import Recipe
from ..scores.score import Score
from .replicates import Case, recipe_of, replicates_of

Floats = NDArray[np.float64]

# A deviation that is a rounding error.
_NOTHING = 1e-12
# Fewer groups than this are too few to estimate how groups differ.
_FEW_GROUPS = 20


def with_interval(
    score: Score,
    confidence: float,
    n_boot: int | None,
    random_state: int | np.random.Generator | None,
    groups: NDArray[np.intp] | None,
) -> Score:
    """Return the score with an interval for the score and for each factor.

    The interval is the bias-corrected score, plus and minus the standard deviation of the draws times the normal
    quantile of the level. A gap is never below 0, so gaps of equally good latents come out above 0, and their mean is
    not spread around 0 either. So for the lower end, a factor whose own interval reaches 0 counts as 0. So does a
    factor that differs from 0 only because of the bias correction, and one whose best latent may be the best by
    chance. Gaps that may be negative, as those of latents chosen on other rows, are not changed.
    """
    recipe = recipe_of(score)
    if not np.isfinite(float(score)):
        return score.noted(f"no interval: the score is {number(float(score), undefined=IN_WORDS)}")
    drawn = replicates_of(score, n_boot, random_state, groups, around_center=True)
    if drawn.refusal:
        return score.noted(f"no interval: {drawn.refusal}")
    if drawn.n_infinite:
        share = f"{drawn.n_infinite} of {len(drawn.values)}"
        return score.noted(f"no interval: the scores of {share} draws of rows are infinite. Pass more rows")
    reach = NormalDist().inv_cdf((1 + confidence) / 2)
    error = float(np.std(drawn.values, ddof=1))
    errors = drawn.per_factor.std(axis=0, ddof=1)
    middle, is_level = drawn.middle_per_factor, drawn.level(reach)
    value = float(recipe.whole(middle))
    cases = drawn.cases or (Case(value, error, middle, errors, float(recipe.whole(np.where(is_level, 0.0, middle)))),)
    around = _ends(recipe, reach, *((case.value, case.error, case.least) for case in cases))
    parts = _ends(recipe, reach, *((case.parts, case.errors, case.parts) for case in cases))
    parts[is_level, 0] = 0.0
    interval = Interval(
        low=float(around[0]),
        high=float(around[1]),
        level=confidence,
        method=drawn.method,
        **recipe.by_unit(per_factor=tuple((float(a), float(b)) for a, b in parts)),
        center=float(np.clip(drawn.center, *around)) if drawn.cases else drawn.center,
        middle=float(np.clip(cases[0].value, *recipe.bounds)),
        **recipe.by_unit(per_factor_center=tuple(map(float, drawn.center_per_factor))),
        standard_error=error,
        n_boot=len(drawn.values),
        random_state=drawn.random_state,
    )
    notes = [*drawn.notes, *_notes(score, interval, errors, recipe.as_zero, groups)]
    return score.replace(interval=interval).noted(*notes)


def _ends(recipe: Recipe, reach: float, *cases: tuple[Any, Any, Any]) -> Floats:
    """Return the ends (..., 2) that hold every case, given value, standard error, and value for the lower end."""
    low = np.min([least - reach * error for _, error, least in cases], axis=0)
    high = np.max([value + reach * error for value, error, _ in cases], axis=0)
    return np.asarray(np.clip(np.stack([low, high], axis=-1), *recipe.bounds))


def _notes(
    score: Score, interval: Interval, errors: Floats, as_zero: tuple[int, ...], groups: NDArray[np.intp] | None
) -> list[str]:
    notes = []
    value = float(score)
    if not interval.low <= value <= interval.high and not np.isnan(value):
        side = "low" if value < interval.low else "high"
        notes.append(
            f"with so few rows the score is too {side}: the corrected score, {interval.center:.4f}, and the interval "
            "are for infinitely many rows"
        )
    same = [name for k, name in enumerate(score.parts()) if errors[k] < _NOTHING and k not in as_zero]
    if (interval.standard_error or 0.0) < _NOTHING:
        notes.append("every draw scored the same, so the interval has no width")
    elif same:
        notes.append(f"every draw gave {', '.join(same)} the same value, whose own interval has no width")
    if groups is not None:
        n_groups = int(groups.max()) + 1
        notes.append(f"rows of {n_groups} groups were drawn together")
        if n_groups < _FEW_GROUPS:
            notes.append(f"{n_groups} groups are too few to show how groups differ: the interval is usually too narrow")
    return notes
