"""Probes on all latents together, against scikit-learn's classes of the same name."""

import numpy as np
import pytest
from sklearn.ensemble import GradientBoostingClassifier, GradientBoostingRegressor, RandomForestClassifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.multiclass import OneVsRestClassifier
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.preprocessing import minmax_scale
from sklearn.svm import LinearSVC

from disentangle_metrics import OptionError
from disentangle_metrics.kernels.probes.splits import min_max
from disentangle_metrics.kernels.probes.together import JointProbe, first_of_best

EXACT = {"solver": "newton-cholesky", "tol": 1e-12, "max_iter": 1000}


@pytest.fixture
def rows():
    rng = np.random.default_rng(0)
    y = rng.integers(4, size=300)
    x = rng.normal(size=(300, 3)) + 1.5 * rng.normal(size=(4, 3))[y]
    return x[:200], y[:200], x[200:]


def logit(p):
    return np.log(p) - np.log1p(-p)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("balanced", [False, True])
def test_multinomial_says_the_log_odds_of_its_probabilities(rows, weighted, balanced):
    x, y, x_test = rows
    weight = np.random.default_rng(1).exponential(size=200) if weighted else None
    model = LogisticRegression(C=0.3, **EXACT)
    fitted_weight = np.ones(200) if weight is None else weight
    if balanced:
        of_class = np.bincount(y, fitted_weight)
        fitted_weight = fitted_weight * (of_class.sum() / (4 * of_class))[y]
    expected = model.fit(x, y, fitted_weight)
    said = JointProbe("multinomial", 0.3, balanced).classify(x, y, 4, x_test, weight)
    assert said.converged
    np.testing.assert_allclose(said.scores, logit(expected.predict_proba(x_test)), atol=1e-6)
    np.testing.assert_array_equal(said.classes, expected.predict(x_test))


def test_ovr_shares_out_the_probabilities_and_ovr_raw_does_not(rows):
    x, y, x_test = rows
    expected = OneVsRestClassifier(LogisticRegression(class_weight="balanced", **EXACT)).fit(x, y)
    shared = JointProbe("ovr", 1.0, True).classify(x, y, 4, x_test)
    raw = JointProbe("ovr-raw", 1.0, True).classify(x, y, 4, x_test)
    np.testing.assert_allclose(shared.scores, logit(expected.predict_proba(x_test)), atol=1e-6)
    each = [model.decision_function(x_test) for model in expected.estimators_]
    np.testing.assert_allclose(raw.scores, np.stack(each, axis=1), atol=1e-6)
    for said in (shared, raw):
        np.testing.assert_array_equal(said.classes, expected.predict(x_test))


@pytest.mark.parametrize(
    ("probe", "expected"),
    [
        ("gbt", GradientBoostingClassifier(random_state=7)),
        ("forest", RandomForestClassifier(random_state=7)),
        (KNeighborsClassifier(3), KNeighborsClassifier(3)),
    ],
    ids=["gbt", "forest", "knn"],
)
def test_ensembles_and_estimators_are_scikit_learns(rows, probe, expected):
    x, y, x_test = rows[0][:60], rows[1][:60], rows[2]
    expected.fit(x, y)
    said = JointProbe(probe, seed=7).classify(x, y, 6, x_test)  # two classes have no training rows
    np.testing.assert_array_equal(said.classes, expected.predict(x_test))
    np.testing.assert_array_equal(said.scores[:, :4], expected.predict_proba(x_test))
    assert np.isneginf(said.scores[:, 4:]).all()


def test_an_estimator_without_probabilities_has_no_scores(rows):
    x, y, x_test = rows
    assert JointProbe(LinearSVC()).classify(x, y, 4, x_test).scores is None


def test_numbers_are_predicted_by_ridge_regression_or_by_a_regressor(rows):
    x, x_test = rows[0][:60], rows[2]
    targets = np.c_[x[:, 0] ** 2, x[:, 1]]
    for probe, expected in [
        (JointProbe("multinomial", C=0.5), Ridge(2.0)),
        (JointProbe(KNeighborsClassifier()), Ridge(1.0)),
        (JointProbe(KNeighborsRegressor(3)), KNeighborsRegressor(3)),
        (JointProbe("gbt", seed=3), GradientBoostingRegressor(random_state=3)),
    ]:
        each = [expected.fit(x, column).predict(x_test) for column in targets.T]
        np.testing.assert_allclose(probe.regress(x, targets, x_test), np.stack(each, axis=1), atol=1e-12)


def test_a_single_class_is_the_only_answer(rows):
    x, y, x_test = rows
    said = JointProbe().classify(x, np.full_like(y, 2), 4, x_test)
    assert set(said.classes) == {2}
    assert said.scores[0].tolist() == [-np.inf, -np.inf, 0.0, -np.inf]


def test_equal_probes_are_one_key():
    assert len({JointProbe("ovr", 1.0), JointProbe("ovr", 1.0), JointProbe("ovr", 2.0)}) == 2


def test_a_weight_that_hides_the_penalty_is_refused(rows):
    x, y, x_test = rows
    with pytest.raises(OptionError.__mro__[1], match="Divide the weights by their mean"):
        JointProbe(C=1e6).classify(x, y, 4, x_test, np.full(200, 1e6))


def test_scores_that_tie_go_to_the_first_class():
    assert first_of_best(np.array([[0.0, 1.0, 1.0 + 1e-13], [5.0, 5.0, 0.0]])).tolist() == [1, 0]
    assert first_of_best(np.array([[-np.inf, 1.0], [-np.inf, 2.0]])).tolist() == [1, 1]


def test_min_max_is_scikit_learns_on_training_rows():
    x = np.random.default_rng(0).normal(size=(50, 3))
    x[:, 2] = 4.0
    train, test = min_max(x[:40].T.copy(), x[40:].T.copy())
    np.testing.assert_allclose(train[:2].T, minmax_scale(x[:40, :2]), atol=1e-15)
    low, high = x[:40, :2].min(axis=0), x[:40, :2].max(axis=0)
    np.testing.assert_allclose(test[:2].T, (x[40:, :2] - low) / (high - low), atol=1e-12)
    assert not train[2].any()
