"""The measurement of levels: what it measures runs, and equal models are alike in what they know."""

import numpy as np
import pytest

from benchmarks.aa import CASES, METRICS, one, rows_of_table
from disentangle_metrics import config


@pytest.fixture(autouse=True)
def _as_it_was():
    before = config.threads, config.backend
    yield
    config.threads, config.backend = before


@pytest.mark.parametrize("case", CASES)
def test_each_case_has_a_p_value_by_each_test(case):
    found = one("mig", case, 200, seed=0, n_boot=20)
    assert set(found["p"]) == ({"permutation", "t"} if "seeds" in case else {"bootstrap", "sign-flip"})
    assert all(0 < p <= 1 for p in found["p"].values())


def test_a_row_of_the_table_says_how_many_were_rejected():
    done = [one("mig", "same", 200, seed, n_boot=20) for seed in range(2)]
    done[0]["n"] = done[1]["n"] = 500
    done[0]["p"]["bootstrap"], done[1]["p"]["bootstrap"] = 0.01, 0.5
    first, _ = rows_of_table(done)
    assert first[:4] == ["mig", "same", "500", "bootstrap"]
    assert first[4].startswith("50.0 %")
    assert first[-1] == "2"


@pytest.mark.parametrize("name", METRICS)
def test_every_metric_is_drawn_again_without_scoring_anew(name):
    found = one(name, "same", 200, seed=0, n_boot=20)
    assert np.isfinite(found["value"])
