"""A table in each of its forms: aligned columns of text, Markdown, LaTeX and comma-separated values."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from .text import one_line


class Table(NamedTuple):
    """A table whose cells are text.

    Attributes
    ----------
    head : sequence of str
        The name of each column.
    rows : sequence of sequences of str
        Each row has one cell for each column.
    left : int
        The number of first columns that are aligned at the left. All others hold numbers and are aligned at the right.
    """

    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    left: int = 1


class Tex(str):
    """Text that is LaTeX already and is not escaped."""

    __slots__ = ()


def in_text(table: Table) -> list[str]:
    r"""Return the indented lines of a table whose columns are as wide as their longest cell.

    Examples
    --------
    >>> print(*in_text(Table(["factor", "mig"], [["shape", "0.75"]])), sep="\n")
      factor   mig
      shape   0.75
    """
    lines = [[one_line(cell) for cell in row] for row in (table.head, *table.rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    aligned = [
        [
            cell.ljust(w) if i < table.left else cell.rjust(w)
            for i, (cell, w) in enumerate(zip(row, widths, strict=True))
        ]
        for row in lines
    ]
    return ["  " + "  ".join(row).rstrip() for row in aligned]


def in_markdown(table: Table) -> list[str]:
    r"""Return the lines of a Markdown table.

    Examples
    --------
    >>> print(*in_markdown(Table(["factor", "mig"], [["a|b", "0.75"]])), sep="\n")
    | factor | mig |
    | --- | ---: |
    | a\|b | 0.75 |
    """
    head, *rows = (" | ".join(map(_markdown_cell, row)) for row in (table.head, *table.rows))
    rule = " | ".join("---" if i < table.left else "---:" for i in range(len(table.head)))
    return [f"| {row} |" for row in (head, rule, *rows)]


def _markdown_cell(cell: str) -> str:
    # A backslash before a bar would cancel the backslash that escapes the bar, so it is doubled.
    return re.sub(r"(\\*)\|", r"\1\1\\|", one_line(cell))


def in_latex(table: Table, comments: Iterable[str] = ()) -> str:
    r"""Return a LaTeX tabular for the booktabs package, with comments below.

    Examples
    --------
    >>> print(in_latex(Table(["factor", "mig"], [["pos_x", "0.75"]]), ["a note"]))
    \begin{tabular}{lr}
    \toprule
    factor & mig \\
    \midrule
    pos\_x & 0.75 \\
    \bottomrule
    \end{tabular}
    % a note
    """
    head, *rows = (" & ".join(map(tex, row)) + r" \\" for row in (table.head, *table.rows))
    columns = "l" * table.left + "r" * (len(table.head) - table.left)
    return "\n".join(
        [
            *(rf"\begin{{tabular}}{{{columns}}}", r"\toprule", head, r"\midrule", *rows, r"\bottomrule"),
            *(r"\end{tabular}", *(f"% {one_line(comment)}" for comment in comments)),
        ]
    )


_TEX = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{c: f"\\{c}" for c in "&%$#_{}"},
}


def tex(text: str) -> str:
    """Return text escaped for LaTeX, on one line."""
    if isinstance(text, Tex):
        return text
    return "".join(_TEX.get(character, character) for character in one_line(text))


def in_csv(head: Iterable[str], rows: Iterable[Iterable[Any]]) -> str:
    """Return comma-separated text, without a line break at the end.

    Numbers have all their digits. NaN and None are empty fields. A text is in quotes if it holds a comma or if a
    spreadsheet would take it for a formula. Line breaks inside a text are removed.

    Parameters
    ----------
    head : iterable of str
    rows : iterable of iterables
        Text, numbers and None.

    Examples
    --------
    >>> print(in_csv(["factor", "mig"], [["a,b", 0.75], ["=c", None]]))
    factor,mig
    "a,b",0.75
    "=c",
    """
    lines = (",".join(map(_csv_cell, row)) for row in (head, *rows))
    return "\n".join(line or '""' for line in lines)  # an empty line would be no row


# The quoting rules of the csv module differ between versions of Python. These rules are all that a line needs.
_IN_QUOTES = re.compile(r'[",]|^[=+\-@]')


def _csv_cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return "" if math.isnan(value) else repr(float(value))
    text = str(value)
    if not isinstance(value, str):
        return text
    text = one_line(text)
    return '"' + text.replace('"', '""') + '"' if _IN_QUOTES.search(text) else text
