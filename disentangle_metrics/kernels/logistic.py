"""Logistic lines (liblinear's logistic regression) on single latents.

With m = slope * x + height the loss of a row is log(1 + exp(m)), less m if the row belongs to the line's own class. So
all lines on a latent share one function, the sum of log(1 + exp(m)) over all rows, which a few hundred nodes give to
the last digits (`nodes`); a class enters only by the number of its rows and by their sum.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .newton import Derivatives, Floats, Indices, largest, middle, minimize, shift_by_error
from .nodes import LARGEST_RISE, N_NODES, Nodes, mean_nodes, node_derivatives, panel_nodes, row_nodes
from .onevsrest import OneVsRest
from .seam import swappable

# A full Newton step that moves no decision value further than this cannot raise the objective: along it the logarithm
# of the loss's second derivative changes by that much at most (Bach 2010, Electronic Journal of Statistics 4, section
# 2), and (exp(s) - 1 - s) / s^2 < 1 up to here.
_SAFE_STEP = 1.79
_TOLERANCE = 1e-7  # of the last step; the error left is about its square
_ROUGHLY = 0.05
_ROUGH_GROUPS = 32
_FEW_PANELS = 16
_ENOUGH_STEPS = 30  # where sums are good for the lines; where they are not, they may have no lowest point
_FEW = 256  # rows, which need no nodes
_EPSILONS = 4 * np.finfo(float).eps  # what rounding may take from a sum, relative to its terms
_NOISE = 1e-10  # of decision values, from large sums that cancel; beyond it every row is put on its own side
_ROWS = 1 << 14


def logistic_loss(margin: Floats) -> tuple[Floats, Floats, Floats]:
    """Loss of a row on the wrong side by `margin`, log(1 + exp(margin)), and its first two derivatives."""
    decay = np.exp(-np.abs(margin))
    positive = np.maximum(margin, 0.0)
    probability = np.where(margin >= 0, 1.0, decay) / (1.0 + decay)
    return positive + np.log1p(decay), probability, decay / (1.0 + decay) ** 2


def fit_logistic(x: Floats, y: OneVsRest, C: Floats, max_steps: int) -> tuple[Floats, Floats, bool]:
    """Fit the lines of every latent, for each of some C.

    Parameters
    ----------
    x : ndarray of shape (n_latents, n)
    y : OneVsRest
    C : ndarray of shape (n_latents, n_strengths, n_factors)
    max_steps : int
        Of Newton's method.

    Returns
    -------
    slope, intercept : ndarray of shape (n_latents, n_strengths, n_lines)
    converged : bool
    """
    n_latents, n_strengths, _ = C.shape
    n_lines = len(y.factor)
    slope, intercept = np.empty((2, n_latents, n_strengths, n_lines))
    converged = True
    strength, line = np.divmod(np.arange(n_strengths * n_lines), n_lines)
    for i, (values, center) in enumerate(zip(x, middle(x), strict=True)):
        centered = values - center
        weight = C[i, strength, y.factor[line]]
        problems = Problems(
            centered, y, own_totals(centered, y), strength, line, weight * y.own[line], weight * y.rest[line]
        )
        solved, arrived = _solve(problems, center, max_steps)
        slope[i] = solved[0].reshape(n_strengths, n_lines)
        intercept[i] = (solved[1] - center * solved[0]).reshape(n_strengths, n_lines)
        converged &= bool(arrived.all())
    return slope, intercept, converged


class Problems(NamedTuple):
    """Lines to fit on one latent: its centered rows, and of each line which C, which line, and the weights with C.

    `totals` are those of `own_totals`.
    """

    x: Floats
    y: OneVsRest
    totals: Floats
    strength: Indices
    line: Indices
    own: Floats
    rest: Floats


def _solve(problems: Problems, center: float, max_steps: int) -> tuple[Floats, NDArray[np.bool_]]:
    """Return slope and height of each line (2, m), and which are at their optimum."""
    x, size = problems.x, len(problems.line)
    weight = () if problems.y.weight is None else (problems.y.weight,)
    if not size:
        return np.zeros((2, 0)), np.ones(0, dtype=bool)
    ends = np.repeat([[x.min()], [x.max()]], size, axis=1)
    centers = np.full(size, center)
    every, start, n_panels = np.arange(size), np.zeros((2, size)), _FEW_PANELS
    if len(x) > _FEW:
        rough, _ = descend(problems, mean_nodes(x, _ROUGH_GROUPS, *weight), centers, ends, start, _ROUGHLY, max_steps)
        needed = _panels(1.25 * rough[0], x)
        if 4 * needed * N_NODES < len(x):  # more are rather a sign that it is too rough, as outliers make it
            start, n_panels = rough, needed
    while len(x) > max(_FEW, n_panels * N_NODES):
        nodes = panel_nodes(x, n_panels, *weight)
        steps = min(max_steps, _ENOUGH_STEPS)
        line, arrived = descend(problems, nodes, centers, ends, start, _TOLERANCE, steps)
        if _panels(line[0], x) <= n_panels:
            break
        n_panels *= 4
    else:
        nodes = row_nodes(x, *weight)
        line, arrived = descend(problems, nodes, centers, ends, start, _TOLERANCE, max_steps)
    error = _EPSILONS * np.abs(nodes.weights[:, 1::-1]).sum(axis=0)[:, None] * problems.rest
    shift = shift_by_error(by_nodes(problems, nodes)(every, *line), centers, ends, error)
    doubtful = np.flatnonzero(~arrived | (shift > _NOISE * (1 + largest(line, ends))))
    if len(doubtful):
        place = centers[doubtful], ends[:, doubtful], line[:, doubtful]
        line[:, doubtful], arrived[doubtful] = minimize(
            by_rows(problems, doubtful), *place, safe=_SAFE_STEP, tolerance=_TOLERANCE, max_steps=max_steps
        )
    return line, arrived


@swappable
def descend(
    problems: Problems, nodes: Nodes, center: Floats, ends: Floats, start: Floats, tolerance: float, max_steps: int
) -> tuple[Floats, NDArray[np.bool_]]:
    """Return slope and height of each line where the loss by nodes is least (2, m), and which lines got there: (m,).

    The arguments after `nodes` are those of `minimize`.
    """
    derivatives = by_nodes(problems, nodes)
    return minimize(derivatives, center, ends, start, safe=_SAFE_STEP, tolerance=tolerance, max_steps=max_steps)


def _panels(slope: Floats, x: Floats) -> int:
    """Return how many panels it takes that the steepest line rises by no more than `LARGEST_RISE` across one."""
    return 1 + int(np.fmin(np.abs(slope).max() * np.ptp(x) / LARGEST_RISE, len(x)))


@swappable
def own_totals(x: Floats, y: OneVsRest) -> Floats:
    """Return, of the rows of each line's own class, their sum and their number, or weight: (2, n_lines)."""
    totals = np.empty((2, len(y.factor)))
    for codes, (start, stop) in zip(y.y, pairwise(y.starts), strict=True):
        for i, weight in enumerate((x, None) if y.weight is None else (y.weight * x, y.weight)):
            totals[i, start:stop] = np.bincount(codes, weight)[y.label[start:stop]]
    return totals


def by_nodes(problems: Problems, nodes: Nodes) -> Derivatives:
    """Return the derivatives of the loss with nodes in place of the rows."""
    weighted = not np.array_equal(problems.own, problems.rest)

    def derivatives(chosen: Indices, slope: Floats, height: Floats) -> Floats:
        own, rest = problems.own[chosen], problems.rest[chosen]
        result = node_derivatives(nodes, slope, height)
        totals = problems.totals[:, problems.line[chosen]]
        if not weighted:
            result[:2] -= totals
            result *= rest
            return result
        over_own = _over_own_rows(problems, chosen, slope, height)
        result -= over_own
        over_own[:2] -= totals
        return rest * result + own * over_own

    return derivatives


def _over_own_rows(problems: Problems, chosen: Indices, slope: Floats, height: Floats) -> Floats:
    """Return what `node_derivatives` does, from the rows of each line's own class alone."""
    y, line = problems.y, problems.line[chosen]
    result = np.empty((5, len(chosen)))
    n_factors = len(y.y)
    task = problems.strength[chosen] * n_factors + y.factor[line]
    for found in np.unique(task):
        of_task = np.flatnonzero(task == found)
        place = np.zeros(len(y.line_of[found % n_factors]), dtype=np.intp)
        place[y.label[line[of_task]]] = np.arange(1, len(of_task) + 1)
        side = place[y.y[found % n_factors]]
        result[:, of_task] = own_derivatives(problems.x, side, slope[of_task], height[of_task], y.weight)
    return result


def own_derivatives(x: Floats, side: Indices, slope: Floats, height: Floats, weight: Floats | None = None) -> Floats:
    """Return the derivatives of the sum of log(1 + exp(m)) over the rows of each line's own class: (5, n_lines).

    Parameters
    ----------
    x : ndarray of shape (n,)
    side : ndarray of shape (n,)
        1 + the line of each row's class, 0 if it has none.
    slope, height : ndarray of shape (n_lines,)
    weight : ndarray of shape (n,), optional
        What each row's part of the sum is multiplied by.
    """
    size = len(slope) + 1
    tanh = np.tanh(0.5 * (np.append(0.0, slope)[side] * x + np.append(0.0, height)[side]))
    first, second = 0.5 * (1 + tanh), 0.25 * (1 - tanh**2)
    if weight is not None:
        first, second = weight * first, weight * second
    terms = (first * x, first, second * x * x, second * x, second)
    return np.stack([np.bincount(side, term, minlength=size)[1:] for term in terms])


def by_rows(problems: Problems, doubtful: Indices) -> Derivatives:
    """Return the derivatives of the loss of some lines from all rows, one line after the other."""
    y = problems.y

    def derivatives(chosen: Indices, slope: Floats, height: Floats) -> Floats:
        result = np.empty((5, len(chosen)))
        for i, problem in enumerate(doubtful[chosen]):
            line = problems.line[problem]
            mine = y.y[y.factor[line]] == y.label[line]
            weights = problems.own[problem], problems.rest[problem]
            result[:, i] = row_derivatives(problems.x, mine, *weights, slope[i], height[i], y.weight)
        return result

    return derivatives


def row_derivatives(
    x: Floats,
    mine: NDArray[np.bool_],
    own: float,
    rest: float,
    slope: float,
    height: float,
    weight: Floats | None = None,
) -> Floats:
    """Return the derivatives of one line's loss with every row on its own side, so that no large sums cancel: (5,)."""
    total = np.zeros(5)
    for start in range(0, len(x), _ROWS):
        part = slice(start, start + _ROWS)
        values, sign = x[part], np.where(mine[part], -1.0, 1.0)
        _, first, second = logistic_loss(sign * (slope * values + height))
        times = np.where(mine[part], own, rest)
        if weight is not None:
            times *= weight[part]
        first, second = sign * times * first, times * second
        total += [first @ values, first.sum(), second @ values**2, second @ values, second.sum()]
    return total
