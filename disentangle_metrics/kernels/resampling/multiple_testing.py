"""Multiple tests: p-values adjusted for the number of tests, and groups of models that do not differ."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def holm(p_values: ArrayLike) -> Floats:
    """Return p-values (m,) adjusted for their number by the step-down method of Holm (1979).

    With adjusted p-values the probability of at least one false rejection stays below the level, whatever the
    dependence of the tests. An undefined p-value is no test and stays undefined.
    """
    p = np.array(p_values, dtype=np.float64)
    tested = np.flatnonzero(~np.isnan(p))
    order = tested[np.argsort(p[tested], kind="stable")]
    times = len(order) - np.arange(len(order))
    p[order] = np.minimum(np.maximum.accumulate(times * p[order]), 1.0)
    return p


def groups_alike(differ: NDArray[np.bool_]) -> list[list[int]]:
    """Return groups of models, such that two models are in one group if, and only if, they do not differ.

    By insertion and absorption (Piepho 2004): start from one group of all models. Split each group that holds two
    models that differ into a group without the first and a group without the second. Drop a group within another group.

    Parameters
    ----------
    differ : ndarray of bool of shape (m, m)
        Symmetric.

    Returns
    -------
    list of list of int
        Sorted groups, in the order of their first models.
    """
    m = len(differ)
    groups = [frozenset(range(m))]
    for i, j in zip(*np.nonzero(np.triu(differ, 1)), strict=True):
        split = [part for g in groups for part in ((g - {int(i)}, g - {int(j)}) if {i, j} <= g else (g,))]
        split = list(dict.fromkeys(split))
        groups = [g for g in split if not any(g < other for other in split)]
    return sorted(sorted(g) for g in groups)
