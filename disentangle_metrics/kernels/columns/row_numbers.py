"""Columns that number the rows: an index or an id, which came along with the data."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

# In fewer rows whole numbers that differ are common.
_FEWEST = 17


def numbers_rows(column: NDArray[Any]) -> bool:
    """Whether a column (n,) has whole numbers, all different, that rise or fall with the rows or lie side by side."""
    n = len(column)
    some = column[:_FEWEST]
    if n < _FEWEST or column.dtype.kind not in "iuf" or not _whole(some) or len(np.unique(some)) < _FEWEST:
        return False
    if not float(column.max()) - float(column.min()) >= n - 1 or not _whole(column):
        return False
    rising = column[1:] > column[:-1]
    if rising.all() or (column[1:] < column[:-1]).all():
        return True
    side_by_side = float(column.max()) - float(column.min()) == n - 1
    return side_by_side and len(np.unique(column)) == n


def _whole(column: NDArray[Any]) -> bool:
    return column.dtype.kind != "f" or bool(np.all(column == np.floor(column)))
