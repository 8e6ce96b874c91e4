"""How files are read, from the shell: headers, joins, names of columns, folders of runs; for every verb that reads."""

import json

import numpy as np
import pandas as pd
import pytest
from shell import run, spawn

N = 120
RNG = np.random.default_rng(5)
V = RNG.integers(0, 3, (N, 2))
Z = V + 0.3 * RNG.normal(size=V.shape)
ORDER = RNG.permutation(N)
SIZES = ("--sizes", "40,80", "--repeats", "2")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run_ = tmp_path / "runs" / "b4"
    run_.mkdir(parents=True)
    np.savez(run_ / "latents.npz", mean=Z)
    np.savez(run_ / "factors.npz", factors=V, factor_names=["a", "b"])
    pd.DataFrame(Z, columns=["z0", "z1"]).assign(id=np.arange(N)).to_csv("z.csv", index=False)
    pd.DataFrame(V, columns=["a", "b"]).assign(id=np.arange(N)).iloc[ORDER].to_csv("v.csv", index=False)
    pd.DataFrame(Z).to_csv("plain.csv", index=False, header=False)
    pd.DataFrame(V).to_csv("labels.csv", index=False, header=False)
    return tmp_path


def value(*words):
    result = run("score", *words, "-m", "mig", "-f", "json")
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)["scores"]["mig"]


def test_a_run_is_scored_by_its_folder_and_a_line_says_so(folder):
    right = value("runs/b4/latents.npz", "runs/b4/factors.npz")["value"]
    for words in (["runs/b4"], ["runs/b4/latents.npz"]):
        assert value(*words)["value"] == right
        assert "factors are read from runs/b4/factors.npz, beside the latents" in run("score", *words).stdout


def test_rows_are_joined(folder):
    right = value("runs/b4")["value"]
    assert value("z.csv", "v.csv", "--join", "id")["value"] == right
    assert value("z.csv:!id", "v.csv:!id")["value"] != right
    np.savez("w.npz", id=ORDER, w=np.ones(N))
    with_weights = value("z.csv", "v.csv", "--join", "id", "--weights", "w.npz:w")
    assert with_weights["value"] == right
    pd.DataFrame({"id": ORDER, "film": ORDER // 4}).to_csv("g.csv", index=False)
    drawn = ["--confidence", "0.9", "--n-boot", "20", "--groups"]
    np.save("g.npy", np.arange(N) // 4)
    found = value("z.csv", "v.csv", "--join", "id", *drawn, "g.csv:film")["interval"]
    assert found == value("runs/b4", *drawn, "g.npy")["interval"]


def test_names_are_given(folder):
    found = value("runs/b4", "--factor-names", "shape, size", "--latent-names", "p,q")
    assert (found["factor_names"], found["latent_names"]) == (["shape", "size"], ["p", "q"])


def test_files_without_a_header_are_read_as_such(folder):
    assert value("plain.csv", "labels.csv", "--no-header")["value"] == value("runs/b4")["value"]


@pytest.mark.parametrize(
    "verb",
    [
        ["score"],
        ["curve", *SIZES],
        ["explain", "default", "locatello2019"],
        ["compare", "z.csv"],
        ["batch", "-o", "out.csv", "--factors", "v.csv"],
    ],
    ids=lambda verb: verb[0],
)
def test_every_verb_that_reads_files_joins_their_rows(verb, folder):
    files = ["z.csv"] if verb[0] == "batch" else ["z.csv", "v.csv"]
    result = run(*verb, *files, "-m", "mig", "--join", "id")
    if verb[0] == "compare":
        result = run("compare", "a=z.csv", "b=z.csv:z0,z1,id", "v.csv", "-m", "mig", "--join", "id", "--n-boot", "20")
    assert result.exit_code == 0, result.stderr
    if verb[0] == "batch":
        assert pd.read_csv("out.csv")["mig"][0] == value("runs/b4")["value"]


@pytest.mark.parametrize("verb", ["score", "curve", "explain", "compare", "batch"])
def test_several_metrics_are_named_with_commas_in_every_verb(verb, folder):
    latents, factors = "runs/b4/latents.npz", "runs/b4/factors.npz"
    words = {
        "score": [latents, factors],
        "curve": [*SIZES, latents, factors],
        "explain": ["default", "locatello2019", latents, factors],
        "compare": [latents, "b=z.csv:z*", factors, "--n-boot", "20"],
        "batch": [latents, "--factors", factors, "-o", "out.csv"],
    }
    result = run(verb, *words[verb], "-m", "mig,sap")
    assert result.exit_code == 0, result.stderr
    shown = result.stdout if verb != "batch" else (folder / "out.csv").read_text()
    assert "mig" in shown
    assert "sap" in shown


def test_a_batch_reads_the_factors_of_each_run_beside_its_latents(folder):
    assert run("batch", "runs/*/latents.npz", "-m", "mig", "-o", "out.csv").exit_code == 0
    assert pd.read_csv("out.csv")["mig"][0] == value("runs/b4")["value"]


def test_a_batch_decides_first_lines_as_a_score_does(folder):
    pd.DataFrame(Z, columns=[1, 2]).to_csv("numbered.csv", index=False)
    pd.Series(V[:, 0]).to_csv("y.csv", index=False)
    run("batch", "numbered.csv", "--factors", "y.csv", "-m", "mig", "-o", "out.csv")
    assert pd.read_csv("out.csv")["mig"][0] == value("numbered.csv", "y.csv")["value"]
    assert value("numbered.csv", "y.csv")["settings"]["n_samples"] == N


def test_the_module_is_the_command():
    import subprocess
    import sys

    found = subprocess.run(
        [sys.executable, "-m", "disentangle_metrics", "--version"], capture_output=True, text=True, check=True
    )
    assert found.stdout == spawn("--version").stdout
