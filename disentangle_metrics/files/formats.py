"""Read the arrays or the table of a file, whatever its kind. Pickles are never loaded."""

from __future__ import annotations

import csv
import tokenize
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple, TextIO

import numpy as np
from numpy.typing import NDArray

from ..errors import DisentangleError, FileFormatError, MissingDependencyError, MissingFileError, nearest
from .text_columns import typed

# Held by the thread that reads a table: filters of warnings are the whole process's, and are put back as they were.
_FILTERS = Lock()


class Content(NamedTuple):
    """What a file holds: named arrays, each read when it is asked for, or one table whose columns have names."""

    names: tuple[str, ...]
    get: Callable[[str], NDArray[Any]]
    table: Any = None
    unsure: Mapping[str, str] = {}  # columns of a table that hold numbers and a word, which may mark a missing value

    def check(self, columns: Iterable[str], path: Path) -> None:
        """Raise FileFormatError if it is not sure what one of these columns holds."""
        for name in columns:
            if name in self.unsure:
                raise FileFormatError(
                    f"column {name!r} of {path} holds {self.unsure[name]!r} beside numbers or truth values, which "
                    "could be a label or a missing value. Leave the cell empty where a value is missing. Where it is a "
                    "label, let no label of the column be a number, or save the table as .parquet."
                )


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
        if path.name in known:
            raise MissingFileError(f"{path} is a link to {path.readlink()}, and there is no such file.")
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
    separator = "\t" if path.suffix.lower() == ".tsv" else ","
    with _reading(str(path)), path.open(newline="", encoding="utf-8-sig") as file:
        first, spaced = _first_row(file, separator)
        if not first:
            raise _unreadable(str(path), "it has no rows")
        has_names = not _is_data(first, path)
        if not has_names:
            file.seek(0)
        table = _parse(file, len(first), separator, spaced)
    _check_separator(first, table, path, separator)
    return _settled(
        table, [name or f"Unnamed: {j}" for j, name in enumerate(first)] if has_names else range(len(first))
    )


def _parse(file: TextIO, width: int, separator: str, spaced: bool) -> Any:
    """Return the rest of a file as a table with numbered columns: numbers are exact, all other cells are text."""
    import pandas as pd

    at = file.tell() if file.seekable() else None

    def parse(width: int) -> Any:
        with _FILTERS, warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)  # for rows that are longer than the first
            return pd.read_csv(
                file,
                sep=separator,
                header=None,
                names=range(width),
                index_col=False,
                na_filter=False,  # the text of a cell says more than pandas' words for missing values
                low_memory=False,  # else a column is looked at in parts, each of which may be of another kind
                skipinitialspace=spaced,
                **_exactly(pd.__version__),
            )

    try:
        return parse(width)
    except pd.errors.ParserWarning:
        if at is not None:
            file.seek(at)
            table = parse(width + 1)
            if (table.pop(width) == "").all():  # each row ends in a separator
                return table
        raise ValueError("a row has more values than the first row") from None


def _first_row(file: TextIO, separator: str) -> tuple[list[str], bool]:
    """Return the first row that is not blank, and whether a blank follows each separator and is a part of it."""
    looked_at: list[str] = []

    def lines() -> Iterator[str]:
        while line := file.readline():
            looked_at.append(line)
            yield line

    def row(lines: Iterable[str], spaced: bool) -> list[str]:
        rows = csv.reader(lines, delimiter=separator, skipinitialspace=spaced)
        return next((row for row in rows if len(row) > 1 or (row and not row[0].isspace())), [])

    first = row(lines(), False)
    spaced = len(first) > 1 and all(cell.startswith(" ") for cell in first[1:])
    return (row(looked_at, True) if spaced else first), spaced


def _exactly(version: str) -> dict[str, Any]:
    """Return what has pandas read every digit of a number, which is its habit from 3.1 on."""
    return {} if tuple(map(int, version.split(".")[:2])) >= (3, 1) else {"float_precision": "round_trip"}


def _check_separator(first: Sequence[str], table: Any, path: Path, separator: str) -> None:
    """Raise FileFormatError if the only column of a table holds others, with another separator between them."""
    if table.shape[1] != 1:
        return
    other = next((c for c in ",;\t|" if c in first[0]), None)
    cell = str(table.iloc[0, 0]) if len(table) else first[0]
    if other is None and len(numbers := cell.split()) > 1 and all(map(_is_number, numbers)):
        other = " "
    if other is not None:
        mend = {",": "Let its name end in .csv.", "\t": "Let its name end in .tsv."}.get(other)
        raise FileFormatError(f"{path} is separated by {other!r}. {mend or f'Write it with {separator!r}.'}")


def _settled(table: Any, names: Sequence[Any]) -> Content:
    """Return a table whose columns of text are made what they hold."""
    import pandas as pd

    unsure = {}
    texts = [j for j, dtype in enumerate(table.dtypes) if getattr(dtype, "kind", "O") == "O"]
    if texts:
        columns = dict(table.items())
        for j in texts:
            cells = np.asarray(columns[j].to_numpy(dtype=object))
            if all(isinstance(cell, str) for cell in cells):  # pandas makes large integers Python's
                columns[j], word = typed(cells)
                if word is not None:
                    unsure[str(names[j])] = word
        table = pd.DataFrame(columns)
    table.columns = names
    return _table(table, unsure)


def _table(table: Any, unsure: Mapping[str, str] | None = None) -> Content:
    return Content(tuple(map(str, table.columns)), lambda name: np.asarray(table[name]), table, unsure or {})


def _beginning(first: Sequence[str]) -> str:
    return ",".join(first) if len(first) < 10 else f"{','.join(first[:3])},...,{first[-1]}"


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _is_data(first: Sequence[str], path: Path) -> bool:
    """Whether the first line of a table is data: all numbers. 0, 1, 2, ... could be either."""
    if not all(map(_is_number, first)):
        return False
    if len(first) > 1 and [float(cell) for cell in first] == list(range(len(first))):
        raise FileFormatError(
            f"{path} begins with the line {_beginning(first)}, which could be names or data. "
            "Give the columns names that are not numbers."
        )
    return True


def _read_parquet(path: Path) -> Content:
    _need("pyarrow", path)
    import pyarrow as pa
    from pyarrow import parquet

    with _reading(str(path), pa.ArrowException), parquet.ParquetFile(path) as file:
        # Without the option integers beside a missing value become floats, and large ones run together
        return _table(file.read().to_pandas(integer_object_nulls=True))


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
# Of these, files may hold several arrays by name.
ARCHIVES = (".npz", ".safetensors", ".h5", ".hdf5")
