"""Log densities of aggregate posteriors, from one row at a time with scipy, and compiled against numpy."""

import numpy as np
import pytest
from scipy.special import logsumexp
from scipy.stats import norm

from disentangle_metrics import config
from disentangle_metrics.kernels.counting.merged_factors import Factor
from disentangle_metrics.kernels.information import posterior
from disentangle_metrics.kernels.information.posterior import entropies, log_densities

both_backends = pytest.mark.parametrize("backend", ["numpy", "fast"])


@pytest.fixture
def mixture():
    """600 posteriors of very unequal widths, some far from 0, under two factors of unequal frequencies."""
    rng = np.random.default_rng(0)
    codes = np.stack([rng.integers(5, size=600), rng.binomial(3, 0.2, size=600)], axis=1)
    mean = rng.normal(size=600) + 1000 * codes[:, 1]
    logvar = rng.uniform(-20, 3, size=600)
    rows = rng.permutation(600)[:70]
    points = mean[rows] + np.exp(logvar[rows] / 2) * rng.normal(size=70)
    return points, rows, mean, logvar, codes


def by_hand(points, rows, mean, logvar, codes):
    """log q(z) and log q(z | v_k) from the definition, a point at a time."""
    found = np.empty((1 + codes.shape[1], len(points)))
    for s, (z, row) in enumerate(zip(points, rows, strict=True)):
        log_density = norm.logpdf(z, mean, np.exp(logvar / 2))
        found[0, s] = logsumexp(log_density) - np.log(len(mean))
        for k, column in enumerate(codes.T):
            same = column == column[row]
            found[1 + k, s] = logsumexp(log_density[same]) - np.log(same.sum())
    return found


@both_backends
@pytest.mark.parametrize("threads", [1, 3])
def test_log_densities_are_those_of_the_definition(mixture, backend, threads):
    points, rows, mean, logvar, codes = mixture
    with config.using(backend=backend, threads=threads):
        found = log_densities(points, codes[rows], mean, logvar, codes, [np.bincount(c) for c in codes.T])
    np.testing.assert_allclose(found, by_hand(*mixture), rtol=0, atol=1e-11)


@both_backends
def test_densities_at_the_limits_neither_overflow_nor_vanish(backend):
    logvar = np.array([-posterior.MAX_LOGVAR, posterior.MAX_LOGVAR])
    deviation = np.exp(logvar / 2)
    codes, points = np.array([[0], [1]]), posterior.MAX_DISTANCE * deviation
    with config.using(backend=backend):
        found = log_densities(points, codes, np.zeros(2), logvar, codes, [np.ones(2, np.int64)])
    np.testing.assert_allclose(found[1], norm.logpdf(25.0) - logvar / 2, rtol=1e-13)
    np.testing.assert_allclose(found[0, 1], found[1, 1] - np.log(2), rtol=1e-13)


@both_backends
def test_entropies_are_means_over_every_block_of_samples(mixture, backend, monkeypatch):
    points, rows, mean, logvar, codes = mixture
    monkeypatch.setattr(posterior, "_POINTS", 32)
    factors = [Factor(column, np.bincount(column)) for column in codes.T]
    both = [np.stack([x, -x], axis=1) for x in (points, mean)]
    steps = []
    with config.using(backend=backend):
        found = entropies(
            both[0], rows, both[1], np.stack([logvar, logvar], axis=1), factors, lambda *step: steps.append(step)
        )
    expected = -by_hand(*mixture).mean(axis=1)
    np.testing.assert_allclose(found.latent, expected[[0, 0]], atol=1e-11)
    np.testing.assert_allclose(found.given, [expected[1:], expected[1:]], atol=1e-11)
    assert steps == [(i, 6) for i in range(1, 7)]


def test_the_compiled_exponential_is_that_of_numpy():
    from disentangle_metrics.kernels.fast.exponential import exp_below_zero

    x = np.concatenate([np.linspace(-700, 0, 20_001), [-1e-300, -1e-17, -700.0]])
    np.testing.assert_allclose([exp_below_zero(value) for value in x], np.exp(x), rtol=5e-16)
    assert 0 < exp_below_zero(-np.inf) < 1e-303
