"""Distinct values of a column and the index of each row's value: ``numpy.unique``, several times as fast on labels.

Labels have few values, mostly whole numbers close together, so a column of labels need not be sorted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..dispatch import swappable
from .columns import extremes

# Whole numbers in a range this long, or as long as the column, are counted in a table.
_RANGE = 1 << 12
# Shorter columns are sorted.
_SHORT = 1 << 12
# A column whose sample of this many rows has few distinct values is looked up in them.
_SAMPLE, _FEW = 1 << 10, 1 << 8
# The place of a number among few values is read from a table of this many equal parts of their range.
_PARTS = 1 << 12
_CHUNK = 1 << 15


class Distinct(NamedTuple):
    """The distinct values of a column.

    Attributes
    ----------
    values : ndarray of shape (m,)
        In ascending order, of the column's dtype.
    codes : ndarray of unsigned int of shape (n,) or None
        Index into `values` of each row. None for many distinct floats: to sort them with their rows takes twice as
        long, and measurements are not looked up by value.
    counts : ndarray of int64 of shape (m,) or None
        Number of rows with each value, if the search for the values counted them.
    """

    values: NDArray[Any]
    codes: NDArray[np.unsignedinteger] | None
    counts: NDArray[np.int64] | None


def distinct(column: NDArray[Any]) -> Distinct:
    """Return the distinct values of a column of numbers or text without NaN, n >= 0."""
    if column.dtype.kind != "O" and len(column):
        entries = _whole_numbers(column)
        if entries is None and len(column) >= _SHORT:
            entries = _few_values(column)
        if entries is not None:
            return entries
        if column.dtype.kind == "f":
            return Distinct(np.unique(column), None, None)
    return Distinct(*sort(column), None)


def sort(column: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.unsignedinteger]]:
    """Return distinct values and codes of a column of any kind, by sorting it."""
    values, codes = np.unique(column, return_inverse=True)
    return values, codes.reshape(-1).astype(_narrow(values))


def _narrow(values: NDArray[Any]) -> np.dtype[Any]:
    return np.min_scalar_type(len(values))


def of_columns(table: NDArray[Any]) -> list[Distinct | None]:
    """Return the distinct values of each column (n, k) of whole numbers close together, None for any other column."""
    if table.dtype.kind not in "iu" or not len(table):
        return [None] * table.shape[1]
    return [column and _from_offsets(*column) for column in offsets(table)]


def _whole_numbers(column: NDArray[Any]) -> Distinct | None:
    """Return the distinct values of a column of whole numbers close together, or None for any other column."""
    kind = column.dtype.kind
    if kind == "b":
        [entries] = of_columns(column.view(np.uint8)[:, None])
    elif kind != "f":
        [entries] = of_columns(column[:, None])
    else:
        low, high = float(column.min()), float(column.max())
        if max(-low, high) > 2.0**53 or high - low >= max(_RANGE, len(column)):
            return None
        whole = column.astype(np.int64)
        if (whole != column).any():
            return None
        [entries] = of_columns(whole[:, None])
    return entries and entries._replace(values=entries.values.astype(column.dtype))


def _from_offsets(codes: NDArray[np.unsignedinteger], counts: NDArray[np.int64], low: Any) -> Distinct:
    """Return the distinct values and codes of a column, from the distance of each row above the smallest value."""
    (present,) = counts.nonzero()
    if len(present) < len(counts):
        ranks = np.zeros(len(counts), dtype=_narrow(present))
        ranks[present] = np.arange(len(present))
        codes, counts = ranks[codes], counts[present]
    return Distinct(present.astype(low.dtype) + low, codes, counts)


Offsets = tuple[NDArray[np.unsignedinteger], NDArray[np.int64], Any]


@swappable(saves=5)
def offsets(table: NDArray[Any]) -> list[Offsets | None]:
    """Return, for each column, the distance of each number above the minimum, the count of each distance, the minimum.

    Parameters
    ----------
    table : ndarray of int of shape (n, k), n >= 1

    Returns
    -------
    list of (ndarray of unsigned int of shape (n,), ndarray of int64 of shape (largest distance + 1,), integer) or None
        None for a column of numbers far apart.
    """
    low, high = extremes(table)
    spans = [int(most) - int(least) + 1 for least, most in zip(low, high, strict=True)]
    result: list[Offsets | None] = [None] * len(spans)
    short = [j for j, span in enumerate(spans) if span <= _RANGE]
    alone = [[j] for j, span in enumerate(spans) if span > _RANGE and is_short(span, len(table))]
    for columns in [short, *alone] if short else alone:
        codes, counts = _above(table, columns, low, max(spans[j] for j in columns))
        for j, code, count in zip(columns, codes, counts, strict=True):
            result[j] = code, count[: spans[j]], low[j]
    return result


def is_short(span: int, n: int) -> bool:
    """Return whether n whole numbers with this span are counted in a table."""
    return span <= max(_RANGE, n)


def _above(
    table: NDArray[Any], columns: Sequence[int], low: NDArray[Any], size: int
) -> tuple[NDArray[np.unsignedinteger], NDArray[np.int64]]:
    """Return distances of the columns above `low`, below `size`, and the count of each: (k, n), (k, size)."""
    k = len(columns)
    if k < table.shape[1]:
        table, low = table[:, columns], low[columns]
    codes = np.empty((k, len(table)), dtype=np.min_scalar_type(size))
    counts = np.zeros(k * size, dtype=np.int64)
    starts = np.arange(0, k * size, size)[:, None]
    # In its own type an unsigned number cannot overflow, in 64 bits a signed one cannot
    work = table.dtype.newbyteorder("=") if table.dtype.kind == "u" else np.dtype(np.int64)
    step = max(_CHUNK // k, size)
    for first in range(0, len(table), step):
        rows = slice(first, first + step)
        above = np.subtract(table[rows].T, low[:, None], dtype=work, order="C").astype(np.intp, copy=False)
        codes[:, rows] = above
        above += starts
        counts += np.bincount(above.reshape(-1), minlength=k * size)
    return codes, counts.reshape(k, size)


def _few_values(column: NDArray[Any]) -> Distinct | None:
    """Return the distinct values of a column that has few, or None if it has many.

    A sample gives the values. If a row has another value, it is added, and the rows are looked up again.
    """
    sample = column[:: len(column) // _SAMPLE]
    if column.dtype.kind in "uif":
        sample = np.append(sample, [column.min(), column.max()])
    values = np.unique(sample)
    codes = np.empty(len(column), dtype=np.min_scalar_type(_FEW - 1))
    while len(values) <= _FEW:
        find, missed = _finder(values), values[:0]
        for start in range(0, len(column), _CHUNK):
            chunk, code = column[start : start + _CHUNK], codes[start : start + _CHUNK]
            code[:] = find(chunk)
            (wrong,) = np.nonzero(values[code] != chunk)
            if len(wrong):
                code[wrong] = _search(values, chunk[wrong])
                unseen = chunk[wrong][values[code[wrong]] != chunk[wrong]]
                missed = np.union1d(missed, unseen)
                if len(missed) > _FEW:
                    return None
        if not len(missed):
            return Distinct(values, codes, None)
        values = np.union1d(values, missed)
    return None


def _search(values: NDArray[Any], chunk: NDArray[Any]) -> NDArray[np.intp]:
    return np.minimum(np.searchsorted(values, chunk), len(values) - 1)


def _finder(values: NDArray[Any]) -> Callable[[NDArray[Any]], NDArray[np.intp]]:
    """Return a function that looks up values, numbers by the part of the range that they lie in.

    If several values share a part, the function returns the last of them, so the caller compares.
    """
    numbers = values.dtype.kind in "uif"
    low, width = (float(values[0]), float(values[-1]) - float(values[0])) if numbers else (0.0, 0.0)
    if not 1e-300 < width < 1e300:
        return lambda chunk: _search(values, chunk)

    def part(chunk: NDArray[Any]) -> NDArray[np.intp]:
        return ((chunk.astype(np.float64, copy=False) - low) * (_PARTS / width)).astype(np.intp)

    places = np.zeros(_PARTS + 2, dtype=np.intp)
    places[part(values)] = np.arange(len(values))
    return lambda chunk: places[part(chunk)]
