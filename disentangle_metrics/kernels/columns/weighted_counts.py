"""Sums and majorities of weighted rows."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Sums of weights that differ by less than this part of the larger sum are equal: a rounding error is no majority.
_EQUAL = 1e-12


def totals(codes: NDArray[np.integer], size: int, weight: NDArray[Any] | None = None) -> NDArray[Any]:
    """Return the number of rows with each code, or the sum of their weights: (n,) -> (size,).

    Sums of integer weights are exact integers.
    """
    sums = np.bincount(codes, weight, minlength=size)
    return sums if weight is None else sums.astype(weight.dtype, copy=False)


def most(table: NDArray[Any]) -> NDArray[np.intp]:
    """Return the code with the largest sum in each row, the first one of equal sums: (..., size) -> (...)."""
    if table.dtype.kind == "f":
        table = table >= table.max(axis=-1, keepdims=True) * (1 - _EQUAL)
    return np.asarray(table.argmax(axis=-1))
