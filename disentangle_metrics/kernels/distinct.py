"""The distinct values of a column and which of them each row has: ``numpy.unique``, several times as fast on labels.

Labels are few, and mostly whole numbers close together, so that a column of them need not be sorted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .columns import extremes
from .seam import swappable

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
        Index into `values` of each row. None for many distinct floats: sorting them with their rows takes twice as
        long as without, and measurements are not looked up by value.
    counts : ndarray of int64 of shape (m,) or None
        How many rows have each value, if that came with finding them.
    """

    values: NDArray[Any]
    codes: NDArray[np.unsignedinteger] | None
    counts: NDArray[np.int64] | None


def distinct(column: NDArray[Any]) -> Distinct:
    """Return the distinct values of a column of numbers or text without NaN, n >= 0."""
    if column.dtype.kind != "O" and len(column):
        found = _whole_numbers(column)
        if found is None and len(column) >= _SHORT:
            found = _few_values(column)
        if found is not None:
            return found
        if column.dtype.kind == "f":
            return Distinct(np.unique(column), None, None)
    return Distinct(*sort(column), None)


def sort(column: NDArray[Any]) -> tuple[NDArray[Any], NDArray[np.unsignedinteger]]:
    """Return values and codes of a column of any kind, by sorting it."""
    values, codes = np.unique(column, return_inverse=True)
    return values, codes.reshape(-1).astype(_narrow(values))


def _narrow(values: NDArray[Any]) -> np.dtype[Any]:
    return np.min_scalar_type(len(values))


def of_columns(table: NDArray[Any]) -> list[Distinct | None]:
    """Return the distinct values of each column (n, k) of whole numbers close together, None for any other column."""
    found: list[Distinct | None] = [None] * table.shape[1]
    if table.dtype.kind not in "iu" or not len(table):
        return found
    low, high = extremes(table)
    spans = [int(h) - int(least) + 1 for least, h in zip(low, high, strict=True)]
    narrow = [j for j, span in enumerate(spans) if span <= max(_RANGE, len(table))]
    counted = offsets(table, narrow, low, [spans[j] for j in narrow])
    for j, (codes, counts) in zip(narrow, counted, strict=True):
        found[j] = _from_offsets(codes, counts, low[j])
    return found


def _whole_numbers(column: NDArray[Any]) -> Distinct | None:
    """Return the values of a column of whole numbers that lie close together, or None if it is not one."""
    kind = column.dtype.kind
    if kind == "b":
        [found] = of_columns(column.view(np.uint8)[:, None])
    elif kind != "f":
        [found] = of_columns(column[:, None])
    else:
        low, high = float(column.min()), float(column.max())
        if max(-low, high) > 2.0**53 or high - low >= max(_RANGE, len(column)):
            return None
        whole = column.astype(np.int64)
        if (whole != column).any():
            return None
        [found] = of_columns(whole[:, None])
    return found and found._replace(values=found.values.astype(column.dtype))


def _from_offsets(codes: NDArray[np.unsignedinteger], counts: NDArray[np.int64], low: Any) -> Distinct:
    """Return the values that occur, and which of them each row has, from how far rows lie above the least."""
    (present,) = counts.nonzero()
    if len(present) < len(counts):
        ranks = np.zeros(len(counts), dtype=_narrow(present))
        ranks[present] = np.arange(len(present))
        codes = ranks[codes]
    return Distinct(present.astype(low.dtype) + low, codes, counts[present])


@swappable
def offsets(
    table: NDArray[Any], columns: Sequence[int], low: NDArray[Any], spans: Sequence[int]
) -> list[tuple[NDArray[np.unsignedinteger], NDArray[np.int64]]]:
    """Return how far each whole number lies above the least of its column, and how often each distance occurs.

    Parameters
    ----------
    table : ndarray of int of shape (n, k)
    columns : sequence of int
        Those to look at.
    low : ndarray of shape (k,)
        Smallest value of each column.
    spans : sequence of int, one for each of `columns`
        Its largest less its smallest value, plus 1.
    """
    codes = [np.empty(len(table), dtype=np.min_scalar_type(span)) for span in spans]
    counts = [np.zeros(span, dtype=np.int64) for span in spans]
    step = max(_CHUNK // max(1, len(columns)), *spans, 1)
    # In its own type an unsigned number cannot overflow, in 64 bits a signed one cannot
    work = table.dtype if table.dtype.kind == "u" else np.dtype(np.int64)
    for start in range(0, len(table), step):
        some = slice(start, start + step)
        for i, j in enumerate(columns):
            above = np.subtract(table[some, j], low[j], dtype=work)
            counts[i] += np.bincount(above.astype(np.intp, copy=False), minlength=spans[i])
            codes[i][some] = above
    return list(zip(codes, counts, strict=True))


def _few_values(column: NDArray[Any]) -> Distinct | None:
    """Return the values of a column that has few, or None if it has many.

    A sample says which values there are. Where a row has another one, that is added, and the rows are looked up again.
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
    """Return a function that finds values again, numbers by the part of the range they lie in.

    Where several values share a part it finds the last of them, so the caller compares.
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
