"""Scores against the number of rows: the fit, closed forms, output formats, the plot and the command."""

import csv
import io
import json
import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from shell import offered

import disentangle_metrics as dm
from disentangle_metrics import InputError, OptionError, UnknownMetricError, mig, sample_size_curve, sap
from disentangle_metrics.analysis.sample_size import FORMATS
from disentangle_metrics.analysis.sample_size.fit import fit_law, spreads
from disentangle_metrics.cli.app import app

LATENTS, FACTORS = "docs/examples/latents.npz", "docs/examples/factors.npz"
N = np.array([125.0, 250.0, 500.0, 1000.0, 2000.0])


def partly(n, share, seed=0, n_values=4):
    """A latent equal to a factor on a share of the rows and noise on the others, and a latent of noise."""
    rng = np.random.default_rng(seed)
    v = rng.integers(n_values, size=n)
    z = np.where(rng.random(n) < share, v, rng.integers(n_values, size=n))
    return np.stack([z, rng.integers(n_values, size=n)], axis=1), v[:, None]


def information_of_part(share, n_values=4):
    """I(z; v) / H(v) of that latent: one value of it has the right factor with this probability, each other equally."""
    wrong = (1 - share) / n_values
    right = share + wrong
    return 1 + (right * math.log(right) + (n_values - 1) * wrong * math.log(wrong)) / math.log(n_values)


# --- the law


@pytest.mark.parametrize(("s", "b"), [(0.4, -12.0), (0.0, 3.0), (1.0, 0.0)])
def test_the_fit_recovers_a_planted_law(s, b):
    fit = fit_law(N, s + b / N, np.zeros(5), np.array([20, 20, 20, 20, 1]))
    assert fit.limit == pytest.approx(s, abs=1e-9)
    assert fit.slope == pytest.approx(b, abs=1e-5)
    assert fit.holds
    assert fit.first == 125


def test_errors_of_the_fit_are_those_of_a_planted_law_with_noise():
    rng, total, repeats = np.random.default_rng(0), N[-1], 20
    known = 1 / N - 1 / total  # of scores with one unit of variance per row, given all rows
    found = []
    for _ in range(400):
        score = 0.5 + rng.normal() / math.sqrt(total)  # all rows are a sample too
        scores = score - 8 / total + 8 / N + rng.normal(size=(repeats, 5)) * np.sqrt(known)
        fit = fit_law(N, scores.mean(axis=0), scores.var(axis=0, ddof=1), np.array([20, 20, 20, 20, 1]))
        found.append([fit.limit, fit.limit_error, fit.slope, fit.slope_error, fit.holds])
    limit, limit_error, slope, slope_error, holds = np.array(found).T
    assert np.mean(limit) == pytest.approx(0.5 - 8 / total, abs=4 * np.std(limit) / 20)
    assert np.mean(slope) == pytest.approx(8, abs=4 * np.std(slope) / 20)
    assert np.std(limit) == pytest.approx(np.mean(limit_error), rel=0.15)
    assert np.std(slope) == pytest.approx(np.mean(slope_error), rel=0.25)
    assert np.mean(holds) > 0.95


def test_sizes_too_small_for_the_law_are_left_out_of_the_fit():
    mean = 0.5 + 4 / N + 2e6 / N**4  # which is 1 % of b/n at 500 rows, and .008 of the score at 125
    fit = fit_law(N, mean, 0.02**2 * (1 / N - 1 / 2000), np.array([20, 20, 20, 20, 1]))
    assert fit.first > 125
    assert fit.slope == pytest.approx(4, rel=0.05)


def test_another_law_is_seen_not_to_hold():
    mean = 0.5 - 3 / np.sqrt(N)
    fit = fit_law(N, mean, 0.1**2 * (1 / N - 1 / 2000), np.array([20, 20, 20, 20, 1]))
    assert not fit.holds
    assert fit.first == 250


def test_two_sizes_leave_no_misfit_to_see():
    fit = fit_law(N[:2], 0.5 + 1 / N[:2], np.zeros(2), np.array([20, 1]))
    assert fit.misfit is None
    assert fit.limit == pytest.approx(0.5)


def test_spreads_are_those_of_rows_drawn_anew():
    rows, splits = 3.0, 2.0
    seen = rows * (1 / N - 1 / N[-1]) + splits / N
    np.testing.assert_allclose(spreads(N, seen), np.sqrt((rows + splits) / N))


# --- the curve


def test_the_curve_of_a_known_code_leads_to_what_is_known():
    for seed in range(5):
        curve = sample_size_curve(*partly(4000, 0.7, seed), "mig", options={"mig": {"n_bins": 4}}, random_state=seed)
        fit = curve["mig"].fit
        assert fit.limit == pytest.approx(information_of_part(0.7), abs=3 * fit.limit_error)


def test_the_curve_of_a_perfect_code_is_flat():
    v = np.random.default_rng(0).integers(3, size=400)
    curve = sample_size_curve(np.stack([v, np.zeros(400)], axis=1), v, "mig", sizes=[50, 100, 200])["mig"]
    assert [point.mean for point in curve.points] == [1.0] * 4
    assert (curve.fit.limit, curve.fit.slope) == (pytest.approx(1.0), pytest.approx(0.0, abs=1e-9))
    assert set(curve.enough.values()) == {50}


def test_information_of_noise_falls_as_one_over_n():
    rng = np.random.default_rng(1)
    latents, factors = rng.integers(5, size=(3000, 6)), rng.integers(5, size=(3000, 1))
    curve = sample_size_curve(latents, factors, "mig", options={"mig": {"n_bins": 5}})["mig"]
    means = [point.mean for point in curve.points[:-1]]
    assert means[0] > 10 * means[-1]
    assert curve.fit.slope > 2 * curve.fit.slope_error
    assert abs(curve.fit.limit) < 3 * curve.fit.limit_error


@pytest.fixture(scope="module")
def data():
    return dm.Representation(*partly(600, 0.7, n_values=6))


@pytest.fixture(scope="module")
def curve(data):
    return sample_size_curve(data, sizes=[100, 200, 300], n_repeats=5)


def test_all_rows_come_last_with_the_score_of_the_metric(data, curve):
    assert [point.n for point in curve["mig"].points] == [100, 200, 300, 600]
    assert curve["mig"].points[-1].scores == (mig(data),)
    assert curve["mig"].score == mig(data)


def test_a_metric_that_splits_rows_takes_a_seed_for_each_score(data, curve):
    assert curve["sap"].points[-1].scores == tuple(float(sap(data, random_state=42 + r)) for r in range(5))


def test_scores_of_a_size_are_those_of_its_subsamples(data, curve):
    rng = np.random.default_rng([0, 200, 3])
    rows = np.sort(rng.choice(600, 200, replace=False, shuffle=False))
    part = dm.Representation(data.latents[rows], data.factors[rows])
    assert curve["mig"].points[1].scores[3] == mig(part)
    assert curve["sap"].points[1].scores[3] == sap(part, random_state=45)


def test_the_same_seed_gives_the_same_curve_and_another_another(data, curve):
    again = sample_size_curve(data, sizes=[100, 200, 300], n_repeats=5)
    other = sample_size_curve(data, sizes=[100, 200, 300], n_repeats=5, random_state=1)
    assert again.to_dict() == curve.to_dict()
    assert other["mig"].points[0].scores != curve["mig"].points[0].scores
    assert other["mig"].points[-1].scores == curve["mig"].points[-1].scores


def test_scores_of_one_size_do_not_depend_on_the_others(data, curve):
    alone = sample_size_curve(data, sizes=[200], n_repeats=5)
    assert alone["sap"].points[0].scores == curve["sap"].points[1].scores


def test_more_processes_give_the_same_numbers(data, curve):
    assert sample_size_curve(data, sizes=[100, 200, 300], n_repeats=5, n_jobs=2).to_dict() == curve.to_dict()


def test_options_and_protocol_reach_every_subsample(data):
    curve = sample_size_curve(data, protocol="locatello2019", options={"mig": {"n_bins": 5}}, sizes=[300], n_repeats=2)
    assert "protocol:locatello2019+n_bins:5" in curve["mig"].score.signature
    rows = np.sort(np.random.default_rng([0, 300, 1]).choice(600, 300, replace=False, shuffle=False))
    assert curve["mig"].points[0].scores[1] == mig(data.take(rows), n_bins=5)
    assert len(curve["sap"].points[-1].scores) == 1  # rows are split in order


def test_default_sizes_are_halves_down_to_fifty(data):
    curve = sample_size_curve(data, metrics="mig", n_repeats=2)
    assert [point.n for point in curve["mig"].points] == [75, 150, 300, 600]


def test_what_is_enough_follows_from_the_fit(curve):
    one = curve["mig"]
    per_row = one.points[-1].spread ** 2 * 600
    assert one.enough == {
        "bias_below_spread": max(math.ceil(one.fit.slope**2 / per_row), one.fit.first),
        "bias_below_0.01": max(math.ceil(abs(one.fit.slope) / 0.01), one.fit.first),
        "spread_below_0.01": max(math.ceil(per_row / 1e-4), one.fit.first),
    }
    assert "spread below 0.01 from" in one.advice()[2]
    assert "(more than there are)" in one.advice()[2]


def test_intervals_lie_around_the_mean_by_their_level(data):
    wide, narrow = (
        sample_size_curve(data, metrics="mig", sizes=[200], n_repeats=5, confidence=c)["mig"].points[0]
        for c in (0.95, 0.5)
    )
    assert wide.mean - wide.low == pytest.approx(2.776445 * wide.spread)  # t of 4 degrees of freedom
    assert narrow.high - narrow.mean == pytest.approx(0.740697 * narrow.spread)


def test_kinds_inferred_from_all_rows_hold_for_subsamples():
    rng = np.random.default_rng(0)
    z = rng.normal(size=(300, 2))
    curve = sample_size_curve(z, z[:, :1], "sap", sizes=[50], n_repeats=2)
    assert curve["sap"].points[0].mean > 0.8  # R2: of 50 rows all values would be labels


def rows_of(n, repeat, total, seed=0):
    return np.sort(np.random.default_rng([seed, n, repeat]).choice(total, n, replace=False, shuffle=False))


def test_groups_reach_every_subsample():
    rng = np.random.default_rng(0)
    v = rng.integers(4, size=(400, 1))
    z = np.column_stack([v % 2, v // 2, rng.integers(2, size=400)])
    groups = {"mig": {"latent_groups": [(0, 1), (2,)], "n_bins": 2}, "sap": {"latent_groups": [(0, 1), (2,)]}}
    curve = sample_size_curve(z, v, sizes=[100], n_repeats=2, options=groups)
    part = dm.Representation(z, v).take(rows_of(100, 1, 400))
    assert curve["mig"].points[0].scores[1] == mig(part, **groups["mig"]) > 0.9
    assert curve["sap"].points[0].scores[1] == sap(part, random_state=43, **groups["sap"])


@pytest.mark.parametrize("where", ["representation", "argument", "both"])
def test_kinds_and_periods_are_those_of_all_rows(where):
    rng = np.random.default_rng(0)
    angles = rng.permutation(np.repeat(np.arange(100), 4))[:, None]
    z = np.column_stack([angles, rng.normal(size=(400, 1))])
    kind = {"v0": "circular"}  # of all rows the period is 100, and there are too many angles for labels
    data = dm.Representation(z, angles, factor_kinds=None if where == "argument" else kind)
    given = None if where == "representation" else kind
    curve = sample_size_curve(data, metrics="sap", sizes=[40], n_repeats=2, factor_kinds=given)
    x, turn = z[rows_of(40, 1, 400)], angles[rows_of(40, 1, 400), 0] * 2 * np.pi / 100
    circle = np.column_stack([np.ones(40), np.cos(turn), np.sin(turn)])
    fitted = circle @ np.linalg.lstsq(circle, x, rcond=None)[0]
    known = fitted.var(axis=0) / x.var(axis=0)
    assert curve["sap"].points[0].scores[1] == pytest.approx(abs(known[0] - known[1]))


def test_latents_chosen_on_other_rows_have_a_curve(data):
    options = {"mig": {"select_on": "half"}}
    curve = sample_size_curve(data, metrics="mig", sizes=[200], n_repeats=2, options=options)["mig"]
    assert curve.points[0].scores[1] == mig(data.take(rows_of(200, 1, 600)), select_on="half", random_state=43)


@pytest.mark.parametrize("where", ["representation", "options"])
def test_rows_that_do_not_count_alike_have_no_curve(data, where):
    weight = np.linspace(1, 2, 600)
    weighted = data.with_weights(weight) if where == "representation" else data
    options = {"mig": {"sample_weight": weight}} if where == "options" else None
    with pytest.raises(OptionError, match=r"curves need rows of equal weight\. Leave out sample_weight"):
        sample_size_curve(weighted, metrics="mig", options=options)


# --- notes


def test_notes_say_what_moves_with_the_number_of_rows(curve, data):
    assert any("with a fixed C the penalty" in note for note in curve["sap"].notes)
    assert any("equal-width bins" in note for note in curve["mig"].notes)
    auto = sample_size_curve(data, metrics="mig", sizes=[200], n_repeats=2, options={"mig": {"n_bins": "auto"}})
    assert any("n_bins='auto'" in note for note in auto["mig"].notes)
    knn = sample_size_curve(data, metrics="sap", sizes=[200], n_repeats=2, options={"sap": {"probe": "knn"}})
    assert not any("penalty" in note for note in knn["sap"].notes)


def test_subsamples_that_share_most_of_their_rows_are_noted(data):
    curve = sample_size_curve(data, metrics="mig", sizes=[300, 500], n_repeats=3)
    assert any(note.startswith("subsamples of 500 rows have more than half") for note in curve["mig"].notes)


def test_factors_that_a_subsample_holds_constant_are_noted():
    rng = np.random.default_rng(0)
    latents, factors = rng.normal(size=(200, 2)), np.stack([rng.integers(3, size=200), np.arange(200) < 2], axis=1)
    curve = sample_size_curve(latents, factors, "mig", sizes=[20, 100], n_repeats=10)
    assert any("subsamples of 20 rows a factor has a single value" in note for note in curve["mig"].notes)


def test_one_size_is_said_to_be_too_few(data):
    curve = sample_size_curve(data, metrics="mig", sizes=[100], n_repeats=3)
    assert any(note.startswith("with one size below all rows") for note in curve["mig"].notes)


# --- what is wrong


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"sizes": [1, 2]}, OptionError, "sizes=1 is out of range"),
        ({"sizes": [700]}, OptionError, "between 2 and 600"),
        ({"sizes": [600]}, OptionError, "no number of rows below all 600"),
        ({"sizes": 100}, OptionError, "are not numbers of rows"),
        ({"sizes": "100"}, OptionError, "are not numbers of rows"),
        ({"n_repeats": 1}, OptionError, "n_repeats=1 is out of range"),
        ({"confidence": 95}, OptionError, "confidence=95 is out of range"),
        ({"metrics": "mgi"}, UnknownMetricError, "Did you mean 'mig'"),
        ({"metrics": "mig_posterior"}, OptionError, "needs the posterior, which cannot be subsampled"),
        ({"options": {"mig": {"bins": 3}}}, OptionError, "no option 'bins'"),
    ],
)
def test_what_cannot_be_asked_is_an_error(data, options, error, message):
    with pytest.raises(error, match=message):
        sample_size_curve(data, **options)


def test_too_few_rows_are_an_error_that_asks_for_sizes():
    with pytest.raises(InputError, match=r"60 rows are too few to draw 50 of them\. Pass sizes"):
        sample_size_curve(*partly(60, 0.7))


def test_a_subsample_that_cannot_be_scored_says_how_large_it_was():
    rare = np.arange(100) < 1
    with pytest.raises(InputError, match=r"5 of 100 rows cannot be scored: .* No factor varies"):
        sample_size_curve(np.random.default_rng(0).normal(size=(100, 2)), rare, "mig", sizes=[5])


# --- the forms


def test_as_text_each_metric_is_a_table(curve):
    lines = curve.describe().splitlines()
    assert lines[0] == f"mig = {curve['mig'].score:.4f}"
    assert lines[1].split() == ["n", "mean", "low", "high", "spread", "bias"]
    assert [line.split()[0] for line in lines[2:6]] == ["100", "200", "300", "600"]


def test_as_json_it_is_strict_and_whole(curve):
    found = json.loads(curve.to_json())
    assert found == json.loads(json.dumps(curve.to_dict()))
    assert found["metrics"]["sap"]["signature"] == curve["sap"].score.signature
    assert found["metrics"]["mig"]["points"][0]["scores"] == list(curve["mig"].points[0].scores)


def test_as_a_frame_it_has_a_row_for_each_metric_and_size(curve):
    frame = curve.to_frame()
    assert list(frame.columns) == ["metric", "n", "mean", "low", "high", "spread", "bias", "scores"]
    assert frame["n"].tolist() == [100, 200, 300, 600] * 2
    assert frame["scores"].tolist() == [5, 5, 5, 1, 5, 5, 5, 5]


def test_as_csv_it_is_the_frame(curve):
    pd.testing.assert_frame_equal(pd.read_csv(io.StringIO(curve.to_csv())), curve.to_frame())
    assert len(list(csv.reader(io.StringIO(curve.to_csv())))) == 9


def test_as_markdown_every_row_has_as_many_cells(curve):
    table = [line for line in curve.to_markdown().splitlines() if line.startswith("|")]
    assert {line.count("|") for line in table} == {9}


def test_what_is_undefined_is_no_number_in_any_form(curve):
    one = curve["mig"]
    point = replace(one.points[0], mean=math.nan, low=math.nan)
    broken = dm.Curve({"mig": replace(one, points=(point, *one.points[1:]))}, 8, 0.95, 0)
    assert json.loads(broken.to_json())["metrics"]["mig"]["points"][0]["mean"] is None
    assert broken.to_csv().splitlines()[1].split(",")[2:4] == ["", ""]
    assert broken.to_markdown().splitlines()[2].split(" | ")[2:4] == ["--", "--"]
    assert broken.describe().splitlines()[2].split()[1:3] == ["--", "--"]


def test_the_curve_is_a_mapping(curve):
    assert list(curve) == ["mig", "sap"]
    assert len(curve) == 2
    assert repr(curve) == "Curve(mig of 4 sizes, sap of 4 sizes)"


def test_the_picture_has_a_panel_for_each_metric_and_the_scores_in_it(curve):
    panels = curve.figure().axes
    assert [panel.get_title(loc="left") for panel in panels] == ["mig", "sap"]
    drawn = [tuple(line.get_ydata()) for line in panels[0].lines]
    assert curve["mig"].points[0].scores in drawn
    assert tuple(point.mean for point in curve["mig"].points) in drawn
    assert panels[0].get_xlabel() == "rows"


# --- the command


def run(*args):
    return CliRunner().invoke(app, ["curve", *map(str, args)], env={"COLUMNS": "200"})


def test_the_command_takes_groups():
    args = ["-m", "mig", "--sizes", "200", "--repeats", 2, "--latent-group", "z0+z1", "--latent-group", "z2+z3"]
    result = run(LATENTS, FACTORS, *args, "-f", "json")
    assert result.exit_code == 0
    assert "latent_groups:z0+z1,z2+z3" in result.stdout


@pytest.mark.parametrize("form", FORMATS)
def test_the_command_prints_what_the_function_returns(form):
    data = dm.load_representation(LATENTS, FACTORS)
    options = {"mig": {"n_bins": 10}}
    expected = sample_size_curve(data, metrics="mig", sizes=[200, 400], n_repeats=3, options=options, random_state=7)
    args = ["-m", "mig", "--sizes", "200,400", "--repeats", 3, "--set", "mig.n_bins=10", "--seed", 7, "-f", form]
    result = run(LATENTS, FACTORS, *args)
    assert result.exit_code == 0
    assert result.stdout == FORMATS[form](expected) + "\n"


def test_the_command_writes_the_result_and_the_picture(tmp_path):
    args = ["-m", "mig", "--sizes", "200,400", "--repeats", 3, "-o", tmp_path / "rows.csv"]
    result = run(LATENTS, FACTORS, *args, "--plot", tmp_path / "rows.png")
    assert result.exit_code == 0
    assert result.stdout == ""
    assert (tmp_path / "rows.csv").read_text().startswith("metric,n,mean")
    assert (tmp_path / "rows.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ((LATENTS, FACTORS, "--sizes", "few"), "--sizes 'few' are not whole numbers with commas"),
        ((LATENTS, FACTORS, "--sizes", "1.5"), "--sizes '1.5' are not whole numbers"),
        ((LATENTS, FACTORS, "--repeats", "1"), "n_repeats=1 is out of range"),
        ((LATENTS, FACTORS, "-f", "latex"), "--format='latex' is not known"),
        ((LATENTS, FACTORS, "--plot", "rows.gif"), "ends in '.gif'. Use one of .png, .pdf, .svg"),
        ((LATENTS, FACTORS, "-o", LATENTS), "would overwrite an input"),
        (("nowhere.npz",), "there is no file nowhere.npz"),
    ],
)
def test_the_command_says_what_is_wrong(args, message):
    result = run(*args)
    assert result.exit_code == 2
    assert message in " ".join(result.output.split())


def test_the_shell_offers_the_formats():
    assert offered("curve", "z.npz", "-f", "") == list(FORMATS)
