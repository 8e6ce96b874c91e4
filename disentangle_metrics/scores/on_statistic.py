"""What a reader should know of what was measured, whichever metric is made of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from ..registry import MetricSpec
from ..statistics.base import Floats, Statistic
from ..statistics.held_out import HeldOut
from ..statistics.information import JointInformation
from ..statistics.latent_pairs import LatentPairs
from .few_rows import on_few_rows
from .few_test_rows import on_few_test_rows
from .on_codes import on_codes
from .on_collapsed import on_collapsed
from .on_latents import on_alike
from .on_plugin import on_plugin
from .score import Note, Score
from .sparse import on_values


def on_statistic(
    spec: MetricSpec,
    options: Mapping[str, Any],
    statistic: Statistic,
    reduce: Callable[[Any], Floats],
    parts: Floats,
) -> list[Note]:
    """Return the notes that every metric carries which is made of such a statistic; most are made when first read.

    Parameters
    ----------
    spec : MetricSpec
    options : mapping
        The options of the call.
    statistic : Statistic
    reduce : callable
        From a value of the statistic to the parts of the score.
    parts : ndarray of shape (n_parts,)
        The parts of the score.
    """
    leads = "gap" in spec.traits and statistic.together is None and options.get("targets") is None
    info = statistic.information if isinstance(statistic, JointInformation) else None  # and not the rows

    def when_read(score: Score) -> Iterable[str]:
        if score.recipe is None:
            return  # its notes were made before the recipe was taken away
        again = score.recipe.statistic()
        if leads and options.get("one_hot") is False:
            yield from on_values(again.data, parts)
        if spec.measures == "compactness" and "two latents" in spec.needs:
            yield from on_alike(again.data, again.together, "latent_groups" in spec.options)
        if isinstance(again, JointInformation) and info is not None:
            few = on_few_rows(again, info, spec.options)
            yield from few or ([] if "gap" in spec.traits else on_plugin(score, again, spec.options))
        if isinstance(again, (JointInformation, LatentPairs)):
            yield from on_codes(again, reduce, spec.options)

    whole = reduce if spec.unit == "whole" and statistic.quick and options.get("inactive") != "keep" else None
    notes: list[Note] = [*on_collapsed(statistic, parts if leads else None, spec.options, whole), when_read]
    if isinstance(statistic, HeldOut):
        notes += on_few_test_rows(statistic, spec.options, "gap" in spec.traits)
    return notes
