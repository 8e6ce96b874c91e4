"""The largest and second largest entries of rows and columns, with their ties."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from disentangle_metrics.reductions.leaders import leaders


@given(
    matrix=hnp.arrays(np.int64, st.tuples(st.integers(1, 4), st.integers(1, 4)), elements=st.integers(-2, 4)),
    axis=st.sampled_from([-2, -1]),
)
def test_they_are_those_of_a_sorted_list(matrix, axis):
    of = leaders(matrix.astype(float), axis)
    for i, line in enumerate(matrix.T if axis == -2 else matrix):
        values = sorted(np.maximum(line, 0), reverse=True)
        first, second = values[0], values[1] if len(values) > 1 else 0
        assert (of.first[i], of.second[i]) == (first, second)
        is_first = np.maximum(line, 0) == first
        is_second = is_first if is_first.sum() > 1 else (np.maximum(line, 0) == second) & ~is_first
        assert of.alone[i] == (is_first.sum() == 1)
        np.testing.assert_array_equal(of.are_first[(slice(None), i) if axis == -2 else i], is_first)
        np.testing.assert_array_equal(of.are_second[(slice(None), i) if axis == -2 else i], is_second)


@pytest.mark.parametrize("other", [1.0, 1.0 + 1e-12, 1.0 - 1e-12])
def test_rounding_errors_decide_nothing(other):
    of = leaders(np.array([[1.0], [other], [0.5]]), -2)
    assert not of.alone
    np.testing.assert_array_equal(of.are_first[:, 0], [True, True, False])
    assert of.second[0] == pytest.approx(1.0)
