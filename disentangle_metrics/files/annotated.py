"""Annotated matrices (AnnData, .h5ad): arrays of cells in ``obsm``, ``layers`` and ``X``, labels of cells in ``obs``.

Read by h5py alone, from what the format says of itself: https://anndata.readthedocs.io/en/stable/fileformat-prose.html
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import FileFormatError
from .content import Content, reading

# Groups of arrays with a row for each cell.
_ARRAYS = ("obsm", "layers")


def is_anndata(file: Any) -> bool:
    """Whether an open file of HDF5 is an annotated matrix."""
    return _text(file.attrs.get("encoding-type", "")) == "anndata" or ("obs" in file and "var" in file)


def read_anndata(path: Path, file: Any) -> Content:
    """Return the arrays with a row for each cell: ``obsm/NAME``, ``layers/NAME``, ``X`` and ``obs/NAME``."""
    import h5py

    def get(name: str) -> NDArray[Any]:
        with reading(f"{path}:{name}"), h5py.File(path, "r") as again:
            return _values(again, name, path)

    def shape(name: str) -> tuple[int, ...] | None:
        with reading(f"{path}:{name}"), h5py.File(path, "r") as again:
            item = _item(again, name)
            return tuple(item.shape) if hasattr(item, "shape") and item.dtype.names is None else None

    def rows() -> NDArray[Any]:
        with reading(str(path)), h5py.File(path, "r") as again:
            obs = again["obs"]
            name = _text(obs.attrs.get("_index", "_index")) if isinstance(obs, h5py.Group) else obs.dtype.names[0]
            return _values(again, f"obs/{name}", path)

    return Content(tuple(_names(file)), get, shape=shape, rows=rows)


def _names(file: Any) -> Iterator[str]:
    for group in _ARRAYS:
        yield from (f"{group}/{name}" for name in file.get(group, ()))
    if "X" in file:
        yield "X"
    obs = file["obs"]
    if hasattr(obs, "keys"):
        index = _text(obs.attrs.get("_index", "_index"))
        yield from (f"obs/{name}" for name in obs if name not in (index, "__categories"))
    else:  # a record for each cell, as anndata before 0.7 wrote it
        yield from (f"obs/{name}" for name in obs.dtype.names[1:])


def _item(file: Any, name: str) -> Any:
    is_record = name.startswith("obs/") and not hasattr(file["obs"], "keys")
    return file["obs"] if is_record else file[name]


def _values(file: Any, name: str, path: Path) -> NDArray[Any]:
    """Return an array by its name, categories as the text they stand for."""
    item, column = _item(file, name), name.partition("/")[2]
    if not hasattr(item, "keys"):
        if item.dtype.names is not None:
            values, categories = item[column], file.get(f"uns/{column}_categories")
        else:
            values, categories = item[()], item.attrs.get("categories")
            categories = None if categories is None else file[categories]
        return _texts(values) if categories is None else _of_categories(values, _texts(categories[()]))
    kind = _text(item.attrs.get("encoding-type", ""))
    if kind == "categorical":
        return _of_categories(item["codes"][()], _texts(item["categories"][()]))
    if kind in ("csr_matrix", "csc_matrix"):
        from scipy import sparse

        parts = (item["data"][()], item["indices"][()], item["indptr"][()])
        matrix = getattr(sparse, kind)(parts, shape=tuple(item.attrs["shape"]))
        return np.asarray(matrix.toarray())
    if kind.startswith("nullable-"):
        values = _texts(item["values"][()]).astype(object)
        values[item["mask"][()]] = None
        return values
    raise FileFormatError(
        f"{path}:{name} is encoded as {kind or 'a group'!r}, which is not read. Save it as a plain array, by np.save."
    )


def _of_categories(codes: NDArray[Any], names: NDArray[Any]) -> NDArray[Any]:
    """Return the category of each row, None where the code is -1, which marks a missing one."""
    labels = np.empty(len(codes), dtype=object)
    known = codes >= 0
    labels[known] = names[codes[known]].tolist()
    return labels


def _texts(values: NDArray[Any]) -> NDArray[Any]:
    """Return an array with text in the place of bytes."""
    values = np.asarray(values)
    if values.dtype.kind == "S" or (values.dtype.kind == "O" and values.size):
        flat = [_text(value) for value in values.ravel().tolist()]
        values = np.array(flat, dtype=object).reshape(values.shape)
    return values


def _text(value: Any) -> Any:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
