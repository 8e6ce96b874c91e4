"""``dmetrics score``: its numbers, its warnings and notes, and limits that scores must reach."""

import json
import re

import numpy as np
from shell import FACTORS, LATENTS, run, score_of, spawn

from disentangle_metrics import load_representation, mig


def test_the_example_scores_what_is_documented():
    result = run("score", LATENTS, FACTORS, "-m", "mig")
    assert result.stdout.splitlines()[0] == "mig = 0.1101"


def test_the_example_names_its_factors():
    result = run("score", LATENTS, FACTORS, "-m", "mig")
    assert result.stdout.splitlines()[1].split()[::2] == ["shape", "scale", "orientation", "pos_x", "pos_y"]


def test_scoring_well_says_nothing_on_standard_error(data):
    result = spawn("score", data, "-m", "mig")
    assert (result.returncode, result.stderr) == (0, "")


def test_one_file_and_two_files_score_alike(tmp_path, data):
    with np.load(data) as arrays:
        np.save(tmp_path / "z.npy", arrays["latents"])
        np.save(tmp_path / "v.npy", arrays["factors"])
    assert score_of(data)["value"] == score_of(tmp_path / "z.npy", tmp_path / "v.npy")["value"]


def test_a_key_picks_the_array(data):
    assert score_of(f"{data}:latents", f"{data}:factors")["value"] == score_of(data)["value"]


def test_without_a_metric_the_default_ones_are_scored(data):
    assert list(json.loads(run("score", data, "-f", "json").stdout)["scores"]) == ["mig", "sap"]


def test_metrics_come_in_the_order_asked_for(data):
    result = run("score", data, "-m", "sap", "--metric", "mig", "-f", "json")
    assert list(json.loads(result.stdout)["scores"]) == ["sap", "mig"]


def test_a_metric_asked_for_twice_is_scored_once(data):
    result = run("score", data, "-m", "mig", "-m", "mig", "-f", "csv")
    assert result.stdout == run("score", data, "-m", "mig", "-f", "csv").stdout


def test_a_warning_is_a_line_on_standard_error(with_constant):
    result = run("score", with_constant, "-m", "mig", "-f", "json")
    (line,) = result.stderr.splitlines()
    assert line.startswith("warning: factor 'white' (column 2) has the single value 1")


def test_a_warning_that_two_metrics_give_is_printed_once(with_constant):
    assert run("score", with_constant, "-f", "csv").stderr.count("white") == 1


def test_the_table_shows_a_warning_as_a_note(with_constant):
    result = run("score", with_constant, "-m", "mig")
    assert "  factor 'white' (column 2) has the single value 1" in result.stdout
    assert result.stderr == ""


def test_a_table_written_to_a_file_leaves_the_warning_on_the_terminal(with_constant, tmp_path):
    assert "warning: factor 'white'" in run("score", with_constant, "-m", "mig", "-o", tmp_path / "out.txt").stderr


def test_the_table_shows_what_is_undefined(with_constant):
    assert "white undefined" in run("score", with_constant, "-m", "mig").stdout


def test_a_score_above_its_limit_ends_with_0(data):
    assert spawn("score", data, "-m", "mig", "--fail-under", "mig=0.01").returncode == 0


def test_a_score_below_its_limit_ends_with_1(data):
    assert spawn("score", data, "-m", "mig", "--fail-under", "mig=0.99").returncode == 1


def test_a_score_equal_to_its_limit_ends_with_0(data):
    limit = repr(mig(load_representation(data)))
    assert run("score", data, "-m", "mig", "--fail-under", f"mig={limit}").exit_code == 0


def test_a_score_below_its_limit_is_named_on_standard_error(data):
    result = run("score", data, "-m", "mig", "--fail-under", "mig=0.99")
    assert re.fullmatch(r"mig = 0\.\d{4} is below 0\.99\n", result.stderr)


def test_a_score_below_its_limit_is_printed_all_the_same(data):
    result = run("score", data, "-m", "mig", "--fail-under", "mig=0.99")
    assert result.stdout == run("score", data, "-m", "mig").stdout


def test_a_score_below_its_limit_is_written_all_the_same(data, tmp_path):
    assert run("score", data, "--fail-under", "mig=0.99", "-o", tmp_path / "out.json").exit_code == 1
    assert json.loads((tmp_path / "out.json").read_text())["scores"]


def test_every_score_below_its_limit_is_named(data):
    result = run("score", data, "--fail-under", "mig=0.99", "--fail-under", "sap=0.99")
    assert [line.split(" = ")[0] for line in result.stderr.splitlines()] == ["mig", "sap"]


def test_one_score_below_its_limit_is_enough(data):
    assert run("score", data, "--fail-under", "mig=0", "--fail-under", "sap=0.99").exit_code == 1


def test_several_metrics_may_be_named_with_commas(data):
    assert set(json.loads(run("score", data, "-m", "sap,mig", "-f", "json").stdout)["scores"]) == {"mig", "sap"}
