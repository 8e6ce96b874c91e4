"""Intervals of gaps that are divided by what one factor leaves of another."""

import numpy as np
import pytest

from disentangle_metrics import evaluate

METRICS = ["dmig", "xmig", "dlig"]
ROWS = 400


def interval(metric, latents, factors):
    score = evaluate(latents, factors, metric, confidence=0.95, n_boot=200)[metric]
    return score, score.interval


def dependent(seed, n=ROWS):
    """Return two factors of four values, half of whose rows agree."""
    rng = np.random.default_rng(seed)
    first = rng.integers(4, size=n)
    return np.stack([first, np.where(rng.random(n) < 0.5, first, rng.integers(4, size=n))], axis=1), rng


@pytest.mark.parametrize("metric", METRICS)
def test_an_exact_code_has_an_interval_at_1(metric):
    v, _ = dependent(0)
    _, found = interval(metric, v, v)
    assert found.low == pytest.approx(1.0, abs=1e-4)
    assert found.high == pytest.approx(1.0, abs=1e-4)


@pytest.mark.parametrize("metric", METRICS)
def test_the_interval_of_noise_reaches_0(metric):
    v, rng = dependent(1)
    score, found = interval(metric, rng.normal(size=(ROWS, 5)), v)
    assert found.low == 0.0
    assert found.middle < float(score) or found.middle < 0.02


@pytest.mark.parametrize("metric", ["dmig", "xmig"])
def test_the_interval_of_equal_latents_reaches_0(metric):
    v, rng = dependent(2)
    z = np.hstack([v + rng.normal(size=v.shape), v + rng.normal(size=v.shape)])
    _, found = interval(metric, z, v)
    assert found.low < 0.01


@pytest.mark.parametrize("metric", METRICS)
def test_the_interval_holds_the_score_of_many_rows(metric):
    v, rng = dependent(3)
    z = np.hstack([v + 0.5 * rng.normal(size=v.shape), rng.normal(size=(ROWS, 1))])
    many, more = dependent(4, 100_000)
    whole = evaluate(
        np.hstack([many + 0.5 * more.normal(size=many.shape), more.normal(size=(100_000, 1))]), many, metric
    )
    _, found = interval(metric, z, v)
    assert found.low - 0.03 < whole[metric] < found.high + 0.03
