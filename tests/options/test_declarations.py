"""Declarations of options: the canonical form of each value, the errors for others, and the words for them."""

from dataclasses import dataclass

import numpy as np
import pytest

from disentangle_metrics.errors import OptionError
from disentangle_metrics.options import Choice, Flag, Integer, Number, Option, Seed, ShareOrCount, Strategy


@dataclass(frozen=True)
class Root:
    """A strategy with a parameter."""

    degree: int = 2

    def __call__(self, x):
        return x ** (1 / self.degree)


ROOTS = Strategy(table={"square-root": Root(), "half": np.abs}, strategies={"root": Root})
ONLY_ROOTS = Strategy(table={"square-root": Root()}, strategies={"root": Root}, accepts=lambda _: False, objects="")


@pytest.mark.parametrize(
    ("option", "value", "canonical"),
    [
        (Option(), [1], [1]),
        (Choice(names=("a-b", "c")), "a_b", "a-b"),
        (Integer(low=2), np.int8(7), 7),
        (Integer(low=2, names=("auto",)), "auto", "auto"),
        (Integer(low=2, names=("no-limit",)), "no_limit", "no-limit"),
        (Number(low=0), np.float32(0.5), 0.5),
        (Number(low=0), 3, 3.0),
        (Number(low=0, names=("tuned",)), "tuned", "tuned"),
        (ShareOrCount(), 0.25, 0.25),
        (ShareOrCount(), np.int64(5), 5),
        (Flag(), np.True_, True),
        (Flag(names=("min-max",)), False, False),
        (Flag(names=("min-max",)), "min_max", "min-max"),
        (Seed(), np.uint8(3), 3),
        (Seed(), None, None),
        (ROOTS, "square_root", "square-root"),
        (ROOTS, Root(3), Root(3)),
        (ROOTS, np.sqrt, np.sqrt),
        (ONLY_ROOTS, Root(3), Root(3)),
    ],
)
def test_a_value_has_one_canonical_form(option, value, canonical):
    checked = option.check("x", value)
    assert checked == canonical
    assert type(checked) is type(canonical)
    assert option.check("x", checked) == canonical


@pytest.mark.parametrize(
    ("option", "value", "message"),
    [
        (Choice(names=("half", "none")), "hafl", r"x='hafl' is not known. Use one of \['half', 'none'\]. Did you mean"),
        (Choice(names=("half",)), None, "x=None is not known"),
        (Integer(low=2, high=9), 10, "x=10 is out of range. Use a whole number between 2 and 9.$"),
        (
            Integer(low=2, names=("auto",)),
            "Auto",
            "x='Auto' is not known. Use a whole number, or 'auto'. Did you mean 'auto'",
        ),
        (Integer(low=2, names=("auto",)), 1, "x=1 is out of range"),
        (Integer(low=2, names=("auto",)), True, "x=True is out of range"),
        (Number(low=0, high=1), 1.0, "between 0 and 1, both excluded.$"),
        (
            Number(low=0, names=("keep", "zero")),
            "drop",
            "x='drop' is not known. Use a number, or 'keep' or 'zero'",
        ),
        (Number(low=0), True, "x=True is out of range"),
        (ShareOrCount(), 1.5, "x=1.5 is out of range"),
        (Flag(), 1, "x=1 is not known. Use True or False"),
        (Flag(names=("min-max",)), "max", "x='max' is not known. Use True, False, or 'min-max'"),
        (Seed(), -1, "random_state=-1 is out of range"),
        (
            ROOTS,
            "sqare-root",
            r"\['half', 'square-root'\], Root\(...\) or a callable. Did you mean 'square-root'",
        ),
        (ROOTS, Root, "x=Root is a class. Pass an instance, for example Root"),
        (ROOTS, 5, "x=5 is not known"),
        (ONLY_ROOTS, np.sqrt, r"is not known. Use one of \['square-root'\] or Root\(...\).$"),
    ],
)
def test_any_other_value_is_refused_with_the_values_that_are_allowed(option, value, message):
    with pytest.raises(OptionError, match=message):
        option.check("x", value)


@pytest.mark.parametrize(
    ("option", "values"),
    [
        (Choice(names=("a", "b")), '{"a", "b"}'),
        (Choice(names=tuple("abcdef")), "str"),
        (Integer(low=2), "int"),
        (Integer(low=2, names=("auto",)), 'int or "auto"'),
        (Number(low=0, names=("keep", "zero")), '{"keep", "zero"} or float'),
        (ROOTS, '{"square-root", "half"}, Root or callable'),
        (ONLY_ROOTS, '{"square-root"} or Root'),
    ],
)
def test_the_values_are_spelled_as_in_a_docstring(option, values):
    assert option.values == values


def test_a_name_stands_for_its_procedure_and_an_object_for_itself():
    assert ROOTS.use("square-root") == Root()
    assert ROOTS.use(np.sqrt) is np.sqrt
    assert Integer(low=2).use(5) == 5
