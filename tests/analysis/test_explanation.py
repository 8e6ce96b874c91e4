"""From one protocol to another, an option at a time: the walk, its forms, its picture and the command."""

import csv
import io
import itertools
import json
import math

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from shell import offered

import disentangle_metrics as dm
from disentangle_metrics import OptionError, UnknownMetricError, explain, mig, protocols, registry, sap
from disentangle_metrics.analysis.explanation import DEFAULT, FORMATS
from disentangle_metrics.analysis.explanation import plot as waterfall
from disentangle_metrics.cli.app import app
from disentangle_metrics.protocols import PROTOCOLS, Protocol

LATENTS, FACTORS = "docs/examples/latents.npz", "docs/examples/factors.npz"

# Protocols of the tests' own: one changes three options of mig, one has sap alone.
COARSE = {"n_bins": 7, "normalizer": "latent", "entropy": "miller-madow"}
OURS = {
    "coarse": Protocol("coarse", "nowhere", {"mig": COARSE}),
    "tree": Protocol("tree", "nowhere", {"sap": {"probe": "tree", "cv": 3}}),
    "fine": Protocol("fine", "nowhere", {"mig": {"n_bins": 50}, "sap": {"probe": "r2"}}),
}


@pytest.fixture(autouse=True)
def _more_protocols(monkeypatch):
    known = {**PROTOCOLS, **OURS}
    monkeypatch.setattr(protocols, "PROTOCOLS", known)


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    v = np.arange(240)[:, None] // [40, 1] % [6, 5]
    return dm.Representation(v @ [[1, 0, 1], [0, 2, 1]] + rng.normal(size=(240, 3)), v)


# --- the walk


def test_steps_go_in_the_documented_order(data):
    steps = explain(data, a=DEFAULT, b="coarse").walks["mig"].steps
    assert [dict(step.options) for step in steps] == [
        {"n_bins": ("20", "7")},
        {"entropy": ("plugin", "miller-madow")},
        {"normalizer": ("factor", "latent")},
    ]


def test_the_score_after_each_step_is_that_of_the_options_so_far(data):
    steps = explain(data, a=DEFAULT, b="coarse").walks["mig"].steps
    expected = [
        mig(data, n_bins=7),
        mig(data, n_bins=7, entropy="miller-madow"),
        mig(data, **COARSE),
    ]
    assert [step.value for step in steps] == [float(score) for score in expected]


def test_each_change_is_made_first_and_last_as_well(data):
    step = explain(data, a=DEFAULT, b="coarse").walks["mig"].steps[1]
    assert step.first == mig(data, entropy="miller-madow") - mig(data)
    assert step.last == mig(data, **COARSE) - mig(data, **{**COARSE, "entropy": "plugin"})


def metrics_of(protocol):
    """Those that arrays alone are enough for."""
    return {"mig", "sap"} & set({**PROTOCOLS, **OURS}[protocol].metrics) if protocol != DEFAULT else {"mig", "sap"}


PAIRS = [
    pair for pair in itertools.combinations([DEFAULT, *PROTOCOLS, *OURS], 2) if set.intersection(*map(metrics_of, pair))
]


@pytest.mark.filterwarnings("ignore::disentangle_metrics.DisentangleWarning")
@pytest.mark.parametrize(("a", "b"), PAIRS)
def test_changes_add_up_between_any_two_protocols(a, b, data):
    for name, walk in explain(data, a=a, b=b).walks.items():
        ends = [dm.evaluate(data, metrics=name, protocol=None if p == DEFAULT else p)[name] for p in (a, b)]
        assert (walk.start, walk.end) == tuple(ends)
        assert walk.start + sum(step.change for step in walk.steps) == pytest.approx(walk.end, abs=1e-12)
        assert walk.steps == () or walk.steps[-1].value == pytest.approx(float(walk.end), abs=1e-12)


def test_the_way_back_makes_the_same_changes_first_that_it_made_last(data):
    there, back = (explain(data, a=a, b=b).walks["mig"].steps for a, b in [("coarse", "fine"), ("fine", "coarse")])
    for one, other in zip(there, back, strict=True):
        assert one.options.keys() == other.options.keys()
        assert one.first == pytest.approx(-other.last, abs=1e-12)


def test_a_probe_moves_with_its_parameters(data):
    steps = explain(data, a=DEFAULT, b="locatello2019").walks["sap"].steps
    assert [list(step.options) for step in steps] == [
        ["probe", "C", "class_weight"],
        ["standardize"],
        ["test_size"],
        ["shuffle"],
    ]


def test_options_that_come_to_the_same_here_are_no_step_but_a_note(data):
    explanation = explain(data, a=DEFAULT, b="locatello2019", metrics="mig")
    assert explanation.walks["mig"].steps == ()
    assert explanation.notes[0] == "mig: factor_kinds: set differently, with the same effect on this data"


@pytest.fixture
def table(monkeypatch):
    """A metric that wants as many bins of latents as of factors."""
    registry.list_metrics()
    monkeypatch.setattr(registry, "_METRICS", dict(registry._METRICS))

    def odd(latents, factors=None, *, n_bins=2, factor_bins=2, aggregate="mean"):
        """Bins of two kinds."""
        if n_bins != factor_bins:
            raise OptionError(f"n_bins={n_bins} needs factor_bins={n_bins}.")
        return mig(latents, factors, n_bins=n_bins, aggregate=aggregate)

    registry.register(measures="compactness", source="here", range=(0.0, 1.0), higher_is_better=True)(odd)
    settings = {"odd": {"n_bins": 5, "factor_bins": 5, "aggregate": "min"}}
    protocols.PROTOCOLS["odd"] = Protocol("odd", "nowhere", settings)


def test_options_that_cannot_be_scored_apart_move_together_and_say_why(data, table):
    one, other = explain(data, a=DEFAULT, b="odd").walks["odd"].steps
    assert one.options == {"n_bins": ("2", "5")}
    assert one.value == mig(data, n_bins=5)
    assert one.note == "changed together, since one alone cannot be scored: n_bins=2 needs factor_bins=2."
    assert one.note in explain(data, a=DEFAULT, b="odd").describe()
    assert list(other.options) == ["aggregate"]
    assert (one.first, other.last) == (one.change, other.change)


def test_a_metric_that_one_protocol_lacks_is_left_out_with_a_note(data):
    explanation = explain(data, a="coarse", b="locatello2019")
    assert list(explanation.walks) == ["mig"]
    assert "sap is left out: coarse says nothing of it." in explanation.notes


def test_a_metric_that_cannot_be_scored_is_left_out_with_a_note(data):
    explanation = explain(data, a=DEFAULT, b="coarse", metrics=["mig"])
    protocols.PROTOCOLS["wrong"] = Protocol("wrong", "nowhere", {"mig": COARSE, "sap": {"cv": 1000}})
    again = explain(data, a=DEFAULT, b="wrong")
    assert again.walks == explanation.walks
    assert any(note.startswith("sap cannot be scored and is left out: cv=1000 needs") for note in again.notes)


def test_notes_of_a_score_name_the_protocol_that_has_them(data):
    notes = explain(data, a=DEFAULT, b="fine", metrics="mig").notes
    assert any(note.startswith("mig: fine: few rows for so many bins") for note in notes)


@pytest.mark.parametrize(
    ("a", "b", "metrics", "error", "message"),
    [
        ("fine", "fine", None, OptionError, "a and b are both 'fine'"),
        (DEFAULT, "locatelo2019", None, UnknownMetricError, "Did you mean 'locatello2019'"),
        ("coarse", "tree", None, OptionError, r"no settings for the same metric \(coarse: mig; tree: sap\)"),
        (DEFAULT, "tree", "mig", OptionError, r"\(default: every metric; tree: sap\)"),
        (DEFAULT, "fine", "mgi", UnknownMetricError, "Did you mean 'mig'"),
        (DEFAULT, "chen2018", None, dm.InputError, "the posterior is missing"),
    ],
)
def test_what_cannot_be_explained_is_an_error(data, a, b, metrics, error, message):
    with pytest.raises(error, match=message):
        explain(data, a=a, b=b, metrics=metrics)


# --- the forms


@pytest.fixture
def explanation(data):
    return explain(data, a=DEFAULT, b="fine")


def test_as_text_each_metric_is_a_table(explanation):
    lines = explanation.describe().splitlines()
    mig_walk = explanation.walks["mig"]
    assert lines[0].startswith(f"mig: default {mig_walk.start:.4f} -> fine {mig_walk.end:.4f}")
    assert lines[1].split() == ["option", "from", "to", "change", "score", "first", "last"]
    assert lines[2].split()[:3] == ["n_bins", "20", "50"]


def test_as_json_it_is_strict_and_whole(explanation):
    found = json.loads(explanation.to_json())
    assert found == explanation.to_dict()
    assert (found["a"], found["b"]) == (DEFAULT, "fine")
    assert found["metrics"]["mig"]["steps"][0]["options"] == {"n_bins": ["20", "50"]}
    assert found["metrics"]["sap"]["signature_b"] == explanation.walks["sap"].end.signature


def test_as_a_frame_it_has_a_row_for_the_start_and_one_for_each_step(explanation):
    frame = explanation.to_frame()
    assert list(frame.columns) == ["metric", "step", "option", "from", "to", "score", "change", "first", "last"]
    assert frame["step"].tolist() == [0, 1, *range(len(explanation.walks["sap"].steps) + 1)]
    starts = frame.groupby("metric", sort=False)["score"].first()
    assert starts.tolist() == [float(walk.start) for walk in explanation.walks.values()]


def test_as_csv_it_is_the_frame(explanation):
    found = pd.read_csv(io.StringIO(explanation.to_csv()), keep_default_na=False, na_values={"score": ""})
    assert found["score"].tolist() == pytest.approx(explanation.to_frame()["score"].tolist(), abs=0)
    assert [row[2] for row in csv.reader(io.StringIO(explanation.to_csv()))][1] == DEFAULT


def test_as_markdown_every_row_has_as_many_cells(explanation):
    table = [line for line in explanation.to_markdown().splitlines() if line.startswith("|")]
    assert {line.count("|") for line in table} == {10}


def test_what_is_undefined_is_said(data):
    protocols.PROTOCOLS["none"] = Protocol("none", "nowhere", {"mig": {"aggregate": lambda gaps: float(gaps.max())}})
    walk = explain(data, a=DEFAULT, b="none").walks["mig"]
    assert walk.steps[0].options["aggregate"][0] == "mean"
    broken = dm.Explanation("a", "b", {"mig": type(walk)(walk.start, walk.end, (step_of(math.nan),))})
    assert broken.describe().splitlines()[2].split() == ["n_bins", "1", "2", "--", "--"]
    assert broken.to_markdown().splitlines()[3] == "| mig | 1 | n_bins | 1 | 2 | -- | -- |  |  |"
    assert json.loads(broken.to_json())["metrics"]["mig"]["steps"][0]["value"] is None
    assert len(broken.figure().axes) == 1


def step_of(value):
    from disentangle_metrics.analysis.explanation import Step

    return Step({"n_bins": ("1", "2")}, value, value, None, None)


# --- the picture


def test_bars_of_the_waterfall_hang_between_the_scores(explanation):
    panels = explanation.figure().axes
    assert [panel.get_title(loc="left") for panel in panels] == ["mig", "sap"]
    walk = explanation.walks["mig"]
    start, step, end = panels[0].patches
    assert (start.get_x(), start.get_width()) == (0, float(walk.start))
    assert (step.get_x(), step.get_x() + step.get_width()) == pytest.approx((walk.start, walk.end))
    assert end.get_width() == float(walk.end)
    assert [text.get_text() for text in panels[0].get_yticklabels()] == ["default", "n_bins: 20 → 50", "fine"]


def test_long_values_are_cut_short_in_the_picture():
    assert len(waterfall._label({"factor_kinds": ("categorical,continuous", "continuous,categorical")})) == 40


# --- the command


def run(*args):
    return CliRunner().invoke(app, ["explain", *map(str, args)], env={"COLUMNS": "200"})


@pytest.mark.parametrize("form", FORMATS)
def test_the_command_prints_what_the_function_returns(form):
    expected = explain(dm.load_representation(LATENTS, FACTORS), a=DEFAULT, b="locatello2019", metrics="sap")
    result = run(DEFAULT, "locatello2019", LATENTS, FACTORS, "-m", "sap", "-f", form)
    assert result.exit_code == 0
    assert result.stdout == FORMATS[form](expected) + "\n"


def test_the_command_writes_the_result_and_the_picture(tmp_path):
    args = ["-m", "mig", "-o", tmp_path / "why.md", "--plot", tmp_path / "why.png"]
    result = run(DEFAULT, "coarse", LATENTS, FACTORS, *args)
    assert result.exit_code == 0
    assert result.stdout == ""
    assert (tmp_path / "why.md").read_text().startswith("| metric | step |")
    assert (tmp_path / "why.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("fine", "fine", LATENTS, FACTORS), "a and b are both 'fine'"),
        (("nope", "fine", LATENTS, FACTORS), "protocol 'nope' is not known"),
        ((DEFAULT, "fine", LATENTS, FACTORS, "-f", "latex"), "--format='latex' is not known"),
        ((DEFAULT, "fine", LATENTS, FACTORS, "--plot", "why.gif"), "ends in '.gif'. Use one of .png, .pdf, .svg"),
        ((DEFAULT, "fine", LATENTS, FACTORS, "--plot", "nowhere/why.png"), "there is no folder nowhere"),
        ((DEFAULT, "fine", LATENTS, FACTORS, "-o", LATENTS), "would overwrite an input"),
        ((DEFAULT, "fine", "nowhere.npz"), "there is no file nowhere.npz"),
    ],
)
def test_the_command_says_what_is_wrong(args, message):
    result = run(*args)
    assert result.exit_code == 2
    assert message in " ".join(result.output.split())


def test_the_shell_offers_protocols_and_the_default():
    from disentangle_metrics.cli import complete

    assert {DEFAULT, *PROTOCOLS} <= set(complete.protocols_or_default(""))
    assert complete.protocols_or_default("loc") == [name for name in PROTOCOLS if name.startswith("loc")]
    assert offered("explain", "default", "default", "z.npz", "-f", "") == list(FORMATS)
    assert "chen2018" in offered("explain", "default", "c")


@pytest.mark.filterwarnings("ignore::disentangle_metrics.BiasWarning")
def test_scores_of_the_walk_are_those_of_the_metrics(data):
    walk = explain(data, a="tree", b="fine").walks["sap"]
    assert walk.start == sap(data, probe="tree", cv=3)
    assert walk.end == sap(data, probe="r2")


@pytest.mark.filterwarnings("ignore::disentangle_metrics.DisentangleWarning")
@pytest.mark.parametrize(
    ("a", "b"), [("roth2023", "latte"), ("latte", "roth2023"), ("folds", "part"), ("part", "folds")]
)
def test_the_first_step_moves_what_it_moves_first_and_the_last_one_what_it_moves_last(a, b):
    rng = np.random.default_rng(0)
    v = rng.integers(4, size=(150, 2))
    data = dm.Representation(v @ [[1, 0, 1], [0, 2, 1]] + rng.normal(size=(150, 3)), v)
    protocols.PROTOCOLS["folds"] = Protocol("folds", "nowhere", {"sap": {"cv": 4, "test_size": 0.5}})
    protocols.PROTOCOLS["part"] = Protocol("part", "nowhere", {"sap": {"test_size": 0.3, "select_on": "half"}})
    steps = explain(data, a=a, b=b, metrics="sap").walks["sap"].steps
    assert steps[0].first == steps[0].change
    assert steps[-1].last == steps[-1].change
