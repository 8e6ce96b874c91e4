"""Compiled squared-hinge lines: most lines need only sums over all rows.

For a weak latent nearly every line is so flat that its margins lie beyond all values. Its loss is then one quadratic in
the number, sum and sum of squares of the rows of the line's class and of all other rows. Such lines are solved first.

For the others, as in the numpy kernel, the loss follows from sums over all buckets of rows to one side of a value, and
over a part of the bucket that holds it. Rows lie in buckets in ascending order and need not be sorted inside, since
that part is found by looking at the bucket's rows: they are dealt out to buckets of equal width, unless many would fall
into one.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ..linear.hinge import _TINY, _TOLERANCE, block_size
from ..linear.newton import Floats, middle
from ..linear.one_vs_rest import OneVsRest
from .compiling import njit
from .newton import ARRIVED, HEIGHT, N_PLACES, SLOPE, begin, tell
from .threads import each, shares

# Sums that are held at a time, and the largest bucket of equal width, in multiples of the mean bucket.
_SUMS = 1 << 21
_UNEVEN = 16
# Fewest rows and lines together for a thread of its own.
_SHARE = 1 << 16


def fit_hinge(x: Floats, y: OneVsRest, C: Floats, max_steps: int) -> tuple[Floats, Floats, bool]:
    """Return the fitted lines of every latent, for each C: see the numpy kernel."""
    (d, n), n_lines = x.shape, len(y.factor)
    size = block_size(n)
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

    left = np.zeros(arrived.shape, dtype=np.bool_)

    def fit(start: int, stop: int) -> None:
        part = slice(start, stop)
        fitted = slope[part], height[part], arrived[part]
        _fit_flat(
            x[part], center[part], codes, lines_of, starts, y.own, y.rest, C[part], max_steps, *fitted, left[part]
        )
        for j in np.flatnonzero(left[part].any(axis=(1, 2))) + start:
            values = x[j] - center[j]
            order, bounds, first = _buckets(values, n_buckets)
            fitted = slope[j], height[j], arrived[j]
            _fit(values, order, bounds, first, codes, lines_of, starts, y.label, y.own, y.rest, C[j],
                 center[j], max_steps, *fitted, left[j])  # fmt: skip

    each(fit, shares(d, _SHARE // (n + 1) + 1))
    return slope, height - center[:, None, None] * slope, bool(arrived.all())


def _buckets(values: Floats, n_buckets: int) -> tuple[NDArray[np.int32], Floats, NDArray[np.int64]]:
    """Return rows in the order of their buckets, the smallest value of each bucket, and its first row."""
    order, bounds, first, largest = _deal(values, n_buckets)
    if largest <= _UNEVEN * (len(values) // n_buckets + 1):
        return order, bounds, first
    by_value = np.argsort(values)
    first = np.arange(n_buckets + 1) * len(values) // n_buckets
    held = first[:-1][np.diff(first) > 0]
    return by_value.astype(np.int32), values[by_value[held]], np.append(held, len(values))


@njit(cache=True, nogil=True)
def _deal(values, n_buckets):  # type: ignore[no-untyped-def]
    """Deal rows out to buckets of equal width; return their order, and smallest value and start of each used bucket.

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
def _fit_flat(x, center, codes, lines_of, starts, own, rest, C, max_steps, slope, height, arrived, left):  # type: ignore[no-untyped-def]
    """Fit the lines whose margins stay outside of all values; set `left` for the other lines."""
    memory = np.empty(N_PLACES)
    for j in range(len(x)):
        values = x[j] - center[j]
        low, high = values.min(), values.max()
        for k in range(len(codes)):
            start, stop = starts[k], starts[k + 1]
            totals = _totals(values, codes[k], lines_of[k], start, stop - start)
            for s in range(C.shape[1]):
                for line in range(start, stop):
                    begin(memory, 0.0, 0.0)
                    weight_rest, weight_own = 2.0 * rest[line] * C[j, s, k], 2.0 * own[line] * C[j, s, k]
                    going = True
                    while going:
                        steep, of_rest, of_own = _margins(memory)
                        if low < of_rest <= high or low < of_own <= high:
                            left[j, s, line] = True
                            break
                        # rows of other classes count right of a rising line's margin, rows of its own class left of it
                        with_rest = 1.0 if (of_rest <= low) == (steep > 0) else 0.0
                        with_own = 1.0 if (of_own > high) == (steep > 0) else 0.0
                        going = _move(memory, totals[line - start], with_rest * weight_rest, with_own * weight_own,
                                      center[j], low, high, max_steps)  # fmt: skip
                    slope[j, s, line], height[j, s, line] = memory[SLOPE], memory[HEIGHT]
                    arrived[j, s, line] = memory[ARRIVED] > 0


@njit(cache=True, nogil=True)
def _margins(memory):  # type: ignore[no-untyped-def]
    """Return a line's slope, never 0, and the points where the line is -1 (other classes) and 1 (its own class)."""
    steep = memory[SLOPE] if abs(memory[SLOPE]) >= _TINY else _TINY
    return steep, (-1.0 - memory[HEIGHT]) / steep, (1.0 - memory[HEIGHT]) / steep


@njit(cache=True, nogil=True)
def _move(memory, sums, of_rest, of_own, center, low, high, max_steps):  # type: ignore[no-untyped-def]
    """Take a step, given the weights and sums of the rows that count, of other classes and of the line's class."""
    w, h = memory[SLOPE], memory[HEIGHT]
    r0, r1, r2 = sums[0] * of_rest, sums[1] * of_rest, sums[2] * of_rest
    o0, o1, o2 = sums[3] * of_own, sums[4] * of_own, sums[5] * of_own
    g_w = (1 + h) * r1 + w * r2 - (1 - h) * o1 + w * o2
    g_h = (1 + h) * r0 + w * r1 - (1 - h) * o0 + w * o1
    return tell(memory, g_w, g_h, r2 + o2, r1 + o1, r0 + o0, center, low, high, 0.0, _TOLERANCE, max_steps)


@njit(cache=True, nogil=True)
def _totals(x, code, line_of, start, n_lines):  # type: ignore[no-untyped-def]
    """Return number, sum and sum of squares of the rows of other classes and of each line's class: (n_lines, 6)."""
    mine = np.zeros((n_lines + 1, 3))  # the last row is for classes without a line
    _add_rows(x, code, line_of, start, n_lines, mine)
    totals, before = np.zeros((n_lines, 6)), np.zeros(3)
    _of_the_others(mine, before, totals)
    totals[:, 3:] = mine[:n_lines]
    return totals


@njit(cache=True, nogil=True)
def _add_rows(x, code, line_of, start, n_lines, mine):  # type: ignore[no-untyped-def]
    """Add number, sum and sum of squares of the rows to the sums of their lines (n_lines + 1, 3)."""
    for i in range(len(x)):
        line = line_of[code[i]] - start
        row = np.uint32(line if line >= 0 else n_lines)
        mine[row, 0] += 1.0
        mine[row, 1] += x[i]
        mine[row, 2] += x[i] * x[i]


@njit(cache=True, nogil=True)
def _of_the_others(mine, before, rest):  # type: ignore[no-untyped-def]
    """Fill in, for each line, the sums over all other classes' rows (n_lines, 3 or more).

    The sum runs over the other classes, one after the other. The whole sum minus that of a class would lose small
    values of the other classes to the rounding of a large value in that class.
    """
    n_lines = len(mine) - 1
    for power in range(3):
        after = mine[n_lines, power]
        for k in range(n_lines):
            line = n_lines - 1 - k
            rest[line, power] = after
            after += mine[line, power]
        before[power] = 0.0
    for line in range(n_lines):
        for power in range(3):
            rest[line, power] += before[power]
            before[power] += mine[line, power]


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
    left,
):
    """Fit the remaining lines of one latent into `slope`, `height` and `arrived` (n_strengths, n_lines)."""
    n = len(values)
    x, code = np.empty(n), np.empty(n, dtype=codes.dtype)
    for i in range(n):
        x[i] = values[order[i]]
    low, high = x.min(), x.max()
    memory, beyond = np.empty(N_PLACES), np.empty(6)
    for k in range(len(codes)):
        start, stop = starts[k], starts[k + 1]
        if not left[:, start:stop].any():
            continue
        for i in range(n):
            code[i] = codes[k, order[i]]
        sums = _sums(x, code, first, lines_of[k], start, stop - start)
        for s in range(len(C)):
            for line in range(start, stop):
                if not left[s, line]:
                    continue
                begin(memory, 0.0, 0.0)
                weight_rest, weight_own = 2.0 * rest[line] * C[s, k], 2.0 * own[line] * C[s, k]
                going = True
                while going:
                    _beyond(x, code, bounds, first, sums[line - start], labels[line], memory, beyond)
                    going = _move(memory, beyond, weight_rest, weight_own, center, low, high, max_steps)
                slope[s, line], height[s, line] = memory[SLOPE], memory[HEIGHT]
                arrived[s, line] = memory[ARRIVED] > 0


@njit(cache=True, nogil=True)
def _sums(x, code, first, line_of, start, n_lines):  # type: ignore[no-untyped-def]
    """Return the sums of `_totals` over the rows before each bucket: (n_lines, n_buckets + 1, 6)."""
    n_buckets = len(first) - 1
    sums = np.zeros((n_lines, n_buckets + 1, 6))
    mine, before = np.zeros((n_lines + 1, 3)), np.zeros(3)
    for b in range(n_buckets):
        mine[:] = 0.0
        _add_rows(x[first[b] : first[b + 1]], code[first[b] : first[b + 1]], line_of, start, n_lines, mine)
        _of_the_others(mine, before, sums[:, b + 1])
        sums[:, b + 1, 3:] = mine[:n_lines]
        sums[:, b + 1] += sums[:, b]
    return sums


@njit(cache=True, nogil=True)
def _beyond(x, code, bounds, first, sums, label, memory, beyond):  # type: ignore[no-untyped-def]
    """Fill in the sums over rows of other classes above -1, and over rows of the line's class below 1: (6,)."""
    steep, of_rest, of_own = _margins(memory)
    total = sums[len(bounds)]
    beyond[0], beyond[1], beyond[2] = _left(x, code, bounds, first, sums, 0, label, of_rest)
    beyond[3], beyond[4], beyond[5] = _left(x, code, bounds, first, sums, 3, label, of_own)
    # A rising line is above -1 right of its margin and below 1 left of it; a falling one the other way round.
    turned = 0 if steep > 0 else 3
    for i in range(turned, turned + 3):
        beyond[i] = total[i] - beyond[i]


@njit(cache=True, nogil=True, fastmath={"reassoc", "nsz", "contract"})
def _left(x, code, bounds, first, sums, side, label, margin):  # type: ignore[no-untyped-def]
    """Return the sums over the rows left of a margin, of other classes (side 0) or of the line's class (side 3)."""
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
