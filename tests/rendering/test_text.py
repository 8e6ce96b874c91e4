"""Names and notes on one line, without control characters of terminals."""

import sys
import unicodedata

import pytest

from disentangle_metrics.errors import DisentangleWarning, MissingFileError, OptionError, UnknownMetricError, warn
from disentangle_metrics.rendering.text import encodable, one_line, printable, wrapped

CONTROL = [chr(i) for i in range(sys.maxunicode + 1) if unicodedata.category(chr(i)) in ("Cc", "Cs", "Zl", "Zp")]
TURNS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


def test_no_control_character_is_left():
    everything = "".join(map(chr, range(sys.maxunicode + 1)))
    forbidden = {*CONTROL, *TURNS}
    assert not forbidden & set(one_line(everything))
    assert forbidden & set(printable(everything)) == {"\n"}
    assert {c for c in everything if printable(c) != c} == forbidden - {"\n"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("shape", "shape"),
        ("two  blanks", "two  blanks"),
        ("no\u00a0break\u3000wide", "no\u00a0break\u3000wide"),
        ("gr\u00f6\u00dfe \u5f62 \u05e9 \U0001f600", "gr\u00f6\u00dfe \u5f62 \u05e9 \U0001f600"),
        ("a\r\nb", "a b"),
        ("\ra\x85b\u2028c\td\x0be", "a b c d e"),
        ("\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m"),
        ("\x1b]0;title\x07", r"\x1b]0;title\x07"),
        ("\x9b2J", r"\x9b2J"),
        ("a\x08b\x7f\x00", r"a\x08b\x7f\x00"),
        ("\u202egnp.exe", r"\u202egnp.exe"),
        ("na\udcffme", r"na\udcffme"),
    ],
)
def test_a_name_is_one_line_of_what_can_be_printed(text, expected):
    assert one_line(text) == expected
    assert one_line(expected) == expected


def test_utf8_can_hold_the_name_of_any_file():
    assert encodable("na\udcffme \x1b\t\u00f6\U0001f600") == "na\\udcffme \x1b\t\u00f6\U0001f600"


@pytest.mark.parametrize("kind", [OptionError, MissingFileError, UnknownMetricError])
def test_an_error_cannot_color_the_terminal(kind):
    error = kind("there is no \x1b[31mfile\r\x9b\n  here")
    assert str(error) == r"there is no \x1b[31mfile\r\x9b" + "\n  here"
    assert error.args == ("there is no \x1b[31mfile\r\x9b\n  here",)


def test_a_warning_cannot_color_the_terminal():
    with pytest.warns(DisentangleWarning) as caught:
        warn("factor \x1b[31m", DisentangleWarning)
    assert str(caught[0].message) == r"factor \x1b[31m"


@pytest.mark.parametrize(
    ("width", "expected"),
    [
        (100, ["  aa 1   b 2   cc 3"]),
        (19, ["  aa 1   b 2   cc 3"]),
        (18, ["  aa 1   b 2", "  cc 3"]),
        (1, ["  aa 1", "  b 2", "  cc 3"]),
    ],
)
def test_cells_stand_on_as_few_lines_as_fit(width, expected):
    assert wrapped(["aa 1", "b 2", "cc 3"], width) == expected


def test_no_cells_are_no_lines():
    assert wrapped([], 10) == []
