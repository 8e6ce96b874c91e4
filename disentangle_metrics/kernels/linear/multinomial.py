"""Multinomial logistic regression on single latents, fitted to its exact optimum.

On one latent the model is a line per class, ``slope * x + intercept``, and a class is as likely as the exponential of
its line says. The lines minimize, with an intercept that is not penalized,

    C sum_i (log sum_c exp(line_c(x_i)) - line_{y_i}(x_i)) + 1/2 sum_c slope_c^2

which is the objective of scikit-learn's ``LogisticRegression``; with two classes, as there, a single line is the
difference of the two and its slope is penalized once. The second term of the loss needs only how many rows a class has
and their sum. The first is a function of x that is analytic within pi / (steepest - flattest slope) of the real line,
since so near to it no two exponentials point in opposite directions. Hence the nodes of `nodes` stand for the rows here
too, if lines rise against each other by no more than `LARGEST_RISE` across a panel.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..columns.sorting import OrderOf
from ..columns.weighted_counts import totals
from .newton import Floats, Indices
from .quadrature import LARGEST_RISE, N_NODES, Nodes, mean_nodes, panel_nodes
from .univariate import Lines

# A full Newton step that changes no difference of two lines by more than this cannot raise the objective, for the
# reason given in `logistic`.
_SAFE_STEP = 1.79
_TOLERANCE = 1e-7  # of the last step; the error left is about its square
_ROUGHLY = 0.05
_ROUGH_GROUPS = 32
_ENOUGH_STEPS = 30  # where nodes are good for the lines; where they are not, there may be no lowest point
_MAX_STEPS = 200
_FEW = 256  # values, which need no nodes
_CELLS = 1 << 18  # of (problems x nodes x classes) worked on at a time
_RIDGE = 1e-13  # of the second derivatives, so that a class without any probability leaves them invertible


class Latent(NamedTuple):
    """One latent in scaled units: its distinct values are ``center + scale * x``, and `n_rows` rows have each value.

    If rows have weights, `n_rows` are sums of weights.
    """

    x: Floats
    n_rows: Floats
    center: float
    scale: float
    rows: Floats
    weight: Floats | None


class Problem(NamedTuple):
    """Fits of one latent and factor for several C.

    Attributes
    ----------
    latent : Latent
    totals : ndarray of shape (2, n_present)
        Sum of the latent over each class's rows, and their number.
    C : ndarray of shape (m,)
    penalty : float
        The factor of half the sum of squared slopes.
    """

    latent: Latent
    totals: Floats
    C: Floats
    penalty: float


class State(NamedTuple):
    """Objective (m,), its gradient (m, 2K) and its second derivatives (m, 2K, 2K), slopes first."""

    value: Floats
    gradient: Floats
    curvature: Floats


def fit_multinomial(
    x: Floats,
    y: NDArray[np.integer],
    n_classes: Sequence[int],
    C: Floats,
    weight: Floats | None = None,
    order: OrderOf | None = None,
) -> list[Lines]:
    """Fit the classifiers of each factor, as :func:`lines.fit_all_lines` does.

    Parameters
    ----------
    x : ndarray of shape (n_latents, n)
    y : ndarray of int of shape (n_factors, n)
        Class codes. A class with no row here gets a line at minus infinity: it is never predicted.
    n_classes : sequence of int of length n_factors
    C : ndarray of shape (n_latents, n_strengths, n_factors)
    weight : ndarray of shape (n,), optional
        The factor of C for each row.
    order : callable, optional
        Not used: nothing is sorted here.

    Returns
    -------
    list of Lines
        For each factor, with leading axes (n_latents, n_strengths).
    """
    shape = C.shape[:2]
    fits = [Lines(np.zeros((*shape, c)), np.full((*shape, c), -np.inf), True, np.zeros(shape)) for c in n_classes]
    for i, values in enumerate(x):
        latent = _latent(values, weight)
        rows = latent.rows if weight is None else weight * latent.rows
        for k, (codes, lines) in enumerate(zip(y, fits, strict=True)):
            present = np.flatnonzero(np.bincount(codes, minlength=n_classes[k]))
            sums = np.bincount(codes, rows, n_classes[k]), totals(codes, n_classes[k], weight)
            problem = Problem(
                latent, np.stack(sums)[:, present], C[i, :, k], (2.0 if len(present) == 2 else 1.0) / latent.scale**2
            )
            (slope, height), arrived = _solve(problem)
            slope = slope / latent.scale
            lines.slope[i][:, present] = slope
            lines.intercept[i][:, present] = height - slope * latent.center
            np.asarray(lines.spread)[i] = np.ptp(slope, axis=1) * np.ptp(values)
            fits[k] = lines._replace(converged=fits[k].converged and bool(arrived.all()))
    return fits


def _latent(values: Floats, weight: Floats | None) -> Latent:
    center = float(np.median(values[:: 1 + len(values) // 1000]))
    rows = values - center
    # a range below this changes no line, and its inverse square is still finite
    scale = max(float(np.sqrt(np.mean((rows / (np.abs(rows).max() or 1.0)) ** 2)) * np.abs(rows).max()), 1e-100)
    rows /= scale
    if weight is None:
        x, count = np.unique(rows, return_counts=True)
    else:
        x, codes = np.unique(rows, return_inverse=True)
        count = totals(codes.reshape(-1), len(x), weight)
    return Latent(x, count.astype(np.float64), center, scale, rows, weight)


def _solve(problem: Problem) -> tuple[Floats, NDArray[np.bool_]]:
    """Return slope and height of each line (2, m, K), and whether each of the m fits is at its optimum."""
    latent, n_classes = problem.latent, problem.totals.shape[1]
    lines, arrived = np.zeros((2, len(problem.C), n_classes)), np.ones(len(problem.C), dtype=bool)
    if n_classes < 2:
        return lines, arrived
    exact = _weighted(latent.x, latent.n_rows)
    if len(latent.x) <= _FEW:
        return _minimize(problem, exact, lines, _TOLERANCE, _MAX_STEPS)
    extent = np.ptp(latent.x)
    rough, _ = _minimize(problem, mean_nodes(latent.rows, _ROUGH_GROUPS, latent.weight), lines, _ROUGHLY, _MAX_STEPS)
    needed = _panels(1.25 * np.ptp(rough[0], axis=1), extent)
    for n_panels in np.unique(needed):
        fits = np.flatnonzero(needed == n_panels)
        chosen = problem._replace(C=problem.C[fits])
        lines[:, fits], arrived[fits] = _with_panels(chosen, exact, rough[:, fits], int(n_panels))
    return lines, arrived


def _with_panels(problem: Problem, exact: Nodes, start: Floats, n_panels: int) -> tuple[Floats, NDArray[np.bool_]]:
    """Return the fit with the nodes of `n_panels` panels, of more panels if these are too few, or of every value."""
    extent = np.ptp(problem.latent.x)
    while 2 * n_panels * N_NODES < len(exact.x):
        nodes = panel_nodes(problem.latent.rows, n_panels, problem.latent.weight)
        lines, arrived = _minimize(problem, nodes, start, _TOLERANCE, _ENOUGH_STEPS)
        if arrived.all() and (_panels(np.ptp(lines[0], axis=1), extent) <= n_panels).all():
            return lines, arrived
        n_panels *= 4
    return _minimize(problem, exact, start, _TOLERANCE, _MAX_STEPS)


def _panels(spread: Floats, extent: float) -> NDArray[np.int64]:
    """Return the number of panels, a power of 2, across which no two lines part by more than `LARGEST_RISE`."""
    ratio = np.clip(spread * extent / LARGEST_RISE, 1.0, 2.0**40)
    return (2 ** np.ceil(np.log2(ratio))).astype(np.int64)


def _weighted(x: Floats, weight: Floats) -> Nodes:
    return Nodes(x, np.stack([weight, weight * x, weight * x * x], axis=1))


def _minimize(
    problem: Problem, nodes: Nodes, start: Floats, tolerance: float, max_steps: int
) -> tuple[Floats, NDArray[np.bool_]]:
    """Return slope and height of each line at the optimum (2, m, K), and whether each fit converged (m,)."""
    lines, arrived = start.copy(), np.zeros(len(problem.C), dtype=bool)
    ends = problem.latent.x[[0, -1]]
    n_classes = start.shape[2]
    step_size = max(1, _CELLS // (_FEW * n_classes))
    for first in range(0, len(problem.C), step_size):
        open_ = np.arange(first, min(first + step_size, len(problem.C)))
        for _ in range(max_steps):
            unfinished = problem._replace(C=problem.C[open_])
            state = _state(unfinished, nodes, lines[:, open_])
            flat = np.linalg.solve(state.curvature, -state.gradient[..., None])[..., 0]
            step = np.asarray(flat.reshape(-1, 2, n_classes).transpose(1, 0, 2), dtype=np.float64)
            size, slack = _parting(step, ends), (state.gradient * flat).sum(axis=1)
            if not np.isfinite(size).all() or (slack > 0).any():  # nodes too coarse for these lines
                break
            done = size <= tolerance * (1.0 + _parting(lines[:, open_], ends))
            part = np.ones(len(open_))
            long = np.flatnonzero(size > _SAFE_STEP)
            if len(long):
                before = state._replace(value=state.value[long], gradient=slack[long])
                part[long] = _shortened(unfinished, nodes, lines[:, open_], step, long, before)
            lines[:, open_] += part[:, None] * step
            arrived[open_[done]] = True
            open_ = open_[~done]
            if not len(open_):
                break
    return lines, arrived


def _parting(lines: Floats, ends: Floats) -> Floats:
    """Return the largest difference of two lines between two ends: (2, m, K) -> (m,)."""
    slope, height = lines
    return np.asarray(np.maximum(*(np.ptp(slope * end + height, axis=1) for end in ends)))


def _shortened(problem: Problem, nodes: Nodes, lines: Floats, step: Floats, long: Indices, before: State) -> Floats:
    """Return the share of each long step to take: halved until the objective falls by a part of the predicted fall."""
    part = np.ones(len(long))
    open_ = np.arange(len(long))
    while len(open_):
        which = long[open_]
        trial = lines[:, which] + part[open_, None] * step[:, which]
        value = _value(problem._replace(C=problem.C[which]), nodes, trial)
        enough = value <= before.value[open_] + 1e-4 * part[open_] * before.gradient[open_]
        open_ = open_[~enough & (part[open_] > 1e-10)]
        part[open_] /= 2
    return part


def _probabilities(nodes: Nodes, lines: Floats, part: slice) -> tuple[Floats, Floats]:
    """Return the log of the sum of exponentials (m, p), and the share of each exponential in the sum (m, p, K)."""
    slope, height = lines
    power = slope[:, None] * nodes.x[part, None] + height[:, None]
    highest = power.max(axis=2, keepdims=True)
    power -= highest
    np.exp(power, out=power)
    total = power.sum(axis=2, keepdims=True)
    power /= total
    return (highest + np.log(total))[..., 0], power


def _pieces(nodes: Nodes, lines: Floats) -> list[slice]:
    step = max(1, _CELLS // lines[0].size)
    return [slice(start, start + step) for start in range(0, len(nodes.x), step)]


def _linear(problem: Problem, lines: Floats) -> Floats:
    """Return the part of the objective without nodes: the lines of the rows' own classes, and the penalty."""
    of_rows = (lines * problem.totals[:, None]).sum(axis=(0, 2))
    return np.asarray(0.5 * problem.penalty * (lines[0] ** 2).sum(axis=1) - problem.C * of_rows)


def _value(problem: Problem, nodes: Nodes, lines: Floats) -> Floats:
    pieces = _pieces(nodes, lines)
    logs = sum(_probabilities(nodes, lines, part)[0] @ nodes.weights[part, 0] for part in pieces)
    return np.asarray(_linear(problem, lines) + problem.C * logs)


def _state(problem: Problem, nodes: Nodes, lines: Floats) -> State:
    m, n_classes = lines.shape[1:]
    value = np.zeros(m)
    sums, squares = np.zeros((3, m, n_classes)), np.zeros((3, m, n_classes, n_classes))
    for part in _pieces(nodes, lines):
        logs, p = _probabilities(nodes, lines, part)
        weights = nodes.weights[part]
        value += logs @ weights[:, 0]
        for power in range(3):
            weighted = p * weights[:, power, None]
            sums[power] += weighted.sum(axis=1)
            squares[power] += weighted.transpose(0, 2, 1) @ p
    C = problem.C[:, None]
    gradient = np.concatenate([C * (sums[1] - problem.totals[0]), C * (sums[0] - problem.totals[1])], axis=1)
    gradient[:, :n_classes] += problem.penalty * lines[0]
    curvature = np.empty((m, 2 * n_classes, 2 * n_classes))
    slopes, heights = slice(n_classes), slice(n_classes, None)
    for power, (rows, columns) in enumerate([(heights, heights), (slopes, heights), (slopes, slopes)]):
        block = C[..., None] * (sums[power][..., None] * np.eye(n_classes) - squares[power])
        curvature[:, rows, columns] = block
        curvature[:, columns, rows] = block
    # The mean of the intercepts does not change the loss, so a small term must keep it in place.
    curvature[:, heights, heights] += C[..., None] * problem.totals[1].sum() / n_classes**2
    diagonal = np.arange(2 * n_classes)
    curvature[:, diagonal, diagonal] += _RIDGE * C * problem.totals[1].sum()
    curvature[:, diagonal[slopes], diagonal[slopes]] += problem.penalty
    return State(_linear(problem, lines) + problem.C * value, gradient, curvature)
