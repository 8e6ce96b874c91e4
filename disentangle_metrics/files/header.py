"""The first line of a table of text: names of columns, or data. Where it could be either, nobody guesses in silence."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np


class Reading(NamedTuple):
    """How a first line is read.

    Attributes
    ----------
    are_names : bool
    is_open : bool
        Whether it could be either, so that it cannot be used until something else decides.
    is_certain : bool
        Whether it cannot be the other.
    by_length : bool
        Whether the number of rows of another file may decide for the other reading.
    """

    are_names: bool
    is_open: bool = False
    is_certain: bool = False
    by_length: bool = False


def reading_of(first: Sequence[str], body: Callable[[], Any], header: bool | None) -> Reading:
    """Return how the first line of a table is read.

    Parameters
    ----------
    first : sequence of str
        Its cells.
    body : callable
        Returns the table below it, whose columns are numbered. It is called where the cells alone do not tell.
    header : bool or None
        What the caller says. A text above numbers names its column whatever was said: it cannot be one of them.
    """
    if header:
        return Reading(True)
    if all(map(is_number, first)):
        return _of_numbers([float(cell) for cell in first], body, header)
    if not _fits(first, table := body()):
        return Reading(True, is_certain=True)
    if header is not None:
        return Reading(False)
    if any(is_number(cell) and not float(cell).is_integer() for cell in first):
        return Reading(False)  # 5.1,3.5,setosa: no column is called 5.1
    return Reading(True, by_length=_recurs(first, table))


def _of_numbers(first: list[float], body: Callable[[], Any], header: bool | None) -> Reading:
    if header is not None:
        return Reading(False)
    if not _counts(first):
        return Reading(False, by_length=_rises(first))
    table = body()
    if len(first) > 1 and any(_has_fractions(table[j]) for j in table.columns):
        return Reading(True)  # a row of measurements does not count from 0 to d - 1
    return Reading(True, is_open=True, by_length=True)


def _counts(first: list[float]) -> bool:
    """Whether numbers are 0, 1, 2, ... or 1, 2, 3, ..., as pandas, R and MATLAB number columns."""
    return first in (list(range(len(first))), list(range(1, len(first) + 1)))


def _rises(first: list[float]) -> bool:
    """Whether several numbers could be names: whole and rising, or evenly spaced."""
    steps = np.diff(first)
    whole = all(number.is_integer() for number in first) and len(first) > 1
    even = len(first) > 2 and bool(np.allclose(steps, steps[:1], rtol=1e-6, atol=0.0))
    return bool((steps > 0).all()) and (whole or even)


def _has_fractions(column: Any) -> bool:
    values = np.asarray(column)
    return values.dtype.kind == "f" and bool((values[np.isfinite(values)] % 1 != 0).any())


def _fits(first: Sequence[str], table: Any) -> bool:
    """Whether the cells could be the first row of a table: no text stands above numbers or truth values."""
    if not len(table) or len(first) != table.shape[1] or first[0] == "":
        return False
    return all(
        is_number(cell) or not cell.strip() or (_is_text(table[j]) and not _are_truths(table[j]))
        for j, cell in enumerate(first)
    )


def _is_text(column: Any) -> bool:
    return getattr(column.dtype, "kind", "O") == "O"


def _are_truths(column: Any) -> bool:
    return all(value is None or isinstance(value, (bool, int)) for value in column.tolist())


def _recurs(first: Sequence[str], table: Any) -> bool:
    """Whether a label of the first line is one of those below it, or could be as they hardly recur."""
    columns = [(cell, table[j]) for j, cell in enumerate(first) if _is_text(table[j])]
    return any(cell in set(column) for cell, column in columns) or all(
        2 * column.nunique() > len(column) for _, column in columns
    )


def is_number(cell: str) -> bool:
    """Whether Python reads a cell as a number."""
    try:
        float(cell)
    except ValueError:
        return False
    return True
