"""Informativeness with other people's probes, against the accuracies and errors that were recorded for them.

The first four fifths of the rows train. Boosters and forests are compared on the small cases, on which they take a
second or less; the others are compared on every case.
"""

import json

import numpy as np
import pytest
from conftest import GOLDEN
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier
from sklearn.linear_model import Lasso, LogisticRegression
from sklearn.multiclass import OneVsRestClassifier
from sklearn.preprocessing import StandardScaler

import disentangle_metrics as dm

RECORDED = json.loads((GOLDEN / "family.json").read_text())
HELD_OUT = {"test_size": 0.2, "shuffle": False}

FORESTS = {
    "RandomForestClassifier(random_state=0)": "forest",
    "RandomForestClassifier(n_estimators=100, criterion=entropy, max_depth=10": RandomForestClassifier(
        n_estimators=100, criterion="entropy", max_depth=10, random_state=0
    ),
    "ExtraTreesClassifier(random_state=0)": ExtraTreesClassifier(random_state=0),
    "compute_importance_gbt": "gbt",
}


def recorded(key, number, cases=None):
    """Case and numbers of each recording whose setting begins with a key."""
    return [
        pytest.param(case, block[setting][number], id=case)
        for case, programs in RECORDED.items()
        for block in programs.values()
        for setting in block
        if setting.startswith(key) and number in block[setting] and (cases is None or case in cases)
    ]


def of_trees():
    small = [(key, param) for key in FORESTS for param in recorded(key, "accuracy_test_per_factor", ["c13_tiny_n50"])]
    return [pytest.param(key, *param.values, id=key[:24]) for key, param in small]


@pytest.mark.parametrize(("key", "case", "accuracies"), of_trees())
def test_trees_are_right_on_the_same_rows(golden, key, case, accuracies):
    score = dm.informativeness(*golden.arrays(case), probe=FORESTS[key], standardize=False, **HELD_OUT)
    assert score.per_factor.tolist() == accuracies


@pytest.mark.parametrize(
    ("case", "accuracies"), recorded("OneVsRest(LogisticRegression(l1", "accuracy_test_per_factor")
)
def test_sparse_logistic_regression_is_right_on_the_same_rows(golden, case, accuracies):
    probe = OneVsRestClassifier(LogisticRegression(l1_ratio=1, C=0.1, solver="liblinear", random_state=0))
    score = dm.informativeness(*golden.arrays(case), probe=probe, **HELD_OUT)
    one_row = 1 / (len(golden.arrays(case)[0]) // 5)
    np.testing.assert_allclose(score.per_factor, accuracies, atol=1.01 * one_row)


@pytest.mark.parametrize(("case", "errors"), recorded("Lasso(alpha=.02), entropic_scores", "nrmse_test"))
def test_the_error_of_the_paper_is_the_root_of_what_r2_leaves(golden, case, errors):
    probe = TransformedTargetRegressor(Lasso(alpha=0.02), transformer=StandardScaler())
    score = dm.informativeness(*golden.arrays(case), probe=probe, factor_kinds="continuous", **HELD_OUT)
    np.testing.assert_allclose(np.sqrt(1 - score.per_factor), np.minimum(errors, 1.0), atol=1e-12)


def test_recordings_are_there():
    assert len(of_trees()) == 4
    assert len(recorded("OneVsRest(LogisticRegression(l1", "accuracy_test_per_factor")) == 7
    assert len(recorded("Lasso(alpha=.02), entropic_scores", "nrmse_test")) == 10
