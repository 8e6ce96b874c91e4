"""The second best of many latents: closed cases, and the truth on average of drawn ones."""

import numpy as np
import pytest

from disentangle_metrics.debiasing.second_best import second_best


def drawn(truths, error, seed):
    return np.array(truths) + error * np.random.default_rng(seed).normal(size=len(truths))


def alike(error):
    """The variance of the observed values, equal for all."""
    return lambda m: lambda places: np.full((m, len(places)), error**2)


def mean_of_many(truths, error, repeats=100):
    of_all = alike(error)(len(truths))
    return np.mean([second_best(drawn(truths, error, seed), of_all).value for seed in range(repeats)])


def test_one_far_ahead_of_the_others_is_what_was_seen_of_it():
    found = second_best(np.array([0.02, 1.0, -0.01, 0.3]), alike(0.01)(4))
    assert found.value == pytest.approx(1.0, abs=1e-6)
    np.testing.assert_allclose(found.weights, [0, 1, 0, 0], atol=1e-6)
    assert found.known[1] == found.known[3] == pytest.approx(1.0)


def test_nothing_seen_above_0_is_nothing():
    found = second_best(np.array([-0.2, 0.0, -0.1]), alike(0.1)(3))
    assert found.value == 0.0
    assert not found.weights.any()
    assert not found.known.any()


@pytest.mark.parametrize("m", [8, 63])
def test_the_largest_of_many_that_are_alike_is_their_value_and_not_the_luckiest(m):
    truths = np.full(m, 1.0)
    luckiest = np.mean([drawn(truths, 0.3, seed).max() for seed in range(100)])
    assert luckiest > 1.4
    assert mean_of_many(truths, 0.3) == pytest.approx(1.0, abs=0.1)


def test_the_largest_of_many_that_differ_is_neither_their_mean_nor_the_luckiest():
    truths = np.linspace(0.0, 2.0, 40)
    assert mean_of_many(truths, 0.3) == pytest.approx(2.0, abs=0.12)


def test_each_of_many_alike_has_its_share_of_the_weight():
    found = second_best(drawn(np.full(20, 1.0), 0.1, 0), alike(0.1)(20))
    assert found.weights.sum() == pytest.approx(1.0, abs=0.05)
    assert found.weights.max() < 0.15


def test_the_second_best_rises_by_its_weights():
    seen = np.array([0.9, 1.0, 0.1, 0.0])
    found = second_best(seen, alike(0.02)(4))
    step = 1e-3 * np.array([1.0, 1.0, 0, 0])
    risen = second_best(seen + step, alike(0.02)(4)).value - found.value
    assert risen == pytest.approx(found.weights @ step, rel=0.3)


def test_an_error_of_0_hurts_nothing():
    found = second_best(np.array([1.0, 0.0, 0.4]), lambda places: np.zeros((3, len(places))))
    assert found.value == pytest.approx(1.0)
