"""Scores by chance and their p-values."""

import numpy as np
import pytest
from redrawn import resampled
from scipy.stats import kstest

from disentangle_metrics import evaluate, mig, sap
from disentangle_metrics.uncertainty.chance import p_value


def test_independent_latents_have_uniform_p_values():
    found = []
    for seed in range(150):
        rng = np.random.default_rng(seed)
        z, v = rng.normal(size=(80, 3)), rng.integers(3, size=(80, 2))
        null = evaluate(z, v, "mig", chance=True, n_permutations=99, random_state=seed)["mig"].null
        found.append(null.p_value)
    assert kstest(found, "uniform").pvalue > 0.05


def test_what_differs_in_rounding_alone_reaches_the_observed_value():
    assert p_value(np.array([0.3, 0.0]), np.array(0.1 + 0.2)) == 2 / 3


def test_a_p_value_is_never_0():
    assert p_value(np.zeros(99), np.array(1.0)) == 0.01
    assert p_value(np.ones(99), np.array(1.0)) == 1.0


def test_chance_by_counts_is_chance_by_scores(data):
    rng = np.random.default_rng(42)
    score = evaluate(data, metrics="mig", chance=True, n_permutations=5)["mig"]
    by_hand = [mig(data.latents, data.factors[rng.permutation(600)]) for _ in range(5)]
    np.testing.assert_allclose(score.null.matrix, np.mean([s.matrix for s in by_hand], axis=0), atol=1e-12)
    assert score.chance == pytest.approx(np.mean(by_hand), abs=1e-12)


def test_the_matrix_by_chance_is_near_what_is_expected(data):
    null = evaluate(data, metrics="mig", chance=True)["mig"].null
    expected = mig(data).matrix * 0
    expected += resampled(data, "mig")[1].independent.plain
    np.testing.assert_allclose(null.matrix, expected, rtol=0.05)


def test_chance_of_sap_fits_the_probes_anew(data):
    score = evaluate(data, metrics="sap", chance=True, n_permutations=3)["sap"]
    rng = np.random.default_rng(42)
    by_hand = [sap(data.latents[rng.permutation(600)], data.factors) for _ in range(3)]
    assert (score.null.method, score.chance) == ("refitted", pytest.approx(np.mean(by_hand)))
    assert score.null.p_value == 0.25
