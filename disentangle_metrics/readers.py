"""Read the arrays or the table of a file, whatever its kind. Pickles are never loaded."""

from __future__ import annotations

import csv
import tokenize
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .errors import DisentangleError, FileFormatError, MissingDependencyError, MissingFileError, nearest

# Held by the thread that reads a table: filters of warnings are the whole process's, and are put back as they were.
_FILTERS = Lock()


class Content(NamedTuple):
    """What a file holds: named arrays, each read when it is asked for, or one table whose columns have names."""

    names: tuple[str, ...]
    get: Callable[[str], NDArray[Any]]
    table: Any = None


def exists(path: Path) -> bool:
    """Whether there is such a file; no error for a name that no file can have."""
    try:
        return path.exists()
    except OSError:
        return False


def read_file(path: Path) -> Content:
    """Return everything a file holds.

    Raises
    ------
    MissingFileError, FileFormatError, MissingDependencyError
    """
    reader = READERS.get(path.suffix.lower())
    if not exists(path):
        folder = path.parent
        known = sorted(item.name for item in folder.iterdir()) if exists(folder) and folder.is_dir() else []
        where = "" if exists(folder) else f" There is no folder {folder}."
        raise MissingFileError(f"there is no file {path}.{where}{nearest(path.name, known)}")
    if path.is_dir():
        raise FileFormatError(f"{path} is a folder. Name a file in it.")
    if reader is None:
        raise FileFormatError(f"{path} ends in {path.suffix!r}. Files that can be read end in {', '.join(READERS)}.")
    return reader(path)


def _read_npz(path: Path) -> Content:
    def get(name: str) -> NDArray[Any]:
        with _reading(f"{path}:{name}"), path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            return np.asarray(archive[name])

    if not zipfile.is_zipfile(path):  # numpy would take it for an .npy, or for a pickle
        raise _unreadable(str(path), "it is not a zip archive")
    with _reading(str(path)), path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
        return Content(tuple(archive.files), get)


def _read_npy(path: Path) -> Content:
    with _reading(str(path)), path.open("rb") as file:
        start = file.read(6)
        if start != b"\x93NUMPY" and not start.startswith(b"\x80"):  # the first byte of a pickle
            raise _unreadable(str(path), "it does not begin as an .npy file does")
        file.seek(0)
        array = np.asarray(np.load(file, allow_pickle=False))
    return Content(("array",), lambda name: array)


# What libraries raise for files that are cut short, damaged, or something else.
_BROKEN: tuple[type[Exception], ...] = (
    zipfile.BadZipFile,
    zlib.error,
    tokenize.TokenError,
    csv.Error,
    EOFError,
    OSError,
    SyntaxError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
)


@contextmanager
def _reading(what: str, *more: type[Exception]) -> Iterator[None]:
    """Name the file, and say what may be wrong with it, whatever stops a library from reading it."""
    try:
        yield
    except DisentangleError:
        raise
    except (*_BROKEN, *more) as error:
        if "allow_pickle" in str(error):
            raise FileFormatError(
                f"{what} holds pickled objects, which are never loaded: a pickle can run any code. "
                "Save plain numbers or text, with np.save(..., allow_pickle=False)."
            ) from None
        raise _unreadable(what, error) from None


def _unreadable(what: str, reason: object) -> FileFormatError:
    reason = " ".join(str(reason).split()).rstrip(".")
    return FileFormatError(f"{what} cannot be read: {reason}. It may be cut short, or another kind of file.")


def _read_csv(path: Path) -> Content:
    import pandas as pd

    separator = "\t" if path.suffix.lower() == ".tsv" else ","
    with _reading(str(path), pd.errors.ParserWarning), _FILTERS, warnings.catch_warnings():
        # A row longer than the header would lose its last values, or shift the columns by one.
        warnings.simplefilter("error", pd.errors.ParserWarning)
        with path.open(newline="", encoding="utf-8-sig") as file:
            first = next(csv.reader([file.readline()], delimiter=separator), [])
        table = pd.read_csv(
            path,
            sep=separator,
            header=None if _is_data(first, path) else 0,
            index_col=False,
            skipinitialspace=True,
            encoding="utf-8-sig",
        )
    if table.shape[1] == 1 and (other := next((c for c in ";\t|" if any(c in cell for cell in first)), None)):
        raise FileFormatError(f"{path} is separated by {other!r}. Write it with {separator!r}.")
    return _table(table)


def _table(table: Any) -> Content:
    return Content(tuple(map(str, table.columns)), lambda name: np.asarray(table[name]), table)


def _is_data(first: Sequence[str], path: Path) -> bool:
    """Whether the first line of a table is data: all numbers. 0, 1, 2, ... could be either."""
    try:
        numbers = [float(cell) for cell in first]
    except ValueError:
        return False
    if len(first) > 1 and numbers == list(range(len(first))):
        raise FileFormatError(
            f"{path} begins with the line {','.join(first)}, which could be names or data. "
            "Give the columns names that are not numbers."
        )
    return bool(first)


def _read_parquet(path: Path) -> Content:
    _need("pyarrow", path)
    import pandas as pd
    import pyarrow as pa

    with _reading(str(path), pa.ArrowException):
        return _table(pd.read_parquet(path, engine="pyarrow"))


def _read_safetensors(path: Path) -> Content:
    _need("safetensors", path)
    from safetensors import SafetensorError, safe_open

    def get(name: str) -> NDArray[Any]:
        with _reading(f"{path}:{name}", SafetensorError), safe_open(path, framework="numpy") as file:
            dtype = file.get_slice(name).get_dtype()
            if dtype not in _SAFETENSORS_OF_NUMPY:
                raise FileFormatError(f"{path}:{name} is of type {dtype}, which numpy lacks. Save it as float32.")
            return np.asarray(file.get_tensor(name))

    with _reading(str(path), SafetensorError), safe_open(path, framework="numpy") as file:
        return Content(tuple(file.keys()), get)


_SAFETENSORS_OF_NUMPY = {"BOOL", "U8", "I8", "U16", "I16", "U32", "I32", "U64", "I64", "F16", "F32", "F64"}


def _read_h5(path: Path) -> Content:
    _need("h5py", path)
    import h5py

    def get(name: str) -> NDArray[Any]:
        with _reading(f"{path}:{name}"), h5py.File(path, "r") as file:
            item = file[name]
            return np.asarray(item.asstr()[()] if h5py.check_string_dtype(item.dtype) else item[()])

    names: list[str] = []
    with _reading(str(path)), h5py.File(path, "r") as file:
        file.visititems(lambda name, item: names.append(name) if isinstance(item, h5py.Dataset) else None)
    return Content(tuple(names), get)


def _need(library: str, path: Path) -> None:
    from importlib.util import find_spec

    if find_spec(library) is None:
        raise MissingDependencyError(
            f"reading {path.name} needs {library}. Install it with: pip install 'disentangle-metrics[files]'"
        )


READERS: dict[str, Callable[[Path], Content]] = {
    ".npz": _read_npz,
    ".npy": _read_npy,
    ".csv": _read_csv,
    ".tsv": _read_csv,
    ".parquet": _read_parquet,
    ".safetensors": _read_safetensors,
    ".h5": _read_h5,
    ".hdf5": _read_h5,
}
