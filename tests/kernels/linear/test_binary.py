"""Logistic regression of two classes, many problems at once, against scikit-learn at a tight tolerance."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from disentangle_metrics.kernels.linear import binary
from disentangle_metrics.kernels.linear.binary import Planes, fit_binary


def drawn(m, n, p, seed=0, noise=1.0):
    """Return standardized rows (m, p, n) and signs (m, n) that a plane tells apart but for noise."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(m, p, n))
    sign = np.where(x[:, 0] + 0.3 * x[:, -1] + noise * rng.normal(size=(m, n)) > 0, 1.0, -1.0)
    sign[:, 0], sign[:, 1] = 1.0, -1.0
    x = (x - x.mean(axis=2, keepdims=True)) / x.std(axis=2, keepdims=True)
    return x, sign


def sklearn_plane(x, sign, C=1.0, weight=None):
    model = LogisticRegression(C=C, tol=1e-12, max_iter=100_000, solver="lbfgs").fit(x.T, sign, sample_weight=weight)
    return model.coef_[0], model.intercept_[0]


@pytest.mark.parametrize(("m", "n", "p"), [(4, 60, 1), (3, 200, 5), (2, 30, 50), (1, 2, 1)])
@pytest.mark.parametrize("C", [0.01, 1.0, 100.0])
def test_planes_are_those_of_sklearn(m, n, p, C):
    x, sign = drawn(m, n, p)
    planes = fit_binary(x, sign, np.ones((m, n)), np.ones((m, p)), C)
    assert planes.converged
    for i in range(m):
        weights, intercept = sklearn_plane(x[i], sign[i], C)
        np.testing.assert_allclose(planes.weights[i], weights, atol=2e-5 * max(1, C))
        np.testing.assert_allclose(planes.intercept[i], intercept, atol=2e-5 * max(1, C))


def test_rows_without_weight_only_fill_up():
    x, sign = drawn(2, 80, 3)
    weight = np.ones((2, 80))
    weight[1, 50:] = 0.0
    planes = fit_binary(x, sign, weight, np.ones((2, 3)), 1.0)
    alone = fit_binary(x[1:, :, :50], sign[1:, :50], np.ones((1, 50)), np.ones((1, 3)), 1.0)
    np.testing.assert_allclose(planes.weights[1], alone.weights[0], atol=1e-9)
    np.testing.assert_allclose(planes.intercept[1], alone.intercept[0], atol=1e-9)


def test_a_penalty_stands_for_coordinates_in_other_units():
    x, sign = drawn(1, 100, 3)
    scale = np.array([0.1, 1.0, 30.0])
    planes = fit_binary(x, sign, np.ones((1, 100)), 1 / scale[None] ** 2, 1.0)
    weights, intercept = sklearn_plane(x[0] * scale[:, None], sign[0])
    np.testing.assert_allclose(planes.weights[0] / scale, weights, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(planes.intercept[0], intercept, atol=1e-4)


@pytest.mark.parametrize("noise", [0.0, 1.0])
def test_both_ways_to_the_optimum_agree(noise, monkeypatch):
    x, sign = drawn(2, 120, 20, noise=noise)
    call = (x, sign, np.ones((2, 120)), np.ones((2, 20)), 1.0)
    by_newton = fit_binary(*call)
    monkeypatch.setattr(binary, "_FEW", 5)
    by_gradients = fit_binary(*call)
    assert by_gradients.converged
    np.testing.assert_allclose(by_gradients.heights(x), by_newton.heights(x), atol=1e-4)


def test_more_coordinates_than_rows():
    x, sign = drawn(1, 40, 300)
    planes = fit_binary(x, sign, np.ones((1, 40)), np.ones((1, 300)), 1.0)
    weights, intercept = sklearn_plane(x[0], sign[0])
    np.testing.assert_allclose(planes.heights(x)[0], weights @ x[0] + intercept, atol=1e-4)


def test_rows_that_a_plane_separates_have_an_optimum_because_of_the_penalty():
    x = np.array([[[-1.0, -1.0, 1.0, 1.0]]])
    sign = np.sign(x[:, 0])
    planes = fit_binary(x, sign, np.ones((1, 4)), np.ones((1, 1)), 1.0)
    assert planes.converged
    w = planes.weights[0, 0]
    assert w == pytest.approx(4 / (1 + np.exp(w)), abs=1e-9)  # the gradient is 0
    assert planes.intercept[0] == pytest.approx(0, abs=1e-9)


def test_a_start_changes_no_optimum():
    x, sign = drawn(3, 90, 4)
    ones = np.ones((3, 90))
    few = fit_binary(x[:, :2], sign, ones, np.ones((3, 2)), 1.0)
    warm = fit_binary(x, sign, ones, np.ones((3, 4)), 1.0, few)
    cold = fit_binary(x, sign, ones, np.ones((3, 4)), 1.0)
    np.testing.assert_allclose(warm.weights, cold.weights, atol=1e-8)
    np.testing.assert_allclose(warm.intercept, cold.intercept, atol=1e-8)


def test_a_fit_that_is_cut_short_says_so(monkeypatch):
    x, sign = drawn(1, 50, 2)
    monkeypatch.setattr(binary, "_MAX_STEPS", 1)
    assert not fit_binary(x, sign, np.ones((1, 50)), np.ones((1, 2)), 1.0).converged


def test_a_step_that_goes_too_far_is_shortened():
    """Far from the optimum the loss is nearly straight, so a full Newton step leads beyond the lowest point."""
    x, sign = drawn(1, 60, 2)
    ones = np.ones((1, 60))
    far = Planes(np.array([[40.0, -30.0]]), np.array([5.0]), True)
    planes = fit_binary(x, sign, ones, np.ones((1, 2)), 10.0, far)
    near = fit_binary(x, sign, ones, np.ones((1, 2)), 10.0)
    assert planes.converged
    np.testing.assert_allclose(planes.weights, near.weights, atol=1e-8)
    np.testing.assert_allclose(planes.intercept, near.intercept, atol=1e-8)
