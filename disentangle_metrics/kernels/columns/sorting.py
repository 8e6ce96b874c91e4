"""The row orders in which latents ascend; each latent is sorted once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

# The rows of a latent by ascending values, as numpy.argsort returns them: equal ones in any order.
Order = NDArray[np.integer]
# Functions that return the order of a latent, or of latent j, for callers that need it only sometimes.
Ordered = Callable[[], Order]
OrderOf = Callable[[int], Order]
Rows = NDArray[np.intp] | slice

# Numbers whose orders are kept, at 4 bytes each. Orders of larger arrays are sorted again for every caller.
MOST = 1 << 22


def numbered(x: NDArray[Any]) -> NDArray[np.int32]:
    """Return the index of each of n ascending values among the distinct values: (n,) -> (n,)."""
    number = np.zeros(len(x), dtype=np.int32)
    np.cumsum(x[1:] != x[:-1], out=number[1:])
    return number


class Orders:
    """Row order of each latent, sorted at the first request and kept.

    Parameters
    ----------
    latents : ndarray of shape (n, d)
        At most `MOST` numbers, so that their orders are small.
    """

    def __init__(self, latents: NDArray[Any]) -> None:
        self._latents = latents
        self._columns: Sequence[int] = range(latents.shape[1])
        self._kept: dict[int, NDArray[np.int32]] = {}
        self._asked: list[Any] = [None, None]

    def chosen(self, columns: Sequence[int] | slice) -> Orders:
        """Return the orders of the chosen latents, numbered from 0. Both objects share the orders that are sorted."""
        other = object.__new__(Orders)
        other.__dict__.update(self.__dict__)
        numbers = range(*columns.indices(len(self._columns))) if isinstance(columns, slice) else columns
        other._columns = [self._columns[j] for j in numbers]
        return other

    def of(self, j: int, rows: Rows = slice(None)) -> Order:
        """Return the order of a latent on the chosen rows, as places among these rows: (m,)."""
        column = self._columns[j]
        if column not in self._kept:
            self._kept[column] = np.argsort(self._latents[:, column]).astype(np.int32)
        whole = self._kept[column]
        return whole if isinstance(rows, slice) else _filtered(whole, self._places(rows))

    def _places(self, rows: NDArray[np.intp]) -> NDArray[np.int32]:
        if self._asked[0] is not rows:  # usually the same rows for every latent
            self._asked[:] = rows, _places(rows, len(self._latents))
        places: NDArray[np.int32] = self._asked[1]
        return places


def among(order: Order, rows: NDArray[np.intp]) -> Order:
    """Return the order of the chosen rows, as places among them (m,), from the order of all rows (n,)."""
    return _filtered(order, _places(rows, len(order)))


def _places(rows: NDArray[np.intp], n: int) -> NDArray[np.int32]:
    """Return the place of each of n rows among the chosen rows (m,), -1 for a row that is not chosen: (n,)."""
    places = np.full(n, -1, dtype=np.int32)
    places[rows] = np.arange(len(rows), dtype=np.int32)
    return places


def _filtered(order: Order, places: NDArray[np.int32]) -> Order:
    chosen = places.take(order)
    return chosen[chosen >= 0]
