"""Results and settings as plain values, strict JSON and short labels."""

import json
import math

import numpy as np
import pytest
from conftest import plain as plainly

from disentangle_metrics import Score, Tree, mig
from disentangle_metrics.rendering.plain import as_json, label, plain


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (True, True),
        (np.True_, True),
        (7, 7),
        (np.uint8(7), 7),
        ("\x1b", "\x1b"),
        (0.5, 0.5),
        (math.nan, None),
        (-math.inf, None),
        (np.float32(0.5), 0.5),
        (np.float64("nan"), None),
        (Score(0.5), 0.5),
        (np.array([[1.0, np.nan], [np.inf, 2.0]]), [[1.0, None], [None, 2.0]]),
        (np.array(["a"]), ["a"]),
        (((1, math.nan), [np.int8(2)]), [[1, None], [2]]),
        ({1: {"a": (math.nan,)}}, {"1": {"a": [None]}}),
        (Tree(max_depth=3), "Tree(max_depth=3, min_samples_leaf=1)"),
        (mig, "mig"),
    ],
    ids=plainly,
)
def test_a_value_is_what_json_can_hold(value, expected):
    found = plain(value)
    assert (found, type(found)) == (expected, type(expected))
    assert json.loads(json.dumps(found, allow_nan=False)) == expected


def test_json_is_ascii_whatever_the_names_hold():
    values = {"\x1b[2J\x9b": ["\udcff", "gr\u00f6\u00dfe"]}
    assert as_json(values).isascii()
    assert json.loads(as_json(values)) == values


def test_json_has_no_nan():
    with pytest.raises(ValueError, match="Out of range float values"):
        as_json({"a": math.nan})


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "none"),
        (True, "true"),
        (np.False_, "false"),
        (0.1, "0.1"),
        (1e-6, "1e-06"),
        (20, "20"),
        ("uniform", "uniform"),
        (("a", "b"), "a,b"),
        ({"a": 1, "b": None}, "a=1,b=none"),
        (Tree(max_depth=3), "Tree(max_depth=3, min_samples_leaf=1)"),
        (mig, "mig"),
        ("two\n  lines", "two lines"),
        ("\x1b[2J", r"\x1b[2J"),
        ({"\x07a": "\x9b"}, r"\x07a=\x9b"),
    ],
    ids=plainly,
)
def test_a_setting_has_a_short_label(value, expected):
    assert label(value) == expected
