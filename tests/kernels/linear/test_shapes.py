"""Correlations of latents with numbers, classes and angles, against their definitions."""

import numpy as np
import pytest

from disentangle_metrics.kernels.linear.shapes import Circle, Classes, Line, correlation_of_columns, standardized

RNG = np.random.default_rng(0)
X = RNG.normal(size=(60, 3)) @ RNG.normal(size=(3, 3)) + 5
CODES = RNG.integers(4, size=60)
ANGLES = RNG.uniform(0, 2 * np.pi, size=60)
COLUMNS = np.column_stack([np.cos(ANGLES), np.sin(ANGLES)])
SHAPES = [Line(X[:, 0] + CODES), Classes(CODES, 5), Circle(COLUMNS)]
WEIGHT = RNG.integers(0, 4, size=60)


def eta(x, codes):
    between = sum((codes == c).sum() * (x[codes == c].mean() - x.mean()) ** 2 for c in np.unique(codes))
    return np.sqrt(between / ((x - x.mean()) ** 2).sum())


def multiple(x, columns):
    design = np.column_stack([np.ones(len(x)), columns])
    fit = design @ np.linalg.lstsq(design, x, rcond=None)[0]
    return np.sqrt(1 - ((x - fit) ** 2).sum() / ((x - x.mean()) ** 2).sum())


def test_standardized_columns_have_mean_0_and_deviation_1_and_constant_ones_are_0():
    z = standardized(np.column_stack([X, np.full(60, 0.1)]).astype(np.float32))
    np.testing.assert_allclose(z.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(z.std(axis=0), [1, 1, 1, 0], atol=1e-12)
    np.testing.assert_array_equal(z[:, 3], 0.0)


def test_an_offset_costs_no_digits():
    np.testing.assert_allclose(
        standardized(X * 2.0**-10 + 2.0**30), standardized(np.round(X * 2**12) / 2**12), atol=1e-3
    )
    grid = np.arange(60.0)[:, None] % 7
    np.testing.assert_allclose(standardized(grid * 1e-4 + 1e7), standardized(grid), atol=1e-4)
    np.testing.assert_array_equal(standardized(grid + 2.0**40), standardized(grid))


def test_correlations_equal_their_definitions():
    z = standardized(X)
    np.testing.assert_allclose(SHAPES[0].correlation(z), [np.corrcoef(x, X[:, 0] + CODES)[0, 1] for x in X.T])
    np.testing.assert_allclose(SHAPES[1].correlation(z), [eta(x, CODES) for x in X.T])
    np.testing.assert_allclose(SHAPES[2].correlation(z), [multiple(x, COLUMNS) for x in X.T])


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: type(shape).__name__)
def test_a_row_of_weight_w_counts_as_w_rows(shape):
    times = np.repeat(np.arange(60), WEIGHT)
    weighted = shape.take(WEIGHT > 0).correlation(standardized(X[WEIGHT > 0], w := WEIGHT[WEIGHT > 0].astype(float)), w)
    np.testing.assert_allclose(weighted, shape.take(times).correlation(standardized(X[times])), atol=1e-12)


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: type(shape).__name__)
def test_a_direction_that_was_learned_elsewhere_keeps_its_sign(shape):
    here, there = np.arange(30), np.arange(30, 60)
    z, other = standardized(X[here]), standardized(X[there])
    learned = shape.take(here).learned(z)
    judged = shape.take(there).judged(other, learned)
    np.testing.assert_allclose(shape.take(there).judged(-other, learned), -judged, atol=1e-12)
    assert np.all(np.abs(judged) <= shape.take(there).correlation(other).__abs__() + 1e-12)
    np.testing.assert_allclose(shape.take(here).judged(z, learned), np.abs(shape.take(here).correlation(z)), atol=1e-12)


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: type(shape).__name__)
def test_a_constant_latent_correlates_with_nothing(shape):
    z = standardized(np.full((60, 1), 0.3))
    assert shape.correlation(z) == 0.0
    assert shape.judged(z, shape.learned(z)) == 0.0


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: type(shape).__name__)
def test_loadings_are_products_with_an_orthonormal_basis(shape):
    q = np.linalg.qr(X - X.mean(axis=0))[0]
    unit = standardized(X[:, :1])
    along = q.T @ unit[:, 0] / np.sqrt(60)  # a latent in the basis of all
    # the length of a latent's projection on the factor is its correlation
    assert np.linalg.norm(along @ shape.loadings(q)) == pytest.approx(abs(shape.correlation(unit)[0]))


def test_an_expectation_that_is_constant_correlates_with_nothing():
    assert correlation_of_columns(standardized(X[:, :1]), np.full((60, 1), 1 / 3)) == 0.0
