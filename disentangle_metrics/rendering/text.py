"""Names and notes as text that a line of the terminal, or a cell of a table, can hold."""

from __future__ import annotations

import re
from collections.abc import Iterable

# Characters that a terminal obeys and does not show: C0 and C1 (with the escape character), DEL, the marks that turn
# the direction of writing. Also halves of characters, which stand in a file's name that is not UTF-8: no output can
# hold them.
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_BREAKS = re.compile(r"[\t-\r\x1c-\x1f\x85\u2028\u2029]")


def printable(text: str) -> str:
    r"""Return text with control characters written as Python writes them; line breaks stay.

    So the names in a stranger's file can neither color nor clear the terminal.

    Examples
    --------
    >>> print(printable("\x1b[31mred"))
    \x1b[31mred
    """
    return _CONTROL.sub(lambda match: repr(match[0])[1:-1], text)


def one_line(text: str) -> str:
    r"""Return a name or a note as printable text on one line: a line break would end a row of a table.

    Examples
    --------
    >>> one_line("two\r\nlines")
    'two lines'
    """
    return printable(" ".join(text.split()) if _BREAKS.search(text) else text)


def encodable(text: str) -> str:
    r"""Return text that UTF-8 can hold: halves of characters are spelled out, all others stay.

    Examples
    --------
    >>> print(encodable("na\udcffme"))
    na\udcffme
    """
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def wrapped(cells: Iterable[str], width: int) -> list[str]:
    """Return indented lines with as many cells side by side as the width allows. No cell is broken.

    Examples
    --------
    >>> wrapped(["shape 0.75", "size 0.50", "color 0.25"], width=26)
    ['  shape 0.75   size 0.50', '  color 0.25']
    """
    lines: list[str] = []
    for cell in cells:
        if lines and len(lines[-1]) + 3 + len(cell) <= width:
            lines[-1] += f"   {cell}"
        else:
            lines.append(f"  {cell}")
    return lines


def listed(words: Iterable[str]) -> str:
    """Return the words as ``a, b or c``."""
    *first, last = words
    return f"{', '.join(first)} or {last}" if first else last
