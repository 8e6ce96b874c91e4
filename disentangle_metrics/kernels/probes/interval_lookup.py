"""Prediction from a single latent for many rows, by the predictions at the ends of short intervals.

If a rule gives each class one interval of the latent, and both ends of a cell have the same class, then the whole cell
has it. That holds for cuts, and for the largest of several lines, since a line is the largest on one interval. So the
rule is evaluated at the ends of equal cells, and at the rows of the cells whose ends differ.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]
Rule = Callable[[Floats], Codes]

FEW = 1024  # up to this many rows, the rule is evaluated at each row
_RANGES = 1e-290, 1e290  # ranges that can be cut into cells within float64


def predictions(x: Floats, rules: Sequence[Rule]) -> Iterator[Codes]:
    """Yield the classes of the values by each rule.

    Parameters
    ----------
    x : ndarray of shape (n,)
    rules : sequence of callable
        Each takes values and returns their classes; the values of a class form an interval.
    """
    low, high = x.min(), x.max()
    if low == high:
        yield from (np.full(len(x), rule(x[:1])[0]) for rule in rules)
        return
    if len(x) <= FEW or not _RANGES[0] < high / 2 - low / 2 < _RANGES[1]:
        yield from (rule(x) for rule in rules)
        return
    # the number of cells for which their ends take about as much time as the rows of ten undecided cells
    n_cells = int(np.sqrt(20 * len(x)))
    ends = np.linspace(low, high, n_cells + 1)
    cell = np.minimum(((x - low) * (n_cells / (high - low))).astype(np.intp), n_cells - 1)
    # rounding may move a value beyond the end of its cell, and a class may start exactly there
    cell -= x < ends[cell]
    cell += x > ends[cell + 1]
    for rule in rules:
        at_ends = rule(ends)
        predicted = np.where(at_ends[:-1] == at_ends[1:], at_ends[:-1], -1)[cell]
        left = np.flatnonzero(predicted < 0)
        predicted[left] = rule(x[left])
        yield predicted
