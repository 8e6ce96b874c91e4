"""Compiled twins of `kernels.ksg`: neighbors in strips, counts in a sorted column."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

import numpy as np

from ...runtime.config import config
from ..information.ksg import Column, Counts, Floats, digamma_table, ksg_from_counts, sorted_column
from .compiling import njit


def ksg_pairs(x: Floats, y: Floats, k: int, variant: int, slack: float = 0.0) -> Floats:
    """Return the estimate of Kraskov et al. for every column of x with every column of y: (d, m)."""
    psi = digamma_table(len(x))
    columns_y = list(map(sorted_column, y.T))
    ranks_y = [steps(column.ascending) for column in columns_y]

    def of_latent(j: int) -> list[float]:
        a = sorted_column(x[:, j])
        starts = steps(a.ascending)
        return [_ksg(a, b, starts, s, k, variant, psi, slack) for b, s in zip(columns_y, ranks_y, strict=True)]

    return np.array(each(of_latent, x.shape[1])).reshape(x.shape[1], y.shape[1])


def each(work: Callable[[int], list[float]], n: int) -> list[list[float]]:
    """Return the results of `work` for 0 ... n - 1, on the configured number of threads."""
    if config.threads == 1 or n == 1:
        return [work(j) for j in range(n)]
    with ThreadPoolExecutor(config.threads) as pool:
        results = [pool.submit(copy_context().run, work, j) for j in range(n)]
        return [result.result() for result in results]


def _ksg(
    a: Column, b: Column, starts_a: Counts, starts_b: Counts, k: int, variant: int, psi: Floats, slack: float
) -> float:
    width = max(8, int(np.sqrt(k * len(a.values))))
    reach_a, reach_b = _reaches(a.ascending, a.order, b.ascending, b.order, k, variant, width, slack)
    counts = (
        count_within(a.ascending, a.order, reach_a, starts_a),
        count_within(b.ascending, b.order, reach_b, starts_b),
    )
    return ksg_from_counts(*counts, k, variant, psi)


def steps(ascending: Floats) -> Counts:
    """Return the index of the first value of each of n equal steps from the minimum to the maximum: (n + 1,)."""
    return np.searchsorted(ascending, np.linspace(ascending[0], ascending[-1], len(ascending) + 1))


@njit(cache=True, nogil=True)
def _reaches(xs, order_x, ys, order_y, k, variant, width, slack):  # type: ignore[no-untyped-def]
    """Return the distances within which to count around each row, in x and in y: (n,) each.

    Rows lie in strips of `width` rows, one strip after the other in x, and within a strip in the order of y. The search
    walks up and down the row's strip, then the strips left and right of it, as long as a nearer row may come.
    """
    n = len(xs)
    n_strips = (n + width - 1) // width
    rank_x = np.empty(n, np.int64)
    for i in range(n):
        rank_x[order_x[i]] = i
    x, y, rows = np.empty(n), np.empty(n), np.empty(n, np.int64)
    filled = np.arange(n_strips) * width
    for i in range(n):
        row = order_y[i]
        rank = rank_x[row]
        strip = rank // width
        place = filled[strip]
        filled[strip] += 1
        x[place], y[place], rows[place] = xs[rank], ys[i], row
    reach_x, reach_y = np.empty(n), np.empty(n)
    nearest = np.empty(k)
    cursor = np.empty(n_strips, np.int64)
    for strip in range(n_strips):
        for s in range(n_strips):
            cursor[s] = s * width
        first, stop = strip * width, min(n, strip * width + width)
        for i in range(first, stop):
            x0, y0 = x[i], y[i]
            nearest[:] = np.inf
            _up(x, y, x0, y0, i + 1, stop, nearest)
            _down(x, y, x0, y0, i - 1, first, nearest)
            for side in range(2):
                s = strip - 1 if side == 0 else strip + 1
                while 0 <= s < n_strips:
                    s_first, s_stop = s * width, min(n, s * width + width)
                    gap = x0 - xs[s_stop - 1] if side == 0 else xs[s_first] - x0
                    if gap >= nearest[k - 1]:
                        break
                    c = cursor[s]
                    while c < s_stop and y[c] < y0:
                        c += 1
                    cursor[s] = c
                    _up(x, y, x0, y0, c, s_stop, nearest)
                    _down(x, y, x0, y0, c - 1, s_first, nearest)
                    s += -1 if side == 0 else 1
            r = nearest[k - 1]
            equal = slack * (max(abs(x0), abs(y0)) + r)
            if variant == 1:
                reach_x[rows[i]] = reach_y[rows[i]] = np.nextafter(max(r - equal, 0.0), 0.0)
            else:
                far_x, far_y = _sides(x, y, xs, x0, y0, r + equal, strip, width, cursor)
                reach_x[rows[i]], reach_y[rows[i]] = far_x + equal, far_y + equal
    return reach_x, reach_y


@njit(cache=True, nogil=True, inline="always")
def _up(x, y, x0, y0, i, stop, nearest):  # type: ignore[no-untyped-def]
    """Compare the rows from place i on, where y only grows."""
    k = len(nearest)
    while i < stop:
        dy = y[i] - y0
        if dy >= nearest[k - 1]:
            break
        d = max(abs(x[i] - x0), dy)
        if d < nearest[k - 1]:
            _insert(nearest, d)
        i += 1


@njit(cache=True, nogil=True, inline="always")
def _down(x, y, x0, y0, i, first, nearest):  # type: ignore[no-untyped-def]
    """Compare the rows from place i back, where y only falls."""
    k = len(nearest)
    while i >= first:
        dy = y0 - y[i]
        if dy >= nearest[k - 1]:
            break
        d = max(abs(x[i] - x0), dy)
        if d < nearest[k - 1]:
            _insert(nearest, d)
        i -= 1


@njit(cache=True, nogil=True, inline="always")
def _insert(nearest, d):  # type: ignore[no-untyped-def]
    """Insert a distance into the k smallest, in order."""
    i = len(nearest) - 1
    while i > 0 and nearest[i - 1] > d:
        nearest[i] = nearest[i - 1]
        i -= 1
    nearest[i] = d


@njit(cache=True, nogil=True)
def _sides(x, y, xs, x0, y0, r, strip, width, cursor):  # type: ignore[no-untyped-def]
    """Return the largest distances in x and in y, from one point, of the points at most r away."""
    n, far_x, far_y = len(x), 0.0, 0.0
    n_strips = len(cursor)
    for side in range(2):
        s = strip if side == 0 else strip + 1
        while 0 <= s < n_strips:
            first, stop = s * width, min(n, s * width + width)
            gap = x0 - xs[stop - 1] if side == 0 else xs[first] - x0
            if gap > r:
                break
            c = cursor[s]
            while c < stop and y[c] < y0:
                c += 1
            cursor[s] = c
            i = c
            while i < stop and y[i] - y0 <= r:
                dx = abs(x[i] - x0)
                if dx <= r:
                    far_x, far_y = max(far_x, dx), max(far_y, y[i] - y0)
                i += 1
            i = c - 1
            while i >= first and y0 - y[i] <= r:
                dx = abs(x[i] - x0)
                if dx <= r:
                    far_x, far_y = max(far_x, dx), max(far_y, y0 - y[i])
                i -= 1
            s += -1 if side == 0 else 1
    return far_x, far_y


@njit(cache=True, nogil=True)
def count_within(x, order, reach, starts):  # type: ignore[no-untyped-def]
    """Return, in ascending order, the number of values at most `reach` (n,) away from each value, itself included."""
    n = len(x)
    counts = np.empty(n, np.int64)
    low, span = x[0], x[n - 1] - x[0]
    scale = n / span if span > n * 1e-300 else 0.0
    for i in range(n):
        x0, r = x[i], reach[order[i]]
        # The last value within reach above: guess the steps that it lies between, then make sure
        step = min(max((x0 + r - low) * scale, 0.0), n - 1.0)
        a, b = max(starts[int(step)] - 1, i), min(starts[int(step) + 1] + 1, n)
        if a >= b or x[a] - x0 > r:
            a = i
        if b < n and x[b] - x0 <= r:
            b = n
        while b - a > 1:  # a is within reach, b is not
            middle = (a + b) // 2
            if x[middle] - x0 <= r:
                a = middle
            else:
                b = middle
        step = min(max((x0 - r - low) * scale, 0.0), n - 1.0)
        c, d = max(starts[int(step)] - 2, -1), min(starts[int(step) + 1], i)
        if d <= c or x0 - x[d] > r:
            d = i
        if c >= 0 and x0 - x[c] <= r:
            c = -1
        while d - c > 1:  # d is within reach, c is not
            middle = (c + d) // 2
            if x0 - x[middle] <= r:
                d = middle
            else:
                c = middle
        counts[i] = a - d + 1
    return counts
