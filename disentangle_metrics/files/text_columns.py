"""Text columns converted to numbers, truth values or labels, with missing values."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..data.arrays import EXACT

_TRUTHS = {"True": True, "TRUE": True, "true": True, "False": False, "FALSE": False, "false": False}

# Other programs write these words for a missing value. Among words they are labels; among numbers they are ambiguous.
_WORDS = {"na", "n/a", "null", "none", "<na>", "#n/a", "#na", "nat", "nan"}


def typed(cells: NDArray[Any]) -> tuple[NDArray[Any], str | None]:
    """Return the converted cells of a column, and a word among numbers that may be a label or a missing value.

    Parameters
    ----------
    cells : ndarray of str of shape (n_rows,), of dtype object
        A blank cell is a missing value; among numbers ``nan`` is one too. All other text is a label, unchanged.

    Returns
    -------
    ndarray of shape (n_rows,)
        Floats, with NaN for a missing value; or Python values, with None for a missing value: integers that float64
        cannot hold, truth values, labels.
    str or None

    Examples
    --------
    >>> typed(np.array(["1", "", "3"], dtype=object))
    (array([ 1., nan,  3.]), None)
    >>> typed(np.array(["cap", "", "None"], dtype=object))
    (array(['cap', None, 'None'], dtype=object), None)
    """
    values: dict[str, Any] = {}
    words = set()
    for cell in set(cells.tolist()):
        values[cell] = value = None if not cell.strip() else _value(cell)
        if value is None and cell.strip():
            if cell.casefold() not in _WORDS:
                return _labels(cells), None
            words.add(cell)
        elif value != value:  # NaN is a word, unless all other cells are numbers
            words.add(cell)
    known = [value for value in values.values() if value is not None and value == value]
    kinds = {type(value) for value in known}
    strange = [word for word in words if bool in kinds or values[word] is None]
    if strange or (bool in kinds and len(kinds) > 1):
        return _labels(cells), min(strange) if strange and known else None
    if float not in kinds and (bool in kinds or max(map(abs, known), default=0) > EXACT):
        return np.array([values[cell] if values[cell] == values[cell] else None for cell in cells], dtype=object), None
    return np.array([np.nan if values[cell] is None else values[cell] for cell in cells], dtype=np.float64), None


def _value(cell: str) -> bool | int | float | None:
    """Return the number or the truth value of a cell, else None."""
    if cell in _TRUTHS:
        return _TRUTHS[cell]
    if "_" in cell or not cell.isascii():  # Python reads 1_000 as a number, and digits of any script
        return None
    for kind in (int, float):
        try:
            return kind(cell)
        except ValueError:
            continue
    return None


def _labels(cells: NDArray[Any]) -> NDArray[Any]:
    """Return the cells as labels, None for an empty cell."""
    labels = cells.copy()
    labels[cells == ""] = None
    return labels
