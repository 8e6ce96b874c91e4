"""Dependence by second moments: closed forms, slow oracles, and the ends where correlations are singular."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.linalg import sqrtm

from disentangle_metrics.kernels.linear.moments import Moments
from disentangle_metrics.reductions.dependence import of_independent, total_correlation, wasserstein


def of(covariance, exponents=None):
    covariance = np.array(covariance, dtype=float)
    return Moments(covariance, np.zeros(len(covariance), dtype=int) if exponents is None else np.array(exponents))


def drawn_covariance(seed, d=4):
    root = np.random.default_rng(seed).normal(size=(d, d + 2))
    return root @ root.T


@pytest.mark.parametrize("rho", [-0.9, -0.2, 0.0, 0.3, 0.6, 0.999])
def test_two_latents_have_a_closed_form(rho):
    pair = of([[1, rho], [rho, 1]])
    assert total_correlation(pair)[0] == pytest.approx(-np.log(1 - rho**2) / 2, abs=1e-13)
    w = 4 - 2 * (np.sqrt(1 + rho) + np.sqrt(1 - rho))
    for standardize in (True, False):
        assert wasserstein(pair, standardize, "none")[0] == pytest.approx(w, abs=1e-14)
        assert wasserstein(pair, standardize, "trace")[0] == pytest.approx(w / 2, abs=1e-14)


@given(seed=st.integers(0, 999))
def test_any_covariance_is_that_of_a_slow_oracle(seed):
    covariance = drawn_covariance(seed)
    sizes = np.diagonal(covariance)
    nats = (np.log(sizes).sum() - np.linalg.slogdet(covariance)[1]) / 2
    assert total_correlation(of(covariance))[0] == pytest.approx(nats, rel=1e-9)
    slow = 2 * np.trace(covariance) - 2 * np.trace(np.real(sqrtm(covariance @ np.diag(sizes))))
    assert wasserstein(of(covariance), False, "none")[0] == pytest.approx(slow, rel=1e-7)
    correlation = covariance / np.sqrt(np.outer(sizes, sizes))
    slow = 2 * 4 - 2 * np.trace(np.real(sqrtm(correlation)))
    assert wasserstein(of(covariance), True, "none")[0] == pytest.approx(slow, rel=1e-7)


@given(seed=st.integers(0, 999), exponents=st.lists(st.integers(-40, 40), min_size=4, max_size=4))
def test_units_of_latents_matter_to_the_published_distance_alone(seed, exponents):
    covariance = drawn_covariance(seed)
    whole = np.ldexp(covariance, np.add.outer(exponents, exponents))
    moved = of(covariance, exponents)
    assert total_correlation(moved) == total_correlation(of(covariance))
    assert wasserstein(moved, True, "none") == wasserstein(of(covariance), True, "none")
    assert wasserstein(moved, False, "none")[0] == pytest.approx(wasserstein(of(whole), False, "none")[0], rel=1e-6)


def test_copies_are_infinitely_far_by_information_and_not_by_distance():
    copies = of(np.ones((3, 3)))
    assert total_correlation(copies)[0] == np.inf
    assert wasserstein(copies, True, "none")[0] == pytest.approx(2 * 3 - 2 * np.sqrt(3))
    assert wasserstein(copies, True, "trace")[0] == pytest.approx(2 - 2 / np.sqrt(3))


@pytest.mark.parametrize(("less", "endless"), [(1e-13, True), (1e-10, False)])
def test_correlations_count_as_singular_from_a_trillion_on(less, endless):
    found = total_correlation(of([[1, 1 - less], [1 - less, 1]]))[0]
    assert np.isinf(found) == endless


def test_draws_are_reduced_one_by_one():
    many = np.stack([drawn_covariance(0), np.eye(4), np.ones((4, 4))])
    found = total_correlation(Moments(many, np.zeros(4, dtype=int)))
    assert found[:, 0].tolist() == [total_correlation(of(one))[0] for one in many]
    for standardize in (True, False):
        found = wasserstein(Moments(many, np.zeros(4, dtype=int)), standardize, "trace")
        np.testing.assert_allclose(found[:, 0], [wasserstein(of(m), standardize, "trace")[0] for m in many], atol=1e-12)


def test_a_share_of_the_variance_is_the_same_in_any_unit():
    covariance = drawn_covariance(1)
    for size in (1e-12, 1.0, 1e12):
        share = wasserstein(of(size * covariance), False, "trace")[0]
        assert share == pytest.approx(wasserstein(of(covariance), False, "trace")[0], rel=1e-9)
    assert wasserstein(of(np.zeros((2, 2))), False, "trace").tolist() == [0.0]  # as of a draw of equal rows


def test_one_latent_depends_on_nothing():
    for covariance in (np.ones((1, 1)), np.ones((0, 0))):
        assert total_correlation(of(covariance)).tolist() == [0.0]
        assert wasserstein(of(covariance), True, "none").tolist() == [0.0]


@pytest.mark.parametrize(("n", "d"), [(50, 3), (200, 5), (30, 10), (6, 5)])
def test_the_score_of_independent_latents_is_that_of_many_samples(n, d):
    rng = np.random.default_rng(0)
    found = [total_correlation(of(np.cov(rng.normal(size=(n, d)).T)))[0] for _ in range(2000)]
    assert of_independent(n, d) == pytest.approx(np.mean(found), abs=4 * np.std(found) / np.sqrt(2000))


def test_the_score_of_independent_latents_in_many_rows_is_d_d_less_1_over_4n():
    assert of_independent(100_000, 10) == pytest.approx(10 * 9 / 4e5, rel=1e-3)
    assert of_independent(10, 10) == of_independent(5, 10) == np.inf
