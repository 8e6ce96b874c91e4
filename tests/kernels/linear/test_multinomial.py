"""Multinomial lines: labels and coefficients of scikit-learn, for all kinds of data."""

import numpy as np
import pytest
import slow
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from disentangle_metrics.kernels.linear import multinomial
from disentangle_metrics.kernels.linear.multinomial import fit_multinomial
from disentangle_metrics.kernels.linear.univariate import predict_lines


def fitted(x, y, n_classes, C):
    [lines] = fit_multinomial(x[None], y[None], [n_classes], np.full((1, 1, 1), C))
    assert lines.converged
    return lines.pick(0, 0)


def scikit_learns(x, y, C):
    """Its lines, in our terms: with two classes that of the first one is zero."""
    solver = "newton-cholesky" if len(np.unique(y)) == 2 else "newton-cg"
    model = LogisticRegression(C=C, solver=solver, tol=1e-10, max_iter=10**6).fit(x[:, None], y)
    slope, intercept = model.coef_[:, 0], model.intercept_
    if len(slope) == 1:
        return np.append(0.0, slope), np.append(0.0, intercept)
    return slope, intercept


def assert_same(x, y, n_classes, C, places=1e-6):
    lines = fitted(x, y, n_classes, C)
    present = np.unique(y)
    slope, intercept = scikit_learns(x, y, C)
    decision = np.outer(x, slope) + intercept
    ours = slow.decisions(x, lines)[:, present]
    parting = 1 + np.abs(decision - decision[:, :1]).max()
    np.testing.assert_allclose(ours - ours[:, :1], decision - decision[:, :1], rtol=0, atol=places * parting)
    clear = ~slow.nearly_tied(x, slow.Lines(slope, intercept, 0.0))
    np.testing.assert_array_equal(predict_lines(x, lines)[clear], present[decision.argmax(axis=1)][clear])


@pytest.mark.parametrize("C", [1e-3, 0.1, 10.0])
@pytest.mark.parametrize("noise", [0.2, 1.0, 20.0])
@pytest.mark.parametrize(("n", "n_classes"), [(60, 2), (300, 3), (3000, 2), (3000, 10), (8000, 40)])
def test_labels_and_lines_are_those_of_scikit_learn(n, n_classes, noise, C):
    rng = np.random.default_rng(0)
    y = rng.integers(n_classes, size=n)
    x = y + noise * rng.normal(size=n)
    assert_same((x - x.mean()) / x.std(), y, n_classes, C)


@given(seed=st.integers(0, 999), n=st.integers(4, 40), n_classes=st.integers(2, 5), C=st.sampled_from([0.01, 0.1, 1.0]))
def test_labels_on_a_lattice_are_those_of_scikit_learn(seed, n, n_classes, C):
    rng = np.random.default_rng(seed)
    y = rng.integers(n_classes, size=n)
    y[:2] = 0, 1
    assert_same(rng.integers(-8, 8, size=n) / 4.0, y, n_classes, C)


def test_many_rows_are_stood_for_by_nodes_and_nothing_changes(monkeypatch):
    rng = np.random.default_rng(1)
    y = rng.integers(12, size=20_000)
    x = y / 4 + rng.normal(size=20_000)
    by_nodes = fitted(x, y, 12, 1.0)
    monkeypatch.setattr(multinomial, "_FEW", 10**9)
    by_rows = fitted(x, y, 12, 1.0)
    np.testing.assert_allclose(by_nodes.slope, by_rows.slope, rtol=0, atol=1e-9)
    np.testing.assert_allclose(by_nodes.intercept, by_rows.intercept, rtol=0, atol=1e-9)


def test_a_fit_of_many_is_that_of_each_alone():
    rng = np.random.default_rng(2)
    y = np.stack([rng.integers(3, size=500), rng.integers(5, size=500)])
    x = y[[0, 1, 0]] + rng.normal(size=(3, 500))
    C = rng.choice([0.01, 1.0, 100.0], size=(3, 4, 2))
    for k, lines in enumerate(fit_multinomial(x, y, [3, 5], C)):
        for i, s in np.ndindex(3, 4):
            alone = fitted(x[i], y[k], (3, 5)[k], C[i, s, k])
            np.testing.assert_allclose(lines.pick(i, s).slope, alone.slope, rtol=1e-7, atol=1e-9)
            np.testing.assert_allclose(lines.pick(i, s).intercept, alone.intercept, rtol=1e-7, atol=1e-8)


@pytest.mark.parametrize(("scale", "offset"), [(1e-6, 0.0), (1e3, 0.0), (1.0, 1e6), (0.1, -1e8)])
def test_scale_and_offset_cost_no_digits(scale, offset):
    rng = np.random.default_rng(3)
    y = rng.integers(4, size=1000)
    x = np.round(y + rng.normal(size=1000), 3)
    far = offset + scale * x
    lines, near = fitted(far, y, 4, 0.1 / scale**2), fitted((far - offset) / scale, y, 4, 0.1)
    np.testing.assert_allclose(lines.slope * scale, near.slope, rtol=0, atol=1e-6)
    np.testing.assert_array_equal(predict_lines(far, lines), predict_lines((far - offset) / scale, near))


@pytest.mark.parametrize("scale", [5e-324, 1e-310, 1e-150, 1e90])
def test_the_least_and_the_largest_latents_are_fitted(scale):
    x, y = np.random.default_rng(5).integers(3, size=(2, 90))  # not separable: or there would be no optimum
    assert set(predict_lines(scale * x, fitted(scale * x, y, 3, 0.1))) <= {0, 1, 2}


@pytest.mark.parametrize("C", [1e-4, 1e4, 1e8])
def test_separable_classes_and_outliers_are_fitted(C):
    rng = np.random.default_rng(4)
    y = np.repeat(np.arange(4), 200)
    x = np.append(10.0 * y + rng.normal(size=800), 1e6)
    lines = fitted(x, np.append(y, 0), 4, C)
    assert np.isfinite(lines.slope).all()
    assert_same(10.0 * y + rng.normal(size=800), y, 4, min(C, 1.0), places=1e-4)


def test_a_constant_latent_predicts_the_most_frequent_class():
    y = np.array([0, 1, 1, 2, 1, 0])
    lines = fitted(np.full(6, 3.25), y, 4, 0.1)
    np.testing.assert_allclose(lines.slope, 0, atol=1e-12)
    np.testing.assert_allclose(np.exp(lines.intercept[1] - lines.intercept[0]), 1.5, rtol=1e-9)
    np.testing.assert_array_equal(predict_lines(np.array([-5.0, 3.25, 99.0]), lines), [1, 1, 1])


def test_a_class_without_rows_is_never_predicted_and_a_single_one_always_is():
    x = np.linspace(-1, 1, 8)
    assert set(predict_lines(x * 100, fitted(x, np.array([0, 0, 0, 0, 3, 3, 3, 3]), 5, 1.0))) == {0, 3}
    assert set(predict_lines(x * 100, fitted(x, np.full(8, 2), 5, 1.0))) == {2}
