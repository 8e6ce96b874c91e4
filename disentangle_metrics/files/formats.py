"""Read the arrays or the table of a file, whatever its kind. Pickles are never loaded."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ..errors import FileFormatError, MissingFileError, nearest
from .arrays import read_h5, read_npy, read_npz, read_safetensors
from .content import Content, exists, need, reading
from .tensors import read_tensors
from .text_tables import read_text, table_content


def read_file(path: Path, header: bool | None = None) -> Content:
    """Return everything a file holds; `header` says whether the first line of a table of text names its columns.

    Raises
    ------
    MissingFileError, FileFormatError, MissingDependencyError
    """
    ending = path.suffix.lower()
    if not exists(path):
        raise _missing(path)
    if path.is_dir():
        raise FileFormatError(f"{path} is a folder. Name a file in it.")
    _check_pointer(path)
    if ending in TEXTS:
        return read_text(path, header)
    reader = READERS.get(ending)
    if reader is None:
        mend = _SAVE.get(ending, "")
        raise FileFormatError(
            f"{path} ends in {path.suffix!r}. Files that can be read end in {', '.join(READERS)}.{mend and ' ' + mend}"
        )
    return reader(path)


def _missing(path: Path) -> MissingFileError:
    folder = path.parent
    if any(letter in str(path) for letter in "*?"):
        where = f" There is no folder {folder}." if not exists(folder) else ""
        return MissingFileError(f"there is no file {path}, and patterns are not understood here.{where} Name one file.")
    if not exists(folder):
        return MissingFileError(f"there is no file {path}. There is no folder {folder}.")
    known = sorted(item.name for item in folder.iterdir()) if folder.is_dir() else []
    if path.name in known:
        return MissingFileError(f"{path} is a link to {path.readlink()}, and there is no such file.")
    return MissingFileError(f"there is no file {path}.{nearest(path.name, known)}")


def _check_pointer(path: Path) -> None:
    """Raise FileFormatError for a pointer of Git LFS, which stands where the file itself was not fetched."""
    try:
        if not path.is_file() or path.stat().st_size > _POINTER:
            return
        text = path.read_bytes()
    except OSError:  # the reader will say so
        return
    if text.startswith(b"version https://git-lfs"):
        size = next((line[5:].decode() for line in text.splitlines() if line.startswith(b"size ")), "?")
        raise FileFormatError(
            f"{path} is a pointer of Git LFS, and not the file of {size} bytes that it points to. Fetch it in that "
            "repository with: git lfs install && git lfs pull"
        )


# Bytes that no pointer has more of.
_POINTER = 1024


def _read_parquet(path: Path) -> Content:
    need("pyarrow", path)
    import pyarrow as pa
    from pyarrow import parquet

    with reading(str(path), pa.ArrowException), parquet.ParquetFile(path) as file:
        # Without the option integers beside a missing value become floats, and large ones run together
        table = file.read().to_pandas(integer_object_nulls=True)
        return table_content(table, has_index=type(table.index).__name__ != "RangeIndex")


# Files of text, whose first line may or may not name the columns.
TEXTS = (".csv", ".tsv", ".txt")
READERS: dict[str, Callable[[Path], Content]] = {
    ".npz": read_npz,
    ".npy": read_npy,
    ".csv": read_text,
    ".tsv": read_text,
    ".parquet": _read_parquet,
    ".safetensors": read_safetensors,
    ".h5": read_h5,
    ".hdf5": read_h5,
    ".h5ad": read_h5,
    ".txt": read_text,
    ".pt": read_tensors,
    ".pth": read_tensors,
}
# Of these, files may hold several arrays by name.
ARCHIVES = (".npz", ".safetensors", ".h5", ".hdf5", ".h5ad", ".pt", ".pth")

# How to save what is not read, by the ending of a file.
_SAVE = {
    **dict.fromkeys(
        (".pkl", ".pickle", ".joblib"),
        "A pickle can run any code and is never loaded. If you trust it, load it and save its arrays: "
        "np.savez('data.npz', latents=z, factors=v).",
    ),
    **dict.fromkeys((".xls", ".xlsx"), "Save the sheet: pandas.read_excel(...).to_csv('table.csv', index=False)."),
    **dict.fromkeys((".feather", ".arrow"), "Save the table: pandas.read_feather(...).to_parquet('table.parquet')."),
    ".json": "Save its lists: np.savez('data.npz', latents=z, factors=v).",
    ".jsonl": "Save the table: pandas.read_json(..., lines=True).to_parquet('table.parquet').",
    ".mat": "Save its arrays: m = scipy.io.loadmat(...); np.savez('data.npz', latents=m['z'], factors=m['v']).",
    ".nc": "Save its arrays: d = xarray.open_dataset(...); np.savez('data.npz', latents=d['z'], factors=d['v']).",
    **dict.fromkeys((".rds", ".rdata"), "Save the table from R: write.csv(z, 'latents.csv', row.names = FALSE)."),
    **dict.fromkeys((".ckpt", ".bin"), "Save tensors: torch.save({'latents': z, 'factors': v}, 'data.pt')."),
    ".gz": "Unpack it first: gunzip.",
    ".zip": "Unpack it first: unzip.",
}
