"""Read latents and factors from files, and write results whole or not at all. Pickles are never loaded."""

from __future__ import annotations

import csv
import os
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .errors import FileFormatError, MissingDependencyError, MissingFileError, nearest
from .labels import FactorKinds
from .representation import Representation

# Where an array is looked for in a file that holds several, in this order. A trainer's file has `mean`, `logvar` and
# `sample`: the mean is scored.
LATENT_KEYS = ("latents", "mean", "codes", "representations")
FACTOR_KEYS = ("factors", "labels", "latents_classes")
NAME_KEYS = ("latent_names", "factor_names")

StrPath = str | os.PathLike[str]


class Content(NamedTuple):
    """What a file holds: named arrays, each read when it is asked for, or one table whose columns have names."""

    names: tuple[str, ...]
    get: Callable[[str], NDArray[Any]]
    table: Any = None


def load_representation(
    latents_path: StrPath, factors_path: StrPath | None = None, *, factor_kinds: FactorKinds = None
) -> Representation:
    """Read latents and factors from two files, or from one that holds both.

    Parameters
    ----------
    latents_path, factors_path : path
        ``.npz``, ``.npy``, ``.csv``, ``.tsv``, ``.parquet``, ``.safetensors`` or ``.h5``. ``FILE:KEY`` picks an array
        of a file that holds several, or columns of a table (``factors.csv:shape,scale``). Without a key an array alone
        in its file is taken, else ``latents``, ``mean``, ``codes`` or ``representations``, and ``factors``, ``labels``
        or ``latents_classes``. Names come from the columns of a table or from ``latent_names`` and ``factor_names``.
    factor_kinds : str, sequence or mapping, optional
        See :class:`Representation`.

    Returns
    -------
    Representation

    Raises
    ------
    MissingFileError
        If a file does not exist.
    FileFormatError
        If a file cannot be read, or does not hold what was asked for.
    MissingDependencyError
        If reading it needs a library that is not installed.

    Examples
    --------
    >>> load_representation("docs/examples/latents.npz", "docs/examples/factors.npz")
    Representation(10000 samples, 10 latents, 5 factors: shape, scale, orientation, pos_x, pos_y)
    """
    latents, latent_names = _read(latents_path, "latents", LATENT_KEYS, "latent_names")
    source = latents_path if factors_path is None else factors_path
    factors, factor_names = _read(source, "factors", FACTOR_KEYS, "factor_names", alone=factors_path is not None)
    return Representation(
        latents, factors, latent_names=latent_names, factor_names=factor_names, factor_kinds=factor_kinds
    )


def _read(
    spec: StrPath, what: str, keys: Sequence[str], names_key: str, alone: bool = True
) -> tuple[Any, tuple[str, ...] | None]:
    """Return one array or table of a file, and the names of its columns if the file gives them apart."""
    path, key = split_key(spec)
    content = read_file(path)
    if content.table is not None:
        return _columns(content.table, key, path), None
    arrays = [name for name in content.names if name not in NAME_KEYS]
    name = key if key is not None else _likely(arrays, keys, alone, path, what)
    if name not in content.names:
        raise FileFormatError(f"{path} has no array {name!r}. It holds {arrays}.{nearest(name, arrays)}")
    names = np.ravel(content.get(names_key)).tolist() if names_key in content.names else None
    return content.get(name), None if names is None else tuple(map(str, names))


def _likely(arrays: Sequence[str], keys: Sequence[str], alone: bool, path: Path, what: str) -> str:
    if alone and len(arrays) == 1:
        other = FACTOR_KEYS if keys is LATENT_KEYS else LATENT_KEYS
        if arrays[0] in other:
            raise FileFormatError(
                f"{path} holds only {arrays[0]!r}, and {what} were expected. Are the two files swapped? "
                f"If not, name the array: {path}:{arrays[0]}"
            )
        return arrays[0]
    for key in keys:
        if key in arrays:
            return key
    raise FileFormatError(
        f"{path} does not say which array holds the {what}: none is called {', '.join(keys)}. "
        f"It holds {list(arrays)}. Name one as {path}:KEY."
    )


def split_key(spec: StrPath) -> tuple[Path, str | None]:
    """Split ``FILE:KEY``; a file whose own name has a colon wins."""
    text = os.fspath(spec)
    file, colon, key = text.rpartition(":")
    if not colon or Path(text).exists() or Path(file).suffix.lower() not in READERS:
        return Path(text), None
    return Path(file), key


def read_file(path: Path) -> Content:
    """Return everything a file holds.

    Raises
    ------
    MissingFileError, FileFormatError, MissingDependencyError
    """
    reader = READERS.get(path.suffix.lower())
    if not path.exists():
        folder = path.parent
        known = sorted(item.name for item in folder.iterdir()) if folder.is_dir() else []
        where = "" if folder.is_dir() else f" There is no folder {folder}."
        raise MissingFileError(f"there is no file {path}.{where}{nearest(path.name, known)}")
    if path.is_dir():
        raise FileFormatError(f"{path} is a folder. Name a file in it.")
    if reader is None:
        raise FileFormatError(f"{path} ends in {path.suffix!r}. Files that can be read end in {', '.join(READERS)}.")
    return reader(path)


def _columns(table: Any, key: str | None, path: Path) -> Any:
    """Return the columns of a table that ``FILE:KEY`` names, or all; the row numbers pandas saves are refused."""
    if key is not None:
        wanted = key.split(",")
        for name in wanted:
            if name not in table.columns:
                raise FileFormatError(f"{path} has no column {name!r}. It holds {list(table.columns)}.")
        return table[wanted]
    if unnamed := [str(name) for name in table.columns if str(name).startswith(("Unnamed:", "__index_level_"))]:
        raise FileFormatError(
            f"{path} has a column without a name ({unnamed[0]!r}), which pandas writes for row numbers. "
            f"Save the table with index=False, or name the columns to score: {path}:{','.join(_some(table, unnamed))}"
        )
    return table


def _some(table: Any, unnamed: Sequence[str]) -> list[str]:
    return [str(name) for name in table.columns if str(name) not in unnamed]


def _read_npz(path: Path) -> Content:
    def get(name: str) -> NDArray[Any]:
        try:
            with np.load(path, allow_pickle=False) as archive:
                return np.asarray(archive[name])
        except _BROKEN as error:
            raise _unreadable(f"{path}:{name}", error) from None

    try:
        with np.load(path, allow_pickle=False) as archive:
            return Content(tuple(archive.files), get)
    except (*_BROKEN, AttributeError) as error:  # an .npy under this name has no files
        raise _unreadable(str(path), error) from None


def _read_npy(path: Path) -> Content:
    try:
        array = np.asarray(np.load(path, allow_pickle=False))
    except _BROKEN as error:
        raise _unreadable(str(path), error) from None
    return Content(("array",), lambda name: array)


# What numpy raises for files that are cut short, are something else, or hold pickles.
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError)


def _unreadable(what: str, error: Exception) -> FileFormatError:
    if "pickle" in str(error).lower():
        return FileFormatError(
            f"{what} holds pickled objects, which are never loaded: a pickle can run any code. "
            "Save plain numbers or text, with np.save(..., allow_pickle=False)."
        )
    return FileFormatError(f"{what} cannot be read: {error}. It may be cut short, or another kind of file.")


def _read_csv(path: Path) -> Content:
    import pandas as pd

    separator = "\t" if path.suffix.lower() == ".tsv" else ","
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            first = next(csv.reader(file, delimiter=separator), [])
        header = None if _is_data(first, path) else 0
        table = pd.read_csv(path, sep=separator, header=header, skipinitialspace=True, encoding="utf-8-sig")
    except (UnicodeDecodeError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise FileFormatError(f"{path} cannot be read as a table: {str(error).strip()}.") from None
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
    import pandas as pd

    _need("pyarrow", path)
    import pyarrow as pa

    try:
        return _table(pd.read_parquet(path, engine="pyarrow"))
    except (pa.ArrowException, OSError, ValueError) as error:
        raise FileFormatError(f"{path} cannot be read: {error}.") from None


def _read_safetensors(path: Path) -> Content:
    _need("safetensors", path)
    from safetensors import SafetensorError, safe_open

    def get(name: str) -> NDArray[Any]:
        try:
            with safe_open(path, framework="numpy") as file:
                return np.asarray(file.get_tensor(name))
        except (SafetensorError, TypeError, OSError) as error:  # TypeError: a dtype that numpy does not have
            raise FileFormatError(f"{path}:{name} cannot be read: {error}.") from None

    try:
        with safe_open(path, framework="numpy") as file:
            return Content(tuple(file.keys()), get)
    except (SafetensorError, OSError) as error:
        raise FileFormatError(f"{path} cannot be read: {error}.") from None


def _read_h5(path: Path) -> Content:
    _need("h5py", path)
    import h5py

    def get(name: str) -> NDArray[Any]:
        with h5py.File(path, "r") as file:
            item = file[name]
            return np.asarray(item.asstr()[()] if h5py.check_string_dtype(item.dtype) else item[()])

    names: list[str] = []
    try:
        with h5py.File(path, "r") as file:
            file.visititems(lambda name, item: names.append(name) if isinstance(item, h5py.Dataset) else None)
    except OSError as error:
        raise FileFormatError(f"{path} cannot be read: {error}.") from None
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


def write_text(path: Path, text: str) -> None:
    """Write a file whole or not at all: into a temporary file beside it, then renamed.

    Raises
    ------
    MissingFileError
        If its folder does not exist.
    FileFormatError
        If it cannot be written there.
    """
    folder = path.parent
    if not folder.is_dir():
        raise MissingFileError(
            f"there is no folder {folder} to write {path.name} into. Make it with: mkdir -p {folder}"
        )
    if path.is_dir():
        raise FileFormatError(f"{path} is a folder. Name a file in it.")
    temporary = None
    try:
        with tempfile.NamedTemporaryFile(
            "w", dir=folder, prefix=f".{path.name}.", suffix=".tmp", delete=False, encoding="utf-8"
        ) as file:
            temporary = Path(file.name)
            file.write(text)
        # A temporary file is private; the result gets the permissions any new file would.
        mask = os.umask(0)
        os.umask(mask)
        temporary.chmod(0o666 & ~mask)
        temporary.replace(path)
    except OSError as error:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
        raise FileFormatError(f"{path} cannot be written: {error.strerror}.") from None
