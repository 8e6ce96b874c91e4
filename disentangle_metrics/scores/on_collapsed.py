"""Latents that say nothing by their posterior, though their means move by a hair."""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..data.collapsed import LEAST_KL, collapsed, silenced
from ..data.posterior import Posterior
from ..errors import DisentangleError
from ..reductions.gaps import top_two_gap
from ..rendering.numbers import number
from ..statistics.base import Floats, Statistic
from .on_latents import some_names

# How far inactive latents have to move a score to be worth a note.
_MUCH = 0.01


def on_collapsed(
    statistic: Statistic, parts: Floats | None, options: Container[str], whole: Callable[[Any], Floats] | None = None
) -> list[str]:
    """Return a note on latents whose posterior is nearly the prior, where they move the score.

    Parameters
    ----------
    statistic : Statistic
    parts : ndarray of shape (n_parts,) or None
        The parts of the score, if they are leads of the best latents.
    options : container of str
        The options of the metric.
    whole : callable, optional
        From a value of the statistic to the score, if that is one number that is soon computed again.
    """
    data = statistic.data
    if not isinstance(data, Posterior):
        return []
    try:
        still = collapsed(data)
    except DisentangleError as error:
        return [f"log-variances cannot be used, so inactive latents are not counted: {error}"]
    below = f"KL from the prior below {LEAST_KL:g} nats"
    if still.all():
        return [f"every latent is inactive ({below}): the encoder tells nothing of its input"]
    found = np.flatnonzero(still & ~data.inactive).tolist()
    if not found:
        return []
    moved = ""
    if parts is not None:
        change = _change(statistic.matrix, still)
        if not abs(change * np.nanmean(parts)) > _MUCH:
            return []
        moved = f"; without them the score is {abs(change):.0%} {'higher' if change > 0 else 'lower'}"
        moved += " (inactive='collapsed')" if "inactive" in options else ""
    elif whole is not None and "inactive" in options:
        without = replace(statistic, data=silenced(data))
        moved = f"; without them the score is {number(float(whole(without.values[0])[0]))} (inactive='collapsed')"
    are = "latent is" if len(found) == 1 else "latents are"
    return [f"{len(found)} of {data.n_latents} {are} inactive ({below}: {', '.join(some_names(data, found))}){moved}"]


def _change(matrix: Floats, still: NDArray[np.bool_]) -> float:
    """Return by which share the mean gap grows if inactive latents are left out."""
    known = matrix[:, ~np.isnan(matrix).all(axis=0)]
    with_all = float(top_two_gap(np.maximum(known, 0.0)).mean())
    without = float(top_two_gap(np.where(still[:, None], 0.0, np.maximum(known, 0.0))).mean())
    return (without - with_all) / with_all if with_all > 0 else 0.0
