"""Latents that say nothing by their posterior, though their means move by a hair."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..data.posterior import COLLAPSED, Posterior
from ..errors import DisentangleError
from ..reductions.gaps import top_two_gap
from ..statistics.base import Floats, Statistic
from .on_latents import some_names

# How far inactive latents have to move a score to be worth a note.
_MUCH = 0.01


def on_collapsed(statistic: Statistic, value: float | None) -> list[str]:
    """Return a note on latents whose posterior is nearly the prior, where they move the score.

    Parameters
    ----------
    statistic : Statistic
    value : float or None
        The score, if it is made of the leads of the best latents.
    """
    data = statistic.data
    if not isinstance(data, Posterior):
        return []
    try:
        collapsed = data.collapsed
    except DisentangleError as error:
        return [f"log-variances cannot be used, so inactive latents are not counted: {error}"]
    found = np.flatnonzero(collapsed & ~data.inactive).tolist()
    if not found:
        return []
    below = f"KL from the prior below {COLLAPSED:g} nats"
    if collapsed.all():
        return [f"every latent is inactive ({below}): the encoder tells nothing of its input"]
    moved = ""
    if value is not None:
        change = _change(statistic.matrix, collapsed)
        if not abs(change * value) > _MUCH:
            return []
        moved = f"; without them the score is {abs(change):.0%} {'higher' if change > 0 else 'lower'}"
    are = "latent is" if len(found) == 1 else "latents are"
    return [f"{len(found)} of {data.n_latents} {are} inactive ({below}: {', '.join(some_names(data, found))}){moved}"]


def _change(matrix: Floats, collapsed: NDArray[np.bool_]) -> float:
    """Return by which share the mean gap grows if collapsed latents are left out."""
    known = matrix[:, ~np.isnan(matrix).all(axis=0)]
    with_all = float(top_two_gap(np.maximum(known, 0.0)).mean())
    without = float(top_two_gap(np.where(collapsed[:, None], 0.0, np.maximum(known, 0.0))).mean())
    return (without - with_all) / with_all if with_all > 0 else 0.0
