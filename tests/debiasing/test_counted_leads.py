"""Intervals of a score that subtracts the information of the second latent."""

import numpy as np
import pytest

from disentangle_metrics import Edges, evaluate, jemmig


def test_of_two_equal_latents_the_interval_holds_the_score_without_a_lead():
    held = 0
    for seed in range(6):
        rng = np.random.default_rng(seed)
        v = rng.integers(6, size=(1_000, 1))
        z = v + 1.5 * rng.normal(size=(1_000, 2))
        many, more = rng.integers(6, size=(200_000, 1)), rng.normal(size=(200_000, 2))
        edges = tuple(map(tuple, np.linspace(z.min(axis=0), z.max(axis=0), 21).T))
        whole = jemmig(many + 1.5 * more, many, discretizer=Edges(edges))
        found = evaluate(z, v, "jemmig", confidence=0.95, n_boot=100)["jemmig"].interval
        held += found.low <= whole <= found.high
    assert held >= 5


def test_an_exact_code_has_an_interval_at_1():
    v = np.random.default_rng(0).integers(5, size=(500, 2))
    found = evaluate(v, v, "jemmig", confidence=0.95, n_boot=100, options={"jemmig": {"discretizer": "unique"}})
    assert found["jemmig"].interval.low == pytest.approx(1.0, abs=0.02)


def test_one_latent_has_no_second():
    rng = np.random.default_rng(1)
    v = rng.integers(4, size=(400, 1))
    score = evaluate(v + 0.3 * rng.normal(size=v.shape), v, "jemmig", confidence=0.95, n_boot=100)["jemmig"]
    assert score.interval.low < score.interval.high
