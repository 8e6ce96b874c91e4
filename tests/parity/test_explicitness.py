"""Explicitness under the protocols of two programs, against what these printed.

Both programs stop their solver early, so that areas differ by some 1e-4 for one factor, and ours are those of the
optimum. disentanglement_lib's recordings hold out the last fifth of the rows. It raised an error on the continuous
case, whose test rows lack classes.
"""

import json

import numpy as np
import pytest
from conftest import GOLDEN
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

import disentangle_metrics as dm

RECORDED = json.loads((GOLDEN / "expected.json").read_text())
DLIB, UBISOFT = "disentanglement_lib 1.5", "ubisoft-laforge"


def recorded(who, key):
    """Case and value of each recording of a program under a key."""
    return [
        pytest.param(case, block[key], id=case)
        for case, programs in RECORDED.items()
        for name, block in programs.items()
        if name.startswith(who) and key in block and "ERROR" not in str(block[key])
    ]


@pytest.mark.parametrize(("case", "value"), recorded(DLIB, "explicitness_80_20"))
def test_locatello2019_is_disentanglement_lib(golden, case, value):
    options = {"explicitness": {"test_size": 0.2}}
    score = dm.evaluate(*golden.arrays(case), "explicitness", protocol="locatello2019", options=options)["explicitness"]
    assert score == pytest.approx(value["test"], abs=5e-5)
    np.testing.assert_allclose(score.per_factor, [test for _, test in value["per_factor"]], atol=2e-4)


@pytest.mark.parametrize("case", ["c04_noise", "c13_tiny_n50"])
def test_locatello2019_is_disentanglement_lib_with_its_solver_converged(golden, case):
    z, v = golden.arrays(case)
    n = int(np.ceil(0.8 * len(z)))
    x = (z - z[:n].mean(axis=0)) / z[:n].std(axis=0)
    score = dm.explicitness(z, v, **{**dm.PROTOCOLS["locatello2019"]["explicitness"], "test_size": 0.2})
    for k, y in enumerate(v.T):
        model = LogisticRegression(solver="newton-cg", tol=1e-6, max_iter=1000).fit(x[:n], y[:n])
        area = roc_auc_score(np.eye(y.max() + 1)[y[n:]], model.predict_proba(x[n:]))
        assert score.per_factor[k] == pytest.approx(area, abs=1e-12)


def in_review(golden, case, protocol):
    kind = "continuous" if case == "c09_continuous" else "categorical"
    return dm.evaluate(*golden.arrays(case), "explicitness", protocol=protocol, factor_kinds=kind)["explicitness"]


@pytest.mark.parametrize(("case", "value"), recorded(UBISOFT, "explicitness(impl=1)"))
def test_carbonneau2022_is_the_code_of_the_review(golden, case, value):
    assert in_review(golden, case, "carbonneau2022") == pytest.approx(value, abs=1e-5)


@pytest.mark.parametrize(("case", "value"), recorded(UBISOFT, "explicitness(impl=2)"))
def test_carbonneau2022_ovr_is_its_second_implementation(golden, case, value):
    assert in_review(golden, case, "carbonneau2022-ovr") == pytest.approx(value, abs=1e-5)


def test_recordings_are_there():
    keys = [(DLIB, "explicitness_80_20"), (UBISOFT, "explicitness(impl=1)"), (UBISOFT, "explicitness(impl=2)")]
    assert [len(recorded(*key)) for key in keys] == [9, 9, 7]
