"""One-vs-rest linear classifiers on a single coordinate, fitted to their exact optimum.

On one latent a classifier is a line per class, ``slope * x + intercept``, and the largest line wins. Each line
minimizes liblinear's objective (Fan et al. 2008), in which the intercept is penalized like the slope:

    1/2 (slope^2 + intercept^2) + C sum_i weight_i loss(+-(slope x_i + intercept))

It is strictly convex in two unknowns, so Newton's method with a safeguarded step solves every class at once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Loss = Callable[[Floats], tuple[Floats, Floats, Floats]]

# Decision values nearer than this part of what the lines differ by over the training rows are equal, and the first
# class wins: what rounding made is not a preference.
TIE = 1e-9
_ROUNDING = 1e-14
_TOLERANCE = 1e-8  # of the last Newton step, in decision values; the error left is about its square
_MAX_STEPS = 200
_BLOCK = 1 << 15  # cells of (rows x classes) worked on at a time, to stay in cache


def logistic_loss(margin: Floats) -> tuple[Floats, Floats, Floats]:
    """Loss of a row on the wrong side by `margin`, log(1 + exp(margin)), and its first two derivatives."""
    decay = np.exp(-np.abs(margin))
    positive = np.maximum(margin, 0.0)
    probability = np.where(margin >= 0, 1.0, decay) / (1.0 + decay)
    return positive + np.log1p(decay), probability, decay / (1.0 + decay) ** 2


def squared_hinge_loss(margin: Floats) -> tuple[Floats, Floats, Floats]:
    """Loss of a row on the wrong side by `margin`, max(0, 1 + margin)^2, and its first two derivatives."""
    excess = np.maximum(1.0 + margin, 0.0)
    return excess**2, 2.0 * excess, np.where(excess > 0, 2.0, 0.0)


class Lines(NamedTuple):
    """A line per class.

    Attributes
    ----------
    slope, intercept : ndarray of shape (n_classes,)
    converged : bool
        Whether the fit reached its optimum.
    spread : float
        How far lines that start together are apart at the end of the training range: (steepest - flattest) x range.
    """

    slope: Floats
    intercept: Floats
    converged: bool
    spread: float


def fit_lines(x: Floats, y: NDArray[np.intp], n_classes: int, loss: Loss, C: float, balanced: bool) -> Lines:
    """Fit a one-vs-rest classifier on one latent.

    Parameters
    ----------
    x : ndarray of shape (n,)
    y : ndarray of shape (n,), values 0 ... n_classes - 1
        A class with no row here gets a line at minus infinity: it is never predicted.
    loss : callable
    C : float
        Weight of the loss against the penalty.
    balanced : bool
        liblinear's ``class_weight="balanced"``: rows of class c weigh n / (K n_c) where c is the positive class; the
        others weigh 1, except that with two classes both sides are weighted.
    """
    count = np.bincount(y, minlength=n_classes)
    present = np.flatnonzero(count)
    slope, intercept = np.zeros(n_classes), np.full(n_classes, -np.inf)
    # The class that a binary or trivial problem falls back on: a line at zero.
    intercept[present[0]] = 0.0
    if len(present) == 1:
        return Lines(slope, intercept, True, 0.0)
    fitted = present if len(present) > 2 else present[1:]
    weight = len(y) / (len(present) * count[present]) if balanced else np.ones(len(present))
    own_weight = weight if len(present) > 2 else weight[1:]
    rest_weight = np.ones_like(own_weight) if len(present) > 2 else weight[:1]
    column = np.full(n_classes, len(fitted))  # the rows of no fitted class go to a last, unused column
    column[fitted] = np.arange(len(fitted))
    problem = _Problem(x, column[y], loss, C * own_weight, C * rest_weight)
    slope[fitted], intercept[fitted], converged = _minimize(problem)
    return Lines(slope, intercept, converged, float(np.ptp(slope[present]) * np.ptp(x)))


def predict_lines(x: Floats, lines: Lines) -> NDArray[np.intp]:
    """Return the class of each value: the largest line, the first of those that tie."""
    predicted = np.empty(len(x), dtype=np.intp)
    step = max(1, _BLOCK // len(lines.slope))
    for start in range(0, len(x), step):
        decision = x[start : start + step, None] * lines.slope + lines.intercept
        best = decision.max(axis=1, keepdims=True)
        size = 1.0 + np.abs(best)
        tie = TIE * np.minimum(size, lines.spread) + _ROUNDING * size
        predicted[start : start + step] = np.argmax(decision >= best - tie, axis=1)
    return predicted


class _Problem(NamedTuple):
    """Rows, the column of each row's own class, the loss, and the weights of own and other rows for each column."""

    x: Floats
    column: NDArray[np.intp]
    loss: Loss
    own: Floats
    rest: Floats

    def evaluate(self, slope: Floats, intercept: Floats) -> Floats:
        """Return (6, c): objective, its gradient by intercept and slope, its Hessian's three entries."""
        total = np.zeros((6, len(slope)))
        step = max(1, _BLOCK // len(slope))
        for start in range(0, len(self.x), step):
            total += self._rows(self.x[start : start + step], self.column[start : start + step], slope, intercept)
        total[0] += 0.5 * (slope**2 + intercept**2)
        total[1] += intercept
        total[2] += slope
        total[3] += 1.0
        total[5] += 1.0
        return total

    def _rows(self, x: Floats, column: NDArray[np.intp], slope: Floats, intercept: Floats) -> Floats:
        """Sum over some rows, each on the negative side of every line but that of its own class."""
        margin = np.outer(x, slope) + intercept
        weight = np.empty_like(margin)
        weight[:] = self.rest
        mine = np.flatnonzero(column < len(slope))
        own = column[mine]
        margin[mine, own] *= -1.0
        weight[mine, own] = self.own[own]
        value, first, second = (part * weight for part in self.loss(margin))
        first[mine, own] *= -1.0
        powers = np.stack([np.ones_like(x), x, x * x])
        return np.vstack([value.sum(axis=0), powers[:2] @ first, powers @ second])


def _minimize(problem: _Problem) -> tuple[Floats, Floats, bool]:
    """Newton's method for all columns at once; columns that are done drop out."""
    size = len(problem.own)
    slope, intercept = np.zeros(size), np.zeros(size)
    ends = np.array([problem.x.min(), problem.x.max()])
    rest = np.broadcast_to(problem.rest, size)
    open_ = np.arange(size)
    state = problem.evaluate(slope, intercept)
    for _ in range(_MAX_STEPS):
        _, g_b, g_w, h_bb, h_bw, h_ww = state
        determinant = h_bb * h_ww - h_bw**2
        d_b = (h_bw * g_w - h_ww * g_b) / determinant
        d_w = (h_bw * g_b - h_bb * g_w) / determinant
        part = _part(problem, open_, size, rest)
        w, b, state = _safe_step(part, slope[open_], intercept[open_], d_w, d_b, state)
        slope[open_], intercept[open_] = w, b
        # By the whole step and not by what was taken of it: a step that had to be cut short has not arrived.
        more = ~(_largest(d_w, d_b, ends) <= _TOLERANCE * (1.0 + _largest(w, b, ends)))
        if not more.any():
            return slope, intercept, True
        open_, state = open_[more], state[:, more]
    return slope, intercept, False


def _largest(slope: Floats, intercept: Floats, ends: Floats) -> Floats:
    """Return the largest size of each line over the training range: a line is largest at one of its ends."""
    return np.asarray(np.abs(np.outer(ends, slope) + intercept).max(axis=0))


def _part(problem: _Problem, open_: NDArray[np.intp], size: int, rest: Floats) -> _Problem:
    """Return the problem for the columns that are still open."""
    if len(open_) == size:
        return problem
    renumber = np.full(size + 1, len(open_))
    renumber[open_] = np.arange(len(open_))
    return problem._replace(column=renumber[problem.column], own=problem.own[open_], rest=rest[open_])


def _safe_step(
    problem: _Problem, slope: Floats, intercept: Floats, d_w: Floats, d_b: Floats, state: Floats
) -> tuple[Floats, Floats, Floats]:
    """Take the step, halved in each column until its objective is no larger than before, up to rounding."""
    size = np.ones(len(slope))
    while True:
        trial = problem.evaluate(slope + size * d_w, intercept + size * d_b)
        worse = trial[0] > state[0] * (1 + 1e-12)
        if not worse.any() or size.min() < 1e-10:
            return slope + size * d_w, intercept + size * d_b, trial
        size = np.where(worse, size / 2, size)
