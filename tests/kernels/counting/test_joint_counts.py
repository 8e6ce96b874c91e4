"""Tables of pairs, counted and of weights, against numpy's histogram of both."""

import numpy as np
import pytest

from disentangle_metrics.kernels.counting.joint_counts import joint_counts, joint_totals

SIZES = [(3, 4), (20, 5), (300, 400)]  # the last has far more cells than rows


def drawn(n_codes, n_labels, n=500):
    rng = np.random.default_rng(0)
    return rng.integers(n_codes, size=n), rng.integers(n_labels, size=n), rng.integers(1, 5, size=n)


def by_numpy(codes, labels, n_codes, n_labels, weight=None):
    edges = [np.arange(n_codes + 1) - 0.5, np.arange(n_labels + 1) - 0.5]
    return np.histogram2d(codes, labels, bins=edges, weights=weight)[0].reshape(-1)


def occupied(table):
    return np.sort(table[table > 0])


@pytest.mark.parametrize(("n_codes", "n_labels"), SIZES)
def test_counts_are_those_of_numpy(n_codes, n_labels):
    codes, labels, _ = drawn(n_codes, n_labels)
    found = joint_counts(codes, labels, n_codes, n_labels)
    expected = by_numpy(codes, labels, n_codes, n_labels)
    np.testing.assert_array_equal(occupied(found), occupied(expected))
    if len(found) == len(expected):
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("of", [np.int64, np.float64])
@pytest.mark.parametrize(("n_codes", "n_labels"), SIZES)
def test_totals_are_those_of_numpy(n_codes, n_labels, of):
    codes, labels, weight = drawn(n_codes, n_labels)
    found = joint_totals(codes, labels, n_codes, n_labels, weight.astype(of))
    expected = by_numpy(codes, labels, n_codes, n_labels, weight)
    assert found.dtype == of
    np.testing.assert_allclose(occupied(found), occupied(expected), rtol=1e-12)
    if len(found) == len(expected):
        np.testing.assert_allclose(found, expected, rtol=1e-12)
