"""In which order the rows of a latent ascend: found by counting, and once for all who would sort it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Order = NDArray[np.integer]
# What returns the order of a latent, or of latent j, to those who need it only now and then.
Ordered = Callable[[], Order]
OrderOf = Callable[[int], Order]
Rows = NDArray[np.intp] | slice

# Fewer rows are sorted as fast by comparing them.
_FEW = 1 << 11
# Numbers whose orders are kept, at 4 bytes each. Of more, everyone who needs an order finds it anew.
MOST = 1 << 22


def ascending(x: NDArray[Any]) -> Order:
    """Return the rows of a latent (n,) by ascending values, equal ones in any order: (n,).

    Of many rows two to four times as fast as ``numpy.argsort``, if they are float32 or float64: their bits, read as an
    integer, ascend with them, and are sorted 16 at a time by counting.
    """
    if len(x) < _FEW or x.dtype not in (np.float32, np.float64):
        return np.argsort(x)
    size = x.dtype.itemsize
    bits = (x + x.dtype.type(0)).view(f"u{size}")  # adding 0 makes -0 and 0 the same
    # of a negative number all bits are turned, of any other the first one
    top = bits.dtype.type(8 * size - 1)
    bits ^= (bits.view(f"i{size}") >> top.astype(f"i{size}")).view(bits.dtype) | (bits.dtype.type(1) << top)
    parts = bits.astype(f"<u{size}", copy=False).view("<u2").reshape(len(x), -1).T
    order = None
    for part in parts:  # the last bits first
        if order is not None:
            order = order.take(np.argsort(part.take(order), kind="stable"))
        elif (part != part[0]).any():
            order = np.argsort(part, kind="stable")
    return np.arange(len(x)) if order is None else order


def numbered(x: NDArray[Any]) -> NDArray[np.int32]:
    """Return the number of each of some ascending values among the distinct ones, from 0: (n,) -> (n,)."""
    number = np.zeros(len(x), dtype=np.int32)
    np.cumsum(x[1:] != x[:-1], out=number[1:])
    return number


class Orders:
    """The order of each latent, found when it is first asked for, and kept.

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

    def some(self, columns: Sequence[int] | slice) -> Orders:
        """Return the orders of some latents, numbered anew; what is kept is kept for all."""
        other = object.__new__(Orders)
        other.__dict__.update(self.__dict__)
        chosen = range(*columns.indices(len(self._columns))) if isinstance(columns, slice) else columns
        other._columns = [self._columns[j] for j in chosen]
        return other

    def of(self, j: int, rows: Rows = slice(None)) -> Order:
        """Return in which order a latent ascends on some rows, as places among them: (m,)."""
        column = self._columns[j]
        if column not in self._kept:
            self._kept[column] = ascending(self._latents[:, column]).astype(np.int32)
        whole = self._kept[column]
        return whole if isinstance(rows, slice) else _filtered(whole, self._places(rows))

    def _places(self, rows: NDArray[np.intp]) -> NDArray[np.int32]:
        if self._asked[0] is not rows:  # every latent is asked for the same rows, as a rule
            self._asked[:] = rows, _places(rows, len(self._latents))
        places: NDArray[np.int32] = self._asked[1]
        return places


def among(order: Order, rows: NDArray[np.intp]) -> Order:
    """Return the order of some of the rows, as places among them (m,), from that of all (n,)."""
    return _filtered(order, _places(rows, len(order)))


def _places(rows: NDArray[np.intp], n: int) -> NDArray[np.int32]:
    """Return where each of n rows is among some, -1 where it is not."""
    places = np.full(n, -1, dtype=np.int32)
    places[rows] = np.arange(len(rows), dtype=np.int32)
    return places


def _filtered(order: Order, places: NDArray[np.int32]) -> Order:
    found = places.take(order)
    return found[found >= 0]
