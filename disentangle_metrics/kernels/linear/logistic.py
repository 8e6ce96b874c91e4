"""Logistic lines (liblinear's logistic regression) on single latents.

With m = slope * x + height the loss of a row is log(1 + exp(m)), minus m if the row is of the line's own class. So
all lines on a latent share one function, the sum of log(1 + exp(m)) over all rows, which a few hundred nodes give to
the last digits (`nodes`); a class enters only by the number of its rows and by their sum.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..dispatch import swappable
from .newton import Derivatives, Floats, Indices, largest, middle, minimize, shift_by_error
from .one_vs_rest import OneVsRest
from .quadrature import LARGEST_RISE, N_NODES, Nodes, mean_nodes, node_derivatives, panel_nodes, row_nodes

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
    strength, line = np.divmod(np.arange(n_strengths * n_lines), n_lines)
    center = middle(x)
    centered = x - center[:, None]
    weight = C[:, strength, y.factor[line]]
    own, rest = weight * y.own[line], weight * y.rest[line]
    totals = own_totals(centered, y)[..., line]
    problems = [
        Problems(values, float(center[i]), values.min(), values.max(), y, totals[i], strength, line, own[i], rest[i])
        for i, values in enumerate(centered)
    ]
    solved, arrived = _solve(problems, max_steps)
    slope, height = solved.reshape(2, n_latents, n_strengths, n_lines)
    return slope, height - center[:, None, None] * slope, bool(arrived.all())


class Problems(NamedTuple):
    """Lines to fit on one latent.

    Attributes
    ----------
    x : ndarray of shape (n,)
        Its rows, minus `center`.
    low, high : float
        The smallest and the largest of them.
    y : OneVsRest
    totals : ndarray of shape (2, m)
        Of each line, those of `own_totals`.
    strength, line : ndarray of shape (m,)
        The index of C and the index of y's line, for each problem.
    own, rest : ndarray of shape (m,)
        Weights of the rows of its class and of the others, times C.
    """

    x: Floats
    center: float
    low: float
    high: float
    y: OneVsRest
    totals: Floats
    strength: Indices
    line: Indices
    own: Floats
    rest: Floats


class Latents(NamedTuple):
    """Problems on some latents, as many on each, and the nodes that stand for the rows of each latent."""

    problems: Sequence[Problems]
    nodes: Sequence[Nodes]

    def places(self) -> tuple[Floats, Floats]:
        """Return the centers and the ends of all lines as `minimize` takes them: (m,) and (2, m)."""
        places = np.array([[problems.center, problems.low, problems.high] for problems in self.problems]).T
        center, *ends = np.repeat(places, len(self.problems[0].line), axis=1)
        return center, np.array(ends)


def _solve(each: Sequence[Problems], max_steps: int) -> tuple[Floats, NDArray[np.bool_]]:
    """Return slope and height of each line on each latent, (2, n_latents, m), and whether each is at its optimum.

    Newton's method is asked for the lines of all latents at once: with one at a time, most of its time would be calls.
    """
    n_rows, shape = len(each[0].x), (len(each), len(each[0].line))
    line, arrived = np.zeros((2, *shape)), np.ones(shape, dtype=bool)
    if not shape[1]:
        return line, arrived
    start, n_panels = _roughly(each, max_steps)
    nodes: dict[int, Nodes] = {}

    def fit(chosen: Indices, most_steps: int) -> None:
        latents = Latents([each[i] for i in chosen.tolist()], [nodes[i] for i in chosen.tolist()])
        line[:, chosen], arrived[chosen] = descend(latents, start[:, chosen], _TOLERANCE, most_steps)

    open_, too_many = np.arange(len(each)), n_rows / N_NODES if n_rows > _FEW else 0.0
    while len(unfitted := open_[n_panels[open_] < too_many]):
        nodes |= {i: panel_nodes(each[i].x, int(n_panels[i]), each[i].y.weight) for i in unfitted.tolist()}
        fit(unfitted, min(max_steps, _ENOUGH_STEPS))
        too_steep = _panels(line[0], each) > n_panels
        open_ = open_[too_steep[open_] | (n_panels[open_] >= too_many)]
        n_panels[too_steep] *= 4
    if len(open_):
        nodes |= {i: row_nodes(each[i].x, each[i].y.weight) for i in open_.tolist()}
        fit(open_, max_steps)
    latents = Latents(each, [nodes[i] for i in range(len(each))])
    _settle(latents, line.reshape(2, -1), arrived.reshape(-1), max_steps)
    return line, arrived


def _roughly(each: Sequence[Problems], max_steps: int) -> tuple[Floats, Indices]:
    """Return the first lines, (2, n_latents, m), and the number of panels of each latent, from a few nodes of each."""
    n_rows = len(each[0].x)
    start, n_panels = np.zeros((2, len(each), len(each[0].line))), np.full(len(each), _FEW_PANELS)
    if n_rows <= _FEW:
        return start, n_panels
    nodes = [mean_nodes(problems.x, _ROUGH_GROUPS, problems.y.weight) for problems in each]
    rough, _ = descend(Latents(each, nodes), start, _ROUGHLY, max_steps)
    needed = _panels(1.25 * rough[0], each)
    # more are rather a sign that it is too rough, as outliers make it
    good = 4 * needed * N_NODES < n_rows
    return np.where(good[:, None], rough, start), np.where(good, needed, n_panels)


def _panels(slope: Floats, each: Sequence[Problems]) -> Indices:
    """Return the number of panels of each latent, so that no line rises by more than `LARGEST_RISE` across a panel."""
    extent = np.array([problems.high - problems.low for problems in each])
    steepest = np.abs(slope).max(axis=1) * extent / LARGEST_RISE
    return np.asarray(1 + np.fmin(steepest, len(each[0].x)).astype(np.intp))


def _settle(latents: Latents, line: Floats, arrived: NDArray[np.bool_], max_steps: int) -> None:
    """Fit again, in place, the lines (2, m) that did not converge or for which sums over nodes are not exact enough.

    The second fit sums over every row.
    """
    centers, ends = latents.places()
    size = np.array([np.abs(nodes.weights[:, 1::-1]).sum(axis=0) for nodes in latents.nodes]).T
    rest = np.array([problems.rest for problems in latents.problems])
    error = (_EPSILONS * size[:, :, None] * rest).reshape(2, -1)
    state = by_nodes(latents)(np.arange(len(centers)), *line)
    shift = shift_by_error(state, centers, ends, error)
    doubtful = np.flatnonzero(~arrived | (shift > _NOISE * (1 + largest(line, ends))))
    if len(doubtful):
        place = centers[doubtful], ends[:, doubtful], line[:, doubtful]
        line[:, doubtful], arrived[doubtful] = minimize(
            by_rows(latents.problems, doubtful), *place, safe=_SAFE_STEP, tolerance=_TOLERANCE, max_steps=max_steps
        )


@swappable(saves=50)
def descend(latents: Latents, start: Floats, tolerance: float, max_steps: int) -> tuple[Floats, NDArray[np.bool_]]:
    """Return slope and height of each line where the loss over the nodes is least, and whether each fit converged.

    Parameters
    ----------
    latents : Latents
    start : ndarray of shape (2, n_latents, m)
    tolerance, max_steps
        As in `minimize`.

    Returns
    -------
    line : ndarray of shape (2, n_latents, m)
    arrived : ndarray of bool of shape (n_latents, m)
    """
    line, arrived = minimize(
        by_nodes(latents),
        *latents.places(),
        start.reshape(2, -1),
        safe=_SAFE_STEP,
        tolerance=tolerance,
        max_steps=max_steps,
    )
    return line.reshape(start.shape), arrived.reshape(start.shape[1:])


@swappable(saves=50)
def own_totals(x: Floats, y: OneVsRest) -> Floats:
    """Return sum and number (or weight) of the rows of each line's own class: (n_latents, 2, n_lines)."""
    totals = np.empty((len(x), 2, len(y.factor)))
    weighted = x if y.weight is None else y.weight * x
    for codes, (start, stop) in zip(y.y, pairwise(y.starts), strict=True):
        label, codes = y.label[start:stop], codes.astype(np.intp)
        totals[:, 1, start:stop] = np.bincount(codes, y.weight)[label]
        for i, values in enumerate(weighted):
            totals[i, 0, start:stop] = np.bincount(codes, values)[label]
    return totals


def by_nodes(latents: Latents) -> Derivatives:
    """Return the derivatives of the loss with nodes in place of the rows, for the lines of one latent after another."""
    each = list(map(_by_nodes, latents.problems, latents.nodes))
    first = len(latents.problems[0].line) * np.arange(len(each) + 1)

    def derivatives(chosen: Indices, slope: Floats, height: Floats) -> Floats:
        result = np.empty((5, len(chosen)))
        bounds = np.searchsorted(chosen, first).tolist()
        for of_latent, before, start, stop in zip(each, first, bounds, bounds[1:], strict=False):
            if start < stop:
                part = slice(start, stop)
                result[:, part] = of_latent(chosen[part] - before, slope[part], height[part])
        return result

    return derivatives


def _by_nodes(problems: Problems, nodes: Nodes) -> Derivatives:
    """Return the derivatives of the loss of lines on one latent."""
    over_nodes = node_derivatives(nodes)
    weighted = not np.array_equal(problems.own, problems.rest)

    def derivatives(chosen: Indices, slope: Floats, height: Floats) -> Floats:
        own, rest = problems.own.take(chosen), problems.rest.take(chosen)
        result = over_nodes(slope, height)
        totals = problems.totals.take(chosen, axis=1)
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
    """Return the derivatives of `node_derivatives`, from the rows of each line's own class alone."""
    y, line = problems.y, problems.line[chosen]
    result = np.empty((5, len(chosen)))
    n_factors = len(y.y)
    task = problems.strength[chosen] * n_factors + y.factor[line]
    for pair in np.unique(task):
        of_task = np.flatnonzero(task == pair)
        place = np.zeros(len(y.line_of[pair % n_factors]), dtype=np.intp)
        place[y.label[line[of_task]]] = np.arange(1, len(of_task) + 1)
        side = place[y.y[pair % n_factors]]
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
        The factor of each row's part of the sum.
    """
    size = len(slope) + 1
    tanh = np.tanh(0.5 * (np.append(0.0, slope)[side] * x + np.append(0.0, height)[side]))
    first, second = 0.5 * (1 + tanh), 0.25 * (1 - tanh**2)
    if weight is not None:
        first, second = weight * first, weight * second
    terms = (first * x, first, second * x * x, second * x, second)
    return np.stack([np.bincount(side, term, minlength=size)[1:] for term in terms])


def by_rows(each: Sequence[Problems], doubtful: Indices) -> Derivatives:
    """Return the derivatives of the loss of the doubtful lines from all rows, one line after the other."""
    y = each[0].y

    def derivatives(chosen: Indices, slope: Floats, height: Floats) -> Floats:
        result = np.empty((5, len(chosen)))
        for i, (latent, problem) in enumerate(zip(*np.divmod(doubtful[chosen], len(each[0].line)), strict=True)):
            problems = each[latent]
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
