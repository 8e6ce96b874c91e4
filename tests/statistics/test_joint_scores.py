"""Scores of probes on all latents: one fit serves every metric, and draws are the score on repeated test rows."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, balanced_accuracy_score, r2_score, roc_auc_score
from sklearn.model_selection import KFold, train_test_split
from sklearn.svm import LinearSVC

import disentangle_metrics as dm
from disentangle_metrics.kernels.probes import together
from disentangle_metrics.kernels.probes.together import JointProbe
from disentangle_metrics.statistics.joint_scores import JointScores
from disentangle_metrics.statistics.predictability import Plan

PLAN = Plan(True, "accuracy", "test", 0.2, None, True, None, None, "keep")


def statistic(data, scoring="accuracy", probe=None, seed=42, **plan):
    changed = PLAN._replace(scoring=scoring, **plan)
    return JointScores(data=data, probes=(probe or JointProbe(),), plan=changed, seeds=(seed,))


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    v = rng.integers([3, 5], size=(300, 2))
    numbers = rng.normal(size=300)
    z = np.c_[v + 0.6 * rng.normal(size=v.shape), numbers + rng.normal(size=300)]
    factors = np.c_[v, numbers]
    return dm.Representation(z, factors, factor_kinds=["categorical", "categorical", "continuous"])


def standardized(x, x_test):
    return (x - x.mean(axis=0)) / x.std(axis=0), (x_test - x.mean(axis=0)) / x.std(axis=0)


def by_sklearn(data, splits, k):
    """The classes, their probabilities and the predictions on the test rows of each split."""
    for train, test in splits:
        x, x_test = standardized(data.latents[train], data.latents[test])
        y = data.factors[:, k].astype(int)
        model = LogisticRegression(solver="newton-cholesky", tol=1e-12).fit(x, y[train])
        yield y[test], model.predict_proba(x_test), model.predict(x_test)


def test_scores_are_those_of_scikit_learn_on_the_same_split(data):
    split = [train_test_split(np.arange(300), test_size=0.2, random_state=42)]
    for k in (0, 1):
        [(actual, shares, classes)] = by_sklearn(data, split, k)
        area = roc_auc_score(actual, shares, multi_class="ovr", average="macro")
        assert statistic(data, "auc").values[0][k] == pytest.approx(area, abs=1e-12)
        assert statistic(data).values[0][k] == accuracy_score(actual, classes)
        balanced = balanced_accuracy_score(actual, classes)
        assert statistic(data, "balanced-accuracy").values[0][k] == pytest.approx(balanced, abs=1e-12)
    train, test = split[0]
    x, x_test = standardized(data.latents[train], data.latents[test])
    y = data.factors[:, 2]
    xs = x - x.mean(axis=0)
    slope = np.linalg.solve(xs.T @ xs + np.eye(3), xs.T @ (y[train] - y[train].mean()))
    assert statistic(data).values[0][2] == pytest.approx(r2_score(y[test], x_test @ slope + y[train].mean()), abs=1e-12)


def test_folds_compare_rows_with_rows_of_the_same_fold(data):
    splits = list(KFold(5, shuffle=True, random_state=42).split(data.latents))
    won = total = 0.0
    for actual, shares, _ in by_sklearn(data, splits, 0):
        own = np.array([actual == c for c in range(3)])
        pairs = own.sum(axis=1) * (~own).sum(axis=1)
        won += pairs * [roc_auc_score(own[c], shares[:, c]) for c in range(3)]
        total += pairs
    assert statistic(data, "auc", n_folds=5).values[0][0] == pytest.approx(np.mean(won / total), abs=1e-12)


@pytest.mark.parametrize("scoring", ["accuracy", "balanced-accuracy", "auc"])
@pytest.mark.parametrize("n_folds", [None, 3])
def test_a_draw_is_the_score_on_repeated_test_rows(data, scoring, n_folds):
    measured = statistic(data, scoring, n_folds=n_folds)
    weights = np.random.default_rng(1).integers(3, size=(4, 300)).astype(np.uint16)
    [drawn] = measured.resampled().reweighted(weights)
    for weight, scores in zip(weights, drawn, strict=True):
        for k in range(3):
            folds = []
            for fold in measured.predictions[0][k]:
                again = np.repeat(np.arange(len(fold.rows)), weight[fold.rows])
                said = (
                    fold.said[again]
                    if k == 2
                    else fold.said._replace(classes=fold.said.classes[again], scores=fold.said.scores[again])
                )
                folds.append(fold._replace(rows=fold.rows[again], actual=fold.actual[again], said=said))
            repeated = measured._scores({k: folds}, np.ones((1, 300)))[0, k]
            assert scores[k] == pytest.approx(repeated, abs=1e-12)


def test_one_fit_serves_every_metric_of_the_same_probe(data, monkeypatch):
    calls = []

    def counted(*args):
        calls.append(1)
        return fit(*args)

    fit = together.fit_softmax
    monkeypatch.setattr(together, "fit_softmax", counted)
    dm.evaluate(data, metrics=["explicitness", "informativeness"])
    assert len(calls) == 2  # one for each categorical factor
    dm.evaluate(data, metrics=["explicitness", "informativeness"], options={"informativeness": {"C": 2.0}})
    assert len(calls) == 4


def test_other_rows_and_other_kinds_are_predicted_anew(data):
    first = statistic(data).values[0]
    other = statistic(data, seed=1).values[0]
    assert first[0] != other[0]
    binned = statistic(data, factor_bins=3)
    assert binned.classified == [0, 1, 2]
    assert binned.values[0][2] != first[2]
    ordinal = data.with_kinds(["categorical", "categorical", "categorical"])
    assert statistic(ordinal).classified == [0, 1, 2]


def test_a_guess_is_the_most_frequent_class_of_the_training_rows(data):
    train, test = train_test_split(np.arange(300), test_size=0.2, random_state=42)
    for k in (0, 1):
        y = data.factors[:, k].astype(int)
        guess = np.bincount(y[train]).argmax()
        assert statistic(data).of_a_guess[k] == np.mean(y[test] == guess)
    assert statistic(data, "balanced-accuracy").of_a_guess[:2] == pytest.approx([1 / 3, 1 / 5])
    assert statistic(data).of_a_guess[2] == 0.0


def test_areas_need_probabilities(data):
    with pytest.raises(dm.OptionError, match="gives no probabilities"):
        statistic(data, "auc", JointProbe(LinearSVC())).values  # noqa: B018


def test_missing_labels_leave_out_their_rows():
    rng = np.random.default_rng(0)
    z, v = rng.normal(size=(100, 2)), rng.integers(3, size=(100, 2)).astype(float)
    v[60:, 1] = np.nan
    scores = statistic(dm.Representation(z, v), "auc").values[0]
    assert scores[1] == statistic(dm.Representation(z[:60], v[:60, 1].astype(int)), "auc").values[0][0]


def test_draws_say_what_they_leave_out(data):
    [note] = statistic(data, test_size=0.5).resampled().notes()
    assert note == "the interval keeps the fitted probes; n_repeats shows the spread over splits"
    assert statistic(data, test_size=0.2).resampled().notes()[1].startswith("only 60 test rows")
    assert statistic(data, n_folds=5).resampled().notes() == []
    assert statistic(data, evaluate_on="train").resampled().notes() == []


def test_classes_without_test_rows_have_no_part_in_balanced_accuracy():
    v = np.append(np.arange(80) % 4, [0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1])
    z = v.astype(float)
    z[80] = 1.0  # one of three rows of class 0 is taken for class 1
    scores = statistic(dm.Representation(z[:, None], v), "balanced-accuracy", shuffle=False, seed=None).values[0]
    assert scores[0] == pytest.approx((2 / 3 + 1) / 2)
    alone = np.append(v[:80], np.ones(20, dtype=int))
    [score] = statistic(dm.Representation(alone[:, None], alone), "balanced-accuracy", shuffle=False, seed=None).values[
        0
    ]
    assert score == 1.0


@pytest.mark.parametrize("offset", [0.0, -1e6, 1e6])
def test_r2_of_test_rows_that_all_have_one_value(offset):
    x = np.random.default_rng(0).normal(size=(100, 1))
    for y, expected in [(np.where(np.arange(100) < 80, x[:, 0], 0.5), 0.0), (np.append(np.zeros(80), x[80:, 0]), None)]:
        numbers = dm.Representation(x, (y + offset)[:, None], factor_kinds="continuous")
        [score] = statistic(numbers, shuffle=False, seed=None).values[0]
        assert score == expected if expected is not None else score <= 0.0
