"""Advice in the words of the shell, said once; and it works when it is followed."""

import json
import re

import numpy as np
import pandas as pd
import pytest
from shell import run

from disentangle_metrics import list_metrics
from disentangle_metrics.cli.words import in_shell

N = 200
# Options that are spelled apart, because all metrics have them.
FLAGS = {
    "factor_kinds": "factor-kind x",
    "latent_groups": "latent-group x",
    "one_hot": "one-hot",
    "targets": "target x",
    "sample_weight": "weights FILE",
}
RNG = np.random.default_rng(0)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def advice(text, pattern):
    """The words of the shell that a message advises, as a list."""
    return [word for found in re.findall(pattern, text) for word in found.split()]


def test_an_option_is_advised_as_the_shell_sets_it(folder):
    np.savez("r.npz", latents=RNG.normal(size=(60, 4)), factors=RNG.integers(0, 6, 60))
    said = run("score", "r.npz", "-m", "mig").stdout
    assert "take --set mig.entropy=nsb" in said
    followed = run("score", "r.npz", "-m", "mig", *advice(said, r"(--set mig\.entropy=\w[\w-]*)"))
    assert followed.exit_code == 0
    assert "entropy:nsb" in followed.stdout
    assert "few rows" not in followed.stdout


def test_a_kind_is_advised_with_the_name_of_the_factor(folder):
    hue = np.arange(N) % 7 * 30.5
    pd.DataFrame({"hue": hue, "w": RNG.normal(size=N), "id": RNG.permutation(N) * 7}).to_csv("v.csv", index=False)
    np.save("z.npy", RNG.normal(size=(N, 3)))
    said = run("score", "z.npy", "v.csv", "-m", "mig", "--factor-kind", "hue=circular").stdout
    assert "factor 'hue' was taken to have the period 6.28319 (--factor-kind hue=circular:360 takes another)" in said
    assert "factor 'w' was taken as continuous (--factor-kind w=categorical says otherwise)" in said
    assert "if it is a measurement, give --factor-kind id=continuous." in said
    for word in ("hue=circular:360", "w=categorical", "id=continuous"):
        assert run("score", "z.npy", "v.csv", "-m", "mig", "--factor-kind", word).exit_code == 0


def test_errors_speak_the_words_of_the_shell(folder):
    z, v = RNG.normal(size=(30, 3)), RNG.integers(0, 3, (30, 2))
    index = RNG.permutation(30)
    pd.DataFrame(z).to_csv("z.csv")
    pd.DataFrame(v).iloc[index].to_csv("v.csv")
    said = run("score", "z.csv", "v.csv").stderr
    assert "Give --join KEY to pair rows by label" in said
    assert "or give --join position if the rows are in the same order" in said
    assert "align" not in said
    assert run("score", "z.csv", "v.csv", "--join", "index").exit_code == 0
    assert run("score", "z.csv", "v.csv", "--join", "position").exit_code == 0
    said = run("score", "z.csv", "v.csv", "--n-boot", "5", "--join", "index").stderr
    assert "no effect without --confidence 0.95" in said


def test_first_lines_are_told_in_the_words_of_the_shell(folder):
    np.save("z.npy", RNG.normal(size=(30, 3)))
    pd.DataFrame(RNG.integers(0, 9, (29, 2))).to_csv("v.csv", index=False)
    assert "(give --no-header if it is not)" not in run("score", "z.npy", "v.csv").stdout
    said = run("score", "z.npy", "v.csv", "--header").stderr
    assert "The first line of v.csv, 0,1, was read as names of columns. Give --no-header if it is data." in said
    assert run("score", "z.npy", "v.csv", "--no-header").exit_code == 0


def test_a_note_of_many_factors_is_one_line_and_of_two_metrics_is_said_once(folder):
    table = pd.DataFrame({f"measure{k}": RNG.permutation(N) for k in range(13)}).astype("Int64")
    for k in range(13):
        table.iloc[: k + 1, k] = pd.NA
    table.to_csv("v.csv", index=False)
    np.save("z.npy", RNG.normal(size=(N, 4)))
    out = run("score", "z.npy", "v.csv").stdout
    assert out.count("distinct labels in") == 1
    assert "13 factors (measure0, measure1, measure2, measure3, ...): each has 187 to 199 distinct labels" in out
    assert out.count("rows that have a label") == 1
    assert out.index("mig, sap:") > out.index("sap|")
    found = run("score", "z.npy", "v.csv", "-f", "markdown").stdout
    assert found.count("rows that have a label") == 1
    with_warnings = run("score", "z.npy", "v.csv", "-f", "json")
    assert with_warnings.stderr.count("distinct labels in") == 1
    assert "--factor-kind" in with_warnings.stderr


def test_json_holds_what_python_gives(folder):
    np.savez("r.npz", latents=RNG.normal(size=(60, 4)), factors=RNG.integers(0, 6, 60))
    notes = json.loads(run("score", "r.npz", "-m", "mig", "-f", "json").stdout)["scores"]["mig"]["notes"]
    assert any("entropy='nsb'" in note for note in notes)


@pytest.mark.parametrize("metric", [spec.name for spec in list_metrics()])
def test_every_option_of_a_metric_is_set_by_its_own_name(metric):
    for option in next(spec for spec in list_metrics() if spec.name == metric).options:
        said = in_shell(f"take {option}='x'", [metric])
        assert said == f"take --set {metric}.{option}=x" or said.startswith(f"take --{FLAGS[option]}")


@pytest.mark.parametrize(
    ("said", "metrics", "shown"),
    [
        ("Use discretizer='quantile' or Uniform(range=(0, 1)).", ["mig"], "--set mig.discretizer.range=[0,1]"),
        ("or KSG(jitter=0).", ["mig"], "or --set mig.estimator.jitter=0."),
        ("standardize=True or a smaller C helps", ["sap"], "--set sap.standardize=true or a smaller C helps"),
        ("try standardize=True", ["sap"], "--set sap.standardize=true"),
        ("Pass two arrays, or one Representation.", [], "Name a file of factors."),
        ("pass chance=True", [], "give --chance"),
        ("mig|n_bins:10|entropy:plugin|n:5", ["mig"], "mig|n_bins:10|entropy:plugin|n:5"),
        ("a = b and x=3", ["mig"], "a = b and x=3"),
    ],
)
def test_phrases(said, metrics, shown):
    assert shown in in_shell(said, metrics)
