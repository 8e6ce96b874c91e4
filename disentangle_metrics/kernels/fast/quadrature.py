"""Compiled sums over the rows of a latent, for the nodes that stand for them."""

from __future__ import annotations

import numpy as np

from ..linear.newton import Floats
from ..linear.quadrature import _NOTHING, _POINTS, _TO_WEIGHTS, N_NODES, Nodes, _weighted
from .compiling import njit


def mean_nodes(x: Floats, n_groups: int, weight: Floats | None = None) -> Nodes:
    """Return nodes at the mean row of each of 2 * n_groups groups of neighbors: see the numpy kernel."""
    if weight is not None:
        return NotImplemented  # type: ignore[no-any-return]
    count, total = _group_sums(x, n_groups)
    held = count > 0
    return _weighted(total[held] / count[held], count[held])


@njit(cache=True, nogil=True)
def _group_sums(x, n_groups):  # type: ignore[no-untyped-def]
    """Return number and sum of the rows of each group."""
    n_bins = 64 * n_groups
    low, high = x.min(), x.max()
    scale = n_bins / (high - low) if high - low > _NOTHING else 0.0
    counts, totals = np.zeros(n_bins), np.zeros(n_bins)
    for value in x:
        bin_ = np.uint32(min((value - low) * scale, n_bins - 1.0))
        counts[bin_] += 1.0
        totals[bin_] += value
    count, total = np.zeros(2 * n_groups + 1), np.zeros(2 * n_groups + 1)
    before, group, last = 0.0, -1, -1.0
    for k in range(n_bins):
        # a group has at most its share of the rows or of the range
        share = k // 64 + before * n_groups // len(x)
        if share != last:
            group, last = group + 1, share
        count[group] += counts[k]
        total[group] += totals[k]
        before += counts[k]
    return count, total


def panel_nodes(x: Floats, n_panels: int, weight: Floats | None = None) -> Nodes:
    """Return the Chebyshev nodes of `n_panels` equal panels of the range: see the numpy kernel."""
    if weight is not None:
        return NotImplemented  # type: ignore[no-any-return]
    low, high = x.min(), x.max()
    if high - low < _NOTHING:
        return _weighted(np.array([low]), np.array([float(len(x))]))
    sums = _chebyshev_sums(x, low, high, n_panels)
    held = np.flatnonzero(sums[:, 0])
    width = (high - low) / n_panels
    points = low + width * (held[:, None] + 0.5 * (1 + _POINTS))
    return _weighted(points.reshape(-1), (sums[held] @ _TO_WEIGHTS).reshape(-1))


@njit(cache=True, nogil=True)
def _chebyshev_sums(x, low, high, n_panels):  # type: ignore[no-untyped-def]
    """Return the sums of the Chebyshev polynomials over the rows of each panel: (n_panels, N_NODES)."""
    sums = np.zeros((n_panels, N_NODES))
    scale = n_panels / (high - low)
    for value in x:
        place = (value - low) * scale
        panel = np.uint32(min(place, n_panels - 1.0))
        place = 2.0 * (place - panel) - 1.0
        twice = 2.0 * place
        now, after = 1.0, place
        for degree in range(N_NODES):
            sums[panel, degree] += now
            now, after = after, twice * after - now
    return sums
