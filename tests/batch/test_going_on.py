"""A run that was stopped goes on where it was, with the same settings alone."""

import os
import time

import pandas as pd
import pytest
from runs import ARGS, N, batch, journal, stop_after

from disentangle_metrics import score_many


def test_what_was_scored_is_not_scored_again(runs, loads):
    stop_after(2)
    assert loads == runs[:2]
    loads.clear()
    result = batch(*ARGS, "-o", "out.csv")
    assert loads == runs[2:]
    assert "2 of 6 files were scored before" in result.stderr
    found, expected = pd.read_csv("out.csv"), score_many("run*/latents.npz", "factors.npz", "mig")
    assert found["mig"].tolist() == expected["mig"].tolist()


def test_an_interrupt_writes_what_there_is(runs):
    stop_after(4)
    assert pd.read_csv("out.csv")["file"].tolist() == runs[:4]
    assert len(journal()) == 5


def test_a_line_that_was_cut_short_is_scored_again(runs, loads, tmp_path):
    stop_after(3)
    path = tmp_path / "out.csv.partial.jsonl"
    path.write_bytes(path.read_bytes()[:-20])
    loads.clear()
    assert batch(*ARGS, "-o", "out.csv").exit_code == 0
    assert loads == runs[2:]


def test_a_run_may_be_killed_again_and_again(runs, tmp_path):
    path = tmp_path / "out.csv.partial.jsonl"
    for done in (2, 3, 4):
        stop_after(2)
        path.write_bytes(path.read_bytes()[:-20])
        assert len(pd.read_csv("out.csv")) == done
    assert batch(*ARGS, "-o", "out.csv").exit_code == 0


@pytest.mark.parametrize("size", [0, 10])
def test_a_journal_that_was_cut_in_its_first_line_is_begun_anew(runs, tmp_path, size):
    stop_after(3)
    path = tmp_path / "out.csv.partial.jsonl"
    path.write_bytes(path.read_bytes()[:size])
    assert batch(*ARGS, "-o", "out.csv").exit_code == 0
    assert len(pd.read_csv("out.csv")) == N


def test_a_journal_that_is_damaged_is_refused(runs, tmp_path):
    stop_after(3)
    lines = journal()
    (tmp_path / "out.csv.partial.jsonl").write_bytes(b"".join([*lines[:2], b"\0\0\n", *lines[2:]]))
    result = batch(*ARGS, "-o", "out.csv")
    assert result.exit_code == 2
    assert "out.csv.partial.jsonl is damaged in line 3" in result.stderr


@pytest.mark.parametrize("what", ["run001/latents.npz", "factors.npz"])
def test_what_has_changed_is_scored_again(runs, loads, what):
    stop_after(4)
    later = time.time() + 10
    os.utime(what, (later, later))
    loads.clear()
    batch(*ARGS, "-o", "out.csv")
    assert loads == (runs if what == "factors.npz" else [runs[1], *runs[4:]])


@pytest.mark.parametrize(
    ("args", "change"),
    [
        (["-m", "sap"], '(metrics: ["mig"], now ["mig", "sap"])'),
        (["--set", "mig.n_bins=5"], 'options.mig: null, now {"n_bins": 5}'),
        (["--protocol", "tutorial"], 'protocol: null, now "tutorial"'),
        (["--factor-kind", "continuous"], 'factor_kinds: null, now "continuous"'),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_other_settings_are_refused_and_nothing_is_lost(runs, loads, args, change):
    stop_after(2)
    before = journal()
    loads.clear()
    result = batch(*ARGS, *args, "-o", "out.csv")
    assert result.exit_code == 2
    assert change in result.stderr
    assert "out.csv.partial.jsonl holds results of other settings" in result.stderr
    assert (loads, journal()) == ([], before)


def test_results_of_another_version_are_refused(runs, monkeypatch):
    stop_after(2)
    monkeypatch.setattr("disentangle_metrics.batch.__version__", "9.9")
    assert 'now "9.9"' in batch(*ARGS, "-o", "out.csv").stderr


def test_other_factors_are_refused(runs):
    stop_after(2)
    os.link("factors.npz", "other.npz")
    assert 'factors: "factors.npz", now "other.npz"' in batch(*ARGS, "--factors", "other.npz", "-o", "out.csv").stderr


def test_an_output_is_free_again_after_a_run_that_was_refused(runs):
    stop_after(2)
    assert batch(*ARGS, "--set", "mig.n_bins=5", "-o", "out.csv").exit_code == 2
    assert batch(*ARGS, "-o", "out.csv").exit_code == 0
