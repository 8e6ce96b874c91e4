"""Information without bins: latte's numbers, of every case that was recorded for it, and scikit-learn's."""

import json

import numpy as np
import pytest
from conftest import GOLDEN
from sklearn.feature_selection import mutual_info_classif, mutual_info_regression

from disentangle_metrics import PROTOCOLS, evaluate, mig

LATTE = "latte-metrics (repo 623fae2, sklearn1.3.2,numpy1.26.4)"
KEYS = {
    "categorical": "mig per factor(discrete=True) KSG k=3 seed42",
    "continuous": "mig per factor(discrete=False) KSG k=3 seed42",
}
RECORDED = [
    pytest.param(case, kind, id=f"{case}-{kind}")
    for case, found in json.loads((GOLDEN / "expected.json").read_text()).items()
    for kind, key in KEYS.items()
    if key in found.get(LATTE, {})
]


def test_seven_cases_are_compared():
    assert len(RECORDED) == 7


@pytest.mark.parametrize(("case", "kind"), RECORDED)
def test_mig_of_latte_equals_what_it_printed(golden, case, kind):
    block = golden[case][LATTE][KEYS[kind]]
    score = mig(*golden.arrays(case), **PROTOCOLS["latte"]["mig"])
    np.testing.assert_allclose(score.per_factor, block["per_factor"], rtol=0, atol=1e-12)
    assert score == pytest.approx(block["mean"], abs=1e-12)


@pytest.mark.parametrize(("case", "kind"), RECORDED)
def test_the_matrix_equals_scikit_learns(golden, case, kind):
    latents, factors = golden.arrays(case)
    estimate = mutual_info_classif if kind == "categorical" else mutual_info_regression
    theirs = np.stack([estimate(latents, factor, random_state=42) for factor in factors.T], axis=1)
    ours = evaluate(latents, factors, metrics="mig", protocol="latte")["mig"].matrix
    np.testing.assert_allclose(np.maximum(ours, 0), theirs, rtol=0, atol=1e-12)
