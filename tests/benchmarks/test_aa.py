"""The measurement of levels: what it measures runs, and equal models are alike in what they know."""

import json

import numpy as np
import pytest

from benchmarks.aa import CASES, MARKS, METRICS, made, main, one
from disentangle_metrics import config


@pytest.fixture(autouse=True)
def _as_it_was():
    before = config.threads, config.backend
    yield
    config.threads, config.backend = before


@pytest.mark.parametrize("case", CASES)
def test_each_case_has_a_p_value_by_each_test(case):
    found = one(CASES[case].metrics[0], case, 200, seed=0, n_boot=20)
    assert set(found["p"]) == set(CASES[case].tests)
    assert all(0 < p <= 1 for p in found["p"].values())


def test_a_row_of_the_table_says_how_many_were_rejected():
    done = [one("mig", "heavy tails", 200, seed, n_boot=20) for seed in range(2)]
    done[0]["n"] = done[1]["n"] = 500
    done[0]["p"]["bootstrap"], done[1]["p"]["bootstrap"] = 0.01, 0.5
    head, _, first, second = made(done, "level").splitlines()
    assert head.startswith("| pairs of models | test | rows | mig | pairs |")
    assert first == f"| {CASES['heavy tails'].what} | bootstrap | 500 | 50.0 | 2 |"
    assert "| sign-flip |" in second
    assert len(made(done, "power").splitlines()) == 2


@pytest.mark.parametrize("case", [name for name, case in CASES.items() if case.make and case.worse == 1])
def test_the_same_seed_makes_the_same_pair(case):
    v = [CASES[case].make(50, np.random.default_rng(0)) for _ in range(2)]
    [a, b], [c, d] = ([encode(1.0), encode(1.0)] for encode, _ in v)
    assert np.array_equal([a, b], [c, d])
    assert not np.array_equal(a, b)


def test_a_run_goes_on_from_its_journal_and_fills_the_page(tmp_path):
    page, journal = tmp_path / "page.md", tmp_path / "aa.jsonl"
    page.write_text("\n".join(f"{begin}\nold\n{end}" for begin, end in MARKS.values()))
    few = ["--n-boot", "20", "-m", "mig", "-n", "500", "--jobs", "1", "--journal", str(journal), "--page", str(page)]
    begun = one("mig", "same", 500, 0, n_boot=20) | {"p": {"bootstrap": 0.0}}
    journal.write_text(json.dumps(begun) + "\n")
    main(["--repeats", "1", "-c", "same", "-c", "noisier", *few], standalone_mode=False)
    assert not journal.exists()
    level, power, seeds = page.read_text().split("<!-- end of ")[:3]
    assert f"| {CASES['same'].what} | bootstrap | 500 | 100.0 |" in level
    assert CASES["noisier"].what in power
    assert "old" not in level + power
    assert "old" in seeds  # a table of which nothing was measured stays as it is


@pytest.mark.parametrize("name", METRICS)
def test_every_metric_is_drawn_again_without_scoring_anew(name):
    found = one(name, "same", 200, seed=0, n_boot=20)
    assert np.isfinite(found["value"])
