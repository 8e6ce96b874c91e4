"""Tables of text, .csv, .tsv and .txt: how cells are separated, and what columns hold."""

from __future__ import annotations

import csv
import io
import warnings
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple, TextIO

import numpy as np
from numpy.typing import NDArray

from ..errors import FileFormatError
from .content import Content, FirstLine, reading, unreadable
from .header import Reading, is_number, reading_of
from .text_columns import typed

# Held by the thread that reads a table: filters of warnings are the whole process's, and are put back as they were.
_FILTERS = Lock()

# Blanks between cells, as pandas is told of them.
_BLANKS = r"\s+"


class _Text:
    """The text of a file, which can be opened again: what is no file, such as a pipe, is read once and kept."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._kept = None if path.is_file() else path.read_text(encoding="utf-8-sig")

    def open(self) -> TextIO:
        """Return the text from its beginning."""
        if self._kept is not None:
            return io.StringIO(self._kept, newline="")
        return self.path.open(newline="", encoding="utf-8-sig")


class _Layout(NamedTuple):
    """How a table is laid out: the cells of its first line, what separates cells, whether a blank follows each."""

    first: list[str]
    separator: str
    spaced: bool


def read_text(path: Path, header: bool | None = None) -> Content:
    """Return the table of a file of text.

    Parameters
    ----------
    path : Path
    header : bool, optional
        Whether the first line names the columns. By default it does unless all its cells are numbers; where it could
        be either, ``first_line`` of the content says so.
    """
    with reading(str(path)):
        text = _Text(path)
        with text.open() as file:
            layout = _layout(file, "\t" if path.suffix.lower() == ".tsv" else ",")
            below = file.readline()
    if not layout.first:
        raise unreadable(str(path), "it has no rows")
    _check_separator(layout, below, path)
    tables: dict[bool, _Table] = {}

    def table(below: bool) -> _Table:
        """Return the rows below the first line, or all; each is read once."""
        if below not in tables:
            tables[below] = _table(text, layout, below)
        return tables[below]

    if layout.first[0].startswith("# "):  # numpy.savetxt marks names so
        layout = layout._replace(first=[layout.first[0][2:], *layout.first[1:]])
        how = Reading(True, is_certain=True)
    else:
        how = reading_of(layout.first, lambda: table(True).columns, header)
    return _content(path, layout, table, how)


def _content(path: Path, layout: _Layout, table: Any, how: Reading) -> Content:
    """Return a table by one reading of its first line, which knows how to become the other."""
    found: _Table = table(how.are_names)
    if not len(found.columns) and any("\n" in cell for cell in layout.first):
        raise unreadable(str(path), "a quote of its first line is not closed")
    certain = how.is_certain or found.has_row_names
    other = Reading(not how.are_names)
    otherwise = None if certain else partial(_content, path, layout, table, other)
    line = FirstLine(path, tuple(layout.first), how.are_names, how.is_open, how.by_length and not certain, otherwise)
    if not how.are_names:
        return table_content(_renamed(found.columns, range(len(layout.first))), found.unsure, line)
    names = [*([""] if found.has_row_names else []), *layout.first]
    columns, first, counted = found.columns, 0, False
    if len(names) > 1 and names[0] == "":  # labels of rows, as pandas and R write them
        counted = found.has_row_names and np.asarray(columns[0]).dtype.kind in "iu"  # R counts rows that have none
        columns, first = columns.drop(columns=0) if counted else columns.set_index(0).rename_axis(None), 1
    names = [name or f"Unnamed: {j}" for j, name in enumerate(names)][first:]
    unsure = {str(names[int(j) - first]): word for j, word in found.unsure.items() if int(j) >= first}
    return table_content(_renamed(columns, names), unsure, line, has_index=first > 0 and not counted)


def table_content(
    table: Any, unsure: dict[str, str] | None = None, line: FirstLine | None = None, has_index: bool = False
) -> Content:
    """Return what a table of pandas holds; `has_index` says that its index came with it."""
    names = tuple(map(str, table.columns))
    read = partial(_column, table)
    return Content(names, read, table, unsure or {}, first_line=line, has_index=has_index)


def _column(table: Any, name: str) -> NDArray[Any]:
    return np.asarray(table[name])


def _renamed(table: Any, names: Sequence[Any]) -> Any:
    table = table.copy(deep=False)
    table.columns = list(names)
    return table


class _Table(NamedTuple):
    """Rows as numbered columns of what they hold, and those of which that is not sure, with a word of each."""

    columns: Any
    unsure: dict[str, str]
    has_row_names: bool


def _table(text: _Text, layout: _Layout, below: bool) -> _Table:
    """Return the rows below the first line, or all rows."""
    with reading(str(text.path)), text.open() as file:
        if below:
            _first_row(file, layout.separator)
        return _parse(file, layout, below)


def _parse(file: TextIO, layout: _Layout, below: bool) -> _Table:
    """Return the rest of a file as a table with numbered columns: numbers are exact, all other cells are text."""
    import pandas as pd

    at = file.tell()

    def parse(width: int) -> Any:
        with _FILTERS, warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)  # for rows that are longer than the first
            return pd.read_csv(
                file,
                sep=_BLANKS if layout.separator == " " else layout.separator,
                header=None,
                names=range(width),
                index_col=False,
                na_filter=False,  # the text of a cell says more than pandas' words for missing values
                low_memory=False,  # else a column is looked at in parts, each of which may be of another kind
                skipinitialspace=layout.spaced,
                **_exactly(pd.__version__),
            )

    width = len(layout.first)
    try:
        return _settled(parse(width))
    except pd.errors.ParserWarning:
        file.seek(at)
        try:
            table = parse(width + 1)
        except pd.errors.ParserWarning:
            raise ValueError("rows have several values more than the first row") from None
        if (table[width] == "").all():  # each row ends in a separator
            return _settled(table.drop(columns=width))
        if below and not (table[width] == "").any() and _are_row_names(table[0]):
            return _settled(table, has_row_names=True)
        raise ValueError("a row has more values than the first row") from None


def _are_row_names(column: Any) -> bool:
    """Whether cells that no name stands above are names of rows, as R writes them: distinct texts, or 1, 2, 3, ..."""
    values = np.asarray(column)
    if values.dtype.kind in "iu":
        return bool((np.diff(values) == 1).all())
    return bool(column.is_unique) and not any(map(is_number, map(str, values)))


def _layout(file: TextIO, usual: str) -> _Layout:
    """Return how a table is laid out: by the usual separator if the first line has it, else by another."""
    first, spaced = _first_row(file, usual)
    if len(first) != 1:
        return _Layout(first, usual, spaced)
    for other in ",\t":
        if other in first[0]:
            file.seek(0)
            first, spaced = _first_row(file, other)
            return _Layout(first, other, spaced)
    mark = "# " if first[0].startswith("# ") else ""
    cells = first[0].removeprefix(mark).split()
    below = file.readline().split() or cells
    if len(cells) > 1 and len(below) >= len(cells) and all(map(is_number, below)):
        return _Layout([mark + cells[0], *cells[1:]], " ", False)
    return _Layout(first, usual, spaced)


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


def _check_separator(layout: _Layout, below: str, path: Path) -> None:
    """Raise FileFormatError if the first line has one cell, and other separators than those that are read."""
    first = layout.first[0]
    if len(layout.first) > 1:
        return
    other = next((c for c in ";|" if c in first), None)
    if other is None and len(numbers := first.split()) > 1 and all(map(is_number, numbers)):
        other = " "
    if other is not None:
        decimal = ", decimal=','" if other == ";" and "," in below else ""
        raise FileFormatError(
            f"{path} is separated by {other!r}. Write it with {layout.separator!r}. In Python: "
            f"pandas.read_csv({str(path)!r}, sep={other!r}{decimal}).to_csv('table.csv', index=False)."
        )


def _settled(table: Any, has_row_names: bool = False) -> _Table:
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
                    unsure[str(j)] = word
        table = pd.DataFrame(columns)
    return _Table(table, unsure, has_row_names)
