"""Latents that are numbers of codes, which bins of equal width throw together."""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import replace
from typing import Any

import numpy as np

from ..data.representation import Representation
from ..kernels.discretizing.discretizers import discretize_unique
from ..statistics.base import Floats
from ..statistics.information import JointInformation
from ..statistics.latent_pairs import LatentPairs

# Rows for each code below which codes are not counted one by one: chance would show too much.
_ROWS_PER_CODE = 5

# Rows that are looked at before all are.
_LOOKED_AT = 64

# How much the number has to move to be worth a note.
_MUCH = 0.01


def on_codes(
    statistic: JointInformation | LatentPairs, reduce: Callable[[Any], Floats], options: Container[str]
) -> list[str]:
    """Return a note if latents may be numbers of codes, share bins, and the score moves if they do not.

    Parameters
    ----------
    statistic : JointInformation or LatentPairs
    reduce : callable
        From a value of the statistic to the parts of the score.
    options : container of str
        The options of the metric.
    """
    n_bins = statistic.n_bins
    if "discretizer" not in options or not isinstance(n_bins, int) or isinstance(statistic.discretizer, tuple):
        return []
    if statistic.discretizer is discretize_unique:
        return []
    n_codes = statistic.data.remember("codes", lambda: _n_codes(statistic.data))
    if n_codes <= n_bins:
        return []
    apart: Any = replace(statistic, discretizer=discretize_unique)
    moved = np.abs(np.atleast_1d(reduce(apart.values[0])) - np.atleast_1d(reduce(statistic.values[0])))
    if not np.nan_to_num(moved).max() > _MUCH:
        return []
    return [
        f"latents are whole numbers, up to {n_codes} different ones, and share {n_bins} bins: if they number codes, "
        "take discretizer='unique'"
    ]


def _n_codes(data: Representation) -> int:
    """Return the largest number of values of a latent, if all are whole numbers with several rows each; else 0."""
    most = data.n_samples // _ROWS_PER_CODE
    n_codes = 0
    for j in np.flatnonzero(~data.inactive).tolist():
        column = data.latents[:, j]
        if column.dtype.kind == "f" and not all(np.array_equal(x, np.floor(x)) for x in (column[:_LOOKED_AT], column)):
            return 0
        n_codes = max(n_codes, len(np.unique(column)))
        if n_codes > most:
            return 0
    return n_codes
