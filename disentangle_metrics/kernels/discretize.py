"""Cut the values of a latent or of a continuous factor into bins.

A discretizer takes ``(values (n,) float64, n_bins)`` and returns ``(n,)`` integers, equal for values in one bin. The
strategies are ours because library defaults move between releases and these numbers must not.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError, OptionError

Discretizer = Callable[[NDArray[np.float64], int], NDArray[np.integer]]

MAX_BINS = 65536


def uniform_edges(low: float, high: float, n_bins: int) -> NDArray[np.float64]:
    """Return the n_bins + 1 edges of equal-width bins, as numpy.histogram makes them.

    Raises
    ------
    InputError
        If the range is too small, or too large, for distinct finite edges in float64.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        edges = np.linspace(low, high, n_bins + 1)
        distinct = bool(np.all(np.diff(edges) > 0) and np.isfinite(edges).all())
    if not distinct:
        raise InputError(
            f"values from {low!r} to {high!r} leave no room for {n_bins} distinct bins in float64. "
            "Subtract the offset, rescale, or use fewer bins."
        )
    return edges


def discretize_uniform(values: NDArray[np.float64], n_bins: int) -> NDArray[np.integer]:
    """Equal-width bins from the minimum to the maximum, half-open, the maximum in the last one."""
    low, high = float(values.min()), float(values.max())
    if low == high:  # one bin, however large the value
        return np.zeros(len(values), dtype=np.intp)
    edges = uniform_edges(low, high, n_bins)
    # Inner edges only: with the outer ones the maximum would sit alone in a bin of its own.
    return np.digitize(values, edges[1:-1])


def quantile_edges(values: NDArray[np.float64], n_bins: int) -> NDArray[np.float64]:
    """Return the inner edges of equal-frequency bins: order statistics of the values, without duplicates.

    An interpolated quantile is a mean of two values, which does not follow a monotone map; an order statistic does.
    """
    rank = -(-np.arange(1, n_bins) * (len(values) - 1) // n_bins)  # ceil(i (n - 1) / n_bins), in integers
    return np.unique(np.sort(values)[rank])


def discretize_quantile(values: NDArray[np.float64], n_bins: int) -> NDArray[np.integer]:
    """Equal-frequency bins; equal values stay together, so ties make fewer and unequal bins."""
    return np.digitize(values, quantile_edges(values, n_bins))


def discretize_unique(values: NDArray[np.float64], n_bins: int) -> NDArray[np.integer]:
    """Each distinct value is a bin; `n_bins` is not used."""
    return np.unique(values, return_inverse=True)[1].reshape(-1)


DISCRETIZERS: dict[str, Discretizer] = {
    "uniform": discretize_uniform,
    "quantile": discretize_quantile,
    "unique": discretize_unique,
}


def discretize(values: NDArray[np.float64], discretizer: Discretizer, n_bins: int) -> tuple[NDArray[np.intp], int]:
    """Return bin codes 0 ... n_codes - 1 of one column, and n_codes.

    Raises
    ------
    OptionError
        If a discretizer of the caller's own breaks its contract.
    """
    raw = np.asarray(discretizer(values, n_bins))
    if raw.shape != values.shape or raw.dtype.kind not in "ui":
        raise OptionError(
            f"the discretizer returned {raw.dtype} of shape {raw.shape}; "
            f"it must return one integer per value: integers of shape {values.shape}."
        )
    if raw.dtype == np.intp and raw.min() >= 0 and raw.max() < MAX_BINS:
        return raw.astype(np.intp, copy=False), int(raw.max()) + 1
    found, codes = np.unique(raw, return_inverse=True)
    return codes.reshape(-1).astype(np.intp, copy=False), len(found)
