"""The gate of ``dmetrics score``: limits above, and a baseline that was written before."""

import json

import newcomers
import numpy as np
import pytest
from shell import run

import disentangle_metrics as dm
from disentangle_metrics.analysis.comparison.baseline import Change, change_since
from disentangle_metrics.registry import _METRICS
from disentangle_metrics.scores.attachments import Interval


def saved(folder, noise, seed=0, n=800):
    rng = np.random.default_rng(seed)
    v = rng.integers(0, 4, (n, 2))
    z = np.hstack([v, v]) + rng.normal(size=(n, 4)) * [noise, noise, 2.0, 2.0]
    path = folder / f"{noise}-{seed}.npz"
    np.savez(path, latents=z, factors=v)
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("gate")


@pytest.fixture(scope="module")
def baseline(folder):
    path = folder / "baseline.json"
    assert run("score", saved(folder, 0.3), "-m", "mig", "--confidence", "0.9", "-o", path).exit_code == 0
    return path


def gated(path, baseline, *words):
    return run("score", path, "-m", "mig", "--baseline", baseline, *words)


def test_other_rows_of_the_same_model_pass(folder, baseline):
    result = gated(saved(folder, 0.3, seed=1), baseline)
    assert result.exit_code == 0, result.stderr
    assert "mig - baseline = " in result.stderr
    assert "90 %" in result.stderr


def test_a_worse_model_fails_and_its_score_is_printed_all_the_same(folder, baseline):
    result = gated(saved(folder, 1.0, seed=1), baseline)
    assert result.exit_code == 1
    assert "worse than the baseline" in result.stderr
    assert "mig = " in result.stdout


def test_a_better_model_passes(folder, baseline):
    assert gated(saved(folder, 0.1, seed=1), baseline).exit_code == 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--set", "mig.n_bins=10"], "mig has n_bins:10 here and n_bins:20 in the baseline"),
        (["--confidence", "0.5"], "the level 0.9, and the one here 0.5"),
        (["-m", "sap"], "has no score of sap, only of mig"),
    ],
)
def test_scores_that_cannot_be_compared_are_refused(folder, baseline, words, message):
    result = gated(saved(folder, 0.3), baseline, *words)
    assert result.exit_code == 2
    assert message in " ".join(result.stderr.split())


@pytest.mark.parametrize(
    ("text", "message"),
    [("{", "is not JSON"), ("{}", "is JSON without scores"), ('{"scores": {"mig": 1}}', "is JSON without scores")],
)
def test_a_file_without_scores_is_refused(folder, text, message):
    (folder / "odd.json").write_text(text)
    result = gated(saved(folder, 0.3), folder / "odd.json")
    assert result.exit_code == 2
    assert message in " ".join(result.stderr.split())


def test_a_baseline_without_an_interval_is_refused(folder):
    run("score", saved(folder, 0.3), "-m", "mig", "-o", folder / "bare.json")
    result = gated(saved(folder, 0.3), folder / "bare.json")
    assert result.exit_code == 2
    assert "the baseline of mig has no interval. Write it with" in " ".join(result.stderr.split())


def test_a_file_that_is_not_there_is_named(folder):
    assert "nowhere.json cannot be read" in " ".join(gated(saved(folder, 0.3), folder / "nowhere.json").stderr.split())


CODE = [[0, 0], [0, 1], [1, 0], [1, 1]]
SCORE = dm.mig(CODE, CODE, n_bins=2)


def score_with(center, half):
    return SCORE.replace(interval=Interval(center - half, center + half, 0.95, "bootstrap", center=center))


def stored(center, half):
    return {"value": center, "interval": {"low": center - half, "high": center + half, "level": 0.95, "center": center}}


def test_symmetric_intervals_combine_as_standard_errors_do():
    change = change_since(score_with(0.5, 0.03), stored(0.6, 0.04), higher_is_better=True)
    assert (change.value, change.low, change.high) == pytest.approx((-0.1, -0.15, -0.05))
    assert change.is_worse
    assert not change._replace(higher_is_better=False).is_worse


def test_lower_is_better_turns_the_gate_round():
    assert Change("tc", 0.3, 0.1, 0.5, 0.95, higher_is_better=False).is_worse
    assert not Change("tc", 0.3, 0.1, 0.5, 0.95, higher_is_better=True).is_worse


def test_the_gate_keeps_its_level_on_two_samples_of_one_population():
    rng = np.random.default_rng(0)
    worse = 0
    for _ in range(2000):
        a, b = rng.normal(size=2) * [0.01, 0.02]
        change = change_since(score_with(a, 1.96 * 0.01), stored(b, 1.96 * 0.02), higher_is_better=True)
        worse += change.is_worse
    assert 0.015 < worse / 2000 < 0.035  # one side of 5 %


def test_a_metric_of_which_lower_is_better_can_fail_over_a_limit(folder):
    newcomers.enter()
    try:
        path = saved(folder, 0.3)
        assert (
            run("score", path, "-m", "newcomer_correlation", "--fail-over", "newcomer_correlation=100").exit_code == 0
        )
        result = run("score", path, "-m", "newcomer_correlation", "--fail-over", "newcomer_correlation=0.001")
        assert result.exit_code == 1
        assert "is above 0.001" in result.stderr
    finally:
        for name in ("newcomer_modularity", "newcomer_explicitness", "newcomer_correlation", "both"):
            _METRICS.pop(name, None)


def test_limits_on_both_sides_are_reported(folder):
    path = saved(folder, 0.3)
    result = run("score", path, "-m", "mig", "--fail-under", "mig=0.99", "--fail-over", "mig=0.01")
    assert result.exit_code == 1
    assert [line.split()[4] for line in result.stderr.splitlines()] == ["below", "above"]


def test_the_baseline_is_json_of_the_report(baseline):
    assert json.loads(baseline.read_text())["scores"]["mig"]["interval"]["level"] == 0.9


@pytest.mark.parametrize(
    "damage",
    [
        {"value": None},
        {"value": float("nan")},
        {"signature": None},
        {"interval": {"low": None, "high": 0.5, "level": 0.9}},
        {"interval": {"low": float("nan"), "high": 0.5, "level": 0.9}},
        {"interval": {"low": 0.9, "high": 0.1, "level": 0.9}},
        {"interval": {"low": 0.1, "high": 0.9}},
        {"interval": {"low": 0.1, "high": 0.9, "level": "x"}},
        {"interval": [0.1, 0.9]},
    ],
    ids=str,
)
def test_a_damaged_baseline_is_refused(folder, baseline, damage):
    report = json.loads(baseline.read_text())
    report["scores"]["mig"] |= damage
    (folder / "damaged.json").write_text(json.dumps(report))
    result = gated(saved(folder, 0.3), folder / "damaged.json")
    assert result.exit_code == 2
    assert "a score of mig whose value, interval or signature is damaged" in " ".join(result.stderr.split())


def test_a_baseline_of_another_version_is_told(folder, baseline):
    (folder / "old.json").write_text(baseline.read_text().replace(f"v:{dm.__version__}", "v:0.1.0"))
    result = gated(saved(folder, 0.3, seed=1), folder / "old.json")
    assert result.exit_code == 0
    assert "the baseline was scored by version 0.1.0" in " ".join(result.stderr.split())
    assert "was scored by" not in gated(saved(folder, 0.3, seed=1), baseline).stderr


def test_scores_of_the_baseline_that_are_not_asked_for_do_not_matter(folder, baseline):
    report = json.loads(baseline.read_text())
    report["scores"] = {"sap": {**report["scores"]["mig"], "interval": None}, **report["scores"]}
    (folder / "more.json").write_text(json.dumps(report))
    assert gated(saved(folder, 0.3), folder / "more.json").exit_code == 0


def test_a_difference_that_is_undefined_does_not_pass():
    assert Change("mig", float("nan"), 0.1, 0.2, 0.95, True).is_undefined
    assert not Change("mig", 0.1, 0.1, 0.2, 0.95, True).is_undefined
