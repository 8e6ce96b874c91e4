"""Metrics without factors: every number that disentanglement_lib printed, on every recorded case."""

import json

import numpy as np
import pytest
from conftest import GOLDEN

from disentangle_metrics import PROTOCOLS, evaluate

KEY, TC, W, MI = (
    *("unsupervised_bins20", "gaussian_total_correlation", "gaussian_wasserstein_correlation", "mutual_info_score"),
)
# What the two files call the distance divided by the trace.
SHARES = ("wass_norm", "gaussian_wasserstein_correlation_norm")
# Of copies their square root of a matrix is complex, by rounding that its imaginary part shows.
COMPLEX = {"c03_duplicated": 5e-8}


def recorded():
    for file in ("expected", "family"):
        for case, blocks in json.loads((GOLDEN / f"{file}.json").read_text()).items():
            for who, block in blocks.items():
                if isinstance(block, dict) and KEY in block:
                    yield pytest.param(case, block[KEY], id=f"{case}-{who.split(' ')[0]}")


CASES = list(recorded())


def real(number):
    """Their number, of a complex one the real part; infinity is text there."""
    return number["re"] if isinstance(number, dict) else float(number)


def test_every_recorded_case_is_compared():
    assert len(CASES) == 10
    assert {case for case, *_ in (param.values for param in CASES)} >= {"c03_duplicated", "c15_d64_k10"}


@pytest.mark.parametrize(("case", "printed"), CASES)
def test_the_protocol_has_their_numbers(case, printed, golden):
    latents, _ = golden.arrays(case)
    names = [name for name in PROTOCOLS["locatello2019"].metrics if name not in ("mig", "sap")]
    wanted = ["total_correlation", "wasserstein_correlation", "pairwise_information"]
    assert set(wanted) <= set(names)
    report = evaluate(latents, metrics=wanted, protocol="locatello2019")
    tolerance = COMPLEX.get(case, 1e-10)
    assert report["total_correlation"] == pytest.approx(real(printed[TC]), rel=1e-10)
    assert report["wasserstein_correlation"] == pytest.approx(real(printed[W]), rel=1e-9, abs=tolerance)
    assert report["pairwise_information"] == pytest.approx(real(printed[MI]), abs=1e-12)
    share = evaluate(
        *(latents, None, "wasserstein_correlation"),
        protocol="locatello2019",
        options={"wasserstein_correlation": {"normalizer": "trace"}},
    )["wasserstein_correlation"]
    theirs = next(real(printed[key]) for key in SHARES if key in printed)
    assert share == pytest.approx(theirs, rel=1e-9, abs=tolerance)


@pytest.mark.parametrize(("case", "printed"), CASES)
def test_units_move_the_published_distance_alone(case, printed, golden):
    latents = np.array(golden.arrays(case)[0], dtype=np.float64)
    moved = latents * 2.0 ** np.arange(latents.shape[1])[None] + 7
    before, after = (evaluate(z, metrics=["total_correlation", "wasserstein_correlation"]) for z in (latents, moved))
    for name, score in before.items():
        assert after[name] == pytest.approx(float(score), rel=1e-9, abs=1e-12)
    assert evaluate(moved, metrics="wasserstein_correlation", protocol="locatello2019")[
        "wasserstein_correlation"
    ] > real(printed[W])
