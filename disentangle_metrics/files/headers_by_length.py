"""First lines that could be names or data, decided by how many rows the two files then have."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from ..errors import FileFormatError, ShapeError
from .content import FirstLine
from .header import is_number
from .sources import Source


def settled(sources: Sequence[Source], by_length: bool = True) -> tuple[list[Source], list[str]]:
    """Return two sources of the same rows with their first lines read so that they have as many, and notes on that.

    Unless `by_length` they stay as they are: the caller has said how first lines are read, or joins the rows.

    Raises
    ------
    FileFormatError
        If a first line could be names or data, and the number of rows does not tell.
    """
    first, second = sources
    if not by_length:
        return [first, second], []
    if first.path == second.path or (_n(first) == _n(second) and not _is_open(first) and not _is_open(second)):
        found = [first, second]
    else:
        found = _by_length(first, second)
    for source in found:
        line = source.first_line
        if line is not None and line.is_open and (first.path == second.path or not _decided(found, source)):
            other = second if source is found[0] else first
            counts = (
                f" {_n(source)} rows are below it, and {other.path} has {_n(other)}." if other.path != line.path else ""
            )
            raise FileFormatError(
                f"{line.path} begins with the line {line.text}, which could be names or data.{counts} Pass header=True "
                "if it is names, header=False if it is data, or give the columns names that are not numbers."
            )
    return found, [note for before, now in zip(sources, found, strict=True) for note in _notes(before, now)]


def _n(source: Source) -> int:
    return len(source.values)


def _is_open(source: Source) -> bool:
    return source.first_line is not None and source.first_line.is_open


def _decided(found: Sequence[Source], source: Source) -> bool:
    """Whether the number of rows of the other source leaves one reading of a first line that is open."""
    other = next(one for one in found if one is not source)
    return _n(other) == _n(source) and not (_is_open(other))


def _by_length(first: Source, second: Source) -> list[Source]:
    """Return both with one first line read otherwise, if they then have as many rows, and in one way alone."""
    if _n(first) == _n(second):
        return [first, second]
    fitting = [
        [flipped, second] if one is first else [first, flipped]
        for one, other in ((first, second), (second, first))
        if one.first_line is not None
        and one.first_line.by_length
        and (flipped := one.otherwise()) is not None
        and _n(flipped) == _n(other)
    ]
    return fitting[0] if len(fitting) == 1 else [first, second]


def _notes(before: Source, now: Source) -> Iterator[str]:
    """Say how a first line was read, where that is not plain from the line itself."""
    line = now.first_line
    if line is None or (before is now and not (line.are_names and all(map(is_number, line.cells)))):
        return
    what = "names of columns" if line.are_names else "data"
    otherwise = f"pass header={not line.are_names} if it is not"
    yield f"the first line of {line.path}, {line.text}, was read as {what} ({otherwise})"


@contextmanager
def naming_first_lines(*sources: Source | None, notes: Sequence[str] = ()) -> Iterator[None]:
    """Say in an error of shape how the first lines of tables of text were read, and what else the notes say."""
    try:
        yield
    except ShapeError as error:
        lines = dict.fromkeys(source.first_line for source in sources if source is not None)
        said = "".join(f" {line.said()}" for line in lines if isinstance(line, FirstLine))
        said += "".join(f" {note[0].upper()}{note[1:]}." for note in notes if "first line" not in note)
        raise type(error)(f"{error}{said}") from None
