"""The inner loops of binning: ``numpy.digitize``, several times as fast, in chunks and with codes of few bytes.

Both functions return exactly what ``numpy.digitize(values.astype(float), inner_edges)`` does.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

# Values binned at a time: what is computed on the way stays in the cache.
_CHUNK = 1 << 15
# Fewer values than this are binned sooner by a search among the edges.
_FEW = 1 << 8
# A position among the bins is held as a whole number of steps, 2**12 of them to a bin.
_BITS = 12
_STEPS = 1 << _BITS
# Edges of any spacing are looked for in as many equal parts of their range.
_PARTS = 1 << 12


def bin_uniform(values: NDArray[Any], edges: NDArray[np.float64]) -> NDArray[np.integer]:
    """Return the bin of each value among bins of equal width.

    Parameters
    ----------
    values : ndarray of shape (n,)
        Numbers from ``edges[0]`` to ``edges[-1]``, of any type.
    edges : ndarray of shape (n_bins + 1,), n_bins <= 65536
        Strictly increasing, evenly spaced but for rounding.

    Returns
    -------
    ndarray of unsigned int of shape (n,)
        From 0 to n_bins - 1. A value on an edge is in the bin above; the last edge is in the last bin.

    Notes
    -----
    A position is computed with an error of less than one step, so only a value less than one step from an edge can end
    up in the wrong bin. Those, and few others, are compared with the edge itself.
    """
    n_bins, low, high = len(edges) - 1, float(edges[0]), float(edges[-1])
    work = _type_for_positions(values.dtype, low, high, n_bins) if len(values) >= _FEW else None
    if work is None:
        return bin_by_edges(values, edges[1:-1])
    start, scale = work(low), work(n_bins * _STEPS / (high - low))
    fences = edges.copy()
    fences[-1] = np.inf  # nothing lies above the last bin
    codes = np.empty(len(values), dtype=np.min_scalar_type(n_bins))
    size = min(len(values), _CHUNK)
    positions, steps = np.empty(size, dtype=work), np.empty(size, dtype=np.int32)
    for first in range(0, len(values), size):
        chunk, found = values[first : first + size], codes[first : first + size]
        position, step = positions[: len(chunk)], steps[: len(chunk)]
        np.subtract(chunk, start, out=position, dtype=work)
        position *= scale
        np.copyto(step, position, casting="unsafe")
        found[:] = step >> _BITS
        step += 1
        step &= _STEPS - 1  # 1 if the position is just above an edge, 0 if it is just below
        (near,) = (step <= 1).nonzero()
        edge = found[near] + (step[near] == 0)
        found[near] = edge - (chunk[near].astype(np.float64) < fences[edge])
    return codes


def _type_for_positions(
    dtype: np.dtype[Any], low: float, high: float, n_bins: int
) -> type[np.float32 | np.float64] | None:
    """Return the float type in which positions are off by less than one step, or None if there is none.

    Three operations, each off by at most half an ulp, put a position off by 3/2 ulp of itself, and it is n_bins *
    _STEPS at most. The edges are off by a few ulp of the largest value, whatever the width of a bin.
    """
    width = (high - low) / n_bins
    if max(-low, high) / width > 2.0**32 or not 2.0**-900 < width < 2.0**900:
        return None
    if dtype.itemsize <= 4 and n_bins <= 1024 and 2.0**-100 < width < 2.0**100 and np.can_cast(dtype, np.float32):
        return np.float32
    return np.float64


def bin_by_edges(values: NDArray[Any], edges: NDArray[np.float64]) -> NDArray[np.integer]:
    """Return the bin of each value between edges of any spacing.

    Parameters
    ----------
    values : ndarray of shape (n,)
        Numbers of any type.
    edges : ndarray of shape (m,)
        Inner edges, increasing.

    Returns
    -------
    ndarray of unsigned int of shape (n,)
        How many edges are not above the value, 0 to m.
    """
    codes = np.empty(len(values), dtype=np.min_scalar_type(len(edges)))
    few = 2 <= len(edges) <= _PARTS // 8 and len(values) >= _PARTS
    parts = _Parts(edges) if few and 2.0**-900 < float(edges[-1]) - float(edges[0]) < 2.0**900 else None
    for start in range(0, len(values), _CHUNK):
        chunk = values[start : start + _CHUNK].astype(np.float64, copy=False)
        found = codes[start : start + _CHUNK]
        if parts is None:
            found[:] = np.searchsorted(edges, chunk, side="right")
        else:
            part = parts.of(chunk)
            found[:] = parts.code[part]
            (near,) = parts.divided[part].nonzero()
            found[near] = np.searchsorted(edges, chunk[near], side="right")
    return codes


class _Parts:
    """The range of some edges in many equal parts, few of which have an edge inside.

    The part of a value never falls as the value rises, whatever the rounding. So edges in an earlier part lie below a
    value, those in a later one above it, and only an edge in the same part leaves a doubt.
    """

    def __init__(self, edges: NDArray[np.float64]) -> None:
        self._low, self._scale = edges[0], _PARTS / (edges[-1] - edges[0])
        taken = self.of(edges)
        self.code = np.searchsorted(taken, np.arange(_PARTS + 2)).astype(np.min_scalar_type(len(edges)))
        self.divided = np.zeros(_PARTS + 2, dtype=np.bool_)
        self.divided[taken] = True

    def of(self, values: NDArray[np.float64]) -> NDArray[np.intp]:
        """Return the part each value lies in: from 0, below all edges, to _PARTS + 1, above them."""
        with np.errstate(over="ignore"):
            position: NDArray[np.float64] = (values - self._low) * self._scale
        position += 1.0
        np.clip(position, 0.0, _PARTS + 1.0, out=position)
        return position.astype(np.intp)
