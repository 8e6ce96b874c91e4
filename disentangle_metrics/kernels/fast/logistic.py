"""Compiled logistic lines: sums over the rows of each class, and Newton's method on nodes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..linear.logistic import _SAFE_STEP, Latents
from ..linear.newton import Floats
from ..linear.one_vs_rest import OneVsRest
from .compiling import njit
from .exponential import exp_below_zero
from .newton import ARRIVED, HEIGHT, N_PLACES, SLOPE, begin, tell


def own_totals(x: Floats, y: OneVsRest) -> Floats:
    """Return sum and number of the rows of each line's own class: see the numpy kernel."""
    if y.weight is not None:
        return NotImplemented  # type: ignore[no-any-return]
    labels = y.y if y.y.dtype == np.int8 else y.y.astype(np.int32)
    largest = max(map(len, y.line_of))
    return np.stack([_class_totals(values, labels, largest)[:, y.factor, y.label] for values in x])


@njit(cache=True, nogil=True)
def _class_totals(x, labels, n_classes):  # type: ignore[no-untyped-def]
    """Return sum and number of the rows of each class of each factor (k, n): (2, k, n_classes)."""
    totals = np.zeros((2, len(labels), n_classes))
    for k in range(len(labels)):
        for i in range(len(x)):
            totals[0, k, labels[k, i]] += x[i]
            totals[1, k, labels[k, i]] += 1.0
    return totals


def descend(latents: Latents, start: Floats, tolerance: float, max_steps: int) -> tuple[Floats, NDArray[np.bool_]]:
    """Return the lines with the least loss over the nodes, and whether each fit converged: see the numpy kernel."""
    if any(not np.array_equal(problems.own, problems.rest) for problems in latents.problems):
        return NotImplemented  # type: ignore[no-any-return]
    line, arrived = np.array(start.swapaxes(0, 1), order="C"), np.zeros(start.shape[1:], dtype=np.bool_)
    for i, (problems, nodes) in enumerate(zip(*latents, strict=True)):
        place = problems.center, problems.low, problems.high
        sums = nodes.x, nodes.weights, np.ascontiguousarray(problems.totals), problems.rest
        _descend(*sums, *place, tolerance, max_steps, line[i], arrived[i])
    return line.swapaxes(0, 1), arrived


@njit(cache=True, nogil=True)
def _descend(x, weights, totals, weight, center, low, high, tolerance, max_steps, line, arrived):  # type: ignore[no-untyped-def]
    """Move each line (2, m) to its optimum."""
    memory, first, second = np.empty(N_PLACES), np.empty(len(x)), np.empty(len(x))
    w0, w1, w2 = weights[:, 0].copy(), weights[:, 1].copy(), weights[:, 2].copy()
    for i in range(line.shape[1]):
        begin(memory, line[0, i], line[1, i])
        going = True
        while going:
            _logistic(x, memory[SLOPE], memory[HEIGHT], first, second)
            g_w, g_h, h_ww, h_wh, h_hh = _weighted_sums(w0, w1, w2, first, second)
            c = weight[i]
            going = tell(
                memory, c * (g_w - totals[0, i]), c * (g_h - totals[1, i]), c * max(h_ww, 0.0), c * h_wh,
                c * max(h_hh, 0.0), center, low, high, _SAFE_STEP, tolerance, max_steps,
            )  # fmt: skip
        line[0, i], line[1, i] = memory[SLOPE], memory[HEIGHT]
        arrived[i] = memory[ARRIVED] > 0


# Division as in numpy: a check for zero would prevent vectorization
@njit(cache=True, nogil=True, error_model="numpy")
def _logistic(x, slope, height, first, second):  # type: ignore[no-untyped-def]
    """Write the first and the second derivative of log(1 + exp(m)) at every node into `first` and `second`."""
    for i in range(len(x)):
        m = slope * x[i] + height
        decay = exp_below_zero(-abs(m))
        share = 1.0 / (1.0 + decay)
        first[i] = share if m >= 0.0 else decay * share
        second[i] = decay * share * share


@njit(cache=True, nogil=True, fastmath={"reassoc", "nsz", "contract"})
def _weighted_sums(w0, w1, w2, first, second):  # type: ignore[no-untyped-def]
    """Return the derivatives of the loss by slope and height, first and second."""
    g_w, g_h, h_ww, h_wh, h_hh = 0.0, 0.0, 0.0, 0.0, 0.0
    for i in range(len(first)):
        g_h += first[i] * w0[i]
        g_w += first[i] * w1[i]
        h_hh += second[i] * w0[i]
        h_wh += second[i] * w1[i]
        h_ww += second[i] * w2[i]
    return g_w, g_h, h_ww, h_wh, h_hh
