"""Multinomial logistic regression on several coordinates, fitted to its exact optimum.

The planes, one per class, minimize, with an intercept that is not penalized,

    C sum_i weight_i (log sum_c exp(w_c x_i + b_c) - (w_{y_i} x_i + b_{y_i})) + 1/2 sum_c |w_c|^2

which is the objective of scikit-learn's ``LogisticRegression``; with two classes, as there, a single plane is the
difference of the two and its weights are penalized once. Newton's method in all K (p + 1) unknowns. Its second
derivatives are one matrix product: products of two probabilities times products of two coordinates, summed over rows.
They are the expensive part, so that they are kept while steps made of them shrink fast, and the first ones come from a
part of the rows. Only the gradient decides where the optimum is, and it is always that of all rows. Where unknowns are
many for the rows, scipy's L-BFGS makes the start, and where second derivatives cannot be held, it goes the whole way.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# From a gradient to minus a step: (K, p + 1) -> (K, p + 1).
Solve = Callable[[Floats], Floats]

_TOLERANCE = 1e-10  # of the last step, in decision values
_ROUGHLY = 1e-2  # of the last step on a part of the rows
_SHRINKS = 0.2  # a step that is larger than this part of the one before wants new second derivatives
_ROUNDING = 1e-14
_RIDGE = 1e-13  # of the second derivatives, so that a class without any probability leaves them invertible
_SINGLE = 1e-6  # rounding of second derivatives in single precision, as a part of the weight of all rows
_MAX_STEPS = 200
_MANY = 1500  # unknowns, of which second derivatives cost more than many gradients
_MAX_DESCENTS = 5000
_SEVERAL, _FIRST_DESCENTS = 200, 30  # unknowns from which a start by gradients pays, and its steps
_CELLS = 1 << 19  # numbers of products held at a time
_IN_CACHE = 1 << 15  # numbers that stay in cache
_PARTS = (256, 32, 8)  # one row in so many makes a start
_ENOUGH = 500  # rows that make a start


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
    x : ndarray of shape (p + 1, n)
        Scaled coordinates and a last row of ones. Rows of data are columns here, so that sums over classes and
        coordinates run along memory.
    y : ndarray of int of shape (n,)
        The place of each row's class among the K classes.
    weight : ndarray of shape (n,)
        C times the weight of the row.
    penalty : ndarray of shape (p + 1,)
        The factor of half the square of each weight.
    """

    x: Floats
    y: NDArray[np.intp]
    weight: Floats
    penalty: Floats

    def part(self, step: int) -> Problem:
        """Return the problem of one row in `step`, each of which counts `step` times."""
        x = np.ascontiguousarray(self.x[:, ::step])
        return self._replace(x=x, y=self.y[::step], weight=step * self.weight[::step])


class State(NamedTuple):
    """The height of each plane at each row (K, n), the objective, its gradient (K, p + 1), and probabilities (K, n)."""

    heights: Floats
    value: float
    gradient: Floats
    shares: Floats


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
    present, codes = np.unique(y, return_inverse=True)
    weights, intercept = np.zeros((n_classes, x.shape[1])), np.full(n_classes, -np.inf)
    if len(present) < 2:
        intercept[present] = 0.0
        return Softmax(weights, intercept, True)
    center = x.mean(axis=0)
    centered = (x - center).T
    size = np.abs(centered).max(axis=1)
    scale = np.where(size > 0, size, 1.0)
    penalty = np.append((2.0 if len(present) == 2 else 1.0) / scale**2, 0.0)
    scaled = np.vstack([centered / scale[:, None], np.ones(len(x))])
    problem = Problem(scaled, codes.reshape(-1), np.full(len(x), C) if weight is None else C * weight, penalty)
    planes = np.zeros((len(present), x.shape[1] + 1))
    if planes.size > _MANY:
        planes, converged = _descend(problem, planes, _MAX_DESCENTS)
    else:
        planes, converged = _by_newton(problem, planes)
    weights[present] = planes[:, :-1] / scale
    intercept[present] = planes[:, -1] - weights[present] @ center
    return Softmax(weights, intercept, converged)


def decisions(x: Floats, fit: Softmax) -> Floats:
    """Return the height of each plane at each row (n, p), minus the mean height of the planes that were fitted."""
    heights = x @ fit.weights.T + fit.intercept
    heights -= heights[:, np.isfinite(fit.intercept)].mean(axis=1, keepdims=True)
    return np.asarray(heights)


def _by_newton(problem: Problem, planes: Floats) -> tuple[Floats, bool]:
    """Return the planes at the optimum (K, p + 1), and whether the method converged."""
    kept = None
    for step in _PARTS:
        part = problem.part(step)
        if len(part.y) >= max(_ENOUGH, planes.size) and len(np.unique(part.y)) == len(planes):
            planes, kept, _ = _minimize(part, planes, kept, _ROUGHLY)
    if kept is None and planes.size > _SEVERAL:
        planes, _ = _descend(problem, planes, _FIRST_DESCENTS)
    planes, _, converged = _minimize(problem, planes, kept, _TOLERANCE)
    return planes, converged


def _descend(problem: Problem, planes: Floats, most: int) -> tuple[Floats, bool]:
    """Return the planes where the objective falls no more within rounding, and whether `most` steps reached that."""
    from scipy.optimize import minimize

    def value_and_gradient(flat: Floats) -> tuple[float, Floats]:
        trial = flat.reshape(planes.shape)
        state = _state(problem, trial, trial @ problem.x)
        return state.value, state.gradient.ravel()

    options = {"maxiter": most, "maxfun": 2 * most, "ftol": 1e-14, "gtol": 1e-9}
    found = minimize(value_and_gradient, planes.ravel(), jac=True, method="L-BFGS-B", options=options)
    return found.x.reshape(planes.shape), bool(found.nit < most)


def _minimize(problem: Problem, planes: Floats, kept: Solve | None, tolerance: float) -> tuple[Floats, Solve, bool]:
    """Return the planes at the optimum (K, p + 1), the last second derivatives, and whether the method converged."""
    state = _state(problem, planes, planes @ problem.x)
    solve = kept or _solver(problem, state.shares)
    before, fresh = np.inf, kept is None
    for _ in range(_MAX_STEPS):
        step = -solve(state.gradient)
        rise = step @ problem.x
        moves = float(np.ptp(rise, axis=0).max())
        if not fresh and moves > _SHRINKS * before:
            solve, before, fresh = _solver(problem, state.shares), np.inf, True
            continue
        part, trial = 1.0, _state(problem, planes + step, state.heights + rise)
        promised, rounding = float((state.gradient * step).sum()), _ROUNDING * abs(state.value)
        while trial.value > state.value + 1e-4 * part * promised + rounding and part > 1e-10:
            part /= 2
            trial = _state(problem, planes + part * step, state.heights + part * rise)
        planes, state = planes + part * step, trial
        if moves <= tolerance * (1.0 + float(np.ptp(state.heights, axis=0).max())):
            return planes, solve, True
        before, fresh = moves if part == 1.0 else 0.0, False
    return planes, solve, False


def _state(problem: Problem, planes: Floats, heights: Floats) -> State:
    shares = np.empty_like(heights)
    loss, gradient = 0.0, planes * problem.penalty
    n = len(problem.y)
    step = max(1, _IN_CACHE // len(planes))
    for start in range(0, n, step):
        rows = slice(start, start + step)
        y, weight, share = problem.y[rows], problem.weight[rows], shares[:, rows]
        place = y, np.arange(len(y))
        np.subtract(heights[:, rows], heights[:, rows].max(axis=0), out=share)
        own = share[place]
        np.exp(share, out=share)
        sums = share.sum(axis=0)
        share /= sums
        right = share[place]
        share[place] = 0.0
        wrong = share.sum(axis=0)  # 1 - right, of which few digits are left where nearly all is right
        loss += float(weight @ np.where(wrong < 0.5, -np.log1p(-np.minimum(wrong, 0.5)), np.log(sums) - own))
        error = share * weight
        error[place] = -wrong * weight
        share[place] = right
        gradient += error @ problem.x[:, rows].T
    return State(heights, loss + 0.5 * float((planes**2 @ problem.penalty).sum()), gradient, shares)


def _solver(problem: Problem, shares: Floats) -> Solve:
    """Return the function from a gradient to minus the step to the lowest point of a parabola, (K, p + 1) each.

    The parabola has the second derivatives of the objective where the classes have the given `shares`.
    """
    from scipy.linalg import cho_factor, cho_solve, lu_factor, lu_solve

    n_classes, n_unknowns = len(shares), len(problem.x)
    curvature = _curvature(problem, shares)
    # The mean of the intercepts does not change the loss, so a small term must keep it in place.
    total = float(problem.weight.sum())
    curvature[:, -1, :, -1] += total / n_classes**2
    flat = curvature.reshape(n_classes * n_unknowns, -1)
    diagonal = np.arange(len(flat))
    flat[diagonal, diagonal] += np.tile(problem.penalty, n_classes) + _RIDGE * total
    try:
        factor, solved = cho_factor(flat, check_finite=False), cho_solve
    except np.linalg.LinAlgError:  # so little of the curvature is left that rounding made it negative
        factor, solved = lu_factor(flat, check_finite=False), lu_solve
    return lambda gradient: solved(factor, gradient.ravel(), check_finite=False).reshape(gradient.shape)


def _curvature(problem: Problem, shares: Floats) -> Floats:
    """Return the second derivatives of the loss: (K, p + 1, K, p + 1)."""
    n_classes, n_unknowns = len(shares), len(problem.x)
    i, j = np.triu_indices(n_unknowns)
    a, b = np.triu_indices(n_classes)
    single = _SINGLE * problem.weight.sum() < problem.penalty[:-1].min(initial=1.0)
    dtype = np.float32 if single else np.float64
    sums = np.zeros((len(a), len(i)))
    first = np.zeros((n_classes, len(i)))
    step = max(1, _CELLS // (len(a) + len(i)))
    for start in range(0, shares.shape[1], step):
        rows = slice(start, start + step)
        p, x = shares[:, rows].astype(dtype), problem.x[:, rows].astype(dtype)
        weighted = p * problem.weight[rows].astype(dtype)
        products = _products(x, x).T
        sums -= _products(weighted, p) @ products
        first += weighted @ products
    sums[a == b] += first
    blocks = np.empty((len(a), n_unknowns, n_unknowns))
    blocks[:, i, j] = blocks[:, j, i] = sums
    curvature = np.empty((n_classes, n_unknowns, n_classes, n_unknowns))
    curvature[a, :, b] = curvature[b, :, a] = blocks
    return curvature


def _products(first: NDArray[Any], second: NDArray[Any]) -> NDArray[Any]:
    """Return each row of `first` times each row of `second` from the same place on: (m (m + 1) / 2, n)."""
    m, n = first.shape
    products = np.empty((m * (m + 1) // 2, n), dtype=first.dtype)
    end = 0
    for a in range(m):
        start, end = end, end + m - a
        np.multiply(first[a], second[a:], out=products[start:end])
    return products
