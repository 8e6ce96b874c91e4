"""Every protocol against what its code printed; where nothing was recorded, against the definition written out slowly.

A row of the table is a protocol (or plain options), a metric, whose recorded number it is and under which key, what is
changed of the protocol for that recording, and how near it must be. Cells for which the other code printed NaN or an
error are not recorded as numbers and so are not compared. Cases and numbers: tests/golden/README.md.
"""

import json

import numpy as np
import pytest
import slow
from conftest import GOLDEN
from hypothesis import given
from hypothesis import strategies as st
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import minmax_scale
from sklearn.svm import LinearSVC
from strategies import labelled

from disentangle_metrics import PROTOCOLS, mig, sap
from disentangle_metrics.kernels.discretizing.discretizers import discretize_uniform
from disentangle_metrics.kernels.linear.univariate import fit_lines, squared_hinge_loss

RECORDED = json.loads((GOLDEN / "expected.json").read_text())
METRICS = {"mig": mig, "sap": sap}

UBISOFT, CLARKEN, DENT, LATTE, DLIB, TUTORIAL = (
    "ubisoft-laforge",
    "clarken92",
    "facebookresearch/dent",
    "latte-metrics",
    "disentanglement_lib 1.5",
    "tutorial (sklearn1.9.1",
)
SVC = "sap_discrete(LinearSVC CONVERGED dual=False tol=1e-10 max_iter=1e6, 80/20)"
AS_NUMBERS, IN_BINS = {"factor_kinds": "continuous"}, {"factor_bins": 10}

# protocol, metric, who printed it, under which key, what is changed, tolerance
TABLE = [
    ("carbonneau2022", "mig", UBISOFT, "mig(continuous_factors=False,nb_bins=10)", {}, 1e-12),
    ("carbonneau2022", "mig", UBISOFT, "mig(continuous_factors=True,nb_bins=10)", {}, 1e-12),
    ("carbonneau2022", "mig", UBISOFT, "mig(continuous_factors=False,nb_bins=20)", {"n_bins": 20}, 1e-12),
    (
        "carbonneau2022",
        "mig",
        UBISOFT,
        "mig(continuous_factors=True,nb_bins=20)",
        {"n_bins": 20, "factor_bins": 20},
        1e-12,
    ),
    ("carbonneau2022", "mig", UBISOFT, "mi_matrices(nb_bins=10)", {}, 1e-12),
    ("carbonneau2022", "mig", UBISOFT, "mi_matrices(nb_bins=20)", {"n_bins": 20, "factor_bins": 20}, 1e-12),
    (
        "carbonneau2022",
        "sap",
        UBISOFT,
        "sap(classification tree cv10, continuous_factors=False,nb_bins=10)",
        {},
        1e-12,
    ),
    (
        "carbonneau2022",
        "sap",
        UBISOFT,
        "sap(classification tree cv10, continuous_factors=True,nb_bins=10)",
        IN_BINS,
        1e-12,
    ),
    # It scales float32 latents to [0, 1] in float32 first.
    ("carbonneau2022", "sap", UBISOFT, "sap(regression,continuous_factors=True)", AS_NUMBERS, 1e-8),
    ("do2020", "mig", CLARKEN, "mig_locatello(num_bins=40 default)", {}, 1e-6),
    ("do2020", "mig", CLARKEN, "mig_locatello(num_bins=20)", {"n_bins": 20, "factor_bins": 20}, 1e-6),
    ("do2020", "sap", CLARKEN, "sap continuous", AS_NUMBERS, 1e-12),
    (
        "roth2023",
        "mig",
        DENT,
        "mig num_bins=20 (body of MIG.__call__ restated, fastargs stubbed)",
        {},
        1e-12,
    ),
    ("latte", "sap", LATTE, "sap discrete LinearSVC C=1 train=test, seed42", {}, 1e-12),
    ("latte", "sap", LATTE, "sap continuous", AS_NUMBERS, 1e-12),
    ("locatello2019-continuous", "mig", DLIB, "mig_bins20_full(factors 20-bin)", {}, 1e-12),
    ("locatello2019-continuous", "sap", DLIB, "sap_continuous(peer)", {}, 1e-12),
    ("locatello2019-continuous", "sap", DLIB, "sap_continuous_matrix", {}, 1e-12),
    ("locatello2019-continuous", "sap", "disent 0.8.0", "sap_continuous(peer)", {}, 1e-12),
    (
        None,
        "sap",
        TUTORIAL,
        "sap multinomial newton-cg C=0.1 CONVERGED tol=1e-10",
        {"probe": "multinomial", "random_state": 0, "factor_bins": 20},
        1e-12,
    ),
]

VALUE = ("mig", "MIG", "sap", "SAP_score", "sap.score", "mean")
PER_FACTOR = ("per_factor", "gap_per_factor", "MI_gap_y")
MATRIX = ("mi_matrix_nats_latent_x_factor", "MI_z_y", "score_matrix_seed0", "mi_bits_factor_x_latent")


def block_of(case, who, key):
    """The first recording of an implementation under a key, or None."""
    for name, found in RECORDED[case].items():
        if name.startswith(who) and key in found:
            return found[key]
    return None


def numbers(block):
    """Its score, per-factor gaps and matrix (latent, factor) in nats, each None where it was not recorded."""
    if isinstance(block, list):
        return None, None, np.array(block)
    if not isinstance(block, dict):
        return block, None, None
    value, gaps, matrix = (
        next((block[key] for key in keys if key in block), None) for keys in (VALUE, PER_FACTOR, MATRIX)
    )
    if "mi_bits_factor_x_latent" in block:
        matrix = np.array(matrix).T * np.log(2)
    return value, gaps, matrix


def available():
    for row in TABLE:
        for case in sorted(RECORDED):
            if block_of(case, *row[2:4]) is not None:
                yield pytest.param(case, *row, id=f"{case}-{row[0]}-{row[3]}")


@pytest.mark.filterwarnings("ignore::disentangle_metrics.BiasWarning")
@pytest.mark.parametrize(("case", "protocol", "metric", "who", "key", "changes", "tolerance"), list(available()))
def test_a_protocol_equals_what_its_code_printed(golden, case, protocol, metric, who, key, changes, tolerance):
    options = {**(PROTOCOLS[protocol][metric] if protocol else {}), **changes}
    score = METRICS[metric](*golden.arrays(case), **options)
    value, gaps, matrix = numbers(block_of(case, who, key))
    if value is not None:
        assert score == pytest.approx(value, abs=tolerance)
    if gaps is not None:
        np.testing.assert_allclose(score.per_factor, gaps, rtol=0, atol=tolerance)
    if matrix is not None:
        np.testing.assert_allclose(score.matrix, matrix, rtol=0, atol=tolerance)


def test_every_row_of_the_table_has_recorded_cases():
    compared = [(param.values[0], param.values[1], param.values[4]) for param in available()]
    assert {(protocol, key) for _, protocol, key in compared} == {(row[0], row[3]) for row in TABLE}
    assert len(compared) >= 120
    assert len({case for case, _, _ in compared}) == 10


@pytest.mark.parametrize(
    "case", sorted(case for case in RECORDED if block_of(case, DLIB, SVC) and case != "c09_continuous")
)
def test_labels_by_do2020_are_scored_as_disentanglement_lib_does(golden, case):
    latents, factors = golden.arrays(case)
    score = sap(latents, factors, **{**PROTOCOLS["do2020"]["sap"], "test_size": 0.2})  # what was recorded holds out .2
    theirs = np.array(block_of(case, DLIB, SVC)["score_matrix"])
    n_train = int(np.ceil(0.8 * len(latents)))
    for j, k in np.argwhere(np.abs(score.matrix - theirs) > 1e-12):
        x, y = latents[:, j].astype(float), factors[:, k].astype(np.intp)
        fit = fit_lines(x[:n_train], y[:n_train], y.max() + 1, squared_hinge_loss, 0.01, True)
        lines = slow.Lines(fit.slope, fit.intercept, fit.spread)
        assert abs(score.matrix[j, k] - theirs[j, k]) * (len(latents) - n_train) == pytest.approx(1)
        assert slow.nearly_tied(x[n_train:], lines).any()


quiet = pytest.mark.filterwarnings(
    "ignore::disentangle_metrics.DegenerateFactorWarning", "ignore::disentangle_metrics.InactiveLatentWarning"
)


def split(z, v, test_size):
    return train_test_split(z, v, test_size=test_size, random_state=42)


def kumar(z, v):
    """Balanced accuracy on test rows of the cuts that are best for it on the training rows; 0 for a constant latent."""
    train, test, v_train, v_test = split(z, v, 0.2)
    if np.ptp(z) == 0:
        return 0.0
    starts, classes = slow.fit_cuts(train, v_train, 5)
    predicted = classes[np.searchsorted(starts, test, side="right")]
    return np.mean([np.mean(predicted[v_test == c] == c) for c in np.unique(v_test)])


@quiet
@given(data=labelled())
def test_kumar2018_equals_the_paper_written_out_for_labels(data):
    latents, factors = data
    score = sap(latents, factors, **PROTOCOLS["kumar2018"]["sap"])
    for j, k in np.argwhere(~np.isnan(score.matrix)):
        v = np.unique(factors[:, k], return_inverse=True)[1]
        assert score.matrix[j, k] == pytest.approx(kumar(latents[:, j], v), abs=1e-12)


def test_kumar2018_scores_measurements_by_squared_correlation_and_inactive_latents_by_nothing():
    rng = np.random.default_rng(0)
    factors = rng.normal(size=(300, 2))
    latents = np.column_stack([factors + rng.normal(size=(300, 2)), np.full(300, 7.0)])
    score = sap(latents, factors, **PROTOCOLS["kumar2018"]["sap"])
    expected = [[np.corrcoef(z, v)[0, 1] ** 2 for v in factors.T] for z in latents[:, :2].T]
    np.testing.assert_allclose(score.matrix, [*expected, [0, 0]], atol=1e-12)


def in_bins(values):
    return np.digitize(minmax_scale(values.astype(float)), np.linspace(0, 1, 21)[:-1])


def roth(z, v):
    """Accuracy of liblinear's balanced SVM on bins of the latent, counted from 1, for bins of the factor."""
    train, test, v_train, v_test = split(in_bins(z), in_bins(v), 1 / 3)
    if len(np.unique(v_train)) == 1:
        return np.mean(v_test == v_train[0]), 0
    model = LinearSVC(C=0.01, class_weight="balanced", dual=False, tol=1e-10, max_iter=10**6)
    decision = model.fit(train[:, None], v_train).decision_function(test[:, None])
    decision = np.stack([0 * decision, decision], axis=1) if decision.ndim == 1 else decision
    two = np.sort(decision, axis=1)[:, -2:]
    return np.mean(model.predict(test[:, None]) == v_test), np.mean(two[:, 1] - two[:, 0] < 1e-7)


@pytest.mark.parametrize("case", ["c01_perfect", "c08_dsprites_sizes", "c09_continuous", "c13_tiny_n50"])
def test_roth2023_equals_its_sap_written_out_with_scikit_learn(golden, case):
    latents, factors = golden.arrays(case)
    latents, factors = latents[:1500, :3], factors[:1500]
    score = sap(latents, factors, **PROTOCOLS["roth2023"]["sap"])
    for j, k in np.ndindex(score.matrix.shape):
        expected, leeway = roth(latents[:, j], factors[:, k])
        assert score.matrix[j, k] == pytest.approx(expected, abs=1e-12 + leeway)


def test_roth2023_merges_the_values_of_a_factor_that_has_more_than_twenty():
    rng = np.random.default_rng(0)
    factors = rng.integers(40, size=(4000, 2))
    assert mig(factors, factors, **PROTOCOLS["roth2023"]["mig"]) > 0.98
    assert mig(factors, factors, n_bins=20) < 0.82


@quiet
@given(data=labelled(min_rows=6), seed=st.integers(0, 99))
def test_every_protocol_for_sap_is_unmoved_by_the_order_of_latents_and_factors(data, seed):
    latents, factors = data
    rng = np.random.default_rng(seed)
    j, k = rng.permutation(latents.shape[1]), rng.permutation(factors.shape[1])
    for name in ("kumar2018", "carbonneau2022", "roth2023", "do2020", "latte"):
        options = PROTOCOLS[name]["sap"]
        score, again = sap(latents, factors, **options), sap(latents[:, j], factors[:, k], **options)
        np.testing.assert_allclose(again.matrix, score.matrix[j][:, k], rtol=0, atol=1e-12)


def test_bins_are_those_of_the_discretizer():
    values = np.random.default_rng(0).normal(size=500)
    np.testing.assert_array_equal(in_bins(values), discretize_uniform(values, 20) + 1)
