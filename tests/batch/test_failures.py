"""Files that fail are rows, and the rest is scored."""

import numpy as np
import pandas as pd
import pytest
from runs import ARGS, N, batch

from disentangle_metrics import DisentangleWarning, score_many


@pytest.fixture
def broken(runs, tmp_path):
    """A run that was cut short, and one that is gone."""
    path = tmp_path / runs[1]
    path.write_bytes(path.read_bytes()[:100])
    (tmp_path / runs[3]).unlink()
    (tmp_path / runs[3]).symlink_to("nowhere.npz")
    return runs


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_file_that_fails_is_a_row_and_does_not_stop_the_rest(broken, jobs):
    result = batch(*ARGS, "-o", "out.csv", "--jobs", jobs)
    table = pd.read_csv("out.csv")
    assert result.exit_code == 2
    assert table["error"].notna().tolist() == [False, True, False, True, False, False]
    assert table["mig"].isna().tolist() == table["error"].notna().tolist()
    assert "4 of 6 files are scored" in result.stderr


def test_what_failed_is_said_on_standard_error(broken):
    result = batch(*ARGS, "-o", "out.csv")
    failed = [line for line in result.stderr.splitlines() if line.startswith("failed: ")]
    assert failed[0].startswith("failed: run001/latents.npz: FileFormatError: run001/latents.npz cannot be read")
    assert failed[1].startswith("failed: run003/latents.npz: MissingFileError: run003/latents.npz is a link to nowhere")
    assert result.stdout == ""


def test_many_failures_are_not_all_printed(runs, monkeypatch):
    monkeypatch.setattr("disentangle_metrics.cli.batch._SHOWN", 2)
    np.savez("factors.npz", factors=np.arange(100) % 2)
    lines = batch(*ARGS, "-o", "out.csv").stderr.splitlines()
    assert [line[:9] for line in lines] == ["failed: r", "failed: r", "more fail", "0 of 6 fi"]


def test_failed_files_are_tried_again(broken, loads, tmp_path):
    assert "Repeat the same command" in batch(*ARGS, "-o", "out.csv").stderr
    np.savez(tmp_path / broken[1], mean=np.random.default_rng(0).normal(size=(120, 3)))
    loads.clear()
    batch(*ARGS, "-o", "out.csv")
    assert loads == [broken[1], broken[3]]
    assert pd.read_csv("out.csv")["error"].notna().sum() == 1


def test_an_error_nobody_foresaw_is_a_row(runs):
    def aggregate(gaps):
        if gaps[0] > 0.2:
            raise ZeroDivisionError("by nothing")
        return 0.5

    gaps = score_many("run*/latents.npz", "factors.npz", "mig")["mig[shape]"]
    with pytest.warns(DisentangleWarning, match="could not be scored: the column error"):
        table = score_many("run*/latents.npz", "factors.npz", "mig", options={"mig": {"aggregate": aggregate}})
    assert table["error"].notna().tolist() == (gaps > 0.2).tolist() != [False] * N
    assert table["error"].dropna().str.startswith("ZeroDivisionError: by nothing (unexpected").all()


def test_all_good_is_exit_code_0_and_leaves_the_table_alone(runs, tmp_path):
    result = batch(*ARGS, "-o", "out.csv")
    assert result.exit_code == 0
    assert sorted(path.name for path in tmp_path.glob("out*")) == ["out.csv"]
    assert "6 of 6 files are scored" in result.stderr
    assert "wrote out.csv" in result.stderr
