"""What a result is written into: the ending of its file says the format, and one that says none is refused."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

from disentangle_metrics.cli.app import app

VERBS = {
    "score": ["score", "z.npz", "v.npz", "-m", "mig"],
    "curve": ["curve", "z.npz", "v.npz", "-m", "mig", "--sizes", "50,60", "--repeats", "2"],
    "explain": ["explain", "default", "locatello2019", "z.npz", "v.npz", "-m", "mig"],
    "compare": ["compare", "z.npz", "y.npz", "v.npz", "--n-boot", "20"],
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder of small files, in which the verbs are run."""
    monkeypatch.chdir(tmp_path)
    v = np.random.default_rng(0).integers(0, 3, (120, 2))
    noise = np.random.default_rng(1).normal(size=(2, 120, 3))
    np.savez("z.npz", latents=v[:, [0, 1, 0]] + 0.1 * noise[0])
    np.savez("y.npz", latents=v[:, [0, 1, 0]] + noise[1])
    np.savez("v.npz", factors=v)
    return tmp_path


def run(*args):
    return CliRunner().invoke(app, list(args))


def files(folder):
    return sorted(path.name for path in folder.iterdir())


every_verb = pytest.mark.parametrize("verb", VERBS)


@every_verb
@pytest.mark.parametrize("name", ["out.xlsx", "out.parquet", "out.npz", "out.jsonl", "out.html", "out.csv.gz", "a.v2"])
def test_an_ending_that_names_no_format_is_refused_before_the_work(verb, name, folder):
    before = files(folder)
    result = run(*VERBS[verb], "-o", name)
    assert result.exit_code == 2
    assert f"-o {name} ends in '.{name.rpartition('.')[2]}'" in result.stderr
    assert "Use one of .json, .csv, .md" in result.stderr
    assert files(folder) == before


@pytest.mark.parametrize("verb", ["curve", "explain"])
def test_an_ending_of_a_format_that_the_verb_lacks_is_refused(verb, folder):
    result = run(*VERBS[verb], "-o", "out.tex")
    assert result.exit_code == 2
    assert "Use one of .json, .csv, .md, .txt, or name the format" in result.stderr


@every_verb
@pytest.mark.parametrize("name", ["out.JSON", "out.Json"])
def test_an_ending_may_be_in_capitals(verb, name, folder):
    assert run(*VERBS[verb], "-o", name).exit_code == 0
    json.loads((folder / name).read_text())


@every_verb
def test_a_hyphen_is_standard_output(verb, folder):
    before = files(folder)
    there = run(*VERBS[verb], "-f", "json", "-o", "-")
    assert there.exit_code == 0
    assert there.stdout == run(*VERBS[verb], "-f", "json").stdout
    assert files(folder) == before


@every_verb
@pytest.mark.parametrize("name", ["out.xlsx", "out.v2", "out.csv", "out"])
def test_a_format_that_is_named_goes_into_any_file(verb, name, folder):
    assert run(*VERBS[verb], "-f", "json", "-o", name).exit_code == 0
    json.loads((folder / name).read_text())


@every_verb
@pytest.mark.parametrize("name", ["out", "out.txt"])
def test_without_an_ending_the_terminals_table_is_written(verb, name, folder):
    assert run(*VERBS[verb], "-o", name).exit_code == 0
    assert (folder / name).read_text().startswith("mig")


@every_verb
def test_one_file_is_written_and_no_other(verb, folder):
    before = files(folder)
    assert run(*VERBS[verb], "-o", "out.csv").exit_code == 0
    assert files(folder) == sorted([*before, "out.csv"])


@every_verb
def test_an_input_is_not_written_over_whatever_its_ending(verb, folder):
    result = run(*VERBS[verb], "-f", "json", "-o", "v.npz")
    assert result.exit_code == 2
    assert "v.npz would overwrite an input" in result.stderr


def test_a_batch_needs_a_file(folder):
    before = files(folder)
    for more in ([], ["-f", "csv"]):
        result = run("batch", "z.npz", "--factors", "v.npz", "-o", "-", *more)
        assert result.exit_code == 2
        assert "the table of a batch needs a file" in result.stderr
    assert files(folder) == before
