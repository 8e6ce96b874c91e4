"""Arrays of any library as ndarrays, without an import of the libraries.

A value is recognized by the package of its class or of a parent class: a caller who passes a tensor has imported its
library already.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import DTypeError, ShapeError, shortened
from .batches import are_batches, columns_of, stacked

# Integers up to here are exact in float64; larger integers may become equal.
EXACT = 2**53


def to_numpy(x: Any) -> NDArray[Any]:
    """Return `x` as an ndarray, without a copy if its memory can be shared.

    Parameters
    ----------
    x : array-like
        An ndarray, nested lists, a table of pandas or polars, an xarray.DataArray, a tensor of torch, jax, tensorflow
        or cupy, a scipy.sparse matrix, or anything with ``__array__`` or ``__dlpack__``. A mapping from names to
        columns is a table. A list of arrays with two axes each is taken as batches: rows below rows.

    Returns
    -------
    ndarray
        Columns of different kinds become an object array, one Python value per cell. A masked or null value becomes NaN
        among floats, else None.

    Raises
    ------
    ShapeError
        If nested lists have unequal lengths, or batches different numbers of columns.
    DTypeError
        If `x` is not an array, or not in main memory.

    Examples
    --------
    >>> to_numpy([[1, 2], [3, 4]])
    array([[1, 2],
           [3, 4]])
    """
    if type(x) is np.ndarray and x.dtype.kind in "biufO" and x.dtype.isbuiltin == 1:
        return x  # the usual case: nothing to convert
    if isinstance(x, type):
        raise _not_an_array(x)
    for package in _packages(x):
        if package in _CONVERT:
            needs, convert = _CONVERT[package]
            if not hasattr(x, needs):
                raise _not_an_array(x)
            try:
                return _plain(convert(x))
            except NotImplementedError as error:  # a tensor without data, an index of several levels
                raise DTypeError(f"{type(x).__name__} cannot be read: {error}") from None
    if hasattr(x, "__array__"):
        return _plain(x)
    if hasattr(x, "__dlpack__"):
        return _plain(_from_dlpack(x))
    if isinstance(x, Mapping):
        return _side_by_side(columns_of(x, to_numpy))
    if isinstance(x, (list, tuple)):
        return stacked(x, to_numpy) if are_batches(x) else _from_sequence(x)
    raise _not_an_array(x)


def column_names(x: Any) -> tuple[str, ...] | None:
    """Return the names of the columns of a table, a series or a labeled array, or None if they have none."""
    if are_batches(x):
        return _names_of_batches(x)
    if isinstance(x, Mapping):
        return tuple(map(str, x))
    packages = _packages(x)
    if "xarray" in packages:
        named = x.ndim == 2 and x.dims[1] in getattr(x, "coords", ())
        return tuple(map(str, x.coords[x.dims[1]].values.tolist())) if named else None
    if "pandas" in packages or "polars" in packages:
        if hasattr(x, "columns"):
            # The columns of a table without names are called 0, 1, ..., which are no names.
            names = list(x.columns)
            return None if names == list(range(len(names))) else tuple(map(str, names))
        return None if getattr(x, "name", None) in (None, "") else (str(x.name),)
    fields = getattr(getattr(x, "dtype", None), "names", None)
    return tuple(fields) if fields else None


def _names_of_batches(batches: Sequence[Any]) -> tuple[str, ...] | None:
    names = [column_names(batch) for batch in batches]
    for i, other in enumerate(names):
        if other != names[0]:
            raise ShapeError(
                f"a list of {len(batches)} tables is taken as batches of rows, and the columns of number {i} are "
                f"{shortened(str(other))}, those of number 0 {shortened(str(names[0]))}. Put them into one order."
            )
    return names[0]


def _packages(x: Any) -> list[str]:
    return [cls.__module__.partition(".")[0] for cls in type(x).__mro__]


def _not_an_array(x: Any) -> DTypeError:
    return DTypeError(
        f"expected an array and got {type(x).__name__}. Pass an ndarray, a tensor, a table or nested lists."
    )


def _plain(array: Any) -> NDArray[Any]:
    """Return an array without masks, records, and half-precision types that numpy does not know."""
    if isinstance(array, np.ma.MaskedArray):
        return _from_masked(array)
    plain: NDArray[Any] = np.asarray(array)
    if plain.dtype.names:
        return _side_by_side([plain[name] for name in plain.dtype.names])
    if plain.dtype.kind == "V" or plain.dtype.name == "bfloat16":
        # bfloat16 and the 8-bit floats of jax and tensorflow: float32 holds every value.
        try:
            return np.asarray(plain, dtype=np.float32)
        except (TypeError, ValueError) as error:
            raise DTypeError(f"arrays of dtype {plain.dtype} cannot be read. Pass numbers or labels.") from error
    if plain.dtype.kind == "T":  # numpy's variable-width strings
        return np.asarray(plain, dtype=object)
    return plain


def _from_masked(array: Any) -> NDArray[Any]:
    if array.dtype.names:
        return _side_by_side([_from_masked(array[name]) for name in array.dtype.names])
    if not np.ma.is_masked(array):
        return _plain(array.data)
    if array.dtype.kind == "f":
        return np.asarray(array.filled(np.nan))
    values = np.asarray(array.data).astype(object)
    values[np.ma.getmaskarray(array)] = None
    return values


def _from_dlpack(x: Any) -> NDArray[Any]:
    try:
        return np.from_dlpack(x)
    except BufferError as error:
        raise DTypeError(f"{type(x).__name__} cannot be shared: {error}. Copy it to main memory first.") from None


def _from_sequence(x: list[Any] | tuple[Any, ...]) -> NDArray[Any]:
    rows = _unwrapped(x)
    try:
        array = np.asarray(rows)
        # numpy would turn the 10 of [[10, "red"]] into text and the 2**60 of [2**60, 0.5] into a float: keep both.
        if array.dtype.kind in "US" or (array.dtype.kind == "f" and np.abs(array).max(initial=0) > EXACT):
            array = np.asarray(rows, dtype=object)
    except ValueError as error:
        raise ShapeError(f"the rows have unequal lengths ({error}). Pass a rectangular array.") from None
    floats = array.dtype.kind == "O" and all(isinstance(value, (float, np.floating)) for value in array.flat)
    return array.astype(np.float64) if floats else array


def _unwrapped(x: Any) -> Any:
    """Return nested lists in which each array or tensor is an ndarray."""
    if isinstance(x, (list, tuple)):
        return [_unwrapped(item) for item in x]
    if isinstance(x, np.generic) or not (hasattr(x, "__array__") or hasattr(x, "__dlpack__")):
        return x
    return to_numpy(x)


def _from_torch(x: Any) -> NDArray[Any]:
    x = x.detach().cpu().resolve_conj().resolve_neg()
    if str(x.layout) != "torch.strided":
        x = x.to_dense()
    if x.dtype.is_floating_point and x.dtype.itemsize < 4:
        x = x.float()  # bfloat16 and the 8-bit floats are unknown to numpy
    return np.asarray(x.numpy())


def _from_pandas(x: Any) -> NDArray[Any]:
    if not hasattr(x, "columns"):
        return _pandas_column(x)
    if kinds := _numpy_kinds(x.dtypes):  # all at once: thousands of columns one by one take seconds
        table = np.ascontiguousarray(x.to_numpy())
        if len(kinds) == 1 or table.dtype.kind != "f" or not (np.abs(table) >= EXACT).any():
            return table
    return _side_by_side([_pandas_column(x.iloc[:, j]) for j in range(x.shape[1])])


def _numpy_kinds(dtypes: Any) -> set[str]:
    """Return the kinds of a table's columns if all are numpy numbers, or all truth values; else an empty set."""
    kinds: set[str] = {dtype.kind if isinstance(dtype, np.dtype) else "O" for dtype in set(dtypes)}
    return kinds if kinds == {"b"} or kinds <= set("iuf") else set()


def _pandas_column(x: Any) -> NDArray[Any]:
    dtype = getattr(x, "dtype", None)
    if isinstance(dtype, np.dtype) and dtype.kind != "O":
        return np.asarray(x.to_numpy())
    return _nullable(np.asarray(x.to_numpy(dtype=object)), np.asarray(x.isna()))


def _from_polars(x: Any) -> NDArray[Any]:
    return _side_by_side([_polars_column(c) for c in x.get_columns()]) if hasattr(x, "columns") else _polars_column(x)


def _polars_column(x: Any) -> NDArray[Any]:
    if x.dtype.is_numeric() and not x.null_count() and "128" not in str(x.dtype):
        return np.asarray(x.to_numpy())
    return _nullable(np.array(x.to_list(), dtype=object), np.asarray(x.is_null().to_numpy()))


def _nullable(values: NDArray[Any], missing: NDArray[np.bool_]) -> NDArray[Any]:
    """Return a column of Python values as numbers if all are numbers, with NaN or None for a missing value."""
    values = values.copy()
    kinds = {type(value) for value in values[~missing].tolist()}
    if kinds == {bool} and not missing.any():
        return values.astype(bool)
    if kinds == {int} and not missing.any():
        whole = np.array(values.tolist())
        return values if whole.dtype.kind == "f" else whole  # numpy turns [-1, 2**63] into floats
    if kinds and kinds <= {int, float} and float in kinds:
        values[missing] = np.nan
        return values.astype(np.float64)
    values[missing] = None
    return values


def _side_by_side(columns: list[NDArray[Any]]) -> NDArray[Any]:
    """Return columns as one array: of numbers if all are numbers, of objects if their types differ."""
    if not columns:
        return np.empty((0, 0))
    if all(column.dtype.kind in "buif" for column in columns):
        table = np.column_stack(columns)
        whole = [column for column in columns if column.dtype.kind in "ui"]
        if table.dtype.kind != "f" or not any(np.abs(column).max(initial=0) > EXACT for column in whole):
            return table
    table = np.empty((len(columns[0]), len(columns)), dtype=object)
    for j, column in enumerate(columns):
        table[:, j] = column.tolist()
    return table


# By package: an attribute of its arrays, and the conversion to an ndarray. All others (jax, ndarrays, memory maps) go
# through __array__ or __dlpack__.
_CONVERT: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "torch": ("detach", _from_torch),
    "pandas": ("to_numpy", _from_pandas),
    "polars": ("to_numpy", _from_polars),
    "xarray": ("to_numpy", lambda x: x.to_numpy()),
    "cupy": ("get", lambda x: x.get()),
    "tensorflow": ("numpy", lambda x: x.numpy()),
    "scipy": ("toarray", lambda x: x.toarray()),
}


def read_only(array: NDArray[Any]) -> NDArray[Any]:
    """Return a read-only view of an array."""
    view = array.view()
    view.flags.writeable = False
    return view
