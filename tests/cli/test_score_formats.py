"""The formats of ``dmetrics score``, as readers of each take them."""

import io
import json

import jsonschema
import pandas as pd
import pytest
from shell import run, score_of

from disentangle_metrics import __version__, load_representation, mig
from disentangle_metrics.cli.words import translated
from disentangle_metrics.evaluation import evaluate
from disentangle_metrics.scores.report import FORMATS, json_schema


@pytest.mark.parametrize("form", FORMATS)
def test_a_format_prints_what_the_report_says(form, data):
    result = run("score", data, "--format", form)
    assert result.stdout == FORMATS[form](translated(evaluate(load_representation(data)), form)) + "\n"


@pytest.mark.parametrize("form", FORMATS)
def test_a_format_has_a_short_option(form, data):
    assert run("score", data, "-f", form).stdout == run("score", data, "--format", form).stdout


def test_the_table_is_the_format_if_none_is_named(data):
    assert run("score", data).stdout == run("score", data, "-f", "table").stdout


def test_json_follows_the_schema(data):
    jsonschema.validate(json.loads(run("score", data, "-f", "json").stdout), json_schema())


def test_json_of_an_undefined_score_follows_the_schema(with_constant):
    jsonschema.validate(json.loads(run("score", with_constant, "-f", "json").stdout), json_schema())


def test_json_says_null_and_never_nan(with_constant):
    def refuse(constant):
        raise AssertionError(constant)

    found = json.loads(run("score", with_constant, "-f", "json").stdout, parse_constant=refuse)
    assert found["scores"]["mig"]["per_factor"][2] is None


def test_json_says_its_version(data):
    found = json.loads(run("score", data, "-m", "mig", "-f", "json").stdout)
    assert (found["schema_version"], found["version"]) == (2, __version__)


def test_json_holds_every_digit(data):
    assert score_of(data)["value"] == float(mig(load_representation(data)))


def test_csv_is_read_back_by_pandas(with_constant):
    table = pd.read_csv(io.StringIO(run("score", with_constant, "-f", "csv").stdout))
    expected = evaluate_quietly(with_constant).to_frame()
    pd.testing.assert_frame_equal(table.fillna({"factor": ""}), expected, check_dtype=False)


def evaluate_quietly(path):
    with pytest.warns(UserWarning, match="white"):
        return evaluate(load_representation(path))


def test_markdown_has_a_row_per_metric(data):
    lines = run("score", data, "-f", "markdown").stdout.splitlines()
    rows = [line for line in lines if line.startswith("| ")]
    assert [row.split(" | ")[0] for row in rows] == ["| metric", "| ---", "| mig", "| sap"]


def test_markdown_escapes_the_bars_of_names(with_constant):
    head = run("score", with_constant, "-f", "markdown").stdout.splitlines()[0]
    assert head == r"| metric | score | shape | a\|b | white |"


def test_latex_escapes_underscores(data):
    assert r"metric & score & shape & pos\_x \\" in run("score", data, "-f", "latex").stdout
