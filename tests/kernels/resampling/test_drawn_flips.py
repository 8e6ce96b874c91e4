"""Signs of differences: all of them up to a limit, and drawn ones beyond it, against the binomial distribution."""

import numpy as np
import pytest
from scipy.stats import binom

from disentangle_metrics.kernels.resampling.permutation_tests import flipped_p, flips


@pytest.mark.parametrize(
    ("n", "most", "exact"), [(3, 7, False), (3, 8, True), (3, 9, True), (4, 15, False), (1, 2, True)]
)
def test_all_signs_are_tried_if_there_are_no_more_than_the_most(n, most, exact):
    signs, every = flips(n, most, np.random.default_rng(0))
    _, tried, all_tried = flipped_p(np.arange(1.0, n + 1)[:, None], most, np.random.default_rng(0))
    assert (every, all_tried) == (exact, exact)
    assert len(signs) == tried == (2**n if exact else most)
    if exact:
        assert len(np.unique(signs, axis=0)) == 2**n


@pytest.mark.parametrize("n", [20, 63, 64, 500])
def test_drawn_signs_have_the_p_value_of_the_binomial_distribution(n):
    # differences of equal size: their sum says how many are positive
    positive = n // 2 + int(np.sqrt(n) / 2)
    differences = np.where(np.arange(n) < positive, 1.0, -1.0)[:, None]
    p, tried, exact = flipped_p(differences, 20_000, np.random.default_rng(1))
    lead = 2 * positive - n
    among = np.arange(n + 1)
    expected = binom.pmf(among[np.abs(2 * among - n) >= lead], n, 0.5).sum()
    assert (tried, exact) == (20_000, False)
    assert p[0] == pytest.approx(expected, abs=4 * np.sqrt(0.25 / 20_000))
