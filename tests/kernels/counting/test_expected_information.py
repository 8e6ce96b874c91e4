"""Information that independent variables show on average: scikit-learn's, and that of many rows."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics.cluster import contingency_matrix, expected_mutual_information

from disentangle_metrics.kernels.counting.expected_information import (
    independent_information,
    least_independent_information,
)


@given(st.integers(2, 60), st.integers(1, 8), st.integers(1, 8), st.integers(0, 100))
def test_independent_information_is_scikit_learns_expected_mutual_information(n, n_bins, n_values, seed):
    rng = np.random.default_rng(seed)
    z, v = rng.integers(n_bins, size=n), rng.integers(n_values, size=n)
    information = independent_information(np.bincount(z)[None], np.bincount(v))
    expected = expected_mutual_information(contingency_matrix(z, v, sparse=True), n)
    assert information[0] == pytest.approx(expected, abs=1e-10)


def test_independent_information_of_many_rows_is_the_first_order_term():
    bins, values = np.full((1, 20), 50_000), np.full(10, 100_000)
    assert independent_information(bins, values)[0] == pytest.approx(19 * 9 / 2e6, rel=1e-3)


@given(st.integers(2, 300), st.integers(2, 60), st.integers(2, 60), st.integers(0, 100))
def test_the_lower_bound_is_one(n, n_bins, n_values, seed):
    rng = np.random.default_rng(seed)
    bins, values = np.bincount(rng.integers(n_bins, size=n)), np.bincount(rng.integers(n_values, size=n))
    assert 0 <= least_independent_information(bins, values) <= independent_information(bins[None], values)[0] + 1e-10


@pytest.mark.parametrize(("size", "off"), [(1, 1e-9), (2, 0.001), (5, 0.005), (20, 0.03)])
def test_the_lower_bound_is_near_where_cells_have_few_rows(size, off):
    bins, values = np.full(1000 // size, size), np.full(25, 40)
    exact = independent_information(bins[None], values)[0]
    assert least_independent_information(bins, values) == pytest.approx(exact, rel=off)
