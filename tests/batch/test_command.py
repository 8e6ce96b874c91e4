"""``dmetrics batch``: its help, its completion, and options for every file."""

import json

import numpy as np
import pandas as pd
import pytest
from runs import batch
from shell import offered, run

import disentangle_metrics as dm
from disentangle_metrics import Circular, mig
from disentangle_metrics.registry import GROUPS


def test_the_options_of_score_are_those_of_batch(runs):
    args = ["-m", "sap,mig", "--set", "mig.n_bins=5", "--set", "sap.probe.max_depth=4", "--factor-kind", "categorical"]
    batch(*runs[2:4], "--factors", "factors.npz", *args, "-o", "out.csv")
    table = pd.read_csv("out.csv")
    shown = run("score", runs[2], "factors.npz", *args, "-f", "json")
    for name, score in json.loads(shown.stdout)["scores"].items():
        assert (table[name][0], table[f"{name}.signature"][0]) == (score["value"], score["signature"])


def test_help_names_the_options():
    shown = batch("--help").stdout
    for option in ("--factors", "--factors-beside", "--metric", "--protocol", "--set", "--factor-kind", "--output"):
        assert option in shown
    for option in ("--format", "--jobs", "--backend", "dask", ".parquet"):
        assert option in shown


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["-m", ""], [*(spec.name for spec in dm.list_metrics()), *GROUPS]),
        (["--format", ""], ["parquet", "csv", "json", "jsonl"]),
        (["--backend", ""], ["loky", "threading", "dask", "ray"]),
        (["--protocol", "lo"], ["locatello2019", "locatello2019-continuous"]),
        (["--set", "mig.n"], ["mig.n_bins=", "mig.normalizer="]),
    ],
    ids=lambda value: " ".join(value),
)
def test_the_shell_offers(words, expected):
    assert offered("batch", "z.npz", *words) == expected


def test_groups_of_latents_and_periods_are_for_every_file(tmp_path):
    rng = np.random.default_rng(0)
    v = np.stack([np.arange(200) % 4, np.arange(200) // 4 % 5], axis=1)
    np.savez(tmp_path / "a.npz", latents=rng.normal(size=(200, 3)), factors=v)
    out = tmp_path / "scores.jsonl"
    given = ["--latent-group", "both=z0+z1", "--latent-group", "z2", "--factor-kind", "v0=circular:3"]
    assert batch(tmp_path / "a.npz", "-o", out, "-m", "mig", "--set", "mig.n_bins=3", *given).exit_code == 0
    row = json.loads(out.read_text().splitlines()[0])
    groups = {"both": [0, 1], "z2": [2]}
    with np.load(tmp_path / "a.npz") as arrays:
        expected = mig(arrays["latents"], v, n_bins=3, latent_groups=groups, factor_kinds={"v0": Circular(3)})
    assert row["mig"] == pytest.approx(float(expected), abs=1e-12)
