"""Prediction from a single latent for many rows, by looking at the ends of short intervals.

A rule that gives each class one interval of the latent gives all of an interval the class that it gives both ends. That
holds for the largest of some lines, since the rows that a line wins are those where it is above every other, and for
cuts. So the rule is asked at the ends of equal cells, and for the rows of those cells alone whose ends differ.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]
Rule = Callable[[Floats], Codes]

FEW = 1024  # rows, which are asked for one by one
_RANGES = 1e-290, 1e290  # that can be cut into cells within float64


def predictions(x: Floats, rules: Sequence[Rule]) -> Iterator[Codes]:
    """Yield the classes of the values by each rule.

    Parameters
    ----------
    x : ndarray of shape (n,)
    rules : sequence of callable
        Each takes values and returns their classes; the values of a class are an interval.
    """
    low, high = x.min(), x.max()
    if low == high:
        yield from (np.full(len(x), rule(x[:1])[0]) for rule in rules)
        return
    if len(x) <= FEW or not _RANGES[0] < high / 2 - low / 2 < _RANGES[1]:
        yield from (rule(x) for rule in rules)
        return
    # as many cells as make asking at their ends about as dear as asking for the rows of ten that are left open
    n_cells = int(np.sqrt(20 * len(x)))
    ends = np.linspace(low, high, n_cells + 1)
    cell = np.minimum(((x - low) * (n_cells / (high - low))).astype(np.intp), n_cells - 1)
    # rounding may have put a value beyond the end of its cell, and a class may start just there
    cell -= x < ends[cell]
    cell += x > ends[cell + 1]
    for rule in rules:
        found = rule(ends)
        predicted = np.where(found[:-1] == found[1:], found[:-1], -1)[cell]
        left = np.flatnonzero(predicted < 0)
        predicted[left] = rule(x[left])
        yield predicted
