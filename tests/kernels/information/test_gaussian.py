"""Information from correlations: closed forms, the determinants it comes from, and what it must not see."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.special import digamma
from scipy.stats import norm, rankdata

from disentangle_metrics.kernels.information.gaussian import (
    MOST,
    gaussian_bias,
    gaussian_pairs,
    normal_scores,
)

columns = hnp.arrays(np.int64, st.tuples(st.integers(3, 30), st.integers(1, 3)), elements=st.integers(-8, 8))


@given(columns, st.randoms(use_true_random=False))
def test_it_is_minus_half_the_log_of_one_minus_the_squared_correlation(x, random):
    x = x + np.random.default_rng(0).normal(size=x.shape)
    y = x[random.sample(range(len(x)), len(x))]
    r = np.corrcoef(x.T, y.T)[: x.shape[1], x.shape[1] :]
    expected = np.minimum(-0.5 * np.log(np.maximum(1 - r**2, 1e-300)), MOST)
    close = r**2 < 1 - 1e-9
    np.testing.assert_allclose(gaussian_pairs(x, y)[close], expected[close], rtol=1e-6, atol=1e-12)


def test_a_correlation_of_a_half_squared_is_half_of_log_two():
    x, y = np.array([[0.0], [1.0], [0.0], [1.0]]), np.array([[0.0], [1.0], [1.0], [2.0]])
    assert gaussian_pairs(x, y)[0, 0] == pytest.approx(0.5 * np.log(2))


def test_a_correlation_of_one_counts_as_the_most_that_float64_can_tell():
    x = np.random.default_rng(0).normal(size=(100, 1))
    assert gaussian_pairs(x, -4 * x)[0, 0] == MOST == pytest.approx(26 * np.log(2))


@pytest.mark.parametrize("scale", [1e-300, 1.0, 1e300])
@pytest.mark.parametrize("offset", [0.0, 1.0])
def test_a_constant_column_shares_nothing(scale, offset):
    x = np.random.default_rng(0).normal(size=(50, 1))
    assert gaussian_pairs(np.full((50, 1), offset * scale), scale * x)[0, 0] == 0


@given(columns)
def test_normal_scores_are_quantiles_of_mean_ranks(x):
    expected = norm.ppf(rankdata(x, axis=0) / (len(x) + 1))
    np.testing.assert_allclose(normal_scores(x.astype(float)), expected, rtol=0, atol=1e-12)


@given(columns)
def test_normal_scores_do_not_see_a_strictly_increasing_map(x):
    scores = normal_scores(x.astype(float))
    for mapped in (np.exp(x / 2.0), x**3.0, np.arctan(x), 1e9 * x + 1):
        np.testing.assert_array_equal(normal_scores(mapped), scores)


def test_the_bias_is_what_samples_of_independent_gaussians_show():
    rng = np.random.default_rng(1)
    for n in (10, 50):
        found = np.mean([gaussian_pairs(*rng.normal(size=(2, n, 40))).mean() for _ in range(100)])
        assert found == pytest.approx(gaussian_bias(n), rel=0.03)


@pytest.mark.parametrize("n", [3, 10, 1000])
def test_the_bias_is_that_of_three_log_determinants(n):
    """E log det S = log det + sum_i psi((n - i) / 2) - p log((n - 1) / 2) in p dimensions (Misra et al. 2005)."""
    low = {p: sum(digamma((n - i) / 2) for i in range(1, p + 1)) - p * np.log((n - 1) / 2) for p in (1, 2)}
    assert gaussian_bias(n) == pytest.approx((low[1] + low[1] - low[2]) / 2, abs=1e-12)
