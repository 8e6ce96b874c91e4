"""What a reader should know of what was measured, whichever metric is made of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ..registry import MetricSpec
from ..statistics.base import Floats, Statistic
from ..statistics.held_out import HeldOut
from ..statistics.information import JointInformation
from .few_rows import on_few_rows
from .few_test_rows import on_few_test_rows
from .on_codes import on_codes
from .on_collapsed import on_collapsed
from .on_latents import on_alike
from .sparse import on_values


def on_statistic(
    spec: MetricSpec,
    options: Mapping[str, Any],
    statistic: Statistic,
    reduce: Callable[[Any], Floats],
    parts: Floats,
) -> list[str]:
    """Return the notes that every metric carries which is made of such a statistic.

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
    notes = on_collapsed(statistic, float(np.nanmean(parts)) if leads else None, spec.options)
    if leads and options.get("one_hot") is False:
        notes += on_values(statistic.data, parts)
    if spec.measures == "compactness" and "two latents" in spec.needs:
        notes += on_alike(statistic.data, statistic.together, "latent_groups" in spec.options)
    if isinstance(statistic, JointInformation):
        notes += [*on_few_rows(statistic, spec.options), *on_codes(statistic, reduce, spec.options)]
    if isinstance(statistic, HeldOut):
        notes += on_few_test_rows(statistic, spec.options, "gap" in spec.traits)
    return notes
