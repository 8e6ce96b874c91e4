"""Compiled prediction by the largest line, looked up between the points where the largest line changes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..linear.newton import Floats
from ..linear.univariate import _ROUNDING, TIE, Lines
from ..probes.interval_lookup import _RANGES
from .compiling import njit
from .threads import each, shares

_LOW, _HIGH = _RANGES
# Fewest rows and lines together for a thread of its own.
_SHARE = 1 << 17


def lines_right(
    fits: Sequence[Lines], x: Floats, y: NDArray[np.integer], n_classes: int, weight: Floats | None = None
) -> NDArray[np.int64]:
    """Return the number of rows of each class that each latent predicts right by its lines: see the numpy kernel."""
    if weight is not None or not n_classes:  # row by row
        return NotImplemented  # type: ignore[no-any-return]
    (d, n_strengths), k = fits[0].slope.shape[:2], len(fits)
    sizes = np.array([lines.slope.shape[2] for lines in fits])
    slope = np.zeros((d, n_strengths, k, sizes.max()))
    intercept = np.full_like(slope, -np.inf)
    spread = np.empty((d, n_strengths, k))
    for i, lines in enumerate(fits):
        slope[:, :, i, : sizes[i]], intercept[:, :, i, : sizes[i]] = lines.slope, lines.intercept
        spread[:, :, i] = lines.spread
    labels = y if y.dtype == np.int8 else y.astype(np.int32)
    right = np.zeros((d, n_strengths, k, n_classes), dtype=np.int64)

    def predict(start: int, stop: int) -> None:
        for j in range(start, stop):
            _predict(np.ascontiguousarray(x[j]), labels, slope[j], intercept[j], spread[j], sizes, right[j])

    each(predict, shares(d, _SHARE // (x.shape[1] * k + 1) + 1))
    return right


@njit(cache=True, nogil=True)
def _predict(x, labels, slope, intercept, spread, sizes, right):  # type: ignore[no-untyped-def]
    """Count the rows of one latent (n,) that each classifier (n_strengths, k) gets right."""
    n = len(x)
    low, high = x.min(), x.max()
    # the number of cells for which their ends take about as much time as the rows of ten undecided cells
    n_cells = int(np.sqrt(20.0 * n))
    if 2 * n_cells > n or not _LOW < high / 2 - low / 2 < _HIGH:
        n_cells = 0
    cell = np.zeros(n, dtype=np.uint32)
    ends = np.empty(n_cells + 1)
    if n_cells:
        width = (high - low) / n_cells
        for i in range(n_cells):
            ends[i] = low + width * i
        ends[n_cells] = high
        scale = n_cells / (high - low)
        for i in range(n):
            place = min(int((x[i] - low) * scale), n_cells - 1)
            # rounding may move a value beyond the end of its cell, and a class may start exactly there
            place -= x[i] < ends[place]
            place += x[i] > ends[place + 1]
            cell[i] = place
    answer = np.full(n_cells + 1, -1, dtype=np.int32)
    for s in range(len(slope)):
        for k in range(len(sizes)):
            w, b = slope[s, k, : sizes[k]], intercept[s, k, : sizes[k]]
            if n_cells:
                before = _class(ends[0], w, b, spread[s, k])
                for i in range(n_cells):
                    after = _class(ends[i + 1], w, b, spread[s, k])
                    answer[i] = before if before == after else -1
                    before = after
            for i in range(n):
                predicted = answer[cell[i]]
                if predicted < 0:
                    predicted = _class(x[i], w, b, spread[s, k])
                label = labels[k, i]
                if predicted == label:
                    right[s, k, label] += 1


@njit(cache=True, nogil=True)
def _class(value, slope, intercept, spread):  # type: ignore[no-untyped-def]
    """Return the class with the largest line, the first one if lines tie, as `predict_lines` does."""
    best = _largest(value, slope, intercept)
    size = 1.0 + abs(best)
    least = best - (TIE * min(size, spread) + _ROUNDING * size)
    for c in range(len(slope)):
        if slope[c] * value + intercept[c] >= least:
            return c
    return -1


@njit(cache=True, nogil=True, fastmath={"nnan", "nsz"})
def _largest(value, slope, intercept):  # type: ignore[no-untyped-def]
    """Return the largest line at a value. No line is NaN, so that several are compared at a time."""
    best = -np.inf
    for c in range(len(slope)):
        best = max(best, slope[c] * value + intercept[c])
    return best
