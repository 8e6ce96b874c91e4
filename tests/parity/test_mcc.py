"""MCC against what published programs printed: icebeem, cl-ica and slow_disentanglement, on all recorded cases."""

import json

import numpy as np
import pytest
from conftest import GOLDEN
from scipy.optimize import linear_sum_assignment
from sklearn.cross_decomposition import CCA

from disentangle_metrics import PROTOCOLS, mcc

RECORDED = json.loads((GOLDEN / "family.json").read_text())
NUMBERS = {"factor_kinds": "continuous"}
METHODS = ("pearson", "spearman")

# Perfect fits of labels: the program ranks fits that differ in the last digit. Ours share a rank, and score 1.
RANKS_OF_ROUNDING = {("c01_perfect", "spearman"), ("c02_rot45", "spearman")}
# The random columns that the program pads factors with take latents from factors.
STOLEN = {"c04_noise"}


def printed(who):
    """Return what a program printed, by case and setting; what is no number is left out."""
    return {
        (case, setting): value
        for case, blocks in RECORDED.items()
        for name, block in blocks.items()
        if name.startswith(who)
        for setting, value in block.items()
        if not (isinstance(value, dict) and "ERROR" in value)
    }


ICEBEEM, CL_ICA, SLOW = printed("icebeem"), printed("cl-ica"), printed("slow_disentanglement")


@pytest.mark.parametrize(
    ("case", "method"),
    [(case, method) for case in sorted({case for case, _ in ICEBEEM}) for method in METHODS],
)
def test_mcc_equals_icebeem(golden, case, method):
    score = mcc(*golden.arrays(case), **{**PROTOCOLS["khemakhem2020"]["mcc"], "correlation": method})
    assert score == pytest.approx(ICEBEEM[case, f"mean_corr_coef_np(factors, latents, {method})"], abs=1e-10)


@pytest.mark.parametrize("case", sorted({case for case, _ in ICEBEEM}))
@pytest.mark.parametrize("method", METHODS)
def test_matrices_of_halves_give_icebeems_value_on_other_rows(golden, case, method):
    latents, factors = golden.arrays(case)
    half = len(latents) // 2
    first, second = (
        np.abs(mcc(latents[rows], factors[rows], correlation=method, **NUMBERS).matrix)
        for rows in (slice(half), slice(half, None))
    )
    value = second[linear_sum_assignment(first, maximize=True)].mean()
    setting = f"mean_corr_coef_out_of_sample(first half -> second half, {method})"
    assert value == pytest.approx(ICEBEEM[case, setting], abs=1e-10)


def test_the_weak_form_equals_canonical_correlation_by_scikit_learn(golden):
    for case in ("c02_rot45", "c07_corr_factors", "c09_continuous"):
        latents, factors = (array.astype(float) for array in golden.arrays(case))
        n_pairs = min(latents.shape[1], factors.shape[1])
        one, other = CCA(n_pairs, max_iter=10_000, tol=1e-12).fit_transform(latents, factors)
        expected = np.mean([np.corrcoef(a, b)[0, 1] for a, b in zip(one.T, other.T, strict=True)])
        assert mcc(latents, factors, **PROTOCOLS["khemakhem2020-weak"]["mcc"]) == pytest.approx(expected, abs=1e-6)


LINEAR = [(case, method) for case in sorted({case for case, _ in CL_ICA}) for method in METHODS]


@pytest.mark.parametrize(("case", "method"), [pair for pair in LINEAR if pair not in RANKS_OF_ROUNDING])
def test_a_linear_mapping_equals_cl_ica(golden, case, method):
    score = mcc(*golden.arrays(case), correlation=method, mapping="linear", **NUMBERS)
    assert score == pytest.approx(CL_ICA[case, f"linear_disentanglement({method}, train=test)"], abs=1e-10)


@pytest.mark.parametrize(("case", "method"), sorted(RANKS_OF_ROUNDING))
def test_a_perfect_fit_of_labels_has_their_ranks(golden, case, method):
    score = mcc(*golden.arrays(case), correlation=method, mapping="linear", **NUMBERS)
    assert score == pytest.approx(1.0, abs=1e-10 if golden.arrays(case)[0].dtype == float else 1e-3)
    assert CL_ICA[case, f"linear_disentanglement({method}, train=test)"] < 0.996


PERMUTED = sorted(pair for pair in CL_ICA if pair[1].startswith("permutation"))


@pytest.mark.parametrize(("case", "setting"), PERMUTED)
def test_mcc_equals_cl_ica(golden, case, setting):
    method = "spearman" if "spearman" in setting else "pearson"
    options = {**PROTOCOLS["zimmermann2021"]["mcc"], "correlation": method}
    assert mcc(*golden.arrays(case), **options) == pytest.approx(CL_ICA[case, setting], abs=1e-10)


@pytest.mark.parametrize(("case", "setting"), sorted(SLOW))
def test_mcc_equals_slow_disentanglement(golden, case, setting):
    method = "spearman" if "Spearman" in setting else "pearson"
    options = {**PROTOCOLS["causalverse2025"]["mcc"], "correlation": method}
    score, seeds = mcc(*golden.arrays(case), **options), SLOW[case, setting]["per_seed"]
    if case in STOLEN:
        assert max(seeds) == pytest.approx(score, abs=1e-10)
        assert min(seeds) < score - 1e-3
    else:
        np.testing.assert_allclose(seeds, score, rtol=0, atol=1e-10)


def test_lachapelle2022_is_the_same_matching(golden):
    latents, factors = golden.arrays("c01_perfect")
    cc = np.abs(np.corrcoef(factors, latents, rowvar=False)[:5, 5:])
    expected = cc[linear_sum_assignment(-1 * cc)].mean()
    assert mcc(latents, factors, **PROTOCOLS["lachapelle2022"]["mcc"]) == pytest.approx(expected, abs=1e-10)


def test_all_recorded_numbers_are_compared():
    assert len({case for case, _ in ICEBEEM}) == len({case for case, _ in CL_ICA}) == 10
    assert len(PERMUTED) == 6
    assert len(SLOW) == 18
    assert len(LINEAR) == 20
