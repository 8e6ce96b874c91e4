"""Squared correlation of every latent with every factor, in one pass over the rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_CELLS = 1 << 16  # numbers worked on at a time, to stay in cache
_SMALL, _LARGE = 1e-200, 1e200  # sums of squares beyond these may have lost digits or overflowed


def squared_correlation(
    latents: NDArray[Any],
    numbers: Sequence[Floats],
    rows: slice | NDArray[np.intp],
    weight: Floats | None = None,
) -> Floats:
    """Return the squared Pearson correlation of every latent with every factor: (d, k).

    A constant column correlates with nothing: 0.

    Parameters
    ----------
    latents : ndarray of shape (n, d)
    numbers : sequence of k ndarrays of shape (n,)
        The factors.
    rows : slice or ndarray
        The rows to take.
    weight : ndarray of shape (n,), optional
        How much each row counts.
    """
    if weight is not None:  # a power of two takes nothing off any digit
        weight = np.ldexp(weight, -np.frexp(weight.max())[1])
    columns = [*latents.T, *numbers]
    scale = np.ones(len(columns))
    with np.errstate(over="ignore", invalid="ignore"):
        squares, products = _moments(latents, numbers, rows, scale, weight)
    doubtful = np.flatnonzero(~((squares > _SMALL) & (squares < _LARGE)))
    extent = np.array([_extent(columns[i][rows]) for i in doubtful])
    if np.any(extent > 0):
        # a power of two takes nothing off any digit
        scale[doubtful] = 2.0 ** -np.clip(np.frexp(extent)[1], -1000, 1000).astype(float)
        squares, products = _moments(latents, numbers, rows, scale, weight)
    squares[doubtful[extent == 0]] = 0.0
    length = np.sqrt(np.where(squares > 0, squares, np.inf))
    d = latents.shape[1]
    return np.asarray(np.minimum((products / length[:d, None] / length[d:]) ** 2, 1.0))


def _extent(values: NDArray[Any]) -> float:
    """Return half of the range of the values, which float64 can always hold."""
    return float(values.max()) / 2 - float(values.min()) / 2


def _moments(
    latents: NDArray[Any],
    numbers: Sequence[Floats],
    rows: slice | NDArray[np.intp],
    scale: Floats,
    weight: Floats | None,
) -> tuple[Floats, Floats]:
    """Return sums of squares (d + k,) and of products (d, k) around the means, of columns times their scale.

    Everything is counted from the mean of the first rows. No mean of p rows lies further from that of all n than
    sqrt(n / p) standard deviations, so taking the means off at the end costs log10(n / p) digits at most, and an offset
    that is large against the spread costs none.
    """
    d = latents.shape[1]
    members = np.arange(latents.shape[0])[rows] if isinstance(rows, slice) else rows
    step = max(1, _CELLS // (d + len(numbers)))
    block = np.empty((d + len(numbers), min(step, len(members))))
    shift = np.zeros((len(block), 1))
    sums, squares, products = np.zeros(len(block)), np.zeros(len(block)), np.zeros((d, len(numbers)))
    total = float(len(members))
    if weight is not None:
        total, roots = float(weight[rows].sum()), np.sqrt(weight)
    for start in range(0, len(members), step):
        chosen = members[start : start + step]
        where = slice(start, start + step) if isinstance(rows, slice) else chosen
        piece = block[:, : len(chosen)]
        piece[:d] = latents[where].T
        for column, values in zip(piece[d:], numbers, strict=True):
            column[:] = values[where]
        if np.any(scale != 1):
            piece *= scale[:, None]
        if start == 0:
            # of equal values this is exactly that value
            shift = piece[:, :1] + (piece - piece[:, :1]).mean(axis=1, keepdims=True)
        piece -= shift
        if weight is not None:
            sums += piece @ weight[where]
            piece *= roots[where]
        else:
            sums += piece.sum(axis=1)
        squares += np.einsum("ij,ij->i", piece, piece)
        products += piece[:d] @ piece[d:].T
    mean = sums / total
    return squares - sums * mean, products - sums[:d, None] * mean[d:]
