"""A few hundred nodes that stand for all rows of a latent, in sums of the logistic function.

For m = slope * x + height, log(1 + exp(m)) has a derivative that is analytic as far as pi from the real line. Hence
within a panel of the latent's range over which m changes by 1.5 or less, a polynomial through 16 Chebyshev nodes is
within 1e-13 of it, and where it is small, within 1e-12 of its size, by the bound for a Bernstein ellipse (Trefethen
2013, Approximation Theory and Approximation Practice, theorem 8.2). And the sum over any number of rows of a polynomial
is a weighted sum over the nodes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .seam import swappable

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

N_NODES = 16
LARGEST_RISE = 1.5  # of a line across a panel, in decision values

_CELLS = 1 << 16  # entries of (lines x nodes) worked on at a time, to stay in cache
_ROWS = 1 << 14
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


class Nodes(NamedTuple):
    """Points that stand for rows: where they lie (m,), and their weight times 1, x and x^2 (m, 3)."""

    x: Floats
    weights: Floats


def row_nodes(x: Floats, weight: Floats | None = None) -> Nodes:
    """Return the rows themselves."""
    return _weighted(x, np.ones(len(x)) if weight is None else weight)


@swappable
def mean_nodes(x: Floats, n_groups: int, weight: Floats | None = None) -> Nodes:
    """Return the mean row of each of twice as many groups of neighbors: rough, but its sums are convex functions.

    A group has its share of the rows, or of the range, at most: so far as 64 bins for each group can tell.
    """
    n_bins = 64 * n_groups
    count, total = np.zeros(n_bins), np.zeros(n_bins)
    for (bin_, values, _), w in zip(_parts(x, n_bins), _weights(x, weight), strict=True):
        count += np.bincount(bin_, w, minlength=n_bins)
        total += np.bincount(bin_, values if w is None else w * values, minlength=n_bins)
    whole = len(x) if weight is None else count.sum()
    group = np.arange(n_bins) // 64 + (np.cumsum(count) - count) * n_groups // whole
    first = np.flatnonzero(np.diff(group, prepend=-1.0))
    count, total = np.add.reduceat(count, first), np.add.reduceat(total, first)
    held = count > 0
    return _weighted(total[held] / count[held], count[held])


@swappable
def panel_nodes(x: Floats, n_panels: int, weight: Floats | None = None) -> Nodes:
    """Return the Chebyshev nodes of each of so many equal panels of the range, weighted to stand for its rows."""
    low, high = x.min(), x.max()
    if high - low < _NOTHING:
        return _weighted(np.array([low]), np.array([float(len(x) if weight is None else weight.sum())]))
    sums = np.zeros((N_NODES, n_panels))
    for (panel, _, place), w in zip(_parts(x, n_panels), _weights(x, weight), strict=True):
        now, after, twice = np.ones_like(place), place, 2 * place
        if w is not None:
            now, after = w, w * place
        for degree in range(N_NODES):
            sums[degree] += np.bincount(panel, now, minlength=n_panels)
            now, after = after, twice * after - now
    held = np.flatnonzero(sums[0])
    width = (high - low) / n_panels
    points = low + width * (held[:, None] + 0.5 * (1 + _POINTS))
    return _weighted(points.reshape(-1), (sums[:, held].T @ _TO_WEIGHTS).reshape(-1))


def _weighted(x: Floats, weight: Floats) -> Nodes:
    return Nodes(x, np.stack([weight, weight * x, weight * x * x], axis=1))


def _parts(x: Floats, n_parts: int) -> Iterator[tuple[Indices, Floats, Floats]]:
    """Yield, for some rows at a time, which part of the range each lies in, its value, and its place in [-1, 1]."""
    low, high = x.min(), x.max()
    scale = n_parts / (high - low) if high - low > _NOTHING else 0.0
    for start in range(0, len(x), _ROWS):
        values = x[start : start + _ROWS]
        place = (values - low) * scale
        part = np.minimum(place.astype(np.intp), n_parts - 1)
        yield part, values, 2 * (place - part) - 1


def _weights(x: Floats, weight: Floats | None) -> Iterator[Floats | None]:
    """Yield the weights of the rows that `_parts` does, None if there are none."""
    for start in range(0, len(x), _ROWS):
        yield None if weight is None else weight[start : start + _ROWS]


def node_derivatives(nodes: Nodes, slope: Floats, height: Floats) -> Floats:
    """Return the derivatives of the sum over nodes of log(1 + exp(m)), as `newton.Derivatives` does: (5, n_lines)."""
    result = np.empty((5, len(slope)))
    total = nodes.weights.sum(axis=0)
    step = max(1, _CELLS // len(nodes.x))
    for start in range(0, len(slope), step):
        part = slice(start, start + step)
        # the logistic function is (1 + tanh(m / 2)) / 2, its derivative (1 - tanh^2) / 4
        tanh = np.multiply.outer(0.5 * slope[part], nodes.x)
        tanh += 0.5 * height[part, None]
        np.tanh(tanh, out=tanh)
        result[1::-1, part] = 0.5 * (total[:2] + tanh @ nodes.weights[:, :2]).T
        np.square(tanh, out=tanh)
        result[4:1:-1, part] = 0.25 * (total - tanh @ nodes.weights).T
    np.maximum(result[2::2], 0.0, out=result[2::2])
    return result
