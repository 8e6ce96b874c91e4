"""Metrics of joint counts beside what other programs printed: modularity, MIG-sup, DCIMIG and MED.

Every recorded number is compared. Left out are, by name: modularity of clarken92, which raised a ValueError on all ten
cases.
"""

import json

import numpy as np
import pytest
from conftest import GOLDEN

from disentangle_metrics import PROTOCOLS, dcimig, evaluate, med, mig_sup, modularity

RECORDED = json.loads((GOLDEN / "expected.json").read_text())
FAMILY = json.loads((GOLDEN / "family.json").read_text())
METRICS = {"modularity": modularity, "mig_sup": mig_sup, "dcimig": dcimig}
UBISOFT, DLIB, LATTE, MED = "ubisoft-laforge", "disentanglement_lib 1.5 (", "latte-metrics", "disentanglement_lib_med"
AS_LABELS, AS_NUMBERS = {"factor_kinds": "categorical"}, {"factor_kinds": "continuous"}
TWENTY = {"n_bins": 20, "factor_bins": 20}


def of_ubisoft():
    """The settings of the program, each metric in 10 and in 20 bins, with factors as labels and in bins."""
    for metric in METRICS:
        for bins, changes in ((10, {}), (20, TWENTY)):
            for continuous, kinds in ((False, AS_LABELS), (True, AS_NUMBERS)):
                key = f"{metric}(continuous_factors={continuous},nb_bins={bins})"
                yield "carbonneau2022", metric, UBISOFT, key, {**changes, **kinds}


TABLE = [("locatello2019", "modularity", DLIB, "modularity_bins20", {}), *of_ubisoft()]


def blocks(recorded, who, key):
    """The case and the recorded value of each case in which a program printed something under a key."""
    for case, programs in recorded.items():
        for name, found in programs.items():
            if name.startswith(who) and key in found:
                yield case, found[key]


COMPARED = [
    pytest.param(case, protocol, metric, changes, value, id=f"{case}-{protocol}-{key}")
    for protocol, metric, who, key, changes in TABLE
    for case, value in blocks(RECORDED, who, key)
]


@pytest.mark.parametrize(("case", "protocol", "metric", "changes", "value"), COMPARED)
def test_a_protocol_equals_what_its_code_printed(golden, case, protocol, metric, changes, value):
    kinds = changes
    if protocol == "locatello2019" and case == "c09_continuous":
        kinds = AS_NUMBERS  # its runs cut the measurements of this case into 20 bins first
    score = METRICS[metric](*golden.arrays(case), **{**PROTOCOLS[protocol][metric], **kinds})
    assert score == pytest.approx(value, abs=1e-10)


def test_every_recorded_number_is_compared():
    assert len(COMPARED) == 10 + 3 * (6 + 8 + 1 + 1)


@pytest.mark.parametrize(
    ("case", "block"),
    [
        pytest.param(case, block, id=f"{case}-{kind}")
        for kind in (True, False)
        for case, block in blocks(RECORDED, LATTE, f"modularity per latent(discrete={kind})")
    ],
)
def test_modularity_of_latte_equals_what_it_printed(golden, case, block):
    score = evaluate(*golden.arrays(case), metrics="modularity", protocol="latte")["modularity"]
    np.testing.assert_allclose(score.per_latent, block["per_latent"], rtol=0, atol=1e-9)
    assert score == pytest.approx(block["mean"], abs=1e-9)


KEY = "_compute_med(topk=1), 20 bins, first 80 % train"


@pytest.mark.parametrize(
    ("case", "block"), [pytest.param(case, block, id=case) for case, block in blocks(FAMILY, MED, KEY)]
)
def test_med_equals_what_its_code_printed(golden, case, block):
    latents, factors = golden.arrays(case)
    n_train = int(np.ceil(0.8 * len(latents)))  # it adds 1e-11 to shares before their logarithm
    for top_k, before in ((None, ""), (1, "top1_")):
        report = med(latents[:n_train], factors[:n_train], top_k=top_k, **PROTOCOLS["cao2022"]["med"])
        for part in ("disentanglement", "completeness"):
            assert report[f"med.{part}"] == pytest.approx(block[before + part], abs=1e-9)


def test_eight_cases_of_med_and_seven_of_latte_are_compared():
    assert len(list(blocks(FAMILY, MED, KEY))) == 8
    assert sum(len(list(blocks(RECORDED, LATTE, f"modularity per latent(discrete={k})"))) for k in (True, False)) == 7
