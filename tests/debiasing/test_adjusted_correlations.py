"""Correlations less what noise would show, against formulas and against noise."""

import numpy as np
import pytest

from disentangle_metrics import Circular, Representation, evaluate
from disentangle_metrics.debiasing.adjusted_correlations import AdjustedCorrelations
from disentangle_metrics.statistics.correlations import Correlations


def adjusted(latents, factors, kinds):
    data = Representation(latents, factors, factor_kinds=kinds)
    statistic = Correlations(data=data, correlation="auto", mapping=None, halves_seed=None)
    return AdjustedCorrelations(statistic.resampled())


def test_numbers_classes_and_angles_are_adjusted_by_their_coefficients():
    rng = np.random.default_rng(0)
    factors = rng.integers(6, size=(100, 3))
    latents = factors + rng.normal(size=(100, 3))
    debiasing = adjusted(latents, factors, ["continuous", "categorical", Circular(period=6)])
    square = debiasing.parts**2
    expected = [r2 - (1 - r2) * m / (99 - m) for r2, m in zip(square, (1, 5, 2), strict=True)]
    np.testing.assert_allclose(debiasing.center(None, None) ** 2, expected)


def test_the_square_is_right_on_average():
    rng = np.random.default_rng(0)
    squares = []
    for _ in range(300):
        v = rng.normal(size=(40, 1))
        z = 0.5 * v + np.sqrt(0.75) * rng.normal(size=(40, 1))
        squares.append(adjusted(z, v, "continuous").center(None, None)[0] ** 2)
    assert np.mean(squares) == pytest.approx(0.25, abs=0.02)


@pytest.mark.parametrize("kind", ["continuous", "categorical"])
def test_noise_may_be_nothing_and_a_latent_of_the_factor_may_not(kind):
    rng = np.random.default_rng(0)
    factors = rng.integers(5, size=(200, 40))
    level = adjusted(rng.normal(size=(200, 40)), factors, kind).level(1.96)
    assert level.mean() > 0.9
    assert not adjusted(factors + rng.normal(size=(200, 40)), factors, kind).level(1.96).any()


def test_intervals_of_noise_reach_0():
    rng = np.random.default_rng(0)
    score = evaluate(
        rng.normal(size=(200, 5)),
        rng.normal(size=(200, 3)),
        "mcc",
        options={"mcc": {"factor_kinds": "continuous"}},
        confidence=0.95,
    )["mcc"]
    assert score.interval.low < 0.02
    assert [low for low, _ in score.interval.per_factor] == [0.0, 0.0, 0.0]
