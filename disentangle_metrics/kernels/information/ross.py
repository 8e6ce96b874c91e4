"""Mutual information in nats of a continuous and a categorical variable, from distances to nearest neighbors.

Ross 2014 (PLoS ONE 9(2), e87357): the distance to the k-th neighbor of the same class, and the number of nearer rows of
any class. Distances are of the maximum norm.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..dispatch import swappable
from .ksg import (
    Codes,
    Column,
    Counts,
    Floats,
    below,
    count_around,
    count_within,
    digamma_table,
    nth_distance,
    slack_at,
    sorted_column,
    two_axes,
)


@swappable(saves=1000)
def ross_pairs(x: Floats, labels: Codes, k: int, as_sklearn: bool, slack: float = 0.0) -> Floats:
    """Return the estimate of Ross for every column of x with every column of labels.

    Rows whose label occurs once are left out. In a class of fewer than k + 1 rows, every other row is a neighbor.

    Parameters
    ----------
    x : ndarray of shape (n, d)
    labels : ndarray of int of shape (n, m), from 0
    k : int
    as_sklearn : bool
        In classes of fewer than 2(k + 1) rows, scikit-learn computes distances from squares. Their rounding decides
        whether the k-th neighbor is inside. True reproduces its numbers; the estimate does not need it.
    slack : float, default 0
        See `ksg`.

    Returns
    -------
    ndarray of shape (d, m)
        Nats; below 0 at times. 0 if every label occurs once.
    """
    psi = digamma_table(len(x))
    result = np.zeros((x.shape[1], labels.shape[1]))
    for m, codes in enumerate(labels.T):
        kept, sizes = not_alone(codes)
        if len(kept):
            base = ross_base(sizes, k, psi)
            for j in range(x.shape[1]):
                column = sorted_column(x[kept, j])
                radius = _radius_in_class(column, codes[kept], k, as_sklearn)
                equal = slack_at(column.values[:, None], radius, slack)
                result[j, m] = base - psi[count_within(column, below(radius, equal))].mean()
    return result


def ross(x: Floats, labels: Codes, k: int = 3, slack: float = 0.0) -> float:
    """Return the estimate of Ross for a continuous variable, of one dimension or several, and a categorical one.

    Parameters
    ----------
    x : ndarray of shape (n,) or (n, p)
    labels : ndarray of int of shape (n,), from 0
    k : int, default 3
    slack : float, default 0
        See `ksg`.

    Returns
    -------
    float
        Nats; below 0 at times. 0 if every label occurs once.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> labels = rng.integers(2, size=2000)
    >>> bool(abs(ross(labels + 0.01 * rng.normal(size=2000), labels) - np.log(2)) < 0.01)
    True
    """
    x = two_axes(x)
    if x.shape[1] == 1:
        return float(ross_pairs(x, labels[:, None], k, False, slack)[0, 0])
    kept, sizes = not_alone(labels)
    if not len(kept):
        return 0.0
    x, labels, psi = x[kept], labels[kept], digamma_table(len(x))
    radius = np.empty(len(x))
    for c in np.unique(labels):
        rows = np.flatnonzero(labels == c)
        radius[rows] = nth_distance(x[rows], min(k, len(rows) - 1))
    reach = below(radius, slack_at(x, radius, slack))
    return float(ross_base(sizes, k, psi) - psi[count_around(x, reach)].mean())


def ross_base(sizes: NDArray[np.integer], k: int, psi: Floats) -> float:
    """Return the part of the estimate that depends only on the sizes of the classes: all terms without counts."""
    n = int(sizes.sum())
    return float(psi[n] + (sizes * (psi[np.minimum(k, sizes - 1)] - psi[sizes])).sum() / n)


def not_alone(labels: Codes) -> tuple[Counts, NDArray[np.intp]]:
    """Return the rows whose label occurs more than once, and the number of rows of each such label."""
    sizes = np.bincount(labels)
    return np.flatnonzero(sizes[labels] > 1), sizes[sizes > 1]


def _radius_in_class(column: Column, labels: Codes, k: int, as_sklearn: bool) -> Floats:
    """Return the distance to the k-th nearest neighbor of the same class, or the last if there are fewer: (n,)."""
    in_order = labels[column.order]
    by_class = np.argsort(in_order, kind="stable")
    x, codes = column.ascending[by_class], in_order[by_class]
    start = np.flatnonzero(np.r_[True, codes[1:] != codes[:-1]])
    size = np.diff(np.r_[start, len(x)])
    nearest = _nearest_in_runs(x, start, size, k)
    if as_sklearn:
        for few in range(2, 2 * k + 2):
            places = start[size == few, None] + np.arange(few)
            nearest[places] = _from_squares(x[places], min(k, few - 1))
    radius = np.empty(len(x))
    radius[column.order[by_class]] = nearest
    return radius


def _nearest_in_runs(x: Floats, start: Counts, size: Counts, k: int) -> Floats:
    """Return the distance to the k-th nearest value within each run of ascending values: (n,)."""
    place, first, last = np.arange(len(x)), np.repeat(start, size), np.repeat(start + size - 1, size)
    k_here = np.minimum(k, last - first)
    nearest = np.full(len(x), np.inf)
    # k consecutive neighbors and the value itself span k + 1 places: the shortest span that holds the value
    for before in range(k + 1):
        low, high = place - before, place - before + k_here
        fits = (before <= k_here) & (low >= first) & (high <= last)
        low, high = np.where(fits, low, place), np.where(fits, high, place)
        span = np.maximum(x - x[low], x[high] - x)
        nearest = np.where(fits, np.minimum(nearest, span), nearest)
    return nearest


def _from_squares(x: Floats, k: int) -> Floats:
    """Return the distance to the k-th nearest value of the same row, computed as a^2 - 2ab + b^2: (m, size)."""
    a, b = x[..., None], x[..., None, :]
    squares = a * a + -2 * (a * b) + b * b
    return np.asarray(np.sqrt(np.maximum(np.sort(squares, axis=-1)[..., k], 0.0)))
