"""Many tests at once: p-values that count how many there are, and letters that say which models do not differ."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def holm(p_values: ArrayLike) -> Floats:
    """Return p-values (m,) adjusted for their number by the step-down method of Holm (1979).

    With these the chance of even one false rejection among all true hypotheses stays below the level, whatever the
    tests have to do with each other. An undefined p-value is no test and stays as it is.
    """
    p = np.array(p_values, dtype=np.float64)
    tested = np.flatnonzero(~np.isnan(p))
    order = tested[np.argsort(p[tested], kind="stable")]
    times = len(order) - np.arange(len(order))
    p[order] = np.minimum(np.maximum.accumulate(times * p[order]), 1.0)
    return p


def groups_alike(differ: NDArray[np.bool_]) -> list[list[int]]:
    """Return groups of models, such that two models are in one group if, and only if, they do not differ.

    By inserting and absorbing (Piepho 2004): start from one group of all, split each group that holds two models which
    differ into one without the first and one without the second, and drop what lies within another group.

    Parameters
    ----------
    differ : ndarray of bool of shape (m, m)
        Symmetric.

    Returns
    -------
    list of list of int
        Each sorted, and in the order of their first models.
    """
    m = len(differ)
    found = [frozenset(range(m))]
    for i, j in zip(*np.nonzero(np.triu(differ, 1)), strict=True):
        split = [part for g in found for part in ((g - {int(i)}, g - {int(j)}) if {i, j} <= g else (g,))]
        split = list(dict.fromkeys(split))
        found = [g for g in split if not any(g < other for other in split)]
    return sorted(sorted(g) for g in found)
