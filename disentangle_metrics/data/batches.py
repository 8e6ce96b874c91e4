"""Arrays that come in pieces: batches, one after the other, and columns by name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ShapeError

ToNumpy = Callable[[Any], NDArray[Any]]


def are_batches(x: Any) -> bool:
    """Whether something is a list of arrays with two axes each: rows that belong one below the other."""
    return isinstance(x, (list, tuple)) and len(x) > 0 and all(len(shape_of(item)) == 2 for item in x)


def shape_of(x: Any) -> tuple[int, ...]:
    """Return the shape of an array of any library, and () of what is none."""
    shape = getattr(x, "shape", ())
    return tuple(shape) if hasattr(shape, "__len__") else ()


def stacked(batches: Sequence[Any], to_numpy: ToNumpy) -> NDArray[Any]:
    """Return batches as one array, rows below rows.

    Raises
    ------
    ShapeError
        If they have different numbers of columns.
    """
    widths = [shape_of(batch)[1] for batch in batches]
    if len(set(widths)) > 1:
        shown = ", ".join(map(str, widths[:5])) + (", ..." if len(widths) > 5 else "")
        raise ShapeError(
            f"a list of {len(batches)} arrays is taken as batches of rows, and they have {shown} columns. "
            "Pass one array, or batches with the same columns."
        )
    arrays = [to_numpy(batch) for batch in batches]
    if all(array.dtype.kind in "buif" for array in arrays):
        return np.concatenate(arrays)
    return np.concatenate([array.astype(object) for array in arrays])


def labels_in_batches(latents: Any, factors: Any, to_numpy: ToNumpy) -> Any:
    """Return the labels of one factor that came in the batches that latents came in, as a column; else as they are."""
    if not are_batches(latents) or not isinstance(factors, (list, tuple)) or len(factors) != len(latents):
        return factors
    if [shape_of(batch)[:1] for batch in latents] != [shape_of(labels) for labels in factors]:
        return factors
    return stacked([to_numpy(labels)[:, None] for labels in factors], to_numpy)


def check_one_of_several(latents: Any, n_rows: int) -> None:
    """Raise ShapeError if a list holds several arrays of the very rows of the factors, as means and log-variances.

    Batches have fewer rows each: so many together.
    """
    if not are_batches(latents) or len(latents) < 2 or {shape_of(array)[0] for array in latents} != {n_rows}:
        return
    raise ShapeError(
        f"latents is a {type(latents).__name__} of {len(latents)} arrays with {n_rows} rows each, and factors have "
        f"{n_rows} rows. Pass one of the arrays: of (mean, logvar) the mean, latents[0]. What needs both takes "
        "Posterior(mean, logvar, factors)."
    )


def columns_of(table: Mapping[Any, Any], to_numpy: ToNumpy) -> list[NDArray[Any]]:
    """Return the columns of a mapping from names to columns.

    Raises
    ------
    ShapeError
        If a value is no column, or they are of different lengths.
    """
    columns = {str(name): to_numpy(values) for name, values in table.items()}
    for name, column in columns.items():
        if column.ndim != 1:
            raise ShapeError(
                f"a mapping is taken as a table of columns, and {name!r} has shape {column.shape}. Pass that array "
                "itself, or a mapping from names to columns of one axis."
            )
    lengths = {name: len(column) for name, column in columns.items()}
    if len(set(lengths.values())) > 1:
        raise ShapeError(f"the columns of a table have different numbers of rows: {lengths}.")
    return list(columns.values())
