"""Mutual information in nats of continuous variables, from distances to nearest neighbors, without bins.

Kraskov, Stögbauer and Grassberger 2004 (arXiv:cond-mat/0305641). Distances are of the maximum norm. A neighbor is
inside a radius if the difference of the two numbers in float64 is. A search for ``x + radius`` rounds once more and
counts neighbors that are outside.

A division by the standard deviation rounds a column, so that equal distances differ in their last digits. With `slack`,
two distances are equal if they differ by no more than this part of a point's values and of the distances.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..dispatch import swappable

Floats = NDArray[np.float64]
Codes = NDArray[np.integer]
Counts = NDArray[np.intp]

_LEAF = 12  # points in a leaf of a tree, which is fastest for so few neighbors


@swappable(saves=3000)
def ksg_pairs(x: Floats, y: Floats, k: int, variant: int, slack: float = 0.0) -> Floats:
    """Return the estimate of Kraskov et al. for every column of x with every column of y.

    Parameters
    ----------
    x : ndarray of shape (n, d)
    y : ndarray of shape (n, m)
    k : int
        Number of nearest neighbors, below n.
    variant : {1, 2}
        Equation 8 or 9.
    slack : float, default 0

    Returns
    -------
    ndarray of shape (d, m)
        Nats; below 0 at times.
    """
    columns_x, columns_y = list(map(sorted_column, x.T)), list(map(sorted_column, y.T))
    psi = digamma_table(len(x))
    result = np.empty((len(columns_x), len(columns_y)))
    for j, a in enumerate(columns_x):
        for m, b in enumerate(columns_y):
            points = np.stack([a.values, b.values], axis=1)
            reach_a, reach_b = _reaches(points, k, variant, a.order, 1, slack=slack)
            counts = count_within(a, reach_a), count_within(b, reach_b)
            result[j, m] = ksg_from_counts(*counts, k, variant, psi)
    return result


def ksg(x: Floats, y: Floats, k: int = 3, variant: int = 1, period: float = 0.0, slack: float = 0.0) -> float:
    """Return the estimate of Kraskov et al. for two continuous variables, of one dimension or several.

    Parameters
    ----------
    x : ndarray of shape (n,) or (n, p)
    y : ndarray of shape (n,) or (n, q)
    k : int, default 3
        Number of nearest neighbors, below n.
    variant : {1, 2}, default 1
        Equation 8 or 9. The second counts in a box that is as wide as the neighbors need on each side: less bias for
        large p + q, a little more variance.
    period : float, default 0
        If it is not 0, y has one dimension and lies on a circle of this length, from 0 up to, and without, `period`.
        Distances are taken along the circle, the shorter way.
    slack : float, default 0

    Returns
    -------
    float
        Nats; below 0 at times.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> x = rng.normal(size=2000)
    >>> bool(abs(ksg(x, 0.75 * x + rng.normal(size=2000)) - 0.5 * np.log(1 + 0.75**2)) < 0.05)
    True
    """
    x, y = two_axes(x), two_axes(y)
    if x.shape[1] == y.shape[1] == 1 and not period:
        return float(ksg_pairs(x, y, k, variant, slack)[0, 0])
    radii = _reaches(np.hstack([x, y]), k, variant, None, x.shape[1], period, slack)
    counts = count_around(x, radii[0]), count_around(y, radii[1], period)
    return ksg_from_counts(counts[0], counts[1], k, variant, digamma_table(len(x)))


class Column(NamedTuple):
    """A column in ascending order.

    Attributes
    ----------
    values : ndarray of shape (n,)
        In the order of the rows.
    order : ndarray of int of shape (n,)
        Row of the smallest, of the second smallest, ...
    ascending : ndarray of shape (n,)
    """

    values: Floats
    order: Counts
    ascending: Floats


def sorted_column(values: Floats) -> Column:
    """Return a column in ascending order."""
    order = np.argsort(values, kind="stable")
    return Column(values, order, values[order])


def below(radius: Floats, slack: Floats | float = 0.0) -> Floats:
    """Return the largest floats below a radius minus a slack: points within are nearer than the radius. 0 stays 0."""
    return np.asarray(np.nextafter(np.maximum(radius - slack, 0.0), 0.0))


def slack_at(points: Floats, radius: Floats, slack: float, period: float = 0.0) -> Floats | float:
    """Return the tolerance for equal distances of about a radius from each point (n, p): (n,), or 0."""
    if not slack:
        return 0.0
    return np.asarray(slack * (np.maximum(np.abs(points).max(axis=1), period) + radius))


def count_within(column: Column, reach: Floats) -> Counts:
    """Return, in ascending order, the number of values at most `reach` (n,) away from each value, itself included."""
    x, r = column.ascending, reach[column.order]
    first, stop = np.searchsorted(x, x - r, "left"), np.searchsorted(x, x + r, "right")
    # x - r and x + r are rounded: go on from there by the exact differences, a run of equal values at a time
    _walk(stop, lambda i, rows: (i < len(x)) & (x[np.minimum(i, len(x) - 1)] - x[rows] <= r[rows]), x, 0, "right")
    _walk(stop, lambda i, rows: x[i - 1] - x[rows] > r[rows], x, -1, "left")
    _walk(first, lambda i, rows: (i > 0) & (x[rows] - x[i - 1] <= r[rows]), x, -1, "left")
    _walk(first, lambda i, rows: x[rows] - x[i] > r[rows], x, 0, "right")
    return stop - first


def _walk(place: Counts, moves: Any, x: Floats, offset: int, side: Any) -> None:
    """Move each place past runs of equal values, as long as they are on the wrong side."""
    rows = np.arange(len(x))
    while len(rows := rows[moves(place[rows], rows)]):
        place[rows] = np.searchsorted(x, x[place[rows] + offset], side)


def ksg_from_counts(in_x: Counts, in_y: Counts, k: int, variant: int, psi: Floats) -> float:
    """Return the estimate from the number of points near each point, itself included, in x and in y: (n,) each."""
    less = 0 if variant == 1 else 1  # equation 9 counts the neighbors, equation 8 the neighbors and one more
    base = psi[len(in_x)] + psi[k] - less / k
    return float(base - psi[in_x - less].mean() - psi[in_y - less].mean())


def digamma_table(n: int) -> Floats:
    """Return digamma of 0 (unused), 1, ..., n: (n + 1,)."""
    from scipy.special import digamma

    table = np.zeros(n + 1)
    table[1:] = digamma(np.arange(1, n + 1, dtype=np.float64))
    return table


def _reaches(
    points: Floats,
    k: int,
    variant: int,
    order: Counts | None,
    n_first: int,
    period: float = 0.0,
    slack: float = 0.0,
) -> tuple[Floats, Floats]:
    """Return the distances within which to count, in the first `n_first` coordinates and in the others: (n,) each."""
    if variant == 1:
        radius = nth_distance(points, k, order, period)
        reach = below(radius, slack_at(points, radius, slack, period))
        return reach, reach
    sides = np.zeros((2, len(points)))
    for i, near, nothing in _neighbors(points, k, period, slack):
        offset = np.abs(points[near] - points[i][:, None])
        if period:
            offset[..., -1] = np.minimum(offset[..., -1], period - offset[..., -1])
        sides[0, i] = offset[..., :n_first].max(axis=(1, 2)) + nothing
        sides[1, i] = offset[..., n_first:].max(axis=(1, 2)) + nothing
    return sides[0], sides[1]


def nth_distance(points: Floats, k: int, order: Counts | None = None, period: float = 0.0) -> Floats:
    """Return the distance of each point to its k-th nearest neighbor: (n,)."""
    # In the order of their place in space, so that the tree's nodes stay in the cache
    tree = _tree(points, period)
    order = tree.indices if order is None else order
    distance = np.empty(len(points))
    distance[order] = tree.query(points[order], k=[k + 1], p=np.inf)[0][:, 0]
    return distance


def _neighbors(points: Floats, k: int, period: float, slack: float) -> Any:
    """Yield rows, the rows as near as the k-th neighbor of each (itself included), and the tolerance for 0 there.

    If several rows are equally far, all of them, so that the order of rows cannot matter: (m,), (m, l), (m,).
    """
    tree = _tree(points, period)
    distance, near = tree.query(points, k=min(k + 2, len(points)), p=np.inf)
    nothing = np.zeros(len(points)) + slack_at(points, distance[:, k], slack, period)
    reach = distance[:, k] + nothing
    tied = distance[:, k + 1] <= reach if distance.shape[1] > k + 1 else np.zeros(len(points), dtype=bool)
    yield np.flatnonzero(~tied), near[~tied, : k + 1], nothing[~tied]
    for i in np.flatnonzero(tied):
        yield np.array([i]), np.array([tree.query_ball_point(points[i], reach[i], p=np.inf)]), nothing[i]


def count_around(points: Floats, reach: Floats, period: float = 0.0) -> Counts:
    """Return the number of points at most `reach` away from each point, itself included: (n,)."""
    if points.shape[1] == 1 and not period:
        column = sorted_column(points[:, 0])
        return count_within(column, reach)
    tree = _tree(points, period)
    return np.asarray(tree.query_ball_point(points, reach, p=np.inf, return_length=True), dtype=np.intp)


def _tree(points: Floats, period: float = 0.0) -> Any:
    """Return a search tree of points, whose last coordinate runs around a circle if the period is not 0."""
    from scipy.spatial import cKDTree

    box = np.append(np.zeros(points.shape[1] - 1), period) if period else None
    return cKDTree(points, leafsize=_LEAF, balanced_tree=False, boxsize=box)


def two_axes(x: Floats) -> Floats:
    """Return points with two axes: (n,) becomes (n, 1), and (n, p) stays."""
    x = np.asarray(x, dtype=np.float64)
    return x[:, None] if x.ndim == 1 else x
