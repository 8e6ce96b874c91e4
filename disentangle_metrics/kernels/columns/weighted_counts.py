"""Sums and majorities of rows that need not count alike."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Sums of weights nearer than this part of the larger one are equal: what rounding made is not a majority.
_EQUAL = 1e-12


def totals(codes: NDArray[np.integer], size: int, weight: NDArray[Any] | None = None) -> NDArray[Any]:
    """Return how many rows have each code, or the sum of their weights: (n,) -> (size,).

    The sums of weights that are integers are exact, and integers.
    """
    found = np.bincount(codes, weight, minlength=size)
    return found if weight is None else found.astype(weight.dtype, copy=False)


def most(table: NDArray[Any]) -> NDArray[np.intp]:
    """Return the code with the largest sum of each row, the first of equals: (..., size) -> (...)."""
    if table.dtype.kind == "f":
        table = table >= table.max(axis=-1, keepdims=True) * (1 - _EQUAL)
    return np.asarray(table.argmax(axis=-1))
