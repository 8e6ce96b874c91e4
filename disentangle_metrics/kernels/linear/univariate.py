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
from .one_vs_rest import OneVsRest, one_vs_rest

Loss = Callable[[Floats], tuple[Floats, Floats, Floats]]

# How the lines of each loss are fitted: see `fit_hinge`.
Fit = Callable[[Floats, OneVsRest, Floats, int], tuple[Floats, Floats, bool]]
FITS: dict[Loss, Fit] = {squared_hinge_loss: fit_hinge, logistic_loss: fit_logistic}

# Decision values that differ by less than this part of the lines' spread over the training rows are equal, and the
# first class wins: a rounding error is not a preference.
TIE = 1e-9
_ROUNDING = 1e-14
_MAX_STEPS = 200
_BLOCK = 1 << 15  # cells of (rows x classes) worked on at a time, to stay in cache


class Lines(NamedTuple):
    """A line per class; or several such sets, along leading axes.

    Attributes
    ----------
    slope, intercept : ndarray of shape (..., n_classes)
    converged : bool
        Whether the fit reached its optimum.
    spread : float or ndarray of shape (...)
        Distance, at the end of the training range, of lines that start together: (steepest - flattest) x range.
    """

    slope: Floats
    intercept: Floats
    converged: bool
    spread: float | Floats

    def pick(self, *which: int | slice) -> Lines:
        """Return the chosen sets."""
        return Lines(self.slope[which], self.intercept[which], self.converged, np.asarray(self.spread)[which])


def fit_lines(x: Floats, y: NDArray[np.integer], n_classes: int, loss: Loss, C: float, balanced: bool) -> Lines:
    """Return a one-vs-rest classifier fitted on one latent.

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
    layout = one_vs_rest(y[None], [n_classes], balanced)
    [lines] = fit_all_lines(x[None], layout, [n_classes], loss, np.full((1, 1, 1), C))
    return lines.pick(0, 0)


def fit_all_lines(x: Floats, layout: OneVsRest, n_classes: Sequence[int], loss: Loss, C: Floats) -> list[Lines]:
    """Return the classifiers of each factor: one for each latent and each C, along the lines' leading axes.

    Parameters
    ----------
    x : ndarray of shape (n_latents, n)
    layout : OneVsRest
        The lines of all factors.
    n_classes : sequence of int of length n_factors
    loss : callable
        As in :func:`fit_lines`.
    C : ndarray of shape (n_latents, n_strengths, n_factors)
    """
    slopes, intercepts, converged = FITS[loss](x, layout, C, _MAX_STEPS)
    extent = (x.max(axis=1) - x.min(axis=1))[:, None]
    fits = []
    for (start, stop), size, zero in zip(pairwise(layout.starts), n_classes, layout.zero, strict=True):
        label = layout.label[start:stop]
        slope, intercept = slopes[:, :, start:stop], intercepts[:, :, start:stop]
        drawn = slope
        if len(label) < size:  # at least one class has no line
            slope, intercept = np.zeros((*C.shape[:2], size)), np.full((*C.shape[:2], size), -np.inf)
            slope[:, :, label], intercept[:, :, label] = drawn, intercepts[:, :, start:stop]
            if zero >= 0:
                intercept[:, :, zero] = 0.0
                drawn = slope[:, :, np.append(label, zero)]
        fits.append(Lines(slope, intercept, converged, (drawn.max(axis=2) - drawn.min(axis=2)) * extent))
    return fits


def predict_lines(x: Floats, lines: Lines) -> NDArray[np.intp]:
    """Return the class of each value (..., n): the largest line, the first of those that tie."""
    predicted = np.empty((*np.broadcast_shapes(x.shape[:-1], lines.slope.shape[:-1]), x.shape[-1]), dtype=np.intp)
    spread = np.asarray(lines.spread)[..., None]
    step = max(1, _BLOCK // lines.slope.size)
    for start in range(0, x.shape[-1], step):
        part = slice(start, start + step)
        decision = lines.slope[..., None] * x[..., None, part] + lines.intercept[..., None]
        best = decision.max(axis=-2)
        size = 1.0 + np.abs(best)
        tie = TIE * np.minimum(size, spread) + _ROUNDING * size
        predicted[..., part] = np.argmax(decision >= (best - tie)[..., None, :], axis=-2)
    return predicted
