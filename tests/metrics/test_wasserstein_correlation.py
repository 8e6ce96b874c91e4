"""Wasserstein correlation: closed forms, units and bounds."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from disentangle_metrics import OptionError, Posterior, evaluate, wasserstein_correlation


def normal(rho, n=1000, d=2, seed=0):
    correlation = np.full((d, d), rho) + (1 - rho) * np.eye(d)
    return np.random.default_rng(seed).multivariate_normal(np.zeros(d), correlation, size=n)


@pytest.mark.parametrize("rho", [-0.7, 0.0, 0.4, 0.9])
def test_many_rows_come_to_the_closed_form(rho):
    expected = 4 - 2 * (np.sqrt(1 + rho) + np.sqrt(1 - rho))
    assert wasserstein_correlation(normal(rho, 40_000)) == pytest.approx(expected, abs=0.01)


def test_copies_have_a_finite_score():
    z = normal(0, d=1)
    for d in (2, 3, 7):
        copies = np.tile(z, d) * np.arange(1, d + 1)
        assert wasserstein_correlation(copies) == pytest.approx(2 * d - 2 * np.sqrt(d), abs=1e-7)
        assert wasserstein_correlation(copies, normalizer="trace") == pytest.approx(2 - 2 / np.sqrt(d), abs=1e-7)


@given(st.integers(0, 999), st.sampled_from([1e-3, 1.0, 40.0]))
def test_the_published_form_has_the_squared_unit_of_the_latents(seed, unit):
    z = np.random.default_rng(seed).normal(size=(40, 3)) @ np.random.default_rng(seed + 1).normal(size=(3, 3))
    plain, moved = (wasserstein_correlation(x, standardize=False) for x in (z, unit * z))
    assert moved == pytest.approx(unit**2 * plain, rel=1e-9)
    assert wasserstein_correlation(unit * z) == pytest.approx(float(wasserstein_correlation(z)), rel=1e-9)
    for standardize in (True, False):
        share = wasserstein_correlation(z, standardize=standardize, normalizer="trace")
        assert 0 <= share <= 2


def test_standardized_latents_score_the_same_by_both_forms():
    z = normal(0.5, d=4)
    z = (z - z.mean(axis=0)) / z.std(axis=0, ddof=1)
    published = wasserstein_correlation(z, standardize=False)
    assert wasserstein_correlation(z) == pytest.approx(float(published), rel=1e-12)


def test_the_matrix_has_what_the_score_is_made_of():
    z = normal(0.5, d=3) * [1, 10, 0.1]
    np.testing.assert_allclose(wasserstein_correlation(z).matrix, np.corrcoef(z.T), atol=1e-12)
    np.testing.assert_allclose(wasserstein_correlation(z, standardize=False).matrix, np.cov(z.T), rtol=1e-10)


@pytest.mark.parametrize("size", [1e-170, 1e170])
def test_latents_at_the_ends_of_float64_are_scored(size):
    z = normal(0.5, d=3)
    expected = float(wasserstein_correlation(z, normalizer="trace", standardize=False))
    found = wasserstein_correlation(z * size, normalizer="trace", standardize=False)
    assert found == pytest.approx(expected, rel=1e-9)
    assert wasserstein_correlation(z * size) == pytest.approx(float(wasserstein_correlation(z)), rel=1e-9)


def test_constant_latents_take_no_part_and_one_alone_has_no_score():
    z = normal(0.5, d=3)
    for options in ({}, {"standardize": False}, {"normalizer": "trace"}):
        alone = wasserstein_correlation(z, **options)
        assert wasserstein_correlation(np.c_[z, np.ones(1000)], **options) == pytest.approx(float(alone), rel=1e-12)
        lone = wasserstein_correlation(np.c_[z[:, 0], np.ones(1000)], **options)
        assert lone == 0
        assert any("fewer than two latents vary" in note for note in lone.notes)


def test_samples_of_the_posterior_are_told_apart_from_means():
    z = normal(0.8, 4000, d=3)
    logvar = np.broadcast_to([-1.0, 0.0, 1.0], z.shape)
    samples = z + np.exp(logvar / 2) * np.random.default_rng(1).normal(size=z.shape)
    for options in ({}, {"standardize": False}, {"normalizer": "trace"}):
        notes = wasserstein_correlation(Posterior(z, logvar, np.arange(4000) % 3), **options).notes
        told = [float(note.rsplit(" ", 1)[1]) for note in notes if "samples from it would score" in note]
        assert told == [pytest.approx(float(wasserstein_correlation(samples, **options)), abs=0.05)]


def test_few_rows_are_told():
    notes = wasserstein_correlation(normal(0, 100, d=6)).notes
    assert any("few rows: independent normal latents would score about" in note for note in notes)
    assert not wasserstein_correlation(normal(0.5, 500, d=6)).notes


def test_draws_and_orders_are_computed_without_a_new_measurement():
    score = evaluate(normal(0.5, 500), metrics="wasserstein_correlation", confidence=0.95, chance=True)[
        "wasserstein_correlation"
    ]
    assert (score.interval.method, score.null.method) == ("bootstrap", "recounted")
    assert score.interval.low < 4 - 2 * (np.sqrt(1.5) + np.sqrt(0.5)) < score.interval.high


def test_options_are_checked():
    with pytest.raises(OptionError, match="normalizer"):
        wasserstein_correlation(np.eye(4), normalizer="det")
