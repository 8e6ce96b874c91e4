"""The command line end to end: every verb and option, what it prints where, and what it says of bad input."""

import io
import json
import os
import re
import subprocess
import sys
import time
from importlib.metadata import entry_points

import jsonschema
import numpy as np
import pandas as pd
import pytest
from conftest import EXAMPLES
from shell import offered, run, spawn, uncolored

import disentangle_metrics.cli.score as verb
from disentangle_metrics import (
    PROTOCOLS,
    Edges,
    Tree,
    Uniform,
    __version__,
    get_metric,
    list_metrics,
    load_representation,
    mig,
    sap,
)
from disentangle_metrics.cli import console
from disentangle_metrics.cli.app import VERBS
from disentangle_metrics.evaluation import evaluate
from disentangle_metrics.scores.report import FORMATS, json_schema

HEAVY = {"sklearn", "scipy", "pandas", "torch", "jax", "tensorflow", "polars", "pyarrow", "h5py", "matplotlib"}

NAMES = [spec.name for spec in list_metrics()]

LATENTS = EXAMPLES / "latents.npz"
FACTORS = EXAMPLES / "factors.npz"


def score_of(*args, metric="mig"):
    """Score with -f json and return what it says of one metric."""
    result = run("score", *args, "-f", "json")
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)["scores"][metric]


@pytest.fixture
def data(tmp_path):
    """A small file of two factors, three latents and names; the first latent is the first factor."""
    rng = np.random.default_rng(0)
    v = np.stack([np.arange(120) % 3, np.arange(120) // 3 % 2], axis=1)
    z = np.column_stack([v[:, 0], v[:, 1] + rng.normal(size=120), rng.normal(size=120)])
    np.savez(tmp_path / "data.npz", latents=z, factors=v, factor_names=["shape", "pos_x"])
    return tmp_path / "data.npz"


@pytest.fixture
def with_constant(tmp_path, data):
    """The same with a factor that never varies."""
    with np.load(data) as arrays:
        v = np.column_stack([arrays["factors"], np.ones(120, int)])
        np.savez(
            tmp_path / "constant.npz", latents=arrays["latents"], factors=v, factor_names=["shape", "a|b", "white"]
        )
    return tmp_path / "constant.npz"


# --- score


def test_the_example_scores_what_is_documented():
    result = run("score", LATENTS, FACTORS, "-m", "mig")
    assert result.stdout.splitlines()[0] == "mig = 0.1101"


def test_the_example_names_its_factors():
    result = run("score", LATENTS, FACTORS, "-m", "mig")
    assert result.stdout.splitlines()[1].split()[::2] == ["shape", "scale", "orientation", "pos_x", "pos_y"]


def test_scoring_well_says_nothing_on_standard_error(data):
    result = spawn("score", data, "-m", "mig")
    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.parametrize("form", FORMATS)
def test_a_format_prints_what_the_report_says(form, data):
    result = run("score", data, "--format", form)
    assert result.stdout == FORMATS[form](evaluate(load_representation(data))) + "\n"


@pytest.mark.parametrize("form", FORMATS)
def test_a_format_has_a_short_option(form, data):
    assert run("score", data, "-f", form).stdout == run("score", data, "--format", form).stdout


def test_the_table_is_the_format_if_none_is_named(data):
    assert run("score", data).stdout == run("score", data, "-f", "table").stdout


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


# --- score: formats that machines read


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


# --- score: warnings and notes


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


# --- score: --set, --protocol, --factor-kind


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ("mig.n_bins=50", {"n_bins": 50}),
        ("mig.discretizer=quantile", {"discretizer": "quantile"}),
        ("mig.entropy=miller-madow", {"entropy": "miller-madow"}),
        ('mig.normalizer="none"', {"normalizer": "none"}),
        ("mig.factor_kinds=null", {"factor_kinds": "categorical"}),
        ('mig.factor_kinds=["continuous","categorical"]', {"factor_kinds": ["continuous", "categorical"]}),
        ("mig.factor_kinds.pos_x=continuous", {"factor_kinds": ["categorical", "continuous"]}),
        ("sap.C=0.5", {"C": 0.5}),
        ("sap.C=null", {"C": 0.1}),
        ("sap.C=tuned", {"C": "tuned"}),
        ("sap.standardize=false", {"standardize": False}),
        ("sap.probe=linear-svm", {"probe": "linear-svm", "C": 0.01}),
        ("sap.probe=linear_svm", {"probe": "linear-svm"}),
        ("sap.test_size=0.3", {"test_size": 0.3}),
        ("sap.test_size=30", {"test_size": 30}),
        ("sap.cv=3", {"cv": 3, "test_size": None}),
        ("sap.random_state=7", {"random_state": 7}),
    ],
)
def test_an_option_is_set(setting, expected, data):
    metric = setting.partition(".")[0]
    settings = score_of(data, "-m", metric, "--set", setting, metric=metric)["settings"]
    assert {name: settings[name] for name in expected} == expected


def test_an_option_changes_the_score_as_in_python(data):
    found = score_of(data, "-m", "mig", "--set", "mig.n_bins=5")
    assert found["value"] == float(mig(load_representation(data), n_bins=5))


def test_options_of_two_metrics_are_set_together(data):
    args = [data, "--set", "mig.n_bins=5", "--set", "sap.C=1", "--set", "mig.entropy=miller-madow"]
    assert score_of(*args)["settings"]["n_bins"] == 5
    assert score_of(*args, metric="sap")["settings"]["C"] == 1


def test_of_an_option_set_twice_the_last_counts(data):
    assert score_of(data, "--set", "mig.n_bins=5", "--set", "mig.n_bins=9")["settings"]["n_bins"] == 9


@pytest.mark.parametrize(
    "settings",
    [
        ["sap.probe.max_depth=4"],
        ["sap.probe=tree", "sap.probe.max_depth=4"],
        ["sap.probe.max_depth=4", "sap.probe=tree"],
        ["sap.probe.max_depth=7", "sap.probe.max_depth=4"],
        ['sap.probe={"max_depth": 4}'],
    ],
    ids=" ".join,
)
def test_a_strategys_own_option_is_set(settings, data):
    args = [part for setting in settings for part in ("--set", setting)]
    expected = sap(load_representation(data), probe=Tree(max_depth=4))
    found = score_of(data, "-m", "sap", *args, metric="sap")
    assert (found["value"], found["signature"]) == (float(expected), expected.signature)


@pytest.mark.parametrize(
    ("settings", "options"),
    [
        (["n_bins=auto"], {"n_bins": "auto"}),
        (["discretizer=kmeans", "n_bins=5"], {"discretizer": "kmeans", "n_bins": 5}),
        (["discretizer.quantiles=[0.01,0.99]"], {"discretizer": Uniform(quantiles=(0.01, 0.99))}),
        (["discretizer=uniform", "discretizer.range=[-3, 3]"], {"discretizer": Uniform(range=(-3, 3))}),
        (["discretizer.edges=[0,0.5,1]"], {"discretizer": Edges((0, 0.5, 1))}),
        (["discretizer.edges=[[0,1,2],[0,0.5,1],[0,0.5,1]]"], {"discretizer": Edges([(0, 1, 2), *[(0, 0.5, 1)] * 2])}),
    ],
    ids=str,
)
def test_bins_are_set(settings, options, data):
    args = [part for setting in settings for part in ("--set", f"mig.{setting}")]
    expected = mig(load_representation(data), **options)
    found = score_of(data, "-m", "mig", *args)
    assert (found["value"], found["signature"]) == (float(expected), expected.signature)


def test_two_of_a_strategys_options_are_set_together(data):
    settings = ["--set", "sap.probe.max_depth=2", "--set", "sap.probe.min_samples_leaf=5"]
    found = score_of(data, "-m", "sap", *settings, metric="sap")
    assert "probe:Tree(max_depth=2, min_samples_leaf=5)" in found["signature"]


@pytest.mark.parametrize(
    ("protocol", "metric"), [(p.name, m) for p in PROTOCOLS.values() for m in p.metrics if m in ("mig", "sap")]
)
def test_a_protocol_sets_its_options(protocol, metric, data):
    found = score_of(data, "-m", metric, "--protocol", protocol, metric=metric)
    expected = get_metric(metric).function(load_representation(data), **PROTOCOLS[protocol][metric])
    assert found["value"] == float(expected)
    assert f"{metric}|protocol:{protocol}|" in found["signature"]


def test_an_option_beats_the_protocol_and_the_signature_says_so(data):
    found = score_of(data, "-m", "mig", "--protocol", "locatello2019", "--set", "mig.n_bins=50")
    assert found["settings"]["n_bins"] == 50
    assert found["signature"].startswith("mig|protocol:locatello2019+n_bins:50|discretizer:uniform|n_bins:50|")


def test_a_kind_is_given_for_all_factors(data):
    found = score_of(data, "-m", "mig", "--factor-kind", "continuous")
    assert found["settings"]["factor_kinds"] == "continuous"


def test_kinds_are_given_by_name(data):
    kinds = ["--factor-kind", "pos_x=continuous", "--factor-kind", "shape=categorical"]
    assert score_of(data, "-m", "mig", *kinds)["settings"]["factor_kinds"] == ["categorical", "continuous"]


def test_a_kind_given_for_one_factor_leaves_the_others_inferred(data):
    found = score_of(data, "-m", "mig", "--factor-kind", "pos_x=continuous")
    assert found["settings"]["factor_kinds"] == ["categorical", "continuous"]


def test_a_kind_may_have_a_period(data):
    kinds = ["--factor-kind", "pos_x=circular:32", "--factor-kind", "shape=ordinal"]
    assert score_of(data, "-m", "mig", *kinds)["settings"]["factor_kinds"] == ["ordinal", "circular:32"]


def test_latents_are_scored_in_groups(data):
    found = score_of(data, "-m", "mig", "--latent-group", "z0+z1", "--latent-group", "other=z2")
    assert found["latent_names"] == ["z0+z1", "other"]
    assert found["settings"]["latent_groups"] == ["z0+z1", "other=z2"]
    as_json = score_of(data, "-m", "mig", "--set", "mig.latent_groups=[[0,1],[2]]")
    assert as_json["value"] == found["value"]
    both = ["--latent-group", "z0", "--latent-group", "z1", "--set", 'mig.latent_groups={"a":["z0","z1"],"b":2}']
    assert score_of(data, "-m", "mig", *both)["latent_names"] == ["a", "b"]


def test_kinds_are_completed_after_a_name_too():
    from disentangle_metrics.cli import complete

    assert complete.kinds("c") == ["categorical", "circular", "continuous", "circular:"]
    assert complete.kinds("hue=ord") == ["hue=ordinal"]


def test_a_kind_beats_the_protocol_and_the_signature_says_so(data):
    found = score_of(data, "-m", "mig", "--protocol", "locatello2019", "--factor-kind", "continuous")
    assert "|protocol:locatello2019+factor_kinds:continuous|" in found["signature"]


# --- score: --fail-under


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


# --- score: -o


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
    assert (tmp_path / name).read_text() == FORMATS[form](evaluate(load_representation(data))) + "\n"


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


# --- bad input: code 2, a message, no traceback


def assert_refused(result, *fragments):
    assert result.exit_code == 2
    assert result.stdout == ""
    message = " ".join(uncolored(result.stderr).split())
    assert message.startswith("error: ")
    assert "Traceback" not in message
    assert "fault of ours" not in message
    for fragment in fragments:
        assert fragment in message


BAD_OPTIONS = [
    ("-m nope", f"metric 'nope' is not known. Use one of {NAMES}"),
    ("-m migg", "Did you mean 'mig'?"),
    ("-f xml", "--format='xml' is not known. Use one of ['csv', 'json', 'latex', 'markdown', 'table']"),
    ("-f jsn", "Did you mean 'json'?"),
    ("--protocol locatello", "Did you mean 'locatello2019'?"),
    ("--set mig.n_bin=5", "Did you mean 'n_bins'?"),
    ("--set mgi.n_bins=5", "Did you mean 'mig'?"),
    ("--set n_bins=5", "for example --set mig.n_bins=50"),
    ("--set mig.n_bins", "for example --set mig.n_bins=50"),
    ("--set mig.=5", "for example --set mig.n_bins=50"),
    ("--set =5", "for example --set mig.n_bins=50"),
    ("--set mig.n_bins.a.b=5", "for example --set mig.n_bins=50"),
    ("--set mig.n_bins=1", "n_bins=1 is out of range. Use a whole number between 2 and 65536."),
    ("--set mig.n_bins=65537", "n_bins=65537 is out of range"),
    ("--set mig.n_bins=many", "n_bins='many' is not a whole number"),
    ("--set mig.n_bins=2.5", "n_bins=2.5 is not a whole number"),
    ("--set mig.n_bins=null", "n_bins=None is not a whole number"),
    ("--set mig.n_bins=true", "n_bins=True"),
    ("--set mig.n_bins=", "n_bins=''"),
    ("--set mig.n_bins.x=5", "n_bins={'x': 5}"),
    ("--set mig.discretizer=quantiles", "Did you mean 'quantile'?"),
    ("--set mig.discretizer.quantiles=[1,99]", "quantiles=[1, 99] is not two rising numbers between 0 and 1."),
    ("--set mig.discretizer.quantile=[0,1]", "Did you mean 'quantiles'?"),
    ("--set mig.discretizer.edges=[0,1]", "edges=[0, 1] are not edges of bins."),
    ("--set mig.entropy=plug", "Did you mean 'plugin'?"),
    ("--set mig.normalizer=factors", "Did you mean 'factor'?"),
    ("--set mig.aggregate=average", "aggregate='average' is not known. Use one of ['mean', 'median', 'min']"),
    ("--set mig.degenerate=ignore", "degenerate='ignore' is not known. Use one of ['drop', 'raise', 'zero']"),
    ("--set mig.factor_kinds=1", "factor_kinds=1"),
    ('--set mig.factor_kinds={"shape":1}', "factor_kinds"),
    ("--set mig.factor_kinds.shap=continuous", "Did you mean 'shape'?"),
    ("--set sap.C=0", "C=0 is out of range. Use a number between 0 and 1e+09"),
    ("--set sap.C=-1", "C=-1"),
    ("--set sap.C=Infinity", "C=inf"),
    ("--set sap.C=strong", "C='strong'"),
    ("--set sap.probe=forest", "probe='forest' is not known"),
    ("--set sap.probe=treee", "Did you mean 'tree'?"),
    ("--set sap.probe.max_depth=0", "max_depth=0"),
    ("--set sap.probe.max_depth=deep", "max_depth='deep'"),
    ("--set sap.probe.max_depth=2.5", "max_depth=2.5"),
    ("--set sap.probe.min_samples_leaf=0", "min_samples_leaf=0"),
    ("--set sap.probe.max_dept=4", "Did you mean 'max_depth'?"),
    ("--set sap.probe=logistic --set sap.probe.max_depth=4", "max_depth"),
    ("--set sap.class_weight=heavy", "class_weight='heavy' is not known. Use one of ['balanced', 'none']"),
    ("--set sap.class_weight=", "class_weight=''"),
    ("--set sap.class_weight=false", "class_weight=False"),
    ("--set sap.probe=tree --set sap.C=1", "C=1 belongs to the probes ['linear-svm', 'logistic', 'multinomial']"),
    ("--set sap.standardize=yes", "standardize='yes' is not known. Use True or False."),
    ("--set sap.scoring=f1", "scoring='f1' is not known. Use one of ['accuracy', 'balanced-accuracy']"),
    ("--set sap.test_size=1.0", "test_size=1.0 is out of range"),
    ("--set sap.test_size=120", "test_size=120 rows leave none to train: 120 rows have a label"),
    ("--set sap.test_size=0.999", "test_size=0.999 splits 120 labeled rows into 0 to train and 120 to test"),
    ("--set sap.cv=1", "cv=1 is out of range"),
    ("--set sap.cv=121", "cv=121 needs at least 121 labeled rows and there are 120"),
    ("--set sap.n_repeats=0", "n_repeats=0 is out of range"),
    ("--set sap.n_repeats=2 --set sap.shuffle=false", "n_repeats=2 needs shuffle=True"),
    ("--set sap.random_state=-1", "random_state=-1 is out of range"),
    ("--set sap.random_state=now", "random_state='now' is not a whole number"),
    ("--set sap.inactive=drop", "inactive='drop' is not known. Use one of ['keep', 'zero']"),
    ("-m mig --set sap.cv=5", "options are given for 'sap', which is not among the metrics ['mig']"),
    ("--factor-kind smooth", "Use one of ['categorical', 'circular', 'continuous', 'ordinal']"),
    ("--factor-kind shap=continuous", "Did you mean 'shape'?"),
    ("--factor-kind shape=smooth", "Use one of ['categorical', 'circular', 'continuous', 'ordinal']"),
    ("--factor-kind continuous --factor-kind shape=categorical", "Do not mix them"),
    ("--factor-kind continuous --factor-kind categorical", "one kind for all factors"),
    ("--fail-under mig", "for example --fail-under mig=0.3"),
    ("--fail-under mig=high", "for example --fail-under mig=0.3"),
    ("--fail-under mig=nan", "mig=nan"),
    ("--fail-under 0.3", "--fail-under"),
    ("--fail-under mgi=0.3", "Did you mean 'mig'?"),
    ("-m mig --fail-under sap=0.3", "Use one of ['mig']"),
    ("--nope", "No such option"),
    ("--set", "requires an argument"),
    ("more.npz and.npz", "unexpected extra argument"),
]


@pytest.mark.parametrize(("options", "fragment"), BAD_OPTIONS, ids=[options for options, _ in BAD_OPTIONS])
def test_a_bad_option_is_refused(options, fragment, data):
    assert_refused(run("score", data, *options.split()), fragment)


Z = np.random.default_rng(0).normal(size=(20, 3))
V = np.arange(40).reshape(20, 2) % [2, 3]


def changed(array, row, column, value):
    array = array.copy()
    array[row, column] = value
    return array


BAD_ARRAYS = {
    "latents transposed": (Z.T, V, "latents looks transposed: pass latents.T."),
    "factors transposed": (Z, V.T, "factors looks transposed: pass factors.T."),
    "rows that do not match": (Z, V[:15], "latents has 20 samples and factors has 15 (shapes (20, 3) and (15, 2))"),
    "one latent": (Z[:, :1], V, "at least two latents"),
    "latents of one axis": (Z[:, 0], V, "latents has shape (20,)"),
    "latents of three axes": (np.ones((20, 3, 2)), V, "reshape(20, 6)"),
    "a single number": (np.float64(3), V, "latents has shape ()"),
    "no rows": (Z[:0], V[:0], "latents is empty: shape (0, 3)"),
    "no factors": (Z, V[:, :0], "factors is empty: shape (20, 0)"),
    "one row": (Z[:1], V[:1], "at least two"),
    "NaN in latents": (changed(Z, 7, 2, np.nan), V, "latents has 1 NaN in 1 rows (first at row 7, column 2"),
    "infinity in latents": (changed(Z, 7, 2, np.inf), V, "first at row 7, column 2"),
    "infinity in factors": (Z, changed(V / 2, 7, 1, np.inf), "first at row 7"),
    "complex latents": (Z + 1j, V, "latents are complex"),
    "complex factors": (Z, V + 1j, "factors are complex"),
    "text latents": (Z.astype(str), V, "text cannot be a latent"),
    "dates as latents": (Z.astype("datetime64[s]"), V, "latents have dtype datetime64"),
    "dates as factors": (Z, V.astype("datetime64[s]"), "factors have dtype datetime64"),
    "all factors constant": (Z, np.ones_like(V), "No factor varies"),
    "no label at all": (Z, np.full((20, 2), np.nan), "no label at all"),
    "a range too small": (1 + changed(0 * Z, 0, 1, 2.0**-52), V, "'z1' (column 1)"),
    "a range too large": (changed(changed(Z, 0, 1, 1.7e308), 1, 1, -1.7e308), V, "'z1' (column 1)"),
}


@pytest.mark.parametrize(("latents", "factors", "fragment"), BAD_ARRAYS.values(), ids=list(BAD_ARRAYS))
def test_bad_arrays_are_refused(latents, factors, fragment, tmp_path):
    np.savez(tmp_path / "bad.npz", latents=latents, factors=factors)
    assert_refused(run("score", tmp_path / "bad.npz"), fragment)


BAD_FILES = {
    "a missing file": ("dat.npz", "Did you mean 'data.npz'?"),
    "a missing folder": ("runs/data.npz", "There is no folder"),
    "a folder": (".", "is a folder"),
    "a missing key": ("data.npz:latent", "Did you mean 'latents'?"),
    "an unknown ending": ("data.txt", "Files that can be read end in .npz, .npy, .csv"),
    "text under another name": ("text.npz", "text.npz cannot be read"),
    "an empty file": ("empty.npz", "empty.npz cannot be read"),
    "pickled objects": ("pickled.npz", "never loaded"),
    "names that are too few": ("names.npz", "latent_names has 2 names and there are 3 columns"),
    "names that are not distinct": ("twins.npz", "latent_names has the name 'a' more than once"),
    "latents alone": ("alone.npz", "which array holds the factors"),
}


@pytest.mark.parametrize(("name", "fragment"), BAD_FILES.values(), ids=list(BAD_FILES))
def test_a_bad_file_is_refused(name, fragment, tmp_path, data):
    (tmp_path / "data.txt").write_text("1 2 3")
    (tmp_path / "text.npz").write_text("1 2 3")
    (tmp_path / "empty.npz").write_text("")
    np.savez(tmp_path / "pickled.npz", latents=np.array([[None]]), factors=V)
    np.savez(tmp_path / "names.npz", latents=Z, factors=V, latent_names=["a", "b"])
    np.savez(tmp_path / "twins.npz", latents=Z, factors=V, latent_names=["a", "b", "a"])
    np.savez(tmp_path / "alone.npz", latents=Z)
    assert_refused(run("score", f"{tmp_path}/{name}"), fragment)


@pytest.mark.parametrize(
    ("args", "fragment"),
    [
        (["score"], "Missing argument"),
        (["scor"], "No such command 'scor'"),
        (["--nope"], "No such option"),
        (["show"], "Missing argument"),
        (["show", "mig", "sap"], "unexpected extra argument"),
        (["show", "migg"], "Did you mean 'mig'?"),
        (["show", "locatello"], "Did you mean 'locatello2019'?"),
        (["list", "mig"], "unexpected extra argument"),
        (["list", "-f", "xml"], "--format='xml' is not known. Use one of ['json', 'table']"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_bad_command_is_refused(args, fragment):
    assert_refused(run(*args), fragment)


def test_bad_input_ends_a_process_with_2_and_a_message_alone(data):
    result = spawn("score", data, "-m", "nope")
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr == f"error: metric 'nope' is not known. Use one of {NAMES}.\n"


def test_debug_shows_a_traceback():
    result = spawn("--debug", "score", "nope.npz")
    assert "Traceback" in result.stderr
    assert "MissingFileError: there is no file nope.npz" in result.stderr


def test_debug_ends_with_the_same_code():
    assert spawn("--debug", "score", "nope.npz").returncode == 2


def test_debug_changes_nothing_if_all_is_well(data):
    assert run("--debug", "score", data).stdout == run("score", data).stdout


def raising(error):
    def fail(*_, **__):
        raise error

    return fail


def test_a_fault_of_ours_is_a_message_too(data, monkeypatch):
    monkeypatch.setattr(verb, "evaluate", raising(RuntimeError("who knows")))
    result = run("score", data)
    assert result.exit_code == 2
    assert result.stderr.startswith("error: unexpected RuntimeError: who knows.")
    assert "Traceback" not in result.stderr


def test_too_little_memory_is_a_message_too(data, monkeypatch):
    monkeypatch.setattr(verb, "evaluate", raising(MemoryError("Unable to allocate 9 TiB")))
    assert_refused(run("score", data), "not enough memory: Unable to allocate 9 TiB. Score fewer rows")


def test_names_with_brackets_are_printed_as_they_are(tmp_path, data):
    assert run("score", data, "-o", tmp_path / "[red].csv").stderr == f"wrote {tmp_path}/[red].csv\n"


def test_a_missing_file_with_brackets_is_printed_as_it_is():
    assert "there is no file [bold]a[/x].npz." in run("score", "[bold]a[/x].npz").stderr


def on_a_terminal(work, seconds, monkeypatch):
    """Return what a terminal shows of some work that takes some seconds."""
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    with console.working_on(work):
        time.sleep(seconds)
    return uncolored(sys.stderr.getvalue())


def test_progress_shows_names_with_brackets_as_they_are(monkeypatch):
    monkeypatch.setattr(console, "_PATIENCE", 0.0)
    assert "reading [bold]a[/x].npz" in on_a_terminal("reading [bold]a[/x].npz", 0.5, monkeypatch)


def test_work_that_is_soon_done_shows_no_progress(monkeypatch):
    assert on_a_terminal("reading z.npz", 0.0, monkeypatch) == ""


def test_a_terminal_that_knows_no_umlauts_is_no_fault_of_ours(tmp_path):
    np.savez(tmp_path / "data.npz", latents=Z, factors=V, factor_names=["größe", "x"])
    result = spawn("score", tmp_path / "data.npz", "-m", "mig", env={"PYTHONIOENCODING": "ascii"})
    assert "fault of ours" not in result.stderr


# --- list and show


def test_list_names_every_metric_and_protocol():
    shown = run("list").stdout
    for name in [*(spec.name for spec in list_metrics()), *PROTOCOLS]:
        assert re.search(rf"^ *{name} ", shown, re.MULTILINE)


def test_list_as_json_holds_the_registry():
    found = json.loads(run("list", "--format", "json").stdout)
    assert {metric["name"]: metric["options"] for metric in found["metrics"]} == {
        spec.name: spec.options for spec in list_metrics()
    }


def test_list_as_json_holds_the_protocols():
    found = json.loads(run("list", "-f", "json").stdout)
    assert {protocol["name"]: protocol["metrics"] for protocol in found["protocols"]} == {
        name: {metric: dict(options) for metric, options in protocol.metrics.items()}
        for name, protocol in PROTOCOLS.items()
    }


def test_list_as_a_table_is_the_default():
    assert run("list").stdout == run("list", "-f", "table").stdout


@pytest.mark.parametrize("name", NAMES)
def test_show_describes_every_option_of_a_metric(name):
    shown = run("show", name).stdout
    for option in get_metric(name).options:
        assert re.search(rf"^{option} +\S+ +\S+", shown, re.MULTILINE), option


def test_show_names_the_parameters_of_strategies():
    assert "--set mig.discretizer.NAME=VALUE, where NAME is range, quantiles, edges" in run("show", "mig").stdout
    assert "--set sap.probe.NAME=VALUE, where NAME is max_depth, min_samples_leaf" in run("show", "sap").stdout


@pytest.mark.parametrize("name", NAMES)
def test_show_says_what_a_metric_is_and_where_it_comes_from(name):
    shown = " ".join(run("show", name).stdout.split())
    spec = get_metric(name)
    for text in (spec.summary, spec.measures, spec.source, f"--set {name}.OPTION=VALUE"):
        assert text in shown


@pytest.mark.parametrize("name", NAMES)
def test_show_leaves_no_markup_of_the_documentation(name):
    shown = run("show", name).stdout
    assert not re.findall(r":\w+:|``|\.\. math|\\frac|\\sum", shown)


@pytest.mark.parametrize("name", PROTOCOLS)
def test_show_lists_every_setting_of_a_protocol(name):
    shown = run("show", name).stdout
    for metric, options in PROTOCOLS[name].metrics.items():
        for option in options:
            assert f" {metric}.{option} " in shown


def test_show_says_where_a_protocol_comes_from():
    assert "arXiv:1811.12359" in run("show", "locatello2019").stdout


# --- help and version


def test_the_version_is_printed():
    assert run("--version").stdout == f"dmetrics {__version__}\n"


@pytest.mark.parametrize("flag", ["--help", "-h"])
@pytest.mark.parametrize(
    ("verb_of", "words"),
    [
        ([], ["score", "list", "show", "--version", "--debug"]),
        (
            ["score"],
            [
                "--metric",
                "--protocol",
                "--set",
                "--factor-kind",
                "--format",
                "--output",
                "--fail-under",
                ".safetensors",
            ],
        ),
        (["list"], ["--format", "json"]),
        (["show"], ["metric", "protocol"]),
    ],
    ids=["dmetrics", "score", "list", "show"],
)
def test_help_names_the_options(verb_of, words, flag):
    result = run(*verb_of, flag)
    assert result.exit_code == 0
    for word in words:
        assert word in uncolored(result.stdout)


@pytest.mark.parametrize("columns", [60, 80])
@pytest.mark.parametrize("words", [[], *([name] for name in VERBS)], ids=lambda words: " ".join(words) or "dmetrics")
def test_help_fits_a_narrow_terminal(words, columns):
    shown = spawn(*words, "--help", env={"COLUMNS": str(columns)})
    assert shown.returncode == 0
    assert max(map(len, shown.stdout.splitlines())) <= columns


def test_without_a_verb_help_is_shown():
    assert "Usage: dmetrics" in uncolored(run().output)


def test_the_command_is_installed():
    (command,) = entry_points(group="console_scripts", name="dmetrics")
    assert command.value == "disentangle_metrics.cli:main"


# --- in the shell


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (
            [""],
            ["score", "batch", "compare", "explain", "curve", "list", "show", "encode", "sweep", "train", "traverse"],
        ),
        (["score", "z.npz", "-m", ""], NAMES),
        (["score", "z.npz", "-m", "s"], [name for name in NAMES if name.startswith("s")]),
        (["score", "z.npz", "--protocol", "lo"], ["locatello2019", "locatello2019-continuous"]),
        (["score", "z.npz", "--format", ""], ["table", "json", "csv", "markdown", "latex"]),
        (["score", "z.npz", "--set", "mig.n"], ["mig.n_bins=", "mig.normalizer="]),
        (
            ["score", "z.npz", "--set", "mig.discretizer."],
            [f"mig.discretizer.{n}=" for n in ("range", "quantiles", "edges")],
        ),
        (["score", "z.npz", "--set", "sap.probe.m"], ["sap.probe.max_depth=", "sap.probe.min_samples_leaf="]),
        (["score", "z.npz", "--fail-under", ""], [f"{name}=" for name in NAMES]),
        (["show", ""], [*NAMES, *PROTOCOLS]),
    ],
    ids=lambda value: " ".join(value),
)
def test_the_shell_offers(words, expected):
    assert offered(*words) == expected


def test_the_shell_offers_every_option_to_set():
    assert offered("score", "z.npz", "--set", "") == [
        f"{spec.name}.{option}=" for spec in list_metrics() for option in spec.options
    ]


@pytest.mark.parametrize("args", [["show", "mig"], ["list", "-f", "json"], ["score", LATENTS, FACTORS, "-m", "mig"]])
def test_a_pipe_that_closes_early_is_no_error_to_read_about(args):
    reader, writer = os.pipe()
    os.close(reader)
    try:
        assert spawn(*args, stdout=writer).stderr == ""
    finally:
        os.close(writer)


def loaded_by(code):
    """Return the top modules that are loaded once the code has run."""
    code += "\nimport sys; print(*sorted({name.partition('.')[0] for name in sys.modules}), file=sys.stderr)"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    return set(result.stderr.split())


@pytest.mark.parametrize(
    "args",
    [
        ["--help"],
        ["score", "--help"],
        ["list"],
        ["show", "sap"],
        ["score", LATENTS, FACTORS, "-m", "mig"],
        ["score", LATENTS, FACTORS, "-m", "mig", "-f", "json"],
        ["score", LATENTS, FACTORS, "-m", "mig", "--set", "mig.n_bins=9", "-o", "/dev/null"],
    ],
    ids=lambda args: " ".join(str(arg).rpartition("/")[2] for arg in args),
)
def test_what_needs_no_heavy_library_loads_none(args):
    command = ["dmetrics", *map(str, args)]
    code = (
        f"import sys; sys.argv = {command}\nfrom disentangle_metrics.cli import main\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code"
    )
    assert not loaded_by(code) & HEAVY


def test_a_score_is_printed_without_rich():
    code = f"import sys; sys.argv = ['dmetrics', 'score', '{LATENTS}', '{FACTORS}']\n"
    code += "from disentangle_metrics.cli import main\n"
    code += "try:\n    main()\nexcept SystemExit:\n    print('rich.console' in sys.modules)"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert result.stdout.splitlines()[-1] == "False"


@pytest.mark.parametrize(("variable", "colored"), [("FORCE_COLOR", True), ("NO_COLOR", False)])
def test_colors_follow_the_environment(variable, colored, data):
    result = spawn("score", data, "-m", "mig", env={"NO_COLOR": None, variable: "1"})
    assert ("\x1b[" in result.stdout) == colored
    assert uncolored(result.stdout) == run("score", data, "-m", "mig").stdout


def test_importing_the_package_loads_nothing_heavy():
    assert not loaded_by("import disentangle_metrics") & {*HEAVY, "numpy", "click", "rich"}


def test_an_input_is_never_overwritten(data):
    before = data.read_bytes()
    assert_refused(run("score", data, "-o", data), "would overwrite an input")
    assert data.read_bytes() == before


def test_several_metrics_may_be_named_with_commas(data):
    assert set(json.loads(run("score", data, "-m", "sap,mig", "-f", "json").stdout)["scores"]) == {"mig", "sap"}
