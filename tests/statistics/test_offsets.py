"""Numbers far from 0, or beside one that is: nothing is lost where values are subtracted, squared and summed."""

import numpy as np
import pytest
from sklearn.neighbors import KNeighborsRegressor

from disentangle_metrics import Representation, sap
from disentangle_metrics.uncertainty.replicates import drawn_parts


def drawn(z, v, weights):
    """R2 of each pair in each draw."""
    recipe = sap(Representation(z, v), probe="r2", factor_kinds="continuous").recipe
    return drawn_parts(recipe, recipe.statistic().resampled(), [weights])[1]


def drawn_and_by_hand(z, v, weights):
    """R2 of each pair in each draw, and what NumPy finds on the rows as often as they were drawn."""
    found = drawn(z, v, weights)
    expected = []
    for w in weights:
        rows = np.repeat(np.arange(len(z)), w)
        x, y = (part - np.median(part, axis=0) for part in (z[rows], v[rows]))
        r = np.corrcoef(x.T, y.T)[: z.shape[1], z.shape[1] :]
        expected.append(r**2)
    return found, np.array(expected)


def draws(rng, n):
    return np.stack([np.bincount(rng.integers(n, size=n), minlength=n) for _ in range(8)]).astype(np.uint16)


@pytest.mark.parametrize("offset", [0.0, 1e6, 1e8])
def test_rows_drawn_again_far_from_zero_have_the_correlations_of_those_rows(offset):
    rng = np.random.default_rng(0)
    v = rng.normal(size=(40, 2))
    z = offset + 1e-6 * (v @ [[1, 0.5], [0, 1]] + rng.normal(size=(40, 2)))
    found, expected = drawn_and_by_hand(z, v, draws(rng, 40))
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-12)


def test_draws_without_a_far_row_have_the_correlations_of_the_others():
    rng = np.random.default_rng(1)
    v = rng.normal(size=(40, 2))
    z = v @ [[1, 0.5], [0, 1]] + rng.normal(size=(40, 2))
    z[7, 0] = 1e7
    weights = draws(rng, 40)
    weights[:4, 7] = 0
    found, expected = drawn_and_by_hand(z, v, weights)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-10)


def test_a_draw_of_equal_values_correlates_with_nothing():
    rng = np.random.default_rng(2)
    v, z = rng.normal(size=(2, 40, 2)) + 0.1
    z[:20, 0] = 0.3
    weights = np.zeros((1, 40), dtype=np.uint16)
    weights[0, :20] = 2
    np.testing.assert_array_equal(drawn(z, v, weights)[0, 0], 0.0)


def test_the_r2_of_a_regressor_does_not_depend_on_the_offset_of_a_factor():
    rng = np.random.default_rng(3)
    v = rng.integers(-50, 50, (60, 1)).astype(float)
    z = v + rng.normal(size=(60, 2))
    step = 2.0**-27  # so that float64 holds all values beside the offset
    options = {"probe": KNeighborsRegressor(1), "factor_kinds": "continuous"}  # it predicts values that it has seen
    expected = sap(z, v, **options).matrix
    np.testing.assert_allclose(sap(z, 2.0**20 + v * step, **options).matrix, expected, rtol=0, atol=1e-12)
