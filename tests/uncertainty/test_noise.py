"""Intervals of latents that know nothing, many of which compete to be the best by luck: they reach 0."""

import numpy as np
import pytest

from benchmarks.populations import single
from disentangle_metrics import evaluate, mig
from disentangle_metrics.uncertainty.replicates import recipe_of

pytestmark = pytest.mark.filterwarnings("ignore::disentangle_metrics.BiasWarning")


def interval(population, n, seed, n_boot=20, **options):
    z, v = population.draw(n, np.random.default_rng([seed, n]))
    score = evaluate(z, v, "mig", options={"mig": options}, factor_kinds="categorical", confidence=0.95, n_boot=n_boot)[
        "mig"
    ]
    return score, score.interval


def noise(n_values, n_latents):
    return single(n_values, *[0.0] * n_latents)


@pytest.mark.parametrize(("n", "n_values", "n_latents"), [(300, 50, 10), (500, 100, 10), (200, 4, 64), (500, 10, 64)])
def test_noise_reaches_0_however_many_classes_and_latents_there_are(n, n_values, n_latents):
    low = [interval(noise(n_values, n_latents), n, seed)[1].low for seed in range(6)]
    assert np.count_nonzero(low) <= 1


@pytest.mark.parametrize("normalizer", ["latent", "log-cardinality", "none", "correlation"])
def test_noise_reaches_0_by_every_normalizer(normalizer):
    low = [interval(noise(50, 10), 300, seed, normalizer=normalizer)[1].low for seed in range(6)]
    assert np.count_nonzero(low) <= 1


def test_noise_is_not_corrected_upwards():
    for seed in range(6):
        score, inside = interval(noise(50, 10), 300, seed)
        if inside.low == 0:
            assert inside.center <= score + 1e-12


def test_many_latents_that_know_equally_little_reach_0():
    low = [interval(single(10, *[0.3] * 64), 500, seed)[1].low for seed in range(6)]
    assert np.count_nonzero(low) == 0


def test_one_latent_that_knows_much_beside_many_of_noise_does_not_reach_0():
    population = single(10, 2.0, *[0.0] * 63)
    for seed in range(4):
        score, inside = interval(population, 500, seed)
        truth = 0.2045
        assert score < inside.low < truth < inside.high


def test_a_second_best_that_hides_among_noise_keeps_the_interval_at_0():
    # the best knows as little as the second, so that neither leads
    population = single(10, 0.5, 0.5, *[0.0] * 62)
    assert [interval(population, 500, seed)[1].low for seed in range(4)] == [0.0] * 4


def test_gaps_that_are_scored_on_halves_reach_0_for_noise():
    low = [interval(noise(4, 16), 120, seed, estimator="ksg")[1] for seed in range(3)]
    assert {inside.method for inside in low} == {"half-samples"}
    assert np.count_nonzero([inside.low for inside in low]) <= 1


def test_gaps_that_are_scored_on_halves_and_are_larger_than_those_of_noise_do_not_reach_0():
    assert interval(single(4, 2.0, *[0.0] * 5), 120, 0, estimator="ksg")[1].low > 0.05


# Too few rows


def test_fewer_than_five_rows_for_each_value_have_no_interval_and_the_reason():
    rng = np.random.default_rng(0)
    v, z = np.arange(300)[:, None], rng.normal(size=(300, 10))
    score = evaluate(z, v, "mig", factor_kinds="categorical", confidence=0.95, n_boot=20)["mig"]
    assert score.interval is None
    assert score == mig(z, v, factor_kinds="categorical")
    assert "confidence" not in score.settings
    [note] = [note for note in score.notes if note.startswith("no interval")]
    assert "'v0' has 300 values in 300 rows" in note
    assert "fewer than 5 rows for each value" in note


@pytest.mark.parametrize(("n", "has_one"), [(49, False), (50, True)])
def test_five_rows_for_each_value_are_enough(n, has_one):
    v = np.arange(n)[:, None] % 10
    z = np.random.default_rng(0).normal(size=(n, 3))
    assert (evaluate(z, v, "mig", confidence=0.95, n_boot=20)["mig"].interval is not None) is has_one


@pytest.mark.parametrize("advice", ["more rows", "joined values", "left out"])
def test_the_advice_on_too_few_rows_works(advice):
    rng = np.random.default_rng(0)
    n = 100
    v = np.column_stack([np.arange(n) % 40, rng.integers(3, size=n)])
    z = v + rng.normal(size=v.shape)
    assert evaluate(z, v, "mig", confidence=0.95, n_boot=20)["mig"].interval is None
    if advice == "more rows":
        z, v = np.vstack([z, z + 0.1]), np.vstack([v, v])
    elif advice == "joined values":
        v[:, 0] //= 2
    else:
        v = v[:, 1:]
    assert evaluate(z, v, "mig", confidence=0.95, n_boot=20)["mig"].interval is not None


def test_rows_without_a_label_are_not_counted():
    v = np.where(np.arange(100) < 50, np.nan, np.arange(100) % 10)[:, None]
    z = np.random.default_rng(0).normal(size=(100, 3))
    assert evaluate(z, v, "mig", confidence=0.95, n_boot=20)["mig"].interval is not None
    v[99] = np.nan
    assert evaluate(z, v, "mig", confidence=0.95, n_boot=20)["mig"].interval is None


# What is known of noise


def test_what_extrapolated_information_shows_of_noise_is_the_mean_over_orders():
    rng = np.random.default_rng(0)
    z, v = rng.integers(5, size=(120, 3)), rng.integers(6, size=(120, 1))
    z[:, 2] = 1
    options = {"discretizer": "unique", "entropy": "extrapolated", "factor_kinds": "categorical"}
    score = mig(z, v, **options)
    counts = recipe_of(score).statistic().resampled()
    by_orders = np.mean([mig(z, v[rng.permutation(120)], **options).matrix for _ in range(60)], axis=0)
    np.testing.assert_allclose(counts.independent.extrapolated, by_orders, atol=0.015)
    assert counts.independent.extrapolated[2, 0] == counts.independent.plain[2, 0] == 0.0
