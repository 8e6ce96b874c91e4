"""Permutation tests against scipy's, and where they are exact."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from disentangle_metrics.kernels.resampling.permutation_tests import (
    flipped_p,
    flips,
    relabeled_p,
    relabelings,
    welch,
)


def rng():
    return np.random.default_rng(0)


def t_of(x, y, axis=-1):
    return stats.ttest_ind(x, y, equal_var=False, axis=axis).statistic


@pytest.mark.parametrize(("n_a", "n_b"), [(3, 3), (5, 5), (4, 7), (2, 6)])
def test_relabeled_p_is_that_of_scipy(n_a, n_b):
    scores = np.random.default_rng(n_a).normal(size=n_a + n_b)
    theirs = stats.permutation_test((scores[:n_a], scores[n_a:]), t_of, vectorized=True, n_resamples=np.inf)
    # scipy doubles the smaller tail; ours counts what is as far from 0
    ours, n, exact = relabeled_p(scores[:, None], n_a, 20_000, rng())
    far = np.mean(np.abs(theirs.null_distribution) >= abs(theirs.statistic) * (1 - 1e-9))
    assert (ours[0], n, exact) == (pytest.approx(far), math.comb(n_a + n_b, n_a), True)
    if n_a == n_b:
        assert ours[0] == pytest.approx(theirs.pvalue)


@pytest.mark.parametrize("n", [3, 5, 9])
def test_flipped_p_is_that_of_scipy(n):
    x, y = np.random.default_rng(n).normal([[0.5], [0.0]], size=(2, n))
    theirs = stats.permutation_test(
        (x, y), lambda x, y, axis: np.mean(x - y, axis=axis), permutation_type="samples", vectorized=True
    )
    ours, tried, exact = flipped_p((x - y)[:, None], 20_000, rng())
    assert (ours[0], tried, exact) == (pytest.approx(theirs.pvalue), 2**n, True)


@given(st.integers(2, 5), st.integers(2, 5), st.integers(0, 9))
def test_t_of_every_relabeling_is_welchs(n_a, n_b, seed):
    values = np.random.default_rng(seed).normal(size=(n_a + n_b, 2))
    inside, _ = relabelings(n_a, n_b, 30, rng())
    for found, chosen in zip(welch(values, inside), inside, strict=True):
        assert found == pytest.approx(t_of(values[chosen], values[~chosen], axis=0))


def test_scores_that_do_not_vary_are_infinitely_far_apart_or_not_at_all():
    values = np.array([[1.0, 1.0], [1.0, 1.0], [0.0, 1.0], [0.0, 1.0]])
    assert welch(values, np.array([[True, True, False, False]])).tolist() == [[np.inf, 0.0]]
    p, _, _ = relabeled_p(values, 2, 100, rng())
    assert p.tolist() == [pytest.approx(1 / 3), 1.0]


@pytest.mark.parametrize(("n_a", "n_b"), [(2, 2), (2, 5), (4, 7), (6, 2), (7, 3), (5, 5)])
@given(st.floats(-9, 9), st.floats(0.01, 3))
def test_scores_that_do_not_vary_within_a_model_have_the_smallest_p_value(n_a, n_b, first, apart):
    values = np.r_[np.full(n_a, first), np.full(n_b, first + apart)][:, None]
    inside = np.arange(n_a + n_b)[None] < n_a
    assert welch(values, inside) == -np.inf
    p, n, exact = relabeled_p(values, n_a, 20_000, rng())
    assert exact
    assert p[0] == (2 if n_a == n_b else 1) / n


def test_scores_that_vary_little_within_a_model_have_welchs_t():
    values = np.r_[0.0, 1e-7, 3e-7, 1.0, 1.0 + 2e-7][:, None]
    inside = np.arange(5)[None] < 3
    assert welch(values, inside)[0, 0] == pytest.approx(t_of(values[:3, 0], values[3:, 0]), rel=1e-6)


def test_drawn_p_values_count_the_observed_labels():
    apart = np.r_[np.zeros(20), np.ones(20)][:, None] + 1e-3 * np.arange(40)[:, None]
    p, n, exact = relabeled_p(apart, 20, 999, rng())
    assert (p[0], n, exact) == (1 / 1000, 999, False)
    p, n, exact = flipped_p(np.ones((40, 1)), 999, rng())
    assert (p[0], n, exact) == (1 / 1000, 999, False)


def test_drawn_p_values_come_close_to_exact_ones():
    scores = np.random.default_rng(3).normal(size=(16, 1))
    scores[:8] += 0.8
    exact, _, is_exact = relabeled_p(scores, 8, 20_000, rng())
    drawn, _, is_drawn = relabeled_p(scores, 8, 9_999, rng())
    assert (is_exact, is_drawn) == (True, False)
    assert drawn[0] == pytest.approx(exact[0], abs=4 * math.sqrt(exact[0] / 9_999))


def test_every_relabeling_is_there_once():
    inside, exact = relabelings(3, 4, 35, rng())
    assert exact
    assert len({tuple(row) for row in inside}) == 35
    assert set(inside.sum(axis=1)) == {3}
    signs, exact = flips(4, 16, rng())
    assert exact
    assert len({tuple(row) for row in signs}) == 16


def test_a_true_null_is_rejected_no_more_often_than_the_level_says():
    draws = np.random.default_rng(1).normal(size=(1000, 8))
    p = [relabeled_p(row[:, None], 4, 100, rng())[0][0] for row in draws]
    assert np.mean(np.array(p) <= 0.05) <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / 1000)
