"""The law of scores against numbers of rows: weighted least squares and chi-squared by their textbook equations."""

import numpy as np
import pytest
from scipy.stats import chi2

from disentangle_metrics.analysis.sample_size.fit import fit_law, spreads

N = np.array([100.0, 200.0, 400.0, 800.0])
SCORES = np.array([20, 20, 20, 5])


def textbook(n, mean, variance, n_scores):
    """Limit and slope, their covariance, chi-squared with its degrees of freedom and sigma^2 of the rows."""
    tau = variance[-1] * n[-1]
    sigma = (variance[:-1] - tau / n[:-1]) / (1 / n[:-1] - 1 / n[-1])
    pooled = sigma[len(sigma) // 2 :].mean()
    smooth = tau / n + pooled * (1 / n - 1 / n[-1])
    x, w = np.stack([np.ones_like(n), 1 / n], axis=1), n_scores / smooth
    inverse = np.linalg.inv(x.T @ (w[:, None] * x))
    solve = inverse @ (x.T * w)
    limit, slope = solve @ mean
    covariance = solve @ np.diag(variance / n_scores) @ solve.T
    square = np.sum((mean - limit - slope / n) ** 2 / (np.maximum(variance, smooth) / n_scores))
    return limit, slope, covariance, square * (n_scores[0] - 3) / (n_scores[0] - 1), len(n) - 2, pooled


@pytest.mark.parametrize("bend", [0.0, 0.003, 0.3])
@pytest.mark.parametrize("split", [0.5, 2.0])
def test_the_fit_is_weighted_least_squares_with_the_errors_of_the_textbook(bend, split):
    rng = np.random.default_rng(0)
    variance = (3 * (1 / N - 1 / N[-1]) + split / N) * rng.uniform(0.9, 1.1, size=4)
    mean = 0.4 - 8 / N + 0.003 * rng.normal(size=4) + bend * np.cos(np.arange(4) * 2)
    fit = fit_law(N, mean, variance, SCORES)
    some = fit.first <= N
    limit, slope, covariance, square, degrees, pooled = textbook(N[some], mean[some], variance[some], SCORES[some])
    assert (fit.limit, fit.slope) == (pytest.approx(limit), pytest.approx(slope))
    assert fit.misfit == pytest.approx(chi2.sf(square, degrees), rel=1e-6)
    assert fit.holds == (fit.misfit >= 0.01) == (bend < 0.3)
    wider = 1.0 if fit.holds else square / degrees
    assert fit.slope_error == pytest.approx(np.sqrt(wider * covariance[1, 1]))
    assert fit.limit_error == pytest.approx(np.sqrt(wider * covariance[0, 0] + pooled / N[-1]))


def test_a_spread_is_that_of_rows_drawn_anew_from_all_there_could_be():
    # sigma^2 (1/n - 1/N) among these rows, sigma^2 / N that these rows are a sample, and tau^2 / n of the split
    sigma, tau = np.array([2.0, 3.0, 5.0]), 0.7
    variance = np.append(sigma * (1 / N[:-1] - 1 / N[-1]), 0.0) + tau / N
    found = spreads(N, variance)
    np.testing.assert_allclose(found[:-1], np.sqrt((sigma + tau) / N[:-1]), rtol=1e-12)
    assert found[-1] == pytest.approx(np.sqrt((4.0 + tau) / N[-1]))  # of the larger half of the sizes


def test_scores_that_vary_less_than_splits_alone_vary_by_those_alone():
    variance = np.array([0.001, 0.001, 0.001, 0.01])
    np.testing.assert_allclose(spreads(N, variance), np.sqrt(variance))


def test_the_law_goes_through_the_score_of_all_rows_where_nothing_is_split():
    variance = np.append(3 * (1 / N[:-1] - 1 / N[-1]), 0.0)
    fit = fit_law(N, np.array([0.30, 0.34, 0.37, 0.39]), variance, np.array([20, 20, 20, 1]))
    assert fit.limit + fit.bias(800) == pytest.approx(0.39, abs=1e-6)
    assert fit.limit_error > np.sqrt(3 / 800)


def test_means_that_never_vary_are_weighed_as_variances_that_fall_with_the_rows():
    mean = np.array([0.30, 0.36, 0.37, 0.39])
    fit = fit_law(N[1:], mean[1:], np.zeros(3), np.array([20, 20, 1]))
    x, w = np.stack([np.ones(3), 1 / N[1:]], axis=1), np.array([20 * 200, 20 * 400, 1 * 800])
    limit, slope = np.linalg.solve(x.T @ (w[:, None] * x), x.T @ (w * mean[1:]))
    assert (fit.limit, fit.slope) == (pytest.approx(limit), pytest.approx(slope))
