"""Second moments in one pass: numpy's numbers for every offset, scale, weight and block size."""

import numpy as np
import pytest

from disentangle_metrics.kernels.linear import moments as kernel
from disentangle_metrics.kernels.linear.moments import moments, moments_of_draws, units


def measured(columns, weight=None):
    return moments(columns, units(columns.min(axis=0), columns.max(axis=0)), weight)


def in_own_units(found):
    return np.ldexp(found.covariance, found.exponents[:, None] + found.exponents)


@pytest.fixture
def columns():
    rng = np.random.default_rng(0)
    return rng.normal(size=(500, 4)) @ rng.normal(size=(4, 4)) * [1.0, 30.0, 0.01, 5.0] + [0.0, 7.0, -2.0, 100.0]


def test_covariances_and_correlations_are_those_of_numpy(columns):
    found = measured(columns)
    np.testing.assert_allclose(in_own_units(found), np.cov(columns.T), rtol=1e-12)
    np.testing.assert_allclose(found.correlation, np.corrcoef(columns.T), atol=1e-13)


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.bool_, np.float16, np.float32])
def test_any_dtype_is_taken_for_its_values(dtype):
    small = np.random.default_rng(0).integers(0, 100, size=(80, 3)).astype(dtype)
    np.testing.assert_allclose(in_own_units(measured(small)), np.cov(small.astype(float).T), rtol=1e-12, atol=1e-15)


def test_blocks_of_rows_add_up(columns, monkeypatch):
    whole = measured(columns)
    monkeypatch.setattr(kernel, "_CELLS", 40)
    np.testing.assert_allclose(measured(columns).covariance, whole.covariance, rtol=1e-12)
    draws = np.ones((1, 500), dtype=np.uint16)
    np.testing.assert_allclose(
        moments_of_draws(columns, whole.exponents, draws).covariance[0], whole.covariance, rtol=1e-12
    )


@pytest.mark.parametrize(("scale", "offset"), [(1e-150, 0), (1e150, 0), (1e-4, 1e7), (1e300, 0), (1e-300, 0)])
def test_neither_scale_nor_offset_costs_digits(columns, scale, offset):
    plain = (columns - columns.mean(axis=0)) / columns.std(axis=0)
    moved = plain * scale + offset
    tolerance = 1e-12 + 1e-15 * abs(offset) / scale
    np.testing.assert_allclose(measured(moved).correlation, np.corrcoef(plain.T), atol=tolerance)


def test_a_weight_is_so_many_rows(columns):
    weight = np.random.default_rng(0).integers(1, 5, size=500)
    repeated = np.repeat(columns, weight, axis=0)
    np.testing.assert_allclose(in_own_units(measured(columns, weight)), np.cov(repeated.T), rtol=1e-11)
    np.testing.assert_allclose(
        in_own_units(measured(columns, weight / 7)), np.cov(columns.T, aweights=weight / 7), rtol=1e-11
    )


def test_a_draw_is_the_drawn_rows(columns):
    found = measured(columns)
    draws = np.random.default_rng(0).multinomial(500, np.full(500, 1 / 500), size=3).astype(np.uint16)
    many = moments_of_draws(columns, found.exponents, draws)
    for draw, covariance in zip(draws, many.covariance, strict=True):
        here = np.ldexp(covariance, found.exponents[:, None] + found.exponents)
        np.testing.assert_allclose(here, np.cov(np.repeat(columns, draw, axis=0).T), rtol=1e-10)


def test_a_column_that_a_draw_leaves_constant_correlates_with_nothing(columns):
    columns[:, 2] = [*np.zeros(499), 1.0]
    draws = np.append(np.ones(499), 0)[None].astype(np.uint16)
    found = moments_of_draws(columns, measured(columns).exponents, draws).correlation[0]
    assert found[2].tolist() == [0.0, 0.0, 1.0, 0.0]
