"""The note on a score that moves with the information that few rows show by chance, with its advice."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import replace

from ..kernels.entropy.table import ENTROPIES
from ..rendering.numbers import number
from ..statistics.information import JointInformation
from .score import Score

# How much the score has to move to be worth a note.
_MUCH = 0.02
# Information above so many times that of independent latents is not chance. Without any there is nothing to correct.
_CLEAR = 2.0


def on_plugin(score: Score, statistic: JointInformation, options: Container[str]) -> list[str]:
    """Return a note with the score by corrected entropies, if it is another.

    Parameters
    ----------
    score : Score
        With its recipe.
    statistic : JointInformation
        The plug-in information that the score was made of.
    options : container of str
        The options of the metric, which are all that a note can advise.
    """
    recipe, info = score.recipe, statistic.information
    if recipe is None or "entropy" not in options or statistic.entropy is not ENTROPIES["plugin"]:
        return []
    weight = recipe.data.weights_of()
    if (weight is not None and weight.dtype.kind == "f") or not (info.mutual > _CLEAR * info.by_chance).any():
        return []
    corrected = replace(statistic, entropy=ENTROPIES["miller-madow"]).values[0]
    weights = None if recipe.weigh is None else recipe.weigh(corrected)
    value = float(recipe.whole(recipe.reduce(corrected), weights))
    if not abs(value - float(score)) > _MUCH:
        return []
    side = "lowers" if value > float(score) else "raises"
    return [
        f"information that few rows show by chance {side} the score: with entropy='miller-madow', which corrects it, "
        f"the score is {number(value, 2)}"
    ]
