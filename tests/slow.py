"""Slow oracles: one-vs-rest lines by Newton's method on every row, cuts by a full table, liblinear itself."""

from collections import namedtuple
from warnings import catch_warnings, simplefilter

import numpy as np

TIE, ROUNDING = 1e-9, 1e-14

Lines = namedtuple("Lines", "slope intercept spread")


def logistic(margin):
    """log(1 + exp(margin)) and its first two derivatives."""
    decay = np.exp(-np.abs(margin))
    probability = np.where(margin >= 0, 1.0, decay) / (1.0 + decay)
    return np.maximum(margin, 0.0) + np.log1p(decay), probability, decay / (1.0 + decay) ** 2


def squared_hinge(margin):
    """max(0, 1 + margin)^2 and its first two derivatives."""
    excess = np.maximum(1.0 + margin, 0.0)
    return excess**2, 2.0 * excess, np.where(excess > 0, 2.0, 0.0)


def problems(y, n_classes, C, balanced):
    """Return which classes get a line, the class whose line is zero (or None), and the weights of each class's rows."""
    count = np.bincount(y, minlength=n_classes)
    present = np.flatnonzero(count)
    own = len(y) / (len(present) * count[present]) if balanced else np.ones(len(present))
    if len(present) > 2:
        return present, None, C * own, np.full(len(present), C)
    return present[1:], present[0], C * own[1:], np.repeat(C * own[:1], len(present) - 1)


def fit_lines(x, y, n_classes, loss, C, balanced):
    """Minimize liblinear's objective of each line over all rows, by Newton's method with halved steps."""
    fitted, zero, own, rest = problems(y, n_classes, C, balanced)
    slope, intercept = np.zeros(n_classes), np.full(n_classes, -np.inf)
    if zero is not None:
        intercept[zero] = 0.0
    for c, a, r in zip(fitted, own, rest, strict=True):
        slope[c], intercept[c] = _fit_line(x, np.where(y == c, -1.0, 1.0), np.where(y == c, a, r), loss)
    drawn = slope[intercept > -np.inf]
    return Lines(slope, intercept, np.ptp(drawn) * np.ptp(x))


def _fit_line(x, sign, weight, loss):
    rows = np.stack([x, np.ones_like(x)])
    line = np.zeros(2)

    def objective(line):
        value, first, second = (part * weight for part in loss(sign * (line @ rows)))
        return value.sum() + line @ line / 2, rows @ (sign * first) + line, (rows * second) @ rows.T + np.eye(2)

    value, gradient, curvature = objective(line)
    for _ in range(300):
        step = -np.linalg.solve(curvature, gradient)
        size = 1.0
        trial = objective(line + step)
        while trial[0] > value * (1 + 1e-12) and size > 1e-10:
            size /= 2
            trial = objective(line + size * step)
        line = line + size * step
        value, gradient, curvature = trial
        ends = np.array([[x.min(), 1.0], [x.max(), 1.0]])
        if np.abs(ends @ step).max() <= 1e-8 * (1 + np.abs(ends @ line).max()):
            return line
    raise AssertionError("the oracle did not converge")


def decisions(x, lines):
    """Return the decision value of each class on each row."""
    return np.outer(x, lines.slope) + lines.intercept


def predict(x, lines):
    """Return the first class of those within the tolerance of the best."""
    decision = decisions(x, lines)
    best = decision.max(axis=1, keepdims=True)
    size = 1.0 + np.abs(best)
    return np.argmax(decision >= best - TIE * np.minimum(size, lines.spread) - ROUNDING * size, axis=1)


def nearly_tied(x, lines, nearer=1e-7):
    """Whether the two best decision values of each row are nearer than this."""
    two = np.sort(decisions(x, lines), axis=1)[:, -2:]
    with np.errstate(invalid="ignore"):
        return two[:, 1] - two[:, 0] < nearer


def liblinear(x, y, n_classes, kind, C, balanced):
    """Return liblinear's own one-vs-rest lines: one call in C for all classes."""
    from sklearn.svm._base import _fit_liblinear

    loss = {"logistic": "logistic_regression", "linear-svm": "squared_hinge"}[kind]
    weight = "balanced" if balanced else None
    with catch_warnings():
        simplefilter("error")  # of no convergence
        slope, intercept, _ = _fit_liblinear(
            x[:, None], y, C, True, 1.0, weight, "l2", False, 0, 10**6, 1e-10, random_state=0, loss=loss
        )
    present = np.unique(y)
    lines = Lines(np.zeros(n_classes), np.full(n_classes, -np.inf), 0.0)
    fitted = present if len(present) > 2 else present[1:]
    lines.intercept[present] = 0.0
    lines.slope[fitted], lines.intercept[fitted] = slope[:, 0], intercept
    return lines._replace(spread=np.ptp(lines.slope[present]) * np.ptp(x))


def fit_cuts(x, y, n_classes):
    """Return where segments start and their classes: by dynamic programming over a table of all classes and values."""
    values, position = np.unique(x, return_inverse=True)
    count = np.bincount(y, minlength=n_classes)
    table = np.zeros((n_classes, len(values) + 1))
    np.add.at(table, (y, position.reshape(-1) + 1), 1.0)
    share = np.cumsum(table, axis=1) / np.maximum(count, 1)[:, None]
    present = np.flatnonzero(count)
    medians = [np.median(position[y == c]) for c in present]
    orders = [present, present[::-1]] if len(present) == 2 else [present[np.argsort(medians, kind="stable")]]
    solved = [_best_cuts(share[order]) for order in orders]
    best = int(np.argmax([score for score, _ in solved]))
    return np.append(values, np.inf)[solved[best][1]], orders[best]


def _best_cuts(share):
    n_classes, n_places = share.shape
    best, came_from = share[0], np.zeros((n_classes, n_places), dtype=np.intp)
    for c in range(1, n_classes):
        lead = best - share[c]
        highest = np.maximum.accumulate(lead)
        new = lead > np.append(-np.inf, highest[:-1])
        came_from[c] = np.maximum.accumulate(np.where(new, np.arange(n_places), 0))
        best = share[c] + highest
    cuts = np.empty(n_classes - 1, dtype=np.intp)
    place = n_places - 1
    for c in range(n_classes - 1, 0, -1):
        place = cuts[c - 1] = came_from[c, place]
    return float(best[-1]), cuts
