"""An option of several whole numbers or names."""

import numpy as np
import pytest

from disentangle_metrics.errors import OptionError
from disentangle_metrics.options import Integers

SIZES = Integers(low=1, names=("all",))


@pytest.mark.parametrize(
    ("value", "canonical"),
    [
        (5, 5),
        (np.int8(5), 5),
        ("all", "all"),
        ((1, 2), (1, 2)),
        ([1, "all"], (1, "all")),
        (np.array([3, 1]), (3, 1)),
        ([7], 7),
        ("1, 2,all", (1, 2, "all")),
        ("12", 12),
    ],
)
def test_a_value_has_one_canonical_form(value, canonical):
    checked = SIZES.check("x", value)
    assert checked == canonical
    assert type(checked) is type(canonical)
    assert SIZES.check("x", checked) == canonical


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (0, "x=0 is out of range"),
        (2.0, "x=2.0 is not a whole number"),
        ("al", "x='al' is not known. Use a whole number, or 'all'. Did you mean 'all'?"),
        ("1,-2", "x='-2' is not known"),
        ((1, 1), "names an entry twice"),
        ([], "is empty"),
        (True, "out of range"),
    ],
)
def test_other_values_are_refused(value, message):
    with pytest.raises(OptionError, match=message.replace("?", r"\?")):
        SIZES.check("x", value)


def test_words_for_the_docstring():
    assert SIZES.values == 'int, "all" or sequence of these'
    assert Integers(low=1).values == "int or sequence of these"
