import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from disentangle_metrics import InputError, OptionError
from disentangle_metrics.kernels.discretizing.discretizers import (
    DISCRETIZERS,
    MAX_BINS,
    discretize,
    discretize_quantile,
    discretize_uniform,
    quantile_edges,
    uniform_edges,
)

values = hnp.arrays(np.int64, st.integers(2, 40), elements=st.integers(-12, 12)).map(lambda x: x / 4)


@given(values, st.integers(2, 30))
def test_uniform_bins_are_those_of_numpy_histogram(x, n_bins):
    counts, edges = np.histogram(x, n_bins)
    codes = discretize_uniform(x, n_bins)
    if x.min() == x.max():
        assert set(codes.tolist()) == {0}
        return
    np.testing.assert_array_equal(codes, np.digitize(x, edges[:-1]) - 1)
    np.testing.assert_array_equal(uniform_edges(x.min(), x.max(), n_bins), edges)
    assert codes.max() < n_bins
    if np.all(np.isin(edges * 4 * n_bins, np.round(edges * 4 * n_bins))):  # numpy's own shortcut rounds elsewhere
        np.testing.assert_array_equal(np.bincount(codes, minlength=n_bins), counts)


def test_a_value_on_an_edge_belongs_to_the_bin_above_and_the_maximum_to_the_last():
    assert discretize_uniform(np.array([0.0, 1.0, 2.0, 3.0, 4.0]), 4).tolist() == [0, 1, 2, 3, 3]


def test_a_constant_column_is_one_bin():
    for value in (0.1, 0.0, -1e300):
        assert discretize_uniform(np.full(5, value), 20).tolist() == [0] * 5


@pytest.mark.parametrize("low_high", [(1e16, 1e16 + 4), (-1.7e308, 1.7e308), (0.0, 5e-324)])
def test_a_range_without_distinct_edges_is_refused(low_high):
    with pytest.raises(InputError, match="distinct bins"):
        uniform_edges(*low_high, 20)


def test_quantile_edges_are_order_statistics():
    x = np.arange(10.0)
    # ceil(i * 9 / 4) for i = 1, 2, 3 is 3, 5, 7
    assert quantile_edges(x[::-1].copy(), 4).tolist() == [3.0, 5.0, 7.0]


def test_ties_stay_together_and_leave_fewer_bins():
    x = np.array([0.0] * 8 + [1.0, 2.0])
    codes = discretize_quantile(x, 5)
    assert len(set(codes[:8].tolist())) == 1
    assert codes[8] > codes[0]


@given(values, st.integers(2, 30))
def test_quantile_bins_keep_order_and_equal_values_together(x, n_bins):
    codes = discretize_quantile(x, n_bins)
    order = np.argsort(x)
    assert np.all(np.diff(codes[order]) >= 0)
    assert all(len(set(codes[x == value].tolist())) == 1 for value in set(x.tolist()))


@pytest.mark.parametrize("name", sorted(DISCRETIZERS))
@given(x=values, n_bins=st.integers(2, 30))
def test_codes_are_small_integers_one_per_value(name, x, n_bins):
    codes, n_codes = discretize(x, DISCRETIZERS[name], n_bins)
    assert codes.shape == x.shape
    assert codes.dtype == np.intp
    assert codes.min() >= 0
    assert codes.max() < n_codes


def test_codes_of_a_callers_own_may_be_any_integers():
    codes, n_codes = discretize(np.arange(4.0), lambda x, n: np.array([-5, 10**12, -5, 7]), 2)
    assert codes.tolist() == [0, 2, 0, 1]
    assert n_codes == 3
    codes, n_codes = discretize(np.arange(3.0), lambda x, n: np.array([0, MAX_BINS, 0]), 2)
    assert (codes.tolist(), n_codes) == ([0, 1, 0], 2)


@pytest.mark.parametrize("broken", [lambda x, n: x, lambda x, n: np.arange(2), lambda x, n: "a"])
def test_a_callers_own_that_breaks_the_contract_is_refused(broken):
    with pytest.raises(OptionError, match="one integer per value"):
        discretize(np.arange(4.0), broken, 2)
