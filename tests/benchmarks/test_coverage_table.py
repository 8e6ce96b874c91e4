"""The truth that coverage is measured against, and what the table says."""

import json

import click
import numpy as np
import pytest
from click.testing import CliRunner

from disentangle_metrics import Edges, mig

coverage = pytest.importorskip("benchmarks.coverage")
populations = coverage.populations()


@pytest.mark.parametrize("name", [*coverage.kinds(), "24 latents, normal in each class", "50 groups of 20 rows"])
def test_the_closed_form_is_what_very_many_rows_score(name):
    population, _ = populations[name]
    z, v = population.draw(200_000, np.random.default_rng(0))
    edges = np.linspace(z.min(axis=0), z.max(axis=0), 21).T / 1.5
    cut = Edges({f"z{j}": tuple(e) for j, e in enumerate(edges.tolist())})
    found = mig(z, v, discretizer=cut, entropy="miller-madow").per_factor
    np.testing.assert_allclose(population.mig(edges), found, atol=0.006)


def test_rows_of_a_group_share_a_part_of_their_noise_and_others_do_not():
    population, _ = populations["50 groups of 20 rows"]
    z, v = population.draw(40_000, np.random.default_rng(0))
    error = (z - population.means(v)) / population.noise
    np.testing.assert_allclose(error.std(axis=0), 1.0, atol=0.05)
    first, second, other = error[0::20], error[1::20], np.roll(error[0::20], 1, axis=0)
    np.testing.assert_allclose((first * second).mean(axis=0), population.shared, atol=0.08)
    np.testing.assert_allclose((first * other).mean(axis=0), 0.0, atol=0.08)


def test_every_line_of_the_table_has_rows_enough_for_an_interval():
    for name, (population, rows) in populations.items():
        assert min(rows) >= 5 * max(population.sizes), name


@pytest.mark.parametrize(("name", "n"), [("rotated", 500), ("50 groups of 20 rows", 1_000)])
def test_a_replication_says_whether_the_truth_was_held(name, n):
    found = coverage.one("mig", name, n, 0, 20)
    assert found["covered"] == (abs(found["truth"] - found["middle"]) <= found["width"] / 2)
    assert len(found["factors"]) == 3
    assert [row[:3] for row in coverage.rows_of_table([found])] == [["mig", name, f"{n:,}"]]


def test_a_run_that_was_interrupted_goes_on_from_its_journal(tmp_path, monkeypatch):
    lines = [("mig", "rotated", 500)]
    monkeypatch.setattr(coverage, "cells", lambda metrics, sizes=(): iter(lines))
    journal, page = tmp_path / "coverage.jsonl", tmp_path / "page.md"
    done = {**coverage.one("mig", "rotated", 500, 0, 4), "estimate": 7.0}
    journal.write_text(json.dumps(done) + "\n")
    page.write_text(f"before\n{coverage.BEGIN}\n\nold\n\n{coverage.END}\nafter\n")
    args = ["--repeats", "2", "--n-boot", "4", "--jobs", "1", "--journal", str(journal), "--page", str(page)]
    run = CliRunner().invoke(coverage.main, args, catch_exceptions=False)
    assert run.exit_code == 0
    [line] = [line for line in page.read_text().splitlines() if line.startswith("| mig")]
    assert line.endswith("| 2 |")
    assert float(line.split("|")[5]) > 3  # what the journal said is not measured again
    assert not journal.exists()


@pytest.mark.parametrize("metric", ["modularity", "med.completeness"])
def test_any_metric_of_joint_counts_has_a_true_value(metric):
    found = coverage.one(metric, "twice the same: the gap is 0", 500, 0, 20)
    assert found["estimate"] < found["truth"]
    assert found["covered"]


def test_a_metric_of_anything_else_has_none():
    with pytest.raises(click.UsageError, match="mcc is not made of joint counts"):
        coverage.one("mcc", "rotated", 500, 0, 20)


def test_the_table_of_other_metrics_is_printed_and_not_written(tmp_path):
    page, journal = tmp_path / "page.md", tmp_path / "journal.jsonl"
    words = ["-m", "mig_sup", "--rows", "500", "--repeats", "1", "--n-boot", "5", "--jobs", "1"]
    done = CliRunner().invoke(coverage.main, [*words, "--journal", str(journal), "--page", str(page)])
    assert done.exit_code == 0, done.output
    assert done.output.count("| mig_sup |") == 9
    assert not page.exists()
