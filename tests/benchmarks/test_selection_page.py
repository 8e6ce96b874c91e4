"""The script that writes the tables of the page on rows."""

import click
import numpy as np
import pytest
from conftest import ROOT

from benchmarks import selection as script
from disentangle_metrics import mig


def test_the_page_shows_every_metric_for_every_kind_of_data():
    made = (ROOT / "docs" / "samples.md").read_text(encoding="utf-8").partition(script.BEGIN)[2]
    for name in script.METRICS:
        assert made.count(f"| {name} |") >= len(script.DRAWS)


def test_the_truth_it_compares_with_is_what_many_rows_score():
    for shares in script.DRAWS.values():
        many = script.copies(200_000, np.random.default_rng(0), shares)
        assert mig(*many, n_bins=script.N_VALUES) == pytest.approx(script.true_mig(shares), abs=0.005)


def test_the_tables_replace_those_that_stood_there(tmp_path, monkeypatch):
    monkeypatch.setattr(script, "ROWS", (60, 120))
    monkeypatch.setattr(script, "METRICS", {"mig": script.METRICS["mig"]})
    page = tmp_path / "page.md"
    page.write_text(f"before\n{script.BEGIN}\nstale\n{script.END}\nafter\n")
    script.main(["--repeats", "2", "--page", str(page)], standalone_mode=False)
    once = page.read_text()
    assert once.startswith(f"before\n{script.BEGIN}\n\n### Noise alone: MIG at infinitely many rows is 0.0000\n")
    assert once.endswith(f"{script.END}\nafter\n")
    assert "stale" not in once
    script.main(["--repeats", "2", "--page", str(page)], standalone_mode=False)
    assert page.read_text() == once


def test_a_page_without_marks_is_left_as_it_is(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("no marks")
    with pytest.raises(click.BadParameter, match="lacks the marks"):
        script.main(["--page", str(page)], standalone_mode=False)
    assert page.read_text() == "no marks"
