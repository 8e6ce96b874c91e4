"""Files of a stranger: no name in them, and no name of theirs, is obeyed by the terminal that it is printed to."""

import csv
import json
import os
import re
from pathlib import Path

import numpy as np
import pytest
from shell import run, spawn

from disentangle_metrics import score_many

# The escape and what it begins: colors, the title of the window; C1's own escape, bell, backspace, DEL; a line from its
# start again; text from right to left.
EVIL = ("\x1b[31mred", "\x1b]0;title\x07", "\x9b2Jclear", "a\x08\x7f", "mig = 1\r\nmig = 0", "\u202egnp")
OBEYED = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
FORMS = ("table", "json", "csv", "markdown", "latex")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with latents and factors of such names."""
    monkeypatch.chdir(tmp_path)
    v = np.random.default_rng(0).integers(0, 3, (60, len(EVIL)))
    v[:, 0] = 7  # there is a note on a factor of one value
    z = v + np.random.default_rng(1).normal(size=v.shape)
    np.savez("z.npz", latents=z, factors=v, factor_names=np.array(EVIL), latent_names=np.array(EVIL))
    return tmp_path


def printed(result):
    """Return the output of the command, which adds no color here."""
    text = result.stdout + result.stderr
    assert not OBEYED.search(text), text
    return text


@pytest.mark.parametrize("form", FORMS)
def test_a_score_prints_no_escape_of_a_name(form, folder):
    text = printed(spawn("score", "z.npz", "-m", "mig", "-f", form))
    assert (r"\u001b[31mred" if form == "json" else "x1b[31mred") in text
    assert "gnp" in text


@pytest.mark.parametrize("form", FORMS)
def test_a_file_that_is_written_holds_no_escape(form, folder):
    assert run("score", "z.npz", "-m", "mig", "-f", form, "-o", "out.txt").exit_code == 0
    assert not OBEYED.search((folder / "out.txt").read_text())


def test_json_has_the_names_as_they_are(folder):
    assert json.loads(run("score", "z.npz", "-m", "mig", "-f", "json").stdout)["scores"]["mig"]["factor_names"] == list(
        EVIL
    )


def test_csv_has_a_row_for_each_name(folder):
    head, *rows = csv.reader(run("score", "z.npz", "-m", "mig", "-f", "csv").stdout.splitlines(), strict=True)
    assert {len(row) for row in rows} == {len(head)}
    assert len(rows) == 1 + len(EVIL)
    assert "mig = 1 mig = 0" in [row[1] for row in rows]


@pytest.mark.parametrize(
    "arguments",
    [
        ["curve", "z.npz", "-m", "mig", "--sizes", "40,50", "--repeats", "2"],
        ["explain", "default", "locatello2019", "z.npz", "-m", "mig"],
        ["compare", "\x1b[31mA=z.npz", "\x9bB=y.npz", "z.npz", "--n-boot", "20"],
        ["compare", "\x1b[31mA=z.npz", "\x9bB=y.npz", "\x07C=x.npz", "z.npz", "--n-boot", "20"],
    ],
    ids=["curve", "explain", "compare", "ranking"],
)
@pytest.mark.parametrize("form", FORMS)
def test_no_verb_prints_an_escape_of_a_name(arguments, form, folder):
    if form == "latex" and arguments[0] != "compare":
        form = "table"
    for name in ("y.npz", "x.npz"):
        np.savez(name, latents=np.random.default_rng(len(name)).normal(size=(60, 3)))
    result = run(*arguments, "-f", form, "-o", "out.txt")
    assert result.exit_code == 0, result.stderr
    printed(result)
    assert not OBEYED.search((folder / "out.txt").read_text())


@pytest.mark.parametrize("name", ["no\x1b[31m.npz", "no\x9b2J.npz", "no\x07.csv"])
def test_the_error_on_a_file_prints_no_escape_of_its_name(name, folder):
    assert "there is no file no" in printed(spawn("score", name))


def test_an_error_on_a_label_prints_no_escape_of_it(folder):
    np.savez("v.npz", factors=np.array([[label, str(i)] for i, label in enumerate(EVIL * 10)]))
    result = run("score", "z.npz", "v.npz", "-m", "mig", "--factor-kind", "continuous")
    assert result.exit_code == 2
    assert "has text labels such as" in printed(result)


def test_the_error_on_a_cell_prints_no_escape_of_it(folder):
    (folder / "c.csv").write_text("a,b\n\x1b[31m3,\x9b4\n" + "1,2\n" * 59)
    result = run("score", "c.csv", "z.npz", "-m", "mig")
    assert result.exit_code == 2
    assert "x1b[31m3" in printed(result)


def test_the_error_on_a_column_prints_no_escape_of_it(folder):
    (folder / "c.csv").write_text("\x1b[31ma,b\n" + "1,2\n3,4\n" * 30)
    result = run("score", "z.npz", "c.csv:\x9bnone", "-m", "mig")
    assert result.exit_code == 2
    assert "x1b[31ma" in printed(result)


def test_a_batch_names_a_file_that_fails_without_its_escapes(folder):
    np.savez("bad\x1b[31m\x9b.npz", latents=np.full((60, 2), np.nan))
    result = run("batch", "*.npz", "--factors", "z.npz", "-m", "mig", "-o", "out.csv")
    assert result.exit_code == 2
    assert r"failed: bad\x1b[31m\x9b.npz" in printed(result)
    assert not OBEYED.search((folder / "out.csv").read_text())
    assert len(list(csv.DictReader((folder / "out.csv").read_text().splitlines(), strict=True))) == 2


@pytest.mark.parametrize("form", ["csv", "json", "jsonl", "parquet"])
def test_a_table_can_be_written_of_a_file_whose_name_is_no_utf8(form, folder):
    name = os.fsdecode(b"na\xffme.npz")
    Path("z.npz").rename(name)
    result = run("batch", name, "-m", "mig", "-o", f"out.{form}")
    assert result.exit_code == 0, result.stderr
    assert rb"na\udcffme.npz" in (folder / f"out.{form}").read_bytes()
    assert score_many(name, metrics="mig")["file"].tolist() == [r"na\udcffme.npz"]
