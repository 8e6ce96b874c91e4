"""Exact k-means in one dimension: the groups of sorted values with the least squared distance to their means.

On a line the best groups are runs of the sorted values, so the best k groups of the first i values are the best k - 1
groups of fewer values and one more run (Wang and Song 2011, The R Journal 3(2)). Where that run starts never moves down
as i grows, so a start found for one i bounds those of its neighbors: k n log n steps instead of k n^2.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...errors import OptionError
from ..columns.sorting import Ordered, numbered
from .binning import bin_by_edges

Floats = NDArray[np.float64]

# More groups than this would take minutes and gigabytes.
MAX_GROUPS = 1024
# Up to this many distinct values every cut is tried. With more values, cuts are tried on a grid of this size.
MAX_CUTS = 1 << 14


def discretize_kmeans(values: NDArray[Any], n_bins: int, order: Ordered | None = None) -> NDArray[np.integer]:
    """Return bins around the means of `n_bins` k-means groups, cut halfway; equal values stay together."""
    return bin_by_edges(values, kmeans_edges(values, n_bins, order))


def kmeans_edges(values: NDArray[Any], n_bins: int, order: Ordered | None = None) -> Floats:
    """Return the inner edges between the groups of k-means: halfway between the means of neighbors.

    Parameters
    ----------
    values : ndarray of shape (n,)
        Finite numbers of any type.
    n_bins : int
        Number of groups, 1 to 1024. If there are fewer distinct values, each value is a group.
    order : callable, optional
        Returns the rows by ascending values.

    Returns
    -------
    ndarray of shape (min(n_bins, n_distinct) - 1,)
        Increasing. A value on an edge belongs to the group above.

    Raises
    ------
    OptionError
        If `n_bins` is above 1024.

    Notes
    -----
    Up to 16,384 distinct values the groups have the least inertia, exactly except for rounding. With more values the
    best cuts are first taken from a grid, again exactly; half of the grid is spaced by equal numbers of distinct values
    and half by equal widths. Then Lloyd's algorithm on all values moves the cuts until no value changes its group.
    """
    if n_bins > MAX_GROUPS:
        raise OptionError(
            f"n_bins={n_bins} is too many for discretizer='kmeans'. "
            f"Use {MAX_GROUPS} at most, or discretizer='quantile'."
        )
    values = np.asarray(values, dtype=np.float64).take(np.argsort(values) if order is None else order())
    number = numbered(values)
    distinct, times = values[np.append(True, number[1:] > number[:-1])], np.bincount(number)
    n_groups = min(n_bins, len(distinct))
    sums = _Sums.of(distinct, times)
    if len(distinct) <= MAX_CUTS:
        starts = best_starts(sums, n_groups)
    else:
        cuts = _grid(sums)
        starts = _settle(sums, cuts[best_starts(sums.at(cuts), n_groups)])
    below, above = distinct[starts[1:] - 1], distinct[starts[1:]]
    # Rounding must not carry an edge to a value of the group below
    return np.clip(sums.value_at(_halfway(sums, starts)), np.nextafter(below, above), above)


class _Sums(NamedTuple):
    """Sums over the first i weighted points, for i = 0 ... m: (m + 1,) each.

    The median is subtracted from the points, and sums run from the median in both directions, so that the rounding of a
    far outlier does not hide the other points. Scaling is by a power of two, so nothing is rounded.
    """

    weight: Floats
    first: Floats
    second: Floats
    point: Floats
    center: float
    exponent: int

    @classmethod
    def of(cls, distinct: Floats, times: NDArray[np.integer]) -> _Sums:
        exponent = int(np.frexp(np.abs(distinct).max())[1])
        point = np.ldexp(distinct, -exponent)
        weight = np.concatenate([[0.0], np.cumsum(times)])
        middle = int(np.searchsorted(weight[1:], weight[-1] / 2))
        center = float(point[middle])
        point -= center

        def summed(terms: NDArray[Any]) -> Floats:
            right, left = np.cumsum(terms[middle:]), np.cumsum(terms[:middle][::-1])[::-1]
            return np.concatenate([-left, [0.0], right])

        return cls(weight, summed(point * times), summed(point**2 * times), point, center, exponent)

    def at(self, cuts: NDArray[np.integer]) -> _Sums:
        """Return the sums at the given cuts only, so that the points between two cuts stay together."""
        return self._replace(weight=self.weight[cuts], first=self.first[cuts], second=self.second[cuts])

    def value_at(self, point: Floats) -> Floats:
        """Return the value of a point, in the unit of the input."""
        value: Floats = np.ldexp(point + self.center, self.exponent)
        return value

    def inertia(self, start: NDArray[np.integer], stop: NDArray[np.integer]) -> Floats:
        """Return the squared distances of the points start ... stop - 1 to their mean."""
        first = self.first[stop] - self.first[start]
        first *= first
        first /= self.weight[stop] - self.weight[start]
        inertia: Floats = self.second[stop] - self.second[start]
        inertia -= first
        return inertia


def best_starts(sums: _Sums, n_groups: int) -> NDArray[np.intp]:
    """Return the start of each of `n_groups` groups of least inertia: (n_groups,), the first at 0."""
    m = len(sums.weight) - 1
    ends = np.arange(1, m + 1)
    best = np.concatenate([[0.0], sums.inertia(np.zeros_like(ends), ends)])  # with one group, of the first i points
    start_of_last = np.zeros((n_groups, m + 1), dtype=np.intp)
    for k in range(1, n_groups):
        best, start_of_last[k] = _with_one_more(sums, best, start_of_last[k - 1], k)
    starts, stop = np.zeros(n_groups, dtype=np.intp), m
    for k in range(n_groups - 1, 0, -1):
        stop = starts[k] = start_of_last[k, stop]
    return starts


def _with_one_more(sums: _Sums, best: Floats, lowest: NDArray[np.intp], k: int) -> tuple[Floats, NDArray[np.intp]]:
    """Return the least inertia of the first i points in k + 1 groups, and the start of the last group: (m + 1,) each.

    A start lies between the starts of its neighbors. So the start for every 2^l-th i comes first, then those between.
    """
    m = len(best) - 1
    least, start = np.full(m + 1, np.inf), np.full(m + 1, k)
    for level in reversed(range((m - k).bit_length())):
        step = 1 << level
        i = np.arange(k + step, m + 1, 2 * step)
        low = np.maximum(start[i - step], lowest[i])
        high = np.minimum(np.append(start[i[:-1] + step], start[i[-1] + step] if i[-1] + step <= m else m), i - 1)
        least[i], start[i] = _least(sums, best, i, low, high)
    return least, start


def _least(
    sums: _Sums, best: Floats, i: NDArray[np.intp], low: NDArray[np.intp], high: NDArray[np.intp]
) -> tuple[Floats, NDArray[np.intp]]:
    """Return the minimum of best[j] + inertia(j, i) over j = low ... high for each i, and the first j with it."""
    size = high - low + 1
    offset = np.cumsum(size) - size
    j = np.arange(int(size.sum())) + np.repeat(low - offset, size)
    total = sums.inertia(j, np.repeat(i, size))
    total += best[j]
    least = np.minimum.reduceat(total, offset)
    (hits,) = (total == np.repeat(least, size)).nonzero()
    return least, j[hits[np.searchsorted(hits, offset)]]


def _grid(sums: _Sums) -> NDArray[np.intp]:
    """Return about MAX_CUTS cuts with the first and the last, where values are dense and where they are sparse."""
    m, share = len(sums.point), np.linspace(0.0, 1.0, MAX_CUTS // 2)
    many = (share * m).astype(np.intp)
    far = np.searchsorted(sums.point, sums.point[0] + share * (sums.point[-1] - sums.point[0]))
    return np.unique(np.concatenate([many, far, [m]]))


def _settle(sums: _Sums, starts: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return the starts after Lloyd's algorithm: values move to the group with the nearest mean, until none moves."""
    inertia = np.inf
    while True:
        stops = np.append(starts[1:], len(sums.point))
        before, inertia = inertia, float(sums.inertia(starts, stops).sum())
        moved = np.concatenate([[0], np.searchsorted(sums.point, _halfway(sums, starts))])
        if not inertia < before or np.array_equal(moved, starts) or np.any(np.diff(moved) < 1):
            return starts
        starts = moved


def _halfway(sums: _Sums, starts: NDArray[np.intp]) -> Floats:
    """Return the midpoints between the means of neighboring groups."""
    stops = np.append(starts[1:], len(sums.point))
    mean = (sums.first[stops] - sums.first[starts]) / (sums.weight[stops] - sums.weight[starts])
    half: Floats = (mean[1:] + mean[:-1]) / 2
    return half
