"""Content: what a file holds, before anyone says which part of it is wanted."""

from __future__ import annotations

import csv
import tokenize
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from numpy.typing import NDArray

from ..errors import DisentangleError, FileFormatError, MissingDependencyError

# Names that an error lists at most: a table may have thousands of columns, a checkpoint thousands of arrays.
_LISTED = 20


class FirstLine(NamedTuple):
    """The first line of a table of text, and whether it was read as the names of columns or as data.

    Attributes
    ----------
    path : Path
    cells : tuple of str
    are_names : bool
        How it was read.
    is_open : bool
        Whether it could be either, so that something else has to decide.
    by_length : bool
        Whether the number of rows of another file may decide that it is the other.
    otherwise : callable or None
        Returns the content of the file as the other reading has it; None where there is none.
    """

    path: Path
    cells: tuple[str, ...]
    are_names: bool
    is_open: bool
    by_length: bool
    otherwise: Callable[[], Content] | None

    @property
    def text(self) -> str:
        """The line as a message quotes it."""
        return beginning(self.cells)

    def said(self) -> str:
        """Return a sentence on how the line was read, and how to have it read otherwise."""
        what = "names of columns" if self.are_names else "data"
        instead = f"Pass header={not self.are_names} if it is {'data' if self.are_names else 'names'}."
        mend = "" if self.otherwise is None else f" {instead}"
        return f"The first line of {self.path}, {self.text}, was read as {what}.{mend}"


@dataclass(frozen=True)
class Content:
    """What a file holds: named arrays, each read when it is asked for, or one table whose columns have names.

    Attributes
    ----------
    names : tuple of str
        Of the arrays, or of the columns of the table.
    get : callable
        Returns an array by its name, or a column.
    table : pandas.DataFrame or None
        Its index has the labels of rows, if the file has any.
    unsure : mapping from str to str
        Columns of a table that hold numbers and a word, which may mark a missing value.
    shape : callable
        Returns the shape of an array by its name, without reading it; None where that is not known.
    first_line : FirstLine or None
        Of a table of text.
    rows : callable or None
        Returns the labels of the rows of all arrays, where the file has them.
    has_index : bool
        Whether the index of the table came with the file.
    """

    names: tuple[str, ...]
    get: Callable[[str], NDArray[Any]]
    table: Any = None
    unsure: Mapping[str, str] = field(default_factory=dict)
    shape: Callable[[str], tuple[int, ...] | None] = lambda name: None
    first_line: FirstLine | None = None
    rows: Callable[[], NDArray[Any]] | None = None
    has_index: bool = False

    def check(self, columns: Iterable[str], path: Path) -> None:
        """Raise FileFormatError if it is not sure what one of these columns holds."""
        for name in columns:
            if name in self.unsure:
                raise FileFormatError(
                    f"column {name!r} of {path} holds {self.unsure[name]!r} beside numbers or truth values, which "
                    "could be a label or a missing value. Leave the cell empty where a value is missing. Where it is a "
                    "label, let no label of the column be a number, or save the table as .parquet."
                )


def beginning(cells: Iterable[str]) -> str:
    """Return cells with commas as a message quotes them: the first three and the last, if there are many."""
    cells = [cell if len(cell) <= 20 else f"{cell[:17]}..." for cell in cells]
    return ",".join(cells) if len(cells) < 10 else f"{','.join(cells[:3])},...,{cells[-1]}"


def listed(names: Iterable[str]) -> str:
    """Return names as an error lists them: all, or the first and how many there are."""
    names = list(names)
    if len(names) <= _LISTED:
        return str(names)
    return f"{len(names)} of them, {str(names[: _LISTED // 2])[:-1]}, ...]"


def exists(path: Path) -> bool:
    """Whether there is such a file; no error for a name that no file can have."""
    try:
        return path.exists()
    except OSError:
        return False


def is_folder(path: Path) -> bool:
    """Whether there is such a folder; no error for a name that none can have."""
    return exists(path) and path.is_dir()


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
def reading(what: str, *more: type[Exception]) -> Iterator[None]:
    """Name the file, and say what may be wrong with it, whatever stops a library from reading it."""
    try:
        yield
    except DisentangleError:
        raise
    except (*_BROKEN, *more) as error:
        if "allow_pickle" in str(error):
            raise pickled(what) from None
        raise unreadable(what, error) from None


def pickled(what: str) -> FileFormatError:
    """Return the error for Python objects, which nobody but their owner can turn into numbers or text."""
    file, _, key = what.rpartition(":")
    array = f"np.load({(file or what)!r}, allow_pickle=True)" + (f"[{key!r}]" if file else "")
    return FileFormatError(
        f"{what} holds pickled objects, which are never loaded: a pickle can run any code. "
        f"If you trust the file, save its text or numbers as such: np.save('plain.npy', {array}.astype(str)), or "
        ".astype(float) of numbers."
    )


def unreadable(what: str, reason: object) -> FileFormatError:
    """Return the error for a file that a library cannot read."""
    reason = " ".join(str(reason).split()).rstrip(".")
    return FileFormatError(f"{what} cannot be read: {reason}. It may be cut short, or another kind of file.")


def need(library: str, path: Path, extra: str = "files") -> None:
    """Raise MissingDependencyError unless a library is there to read a file with."""
    from importlib.util import find_spec

    if find_spec(library) is None:
        raise MissingDependencyError(
            f"reading {path.name} needs {library}. Install it with: pip install 'disentangle-metrics[{extra}]'"
        )
