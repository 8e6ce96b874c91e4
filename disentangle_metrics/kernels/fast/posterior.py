"""Compiled twin of :mod:`disentangle_metrics.kernels.information.posterior`: twice as fast as numpy on one thread."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ..information.posterior import by_own_value, scaled
from .compiling import njit
from .exponential import exp_below_zero
from .threads import each, shares


def log_densities(
    points: NDArray[np.float64],
    own: NDArray[np.integer],
    mean: NDArray[np.float64],
    logvar: NDArray[np.float64],
    codes: NDArray[np.integer],
    counts: Sequence[NDArray[np.int64]],
) -> NDArray[np.float64]:
    """Return log q(z) and log q(z | v_k), with a part of the points on each thread: see the numpy kernel."""
    first, top, rate, highest = scaled(logvar, counts)
    values = codes + first[:-1]
    # one column of a matrix would be read with strides, which is four times as slow
    points = np.ascontiguousarray(points)

    def of_some(start: int, stop: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        sums: tuple[NDArray[np.float64], NDArray[np.float64]] = _sums(
            points[start:stop], mean, rate, top - highest, values, int(first[-1])
        )
        return sums

    sums = each(of_some, shares(len(points), 1))
    every, by_value = (np.concatenate(side, axis=-1) for side in zip(*sums, strict=True))
    return by_own_value(every, by_value, own, counts, highest)


# Multiply and add may be one instruction. No other change is allowed: the exponential depends on its exact rounding.
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
            density[s] = exp_below_zero(height - away * away)
            every[s] += density[s]
        for f in range(k):
            target = by_value[values[i, f]]
            for s in range(len(points)):
                target[s] += density[s]
    return every, by_value
