"""A finished table of a batch: the same settings make it again, and other settings never replace it in silence."""

import numpy as np
import pandas as pd
import pytest
from shell import run

from disentangle_metrics import OptionError, score_many

RNG = np.random.default_rng(0)
ENDINGS = (".csv", ".parquet", ".json", ".jsonl")


@pytest.fixture
def runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    v = RNG.integers(0, 3, (80, 2))
    np.savez("factors.npz", factors=v)
    for name in "ab":
        np.savez(f"{name}.npz", latents=v + 0.3 * RNG.normal(size=v.shape))
    return tmp_path


def batch(*words):
    return run("batch", "[ab].npz", "--factors", "factors.npz", "-m", "mig", *words)


@pytest.mark.parametrize("ending", ENDINGS)
def test_other_settings_do_not_replace_a_finished_table(ending, runs):
    out = runs / f"out{ending}"
    assert batch("-o", out.name).exit_code == 0
    before = out.read_bytes()
    refused = batch("-o", out.name, "--set", "mig.n_bins=5")
    assert refused.exit_code == 2
    assert "holds results of other settings (mig of a.npz: mig|discretizer:uniform|n_bins:20" in refused.stderr
    assert "Name another output, or give --overwrite to replace it." in " ".join(refused.stderr.split())
    assert out.read_bytes() == before
    assert batch("-o", out.name, "--set", "mig.n_bins=5", "--overwrite").exit_code == 0
    assert b"n_bins:5" in out.read_bytes() or ending == ".parquet"


@pytest.mark.parametrize("ending", ENDINGS)
def test_the_same_command_makes_the_table_again(ending, runs):
    assert batch("-o", f"out{ending}").exit_code == 0
    np.savez("a.npz", latents=RNG.normal(size=(80, 2)))
    assert batch("-o", f"out{ending}").exit_code == 0
    np.savez("b2.npz", latents=RNG.normal(size=(80, 2)))
    assert run("batch", "*[ab2].npz", "--factors", "factors.npz", "-m", "mig", "-o", f"out{ending}").exit_code == 0


def test_a_table_of_more_metrics_or_more_files_is_not_replaced(runs):
    score_many("[ab].npz", "factors.npz", ["mig", "sap"], output="out.csv")
    with pytest.raises(OptionError, match=r"\(sap of a\.npz: sap\|.*now not asked for\).*overwrite=True"):
        score_many("[ab].npz", "factors.npz", "mig", output="out.csv")
    with pytest.raises(OptionError, match=r"has 1 files that are not among these \(the first is b\.npz\)"):
        score_many("a.npz", "factors.npz", ["mig", "sap"], output="out.csv")
    score_many("a.npz", "factors.npz", "mig", output="out.csv", overwrite=True)
    assert pd.read_csv("out.csv")["file"].tolist() == ["a.npz"]


def test_a_file_of_something_else_is_not_replaced(runs):
    (runs / "notes.csv").write_text("day,what\n1,wrote\n")
    with pytest.raises(OptionError, match=r"notes\.csv is no table of a batch, and would be replaced"):
        score_many("a.npz", "factors.npz", "mig", output="notes.csv")
    assert (runs / "notes.csv").read_text() == "day,what\n1,wrote\n"
