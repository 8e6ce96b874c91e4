"""Squared correlations of columns whose squares leave float64: those of the same columns in another unit."""

import numpy as np
import pytest

from disentangle_metrics.kernels.linear.correlation import squared_correlation


@pytest.mark.parametrize("unit", [1e200, 1e-200, 5e307, 1e-300])
def test_r2_of_two_values_does_not_depend_on_their_unit(unit):
    rng = np.random.default_rng(0)
    x = rng.integers(2, 4, size=(100, 2)).astype(float)  # a third of the larger is half of the smaller
    y = x[:, 0] + rng.normal(size=100)
    expected = [np.corrcoef(column, y)[0, 1] ** 2 for column in x.T]
    found = squared_correlation(unit * x, [y, unit * x[:, 1]], slice(None))
    np.testing.assert_allclose(found[:, 0], expected, rtol=1e-9)
    assert found[1, 1] == pytest.approx(1.0)


@pytest.mark.parametrize("value", [3.0, 1e200, -1e200, 1e-200, 1.7e308])
def test_a_constant_column_has_none(value):
    y = np.random.default_rng(0).normal(size=50)
    found = squared_correlation(np.column_stack([np.full(50, value), y]), [y, np.full(50, value)], slice(None))
    np.testing.assert_array_equal(found[[0, 0, 1], [0, 1, 1]], 0.0)
    assert found[1, 0] == pytest.approx(1.0)
