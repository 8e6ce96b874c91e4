"""Numbers as text: digits, signs, and what stands for an undefined one."""

import math

import numpy as np
import pytest

from disentangle_metrics import Score
from disentangle_metrics.rendering.numbers import IN_CELLS, IN_WORDS, interval, number, p_value, percent


@pytest.mark.parametrize(
    ("value", "rest", "expected"),
    [
        (0.12345, (), "0.1235"),
        (0.12345, (2,), "0.12"),
        (0.25, (3, "+"), "+0.250"),
        (-0.25, (3, "+"), "-0.250"),
        (0.0, (1, "+"), "+0.0"),
        (math.inf, (), "inf"),
        (3, (0,), "3"),
        (np.float32(0.5), (2,), "0.50"),
        (Score(0.5), (2,), "0.50"),
        (None, (), ""),
        (math.nan, (), "--"),
        (math.nan, (4, "+"), "--"),
        (np.float64("nan"), (4, "", IN_WORDS), "undefined"),
    ],
)
def test_a_number_has_the_digits_that_are_asked_for(value, rest, expected):
    assert number(value, *rest) == expected


@pytest.mark.parametrize(
    ("ends", "rest", "expected"),
    [
        ((0.1, 0.25), (), "[0.1000, 0.2500]"),
        ((-0.1, 0.25), (2, "+"), "[-0.10, +0.25]"),
        ((math.nan, 0.25), (), IN_CELLS),
        ((0.25, math.nan), (2, "", ""), ""),
    ],
)
def test_an_interval_is_undefined_where_an_end_is(ends, rest, expected):
    assert interval(*ends, *rest) == expected


def test_p_values_are_never_printed_as_zero():
    values = (0.0, 1e-9, 0.00123, 0.0456, 1.0, math.nan)
    assert list(map(p_value, values)) == ["<0.0001", "<0.0001", "0.0012", "0.046", "1.000", "--"]


@pytest.mark.parametrize(("share", "expected"), [(0.95, "95 %"), (0.999, "99.9 %"), (1 - 0.95, "5 %")])
def test_a_share_is_a_percentage(share, expected):
    assert percent(share) == expected
