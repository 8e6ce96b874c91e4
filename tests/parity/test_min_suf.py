"""Minimality and sufficiency against the program of Almudevar and Ortega, on every recorded case."""

import json

import pytest
from conftest import GOLDEN, Golden

from disentangle_metrics import PROTOCOLS, min_suf

THEIRS = "dependent_disentanglement min_suf.py (sklearn1.9.1,numpy2.4.6,scipy1.17.1)"
RECORDED = {
    case: found[THEIRS]["estimate_min_suf(n_bins=15)"]
    for case, found in json.loads((GOLDEN / "family.json").read_text()).items()
    if THEIRS in found
}


def test_seven_cases_are_compared():
    assert len(RECORDED) == 7


@pytest.mark.parametrize("case", RECORDED)
def test_it_equals_the_recorded_numbers(case):
    report = min_suf(*Golden.arrays(case), **PROTOCOLS["almudevar2024"]["min_suf"])
    for part, theirs in RECORDED[case].items():
        assert report[f"min_suf.{part}"] == pytest.approx(theirs, abs=1e-12)
