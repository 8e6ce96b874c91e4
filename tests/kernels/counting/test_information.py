"""Counts, entropies, information and gaps."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.stats import entropy as scipy_entropy
from sklearn.metrics import mutual_info_score

from disentangle_metrics.kernels.counting import joint_counts as counts
from disentangle_metrics.kernels.counting.information import information
from disentangle_metrics.kernels.counting.joint_counts import joint_counts
from disentangle_metrics.kernels.entropy.table import ENTROPIES, entropy_miller_madow, entropy_plugin
from disentangle_metrics.reductions.gaps import AGGREGATES, top_two_gap

tables = hnp.arrays(np.int64, st.tuples(st.integers(1, 4), st.integers(1, 8)), elements=st.integers(0, 50)).filter(
    lambda t: np.all(t.sum(axis=1) > 0)
)
codes = st.integers(2, 60).flatmap(
    lambda n: st.tuples(
        hnp.arrays(np.intp, n, elements=st.integers(0, 5)), hnp.arrays(np.intp, n, elements=st.integers(0, 3))
    )
)


@given(tables)
def test_plugin_entropy_is_scipys(table):
    np.testing.assert_allclose(entropy_plugin(table), [scipy_entropy(row) for row in table], atol=1e-12)


@pytest.mark.parametrize("m", [1, 2, 7, 1000])
def test_entropy_of_equal_counts_is_the_log_of_their_number(m):
    assert entropy_plugin(np.full(m, 3)) == pytest.approx(np.log(m), abs=1e-12)


def test_miller_madow_adds_occupied_cells_less_one_over_twice_the_rows():
    assert entropy_miller_madow(np.array([2, 0, 1, 1])) == pytest.approx(entropy_plugin(np.array([2, 1, 1])) + 2 / 8)


def test_miller_madow_has_less_bias_on_a_uniform_distribution():
    rng = np.random.default_rng(0)
    samples = np.stack([np.bincount(rng.integers(30, size=100), minlength=30) for _ in range(200)])
    bias = [abs(ENTROPIES[name](samples).mean() - np.log(30)) for name in ("plugin", "miller-madow")]
    assert bias[0] > 0.12
    assert bias[1] < 0.03


@pytest.mark.parametrize("name", sorted(ENTROPIES))
@given(table=tables)
def test_empty_cells_do_not_matter(name, table):
    padded = np.pad(table, ((0, 0), (2, 3)))
    np.testing.assert_allclose(ENTROPIES[name](padded), ENTROPIES[name](table), atol=1e-12)


@given(codes)
def test_joint_counts_are_those_of_a_loop(pair):
    z, v = pair
    expected = np.zeros((6, 4), dtype=int)
    for a, b in zip(z, v, strict=True):
        expected[a, b] += 1
    np.testing.assert_array_equal(joint_counts(z, v, 6, 4), expected.ravel())


@given(codes)
def test_a_table_too_large_is_counted_by_its_occupied_cells(pair):
    z, v = pair
    dense = joint_counts(z, v, 6, 4)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(counts, "_DENSE_CELLS", 0)
        occupied = joint_counts(z * 1000, v * 1000, 6000, 4000)
    assert sorted(occupied.tolist()) == sorted(dense[dense > 0].tolist())


@given(codes)
def test_information_is_scikit_learns(pair):
    z, v = pair
    info = information(z[:, None], np.array([6]), v, 4, entropy_plugin)
    assert info.mutual[0] == pytest.approx(mutual_info_score(z, v), abs=1e-12)
    assert info.factor_entropy == pytest.approx(mutual_info_score(v, v), abs=1e-12)
    assert info.latent_entropy[0] == pytest.approx(mutual_info_score(z, z), abs=1e-12)
    assert info.factor_values == len(set(v.tolist()))


def test_information_by_chance_is_what_independent_columns_show_on_average():
    rng = np.random.default_rng(0)
    shown, expected = [], []
    for _ in range(200):
        z, v = rng.integers(8, size=(4000, 1)), rng.integers(5, size=4000)
        info = information(z, np.array([8]), v, 5, entropy_plugin)
        shown.append(info.mutual[0])
        expected.append(info.by_chance[0])
    assert np.mean(shown) == pytest.approx(np.mean(expected), rel=0.05)


def test_a_latent_in_one_bin_has_no_information_by_any_estimator():
    info = information(np.full((5, 1), 3), np.array([4]), np.array([0, 1, 0, 1, 1]), 2, entropy_miller_madow)
    assert (info.mutual[0], info.latent_entropy[0], info.by_chance[0]) == (0.0, 0.0, 0.0)


def test_top_two_gap():
    matrix = np.array([[3.0, -1.0, 5.0, 2.0], [1.0, -2.0, -3.0, 2.0], [2.0, -0.5, 1.0, 1.0]])
    np.testing.assert_array_equal(top_two_gap(matrix), [1.0, 0.0, 4.0, 0.0])


@pytest.mark.parametrize(("name", "expected"), [("mean", 2.0), ("median", 1.0), ("min", 0.0)])
def test_aggregates(name, expected):
    assert AGGREGATES[name](np.array([1.0, 0.0, 5.0])) == expected
