"""Planes: liblinear's labels and coefficients on several coordinates."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.linear_model import LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.svm import LinearSVC

from disentangle_metrics.kernels.linear.hinge import squared_hinge_loss
from disentangle_metrics.kernels.linear.logistic import logistic_loss
from disentangle_metrics.kernels.linear.multivariate import fit_planes, predict_planes
from disentangle_metrics.kernels.linear.univariate import fit_lines, predict_lines

LOSSES = {"logistic": logistic_loss, "svm": squared_hinge_loss}

problems = st.integers(4, 30).flatmap(
    lambda n: st.tuples(
        hnp.arrays(np.int64, (n, 2), elements=st.integers(-8, 8)).map(lambda x: x / 4.0),
        hnp.arrays(np.intp, n, elements=st.integers(0, 3)),
    )
)


def liblinear(name, C, balanced):
    weight = "balanced" if balanced else None
    if name == "svm":
        return LinearSVC(C=C, class_weight=weight, dual=False, tol=1e-10, max_iter=10**6)
    model = LogisticRegression(C=C, solver="liblinear", tol=1e-10, max_iter=10**6)
    return OneVsRestClassifier(model)


def data(n_classes, p, n=400):
    rng = np.random.default_rng(n_classes)
    y = rng.integers(n_classes, size=n)
    centers = rng.normal(size=(n_classes, p))
    return centers[y] + 0.5 * rng.normal(size=(n, p)), y


@pytest.mark.parametrize(("name", "balanced"), [("logistic", False), ("svm", False), ("svm", True)])
@pytest.mark.parametrize(("n_classes", "p", "C"), [(2, 2, 0.1), (3, 2, 0.1), (7, 3, 1.0), (3, 5, 0.01), (5, 2, 100.0)])
def test_labels_and_coefficients_are_liblinears(name, balanced, n_classes, p, C):
    x, y = data(n_classes, p)
    planes = fit_planes(x, y, n_classes, LOSSES[name], C, balanced)
    model = liblinear(name, C, balanced).fit(x, y)
    assert planes.converged
    np.testing.assert_array_equal(predict_planes(x, planes), model.predict(x))
    of_class = model.estimators_ if name == "logistic" else [model]
    weights = np.concatenate([m.coef_ for m in of_class])
    intercept = np.concatenate([np.reshape(m.intercept_, -1) for m in of_class])
    fitted = slice(1, None) if n_classes == 2 else slice(None)
    np.testing.assert_allclose(planes.weights[fitted], weights, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(planes.intercept[fitted], intercept, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("balanced", [False, True])
@given(problem=problems, C=st.sampled_from([1e-3, 0.1, 1.0, 100.0]))
def test_no_step_from_the_optimum_leads_down(name, balanced, problem, C):
    x, y = problem
    loss = LOSSES[name]
    planes = fit_planes(x, y, 4, loss, C, balanced)
    assert planes.converged
    present, count = np.unique(y, return_counts=True)
    size = dict(zip(present.tolist(), count.tolist(), strict=True))
    assert np.all(np.isneginf(planes.intercept) == ~np.isin(np.arange(4), present))
    for c in present if len(present) > 2 else present[1:]:
        sign = np.where(y == c, -1.0, 1.0)
        own = len(y) / (len(present) * size[c]) if balanced else 1.0
        rest = len(y) / (2 * size[present[0]]) if balanced and len(present) == 2 else 1.0
        weight = C * np.where(y == c, own, rest)
        rows = np.column_stack([x, np.ones(len(x))])
        plane = np.append(planes.weights[c], planes.intercept[c])
        gradient = plane + (weight * sign * loss(sign * (rows @ plane))[1]) @ rows
        np.testing.assert_allclose(gradient, 0, atol=1e-7 * (1 + C * len(y)))


@pytest.mark.parametrize("name", LOSSES)
@given(problem=problems, C=st.sampled_from([0.1, 10.0]))
def test_a_coordinate_that_is_always_0_leaves_lines(name, problem, C):
    x, y = problem
    flat = np.column_stack([x[:, 0], np.zeros(len(x))])
    planes = fit_planes(flat, y, 4, LOSSES[name], C, False)
    lines = fit_lines(x[:, 0], y, 4, LOSSES[name], C, False)
    np.testing.assert_allclose(planes.weights[:, 0], lines.slope, atol=1e-6)
    np.testing.assert_array_equal(predict_planes(flat, planes), predict_lines(x[:, 0], lines))


@pytest.mark.parametrize("name", LOSSES)
def test_turning_the_coordinates_turns_the_planes(name):
    x, y = data(4, 2)
    angle = 0.7
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    planes = fit_planes(x, y, 4, LOSSES[name], 0.1, False)
    turned = fit_planes(x @ turn, y, 4, LOSSES[name], 0.1, False)
    np.testing.assert_allclose(turned.weights, planes.weights @ turn, atol=1e-8)
    np.testing.assert_array_equal(predict_planes(x @ turn, turned), predict_planes(x, planes))


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize(
    ("offset", "scale", "C"), [(1e6, 1.0, 1.0), (0.0, 1e-4, 1.0), (0.0, 1e5, 1e4), (0.0, 1.0, 1e8)]
)
def test_hard_problems_converge(name, offset, scale, C):
    x, y = data(3, 2)
    planes = fit_planes(scale * x + offset, y, 3, LOSSES[name], C, True)
    assert planes.converged
    assert np.isfinite(planes.weights).all()


@pytest.mark.parametrize("name", LOSSES)
def test_many_rows_have_liblinears_labels(name):
    x, y = data(4, 2, n=50_000)
    order = np.argsort(y, kind="stable")  # a part of the rows may say little of the whole
    planes = fit_planes(x[order], y[order], 4, LOSSES[name], 0.1, False)
    model = liblinear(name, 0.1, False).fit(x, y)
    assert planes.converged
    np.testing.assert_array_equal(predict_planes(x, planes), model.predict(x))
