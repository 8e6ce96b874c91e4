"""Logistic regression with two classes for many problems at once, each fitted to its exact optimum.

Each plane minimizes, with an intercept that is not penalized,

    C sum_i weight_i log(1 + exp(-sign_i (w x_i + b))) + 1/2 sum_j penalty_j w_j^2

which, with a penalty of 1, is the objective of scikit-learn's ``LogisticRegression`` for two classes. Problems have the
same number of coordinates p. They may have different numbers of rows: rows of weight 0 fill up the shorter ones. With
few coordinates Newton's method solves all problems together. With many, scipy's L-BFGS solves one problem after the
other, without a matrix of second derivatives.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_TOLERANCE = 1e-5  # of the last step, in decision values; the error left is about its square
_ROUNDING = 1e-14
_MAX_STEPS = 100
_FEW = 100  # coordinates up to which Newton's method is the faster one
_LEVEL = 1e-6  # largest entry of the gradient at the optimum that L-BFGS stops at: decision values are off by 1e-5
_MAX_EVALUATIONS = 20_000


class Planes(NamedTuple):
    """A plane for each problem.

    Attributes
    ----------
    weights : ndarray of shape (m, p)
    intercept : ndarray of shape (m,)
    converged : bool
    """

    weights: Floats
    intercept: Floats
    converged: bool

    def heights(self, x: Floats) -> Floats:
        """Return the height of each plane at the rows of its problem: (m, p, t) -> (m, t)."""
        return np.asarray((self.weights[:, None] @ x)[:, 0] + self.intercept[:, None])


def fit_binary(
    x: Floats, sign: Floats, weight: Floats, penalty: Floats, C: float, start: Planes | None = None
) -> Planes:
    """Fit the plane of each problem.

    Parameters
    ----------
    x : ndarray of shape (m, p, n)
        Standardized coordinates. Each problem needs a row of both classes.
    sign : ndarray of shape (m, n)
        1 for the rows of the class, -1 for the others.
    weight : ndarray of shape (m, n)
        How much a row counts; 0 for a row that only fills up.
    penalty : ndarray of shape (m, p)
        1 for each coordinate; or 1 over the variance of coordinates that were not standardized before.
    C : float
    start : Planes, optional
        Planes of the first coordinates of the same problems, from which the search begins.
    """
    planes = np.zeros((len(x), x.shape[1] + 1))
    if start is not None:
        planes[:, : start.weights.shape[1]], planes[:, -1] = start.weights, start.intercept
    x = np.concatenate([x, np.ones((len(x), 1, x.shape[2]))], axis=1)
    minimized = _by_newton if x.shape[1] <= _FEW else _by_gradients
    penalty = np.concatenate([penalty, np.zeros((len(x), 1))], axis=1)
    planes, converged = minimized(Problems(x, sign, C * weight, penalty), planes)
    return Planes(planes[:, :-1], planes[:, -1], converged)


class Problems(NamedTuple):
    """Problems whose coordinates have a last row of ones.

    Attributes
    ----------
    x : ndarray of shape (m, p + 1, n)
    sign : ndarray of shape (m, n)
    weight : ndarray of shape (m, n)
        C times the weight of a row.
    penalty : ndarray of shape (m, p + 1)
        0 for the intercept.
    """

    x: Floats
    sign: Floats
    weight: Floats
    penalty: Floats

    def of(self, chosen: Any) -> Problems:
        """Return some of the problems."""
        return Problems(*(part[chosen] for part in self))

    def heights(self, planes: Floats) -> Floats:
        """Return the height of each plane (m, p + 1) at the rows of its problem: (m, n)."""
        return np.asarray((planes[:, None] @ self.x)[:, 0])


class State(NamedTuple):
    """Planes at their rows.

    Attributes
    ----------
    heights : ndarray of shape (m, n)
    value : ndarray of shape (m,)
        The objective.
    gradient : ndarray of shape (m, p + 1)
    second : ndarray of shape (m, n)
        The second derivative of the loss by the height.
    """

    heights: Floats
    value: Floats
    gradient: Floats
    second: Floats

    def of(self, chosen: NDArray[np.bool_]) -> State:
        """Return the state of some of the problems."""
        return State(*(part[chosen] for part in self))


def _by_newton(problems: Problems, planes: Floats) -> tuple[Floats, bool]:
    arrived = np.zeros(len(planes), dtype=bool)
    open_ = np.arange(len(planes))
    now = _state(problems, planes, problems.heights(planes))
    for _ in range(_MAX_STEPS):
        step = _newton_step(problems, now)
        change = problems.heights(step)
        planes[open_], now = _shortened(problems, planes[open_], step, change, now)
        done = np.abs(change).max(axis=1) <= _TOLERANCE * (1.0 + np.abs(now.heights).max(axis=1))
        arrived[open_[done]] = True
        open_ = open_[~done]
        if not len(open_):
            break
        if done.any():
            problems, now = problems.of(~done), now.of(~done)
    return planes, bool(arrived.all())


def _by_gradients(problems: Problems, planes: Floats) -> tuple[Floats, bool]:
    from scipy.optimize import minimize

    converged = True
    limits = {"gtol": _LEVEL, "ftol": 0.0, "maxiter": _MAX_EVALUATIONS, "maxfun": _MAX_EVALUATIONS}
    for i in range(len(planes)):
        one = problems.of(slice(i, i + 1))

        def objective(plane: Floats, one: Problems = one) -> tuple[float, Floats]:
            state = _state(one, plane[None], one.heights(plane[None]))
            return float(state.value[0]), state.gradient[0]

        found = minimize(objective, planes[i], jac=True, method="L-BFGS-B", options=limits)
        planes[i] = found.x
        # where rounding hides the rest of the fall, the search stops at the optimum without calling it a success
        converged &= bool(np.abs(found.jac).max() <= 1e3 * _LEVEL)
    return planes, converged


def _state(problems: Problems, planes: Floats, heights: Floats) -> State:
    x, sign, weight, penalty = problems
    margin = sign * heights
    small = np.exp(-np.abs(margin))
    loss = np.log1p(small) - np.minimum(margin, 0.0)
    wrong = np.where(margin > 0, small, 1.0) / (1.0 + small)  # the probability of the other class
    value = (weight * loss).sum(axis=1) + 0.5 * (penalty * planes**2).sum(axis=1)
    gradient = penalty * planes - (x @ (weight * sign * wrong)[:, :, None])[:, :, 0]
    return State(heights, value, gradient, weight * wrong * (1.0 - wrong))


def _newton_step(problems: Problems, now: State) -> Floats:
    """Return Newton's step of each problem (m, p + 1)."""
    curvature = (problems.x * now.second[:, None]) @ problems.x.transpose(0, 2, 1)
    diagonal = np.arange(curvature.shape[1])
    curvature[:, diagonal, diagonal] += problems.penalty
    # rows that are all far from the plane leave the intercept without a second derivative
    curvature[:, -1, -1] += _ROUNDING * problems.weight.sum(axis=1)
    return np.asarray(-np.linalg.solve(curvature, now.gradient[:, :, None])[:, :, 0])


def _shortened(problems: Problems, planes: Floats, step: Floats, change: Floats, before: State) -> tuple[Floats, State]:
    """Return the planes after a step, and their state; `change` is that of the heights.

    A step is halved until the objective falls by a part of the promised fall.
    """
    promised = (before.gradient * step).sum(axis=1)
    part = np.ones((len(planes), 1))
    while True:
        trial = planes + part * step
        after = _state(problems, trial, before.heights + part * change)
        limit = before.value + 1e-4 * part[:, 0] * promised + _ROUNDING * np.abs(before.value)
        long = (after.value > limit) & (part[:, 0] > 1e-10)
        if not long.any():
            return trial, after
        part[long] /= 2
