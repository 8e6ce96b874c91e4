"""Any library's array as an ndarray, importing none of the libraries.

A value is recognized by the package its class comes from: whoever passes a tensor has imported its library already.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .errors import DTypeError, ShapeError

Converter = Callable[[Any], Any]


def to_numpy(x: Any) -> NDArray[Any]:
    """Return `x` as an ndarray, without a copy where its memory can be shared.

    Parameters
    ----------
    x : array-like
        An ndarray, nested lists, a table of pandas or polars, an xarray.DataArray, a tensor of torch, jax, tensorflow
        or cupy, a scipy.sparse matrix, or anything with ``__array__`` or ``__dlpack__``.

    Returns
    -------
    ndarray
        Columns of different kinds come as an object array, one Python value per cell, None where a value is missing.

    Raises
    ------
    ShapeError
        Nested lists of unequal length.
    DTypeError
        Something that is not an array.

    Examples
    --------
    >>> to_numpy([[1, 2], [3, 4]])
    array([[1, 2],
           [3, 4]])
    """
    for cls in type(x).__mro__:
        if convert := _CONVERT.get(cls.__module__.partition(".")[0]):
            return _plain(convert(x))
    if hasattr(x, "__array__"):
        return _plain(np.asarray(x))
    if hasattr(x, "__dlpack__"):
        return _plain(np.from_dlpack(x))
    if isinstance(x, (list, tuple)):
        return _from_sequence(x)
    raise DTypeError(
        f"expected an array and got {type(x).__name__}. Pass an ndarray, a tensor, a table or nested lists."
    )


def column_names(x: Any) -> tuple[str, ...] | None:
    """Return the names of the columns of a table, a series or a labeled array, or None if they have none."""
    package = type(x).__module__.partition(".")[0]
    if package == "xarray":
        coordinate = x.coords.get(x.dims[1]) if x.ndim == 2 else None
        return None if coordinate is None else tuple(map(str, coordinate.values.tolist()))
    if hasattr(x, "columns") and package in ("pandas", "polars"):
        # A table made without names has the numbers 0, 1, ...: no names at all.
        names = list(x.columns)
        return None if names == list(range(len(names))) else tuple(map(str, names))
    if package in ("pandas", "polars") and getattr(x, "name", None) not in (None, ""):
        return (str(x.name),)
    fields = getattr(getattr(x, "dtype", None), "names", None)
    return tuple(fields) if fields else None


def _plain(array: Any) -> NDArray[Any]:
    """Settle what only some ndarrays have: masks, records, half-precision types that numpy does not know."""
    if isinstance(array, np.ma.MaskedArray):
        return _from_masked(array)
    plain: NDArray[Any] = np.asarray(array)
    if plain.dtype.names:
        return _columns_side_by_side([plain[name] for name in plain.dtype.names])
    if plain.dtype.kind == "V" or plain.dtype.name == "bfloat16":
        # bfloat16 and the 8-bit floats of jax and tensorflow: every value is a float32 too.
        try:
            return np.asarray(plain, dtype=np.float32)
        except (TypeError, ValueError) as error:
            raise DTypeError(f"arrays of dtype {plain.dtype} cannot be read. Pass numbers or labels.") from error
    if plain.dtype.kind == "T":  # numpy's variable-width strings
        return np.asarray(plain, dtype=object)
    return plain


def _from_masked(array: Any) -> NDArray[Any]:
    if not np.ma.is_masked(array):
        return np.asarray(array.data)
    missing = np.nan if array.dtype.kind == "f" else None
    return np.asarray(array.astype(array.dtype if array.dtype.kind == "f" else object).filled(missing))


def _from_sequence(x: list[Any] | tuple[Any, ...]) -> NDArray[Any]:
    if any(hasattr(row, "__array__") or hasattr(row, "__dlpack__") for row in x):
        rows: Any = [to_numpy(row) for row in x]
    else:
        rows = x
    try:
        array = np.asarray(rows)
        # numpy would turn the 10 of [[10, "red"]] into text; keep each value as it came.
        return np.asarray(rows, dtype=object) if array.dtype.kind in "US" else array
    except ValueError as error:
        raise ShapeError(f"the rows have unequal lengths ({error}). Pass a rectangular array.") from None


def _from_torch(x: Any) -> NDArray[Any]:
    x = x.detach().cpu().resolve_conj().resolve_neg()
    if str(x.layout) != "torch.strided":
        x = x.to_dense()
    if x.dtype.is_floating_point and x.dtype.itemsize < 4:  # bfloat16 and the 8-bit floats are unknown to numpy
        x = x.float()
    return np.asarray(x.numpy())


def _from_pandas(x: Any) -> NDArray[Any]:
    if not hasattr(x, "columns"):
        return _pandas_column(x)
    return _columns_side_by_side([_pandas_column(x.iloc[:, j]) for j in range(x.shape[1])])


def _pandas_column(x: Any) -> NDArray[Any]:
    dtype = getattr(x, "dtype", None)
    if isinstance(dtype, np.dtype) and dtype.kind != "O":
        return np.asarray(x.to_numpy())
    return _nullable(np.asarray(x.to_numpy(dtype=object)), np.asarray(x.isna()))


def _from_polars(x: Any) -> NDArray[Any]:
    columns = x.get_columns() if hasattr(x, "get_columns") else [x]
    arrays = []
    for column in columns:
        if column.dtype.is_numeric() and not column.null_count():
            arrays.append(np.asarray(column.to_numpy()))
        else:
            values = np.array(column.to_list(), dtype=object)
            arrays.append(_nullable(values, np.asarray(column.is_null().to_numpy())))
    return _columns_side_by_side(arrays) if hasattr(x, "get_columns") else arrays[0]


def _nullable(values: NDArray[Any], missing: NDArray[np.bool_]) -> NDArray[Any]:
    """Return a column of Python values as numbers where all are numbers, with NaN or None where one is missing."""
    values = values.copy()
    present = values[~missing]
    kinds = {type(value) for value in present.tolist()}
    if kinds == {bool} and not missing.any():
        return values.astype(bool)
    if kinds == {int} and not missing.any():
        return np.array(values.tolist())
    if kinds and kinds <= {int, float} and float in kinds:
        values[missing] = np.nan
        return values.astype(np.float64)
    values[missing] = None
    return values


def _columns_side_by_side(columns: list[NDArray[Any]]) -> NDArray[Any]:
    """Return columns as one array: of numbers if all are numbers, of objects if they are not alike."""
    if not columns:
        return np.empty((0, 0))
    if all(column.dtype.kind in "buif" for column in columns):
        table = np.column_stack(columns)
        # Integers beyond 2**53 beside floats would run together as float64.
        if table.dtype.kind != "f" or not any(c.dtype.kind in "ui" and np.abs(c).max() > 2**53 for c in columns):
            return table
    table = np.empty((len(columns[0]), len(columns)), dtype=object)
    for j, column in enumerate(columns):
        table[:, j] = column.tolist()
    return table


# Everything else (jax, xarray, ndarrays, memory maps) goes through __array__ or __dlpack__.
_CONVERT: dict[str, Converter] = {
    "torch": _from_torch,
    "pandas": _from_pandas,
    "polars": _from_polars,
    "cupy": lambda x: x.get(),
    "tensorflow": lambda x: x.numpy(),
    "scipy": lambda x: x.toarray() if hasattr(x, "toarray") else np.asarray(x),
}
