"""Additions to a score: its interval, its chance level, and its ceiling."""

from __future__ import annotations

from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from ..scores.attachments import Context
from ..scores.score import Score
from .ceiling import adjust, with_ceiling
from .chance import with_chance
from .intervals import with_interval
from .replicates import Replicates, group_codes, recipe_of, replicates

__all__ = ["Replicates", "replicates", "with_context"]


def with_context(score: Score, context: Context) -> Score:
    """Return a score with the requested additions."""
    recipe = recipe_of(score)
    settings: dict[str, object] = {}
    if context.confidence is not None:
        groups = None if context.groups is None else group_codes(context.groups, recipe.data.n_samples)
        score = with_interval(score, context.confidence, context.n_boot, context.random_state, groups)
        ends = score.interval
        if ends is not None:
            settings |= {"confidence": ends.level, "interval": ends.method, "n_boot": ends.n_boot}
            settings |= {"interval_seed": ends.random_state}
            settings |= {} if groups is None else {"groups": _told(groups)}
    if context.chance or context.adjusted:
        score = with_chance(score, context.n_permutations, context.random_state)
        if score.null is not None:
            settings |= {"n_permutations": score.null.n_permutations, "chance_seed": score.null.random_state}
    if context.ceiling or context.adjusted:
        score = with_ceiling(score)
    if context.adjusted:
        score = adjust(score)
    return score.replace(settings={**score.settings, **settings}) if settings else score


def _told(groups: NDArray[np.intp]) -> str:
    """Return the text that identifies groups of rows: their number and checksum."""
    return f"{groups.max() + 1} groups, sha256 {sha256(groups.astype('<i8').tobytes()).hexdigest()[:8]}"
