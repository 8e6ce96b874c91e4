"""One table in four forms, against Python's reader of CSV and against readers of Markdown and LaTeX by hand."""

import csv
import io
import math
import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from disentangle_metrics.rendering.tables import Table, Tex, in_csv, in_latex, in_markdown, in_text, tex
from disentangle_metrics.rendering.text import one_line

CELLS = st.text(st.sampled_from("ab| \\,\"\r\n\t\x1b&%$#_{}~^=+-@'"), max_size=6)
TABLES = st.integers(1, 4).flatmap(
    lambda n: st.builds(
        Table,
        st.lists(CELLS, min_size=n, max_size=n),
        st.lists(st.lists(CELLS, min_size=n, max_size=n), max_size=3),
        st.integers(0, n),
    )
)


# --- by hand: what a reader of each form finds in it


def markdown_cells(line):
    """Split a row at the bars that no backslash escapes."""
    assert (line[:2], line[-2:]) == ("| ", " |")
    cells, characters = [""], iter(line[1:-1])
    for character in characters:
        if character == "|":
            cells.append("")
        else:
            cells[-1] += character + (next(characters) if character == "\\" else "")
    assert all(cell[0] == cell[-1] == " " for cell in cells)
    return [cell[1:-1] for cell in cells]


def latex_cells(line):
    """Split a row at the ampersands that no backslash escapes, and undo the escapes of each cell."""
    assert line.endswith(r" \\")
    names = {r"\textbackslash{}": "\\", r"\textasciitilde{}": "~", r"\textasciicircum{}": "^"}
    code = re.compile("|".join(map(re.escape, names)) + r"|\\[&%$#_{}]")
    cells = re.split(r"(?<!\\)&", f" {line[:-2]}")
    assert all(cell[0] == cell[-1] == " " for cell in cells)
    return [code.sub(lambda found: names.get(found[0], found[0][1:]), cell[1:-1]) for cell in cells]


# --- text


def test_columns_of_text_are_as_wide_as_their_widest_cell():
    table = Table(("model", "score", "p"), [("a", "0.5", "< 0.001"), ("b of seven", "10.25", "1")])
    assert in_text(table) == [
        "  model       score        p",
        "  a             0.5  < 0.001",
        "  b of seven  10.25        1",
    ]


@pytest.mark.parametrize(
    ("left", "expected"), [(0, ["   a  bc", "  de   f"]), (1, ["  a   bc", "  de   f"]), (2, ["  a   bc", "  de  f"])]
)
def test_as_many_columns_as_said_stand_at_the_left(left, expected):
    assert in_text(Table(["a", "bc"], [["de", "f"]], left)) == expected


@given(TABLES)
def test_every_row_is_a_line_of_text(table):
    lines = in_text(table)
    assert len(lines) == 1 + len(table.rows)
    assert not any(re.search("[\r\n\t\x1b]", line) for line in lines)


# --- Markdown


def test_markdown_says_which_columns_are_numbers():
    table = Table(("model", "of", "score"), [("a", "b", "0.5")], left=2)
    assert in_markdown(table) == ["| model | of | score |", "| --- | --- | ---: |", "| a | b | 0.5 |"]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [("a|b", r"a\|b"), ("|", r"\|"), (r"a\|b", r"a\\\|b"), (r"a\b", r"a\b"), (r"\\|", r"\\\\\|"), ("a\r\nb", "a b")],
)
def test_a_bar_in_a_name_is_no_column(cell, expected):
    assert in_markdown(Table(["x", "y"], [[cell, "1"]]))[2] == f"| {expected} | 1 |"


@given(TABLES)
def test_markdown_has_the_cells_of_the_table(table):
    head, rule, *rows = in_markdown(table)
    assert markdown_cells(rule) == ["---"] * table.left + ["---:"] * (len(table.head) - table.left)
    for line, row in zip([head, *rows], (table.head, *table.rows), strict=True):
        # how many backslashes stand for one depends on what follows them, and is held by the test above
        found = [cell.replace("\\", "") for cell in markdown_cells(line)]
        assert found == [one_line(cell).replace("\\", "") for cell in row]


# --- LaTeX


def test_latex_is_a_tabular_of_booktabs():
    table = Table(("model", "of", "score"), [("a_1", "b & c", "0.5"), ("d", Tex("$x$"), "1")], left=2)
    assert in_latex(table, ["50 % of\nthem"]).splitlines() == [
        r"\begin{tabular}{llr}",
        r"\toprule",
        r"model & of & score \\",
        r"\midrule",
        r"a\_1 & b \& c & 0.5 \\",
        r"d & $x$ & 1 \\",
        r"\bottomrule",
        r"\end{tabular}",
        "% 50 % of them",
    ]


def test_a_name_that_looks_like_code_is_escaped():
    assert tex("$p$") == r"\$p\$"
    assert tex("\x1b\\") == r"\textbackslash{}x1b\textbackslash{}"


@given(TABLES)
def test_latex_has_the_cells_of_the_table(table):
    lines = in_latex(table).split("\n")
    assert [*lines[:2], lines[3], *lines[-2:]] == [
        rf"\begin{{tabular}}{{{'l' * table.left}{'r' * (len(table.head) - table.left)}}}",
        *(r"\toprule", r"\midrule", r"\bottomrule", r"\end{tabular}"),
    ]
    for line, row in zip([lines[2], *lines[4:-2]], (table.head, *table.rows), strict=True):
        assert latex_cells(line) == [one_line(cell) for cell in row]


# --- CSV


@given(TABLES)
def test_csv_has_the_cells_of_the_table(table):
    found = list(csv.reader(io.StringIO(in_csv(table.head, table.rows), newline=""), strict=True))
    assert found == [[one_line(cell) for cell in row] for row in (table.head, *table.rows)]


def test_numbers_keep_all_digits_and_what_is_undefined_is_empty():
    row = [0.1 + 0.2, math.nan, None, 3, True, np.float64(0.1), np.int8(3), math.inf, -1e-300, ""]
    assert in_csv(["x"] * len(row), [row]).split("\n")[1] == "0.30000000000000004,,,3,True,0.1,3,inf,-1e-300,"


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("a\rb", "a b"),
        ("a\r\nb", "a b"),
        ("a,b", '"a,b"'),
        ('say "x"', '"say ""x"""'),
        ("=cmd|' /C calc'!A0", "\"=cmd|' /C calc'!A0\""),
        ("+1", '"+1"'),
        ("-x", '"-x"'),
        ("@SUM(A1)", '"@SUM(A1)"'),
        ("a=b", "a=b"),
        ("\x1b[31m", r"\x1b[31m"),
        ("\t=x", '"=x"'),
    ],
)
def test_a_text_is_quoted_where_a_reader_would_take_it_for_something_else(cell, expected):
    assert in_csv(["n", "c"], [[1, cell]]) == f"n,c\n1,{expected}"


def test_a_negative_number_is_no_formula():
    assert in_csv(["x"], [[-0.5]]) == "x\n-0.5"


def test_a_row_of_one_empty_cell_is_a_row():
    assert list(csv.reader(io.StringIO(in_csv(["x"], [[""], [None]])))) == [["x"], [""], [""]]
