"""Labels of rows: those of two tables agree, or are paired by label, or are refused. Position alone never decides."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError, ShapeError, shortened
from .arrays import to_numpy


class RowLabels(NamedTuple):
    """Labels of the rows of a table, a series or a labeled array.

    Attributes
    ----------
    values : ndarray of shape (n_rows,)
    drop : str
        The call that drops them.
    are_counted : bool
        Whether they are 0, 1, 2, ..., which every table of pandas has that was given none.
    """

    values: NDArray[Any]
    drop: str
    are_counted: bool

    def take(self, rows: NDArray[np.intp]) -> RowLabels:
        """Return the labels of some of the rows."""
        return _labels(self.values[rows], self.drop)


def row_labels(x: Any) -> RowLabels | None:
    """Return the labels of the rows of a table, a series or a labeled array; None of all that has none.

    Examples
    --------
    >>> import pandas as pd
    >>> row_labels(pd.Series([5, 7], index=["a", "b"])).values.tolist()
    ['a', 'b']
    >>> row_labels(np.zeros((2, 3))) is None
    True
    """
    if isinstance(x, RowLabels) or x is None:
        return x
    packages = {cls.__module__.partition(".")[0] for cls in type(x).__mro__}
    if "pandas" in packages and hasattr(x, "index"):
        return _labels(_of_index(x.index), "reset_index(drop=True)")
    if "xarray" in packages and x.dims and x.dims[0] in x.coords:
        return _labels(_of_index(x.coords[x.dims[0]].to_index()), f"drop_vars({x.dims[0]!r})")
    return None


def _of_index(index: Any) -> NDArray[Any]:
    if index.nlevels == 1:
        return np.asarray(index.to_numpy())
    values = np.empty(len(index), dtype=object)  # labels of several levels are tuples
    values[:] = index.tolist()
    return values


def _labels(values: Any, drop: str) -> RowLabels:
    values = np.asarray(values)
    counted = values.dtype.kind in "iu" and np.array_equal(values, np.arange(len(values)))
    return RowLabels(values, drop, bool(counted))


def check_row_labels(latents: Any, other: Any, name: str = "factors", of: str = "latents") -> None:
    """Raise InputError if the rows of two tables have labels that differ, ShapeError if there are not as many.

    Labels 0, 1, 2, ... are none, and go with any others that they do not contradict: text, or numbers of which none is
    among them.
    """
    first, second = row_labels(latents), row_labels(other)
    if first is None or second is None or _are_alike(first, second):
        return
    n, m = len(first.values), len(second.values)
    known = set(first.values.tolist())
    both = sum(label in known for label in second.values.tolist())
    if n != m:
        if both > 1:
            raise ShapeError(
                f"{of} has {n} rows and {name} has {m}, and {both} row labels are in both. Pass align=True to "
                "Representation or evaluate to score the rows that both have."
            )
        return
    if first.are_counted != second.are_counted and not both:
        return
    align = "Pass align=True to Representation or evaluate to pair rows by label"
    drop = f"or drop the labels with {second.drop} if the rows are in the same order"
    if both == n == len(known):
        by_hand = f" ({name}.loc[{of}.index])" if hasattr(other, "loc") and hasattr(latents, "index") else ""
        raise InputError(f"{of} and {name} have the same row labels in another order. {align}{by_hand}; {drop}.")
    row = next(i for i, (a, b) in enumerate(zip(first.values, second.values, strict=True)) if a != b)
    here, there = (shortened(repr(labels.values.tolist()[row])) for labels in (first, second))
    raise InputError(
        f"{of} and {name} have different row labels: row {row} is {here} in {of} and {there} in {name}, and {both} of "
        f"{n} labels are in both. {align}; {drop}."
    )


def _are_alike(first: RowLabels, second: RowLabels) -> bool:
    if first.are_counted and second.are_counted:
        return True
    return bool(np.array_equal(first.values, second.values))


class Taken(NamedTuple):
    """The rows of a table whose label the others have too: which ones, (n_common,), of how many."""

    rows: NDArray[np.intp]
    n_given: int

    def of(self, x: Any) -> NDArray[Any]:
        """Return these rows of an array."""
        return np.asarray(to_numpy(x)[self.rows])


def paired(tables: Mapping[str, Any]) -> tuple[dict[str, Taken], tuple[str, ...]]:
    """Return the rows of each of several tables that all of them have a label for, and a note if rows are left out.

    Parameters
    ----------
    tables : mapping from str to table
        The first says in which order rows come.

    Raises
    ------
    InputError
        If a table has no labels, has one label twice, or none that the others have.

    Examples
    --------
    >>> import pandas as pd
    >>> z, v = pd.Series([1, 2, 3], index=list("abc")), pd.Series([8, 9], index=list("ca"))
    >>> taken, notes = paired({"latents": z, "factors": v})
    >>> {name: table.rows.tolist() for name, table in taken.items()}
    {'latents': [0, 2], 'factors': [1, 0]}
    >>> notes
    ('rows are paired by label: 2 are in both, 1 of latents are left out',)
    """
    places = {name: _places(name, table) for name, table in tables.items()}
    first, *others = places.values()
    common = [label for label in first if all(label in other for other in others)]
    if len(common) < 2:
        examples = "; ".join(f"{name} has {_examples(list(found))}" for name, found in places.items())
        raise InputError(
            f"{len(common)} row labels are in all of {', '.join(places)}, and two rows are needed: {examples}. "
            "Labels are paired where they are equal, and the text '1' is not the number 1."
        )
    taken = {
        name: Taken(np.array([found[label] for label in common], dtype=np.intp), len(found))
        for name, found in places.items()
    }
    lost = {name: len(found) - len(common) for name, found in places.items() if len(found) > len(common)}
    left = " and ".join(f"{count} of {name}" for name, count in lost.items())
    both = "both" if len(tables) == 2 else "all"
    return taken, (f"rows are paired by label: {len(common)} are in {both}, {left} are left out",) if lost else ()


def beside(labels: RowLabels | None, table: Any, name: str) -> NDArray[Any]:
    """Return the rows of a table in the order of labels, each of which it has to have.

    Raises
    ------
    InputError
        If it has no labels, has one twice, or lacks one.
    """
    wanted = [] if labels is None else labels.values.tolist()
    places = _places(name, table)
    lacking = next((label for label in wanted if label not in places), None)
    if lacking is not None:
        raise InputError(f"{name} has no row with the label {shortened(repr(lacking))}. Give every row of latents one.")
    return np.asarray(to_numpy(table)[[places[label] for label in wanted]])


def _places(name: str, table: Any) -> dict[Any, int]:
    labels = row_labels(table)
    if labels is None:
        raise InputError(
            f"{name} has no labels of rows to align by. Pass a table of pandas with an index, or a DataArray of xarray "
            "with a coordinate along its rows."
        )
    values = labels.values.tolist()
    found = {label: row for row, label in enumerate(values)}
    if len(found) < len(values):
        twice = next(label for row, label in enumerate(values) if found[label] != row)
        raise InputError(
            f"{name} has the row label {shortened(repr(twice))} more than once, so that its rows cannot be told apart. "
            "Make the labels distinct, or drop the rows that are there twice."
        )
    return found


def _examples(labels: Sequence[Any]) -> str:
    return ", ".join(shortened(repr(label)) for label in labels[:3])
