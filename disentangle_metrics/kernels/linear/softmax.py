"""Multinomial logistic regression on several coordinates, fitted to its exact optimum.

The planes, one per class, minimize, with an intercept that is not penalized,

    C sum_i weight_i (log sum_c exp(w_c x_i + b_c) - (w_{y_i} x_i + b_{y_i})) + 1/2 sum_c |w_c|^2

which is the objective of scikit-learn's ``LogisticRegression``; with two classes, as there, a single plane is the
difference of the two and its weights are penalized once. Newton's method in all K (p + 1) unknowns. Its second
derivatives are one matrix product: products of two probabilities times products of two coordinates, summed over rows.
The start comes from a part of the rows, so that few steps read all of them.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..columns.weighted_counts import totals

Floats = NDArray[np.float64]

_TOLERANCE = 1e-10  # of the last step, in decision values
_ROUGHLY = 1e-2  # of the last step on a part of the rows
_ROUNDING = 1e-14
_RIDGE = 1e-13  # of the second derivatives, so that a class without any probability leaves them invertible
_MAX_STEPS = 200
_CELLS = 1 << 20  # numbers of products held at a time
_PART = 8  # one row in so many makes the start
_ENOUGH = 1 << 11  # rows that are too few to be worth a start from a part of them


class Softmax(NamedTuple):
    """A plane per class.

    Attributes
    ----------
    weights : ndarray of shape (n_classes, p)
    intercept : ndarray of shape (n_classes,)
        Minus infinity for a class without a training row.
    converged : bool
    """

    weights: Floats
    intercept: Floats
    converged: bool


class Problem(NamedTuple):
    """A fit in scaled units.

    Attributes
    ----------
    x : ndarray of shape (n, p + 1)
        Scaled coordinates and a last column of ones.
    hot : ndarray of shape (n, K)
        1 for the class of a row, else 0.
    weight : ndarray of shape (n,)
        C times the weight of the row.
    penalty : ndarray of shape (p + 1,)
        The factor of half the square of each weight.
    """

    x: Floats
    hot: Floats
    weight: Floats
    penalty: Floats

    def part(self, step: int) -> Problem:
        """Return the problem of one row in `step`, each of which counts `step` times."""
        return self._replace(x=self.x[::step], hot=self.hot[::step], weight=step * self.weight[::step])


def fit_softmax(x: Floats, y: NDArray[np.integer], n_classes: int, C: float, weight: Floats | None = None) -> Softmax:
    """Fit the planes.

    Parameters
    ----------
    x : ndarray of shape (n, p)
    y : ndarray of int of shape (n,)
        Class codes. A class with no row here gets a plane at minus infinity.
    n_classes : int
    C : float
    weight : ndarray of shape (n,), optional
        The factor of C for each row.
    """
    present = np.flatnonzero(totals(y, n_classes, weight) > 0)
    weights, intercept = np.zeros((n_classes, x.shape[1])), np.full(n_classes, -np.inf)
    if len(present) < 2:
        intercept[present] = 0.0
        return Softmax(weights, intercept, True)
    center = x.mean(axis=0)
    centered = x - center
    size = np.abs(centered).max(axis=0)
    scale = np.where(size > 0, size, 1.0)
    penalty = np.append((2.0 if len(present) == 2 else 1.0) / scale**2, 0.0)
    problem = Problem(
        np.hstack([centered / scale, np.ones((len(x), 1))]),
        (y[:, None] == present).astype(np.float64),
        np.full(len(x), C) if weight is None else C * weight,
        penalty,
    )
    planes = np.zeros((len(present), x.shape[1] + 1))
    if len(x) > _PART * _ENOUGH // 2 and (part := problem.part(_PART)).hot.any(axis=0).all():
        planes, _ = _minimize(part, planes, _ROUGHLY)
    planes, converged = _minimize(problem, planes, _TOLERANCE)
    weights[present] = planes[:, :-1] / scale
    intercept[present] = planes[:, -1] - weights[present] @ center
    return Softmax(weights, intercept, converged)


def decisions(x: Floats, fit: Softmax) -> Floats:
    """Return the height of each plane at each row (n, p), minus the mean height of the planes that were fitted."""
    heights = x @ fit.weights.T + fit.intercept
    heights -= heights[:, np.isfinite(fit.intercept)].mean(axis=1, keepdims=True)
    return np.asarray(heights)


def _minimize(problem: Problem, planes: Floats, tolerance: float) -> tuple[Floats, bool]:
    """Return the planes at the optimum (K, p + 1), and whether Newton's method converged."""
    value, gradient, shares = _state(problem, planes)
    for _ in range(_MAX_STEPS):
        step = _newton_step(problem, shares, gradient)
        heights = problem.x @ step.T
        moves = float(np.ptp(heights, axis=1).max())
        promised = float((gradient * step).sum())
        part = 1.0
        while True:
            trial = planes + part * step
            state = _state(problem, trial)
            if state[0] <= value + 1e-4 * part * promised + _ROUNDING * abs(value) or part < 1e-10:
                break
            part /= 2
        planes, (value, gradient, shares) = trial, state
        if moves <= tolerance * (1.0 + float(np.ptp(problem.x @ planes.T, axis=1).max())):
            return planes, True
    return planes, False


def _state(problem: Problem, planes: Floats) -> tuple[float, Floats, Floats]:
    """Return the objective, its gradient (K, p + 1), and the probability of each class in each row (n, K)."""
    heights = problem.x @ planes.T
    heights -= heights.max(axis=1, keepdims=True)
    own = (heights * problem.hot).sum(axis=1)
    shares = np.exp(heights, out=heights)
    sums = shares.sum(axis=1, keepdims=True)
    shares /= sums
    value = problem.weight @ (np.log(sums[:, 0]) - own) + 0.5 * (planes**2 @ problem.penalty).sum()
    gradient = ((shares - problem.hot) * problem.weight[:, None]).T @ problem.x + planes * problem.penalty
    return float(value), gradient, shares


def _newton_step(problem: Problem, shares: Floats, gradient: Floats) -> Floats:
    """Return the step to the lowest point of the parabola that touches the objective: (K, p + 1)."""
    n_classes, n_unknowns = gradient.shape
    curvature = _curvature(problem, shares)
    # The mean of the intercepts does not change the loss, so a small term must keep it in place.
    total = float(problem.weight.sum())
    curvature[:, -1, :, -1] += total / n_classes**2
    flat = curvature.reshape(n_classes * n_unknowns, -1)
    diagonal = np.arange(len(flat))
    flat[diagonal, diagonal] += np.tile(problem.penalty, n_classes) + _RIDGE * total
    return np.asarray(-np.linalg.solve(flat, gradient.ravel()).reshape(gradient.shape))


def _curvature(problem: Problem, shares: Floats) -> Floats:
    """Return the second derivatives of the loss: (K, p + 1, K, p + 1)."""
    n_classes, n_unknowns = shares.shape[1], problem.x.shape[1]
    a, b = np.triu_indices(n_classes)
    i, j = np.triu_indices(n_unknowns)
    sums = np.zeros((len(a), len(i)))
    first = np.zeros((n_classes, len(i)))
    step = max(1, _CELLS // (len(a) + len(i)))
    for start in range(0, len(shares), step):
        rows = slice(start, start + step)
        p, x, weight = shares[rows], problem.x[rows], problem.weight[rows, None]
        products = x[:, i] * x[:, j]
        weighted = p * weight
        sums -= (weighted[:, a] * p[:, b]).T @ products
        first += weighted.T @ products
    sums[a == b] += first
    blocks = np.empty((len(a), n_unknowns, n_unknowns))
    blocks[:, i, j] = blocks[:, j, i] = sums
    curvature = np.empty((n_classes, n_unknowns, n_classes, n_unknowns))
    curvature[a, :, b] = curvature[b, :, a] = blocks
    return curvature
