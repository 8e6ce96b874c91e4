"""JEMMIG against ubisoft-laforge, and its reduction against clarken92, which prints all of its entropies."""

import json
import re

import numpy as np
import pytest
from conftest import GOLDEN

from disentangle_metrics import PROTOCOLS, jemmig
from disentangle_metrics.kernels.counting.information import Information
from disentangle_metrics.metrics.jemmig import nearness

UBISOFT = "ubisoft-laforge 05d5667 (sklearn1.3.2,numpy1.26.4,scipy1.11.4,pyitlib0.2.2)"
RECORDED = [
    pytest.param(case, setting, theirs, id=f"{case}-{setting}")
    for case, found in json.loads((GOLDEN / "expected.json").read_text()).items()
    for setting, theirs in found.get(UBISOFT, {}).items()
    if setting.startswith("jemmig(")
]


def test_sixteen_numbers_are_compared():
    assert len(RECORDED) == 16


@pytest.mark.parametrize(("case", "setting", "theirs"), RECORDED)
def test_it_equals_ubisoft(golden, case, setting, theirs):
    n_bins = int(re.search(r"nb_bins=(\d+)", setting)[1])
    kinds = {"factor_kinds": "continuous"} if "continuous_factors=True" in setting else {}
    options = {**PROTOCOLS["carbonneau2022"]["jemmig"], **kinds, "n_bins": n_bins, "factor_bins": n_bins}
    assert jemmig(*golden.arrays(case), **options) == pytest.approx(theirs, abs=1e-12)


def test_the_protocol_has_the_ten_bins_of_their_default():
    assert PROTOCOLS["carbonneau2022"]["jemmig"]["n_bins"] == PROTOCOLS["carbonneau2022"]["jemmig"]["factor_bins"] == 10


def test_the_reduction_equals_clarken92():
    [found] = [
        block
        for name, block in json.loads((GOLDEN / "family.json").read_text())["c22_qzx_grid"].items()
        if name.startswith("clarken92")
    ]
    theirs = found["estimate_JEMMIG_cupy(num_samples=1000, seed=0, x_weights float64)"]
    mutual = np.array(theirs["MI_zi_yk"])
    latent = np.repeat(np.array(theirs["H_zi"])[:, None], mutual.shape[1], axis=1)
    factor = np.array(theirs["H_yk"])
    np.testing.assert_allclose(latent + factor - mutual, theirs["H_zi_yk"], atol=2e-6)
    info = Information(mutual, latent, factor, np.full(len(factor), 2), mutual)
    lacking = -nearness([info], np.full(len(mutual), 9.0), in_nats=True)
    # differential entropies can be negative, which those of bins cannot: the second factor's is, and counts as 0 here
    np.testing.assert_allclose(lacking, np.maximum(theirs["JEMMIG_yk"], 0.0), atol=2e-6)
    assert min(theirs["JEMMIG_yk"]) < 0
