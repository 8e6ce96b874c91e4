"""Softmax regression on several coordinates, against scikit-learn and the conditions of an optimum."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from disentangle_metrics.kernels.linear import softmax
from disentangle_metrics.kernels.linear.softmax import decisions, fit_softmax


def rows(n, p, n_classes, seed=0, spread=1.0):
    rng = np.random.default_rng(seed)
    y = np.append(np.arange(n_classes), rng.integers(n_classes, size=n - n_classes))
    return rng.normal(size=(n, p)) + spread * rng.normal(size=(n_classes, p))[y], y


def scores_of_sklearn(x, y, C, weight=None):
    model = LogisticRegression(C=C, solver="newton-cholesky", tol=1e-12, max_iter=1000).fit(x, y, weight)
    found = model.decision_function(x)
    found = np.stack([-found, found], axis=1) / 2 if found.ndim == 1 else found
    return found - found.mean(axis=1, keepdims=True)


@pytest.mark.parametrize("n_classes", [2, 3, 7])
@pytest.mark.parametrize("C", [0.01, 1.0, 100.0])
def test_planes_are_those_of_scikit_learn(n_classes, C):
    x, y = rows(200, 4, n_classes)
    weight = np.random.default_rng(1).exponential(size=len(y))
    for given_weight in (None, weight):
        fit = fit_softmax(x, y, n_classes, C, given_weight)
        assert fit.converged
        np.testing.assert_allclose(decisions(x, fit), scores_of_sklearn(x, y, C, given_weight), atol=1e-6 * C**0.5)


@given(
    seed=st.integers(0, 10_000), n_classes=st.integers(2, 5), p=st.integers(1, 4), C=st.sampled_from([0.1, 1.0, 30.0])
)
def test_the_gradient_vanishes_at_the_optimum(seed, n_classes, p, C):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(n_classes, 40))
    x, y = rows(n, p, n_classes, seed, spread=2.0)
    x = np.round(x * 2) / 2  # ties, and copies of rows
    fit = fit_softmax(x, y, n_classes, C)
    heights = x @ fit.weights.T + fit.intercept
    shares = np.exp(heights - heights.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    error = shares - np.eye(n_classes)[y]
    twice = 2.0 if n_classes == 2 else 1.0
    np.testing.assert_allclose(C * error.T @ x + twice * fit.weights, 0.0, atol=1e-7)
    np.testing.assert_allclose(error.sum(axis=0), 0.0, atol=1e-8)


def test_a_start_from_a_part_of_the_rows_changes_nothing(monkeypatch):
    x, y = rows(20_000, 3, 5)
    quick = fit_softmax(x, y, 5, 1.0)
    monkeypatch.setattr(softmax, "_PARTS", ())
    slow = fit_softmax(x, y, 5, 1.0)
    np.testing.assert_allclose(quick.weights, slow.weights, atol=1e-9)
    assert quick.converged
    assert slow.converged


def test_rows_in_the_order_of_a_grid_do_not_mislead_the_start():
    v = np.stack(np.meshgrid(np.arange(16), np.arange(16), np.arange(32), indexing="ij"), axis=-1).reshape(-1, 3)
    x = v[:, :2].astype(float)
    fit = fit_softmax(x, v[:, 0], 16, 1.0)  # one row in 16 has a single value of the last factor
    assert fit.converged
    order = np.random.default_rng(0).permutation(len(x))
    np.testing.assert_allclose(fit.weights, fit_softmax(x[order], v[order, 0], 16, 1.0).weights, atol=1e-7)


def test_many_unknowns_go_by_gradients_alone_to_the_same_planes(monkeypatch):
    x, y = rows(300, 30, 6)
    exact = fit_softmax(x, y, 6, 1.0)
    monkeypatch.setattr(softmax, "_MANY", 10)
    fit = fit_softmax(x, y, 6, 1.0)
    assert fit.converged
    np.testing.assert_allclose(decisions(x, fit), decisions(x, exact), atol=1e-4)


def test_more_latents_than_rows_are_no_obstacle():
    x, y = rows(60, 800, 3)
    fit = fit_softmax(x, y, 3, 1.0)
    assert fit.converged
    assert (decisions(x, fit).argmax(axis=1) == y).all()


def test_an_offset_costs_no_digits_and_a_scale_is_a_penalty():
    x, y = rows(300, 3, 4)
    x = np.round(x * 1024) / 1024
    fit, shifted = fit_softmax(x, y, 4, 1.0), fit_softmax(x + 2.0**30, y, 4, 1.0)
    np.testing.assert_allclose(shifted.weights, fit.weights, atol=1e-9)
    smaller = fit_softmax(x / 1000, y, 4, 1e6)
    np.testing.assert_allclose(smaller.weights / 1000, fit.weights, atol=1e-7)


def test_classes_without_rows_and_latents_without_values():
    x, y = rows(50, 2, 3)
    fit = fit_softmax(np.column_stack([x, np.ones(50)]), y + 1, 5, 1.0)
    assert np.isneginf(fit.intercept).tolist() == [True, False, False, False, True]
    np.testing.assert_allclose(fit.weights[:, 2], 0.0, atol=1e-12)
    np.testing.assert_allclose(fit.weights[1:4, :2], fit_softmax(x, y, 3, 1.0).weights, atol=1e-9)
    alone = fit_softmax(x, np.full(50, 2), 3, 1.0)
    assert alone.converged
    assert decisions(x, alone).argmax(axis=1).tolist() == [2] * 50


def test_copies_of_a_latent_share_its_weight():
    x, y = rows(100, 1, 3, spread=2.0)
    fit = fit_softmax(np.hstack([x, x]), y, 3, 1.0)
    np.testing.assert_allclose(fit.weights[:, 0], fit.weights[:, 1], atol=1e-9)
    np.testing.assert_allclose(fit.weights.sum(axis=1), fit_softmax(x, y, 3, 2.0).weights[:, 0], atol=1e-7)


@pytest.mark.parametrize("C", [1e2, 1e4, 1e6, 1e8])
@pytest.mark.parametrize("p", [1, 5])
def test_separable_rows_with_hardly_a_penalty_converge(C, p):
    y = np.arange(40) // 10
    x = np.random.default_rng(0).normal(size=(40, p))
    x[:, 0] = np.arange(40.0)
    x = (x - x.mean(axis=0)) / x.std(axis=0)
    fit = fit_softmax(x, y, 4, C)
    assert fit.converged
    assert (decisions(x, fit).argmax(axis=1) == y).all()


@pytest.mark.parametrize("slope", [0.0, 1.0, 30.0, 1000.0])
def test_the_loss_of_rows_that_are_surely_right_or_surely_wrong(slope):
    x = np.array([[-1.0, 1.0, 1.0], [1.0, 1.0, 1.0]])
    problem = softmax.Problem(x, np.array([0, 1, 0]), np.array([2.0, 2.0, 1.0]), np.zeros(2))
    planes = np.array([[-slope, 0.0], [slope, 0.0]])
    state = softmax._state(problem, planes, planes @ x)
    right = np.log1p(np.exp(-2 * slope))  # of the two rows on their side; the third is on the other
    assert state.value == pytest.approx(4 * right + 2 * slope + right, rel=1e-12)
    wrong = 1 / (1 + np.exp(-2 * slope))
    np.testing.assert_allclose(state.gradient[1], [wrong - 4 * (1 - wrong), wrong], rtol=1e-9, atol=1e-15)
