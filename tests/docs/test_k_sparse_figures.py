"""Figures of the page of k_sparse that a quick computation makes."""

import numpy as np
import pytest
from pages import as_number, half_a_digit, row_of

from disentangle_metrics import k_sparse

PAGE = "docs/metrics/k_sparse.md"
SIZES = (3, 6, 40, 32, 32)


@pytest.fixture(scope="module")
def of_dsprites_sizes():
    return np.random.default_rng(0).integers(SIZES, size=(10_000, 5))


def shown(first):
    return row_of(PAGE, first)[:4]


def test_the_table_of_noise_and_perfect_codes(of_dsprites_sizes, example):
    factors = of_dsprites_sizes
    hot = np.concatenate([np.eye(size)[column] for size, column in zip(SIZES, factors.T, strict=True)], axis=1)
    noise = np.random.default_rng(1).normal(size=(10_000, 10))
    rows = {
        "noise (10 latents)": (noise, factors, 0.012),
        "a latent for each class": (hot, factors, 0.0),
        "the factors themselves, a latent for each factor": (factors, factors, 0.0),
        "a small beta-VAE": (example.latents, example.factors, 0.0),
    }
    for first, (latents, labels, off) in rows.items():
        means = k_sparse(latents, labels)["k_sparse.accuracy"].matrix.mean(axis=1)
        for text, value in zip(shown(first), means, strict=True):
            assert abs(as_number(text) - value) <= max(half_a_digit(text), off), (first, text, value)
