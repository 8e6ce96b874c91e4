"""A few hundred nodes that stand for all rows of a latent, in sums of the logistic function.

For m = slope * x + height, log(1 + exp(m)) has a derivative that is analytic as far as pi from the real line. Hence
within a panel of the latent's range over which m changes by 1.5 or less, a polynomial through 16 Chebyshev nodes is
within 1e-13 of it, and where it is small, within 1e-12 of its size, by the bound for a Bernstein ellipse (Trefethen
2013, Approximation Theory and Approximation Practice, theorem 8.2). And the sum over any number of rows of a polynomial
is a weighted sum over the nodes.

The weights are made of sums over rows of the 16 Chebyshev polynomials. Across one of 64 pieces of a panel the first six
terms of a Taylor series are within 1e-15 of the function, so six sums for each piece are enough.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..dispatch import swappable

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

N_NODES = 16
LARGEST_RISE = 1.5  # of a line across a panel, in decision values

_CELLS = 1 << 16  # entries of (nodes x lines) worked on at a time, to stay in cache
_ROWS = 1 << 14
_PIECES, _N_POWERS = 64, 6
_NOTHING = 1e-290  # a range that float64 cannot cut into parts, and across which no line changes


def _cosines() -> Floats:
    """Return cos(i (j + 1/2) pi / N_NODES), exactly odd and even where it should be, so that weights add up."""
    quarter = np.cos(np.arange(N_NODES) * np.pi / (2 * N_NODES))
    half = np.concatenate([quarter, [0.0], -quarter[:0:-1]])
    turns = np.outer(np.arange(N_NODES), 2 * np.arange(N_NODES) + 1) % (4 * N_NODES)
    return np.concatenate([half, -half])[turns]


_POINTS = _cosines()[1]
# from the sums over rows of the Chebyshev polynomials to the weights of the nodes
_TO_WEIGHTS = _cosines() * np.where(np.arange(N_NODES) == 0, 1.0, 2.0)[:, None] / N_NODES


@cache  # compiled kernels never ask for it
def _taylor() -> Floats:
    """Return the Chebyshev polynomials around the middle of each piece, in powers of half a piece.

    Of shape (N_POWERS, PIECES, N_NODES).
    """
    middle = (2 * np.arange(_PIECES) + 1) / _PIECES - 1
    series = np.zeros((N_NODES, _N_POWERS, _PIECES))
    series[0, 0] = 1.0
    series[1, :2] = middle, np.full(_PIECES, 1 / _PIECES)
    for degree in range(2, N_NODES):
        before = series[degree - 1]
        series[degree] = 2 * middle * before - series[degree - 2]
        series[degree, 1:] += 2 / _PIECES * before[:-1]
    return np.ascontiguousarray(np.moveaxis(series, 0, 2))


class Nodes(NamedTuple):
    """Points that stand for rows: their positions (m,), and their weights times 1, x and x^2 (m, 3)."""

    x: Floats
    weights: Floats


def row_nodes(x: Floats, weight: Floats | None = None) -> Nodes:
    """Return nodes that are the rows themselves."""
    return _weighted(x, np.ones(len(x)) if weight is None else weight)


@swappable(saves=50)
def mean_nodes(x: Floats, n_groups: int, weight: Floats | None = None) -> Nodes:
    """Return nodes at the mean row of each of 2 * n_groups groups of neighbors: rough, but the sums stay convex.

    A group has at most its share of the rows or of the range, as exactly as 64 bins for each group can show.
    """
    n_bins = 64 * n_groups
    count, total = np.zeros(n_bins), np.zeros(n_bins)
    for bin_, values, _, w in _parts(x, n_bins, weight):
        count += np.bincount(bin_, w, minlength=n_bins)
        total += np.bincount(bin_, values if w is None else w * values, minlength=n_bins)
    whole = len(x) if weight is None else count.sum()
    group = np.arange(n_bins) // 64 + (np.cumsum(count) - count) * n_groups // whole
    first = np.flatnonzero(np.diff(group, prepend=-1.0))
    count, total = np.add.reduceat(count, first), np.add.reduceat(total, first)
    held = count > 0
    return _weighted(total[held] / count[held], count[held])


@swappable(saves=50)
def panel_nodes(x: Floats, n_panels: int, weight: Floats | None = None) -> Nodes:
    """Return the Chebyshev nodes of each of so many equal panels of the range, weighted to stand for its rows."""
    low, high = x.min(), x.max()
    if high - low < _NOTHING:
        return _weighted(np.array([low]), np.array([float(len(x) if weight is None else weight.sum())]))
    sums, n_pieces = np.zeros((n_panels, N_NODES)), n_panels * _PIECES
    for piece, _, place, w in _parts(x, n_pieces, weight):
        power = w
        for series in _taylor():
            sums += np.bincount(piece, power, minlength=n_pieces).reshape(n_panels, -1) @ series
            power = place if power is None else power * place
    held = np.flatnonzero(sums[:, 0])
    width = (high - low) / n_panels
    points = low + width * (held[:, None] + 0.5 * (1 + _POINTS))
    return _weighted(points.reshape(-1), (sums[held] @ _TO_WEIGHTS).reshape(-1))


def _weighted(x: Floats, weight: Floats) -> Nodes:
    return Nodes(x, np.stack([weight, weight * x, weight * x * x], axis=1))


def _parts(x: Floats, n_parts: int, weight: Floats | None) -> Iterator[tuple[Indices, Floats, Floats, Floats | None]]:
    """Yield blocks of rows: the part of the range that each row lies in, its value, place in [-1, 1] and weight."""
    low, high = x.min(), x.max()
    scale = n_parts / (high - low) if high - low > _NOTHING else 0.0
    step = max(_ROWS, n_parts)  # each step builds a table of all parts, so a step has at least as many rows as parts
    for start in range(0, len(x), step):
        rows = slice(start, start + step)
        place = (x[rows] - low) * scale
        part = np.minimum(place.astype(np.intp), n_parts - 1)
        yield part, x[rows], 2 * (place - part) - 1, None if weight is None else weight[rows]


def node_derivatives(nodes: Nodes) -> Callable[[Floats, Floats], Floats]:
    """Return a function from slopes and heights (n_lines,) to derivatives (5, n_lines) of sums of log(1 + exp(m)).

    They come in the order of `newton.Derivatives`.
    """
    # the logistic function is (1 + tanh(m / 2)) / 2, its derivative (1 - tanh^2) / 4
    argument = np.stack([0.5 * nodes.x, np.full(len(nodes.x), 0.5)], axis=1)
    total, weights = nodes.weights.sum(axis=0)[[1, 0, 2, 1, 0], None], nodes.weights.T
    step = max(1, _CELLS // len(nodes.x))

    def derivatives(slope: Floats, height: Floats) -> Floats:
        lines, result = np.stack([slope, height]), np.empty((5, len(slope)))
        for start in range(0, len(slope), step):
            part = slice(start, start + step)
            tanh = argument @ lines[:, part]
            np.tanh(tanh, out=tanh)
            result[1::-1, part] = weights[:2] @ tanh
            np.square(tanh, out=tanh)
            result[4:1:-1, part] = weights @ tanh
        result[:2] = 0.5 * (total[:2] + result[:2])
        result[2:] = 0.25 * (total[2:] - result[2:])
        np.maximum(result[2::2], 0.0, out=result[2::2])
        return result

    return derivatives
