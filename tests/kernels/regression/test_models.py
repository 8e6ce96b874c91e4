"""Regressions against scikit-learn."""

import numpy as np
import pytest
from sklearn.kernel_ridge import KernelRidge as Theirs
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import GridSearchCV

from disentangle_metrics.kernels.regression.kernel_ridge import ALPHAS, GAMMAS
from disentangle_metrics.kernels.regression.models import KernelRidge, LeastSquares, Regressor

RNG = np.random.default_rng(0)
X, X_TEST = RNG.normal(size=(90, 3)), RNG.normal(size=(40, 3))
Y = np.column_stack([np.sin(2 * X[:, 0]), X[:, 1], RNG.normal(size=90)])
Y -= Y.mean(axis=0)
WEIGHT = RNG.integers(1, 4, size=90).astype(float)


def search(x, y):
    model = Theirs(kernel="rbf", gamma=0.1)
    return GridSearchCV(model, {"alpha": list(ALPHAS), "gamma": list(GAMMAS)}, cv=3).fit(x, y)


def test_least_squares_equals_scikit_learn():
    x = X - X.mean(axis=0)
    expected = LinearRegression(fit_intercept=False).fit(x, Y).predict(X_TEST)
    np.testing.assert_allclose(LeastSquares().predicted(x, Y, X_TEST, None, [[0, 1, 2]]), expected, atol=1e-12)
    expected = LinearRegression(fit_intercept=False).fit(x, Y, WEIGHT).predict(X_TEST)
    np.testing.assert_allclose(LeastSquares().predicted(x, Y, X_TEST, WEIGHT, [[0, 1, 2]]), expected, atol=1e-12)


def test_least_squares_of_copies_and_of_more_columns_than_rows_has_the_least_length():
    copies = np.column_stack([X, X[:, 0]])
    plain = LeastSquares().predicted(X, Y, X_TEST, None, [])
    np.testing.assert_allclose(
        LeastSquares().predicted(copies, Y, np.column_stack([X_TEST, X_TEST[:, 0]]), None, []), plain, atol=1e-10
    )
    wide, other = RNG.normal(size=(5, 9)), RNG.normal(size=(4, 9))
    expected = other @ np.linalg.pinv(wide) @ Y[:5]
    np.testing.assert_allclose(LeastSquares().predicted(wide, Y[:5], other, None, []), expected, atol=1e-10)


def test_kernel_ridge_equals_the_grid_search_of_scikit_learn():
    found = KernelRidge(None).predicted(X, Y, X_TEST, None, [[0, 1, 2]])
    np.testing.assert_allclose(found, search(X, Y).predict(X_TEST), atol=1e-9)
    apart = KernelRidge(None).predicted(X, Y, X_TEST, None, [[0], [1], [2]])
    for k in range(3):
        np.testing.assert_allclose(apart[:, k], search(X, Y[:, k]).predict(X_TEST), atol=1e-9)


def test_kernel_ridge_weighs_rows_as_scikit_learn_does(monkeypatch):
    monkeypatch.setattr("disentangle_metrics.kernels.regression.kernel_ridge.ALPHAS", (0.1,))
    monkeypatch.setattr("disentangle_metrics.kernels.regression.kernel_ridge.GAMMAS", (0.3,))
    expected = Theirs(alpha=0.1, kernel="rbf", gamma=0.3).fit(X, Y, sample_weight=WEIGHT).predict(X_TEST)
    np.testing.assert_allclose(KernelRidge(None).predicted(X, Y, X_TEST, WEIGHT, [[0, 1, 2]]), expected, atol=1e-10)


@pytest.mark.parametrize("m", [1, 2, 3])
def test_a_kernel_of_few_rows_has_fewer_folds(m):
    y = Y[:m] - Y[:m].mean(axis=0)
    found = KernelRidge(None).predicted(X[:m], y, X_TEST, None, [[0, 1, 2]])
    assert np.isfinite(found).all()
    assert (found == 0).all() == (m == 1)


def test_a_constant_column_in_a_fold_is_no_obstacle():
    y = np.r_[np.zeros(30), Y[30:, 0]]
    found = KernelRidge(None).predicted(X, y[:, None], X_TEST, None, [[0]])
    np.testing.assert_allclose(found[:, 0], search(X, y).predict(X_TEST), atol=1e-9)


def test_test_rows_are_predicted_in_parts(monkeypatch):
    whole = KernelRidge(None).predicted(X, Y, X_TEST, None, [[0, 1, 2]])
    monkeypatch.setattr("disentangle_metrics.kernels.regression.kernel_ridge._ROWS", 7)
    np.testing.assert_allclose(KernelRidge(None).predicted(X, Y, X_TEST, None, [[0, 1, 2]]), whole, atol=1e-14)


def test_a_regressor_predicts_each_column():
    found = Regressor(LinearRegression()).predicted(X, Y, X_TEST, WEIGHT, [])
    np.testing.assert_allclose(found, LinearRegression().fit(X, Y, WEIGHT).predict(X_TEST), atol=1e-12)
