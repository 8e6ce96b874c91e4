"""Compiled twin of :mod:`disentangle_metrics.kernels.posterior`: twice as fast as numpy on one thread."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numba import njit
from numpy.typing import NDArray

from ...config import config
from ..posterior import by_own_value, scaled

_PER_LN2, _LN2_HIGH, _LN2_LOW = 1.4426950408889634, 6.93147180369123816490e-01, 1.90821492927058770002e-10
_TO_WHOLE = 1.5 * 2.0**52  # a number to which this is added is rounded to a whole one, in its lowest bits
_ONE = np.int64(0x3FF0000000000000)  # the bits of 1.0


def log_densities(
    points: NDArray[np.float64],
    own: NDArray[np.integer],
    mean: NDArray[np.float64],
    logvar: NDArray[np.float64],
    codes: NDArray[np.integer],
    counts: Sequence[NDArray[np.int64]],
) -> NDArray[np.float64]:
    """Do what numpy's kernel of this name does, some points on each thread."""
    first, top, rate, highest = scaled(logvar, counts)
    values = codes + first[:-1]
    # one column of a matrix would be read with steps, which is four times as slow
    parts = np.array_split(np.ascontiguousarray(points), min(config.threads, len(points)))
    with ThreadPoolExecutor(len(parts)) as pool:
        sums = list(pool.map(lambda part: _sums(part, mean, rate, top - highest, values, int(first[-1])), parts))
    every, by_value = (np.concatenate(side, axis=-1) for side in zip(*sums, strict=True))
    return by_own_value(every, by_value, own, counts, highest)


# Multiply and add may be one instruction. No other liberty: the rounding in _exp must stand as it is written.
@njit(cache=True, nogil=True, fastmath={"contract"}, error_model="numpy")
def _sums(
    points: NDArray[np.float64],
    mean: NDArray[np.float64],
    rate: NDArray[np.float64],
    top: NDArray[np.float64],
    values: NDArray[np.int64],
    n_values: int,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the sum over rows of exp(top - (rate (z - mean))^2), (s,), and over the rows of each value, (v, s)."""
    n, k = values.shape
    every = np.zeros(len(points))
    by_value = np.zeros((n_values, len(points)))
    density = np.empty(len(points))
    for i in range(n):
        center, speed, height = mean[i], rate[i], top[i]
        for s in range(len(points)):
            away = (points[s] - center) * speed
            density[s] = _exp(height - away * away)
            every[s] += density[s]
        for f in range(k):
            target = by_value[values[i, f]]
            for s in range(len(points)):
                target[s] += density[s]
    return every, by_value


@njit(cache=True, inline="always", fastmath={"contract"})
def _exp(x: float) -> float:
    """Return exp(x) for x <= 0 to 4e-16, relative, and no less than exp(-700); written so that it runs on vectors."""
    x = max(x, -700.0)
    shifted = x * _PER_LN2 + _TO_WHOLE
    whole = shifted - _TO_WHOLE
    r = (x - whole * _LN2_HIGH) - whole * _LN2_LOW  # x = whole ln 2 + r, and |r| <= ln 2 / 2
    p = 1 / 479001600
    p = p * r + 1 / 39916800
    p = p * r + 1 / 3628800
    p = p * r + 1 / 362880
    p = p * r + 1 / 40320
    p = p * r + 1 / 5040
    p = p * r + 1 / 720
    p = p * r + 1 / 120
    p = p * r + 1 / 24
    p = p * r + 1 / 6
    p = p * r + 1 / 2
    p = p * r + 1.0
    p = p * r + 1.0
    return p * np.int64((np.float64(shifted).view(np.int64) << 52) + _ONE).view(np.float64)
