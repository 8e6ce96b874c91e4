"""Choice of C on the training rows, as scikit-learn's ``LogisticRegressionCV(Cs=10, cv=KFold(5))`` makes it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from .splits import folds

Codes = NDArray[np.intp]

# The values of C, and the number of folds, which are pieces of the rows in order.
STRENGTHS = tuple(float(C) for C in np.logspace(-4, 4, 10))
N_FOLDS = 5

_EQUAL = 1e-12  # mean scores that differ by less than this differ by rounding only


def best_strength(n: int, score: Callable[[float, Codes, Codes], float]) -> float:
    """Return the smallest C with the highest mean score over the folds of n rows, of which there are two or more.

    Parameters
    ----------
    n : int
    score : callable
        From C, the rows that train and the rows that test to the score on the latter.
    """
    splits = folds(n, min(N_FOLDS, n), None)
    means = np.array([np.mean([score(C, train, test) for train, test in splits]) for C in STRENGTHS])
    return STRENGTHS[int(np.argmax(means > means.max() - _EQUAL))]
