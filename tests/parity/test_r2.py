"""R2 against what published programs printed: cl-ica and CausalVerse, on all recorded cases."""

import json

import numpy as np
import pytest
from conftest import GOLDEN
from sklearn.linear_model import LinearRegression
from sklearn.metrics import r2_score

from disentangle_metrics import PROTOCOLS, r2

RECORDED = json.loads((GOLDEN / "family.json").read_text())


def printed(who, setting):
    """Return the recorded output of a program under a setting, by case."""
    return {
        case: block[setting]
        for case, blocks in RECORDED.items()
        for name, block in blocks.items()
        if name.startswith(who) and setting in block
    }


IN_SAMPLE = printed("cl-ica", "linear_disentanglement(r2, train=test)")
ADJUSTED = printed("cl-ica", "linear_disentanglement(adjusted_r2, train=test)")
HALVES = printed("cl-ica", "linear_disentanglement(r2, train_test_split=True)")
KERNEL = printed(
    "CausalVerse", "compute_r2(factors, latents): kernel ridge rbf, first half -> second half, r2 uniform average"
)


@pytest.mark.parametrize("case", sorted(IN_SAMPLE))
def test_linear_r2_equals_cl_ica(golden, case):
    latents, factors = golden.arrays(case)
    score = r2(latents, factors, **PROTOCOLS["zimmermann2021"]["r2"])
    assert score == pytest.approx(IN_SAMPLE[case], abs=1e-10)
    n, k = factors.shape
    adjusted = 1 - (1 - score) * (n - 1) / (n - k - 1)  # theirs counts factors, not latents
    assert adjusted == pytest.approx(ADJUSTED[case], abs=1e-10)


@pytest.mark.parametrize("case", sorted(HALVES))
def test_linear_r2_on_the_second_half_equals_cl_ica(golden, case):
    score = r2(*golden.arrays(case), shuffle=False, factor_kinds="continuous")
    assert score.matrix.mean() == pytest.approx(HALVES[case], abs=1e-10)  # which counts negative R2


@pytest.mark.parametrize("case", sorted(KERNEL))
def test_kernel_r2_equals_causalverse(golden, case):
    score = r2(*golden.arrays(case), **PROTOCOLS["causalverse2025"]["r2"])
    assert score.matrix.mean() == pytest.approx(KERNEL[case], abs=1e-10)


@pytest.mark.parametrize("case", ["c04_noise", "c09_continuous", "c15_d64_k10"])
def test_lachapelle2022_is_the_mean_root_of_r2(golden, case):
    latents, factors = (array.astype(float) for array in golden.arrays(case))
    z, v = ((x - x.mean(axis=0)) / x.std(axis=0) for x in (latents, factors))
    r2s = r2_score(v, LinearRegression().fit(z, v).predict(z), multioutput="raw_values")
    assert r2(latents, factors, **PROTOCOLS["lachapelle2022"]["r2"]) == pytest.approx(np.mean(np.sqrt(r2s)), abs=1e-10)


def test_all_recorded_numbers_are_compared():
    assert len(IN_SAMPLE) == len(ADJUSTED) == len(HALVES) == 10
    assert len(KERNEL) == 7
