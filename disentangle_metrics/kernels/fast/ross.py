"""Compiled twin of `kernels.ross`."""

from __future__ import annotations

import numpy as np

from ..information.ksg import Codes, Floats, digamma_table, sorted_column
from ..information.ross import not_alone, ross_base
from .compiling import njit
from .ksg import count_within, each, steps


def ross_pairs(x: Floats, labels: Codes, k: int, as_sklearn: bool, slack: float = 0.0) -> Floats:
    """Return the estimate of Ross for every column of x with every column of labels: (d, m)."""
    psi = digamma_table(len(x))
    factors = [(codes.astype(np.int64), *not_alone(codes)) for codes in labels.T]
    bases = [ross_base(sizes, k, psi) if len(sizes) else 0.0 for _, _, sizes in factors]

    def of_latent(j: int) -> list[float]:
        column = sorted_column(x[:, j])
        estimates = []
        for (codes, kept, _), base in zip(factors, bases, strict=True):
            in_order = codes[column.order]
            values = column.ascending
            if len(kept) < len(x):
                often = np.bincount(codes)[in_order] > 1
                in_order, values = in_order[often], values[often]
            if not len(values):
                estimates.append(0.0)
                continue
            reach = _reach_in_class(values, in_order, k, as_sklearn, slack)
            counts = count_within(values, np.arange(len(values)), reach, steps(values))
            estimates.append(float(base - psi[counts].mean()))
        return estimates

    return np.array(each(of_latent, x.shape[1])).reshape(x.shape[1], labels.shape[1])


@njit(cache=True, nogil=True)
def _reach_in_class(values, labels, k, as_sklearn, slack):  # type: ignore[no-untyped-def]
    """Return the distance to the k-th nearest value of the same class, for ascending values: (n,)."""
    n = len(values)
    start = np.zeros(labels.max() + 2, np.int64)
    for i in range(n):
        start[labels[i] + 1] += 1
    for c in range(len(start) - 1):
        start[c + 1] += start[c]
    filled = start.copy()
    x, places = np.empty(n), np.empty(n, np.int64)
    for i in range(n):
        place = filled[labels[i]]
        filled[labels[i]] += 1
        x[place], places[place] = values[i], i
    reach = np.empty(n)
    for c in range(len(start) - 1):
        first, last = start[c], start[c + 1] - 1
        size = last - first + 1
        for i in range(first, last + 1):
            if as_sklearn and size < 2 * k + 2:
                r = _from_squares(x, i, first, last, min(k, size - 1))
            else:
                r = _nearest(x, i, first, last, min(k, size - 1))
            reach[places[i]] = np.nextafter(max(r - slack * (abs(x[i]) + r), 0.0), 0.0)
    return reach


@njit(cache=True, nogil=True)
def _nearest(x, i, first, last, k):  # type: ignore[no-untyped-def]
    """Return the distance from a value to the k-th nearest between first and last; each step takes the nearer side."""
    low, high, r = i, i, 0.0
    for _ in range(k):
        below = x[i] - x[low - 1] if low > first else np.inf
        above = x[high + 1] - x[i] if high < last else np.inf
        if below <= above:
            low, r = low - 1, below
        else:
            high, r = high + 1, above
    return r


@njit(cache=True, nogil=True)
def _from_squares(x, i, first, last, k):  # type: ignore[no-untyped-def]
    """Return the distance of `_nearest`, computed as a^2 - 2ab + b^2."""
    squares = np.empty(last - first + 1)
    for j in range(first, last + 1):
        squares[j - first] = (x[i] * x[i] + -2 * (x[i] * x[j])) + x[j] * x[j]
    squares.sort()
    return np.sqrt(max(squares[k], 0.0))
