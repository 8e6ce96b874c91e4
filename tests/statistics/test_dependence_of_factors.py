"""Conditional entropies of factors against scikit-learn, and on resampled rows against a new measurement."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import mutual_info_score
from strategies import labelled

from disentangle_metrics import Representation
from disentangle_metrics.kernels.entropy.table import ENTROPIES
from disentangle_metrics.statistics.dependence_of_factors import conditional_entropies, pairs_of_factors
from disentangle_metrics.statistics.dependent_information import DependentInformation

quiet = pytest.mark.filterwarnings("ignore::disentangle_metrics.DegenerateFactorWarning")
PLUGIN = ENTROPIES["plugin"]


def left_by_hand(factors):
    """H(v_k | v_l) from scikit-learn."""
    left = np.array([[mutual_info_score(v, v) - mutual_info_score(v, w) for w in factors.T] for v in factors.T])
    np.fill_diagonal(left, entropies(factors))
    return left


def entropies(factors):
    return np.array([mutual_info_score(v, v) for v in factors.T])


@quiet
@settings(max_examples=25)
@given(data=labelled())
def test_they_equal_scikit_learns(data):
    latents, factors = data
    left = conditional_entropies(Representation(latents, factors), 20, PLUGIN, entropies(factors))
    varied = factors.min(axis=0) < factors.max(axis=0)
    by_hand = left_by_hand(factors)
    np.testing.assert_allclose(left[np.ix_(varied, varied)], by_hand[np.ix_(varied, varied)], atol=1e-9)


@quiet
@settings(max_examples=25)
@given(data=labelled(), seed=st.integers(0, 9))
def test_draws_of_rows_equal_a_new_measurement(data, seed):
    latents, factors = data
    statistic = DependentInformation(data=Representation(latents, factors), n_bins=3)
    rows = np.random.default_rng(seed).integers(len(latents), size=len(latents))
    weights = np.bincount(rows, minlength=len(latents)).astype(np.uint16)[None]
    [(_, left)] = statistic.resampled().reweighted(weights)
    varied = np.flatnonzero(factors.min(axis=0) < factors.max(axis=0))
    by_hand = left_by_hand(factors[rows])
    for k in varied:
        for other in varied:
            assert left[0, k, other] == pytest.approx(by_hand[k, other], abs=1e-9)


def test_permuted_factors_keep_their_dependence():
    rng = np.random.default_rng(0)
    v = rng.integers(3, size=(100, 2))
    v[:50, 1] = v[:50, 0]
    statistic = DependentInformation(data=Representation(rng.normal(size=(100, 2)), v))
    [(_, left)], [(_, permuted)] = statistic.values, statistic.resampled().permuted(rng.permutation(100))
    np.testing.assert_allclose(permuted, left, atol=1e-12)


def test_pairs_have_the_rows_on_which_both_have_labels():
    v = np.array([[0.0, np.nan, 1.0], [1.0, 0.0, np.nan], [0.0, 1.0, 0.0], [1.0, 1.0, 1.0]])
    data = Representation(np.arange(8.0).reshape(4, 2), v)
    rows = {(pair.one, pair.other): np.arange(4)[pair.rows].tolist() for pair in pairs_of_factors(data, 20)}
    assert rows == {(0, 1): [1, 2, 3], (0, 2): [0, 2, 3], (1, 2): [2, 3]}


def test_factors_without_common_rows_leave_all_of_each_other():
    v = np.full((8, 2), np.nan)
    v[:4, 0], v[4:, 1] = [0, 1, 0, 1], [0, 0, 1, 1]
    data = Representation(np.arange(16.0).reshape(8, 2), v)
    left = conditional_entropies(data, 20, PLUGIN, np.array([0.5, 0.6]))
    np.testing.assert_array_equal(left, [[0.5, 0.5], [0.6, 0.6]])


def test_an_entropy_of_the_users_serves():
    v = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
    data = Representation(v, v)
    own = lambda counts: float(PLUGIN(counts))  # noqa: E731
    left = conditional_entropies(data, 20, own, np.log([2.0, 2.0]))
    np.testing.assert_allclose(left, np.log(2) * np.ones((2, 2)))
    assert DependentInformation(data=data, entropy=own, n_bins=2).resampled() is None
