"""K-means on a line: against every way to cut, against scikit-learn, and its laws."""

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.cluster import KMeans

from disentangle_metrics import OptionError
from disentangle_metrics.kernels.discretizing import kmeans as module
from disentangle_metrics.kernels.discretizing.kmeans import discretize_kmeans, kmeans_edges

values = hnp.arrays(np.int64, st.integers(2, 40), elements=st.integers(-12, 12)).map(lambda x: x / 4)
few_values = hnp.arrays(np.int64, st.integers(2, 12), elements=st.integers(-12, 12)).map(lambda x: x / 4)


def inertia(x, codes):
    return sum(((x[codes == code] - x[codes == code].mean()) ** 2).sum() for code in set(codes.tolist()))


def least_inertia(x, n_groups):
    """Every way to cut the distinct values into runs."""
    distinct = np.unique(x)
    n_groups = min(n_groups, len(distinct))
    cuts = combinations(range(1, len(distinct)), n_groups - 1)
    return min(inertia(x, np.digitize(x, distinct[list(cut)])) for cut in cuts)


@given(few_values, st.integers(1, 6))
def test_no_other_cut_is_better(x, n_bins):
    assert inertia(x, discretize_kmeans(x, n_bins)) == pytest.approx(least_inertia(x, n_bins), abs=1e-12)


@given(hnp.arrays(np.float64, st.integers(2, 12), elements=st.floats(-1e3, 1e3, width=32)), st.integers(2, 5))
def test_no_other_cut_of_any_numbers_is_better(x, n_bins):
    assert inertia(x, discretize_kmeans(x, n_bins)) <= least_inertia(x, n_bins) + 1e-12 * (1 + np.sum((x - x[0]) ** 2))


def draws(name, n):
    rng = np.random.default_rng(7)
    return {
        "normal": lambda: rng.standard_normal(n),
        "lumps": lambda: rng.integers(6, size=n) + rng.normal(scale=0.1, size=n),
        "skewed": lambda: np.exp(2 * rng.standard_normal(n)),
        "far": lambda: np.append(rng.standard_normal(n - 1), -1e7),
    }[name]()


@pytest.mark.parametrize("name", ["normal", "lumps", "skewed", "far"])
@pytest.mark.parametrize("n_bins", [2, 5, 20])
def test_scikit_learn_never_finds_less_inertia(name, n_bins):
    x = draws(name, 600)
    theirs = KMeans(n_bins, n_init=20, tol=0, random_state=0).fit(x[:, None])
    assert inertia(x, discretize_kmeans(x, n_bins)) <= inertia(x, theirs.labels_) * (1 + 1e-12)


@pytest.mark.parametrize("name", ["normal", "lumps", "skewed", "far"])
def test_beyond_the_limit_the_groups_are_nearly_as_good(name, monkeypatch):
    x = draws(name, 6000)
    exact = inertia(x, discretize_kmeans(x, 20))
    monkeypatch.setattr(module, "MAX_CUTS", 1000)
    found = inertia(x, discretize_kmeans(x, 20))
    assert exact <= found * (1 + 1e-12)
    assert found <= exact * 1.01


def test_beyond_the_limit_one_frequent_value_and_a_far_one_leave_groups_to_the_rest(monkeypatch):
    x = np.concatenate([np.zeros(10_000), np.random.default_rng(0).standard_normal(200), [1e9]])
    exact = inertia(x, discretize_kmeans(x, 20))
    monkeypatch.setattr(module, "MAX_CUTS", 64)
    assert len(set(discretize_kmeans(x, 20).tolist())) == 20
    assert inertia(x, discretize_kmeans(x, 20)) <= exact * 2


def test_groups_stand_apart_on_paper():
    # Means 0.5, 10 and 21; halfway between them 5.25 and 15.5
    assert kmeans_edges(np.array([21.0, 0.0, 10.0, 1.0, 21.0]), 3).tolist() == [5.25, 15.5]


@given(values, st.integers(2, 30))
def test_every_group_holds_a_value_and_equal_values_are_together(x, n_bins):
    codes = discretize_kmeans(x, n_bins)
    assert set(codes.tolist()) == set(range(min(n_bins, len(np.unique(x)))))
    order = np.argsort(x)
    assert np.all(np.diff(codes[order].astype(int)) >= 0)
    assert all(len(set(codes[x == value].tolist())) == 1 for value in set(x.tolist()))


@given(values, st.integers(2, 30), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(x, n_bins, random):
    order = random.sample(range(len(x)), len(x))
    np.testing.assert_array_equal(discretize_kmeans(x[order], n_bins), discretize_kmeans(x, n_bins)[order])


@given(values, st.integers(2, 30), st.sampled_from([2.0**-500, 0.125, 4.0, 2.0**500]), st.integers(-8, 8))
def test_scale_and_offset_do_not_matter(x, n_bins, scale, offset):
    np.testing.assert_array_equal(discretize_kmeans((x + offset) * scale, n_bins), discretize_kmeans(x, n_bins))


@given(values, st.integers(2, 30))
def test_repeating_all_rows_changes_nothing(x, n_bins):
    np.testing.assert_array_equal(discretize_kmeans(np.tile(x, 4), n_bins), np.tile(discretize_kmeans(x, n_bins), 4))


@given(values, st.integers(2, 30))
def test_edges_lie_halfway_between_the_means_of_neighbors(x, n_bins):
    edges = kmeans_edges(x, n_bins)
    codes = np.digitize(x, edges)
    means = np.array([x[codes == code].mean() for code in range(len(edges) + 1)])
    np.testing.assert_allclose(edges, (means[1:] + means[:-1]) / 2, atol=1e-12)


def test_values_a_rounding_apart_are_told_apart():
    x = np.array([1.0, np.nextafter(1.0, 2.0), 0.0])
    assert discretize_kmeans(x, 3).tolist() == [1, 2, 0]


@pytest.mark.parametrize("x", [[-1.7e308, 0.0, 1.7e308], [0.0, 5e-324, 1e-323], [0.0, 0.0, 0.0], [-7, 3, 2**62]])
def test_numbers_of_any_size_are_grouped(x):
    codes = discretize_kmeans(np.array(x), 3)
    assert codes.tolist() == np.unique(x, return_inverse=True)[1].tolist()


def test_a_far_value_on_either_side_leaves_the_others_their_groups():
    x = np.random.default_rng(0).standard_normal(500)
    alone = discretize_kmeans(x, 8)
    np.testing.assert_array_equal(discretize_kmeans(np.append(x, 1e15), 9)[:-1], alone)
    np.testing.assert_array_equal(discretize_kmeans(np.append(x, -1e15), 9)[:-1], alone + 1)


def test_more_groups_than_can_be_afforded_are_refused():
    with pytest.raises(OptionError, match=r"n_bins=1025 is too many.*Use 1024 at most, or discretizer='quantile'"):
        discretize_kmeans(np.arange(3.0), 1025)
