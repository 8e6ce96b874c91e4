"""One-vs-rest linear classifiers on several coordinates, fitted to their exact optimum.

The same objective as that of `lines`, with a weight for each of p coordinates:

    1/2 (|w|^2 + b^2) + C sum_i weight_i loss(+-(w x_i + b))

Newton's method in p + 1 unknowns, one class after the other. Meanwhile coordinates are centered and scaled. The penalty
is scaled too, so the optimum does not move. An offset that is large against the range then costs no digits.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .one_vs_rest import one_vs_rest
from .univariate import TIE, Loss

Floats = NDArray[np.float64]

_ROUNDING = 1e-14
_TOLERANCE = 1e-10  # limit of the last step, in decision values
_MAX_STEPS = 200
_ROWS = 1 << 14  # rows looked at together, to stay in cache
_ENOUGH = 1 << 14  # enough rows to locate the optimum roughly


class Planes(NamedTuple):
    """A plane per class.

    Attributes
    ----------
    weights : ndarray of shape (n_classes, p)
    intercept : ndarray of shape (n_classes,)
        Minus infinity for a class without a training row.
    converged : bool
    spread : float
        The largest difference of two planes over the training rows, around their means there.
    """

    weights: Floats
    intercept: Floats
    converged: bool
    spread: float


class Scaled(NamedTuple):
    """Scaled rows with a last column of ones, (n, p + 1), and the matrix that undoes the scaling of weights."""

    x: Floats
    back: Floats


def fit_planes(
    x: Floats,
    y: NDArray[np.integer],
    n_classes: int,
    loss: Loss,
    C: float,
    balanced: bool,
    row_weight: Floats | None = None,
) -> Planes:
    """Fit a one-vs-rest classifier.

    Parameters
    ----------
    x : ndarray of shape (n, p)
    y : ndarray of int of shape (n,), values 0 ... n_classes - 1
    n_classes, loss, C, balanced
        As in `lines.fit_lines`.
    row_weight : ndarray of shape (n,), optional
        The factor of C for each row.
    """
    layout = one_vs_rest(y[None], [n_classes], balanced, row_weight)
    times = 1.0 if row_weight is None else row_weight
    scaled = _scaled(x)
    few = slice(None, None, max(1, len(x) // _ENOUGH))
    weights, intercept = np.zeros((n_classes, x.shape[1])), np.full(n_classes, -np.inf)
    converged = True
    for label, own, rest in zip(layout.label, layout.own, layout.rest, strict=True):
        sign = np.where(y == label, -1.0, 1.0)
        weight = C * np.where(y == label, own, rest) * times
        start = np.zeros(x.shape[1] + 1)
        if few.step > 1:  # the start comes from a part of the rows
            start, _ = _minimize(Scaled(scaled.x[few], scaled.back), sign[few], few.step * weight[few], loss, start)
        plane, arrived = _minimize(scaled, sign, weight, loss, start)
        solved = scaled.back @ plane
        weights[label], intercept[label] = solved[:-1], solved[-1]
        converged &= arrived
    drawn = layout.label.tolist()
    if layout.zero[0] >= 0:
        intercept[layout.zero[0]] = 0.0
        drawn.append(layout.zero[0])
    center = x.mean(axis=0)
    pieces = (x[start : start + _ROWS] - center for start in range(0, len(x), _ROWS))
    spread = max(float(np.ptp(piece @ weights[drawn].T, axis=1).max()) for piece in pieces)
    return Planes(weights, intercept, converged, spread)


def predict_planes(x: Floats, planes: Planes) -> NDArray[np.intp]:
    """Return the class of each row (n, p): the highest plane, the first of those that tie."""
    predicted = np.empty(len(x), dtype=np.intp)
    for start in range(0, len(x), _ROWS):
        decision = x[start : start + _ROWS] @ planes.weights.T + planes.intercept
        best = decision.max(axis=1)
        size = 1.0 + np.abs(best)
        tie = TIE * np.minimum(size, planes.spread) + _ROUNDING * size
        predicted[start : start + _ROWS] = np.argmax(decision >= (best - tie)[:, None], axis=1)
    return predicted


def _scaled(x: Floats) -> Scaled:
    n, p = x.shape
    center = x.mean(axis=0)
    centered = x - center
    size = np.abs(centered).max(axis=0)
    scale = np.where(size > 0, size, 1.0)
    # (weights, height) in these units are (weights / scale, height - center . weights / scale) in the coordinates' own
    back = np.eye(p + 1)
    back[:p, :p] /= scale
    back[p, :p] = -center / scale
    return Scaled(np.hstack([centered / scale, np.ones((n, 1))]), back)


def _minimize(scaled: Scaled, sign: Floats, weight: Floats, loss: Loss, start: Floats) -> tuple[Floats, bool]:
    """Return the plane at the optimum (p + 1,), in scaled units, and whether Newton's method converged."""
    plane = start
    value, gradient, curvature = _state(scaled, sign, weight, loss, plane)
    for _ in range(_MAX_STEPS):
        step = -np.linalg.solve(curvature, gradient)
        moves = float(np.abs(scaled.x @ step).max())
        promised = float(gradient @ step)
        part = 1.0
        while True:
            trial = plane + part * step
            state = _state(scaled, sign, weight, loss, trial)
            if state[0] <= value + 1e-4 * part * promised + _ROUNDING * abs(value) or part < 1e-10:
                break
            part /= 2
        plane, (value, gradient, curvature) = trial, state
        if moves <= _TOLERANCE * (1.0 + float(np.abs(scaled.x @ plane).max())):
            return plane, True
    return plane, False


def _state(scaled: Scaled, sign: Floats, weight: Floats, loss: Loss, plane: Floats) -> tuple[float, Floats, Floats]:
    """Return the objective of a plane, its gradient (p + 1,) and its second derivatives (p + 1, p + 1)."""
    unscaled = scaled.back @ plane  # its rounding errors act only where the penalty is stiff, and do no harm
    value, gradient, curvature = 0.5 * float(unscaled @ unscaled), scaled.back.T @ unscaled, scaled.back.T @ scaled.back
    for start in range(0, len(sign), _ROWS):
        part = slice(start, start + _ROWS)
        x = scaled.x[part]
        height, first, second = loss(sign[part] * (x @ plane))
        value += float(weight[part] @ height)
        gradient = gradient + (weight[part] * sign[part] * first) @ x
        curvature += (x * (weight[part] * second)[:, None]).T @ x
    return value, gradient, curvature
