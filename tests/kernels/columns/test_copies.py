"""Copies of columns are found after any map of their values, and none by chance."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from disentangle_metrics.kernels.columns.copies import choices, copies, evidence, mid_ranks, needed, sampled


def numbers(n=2000, d=4, seed=0):
    return np.random.default_rng(seed).normal(size=(n, d))


GUISES = {
    "the same": lambda x: x,
    "negated": lambda x: -x,
    "scaled and shifted": lambda x: 0.3 * x + 1e3,
    "in single precision": lambda x: (1e-3 * x - 7).astype(np.float32),
    "bent": lambda x: np.exp(3 * x),
    "ranks": lambda x: np.argsort(np.argsort(x)),
}


@pytest.mark.parametrize("guise", GUISES)
def test_a_copy_is_found_in_whatever_guise(guise):
    z = numbers()
    assert copies(np.c_[z, GUISES[guise](z[:, 1])], range(5)) == [(1, 4)]


def test_labels_in_another_order_say_the_same():
    rng = np.random.default_rng(0)
    codes = rng.integers(9, size=500)
    table = np.c_[codes, rng.normal(size=500), rng.permutation(9)[codes], codes // 2, codes % 2]
    assert copies(table, range(5)) == [(0, 2)]


def test_three_copies_are_one_group_and_columns_that_are_not_asked_for_are_in_none():
    z = numbers()
    table = np.c_[z, -z[:, 0], z[:, 1], z[:, 0] ** 3]
    assert copies(table, range(7)) == [(0, 4, 6), (1, 5)]
    assert copies(table, [0, 1, 6]) == [(0, 6)]


def test_many_columns_are_looked_at_in_blocks():
    z = np.random.default_rng(0).normal(size=(300, 2100))
    z[:, 2050] = -2 * z[:, 5]
    assert copies(z, range(2100)) == [(5, 2050)]


@given(n=st.integers(2, 40), k=st.integers(2, 4), seed=st.integers(0, 10_000))
def test_independent_columns_are_copies_less_often_than_anyone_sees(n, k, seed):
    assert copies(np.random.default_rng(seed).integers(k, size=(n, 6)), range(6)) == []


def test_columns_that_differ_in_a_few_rows_alone_are_no_copies():
    """Both are 0 but in one row: that many columns of a sparse code are."""
    table = np.zeros((1000, 40))
    table[7, :] = np.arange(1, 41)
    assert copies(table, range(40)) == []


def test_noise_of_a_hundredth_makes_no_copy():
    z = numbers()
    assert copies(np.c_[z, z[:, 0] + 0.01 * numbers(seed=1)[:, 0]], range(5)) == []


def test_evidence_is_the_logarithm_of_the_number_of_orders():
    assert evidence(np.array([2, 1])) == pytest.approx(np.log(3))
    assert evidence(np.ones(5, dtype=int)) == pytest.approx(np.log(120))
    assert evidence(np.array([9])) == pytest.approx(0.0)
    assert needed(100) == pytest.approx(np.log(1e8))


def test_ranks_are_those_of_scipy():
    from scipy.stats import rankdata

    x = np.random.default_rng(0).integers(9, size=50)
    expected = rankdata(x) - 25.5
    np.testing.assert_allclose(mid_ranks(x)[0], expected / np.linalg.norm(expected))
    assert not mid_ranks(np.ones(5))[0].any()


def test_a_sample_is_always_the_same_and_of_all_rows_if_these_are_few():
    np.testing.assert_array_equal(sampled(9), np.arange(9))
    np.testing.assert_array_equal(sampled(10_000), sampled(10_000))
    assert len(sampled(10_000)) <= 256


def one_hot(n_classes, n=400, seed=0):
    return np.eye(n_classes)[np.random.default_rng(seed).integers(n_classes, size=n)]


def choices_of(table):
    return choices(table, range(table.shape[1]), table.min(axis=0), table.max(axis=0))


def test_one_hot_codes_are_one_choice_each_whatever_stands_between_them():
    first, second = one_hot(5), one_hot(7, seed=1)
    table = np.c_[numbers(400, 1), first[:, :2], numbers(400, 1), first[:, 2:], second]
    assert choices_of(table) == [(1, 2, 4, 5, 6), (7, 8, 9, 10, 11, 12, 13)]


def test_probabilities_are_a_choice_and_shares_of_something_else_are_not():
    logits = np.exp(numbers(400, 4))
    soft = (logits / logits.sum(axis=1, keepdims=True)).astype(np.float32)
    assert choices_of(soft) == [(0, 1, 2, 3)]
    assert choices_of(np.random.default_rng(0).random((400, 4))) == []
    assert choices_of(np.c_[one_hot(5)[:, :4], numbers(400, 1)]) == []  # a class is missing: they do not add up


def test_a_class_that_never_comes_is_no_part_and_two_classes_are_copies():
    table = one_hot(5)
    table = np.c_[table[:, :2], np.zeros(400), table[:, 2:]]
    assert choices_of(table) == [(0, 1, 3, 4, 5)]
    two = one_hot(2)
    assert choices_of(two) == []
    assert copies(two, [0, 1]) == [(0, 1)]
