"""One factor as codes: its distinct values, where labels are missing, and what kind of factor it looks like."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .arrays import EXACT
from .errors import DTypeError, InputError, NonFiniteError, OptionError
from .options import choice

KINDS = ("categorical", "continuous")

FactorKinds = str | Sequence[str] | Mapping[str, str] | None


@dataclass(frozen=True)
class Labels:
    """A factor's labels.

    Attributes
    ----------
    codes : ndarray of shape (n_samples,)
        Index into `values`, -1 where the label is missing.
    values : ndarray of shape (n_values,)
        Distinct labels in ascending order.
    missing : ndarray of bool of shape (n_samples,), or None if every row has a label
    name : str
    """

    codes: NDArray[np.intp]
    values: NDArray[Any]
    missing: NDArray[np.bool_] | None
    name: str

    @property
    def n_labeled(self) -> int:
        """Number of rows that have a label."""
        return len(self.codes) - (0 if self.missing is None else int(self.missing.sum()))

    def numbers(self) -> NDArray[np.float64]:
        """Return the labels as numbers, NaN where missing.

        Raises
        ------
        DTypeError
            If the labels are text.
        """
        if self.values.dtype.kind not in "buif" and not all(isinstance(v, NUMBERS) for v in self.values):
            raise DTypeError(
                f"factor {self.name!r} has text labels such as {str(self.values[0])!r}, which cannot be measured. "
                "Treat it as categorical, or pass numbers."
            )
        table = np.append(_as_floats(self.values, self.name), np.nan)
        return table[self.codes]

    def inferred_kind(self) -> str:
        """Return ``continuous`` for many distinct non-integer floats, else ``categorical``."""
        if self.values.dtype.kind != "f" or len(self.values) <= max(64, np.sqrt(self.n_labeled)):
            return "categorical"
        return "continuous" if np.any(self.values != np.floor(self.values)) else "categorical"


def encode(column: NDArray[Any], name: str) -> Labels:
    """Return the labels of one factor.

    Raises
    ------
    DTypeError
        If the values are not labels, or not of one kind.
    NonFiniteError
        If a label is infinite.
    """
    if column.dtype.kind == "O":
        missing = np.fromiter((is_missing(value) for value in column), dtype=bool, count=len(column))
        typed = _of_one_kind(column[~missing].tolist(), name)
    elif column.dtype.kind == "f":
        missing = np.isnan(column)
        typed = column[~missing]
    else:
        missing = np.zeros(len(column), dtype=bool)
        typed = column
    if typed.dtype.kind == "f" and np.isinf(typed).any():
        row = int(np.flatnonzero(~missing)[np.isinf(typed)][0])
        raise NonFiniteError(
            f"factor {name!r} has infinite labels (first at row {row}). Mark missing labels by NaN, or drop the row."
        )
    values, found = np.unique(typed, return_inverse=True)
    codes = np.full(len(column), -1, dtype=np.intp)
    codes[~missing] = found.reshape(-1)
    return Labels(codes, values, missing if missing.any() else None, name)


def _as_floats(values: NDArray[Any], name: str) -> NDArray[np.float64]:
    """Return numbers as float64, unless some are integers that float64 cannot tell apart."""
    exact = values if values.dtype.kind in "O" else values[:0]
    if any(isinstance(v, (int, np.integer)) and abs(int(v)) > EXACT for v in exact.tolist()) or (
        values.dtype.kind in "ui" and values.size and max(int(values.max()), -int(values.min())) > EXACT
    ):
        raise InputError(
            f"factor {name!r} has integers beyond 2**53, which float64 cannot tell apart, where numbers are needed. "
            "Treat it as categorical, or subtract an offset."
        )
    return values.astype(np.float64)


def _of_one_kind(present: list[Any], name: str) -> NDArray[Any]:
    """Return Python values as an array of text or of numbers; integers of any size stay whole."""
    for text in (str, bytes):
        if all(isinstance(value, text) for value in present):
            array = np.array(present, dtype=object)
            # numpy's own text is faster to sort, and drops zeros at the end of a label
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
    """Whether a Python value stands for a missing label: None, NaN, pandas.NA or NaT."""
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    return isinstance(value, (float, np.floating)) and bool(value != value)


def kinds_by_factor(kinds: FactorKinds, names: tuple[str, ...]) -> tuple[str | None, ...]:
    """Return the kind given for each factor, None where it is to be inferred."""
    if kinds is None:
        return (None,) * len(names)
    if isinstance(kinds, str):
        return (choice("factor_kinds", kinds, KINDS),) * len(names)
    if isinstance(kinds, Mapping):
        for name in kinds:
            choice("a key of factor_kinds", name, names)
        return tuple(choice("factor_kinds", kinds[name], KINDS) if name in kinds else None for name in names)
    if not isinstance(kinds, Sequence) and not isinstance(kinds, np.ndarray):
        raise OptionError(f"factor_kinds={kinds!r} is not known. Use one of {sorted(KINDS)}, a list or a mapping.")
    if len(kinds) != len(names):
        raise OptionError(
            f"factor_kinds has {len(kinds)} entries and there are {len(names)} factors. "
            "Pass one kind for all, one per factor, or a mapping from names to kinds."
        )
    return tuple(choice("factor_kinds", kind, KINDS) for kind in kinds)
