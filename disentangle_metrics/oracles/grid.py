"""The perfect representation, and the parts that oracles share: checked labels, columns by number, random numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..data.arrays import to_numpy
from ..errors import DTypeError, InputError, OptionError, ShapeError
from ..options import flag, integer


def perfect(labels: ArrayLike, sizes: Sequence[int]) -> NDArray[np.float64]:
    """Return the perfect latents: each factor is one latent, evenly spaced from -1 to 1; a single value becomes 0.

    Parameters
    ----------
    labels : array-like of int, shape (n_samples, n_factors)
        Column k holds numbers from 0 to ``sizes[k] - 1``.
    sizes : sequence of int, length n_factors
        Number of values of each factor, each 1 or more.

    Returns
    -------
    ndarray of shape (n_samples, n_factors)
        On a full grid factor k has the variance (s + 1) / (3 (s - 1)), where s is ``sizes[k]``.

    Raises
    ------
    ShapeError
        If labels do not have two axes, or not one column for each size.
    DTypeError
        If labels are not integers.
    InputError
        If a label is outside of its factor's range.
    OptionError
        If a size is not a whole number of 1 or more, or an option of the oracle has an invalid value.

    Examples
    --------
    >>> perfect([[0, 0], [2, 1], [4, 1]], [5, 2]).tolist()
    [[-1.0, -1.0], [0.0, 1.0], [1.0, 1.0]]
    """
    codes, counts = grid(labels, sizes)
    # From integers, so that opposite values are opposite to the last bit.
    return (2 * codes - (counts - 1)) / np.maximum(counts - 1, 1)


def grid(labels: ArrayLike, sizes: Sequence[int]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return checked labels (n, k) and sizes (k,)."""
    codes = to_numpy(labels)
    counts = np.array([integer(f"sizes[{k}]", size, 1) for k, size in enumerate(sizes)], dtype=np.int64)
    if codes.ndim != 2 or codes.shape[1] != len(counts):
        raise ShapeError(
            f"labels has shape {codes.shape} and sizes has {len(counts)} numbers; expected labels of shape "
            "(n_samples, n_factors) and the number of values of each factor."
        )
    if codes.dtype.kind not in "bui":
        raise DTypeError(f"labels have dtype {codes.dtype}. Pass integers that count the values of a factor from 0.")
    outside = (codes < 0) | (codes >= counts)
    if outside.any():
        row, k = (int(place) for place in np.argwhere(outside)[0])
        raise InputError(
            f"labels[{row}, {k}] is {codes[row, k]} and sizes[{k}] is {counts[k]}: labels of column {k} must lie "
            f"between 0 and {counts[k] - 1}. Number the values from 0, or mend sizes."
        )
    return codes.astype(np.int64), counts


def column(option: str, value: int, n_columns: int) -> int:
    """Return the number of a column, which may count from the end."""
    return integer(option, value, -n_columns, n_columns - 1) % n_columns


def two_columns(one: str, i: int, other: str, j: int, n_columns: int) -> tuple[int, int]:
    """Return the numbers of two columns, which must differ."""
    first, second = column(one, i, n_columns), column(other, j, n_columns)
    if first == second:
        raise OptionError(f"{one}={i} and {other}={j} are the same column of {n_columns}. Use two different ones.")
    return first, second


def period(size: int, both_ends: bool) -> int:
    """Return the number of steps of orientation in a full turn."""
    return max(size - 1, 1) if flag("both_ends", both_ends) else size


def generator(name: str, seed: int) -> np.random.Generator:
    """Return the random number generator of an oracle."""
    # Its own stream for each oracle: otherwise noise would hold the numbers that noisy adds with the same seed.
    return np.random.default_rng([integer("seed", seed, 0), *name.encode()])
