"""One-vs-rest linear classifiers on a single coordinate, fitted to their exact optimum.

On one latent a classifier is a line per class, ``slope * x + intercept``, and the largest line wins. Each line
minimizes liblinear's objective (Fan et al. 2008), in which the intercept is penalized like the slope:

    1/2 (slope^2 + intercept^2) + C sum_i weight_i loss(+-(slope x_i + intercept))

It is strictly convex in two unknowns, so Newton's method with a safeguarded step solves the lines of all classes at
once; `hinge` and `logistic` find its derivatives without looking at every row.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .hinge import fit_hinge, squared_hinge_loss
from .logistic import fit_logistic, logistic_loss
from .newton import Floats
from .onevsrest import OneVsRest, one_vs_rest

Loss = Callable[[Floats], tuple[Floats, Floats, Floats]]

# How the lines of each loss are fitted: see `fit_hinge`.
Fit = Callable[[Floats, OneVsRest, Floats, int], tuple[Floats, Floats, bool]]
FITS: dict[Loss, Fit] = {squared_hinge_loss: fit_hinge, logistic_loss: fit_logistic}

# Decision values nearer than this part of what the lines differ by over the training rows are equal, and the first
# class wins: what rounding made is not a preference.
TIE = 1e-9
_ROUNDING = 1e-14
_MAX_STEPS = 200
_BLOCK = 1 << 15  # cells of (rows x classes) worked on at a time, to stay in cache


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


def fit_lines(x: Floats, y: NDArray[np.integer], n_classes: int, loss: Loss, C: float, balanced: bool) -> Lines:
    """Fit a one-vs-rest classifier on one latent.

    Parameters
    ----------
    x : ndarray of shape (n,)
    y : ndarray of shape (n,), values 0 ... n_classes - 1
        A class with no row here gets a line at minus infinity: it is never predicted.
    loss : callable
        :func:`logistic_loss` or :func:`squared_hinge_loss`.
    C : float
        Weight of the loss against the penalty.
    balanced : bool
        liblinear's ``class_weight="balanced"``: rows of class c weigh n / (K n_c) where c is the positive class; the
        others weigh 1, except that with two classes both sides are weighted.
    """
    [[[lines]]] = fit_all_lines(x[None], y[None], [n_classes], loss, np.full((1, 1, 1), C), balanced)
    return lines


def fit_all_lines(
    x: Floats, y: NDArray[np.integer], n_classes: Sequence[int], loss: Loss, C: Floats, balanced: bool
) -> list[list[list[Lines]]]:
    """Fit a classifier for each latent, each of some C, and each factor, in this order.

    Parameters
    ----------
    x : ndarray of shape (n_latents, n)
    y : ndarray of int of shape (n_factors, n)
        Class codes.
    n_classes : sequence of int of length n_factors
    loss, balanced
        As in :func:`fit_lines`.
    C : ndarray of shape (n_latents, n_strengths, n_factors)
    """
    layout = one_vs_rest(y, n_classes, balanced)
    fitted_slope, fitted_intercept, converged = FITS[loss](x, layout, C, _MAX_STEPS)
    starts = np.cumsum([0, *n_classes])
    slope = np.zeros((*C.shape[:2], starts[-1]))
    intercept = np.full(slope.shape, -np.inf)
    column = starts[layout.factor] + layout.label
    slope[..., column], intercept[..., column] = fitted_slope, fitted_intercept
    intercept[..., [start + zero for start, zero in zip(starts, layout.zero, strict=False) if zero >= 0]] = 0.0
    steepest = np.maximum.reduceat(np.where(np.isinf(intercept), -np.inf, slope), starts[:-1], axis=2)
    flattest = np.minimum.reduceat(np.where(np.isinf(intercept), np.inf, slope), starts[:-1], axis=2)
    spread = (steepest - flattest) * (x.max(axis=1) - x.min(axis=1))[:, None, None]

    def classifiers(i: int, strength: int) -> list[Lines]:
        parts = [slice(start, stop) for start, stop in pairwise(starts.tolist())]
        w, b, apart = slope[i, strength], intercept[i, strength], spread[i, strength].tolist()
        return [Lines(w[part], b[part], converged, each) for part, each in zip(parts, apart, strict=True)]

    return [[classifiers(i, strength) for strength in range(C.shape[1])] for i in range(len(x))]


def predict_lines(x: Floats, lines: Lines) -> NDArray[np.intp]:
    """Return the class of each value: the largest line, the first of those that tie."""
    predicted = np.empty(len(x), dtype=np.intp)
    step = max(1, _BLOCK // len(lines.slope))
    for start in range(0, len(x), step):
        decision = np.multiply.outer(lines.slope, x[start : start + step]) + lines.intercept[:, None]
        best = decision.max(axis=0)
        size = 1.0 + np.abs(best)
        tie = TIE * np.minimum(size, lines.spread) + _ROUNDING * size
        predicted[start : start + step] = np.argmax(decision >= best - tie, axis=0)
    return predicted
