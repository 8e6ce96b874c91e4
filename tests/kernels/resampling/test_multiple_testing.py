"""Many tests at once: Holm's p-values, and letters that say who does not differ."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as nps

from disentangle_metrics.kernels.resampling.multiple_testing import groups_alike, holm


def holm_by_hand(p):
    """Step down: the smallest p times m, the next times m - 1, each at least as large as the one before."""
    adjusted, least = {}, 0.0
    for step, i in enumerate(sorted(range(len(p)), key=lambda i: p[i])):
        least = max(least, (len(p) - step) * p[i])
        adjusted[i] = min(1.0, least)
    return [adjusted[i] for i in range(len(p))]


def test_holm_of_the_textbook():
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_is_that_of_the_definition(p):
    assert holm(p) == pytest.approx(holm_by_hand(p))


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8), st.floats(0.001, 0.2))
def test_holm_rejects_what_its_own_steps_reject(p, level):
    rejected = set()
    for step, i in enumerate(sorted(range(len(p)), key=lambda i: p[i])):
        if (len(p) - step) * p[i] > level:
            break
        rejected.add(i)
    assert rejected == set(np.flatnonzero(holm(p) <= level))


def test_an_undefined_p_value_is_no_test():
    assert np.array_equal(holm([0.02, np.nan, 0.03]), [0.04, np.nan, 0.04], equal_nan=True)


@given(nps.arrays(bool, st.integers(1, 7).map(lambda m: (m, m))))
def test_two_models_are_in_one_group_if_and_only_if_they_do_not_differ(half):
    differ = np.triu(half, 1) | np.triu(half, 1).T
    groups = groups_alike(differ)
    for i, j in itertools.product(range(len(differ)), repeat=2):
        assert any({i, j} <= set(group) for group in groups) == (not differ[i, j])


@given(nps.arrays(bool, st.integers(1, 7).map(lambda m: (m, m))))
def test_no_group_lies_within_another(half):
    groups = [set(group) for group in groups_alike(np.triu(half, 1) | np.triu(half, 1).T)]
    assert not any(one <= other for one, other in itertools.permutations(groups, 2))
