"""Squared-hinge lines, compiled: rows lie in buckets in ascending order, and need not be sorted inside.

As in the numpy kernel the loss of a line follows from sums over all buckets to one side of a value, and over a part of
the bucket that holds it. That part is found by looking at the bucket's rows, so a latent need not be sorted: its rows
are dealt out to buckets of equal width, unless many of them would fall into one.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ..hinge import _TINY, _TOLERANCE
from ..newton import Floats, middle
from ..onevsrest import OneVsRest
from .newton import ARRIVED, HEIGHT, N_PLACES, SLOPE, begin, tell
from .threads import each, shares

# Sums that are held at a time, and how many times the mean a bucket of equal width may hold.
_SUMS = 1 << 21
_UNEVEN = 16
# Rows and lines together that one thread is given at least.
_SHARE = 1 << 16


def fit_hinge(x: Floats, y: OneVsRest, C: Floats, max_steps: int) -> tuple[Floats, Floats, bool]:
    """Fit the lines of every latent, for each of some C: see the numpy kernel."""
    (d, n), n_lines = x.shape, len(y.factor)
    size = int(np.clip(2 ** round(np.log2(n) / 2), 16, 1024))
    n_buckets = n // size + 1
    widest = max(stop - start for start, stop in pairwise(y.starts))
    if widest * n_buckets * 6 > _SUMS or n >= 1 << 31 or y.weight is not None:
        return NotImplemented  # type: ignore[no-any-return]
    center = middle(x)
    codes = y.y if y.y.dtype == np.int8 else y.y.astype(np.int32)
    starts = np.array(y.starts)
    lines_of = np.full((len(y.line_of), max(map(len, y.line_of))), -1, dtype=np.int32)
    for k, line_of in enumerate(y.line_of):
        lines_of[k, : len(line_of)] = line_of
    slope, height = np.empty((2, d, C.shape[1], n_lines))
    arrived = np.empty((d, C.shape[1], n_lines), dtype=np.bool_)

    def fit(start: int, stop: int) -> None:
        for j in range(start, stop):
            values = x[j] - center[j]
            order, bounds, first = _buckets(values, n_buckets)
            found = slope[j], height[j], arrived[j]
            _fit(values, order, bounds, first, codes, lines_of, starts, y.label, y.own, y.rest, C[j],
                 center[j], max_steps, *found)  # fmt: skip

    each(fit, shares(d, _SHARE // (n + 1) + 1))
    return slope, height - center[:, None, None] * slope, bool(arrived.all())


def _buckets(values: Floats, n_buckets: int) -> tuple[NDArray[np.int32], Floats, NDArray[np.int64]]:
    """Return rows in the order of their buckets, the smallest value of each, and where each begins."""
    order, bounds, first, largest = _deal(values, n_buckets)
    if largest <= _UNEVEN * (len(values) // n_buckets + 1):
        return order, bounds, first
    by_value = np.argsort(values)
    first = np.arange(n_buckets + 1) * len(values) // n_buckets
    held = first[:-1][np.diff(first) > 0]
    return by_value.astype(np.int32), values[by_value[held]], np.append(held, len(values))


@njit(cache=True, nogil=True)
def _deal(values, n_buckets):  # type: ignore[no-untyped-def]
    """Deal rows out to buckets of equal width: their order, the smallest value and the start of each bucket in use.

    The bucket of a value never falls as the value rises, whatever the rounding.
    """
    n = len(values)
    low, high = values[0], values[0]
    for i in range(n):
        low, high = min(low, values[i]), max(high, values[i])
    scale = n_buckets / (high - low) if high - low > 1e-290 else 0.0
    bucket = np.empty(n, dtype=np.uint32)
    counts = np.zeros(n_buckets, dtype=np.int64)
    smallest = np.full(n_buckets, np.inf)
    for i in range(n):
        place = np.uint32(min((values[i] - low) * scale, n_buckets - 1.0))
        bucket[i] = place
        counts[place] += 1
        smallest[place] = min(smallest[place], values[i])
    used = np.count_nonzero(counts)
    bounds, first = np.empty(used), np.empty(used + 1, dtype=np.int64)
    total, k = 0, 0
    for b in range(n_buckets):
        if counts[b]:
            bounds[k], first[k] = smallest[b], total
            k += 1
        counts[b], total = total, total + counts[b]
    first[used] = n
    order = np.empty(n, dtype=np.int32)
    for i in range(n):
        order[counts[bucket[i]]] = i
        counts[bucket[i]] += 1
    return order, bounds, first, (first[1:] - first[:-1]).max()


@njit(cache=True, nogil=True)
def _fit(  # type: ignore[no-untyped-def]
    values,
    order,
    bounds,
    first,
    codes,
    lines_of,
    starts,
    labels,
    own,
    rest,
    C,
    center,
    max_steps,
    slope,
    height,
    arrived,
):
    """Fit all lines of one latent into `slope`, `height` and `arrived` (n_strengths, n_lines)."""
    n = len(values)
    x, code = np.empty(n), np.empty(n, dtype=codes.dtype)
    low, high = np.inf, -np.inf
    for i in range(n):
        x[i] = values[order[i]]
        low, high = min(low, x[i]), max(high, x[i])
    memory = np.empty(N_PLACES)
    for k in range(len(codes)):
        start, stop = starts[k], starts[k + 1]
        for i in range(n):
            code[i] = codes[k, order[i]]
        sums = _sums(x, code, first, lines_of[k], start, stop - start)
        for s in range(len(C)):
            for line in range(start, stop):
                begin(memory, 0.0, 0.0)
                mine, others = 2.0 * own[line] * C[s, k], 2.0 * rest[line] * C[s, k]
                going = True
                while going:
                    w, h = memory[SLOPE], memory[HEIGHT]
                    r0, r1, r2, o0, o1, o2 = _beyond(x, code, bounds, first, sums[line - start], labels[line], w, h)
                    r0, r1, r2, o0, o1, o2 = r0 * others, r1 * others, r2 * others, o0 * mine, o1 * mine, o2 * mine
                    g_w = (1 + h) * r1 + w * r2 - (1 - h) * o1 + w * o2
                    g_h = (1 + h) * r0 + w * r1 - (1 - h) * o0 + w * o1
                    going = tell(memory, g_w, g_h, r2 + o2, r1 + o1, r0 + o0, center, low, high, 0.0, _TOLERANCE,
                                 max_steps)  # fmt: skip
                slope[s, line], height[s, line] = memory[SLOPE], memory[HEIGHT]
                arrived[s, line] = memory[ARRIVED] > 0


@njit(cache=True, nogil=True)
def _sums(x, code, first, line_of, start, n_lines):  # type: ignore[no-untyped-def]
    """Return number, sum and sum of squares of the rest's rows and of each line's own before each bucket.

    They have shape (n_lines, n_buckets + 1, 6). A bucket's rest is a sum over the other classes: its whole less its own
    would leave nothing of small rows beside a large one of its own.
    """
    n_buckets = len(first) - 1
    sums = np.zeros((n_lines, n_buckets + 1, 6))
    mine = np.zeros((n_lines + 1, 3))  # the last row is that of classes without a line
    before = np.zeros(3)
    for b in range(n_buckets):
        mine[:] = 0.0
        for i in range(first[b], first[b + 1]):
            line = line_of[code[i]] - start
            row = np.uint32(line if line >= 0 else n_lines)
            mine[row, 0] += 1.0
            mine[row, 1] += x[i]
            mine[row, 2] += x[i] * x[i]
        for power in range(3):
            after = mine[n_lines, power]
            for k in range(n_lines):
                line = n_lines - 1 - k
                sums[line, b + 1, power] = after
                after += mine[line, power]
            before[power] = 0.0
        for line in range(n_lines):
            for power in range(3):
                rest = sums[line, b + 1, power] + before[power]
                before[power] += mine[line, power]
                sums[line, b + 1, power] = sums[line, b, power] + rest
                sums[line, b + 1, power + 3] = sums[line, b, power + 3] + mine[line, power]
    return sums


@njit(cache=True, nogil=True)
def _beyond(x, code, bounds, first, sums, label, slope, height):  # type: ignore[no-untyped-def]
    """Return number, sum and sum of squares of the rest's rows above -1 and of the own rows below 1."""
    steep = slope if abs(slope) >= _TINY else _TINY
    total = sums[len(bounds)]
    r0, r1, r2 = _left(x, code, bounds, first, sums, 0, label, (-1.0 - height) / steep)
    o0, o1, o2 = _left(x, code, bounds, first, sums, 3, label, (1.0 - height) / steep)
    # A rising line is above -1 right of its margin and below 1 left of it; a falling one the other way round.
    if steep > 0:
        r0, r1, r2 = total[0] - r0, total[1] - r1, total[2] - r2
    else:
        o0, o1, o2 = total[3] - o0, total[4] - o1, total[5] - o2
    return r0, r1, r2, o0, o1, o2


@njit(cache=True, nogil=True, fastmath={"reassoc", "nsz", "contract"})
def _left(x, code, bounds, first, sums, side, label, margin):  # type: ignore[no-untyped-def]
    """Return number, sum and sum of squares of the rows left of a margin: of the rest (side 0) or of its own (3)."""
    low, high = 0, len(bounds)
    while low < high:
        mid = (low + high) >> 1
        if bounds[mid] < margin:
            low = mid + 1
        else:
            high = mid
    if low == 0:
        return 0.0, 0.0, 0.0
    bucket = low - 1
    before = sums[bucket]
    number, total, squares = before[side], before[side + 1], before[side + 2]
    mine = side == 3
    for i in range(first[bucket], first[bucket + 1]):
        weight = 1.0 if ((code[i] == label) == mine) and x[i] < margin else 0.0
        number += weight
        total += weight * x[i]
        squares += weight * x[i] * x[i]
    return number, total, squares
