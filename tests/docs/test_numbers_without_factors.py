"""Figures in the text of the pages of metrics without factors."""

import numpy as np
from pages import wrong

from disentangle_metrics import evaluate, pairwise_information, total_correlation, wasserstein_correlation
from disentangle_metrics.reductions.dependence import of_independent

TC, W, MI = (
    f"docs/metrics/{name}.md" for name in ("total_correlation", "wasserstein_correlation", "pairwise_information")
)


def test_noise_by_moments():
    expected = of_independent(10_000, 10), of_independent(500, 10)
    assert not wrong(TC, "{} for 10 latents in 10,000 rows, {} in 500.", *expected)
    assert not wrong(W, "{} for 10 latents in 10,000 rows, {} in 500.", *expected)
    noise = np.random.default_rng(0).normal(size=(10_000, 10))
    for metric in (total_correlation, wasserstein_correlation):
        assert abs(metric(noise) - expected[0]) < 5e-4


def test_noise_by_bins():
    rng = np.random.default_rng(0)
    noise = [rng.normal(size=(n, 10)) for n in (10_000, 2_000, 500)]
    sentence = "normal latents {} in 10,000 rows, {} in 2,000 and {} in 500"
    assert not wrong(MI, sentence, *(pairwise_information(z) for z in noise))
    assert not wrong(MI, "takes most of it off ({}, {}, {})", *(pairwise_information(z, entropy="nsb") for z in noise))


def test_a_rotation():
    v = np.random.default_rng(0).integers(4, size=(10_000, 5))
    turned = v @ np.linalg.qr(np.random.default_rng(0).normal(size=(5, 5)))[0]
    assert not wrong(
        MI, "five factors of four values 0, mixtures of them {} in 10,000 rows", pairwise_information(turned)
    )
    assert pairwise_information(v) < 0.001


def test_the_examples(example):
    z = example.latents
    assert not wrong(W, "On the example latents {} and .005", wasserstein_correlation(z))
    assert abs(wasserstein_correlation(z, standardize=False) - 0.005) < 5e-4
    assert not wrong(MI, "On the example latents {} and .019", pairwise_information(z))


def test_the_examples_by_the_protocol(example):
    names = ["total_correlation", "wasserstein_correlation", "pairwise_information"]
    report = evaluate(example.latents, metrics=names, protocol="locatello2019")
    assert not wrong(
        "docs/protocols.md", "with 0 for constant latents: {}, {} and {} on the example.", *report.values()
    )
