"""The script that writes the scores of perfect codes."""

import click
import numpy as np
import pytest

from benchmarks import perfect as script
from disentangle_metrics import mig, sap


def test_five_latents_equal_the_factors():
    latents, factors = script.code(50, seed=3)
    assert latents.shape == (50, 10)
    assert np.array_equal(latents[:, :5], factors)
    assert (factors.max(axis=0) < script.SIZES).all()


def test_the_tables_have_medians_and_ends(tmp_path, monkeypatch):
    monkeypatch.setattr(script, "ROWS", 300)
    monkeypatch.setattr(script, "PROBES", {"`r2`": script.PROBES["`r2`"]})
    monkeypatch.setattr(script, "OTHERS", {"MIG": (mig, 400, {})})
    page = tmp_path / "page.md"
    page.write_text(f"before\n{script.BEGIN}\nold\n{script.END}\nafter\n")
    script.main(["--draws", "3", "--page", str(page)], standalone_mode=False)
    text = page.read_text()
    scores = [float(sap(*script.code(300, seed), **script.PROBES["`r2`"])) for seed in range(3)]
    assert f"| {np.median(scores):.2f} | {min(scores):.2f} to {max(scores):.2f} |" in text
    scores = [float(mig(*script.code(400, seed))) for seed in range(3)]
    assert f"| {np.median(scores):.2f} | {min(scores):.2f} to {max(scores):.2f} |" in text
    assert "old" not in text
    assert text.endswith(f"{script.END}\nafter\n")


def test_a_page_without_marks_is_left_as_it_is(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("no marks")
    with pytest.raises(click.BadParameter, match="lacks the marks"):
        script.main(["--page", str(page)], standalone_mode=False)
