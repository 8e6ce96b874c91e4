"""From R2 by groups of latents and factors to one value for each group of factors."""

import numpy as np

from disentangle_metrics.reductions.blocks import best_of_blocks, pooled

R2 = np.array([[0.9, 0.1, -3.0], [0.2, 0.3, -1.0]])


def test_a_group_of_factors_has_the_mean_of_its_factors():
    np.testing.assert_allclose(pooled(R2, [[0, 1], [2]]), [[0.5, -3.0], [0.25, -1.0]])
    assert np.isnan(pooled(R2, [[0], []])[:, 1]).all()


def test_a_factor_has_the_r2_of_the_best_group_of_latents_and_none_below_0():
    np.testing.assert_allclose(best_of_blocks(R2, [[0], [1], [2]], False), [0.9, 0.3, 0.0])
    np.testing.assert_allclose(best_of_blocks(R2, [[0, 1], [2]], True), [np.sqrt(0.5), 0.0])
    np.testing.assert_array_equal(np.isnan(best_of_blocks(R2, [[0], []], False)), [False, True])


def test_draws_are_reduced_at_once():
    draws = np.stack([R2, R2 + 0.05])
    np.testing.assert_array_equal(
        best_of_blocks(draws, [[0, 1], [2]], False)[1], best_of_blocks(R2 + 0.05, [[0, 1], [2]], False)
    )
