"""Areas under ROC curves: how often a row of a class has a higher score of that class than a row of another class."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_EQUAL = 1e-9  # part of the spread of scores: scores that differ by less than this differ by rounding only
_CELLS = 1 << 21  # weights looked at together


class Pairs(NamedTuple):
    """Pairs of a row of a class and a row of another class, by their weight.

    Attributes
    ----------
    won : ndarray of shape (..., c)
        Pairs in which the row of the class has the higher score; of equal scores, half the pairs.
    all : ndarray of shape (..., c)
    """

    won: Floats
    all: Floats


def pairs_of_classes(scores: Floats, y: NDArray[np.integer], weights: NDArray[np.generic] | None = None) -> Pairs:
    """Return, for each class, its pairs with rows of other classes.

    Parameters
    ----------
    scores : ndarray of shape (t, c)
        The score of each class in each row, not NaN.
    y : ndarray of int of shape (t,)
        The class of each row.
    weights : ndarray of shape (r, t), optional
        Draws of weights of the rows; by default one draw of ones.
    """
    n_draws = 1 if weights is None else len(weights)
    won, total = np.zeros((2, n_draws, scores.shape[1]))
    step = max(1, _CELLS // max(len(y), 1))
    for c, column in enumerate(scores.T):
        order = np.argsort(column)
        ascending, own = column[order], y[order] == c
        if not own.any() or own.all():
            continue
        first = _first_of_equal(ascending)
        for start in range(0, n_draws, step):
            part = slice(start, start + step)
            w = np.ones((1, len(y))) if weights is None else weights[part][:, order].astype(np.float64)
            of_class = np.add.reduceat(w * own, first, axis=1)
            others = np.add.reduceat(w * ~own, first, axis=1)
            below = np.cumsum(others, axis=1)
            won[part, c] = (of_class * (below - others / 2)).sum(axis=1)
            total[part, c] = of_class.sum(axis=1) * below[:, -1]
    return Pairs(won, total) if weights is not None else Pairs(won[0], total[0])


def areas(pairs: Pairs) -> Floats:
    """Return the area of each class (..., c); NaN for a class without pairs."""
    return np.divide(pairs.won, pairs.all, out=np.full_like(pairs.won, np.nan), where=pairs.all > 0)


def mean_area(pairs: Pairs) -> Floats:
    """Return the mean area of the classes that have pairs (...); 1/2, as of a coin, if none has."""
    counted = pairs.all > 0
    each = np.divide(pairs.won, pairs.all, out=np.zeros_like(pairs.won), where=counted)
    n = counted.sum(axis=-1)
    return np.asarray(np.where(n > 0, each.sum(axis=-1) / np.maximum(n, 1), 0.5))


def _first_of_equal(ascending: Floats) -> NDArray[np.intp]:
    """Return the place of the first of each run of equal scores."""
    finite = ascending[np.isfinite(ascending)]
    with np.errstate(invalid="ignore"):  # of two infinities
        apart = np.diff(ascending) > _EQUAL * (np.ptp(finite) if len(finite) else 0.0)
    return np.flatnonzero(np.append(True, apart))
