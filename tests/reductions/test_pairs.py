"""Mean over pairs of latents: each pair once, inactive latents left out or as 0, shares of entropies."""

import numpy as np
import pytest

from disentangle_metrics.reductions.pairs import DIVISORS, mean_of_pairs

MUTUAL = np.array([[4.0, 1.0, 0.0, 0.0], [1.0, 1.0, 0.5, 0.0], [0.0, 0.5, 2.0, 0.0], [0.0, 0.0, 0.0, 0.0]])
ACTIVE = np.array([True, True, True, False])


def test_inactive_latents_are_left_out_or_count_as_0():
    assert mean_of_pairs(MUTUAL, ACTIVE, "none", keep=False).tolist() == [1.5 / 3]
    assert mean_of_pairs(MUTUAL, ACTIVE, "none", keep=True).tolist() == [1.5 / 6]


@pytest.mark.parametrize(
    ("normalizer", "first", "second"),
    [("geometric", 2, 2**0.5), ("arithmetic", 2.5, 1.5), ("min", 1, 1), ("max", 4, 2), ("none", 1, 1)],
)
def test_shares_are_those_of_the_entropies(normalizer, first, second):
    assert set(DIVISORS) == {"none", "geometric", "arithmetic", "min", "max"}
    expected = (1 / first + 0.5 / second) / 3
    assert mean_of_pairs(MUTUAL, ACTIVE, normalizer, keep=False)[0] == pytest.approx(expected)


def test_a_mean_below_0_counts_as_0_and_pairs_do_not():
    mutual = MUTUAL - 0.4 * (1 - np.eye(4))
    assert mean_of_pairs(mutual, ACTIVE, "none", keep=False)[0] == pytest.approx(0.3 / 3)
    assert mean_of_pairs(mutual - 1, ACTIVE, "none", keep=False)[0] == 0.0


def test_no_pair_has_a_mean_of_0():
    assert mean_of_pairs(np.array([[1.0, 0.0], [0.0, 0.0]]), np.array([True, False]), "min", keep=False).tolist() == [0]


def test_draws_stand_in_front():
    many = np.stack([MUTUAL, 2 * MUTUAL])
    np.testing.assert_allclose(mean_of_pairs(many, ACTIVE, "none", keep=False), [[0.5], [1.0]])
