"""One factor as codes: its distinct values, its missing labels, and its inferred kind."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import DTypeError, InputError, NonFiniteError, shortened
from ..kernels.columns.unique import Distinct, distinct, sort
from .arrays import EXACT

# Fewer rows are too few to tell labels that name rows from others.
_ROWS_TO_NAME = 50


@dataclass(frozen=True)
class Labels:
    """Labels of one factor.

    Attributes
    ----------
    name : str
    missing : ndarray of bool of shape (n_samples,), or None if every row has a label
    n_values : int
        Number of distinct labels.
    known : ndarray of shape (n_values,) or None
        Distinct labels in ascending order; None for measurements, which are many and rarely needed.
    entries : ndarray of shape (n_labeled,)
        Index into `known` of each row that has a label; or, if `known` is None, the labels themselves.
    counted : ndarray of int64 of shape (n_values,) or None
        Number of rows with each value, if it is known already.
    """

    name: str
    missing: NDArray[np.bool_] | None
    n_values: int
    known: NDArray[Any] | None
    entries: NDArray[Any]
    counted: NDArray[np.int64] | None

    @property
    def n_labeled(self) -> int:
        """Number of rows that have a label."""
        return len(self.entries)

    @property
    def values(self) -> NDArray[Any]:
        """Distinct labels in ascending order: (n_values,)."""
        return np.unique(self.entries) if self.known is None else self.known

    @property
    def labeled_codes(self) -> NDArray[np.unsignedinteger]:
        """Index into `values` of each row that has a label, in few bytes: (n_labeled,)."""
        return self._sorted if self.known is None else self.entries

    @cached_property
    def _sorted(self) -> NDArray[np.unsignedinteger]:
        return sort(self.entries)[1]

    @property
    def codes(self) -> NDArray[np.intp]:
        """Index into `values` of each row, -1 for a missing label: (n_samples,)."""
        return self._spread(self.labeled_codes.astype(np.intp), -1)

    @property
    def counts(self) -> NDArray[np.int64]:
        """Number of rows with each value: (n_values,)."""
        return self._totals if self.counted is None else self.counted

    @cached_property
    def _totals(self) -> NDArray[np.int64]:
        return np.asarray(np.bincount(self.labeled_codes, minlength=self.n_values), dtype=np.int64)

    def numbers(self) -> NDArray[np.float64]:
        """Return the labels as numbers, NaN for a missing label: (n_samples,).

        Raises
        ------
        DTypeError
            If the labels are text.
        """
        if self.known is None:
            return self._spread(self.entries.astype(np.float64), np.nan)
        if self.known.dtype.kind not in "buif" and not all(isinstance(v, NUMBERS) for v in self.known):
            raise DTypeError(
                f"factor {self.name!r} has text labels such as {shortened(repr(str(self.known[0])))}, which cannot be "
                "measured. Treat it as categorical, or pass numbers."
            )
        return self._spread(_as_floats(self.known, self.name)[self.entries], np.nan)

    def numbers_at(self, rows: NDArray[np.intp]) -> NDArray[np.float64]:
        """Return the labels of rows as numbers, of labels that are none their places in the order: (m,)."""
        if self.known is None and self.is_exact:  # no need to sort measurements
            return self._spread(self.entries.astype(np.float64, copy=False), np.nan)[rows]
        codes = self.codes[rows] if self.missing is not None else self.labeled_codes[rows]
        if not self.is_exact:
            return codes.astype(np.float64)
        return self.values.astype(np.float64)[codes]

    def _spread(self, present: NDArray[Any], absent: float) -> NDArray[Any]:
        if self.missing is None:
            return present
        rows = np.full(len(self.missing), absent, dtype=present.dtype)
        rows[~self.missing] = present
        return rows

    @property
    def few(self) -> bool:
        """Whether there are at most max(64, sqrt(n)) distinct labels."""
        return self.n_values <= 64 or self.n_values**2 <= self.n_labeled

    @property
    def is_text(self) -> bool:
        """Whether some label is not a number."""
        if self.known is None:
            return False
        return self.values.dtype.kind not in "buif" and not all(isinstance(v, NUMBERS) for v in self.values)

    @property
    def is_whole(self) -> bool:
        """Whether all labels are whole numbers."""
        return self.n_values > 0 and not self.is_text and bool(np.all(self.values % 1 == 0))

    @property
    def is_exact(self) -> bool:
        """Whether all labels are numbers that float64 can tell apart."""
        if self.is_text or not self.n_values:
            return False
        return self.values.dtype.kind not in "uiO" or all(abs(int(v)) <= EXACT for v in self.values[[0, -1]])

    @property
    def names_rows(self) -> bool:
        """Whether each of many rows has a label of its own that names it: text, or a number that counts rows."""
        if self.n_labeled < _ROWS_TO_NAME or self.n_values < self.n_labeled:
            return False
        steps = np.diff(self.labeled_codes.astype(np.intp))
        return self.is_text or (self.is_whole and bool((steps > 0).all() or (steps < 0).all()))

    def inferred_kind(self) -> str:
        """Return ``continuous`` for many distinct non-integer floats, else ``categorical``."""
        if self.few:
            return "categorical"
        labels = self.entries if self.known is None else self.known
        return "continuous" if labels.dtype.kind == "f" and np.any(labels != np.floor(labels)) else "categorical"


def encode(column: NDArray[Any], name: str, known: Distinct | None = None) -> Labels:
    """Return the labels of one factor.

    Parameters
    ----------
    column : ndarray of shape (n_samples,)
    name : str
    known : Distinct, optional
        Its distinct values, if they are known already.

    Raises
    ------
    DTypeError
        If the values are not labels, or text and numbers are mixed.
    NonFiniteError
        If a label is infinite.
    """
    if known is not None and known.codes is not None:
        return Labels(name, None, len(known.values), known.values, known.codes, known.counts)
    missing: NDArray[np.bool_] | None = None
    present = column if column.dtype.kind == "O" else np.ascontiguousarray(column)
    if column.dtype.kind == "O":
        missing = np.fromiter((is_missing(value) for value in column), dtype=bool, count=len(column))
        present = _of_one_kind(column[~missing].tolist(), name)
    elif column.dtype.kind == "f" and np.isnan(present.min()):
        missing = np.isnan(present)
        present = present[~missing]
    if present.dtype.kind == "f" and len(present) and (np.isinf(present.min()) or np.isinf(present.max())):
        rows = np.arange(len(column)) if missing is None else np.flatnonzero(~missing)
        row = int(rows[np.isinf(present)][0])
        raise NonFiniteError(
            f"factor {name!r} has infinite labels (first at row {row}). Mark missing labels by NaN, or drop the row."
        )
    missing = missing if missing is not None and missing.any() else None
    values, codes, counts = distinct(present)
    if codes is not None:
        return Labels(name, missing, len(values), values, codes, counts)
    if missing is None and column.dtype.kind != "O":
        present = column  # the caller holds it in memory anyway, so no copy is kept
    return Labels(name, missing, len(values), None, present, None)


def _as_floats(values: NDArray[Any], name: str) -> NDArray[np.float64]:
    """Return numbers as float64; raise DTypeError for integers that float64 cannot tell apart."""
    exact = values if values.dtype.kind in "O" else values[:0]
    if any(isinstance(v, (int, np.integer)) and abs(int(v)) > EXACT for v in exact.tolist()) or (
        values.dtype.kind in "ui" and values.size and max(int(values.max()), -int(values.min())) > EXACT
    ):
        raise InputError(
            f"factor {name!r} has integers beyond 2**53, which float64 cannot tell apart, and numbers are needed here. "
            "Treat it as categorical, or subtract an offset."
        )
    return values.astype(np.float64)


def _of_one_kind(present: list[Any], name: str) -> NDArray[Any]:
    """Return Python values as an array of text or of numbers; integers of any size stay whole."""
    for text in (str, bytes):
        if all(isinstance(value, text) for value in present):
            array = np.array(present, dtype=object)
            # numpy's text type sorts faster, but drops zeros at the end of a label
            return array if any(value[-1:] in ("\0", b"\0") for value in present) else array.astype(text)
    if all(isinstance(value, NUMBERS) for value in present):
        if not any(isinstance(value, (float, np.floating)) for value in present):
            return np.array(present, dtype=object)
        return _as_floats(np.array(present, dtype=object), name)
    kinds = sorted({type(value).__name__ for value in present})
    raise DTypeError(
        f"factor {name!r} holds values of type {' and '.join(kinds)}. Labels must be all text or all numbers."
    )


NUMBERS = (bool, int, float, np.bool_, np.integer, np.floating)


def is_missing(value: Any) -> bool:
    """Return whether a Python value stands for a missing label: None, NaN, pandas.NA or NaT."""
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(value, (float, np.floating)) and bool(value != value)
