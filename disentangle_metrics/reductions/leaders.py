"""Leaders of a matrix of information: the largest entries of a row or column, and the second largest."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Values that differ by less than this part of the largest are equal: a rounding error decides nothing.
_TIE = 1e-9


class Leaders(NamedTuple):
    """The largest entries along an axis.

    Attributes
    ----------
    first, second : ndarray
        The largest value and the second largest, which is 0 if there is no second; without the axis. Negative values
        count as 0.
    are_first : ndarray of bool
        Mask of the entries that are the largest, several if they tie; with the axis.
    are_second : ndarray of bool
        Mask of the entries that come second: those of the second largest value, and all that tie for the first place.
    alone : ndarray of bool
        Whether a single entry is the largest; without the axis.
    """

    first: Floats
    second: Floats
    are_first: NDArray[np.bool_]
    are_second: NDArray[np.bool_]
    alone: NDArray[np.bool_]


def leaders(matrix: Floats, axis: int) -> Leaders:
    """Return the largest and the second largest entries of a matrix along an axis."""
    values = np.maximum(matrix, 0.0)
    first = values.max(axis=axis, keepdims=True)
    are_first = values >= first * (1 - _TIE)
    alone = are_first.sum(axis=axis, keepdims=True) == 1
    others = np.where(alone & are_first, 0.0, values)
    second = others.max(axis=axis, keepdims=True)
    are_second = (others >= second * (1 - _TIE)) & ~(alone & are_first)
    of_second = np.where(alone, second, first)
    return Leaders(first.squeeze(axis), of_second.squeeze(axis), are_first, are_second, alone.squeeze(axis))
