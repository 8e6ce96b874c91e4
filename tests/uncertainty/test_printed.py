"""Intervals, chance and ceilings as text, JSON, tables and lines of the shell."""

import json

import jsonschema
import numpy as np
import pytest
from click.testing import CliRunner

from disentangle_metrics import evaluate, mig
from disentangle_metrics.cli.app import app
from disentangle_metrics.scores.report import json_schema


@pytest.fixture
def report(data):
    return evaluate(data, confidence=0.95, n_boot=50, adjusted=True, n_permutations=4)


def test_nothing_is_added_unless_asked_for(data):
    assert evaluate(data, metrics="mig")["mig"].to_dict() == mig(data).to_dict()


def test_the_first_line_says_it_all(report):
    score = report["mig"]
    head = score.describe().splitlines()[0]
    ends = f"corrected {score.interval.center:.4f} [{score.interval.low:.4f}, {score.interval.high:.4f}]"
    assert head == (
        f"mig = {score:.4f}  {ends} 95 % bias-corrected bootstrap   chance {score.chance:.3f}   "
        f"ceiling {score.ceiling.value:.2f}   adjusted {score.adjusted:.3f}"
    )


def test_json_with_all_follows_the_schema(report):
    found = json.loads(report.to_json())
    jsonschema.validate(found, json_schema())
    mig_of = found["scores"]["mig"]
    assert len(mig_of["interval"]["per_factor"]) == 2
    assert mig_of["null"]["n_permutations"] == mig_of["settings"]["n_permutations"] == 4
    assert mig_of["settings"]["n_boot"] == 50
    assert mig_of["settings"]["interval_seed"] == mig_of["settings"]["chance_seed"] == 42


def test_tables_show_intervals(report):
    assert report.to_csv().splitlines()[0] == "metric,factor,value,corrected,low,high,chance,ceiling,adjusted,signature"
    frame = report.to_frame()
    assert np.all(frame.low <= frame.high)
    for text in (report.to_markdown(), report.to_latex()):
        inside = report["mig"].interval
        assert f"{report['mig']:.4f} corrected {inside.center:.4f} [{inside.low:.4f}, {inside.high:.4f}]" in text
        assert "ceiling" in text.split("\n")[0 if text.startswith("|") else 2]


def test_the_command_line_prints_all():
    files = ["docs/examples/latents.npz", "docs/examples/factors.npz"]
    run = CliRunner().invoke(app, ["score", *files, "--confidence", "0.95", "--n-boot", "20", "--chance", "--ceiling"])
    assert run.exit_code == 0, run.output
    assert run.stdout.startswith("mig = 0.1101  corrected 0.11")
    assert run.stdout.count("chance 0.00") == run.stdout.count("   ceiling ") == 2


def test_the_command_line_refuses_a_level_in_percent():
    files = ["docs/examples/latents.npz", "docs/examples/factors.npz"]
    run = CliRunner().invoke(app, ["score", *files, "--confidence", "95"])
    assert run.exit_code == 2
    assert "confidence=95" in run.output


def test_rows_of_a_group_are_drawn_together_in_the_shell(tmp_path):
    files = ["docs/examples/latents.npz", "docs/examples/factors.npz"]
    np.savez(tmp_path / "films.npz", group=np.arange(10_000) // 20)
    np.save(tmp_path / "two.npy", np.zeros((10_000, 2)))

    def score(*groups):
        args = ["score", *files, "-m", "mig", "--confidence", "0.95", "--n-boot", "50", "-f", "json", *groups]
        return CliRunner().invoke(app, args)

    apart, together = (score(*g) for g in ((), ("--groups", str(tmp_path / "films.npz"))))
    errors = [json.loads(run.stdout)["scores"]["mig"]["interval"]["standard_error"] for run in (apart, together)]
    # rows are sorted by factor, so that 20 of them in a row add alike
    assert errors[1] > 1.5 * errors[0]
    wrong = score("--groups", str(tmp_path / "two.npy"))
    assert wrong.exit_code == 2
    assert "groups are one column" in wrong.output
