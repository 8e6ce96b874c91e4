"""Numbers of bins: against the rules of numpy, and cases in which these have no answer."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from disentangle_metrics import Uniform
from disentangle_metrics.kernels.discretizing.bin_counts import auto_bins, freedman_diaconis
from disentangle_metrics.kernels.discretizing.discretizers import DISCRETIZERS

values = hnp.arrays(np.int64, st.integers(2, 60), elements=st.integers(-12, 12)).map(lambda x: x / 4)
UNIFORM, QUANTILE, KMEANS = (DISCRETIZERS[name] for name in ("uniform", "quantile", "kmeans"))


def of_one(x, discretizer=UNIFORM):
    (number,) = auto_bins(np.asarray(x)[:, None], discretizer)
    return number


@given(values)
def test_the_number_is_that_of_numpy(x):
    rule = "fd" if np.subtract(*np.percentile(x, [75, 25])) else "scott"
    edges = np.histogram_bin_edges(x, rule)
    if x.min() < x.max():
        assert freedman_diaconis(x, x.min(), x.max()) == len(edges) - 1


@pytest.mark.parametrize("n", [10, 100, 1000, 20_000])
def test_the_number_is_that_of_numpy_on_normal_values(n):
    x = np.random.default_rng(n).standard_normal(n)
    wanted = len(np.histogram_bin_edges(x, "fd")) - 1
    assert of_one(x) == of_one(x, KMEANS) == min(wanted, math.ceil(math.sqrt(n)))
    assert of_one(x.astype(np.float32)) == of_one(x)


@given(values, st.sampled_from([UNIFORM, QUANTILE, KMEANS, Uniform(quantiles=(0.1, 0.9)), Uniform(range=(-1, 1))]))
def test_the_number_lies_between_two_and_the_root_of_the_rows(x, discretizer):
    assert 2 <= of_one(x, discretizer) <= max(2, math.ceil(math.sqrt(len(x))))


@given(values, st.sampled_from([2.0**-1000, 0.25, 2.0**900]), st.integers(-8, 8))
def test_scale_and_offset_do_not_matter(x, scale, offset):
    assert of_one((x + offset) * scale) == of_one(x)


@given(values, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(x, random):
    assert of_one(random.sample(x.tolist(), len(x))) == of_one(x)


@given(values)
def test_for_quantile_bins_the_number_is_that_of_the_ranks(x):
    ranks = np.arange(len(x)) / len(x)  # not whole numbers, for which numpy widens its bins
    wanted = freedman_diaconis(ranks, ranks.min(), ranks.max())
    assert of_one(x, QUANTILE) in {min(max(2, m), math.ceil(math.sqrt(len(x)))) for m in (wanted - 1, wanted)} | {2}
    assert of_one(np.exp(x), QUANTILE) == of_one(x, QUANTILE)


@pytest.mark.parametrize(("n", "number"), [(8, 2), (9, 3), (27, 3), (28, 4), (1000, 10), (1001, 11), (10**6, 100)])
def test_for_quantile_bins_the_number_is_the_cube_root(n, number):
    assert of_one(np.zeros(n), QUANTILE) == number


def test_where_most_values_are_equal_the_width_is_scotts():
    x = np.append(np.zeros(800), np.random.default_rng(0).standard_normal(200))
    assert np.subtract(*np.percentile(x, [75, 25])) == 0
    assert freedman_diaconis(x, x.min(), x.max()) == len(np.histogram_bin_edges(x, "scott")) - 1
    assert 2 < of_one(x) <= 32


def test_one_far_row_takes_no_more_bins_than_the_root_of_the_rows():
    x = np.append(np.random.default_rng(0).standard_normal(9999), 1e6)
    assert of_one(x) == 100
    assert of_one(x, Uniform(quantiles=(0.01, 0.99))) == pytest.approx(37, abs=2)


@pytest.mark.parametrize(("n", "root"), [(1000, 32), (1024, 32), (1025, 33)])
def test_the_root_of_the_rows_is_rounded_up(n, root):
    x = np.append(np.random.default_rng(0).standard_normal(n - 1), 1e6)
    assert of_one(x) == root


def test_a_range_of_choice_is_what_is_covered():
    x = np.random.default_rng(0).standard_normal(1000)
    wide, narrow = of_one(x, Uniform(range=(-3, 3))), of_one(x, Uniform(range=(-1.5, 1.5)))
    assert wide == pytest.approx(2 * narrow, abs=1)


@pytest.mark.parametrize("x", [np.full(9, 3.0), np.array([-1.7e308, 0.0, 1.7e308]), np.array([0.0, 5e-324, 0.0])])
def test_numbers_of_any_size_are_counted(x):
    assert of_one(x) == 2


def test_each_latent_has_its_own_number():
    rng = np.random.default_rng(0)
    x = np.column_stack([rng.random(1000), rng.standard_normal(1000), np.zeros(1000)])
    assert auto_bins(x, UNIFORM) == tuple(of_one(column) for column in x.T)
