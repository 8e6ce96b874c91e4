"""From a matrix of what each latent knows of each factor to one number per factor, and to one number."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Aggregate = Callable[[NDArray[np.float64]], float]

AGGREGATES: dict[str, Aggregate] = {
    "mean": lambda values: float(np.mean(values)),
    "median": lambda values: float(np.median(values)),
    "min": lambda values: float(np.min(values)),
}


def top_two_gap(matrix: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the largest minus the second largest value of each column: (d, k) -> (k,).

    Both are raised to 0 first if they are negative, as bias-corrected information and held-out R2 can be: below
    nothing there is nothing to lead by.
    """
    second, first = np.maximum(np.partition(matrix, -2, axis=0)[-2:], 0.0)
    return np.asarray(first - second)
