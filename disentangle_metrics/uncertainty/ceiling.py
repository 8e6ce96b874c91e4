"""Ceiling: the score of the perfect representation of the same factors under the same options."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from ..data.representation import Representation
from ..scores.attachments import Ceiling
from ..scores.recipe import Recipe
from ..scores.score import Score
from .perfect_codes import code_of_values, incomplete_codes, perfect_code, reordered_codes
from .replicates import recipe_of

# A score and its ceiling are equal if they differ by rounding only.
_ROUNDING = 1e-9

# How much more another order of labels has to score to be worth a note: a few test rows make less.
_WORTH_A_NOTE = 0.02

# What may bring a ceiling above chance, by the option that a metric needs for it.
_MENDS = {"n_bins": "other bins", "probe": "another probe"}


def with_ceiling(score: Score) -> Score:
    """Return the score with its ceiling, or with a note that says why there is none.

    Other codes are tried too: the same labels in another order, and a code without one of two factors that depend on
    each other. A note says so where the score, or one of these, passes the ceiling.
    """
    recipe = recipe_of(score)
    if recipe.no_ceiling:
        return score.noted(f"no ceiling: {recipe.no_ceiling}")
    data = recipe.data
    best = recipe.again(code_of_values(data) if recipe.of_values else perfect_code(data))
    per_factor = () if best.per_factor is None else tuple(best.per_factor.tolist())
    ceiling = Ceiling(float(best), per_factor, recipe.most(data) if recipe.most else None)
    if _beats(float(score), ceiling.value, recipe):
        score = score.noted(f"the score is above the ceiling, {best:.4f}, so the ceiling is not a bound here")
    relabeled = np.nan if recipe.of_values else _best_of(recipe, reordered_codes(data))
    if _beats(relabeled, ceiling.value, recipe, _WORTH_A_NOTE):
        score = score.noted(
            f"the ceiling is not a bound: the perfect representation scores {best:.4f} with the labels in their order, "
            f"and {relabeled:.4f} with the labels in another order"
        )
    incomplete = _best_of(recipe, incomplete_codes(data))
    if _beats(incomplete, ceiling.value, recipe):
        ceiling = replace(ceiling, passed_by=incomplete)
        score = score.noted(
            f"the ceiling is not a bound: factors depend on each other, and a representation without one of them "
            f"scores {incomplete:.4f}, the perfect representation {best:.4f}"
        )
    return score.replace(ceiling=ceiling)


def _best_of(recipe: Recipe, codes: Iterable[Representation]) -> float:
    """Return the best score of some codes, NaN if there are none."""
    scores = [float(recipe.again(code)) for code in codes]
    return (max if recipe.higher_is_better else min)(scores, default=np.nan)


def _beats(one: float, other: float, recipe: Recipe, margin: float = _ROUNDING) -> bool:
    """Whether a score is better than another one by more than a margin, which is that of rounding as a rule."""
    return (one - other if recipe.higher_is_better else other - one) > margin


def adjust(score: Score) -> Score:
    """Return the score with (score - chance) / (ceiling - chance), or with a note that says why there is none."""
    if score.ceiling is None or score.chance is None:
        return score.noted("not adjusted: there is no ceiling")
    span = score.ceiling.value - score.chance
    if not span > _ROUNDING:
        mends = ["more rows", *(words for option, words in _MENDS.items() if option in score.settings)]
        return score.noted(
            f"not adjusted: the ceiling, {score.ceiling.value:.4f}, is not above chance, {score.chance:.4f}. Take "
            f"{' or '.join(mends)}"
        )
    if _beats(float(score), score.ceiling.value, recipe_of(score)):
        return score.noted("not adjusted: the score is above the ceiling")
    if score.ceiling.passed_by is not None:
        return score.noted("not adjusted: a representation without one of the factors is above the ceiling")
    return score.replace(adjusted=min(1.0, (float(score) - score.chance) / span))
