"""Whose number, from where, to what tolerance. Cases and numbers: tests/golden/README.md."""

import json

import numpy as np
import pytest
from conftest import GOLDEN

from disentangle_metrics import PROTOCOLS, mig, sap
from disentangle_metrics.kernels.discretizing.discretizers import discretize_uniform
from disentangle_metrics.kernels.linear.univariate import fit_lines, squared_hinge_loss

DLIB = "disentanglement_lib 1.5 (sklearn1.9.1,numpy2.4.6)"
TUTORIAL = "tutorial (sklearn1.9.1,numpy2.4.6)"
REFERENCE = "reference (exact sums, float64 edges)"
SVC = "sap_discrete(LinearSVC CONVERGED dual=False tol=1e-10 max_iter=1e6, 80/20)"
LOGISTIC = "sap OneVsRest(liblinear C=0.1) CONVERGED tol=1e-10 max_iter=1e6"
CASES = sorted(case for case, found in json.loads((GOLDEN / "expected.json").read_text()).items() if DLIB in found)

# protocol or options, who printed it, under which key, factor kinds there, what to compare, tolerance
MIG_PARITY = [
    ("locatello2019", DLIB, "mig_bins20_full(factors raw)", {}, 1e-12),
    ("tutorial", DLIB, "mig_bins20_full(factors 20-bin)", {}, 1e-12),
    ("locatello2019", DLIB, "mig_bins10_full", {"n_bins": 10}, 1e-12),
    ("locatello2019", DLIB, "mig_bins40_full", {"n_bins": 40}, 1e-12),
    ("tutorial", REFERENCE, "mig_bins20", {}, 1e-12),
    ("tutorial", TUTORIAL, "mig digitize 20 bins edges=inner", {}, 1e-12),
    ("tutorial", TUTORIAL, "mig digitize 20 bins edges=quantile", {"discretizer": "quantile"}, 1e-12),
]
MATRIX_KEYS = ("mi_matrix_nats_latent_x_factor", "mi")
GAP_KEYS = ("gap_per_factor", "per_factor")


def found(block, keys):
    return next(np.array(block[key]) for key in keys if key in block)


def labels_of(factors):
    """Labels as the classifiers of the recorded runs saw them: continuous factors in 20 equal-width bins."""
    if factors.dtype.kind != "f":
        return factors
    return np.stack([discretize_uniform(column, 20) for column in factors.T], axis=1)


def available():
    recorded = json.loads((GOLDEN / "expected.json").read_text())
    for row in MIG_PARITY:
        for case in CASES:
            if row[2] in recorded[case].get(row[1], {}):
                yield pytest.param(case, *row, id=f"{case}-{row[0]}-{row[2]}")


@pytest.mark.filterwarnings("ignore::disentangle_metrics.BiasWarning")
@pytest.mark.parametrize(("case", "protocol", "who", "key", "changes", "tolerance"), list(available()))
def test_mig_equals_what_they_printed(golden, case, protocol, who, key, changes, tolerance):
    latents, factors = golden.arrays(case)
    block = golden[case][who][key]
    # "raw" takes continuous factors as labels; every other block cuts them into 20 bins first.
    kinds = "categorical" if "raw" in key or factors.dtype.kind != "f" else "continuous"
    score = mig(latents, factors, **{**PROTOCOLS[protocol]["mig"], **changes, "factor_kinds": kinds})
    assert score == pytest.approx(block["mig"], abs=tolerance)
    np.testing.assert_allclose(score.matrix, found(block, MATRIX_KEYS), rtol=0, atol=tolerance)
    np.testing.assert_allclose(score.per_factor, found(block, GAP_KEYS), rtol=0, atol=tolerance)


def test_every_recorded_case_is_compared():
    assert len(CASES) == 10
    compared = {param.values[0] for param in available()}
    assert compared == set(CASES)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("order", ["C", "F"])
def test_mig_is_the_same_for_every_dtype_and_memory_order(golden, case, dtype, order):
    latents, factors = golden.arrays(case)
    if latents.dtype == np.float64 and dtype == np.float32:
        latents = latents.astype(np.float32).astype(np.float64)  # the values that float32 can hold
    as_given = mig(latents.astype(np.float64), factors)
    again = mig(np.asarray(latents, dtype=dtype, order=order), np.asarray(factors, order=order))
    assert again == as_given
    np.testing.assert_array_equal(again.matrix, as_given.matrix)


@pytest.mark.parametrize("case", CASES)
def test_sap_of_locatello2019_equals_disentanglement_lib_cell_for_cell(golden, case):
    latents, factors = golden.arrays(case)
    block = {**golden[case][DLIB], **golden[case].get(f"{DLIB} converged", {})}[SVC]
    # recorded on arrays of which its code takes the first 80 % to train; the program itself draws 10,000 and 5,000 rows
    score = sap(latents, labels_of(factors), **{**PROTOCOLS["locatello2019"]["sap"], "test_size": 0.2})
    n_train = int(np.ceil(0.8 * len(latents)))
    for j, k in np.argwhere(np.abs(score.matrix - block["score_matrix"]) > 1e-12):
        # liblinear stops at a tolerance; it may put one row on the other side of a tie
        difference = abs(score.matrix[j, k] - block["score_matrix"][j][k]) * (len(latents) - n_train)
        x, y = latents[:, j].astype(float), labels_of(factors)[:, k].astype(np.intp)
        fit = fit_lines(x[:n_train], y[:n_train], y.max() + 1, squared_hinge_loss, 0.01, True)
        best = np.sort(np.outer(x[n_train:], fit.slope) + fit.intercept, axis=1)[:, -2:]
        assert difference == pytest.approx(1)
        assert np.min(best[:, 1] - best[:, 0]) < 1e-7
    assert score == pytest.approx(block["sap"], abs=1e-12)


@pytest.mark.parametrize("case", CASES)
def test_sap_with_the_tutorials_settings_equals_its_converged_numbers_cell_for_cell(golden, case):
    latents, factors = golden.arrays(case)
    block = golden[case][TUTORIAL][LOGISTIC]
    score = sap(latents, labels_of(factors), **PROTOCOLS["tutorial"]["sap"], random_state=0)
    np.testing.assert_allclose(score.matrix, block["score_matrix_seed0"], rtol=0, atol=1e-12)
    assert score == pytest.approx(block["mean"], abs=1e-12)


@pytest.mark.filterwarnings("ignore::disentangle_metrics.BiasWarning")
@pytest.mark.parametrize("case", CASES)
def test_r2_equals_the_continuous_sap_of_disentanglement_lib(golden, case):
    latents, factors = golden.arrays(case)
    score = sap(latents, factors, probe="r2")
    theirs = np.array(golden[case][DLIB]["sap_continuous_matrix"])
    np.testing.assert_allclose(score.matrix, theirs, rtol=0, atol=1e-12)
    assert score == pytest.approx(golden[case][DLIB]["sap_continuous(peer)"]["SAP_score"], abs=1e-12)


def test_the_ceiling_of_a_perfect_code_of_dsprites_factors():
    """The README's yardstick: five latents equal to the factors, and five of noise, on 10,000 rows."""
    rng = np.random.default_rng(0)
    factors = np.stack([rng.integers(size, size=10_000) for size in (3, 6, 40, 32, 32)], axis=1)
    latents = np.hstack([factors, rng.normal(size=factors.shape)])
    assert mig(latents, factors) == pytest.approx(0.896, abs=0.005)
    assert sap(latents, factors) == pytest.approx(0.37, abs=0.015)
    assert sap(latents, factors, **PROTOCOLS["locatello2019"]["sap"]) == pytest.approx(0.23, abs=0.01)
