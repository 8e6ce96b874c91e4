"""The largest of some normal variables: closed forms, and draws of them."""

import numpy as np
import pytest

from disentangle_metrics.reductions.gaps import expected_largest


def test_the_larger_of_two_is_half_a_difference_above_their_mean():
    assert expected_largest(np.array([1.0, 1.0]), np.array([2.0, 2.0])) == pytest.approx(1 + 2 / np.sqrt(np.pi))


def test_the_largest_of_three_equals_is_the_expected_order_statistic():
    assert expected_largest(np.zeros(3), np.ones(3)) == pytest.approx(1.5 / np.sqrt(np.pi))


def test_the_largest_of_many_is_the_mean_of_the_largest_drawn():
    rng = np.random.default_rng(0)
    means, deviations = rng.normal(size=9), rng.random(9)
    drawn = (means + deviations * rng.normal(size=(200_000, 9))).max(axis=1)
    assert expected_largest(means, deviations) == pytest.approx(drawn.mean(), abs=4 * drawn.std() / np.sqrt(200_000))


@pytest.mark.parametrize(("means", "expected"), [([0.3, 0.2], 0.3), ([0.25], 0.25)])
def test_what_does_not_vary_is_its_largest(means, expected):
    assert expected_largest(np.array(means), np.zeros(len(means))) == expected


def test_one_that_is_far_ahead_is_its_mean():
    assert expected_largest(np.array([5.0, 0.0, 0.1]), np.array([0.3, 0.2, 0.0])) == pytest.approx(5.0, abs=1e-6)
