"""What a reader should know of what was measured, whichever metric is made of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..registry import MetricSpec
from ..statistics.base import Floats, Statistic
from ..statistics.information import JointInformation
from ..statistics.predictions import ProbeScores
from .few_rows import on_few_rows
from .few_test_rows import on_few_test_rows
from .on_codes import on_codes
from .on_collapsed import on_collapsed
from .on_latents import on_alike


def on_statistic(spec: MetricSpec, statistic: Statistic, reduce: Callable[[Any], Floats], value: float) -> list[str]:
    """Return the notes that every metric carries which is made of such a statistic.

    Parameters
    ----------
    spec : MetricSpec
    statistic : Statistic
    reduce : callable
        From a value of the statistic to the parts of the score.
    value : float
        The score.
    """
    notes = on_collapsed(spec, statistic, value)
    if spec.measures == "compactness" and "two latents" in spec.needs:
        notes += on_alike(statistic.data, statistic.together, "latent_groups" in spec.options)
    if isinstance(statistic, JointInformation):
        notes += [*on_few_rows(statistic, spec.options), *on_codes(statistic, reduce, spec.options)]
    if isinstance(statistic, ProbeScores):
        notes += on_few_test_rows(statistic, spec.options)
    return notes
