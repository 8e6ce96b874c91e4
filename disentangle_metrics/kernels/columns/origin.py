"""Values minus one of them, before any division or square: an offset then costs no digits."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Differences of values beyond this may overflow float64. Times a small power of two, which changes no digit, none does.
HUGE, TAME = 1e150, 2.0**-520


def tamed(x: Floats, size: Any) -> Floats:
    """Return values in a new array, times a power of two if their `size` is too large."""
    return np.asarray(x * np.where(size > HUGE, TAME, 1.0))


def from_first(x: NDArray[Any], *more: NDArray[Any], axis: int = 0) -> list[Floats]:
    """Return values minus the first one along an axis, times a power of two that brings `x` between -1 and 1.

    Equal differences stay equal: if they are whole numbers of steps, no digit is rounded.

    Parameters
    ----------
    x : ndarray
        Constant values become zeros.
    more : ndarray
        Further values in the same unit. The first value of x is subtracted from them too.
    axis : int, default 0
    """
    given = [np.asarray(part, dtype=np.float64) for part in (x, *more)]
    size = np.maximum.reduce([largest(part, axis) for part in given])
    parts = [tamed(part, size) for part in given]
    first = parts[0].take([0], axis)
    for part in parts:
        part -= first
    unit = 2.0 ** -np.clip(np.frexp(largest(parts[0], axis))[1], -1000, 1000).astype(np.float64)
    for part in parts:
        part *= unit
    return parts


def largest(x: Floats, axis: int) -> Floats:
    """Return the largest absolute value along an axis; the axis stays, with length 1."""
    return np.asarray(np.maximum(x.max(axis=axis, keepdims=True), -x.min(axis=axis, keepdims=True)))
