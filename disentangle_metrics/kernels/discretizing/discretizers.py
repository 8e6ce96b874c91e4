"""Cut the values of a latent or of a continuous factor into bins.

A discretizer takes ``(values (n,) float64, n_bins)`` and returns ``(n,)`` integers, equal for values in one bin. The
strategies are our code, because library defaults change between releases and these numbers must not. They take numbers
of any type, compare them as float64, and return codes in the smallest type that holds them.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError, OptionError
from ..columns.sorting import Ordered, numbered
from .binning import bin_by_edges, bin_uniform
from .kmeans import discretize_kmeans

Discretizer = Callable[[NDArray[np.float64], int], NDArray[np.integer]]

MAX_BINS = 65536


def uniform_edges(low: float, high: float, n_bins: int) -> NDArray[np.float64]:
    """Return the n_bins + 1 edges of equal-width bins, as numpy.histogram makes them.

    Raises
    ------
    InputError
        If the range is too small, or too large, for distinct finite edges in float64.
    """
    step = (float(high) - float(low)) / n_bins
    if math.isfinite(step):
        edges = np.arange(n_bins + 1.0)  # the values of numpy.linspace, in a fifth of its time
        edges *= step
        edges += low
        edges[-1] = high
        if step > 2.0**-48 * max(-low, high) or (edges[1:] > edges[:-1]).all():  # far above rounding, or compared
            return edges
    raise InputError(
        f"values from {low!r} to {high!r} leave no room for {n_bins} distinct bins in float64. "
        "Subtract the offset, rescale, or use fewer bins."
    )


def edges_of_columns(low: NDArray[Any], high: NDArray[Any], n_bins: int) -> tuple[NDArray[np.float64], int | None]:
    """Return `uniform_edges` of many columns (d, n_bins + 1), and the first column with no distinct edges.

    The edges of a constant column are its value and infinities: all its rows are in the first bin.
    """
    low, high = low.astype(np.float64), high.astype(np.float64)
    with np.errstate(over="ignore", invalid="ignore"):
        edges = np.arange(n_bins + 1.0) * ((high - low) / n_bins)[:, None]
        edges += low[:, None]
    edges[:, -1] = high
    rising = (edges[:, 1:] > edges[:, :-1]).all(axis=1)  # infinities and NaN do not rise between finite ends
    if rising.all():
        return edges, None
    constant = low == high
    edges[constant, 1:] = np.inf
    bad = ~(rising | constant)
    return edges, int(bad.argmax()) if bad.any() else None


def discretize_uniform(values: NDArray[Any], n_bins: int) -> NDArray[np.integer]:
    """Return equal-width bins from the minimum to the maximum, half-open, with the maximum in the last bin."""
    low, high = float(values.min()), float(values.max())
    if low == high:  # one bin, however large the value
        return np.zeros(len(values), dtype=np.uint8)
    return bin_uniform(values, uniform_edges(low, high, n_bins))


def quantile_edges(values: NDArray[Any], n_bins: int, order: Ordered | None = None) -> NDArray[np.float64]:
    """Return the inner edges of equal-frequency bins: order statistics of the values, without duplicates.

    An interpolated quantile is a mean of two values, which a monotone map does not preserve. An order statistic is one
    value, which it does.
    """
    rank = -(-np.arange(1, n_bins) * (len(values) - 1) // n_bins)  # ceil(i (n - 1) / n_bins), in integers
    ranked = np.sort(values)[rank] if order is None else values.take(order().take(rank))
    return np.unique(ranked).astype(np.float64, copy=False)


def discretize_quantile(values: NDArray[Any], n_bins: int, order: Ordered | None = None) -> NDArray[np.integer]:
    """Return equal-frequency bins. Equal values stay together, so ties give fewer and unequal bins."""
    return bin_by_edges(values, quantile_edges(values, n_bins, order))


def discretize_unique(values: NDArray[Any], n_bins: int, order: Ordered | None = None) -> NDArray[np.integer]:
    """Return a bin for each distinct value; `n_bins` is not used."""
    places = np.argsort(values) if order is None else order()
    number = numbered(values.take(places))
    codes = np.empty(len(values), dtype=np.min_scalar_type(int(number[-1]) + 1))
    codes[places] = number
    return codes


DISCRETIZERS: dict[str, Discretizer] = {
    "uniform": discretize_uniform,
    "quantile": discretize_quantile,
    "kmeans": discretize_kmeans,
    "unique": discretize_unique,
}


# By identity: a user's callable need not be hashable or comparable.
_OURS = frozenset(map(id, (discretize_uniform, discretize_quantile, discretize_unique)))
_SORTING = frozenset(map(id, (discretize_quantile, discretize_unique, discretize_kmeans)))


def is_ours(discretizer: Discretizer) -> bool:
    """Return whether a discretizer is fast: neither k-means nor a user's callable."""
    return id(discretizer) in _OURS


def discretize(
    values: NDArray[Any],
    discretizer: Discretizer,
    n_bins: int,
    compact: bool = False,
    order: Ordered | None = None,
) -> tuple[NDArray[np.integer], int]:
    """Return bin codes 0 ... n_codes - 1 of one column, and n_codes.

    Parameters
    ----------
    values : ndarray of shape (n,)
        Numbers of any type.
    discretizer : callable
    n_bins : int
    compact : bool, default False
        Codes of the smallest unsigned type that holds them, instead of intp.
    order : callable, optional
        Returns the rows by ascending values, for the discretizers here that sort.

    Raises
    ------
    OptionError
        If a user's discretizer breaks its contract.
    """
    cut: Discretizer = discretizer
    if order is not None and id(discretizer) in _SORTING:
        cut = partial(discretizer, order=order)  # type: ignore[call-arg]
    if is_ours(discretizer):
        codes = cut(values, n_bins)
        n_codes = int(codes.max()) + 1
    else:
        codes, n_codes = _by_hand(np.array(values, dtype=np.float64), cut, n_bins)
        codes = codes.astype(np.min_scalar_type(n_codes)) if compact else codes
    return codes if compact else codes.astype(np.intp, copy=False), n_codes


def cut_column(
    name: str, values: NDArray[Any], discretizer: Discretizer, n_bins: int, order: Ordered | None = None
) -> tuple[NDArray[np.integer], int]:
    """Return compact bin codes of a column and the number of bins; an error names the column."""
    try:
        return discretize(values, discretizer, n_bins, True, order)
    except InputError as error:
        raise type(error)(f"{name}: {error}") from None


def _by_hand(values: NDArray[np.float64], discretizer: Discretizer, n_bins: int) -> tuple[NDArray[np.integer], int]:
    raw = np.asarray(discretizer(values, n_bins))
    if raw.shape != values.shape or raw.dtype.kind not in "ui":
        raise OptionError(
            f"the discretizer returned {raw.dtype} of shape {raw.shape}; "
            f"it must return one integer per value: integers of shape {values.shape}."
        )
    low, high = int(raw.min()), int(raw.max())
    if low >= 0 and high < MAX_BINS:
        return raw, high + 1
    distinct, codes = np.unique(raw, return_inverse=True)
    return codes.reshape(-1), len(distinct)
