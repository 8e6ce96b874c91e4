"""The inner loops of binning: ``numpy.digitize``, several times as fast, in chunks and with codes of few bytes.

Both functions return exactly the codes of ``numpy.digitize(values.astype(float), inner_edges)``.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

# Values binned at a time: intermediate arrays stay in the cache.
_CHUNK = 1 << 15
# Fewer values than this are binned faster by a search among the edges.
_FEW = 1 << 8
# A position among the bins is held as a whole number of steps, 2**12 steps in a bin.
_BITS = 12
_STEPS = 1 << _BITS
# Edges of any spacing are looked up in this number of equal parts of their range.
_PARTS = 1 << 12


def bin_uniform(values: NDArray[Any], edges: NDArray[np.float64]) -> NDArray[np.unsignedinteger]:
    """Return the bin of each value among bins of equal width.

    Parameters
    ----------
    values : ndarray of shape (n,) or (d, n)
        Numbers from the first of the edges to the last, of any type.
    edges : ndarray of shape (n_bins + 1,) or (d, n_bins + 1), n_bins <= 65536
        Strictly increasing, evenly spaced except for rounding; for a constant row, its value and infinities.

    Returns
    -------
    ndarray of unsigned int of the shape of `values`
        From 0 to n_bins - 1. A value on an edge is in the bin above; the last edge is in the last bin.

    Notes
    -----
    A position is computed with an error of less than one step, so only a value less than one step from an edge could
    get a wrong bin. These values, and few others, are compared with the edge itself.
    """
    if values.ndim == 1:
        return np.asarray(bin_uniform(values[None], edges[None])[0])
    (d, n), n_bins = values.shape, edges.shape[1] - 1
    work = _type_for_positions(values.dtype, edges) if values.size >= _FEW else None
    if work is None:
        return np.stack([bin_by_edges(row, inner[1:-1]) for row, inner in zip(values, edges, strict=True)])
    start = edges[:, :1].astype(work)
    scale = (n_bins * _STEPS / (edges[:, -1:] - edges[:, :1])).astype(work)
    fences = edges.copy()
    fences[:, -1] = np.inf  # nothing lies above the last bin
    fences = fences.reshape(-1)
    codes = np.empty((d, n), dtype=np.min_scalar_type(n_bins))
    size = min(n, max(1, _CHUNK // d))
    positions, steps = np.empty((d, size), dtype=work), np.empty((d, size), dtype=np.int32)
    for first in range(0, n, size):
        chunk, chunk_codes = values[:, first : first + size], codes[:, first : first + size]
        position, step = positions[:, : chunk.shape[1]], steps[:, : chunk.shape[1]]
        np.subtract(chunk, start, out=position, dtype=work)
        position *= scale
        np.copyto(step, position, casting="unsafe")
        chunk_codes[:] = step >> _BITS
        step += 1
        step &= _STEPS - 1  # 1 if the position is just above an edge, 0 if it is just below
        near = np.divmod(np.flatnonzero(step <= 1), chunk.shape[1])  # indices of two axes at once are slow
        edge = chunk_codes[near] + (step[near] == 0)
        chunk_codes[near] = edge - (chunk[near].astype(np.float64) < fences[near[0] * (n_bins + 1) + edge])
    return codes


def _type_for_positions(dtype: np.dtype[Any], edges: NDArray[np.float64]) -> type[np.float32 | np.float64] | None:
    """Return the float type in which positions are off by less than one step, or None if there is none.

    Three operations, each with an error of at most half an ulp, give a position an error of 3/2 ulp. A position is at
    most n_bins * _STEPS. The edges have an error of a few ulp of the largest value, whatever the width of a bin.
    """
    n_bins = edges.shape[1] - 1
    low, high = edges[:, 0], edges[:, -1]
    width = (high - low) / n_bins
    if not np.isfinite(high).all():  # constant rows fit any type
        varies = np.isfinite(high)
        low, high, width = low[varies], high[varies], width[varies]
    narrowest, widest = width.min(initial=1.0), width.max(initial=1.0)
    far = (np.maximum(-low, high) * 2.0**-32 > width).any()
    if far or not (narrowest > 2.0**-900 and widest < 2.0**900):
        return None
    single = narrowest > 2.0**-100 and widest < 2.0**100
    if dtype.itemsize <= 4 and n_bins <= 1024 and single and np.can_cast(dtype, np.float32):
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
        Number of edges that are not above the value, 0 to m.
    """
    codes = np.empty(len(values), dtype=np.min_scalar_type(len(edges)))
    few = 2 <= len(edges) <= _PARTS // 8 and len(values) >= _PARTS
    parts = _Parts(edges) if few and 2.0**-900 < float(edges[-1]) - float(edges[0]) < 2.0**900 else None
    for start in range(0, len(values), _CHUNK):
        chunk = values[start : start + _CHUNK].astype(np.float64, copy=False)
        chunk_codes = codes[start : start + _CHUNK]
        if parts is None:
            chunk_codes[:] = np.searchsorted(edges, chunk, side="right")
        else:
            part = parts.of(chunk)
            chunk_codes[:] = parts.code[part]
            (near,) = parts.divided[part].nonzero()
            chunk_codes[near] = np.searchsorted(edges, chunk[near], side="right")
    return codes


class _Parts:
    """The range of the edges in many equal parts, few of which hold an edge.

    The part of a value never falls as the value rises, whatever the rounding. So edges in an earlier part lie below a
    value, edges in a later part lie above it, and only edges in the same part must be compared.
    """

    def __init__(self, edges: NDArray[np.float64]) -> None:
        self._low, self._scale = edges[0], _PARTS / (edges[-1] - edges[0])
        taken = self.of(edges)
        self.code = np.searchsorted(taken, np.arange(_PARTS + 2)).astype(np.min_scalar_type(len(edges)))
        self.divided = np.zeros(_PARTS + 2, dtype=np.bool_)
        self.divided[taken] = True

    def of(self, values: NDArray[np.float64]) -> NDArray[np.intp]:
        """Return the part of each value: from 0, below all edges, to _PARTS + 1, above all edges."""
        with np.errstate(over="ignore"):
            position: NDArray[np.float64] = (values - self._low) * self._scale
        position += 1.0
        np.clip(position, 0.0, _PARTS + 1.0, out=position)
        return position.astype(np.intp)
