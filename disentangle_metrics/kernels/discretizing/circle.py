"""Values on a circle: their positions, equal angles, and arcs of equal length."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Parts of a turn. Angles nearer than this are equal: 2 pi in float32 is 3e-8 of a turn beyond 2 pi.
SAME = 1e-6
# A value so little below a full turn, or (in parts of an arc) below the edge of an arc, was rounded down.
_ROUNDING = 1e-9


def turns(values: Floats, period: float) -> Floats:
    """Return values modulo the period, in parts of a turn: from 0 up to, and without, 1."""
    part = np.mod(values, period) / period
    return np.where(part < 1.0 - _ROUNDING, part, 0.0)


def same_angles(part: Floats) -> tuple[Floats, NDArray[np.intp]] | None:
    """Return the distinct angles and the index of each value's angle, or None if the angles fill whole arcs.

    Parameters
    ----------
    part : ndarray of shape (m,), m >= 1
        Values in parts of a turn.

    Returns
    -------
    angles : ndarray of shape (g,)
        In ascending order, in parts of a turn.
    index : ndarray of int of shape (m,)
    """
    order = np.argsort(part, kind="stable")
    ascending = part[order]
    gap = np.diff(ascending, prepend=ascending[-1] - 1.0)
    begins = gap > SAME
    n_angles = int(np.count_nonzero(begins))
    if not n_angles:
        return None
    # Values before the first gap belong to the last angle, across 0
    number = np.cumsum(begins) - 1 if begins[0] else np.cumsum(begins) % n_angles
    extent = np.bincount(number, np.where(begins, 0.0, gap), n_angles)
    if extent.max() > 2 * SAME:
        return None
    index = np.empty(len(part), dtype=np.intp)
    index[order] = number
    return ascending[np.unique(number, return_index=True)[1]], index


def arcs(part: Floats, n_arcs: int) -> NDArray[np.integer]:
    """Return the arc of each value among `n_arcs` equal arcs, the first of which begins at 0: (n,)."""
    number = np.floor(part * n_arcs + _ROUNDING).astype(np.int64) % n_arcs
    return number.astype(np.min_scalar_type(n_arcs))


def cos_sin(part: Floats) -> Floats:
    """Return cosine and sine: (n,) -> (n, 2)."""
    angle = 2 * np.pi * part
    return np.stack([np.cos(angle), np.sin(angle)], axis=1)
