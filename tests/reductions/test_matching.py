"""Matching of latents to factors: the largest sum, and ties that no order of columns decides."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from disentangle_metrics.reductions.matching import matched, matching
from disentangle_metrics.statistics.correlated import Correlated

tables = hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=4).flatmap(
    lambda shape: hnp.arrays(np.int64, shape, elements=st.integers(0, 3))
)


def best_assignments(values):
    """The largest sum, and how often each pair occurs in the assignments that reach it, from all assignments."""
    d, k = values.shape
    square = np.zeros((max(d, k),) * 2)
    square[:d, :k] = values
    orders = list(itertools.permutations(range(len(square))))
    sums = [sum(square[j, i] for i, j in enumerate(order)) for order in orders]
    occurs = np.zeros(square.shape)
    for order, total in zip(orders, sums, strict=True):
        if total > max(sums) - 1e-9:
            occurs[list(order), range(len(order))] += 1
    return max(sums), occurs[:d, :k]


@given(tables)
def test_the_sum_is_the_largest_and_pairs_are_those_of_best_assignments(values):
    shares = matching(values / 4)
    total, occurs = best_assignments(values / 4)
    assert (shares * values / 4).sum() == pytest.approx(total, abs=1e-9)
    assert shares.min() >= 0
    assert shares.sum(axis=0).max() <= 1 + 1e-9
    assert shares.sum(axis=1).max() <= 1 + 1e-9
    assert not np.any((shares > 1e-9) & (occurs == 0))


@given(tables, st.integers(0, 99))
def test_the_order_of_columns_decides_nothing(values, seed):
    rng = np.random.default_rng(seed)
    rows, columns = (rng.permutation(size) for size in values.shape)
    np.testing.assert_allclose(
        matching(values[rows][:, columns] / 4), matching(values / 4)[rows][:, columns], atol=1e-12
    )


def test_a_single_best_assignment_has_shares_of_0_and_1():
    values = np.random.default_rng(0).random((3, 6, 4))
    shares = matching(values)
    assert set(np.unique(shares)) == {0.0, 1.0}
    np.testing.assert_array_equal(shares.sum(axis=1), 1.0)
    np.testing.assert_array_equal(shares[1], matching(values[1]))


def test_two_equal_factors_share_their_latents():
    values = np.array([[0.9, 0.9, 0.0], [0.5, 0.5, 0.0], [0.1, 0.1, 0.8]])
    np.testing.assert_allclose(matching(values)[:2, :2], 0.5, atol=1e-12)
    assert matching(values)[2, 2] == pytest.approx(1.0)


def test_fewer_latents_than_factors_leave_the_worst_factors_alone():
    np.testing.assert_array_equal(matching(np.array([[0.4, 0.9, 0.3]])), [[0.0, 1.0, 0.0]])


def test_what_counts_is_the_gain_of_the_pairs_that_correlations_choose():
    signed = np.array([[0.1, -0.9], [0.8, 0.2]])
    gain = np.array([[5.0, -1.0], [2.0, 7.0]])
    np.testing.assert_array_equal(matched([Correlated(signed, gain, None)]), [2.0, -1.0])
    fixed = Correlated(signed, gain, np.eye(2))
    np.testing.assert_array_equal(matched([fixed]), [5.0, 7.0])
    np.testing.assert_array_equal(matched([Correlated(signed, gain, None), fixed]), [3.5, 3.0])
