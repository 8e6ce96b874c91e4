"""What is inactive, and which factors lack values, at the very edge of each rule."""

import numpy as np
import pytest

from disentangle_metrics import sap


def with_latent(z):
    """A factor that the first latent knows, beside a latent to look at."""
    v = np.arange(len(z)) % 2
    return np.column_stack([v, z]), v


@pytest.mark.parametrize(("rule", "silent"), [(0.99, False), (1.0, True), (1.01, True)])
def test_a_latent_of_just_the_variance_that_is_named_is_inactive(rule, silent):
    z = np.array([0.0, *[1.0, -1.0] * 20])  # variance 40 / (41 - 1)
    score = sap(*with_latent(z), inactive=rule)
    assert np.array_equal(score.matrix[1], [0.0]) == silent


def test_the_variance_of_a_latent_is_the_one_over_n_minus_1():
    z = np.array([1.0, -1.0] * 5)
    between = (np.var(z) + np.var(z, ddof=1)) / 2
    assert sap(*with_latent(z), inactive=between, evaluate_on="train").matrix[1, 0] > 0


@pytest.mark.parametrize(("n_values", "noted"), [(4, False), (5, True)])
def test_a_factor_that_is_tested_on_half_its_values_lacks_too_few_to_be_noted(n_values, noted):
    v = np.r_[np.arange(80) % n_values, np.arange(20) % 2]  # in order, the last fifth is tested
    notes = sap(np.random.default_rng(0).normal(size=(100, 2)), v, shuffle=False).notes
    assert any("lack most values" in note for note in notes) == noted
