"""What factors tell of one another, against scikit-learn's mutual information and against chance."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import mutual_info_score

from disentangle_metrics import Representation
from disentangle_metrics.data import dependence
from disentangle_metrics.data.dependence import dependences


def of(factors, **options):
    return dependences(Representation(np.random.default_rng(9).normal(size=(len(factors), 2)), factors, **options))


def cut(rho, n=10_000, n_values=10):
    """Return two factors cut from normal variables of a correlation."""
    from scipy.stats import norm

    rng = np.random.default_rng(0)
    return (n_values * norm.cdf(rng.multivariate_normal([0, 0], [[1, rho], [rho, 1]], size=n))).astype(int)


@pytest.mark.parametrize("rho", [0.7, 0.9, 0.99])
def test_the_share_is_information_over_entropy(rho):
    v = cut(rho)
    expected = mutual_info_score(*v.T) / mutual_info_score(v[:, 0], v[:, 0])
    found = {each.of: each for each in of(v)}
    assert found[0].share == pytest.approx(expected, abs=0.02)  # of 5,000 rows, less what chance shows
    assert (found[0].by, found[1].by) == (1, 0)


def test_each_factor_is_told_its_own_share():
    v = np.random.default_rng(0).integers(8, size=4000)
    strongest = of(np.c_[v, v % 2])
    assert [each[1:] for each in strongest] == [(1, 0), (0, 1)]
    assert strongest[0].share == pytest.approx(1.0, abs=0.01)
    assert strongest[1].share == pytest.approx(1 / 3, abs=0.01)


def test_the_pair_is_that_which_tells_most():
    rng = np.random.default_rng(0)
    v = rng.integers(5, size=(3000, 4))
    v[:, 3] = np.where(rng.random(3000) < 0.9, v[:, 1], v[:, 3])
    v[:, 2] = np.where(rng.random(3000) < 0.5, v[:, 0], v[:, 2])
    first, second = of(v)[:2]
    assert {first.of, first.by} == {second.of, second.by} == {1, 3}


@given(
    seed=st.integers(0, 10_000),
    n=st.sampled_from([10, 60, 300]),
    sizes=st.lists(st.sampled_from([2, 3, 10, 60]), min_size=2, max_size=4),
)
def test_independent_factors_tell_hardly_anything(seed, n, sizes):
    rng = np.random.default_rng(seed)
    v = np.stack([rng.integers(size, size=n) for size in sizes], axis=1)
    assert all(each.share < 0.35 for each in of(v, factor_kinds="categorical"))


def test_independent_factors_are_named_less_than_once_in_a_hundred():
    named = 0
    for seed in range(100):
        rng = np.random.default_rng(seed)
        v = np.stack([rng.integers(size, size=100) for size in (2, 3, 10, 60)], axis=1)
        named += any(each.share > 0.1 for each in of(v, factor_kinds="categorical"))
    assert named <= 1


def test_measurements_and_missing_labels_are_looked_at_too():
    rng = np.random.default_rng(0)
    x = rng.normal(size=2000)
    y = x + 0.05 * rng.normal(size=2000)
    y[::4] = np.nan
    assert of(np.c_[x, y])[0].share > 0.7
    assert not of(np.c_[x, rng.normal(size=2000)])


def test_constant_factors_and_names_of_rows_are_left_out():
    v = np.random.default_rng(0).integers(3, size=300)
    assert {each.of for each in of(np.c_[v, np.zeros(300), v, np.arange(300)])} == {0, 2}
    assert of(v) == []
    assert of(np.c_[v, np.where(np.arange(300) < 150, 1.0, np.nan)]) == []


def test_of_many_factors_each_is_compared_with_the_one_most_like_it():
    rng = np.random.default_rng(0)
    v = rng.integers(4, size=(400, 90))
    v[:, 77] = 3 - v[:, 12]
    first, second = of(v)[:2]
    assert {first.of, first.by} == {second.of, second.by} == {12, 77}
    assert first.share == pytest.approx(1.0, abs=0.02)


def test_one_product_of_all_values_leaves_out_no_pair_that_pairs_alone_would_keep(monkeypatch):
    rng = np.random.default_rng(3)
    for seed in range(20):
        rng = np.random.default_rng(seed)
        base = rng.integers(4, size=600)
        v = np.stack([np.where(rng.random(600) < p, base, rng.integers(4, size=600)) for p in (1, 0.6, 0.3, 0.1, 0)], 1)
        together = of(v, factor_kinds="categorical")
        monkeypatch.setattr(dependence, "_VALUES", 0)
        alone = of(v, factor_kinds="categorical")
        monkeypatch.undo()
        assert together == alone


@pytest.mark.parametrize(("sizes", "n"), [((3, 6, 40, 32, 32), 1000), ((60, 50), 2500), ((200, 100), 1000)])
def test_of_factors_that_do_not_depend_no_expected_information_is_computed(monkeypatch, sizes, n):
    rng = np.random.default_rng(0)
    v = np.stack([rng.integers(size, size=n) for size in sizes], axis=1)
    monkeypatch.delattr(dependence, "independent_information")  # which takes longer than a small score
    assert of(v, factor_kinds="categorical") == []


@pytest.mark.parametrize("sizes", [(3, 6, 40, 32, 32), (2,) * 20, (1, 2, 200), (2, 2)])
def test_counting_pair_by_pair_is_one_product(monkeypatch, sizes):
    rng = np.random.default_rng(0)
    codes = np.stack([rng.integers(size, size=500) for size in sizes])
    starts = np.cumsum((0, *sizes[:-1]))
    monkeypatch.setattr(dependence, "_SEVERAL", 1e9)
    product = dependence._joint(codes, sizes, starts)
    monkeypatch.setattr(dependence, "_SEVERAL", 0)
    later = np.arange(len(sizes)).repeat(sizes) >= np.arange(len(sizes)).repeat(sizes)[:, None]
    np.testing.assert_array_equal(dependence._joint(codes, sizes, starts), np.where(later, product, 0))
