"""Files of named arrays: .npz, .npy, .safetensors and .h5. Each array is read when it is asked for."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import FileFormatError
from .content import Content, need, pickled, reading, unreadable

# What scipy.sparse.save_npz writes for every kind of matrix.
_SPARSE = {"format", "shape", "data"}


def read_npz(path: Path) -> Content:
    """Return the arrays of an archive of numpy, or the sparse matrix that scipy saved as one."""

    def get(name: str) -> NDArray[Any]:
        with reading(f"{path}:{name}"), path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            return np.asarray(archive[name])

    def shape(name: str) -> tuple[int, ...] | None:
        with reading(f"{path}:{name}"), zipfile.ZipFile(path) as archive:
            members = archive.namelist()
            with archive.open(name if name in members else f"{name}.npy") as file:
                return _header(file, f"{path}:{name}")

    if not zipfile.is_zipfile(path):  # numpy would take it for an .npy, or for a pickle
        raise unreadable(str(path), "it is not a zip archive")
    with reading(str(path)), path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
        names = tuple(archive.files)
    return _read_sparse(path) if set(names) >= _SPARSE else Content(names, get, shape=shape)


def _header(file: Any, what: str) -> tuple[int, ...] | None:
    """Return the shape that the head of an .npy says."""
    version = np.lib.format.read_magic(file)
    known = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}
    if version not in known:
        return None
    shape, _, dtype = known[version](file)
    if dtype.hasobject:
        raise pickled(what)
    return tuple(shape)


def _read_sparse(path: Path) -> Content:
    def get(name: str) -> NDArray[Any]:
        from scipy import sparse

        with reading(str(path)):
            return np.asarray(sparse.load_npz(path).toarray())

    return Content(("array",), get)


def read_npy(path: Path) -> Content:
    """Return the array of a file of numpy, which has no name there."""
    with reading(str(path)), path.open("rb") as file:
        start = file.read(6)
        if start != b"\x93NUMPY" and not start.startswith(b"\x80"):  # the first byte of a pickle
            raise unreadable(str(path), "it does not begin as an .npy file does")
        file.seek(0)
        array = np.asarray(np.load(file, allow_pickle=False))
    return Content(("array",), lambda name: array)


def read_safetensors(path: Path) -> Content:
    """Return the tensors of a file of safetensors."""
    need("safetensors", path)
    from safetensors import SafetensorError, safe_open

    def get(name: str) -> NDArray[Any]:
        with reading(f"{path}:{name}", SafetensorError), safe_open(path, framework="numpy") as file:
            dtype = file.get_slice(name).get_dtype()
            if dtype not in _SAFETENSORS_OF_NUMPY:
                raise FileFormatError(f"{path}:{name} is of type {dtype}, which numpy lacks. Save it as float32.")
            return np.asarray(file.get_tensor(name))

    def shape(name: str) -> tuple[int, ...]:
        with reading(f"{path}:{name}", SafetensorError), safe_open(path, framework="numpy") as file:
            return tuple(file.get_slice(name).get_shape())

    with reading(str(path), SafetensorError), safe_open(path, framework="numpy") as file:
        return Content(tuple(file.keys()), get, shape=shape)


_SAFETENSORS_OF_NUMPY = {"BOOL", "U8", "I8", "U16", "I16", "U32", "I32", "U64", "I64", "F16", "F32", "F64"}


def read_h5(path: Path) -> Content:
    """Return the arrays of a file of HDF5 by their whole names; an annotated matrix (AnnData) is known by its mark."""
    need("h5py", path)
    import h5py

    from .annotated import is_anndata, read_anndata

    def get(name: str) -> NDArray[Any]:
        with reading(f"{path}:{name}"), h5py.File(path, "r") as file:
            return plain_h5(file[name])

    def shape(name: str) -> tuple[int, ...]:
        with reading(f"{path}:{name}"), h5py.File(path, "r") as file:
            return tuple(file[name].shape)

    names: list[str] = []
    with reading(str(path)), h5py.File(path, "r") as file:
        if is_anndata(file):
            return read_anndata(path, file)
        file.visititems(lambda name, item: names.append(name) if isinstance(item, h5py.Dataset) else None)
    return Content(tuple(names), get, shape=shape)


def plain_h5(item: Any) -> NDArray[Any]:
    """Return a dataset of HDF5 as an array, its text as text."""
    import h5py

    return np.asarray(item.asstr()[()] if h5py.check_string_dtype(item.dtype) else item[()])
