"""``dmetrics score -o``: a file is written whole, in the format of its ending, and no input is."""

import pytest
from shell import assert_refused, run

import disentangle_metrics.cli.score as verb
from disentangle_metrics import load_representation
from disentangle_metrics.cli.words import translated
from disentangle_metrics.evaluation import evaluate
from disentangle_metrics.scores.report import FORMATS


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("out.json", "json"),
        ("out.csv", "csv"),
        ("out.md", "markdown"),
        ("out.tex", "latex"),
        ("out.txt", "table"),
        ("out", "table"),
    ],
)
def test_a_file_is_written_in_the_format_of_its_ending(name, form, data, tmp_path):
    assert run("score", data, "-o", tmp_path / name).exit_code == 0
    report = translated(evaluate(load_representation(data)), form)
    assert (tmp_path / name).read_text() == FORMATS[form](report) + "\n"


def test_a_format_that_is_named_beats_the_ending(data, tmp_path):
    run("score", data, "-f", "csv", "--output", tmp_path / "out.json")
    assert (tmp_path / "out.json").read_text().startswith("metric,factor,value")


def test_a_file_that_is_written_leaves_standard_output_empty(data, tmp_path):
    result = run("score", data, "-o", tmp_path / "out.json")
    assert (result.stdout, result.stderr) == ("", f"wrote {tmp_path / 'out.json'}\n")


def test_a_file_replaces_the_one_before(data, tmp_path):
    (tmp_path / "out.csv").write_text("old\n" * 1000)
    run("score", data, "-m", "mig", "-o", tmp_path / "out.csv")
    assert "old" not in (tmp_path / "out.csv").read_text()


@pytest.fixture
def no_work(monkeypatch):
    """Fail if anything is read or scored."""

    def work(*_, **__):
        raise AssertionError("worked for nothing")

    monkeypatch.setattr(verb, "load_representation", work)
    monkeypatch.setattr(verb, "evaluate", work)


def test_a_missing_folder_is_noticed_before_the_work(data, tmp_path, no_work):
    result = run("score", data, "-o", tmp_path / "runs" / "out.json")
    assert result.exit_code == 2
    assert result.stderr.startswith(f"error: there is no folder {tmp_path / 'runs'} to write ")


def test_a_missing_folder_is_not_made(data, tmp_path):
    run("score", data, "-o", tmp_path / "runs" / "out.json")
    assert list(tmp_path.iterdir()) == [data]


def test_a_folder_in_the_place_of_the_result_is_noticed_before_the_work(data, tmp_path, no_work):
    result = run("score", data, "-o", tmp_path)
    assert result.exit_code == 2
    assert result.stderr.startswith(f"error: {tmp_path} is a folder")


def test_a_failed_run_leaves_the_result_before_as_it_was(data, tmp_path):
    (tmp_path / "out.json").write_text("old")
    assert run("score", data, "--set", "mig.n_bins=1", "-o", tmp_path / "out.json").exit_code == 2
    assert (tmp_path / "out.json").read_text() == "old"


def test_a_failed_run_leaves_no_file(data, tmp_path):
    run("score", data, "--set", "mig.n_bins=1", "-o", tmp_path / "out.json")
    assert list(tmp_path.iterdir()) == [data]


def test_an_input_is_never_overwritten(data):
    before = data.read_bytes()
    assert_refused(run("score", data, "-o", data), "would overwrite an input")
    assert data.read_bytes() == before
