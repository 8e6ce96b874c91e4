"""The script that writes the tables of the page on entropies."""

import click
import numpy as np
import pytest
from conftest import ROOT

from benchmarks import entropy_table as script
from disentangle_metrics.kernels.entropy.table import ENTROPIES


def test_the_page_shows_every_entropy_in_every_table():
    made = (ROOT / "docs" / "entropy.md").read_text(encoding="utf-8").partition(script.BEGIN)[2]
    for name in ENTROPIES:
        assert made.count(f"| `{name}` |") == 6


def test_the_tables_replace_those_that_stood_there(tmp_path, monkeypatch):
    monkeypatch.setattr(script, "ROWS", (30, 60))
    page = tmp_path / "page.md"
    page.write_text(f"before\n{script.BEGIN}\nold\n{script.END}\nafter\n")
    script.main(["--repeats", "5", "--page", str(page)], standalone_mode=False)
    once = page.read_text()
    assert once.startswith(f"before\n{script.BEGIN}\n\n### Uniform, 100 cells: H = 4.605 nats\n")
    assert once.endswith(f"{script.END}\nafter\n")
    assert "old" not in once
    script.main(["--repeats", "5", "--page", str(page)], standalone_mode=False)
    assert page.read_text() == once


def test_a_page_without_marks_is_left_as_it_is(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("no marks")
    with pytest.raises(click.BadParameter, match="lacks the marks"):
        script.main(["--page", str(page)], standalone_mode=False)
    assert page.read_text() == "no marks"


def test_a_mean_of_zero_has_no_sign():
    assert script.spread(np.array([-0.0001, 0.0])) == "0.000 (0.000)"
