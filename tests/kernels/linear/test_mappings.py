"""Linear maps of latents towards factors, against scikit-learn and against what defines them."""

import numpy as np
import pytest
from sklearn.cross_decomposition import CCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import LinearRegression

from disentangle_metrics.kernels.linear.mappings import best_sums, canonical, spanned
from disentangle_metrics.kernels.linear.shapes import Circle, Classes, Line, standardized

RNG = np.random.default_rng(0)
V = RNG.normal(size=(300, 2))
Z = standardized(V @ RNG.normal(size=(2, 4)) + RNG.normal(size=(300, 4)))
CODES = (3 * (V[:, 0] > 0) + (V[:, 1] > 0.3)) % 4


def correlation(x, y):
    return np.corrcoef(x, y)[0, 1]


def test_the_best_sum_for_numbers_is_that_of_least_squares():
    sums = best_sums(Z, [Line(V[:, 0]), Line(-V[:, 0])])
    fit = LinearRegression().fit(Z, V[:, 0]).predict(Z)
    assert correlation(Z @ sums[:, 0], fit) == pytest.approx(1.0)
    assert correlation(Z @ sums[:, 1], fit) == pytest.approx(-1.0)


def test_the_best_sum_for_classes_is_the_first_discriminant():
    sums = best_sums(Z, [Classes(CODES, 4)])
    first = LinearDiscriminantAnalysis().fit(Z, CODES).transform(Z)[:, 0]
    assert abs(correlation(Z @ sums[:, 0], first)) == pytest.approx(1.0)


def test_the_best_sum_for_angles_finds_a_cosine():
    angles = RNG.uniform(0, 2 * np.pi, 300)
    columns = np.column_stack([np.cos(angles), np.sin(angles)])
    z = standardized(np.column_stack([V[:, 0], np.cos(angles - 1) + V[:, 0]]))
    sums = best_sums(z, [Circle(columns)])
    assert Circle(columns).correlation(standardized(z @ sums)) == pytest.approx(1.0)


def test_copies_and_constant_latents_change_no_best_sum():
    plain = Z @ best_sums(Z, [Line(V[:, 0])])
    more = np.column_stack([Z, Z[:, :2], np.zeros(300)])
    np.testing.assert_allclose(more @ best_sums(more, [Line(V[:, 0])]), plain, atol=1e-10)
    nothing = np.zeros((300, 2))
    np.testing.assert_array_equal(best_sums(nothing, [Line(V[:, 0]), Classes(CODES, 4)]), 0.0)


def test_a_row_of_weight_w_counts_as_w_rows():
    weight = RNG.integers(1, 4, size=300)
    times = np.repeat(np.arange(300), weight)
    z = standardized(Z, weight.astype(float))
    for shape in (Line(V[:, 0]), Classes(CODES, 4)):
        weighted = best_sums(z, [shape], weight.astype(float))[:, 0]
        repeated = best_sums(z[times], [shape.take(times)])[:, 0]
        assert abs(weighted @ repeated) == pytest.approx(np.linalg.norm(weighted) * np.linalg.norm(repeated))


def test_canonical_pairs_equal_those_of_scikit_learn():
    v = standardized(V)
    pairs = canonical(Z, v)
    ours = [correlation(Z @ a, v @ b) for a, b in zip(pairs.of_latents.T, pairs.of_factors.T, strict=True)]
    one, other = CCA(2, max_iter=10_000, tol=1e-14).fit_transform(Z, v)
    np.testing.assert_allclose(ours, [correlation(a, b) for a, b in zip(one.T, other.T, strict=True)], atol=1e-9)
    assert ours[0] >= ours[1]


def test_shares_of_canonical_pairs_sum_to_one_for_each_factor_and_each_pair():
    shares = canonical(Z, standardized(V)).shares
    np.testing.assert_allclose(shares.sum(axis=0), 1.0)
    np.testing.assert_allclose(shares.sum(axis=1), 1.0)


def test_a_pair_of_one_factor_alone_belongs_to_it():
    grid = standardized(np.stack(np.meshgrid(np.arange(5.0), np.arange(4.0), np.arange(3.0)), -1).reshape(-1, 3))
    z = standardized(np.column_stack([grid[:, 2] + 0.1 * grid[:, 0], grid[:, 1]]))
    shares = canonical(z, grid).shares
    assert shares.shape == (2, 3)
    assert shares[:, 1].max() == pytest.approx(1.0)  # factor 1 is a latent by itself


def test_copies_of_a_factor_count_as_one_direction():
    v = standardized(np.column_stack([V[:, 0], V[:, 0], V[:, 1]]))
    pairs = canonical(standardized(V), v)
    np.testing.assert_allclose(pairs.own, [0.5, 0.5, 1.0])
    np.testing.assert_allclose(pairs.shares.sum(axis=0), 1.0)
    np.testing.assert_allclose(pairs.shares @ pairs.own, 1.0)


def test_spanning_columns_are_orthonormal_and_made_of_the_given_ones():
    basis, back = spanned(np.column_stack([Z, Z[:, 0] - Z[:, 1]]))
    assert basis.shape == (300, 4)
    np.testing.assert_allclose(basis.T @ basis, np.eye(4), atol=1e-12)
    np.testing.assert_allclose(np.column_stack([Z, Z[:, 0] - Z[:, 1]]) @ back, basis, atol=1e-12)
