"""The note on the score of latents without information, for metrics by which that score is not nearly the worst one."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ..registry import MetricSpec
from ..rendering.numbers import number
from .recipe import stacked
from .score import Score

# Permutations of the rows whose mean the note gives, and the seed of their orders.
_PERMUTATIONS, _SEED = 20, 0


def on_chance(spec: MetricSpec) -> list[Callable[[Score], list[str]]]:
    """Return the note on the chance level, made when it is first read; empty if chance is the worst value."""
    return [_note] if "chance" in spec.traits else []


def _note(score: Score) -> list[str]:
    """Return the mean score of the same latents beside permuted rows of the factors, at the size of these data."""
    recipe = score.recipe
    if score.chance is not None or recipe is None or recipe.no_chance:
        return []  # the level stands beside the number, or there is none
    permuted = recipe.recounted() if recipe.data.weights is None else None
    if permuted is None and recipe.data.weights is None and recipe.statistic().quick:
        permuted = recipe.refitted()
    if permuted is None:
        beside = "" if recipe.data.weights is None else ", without sample_weight"
        return [
            "latents without information do not score the worst value by this metric: compare the score with its "
            f"chance level (chance=True{beside})"
        ]
    rng = np.random.default_rng(_SEED)
    drawn = [permuted(recipe.order(rng)) for _ in range(_PERMUTATIONS)]
    values = recipe.whole(np.stack([draw.parts for draw in drawn]), stacked(draw.weights for draw in drawn))
    return [
        f"latents without information score {number(float(values.mean()), 2)} here: the mean of {_PERMUTATIONS} "
        "permutations of the rows. chance=True shows how far they vary"
    ]
