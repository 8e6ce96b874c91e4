"""Comparisons: on rows against a naive bootstrap, over seeds against scipy, and of several models."""

import csv
import io
import itertools
import json
import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import mutual_info_score

import disentangle_metrics as dm
from disentangle_metrics import InputError, OptionError, ShapeError, compare, compare_many, compare_seeds
from disentangle_metrics.analysis.comparison import FORMATS
from disentangle_metrics.analysis.comparison.halves import FREEDOM, T_VARIANCE, in_halves, scored_on_halves
from disentangle_metrics.analysis.comparison.paired_rows import contributions, scored
from disentangle_metrics.analysis.comparison.score_tables import seeds_in_table
from disentangle_metrics.analysis.comparison.text import COLUMNS
from disentangle_metrics.kernels.resampling.multiple_testing import holm

RUNS = {
    "old": [0.31, 0.36, 0.29, 0.33, 0.30, 0.32],
    "new": [0.41, 0.38, 0.44, 0.40, 0.42, 0.39],
    "same": [0.30, 0.35, 0.31, 0.32, 0.34, 0.33],
}
SWEEP = "docs/tradeoff/scores.csv"


def models(n=400, noises=(0.2, 0.6), seed=0):
    rng = np.random.default_rng(seed)
    v = rng.integers([3, 4], size=(n, 2))
    common = np.hstack([v, v.sum(axis=1, keepdims=True)]) + 0.2 * rng.normal(size=(n, 3))
    return [common + noise * rng.normal(size=(n, 3)) for noise in noises], v


# --- two models on the same rows


def mig_on(rows, bins, v):
    """From the equation, with bins that stay as they are."""
    gaps = []
    for k in range(v.shape[1]):
        known = sorted((mutual_info_score(b[rows], v[rows, k]) for b in bins), reverse=True)
        gaps.append((known[0] - known[1]) / mutual_info_score(v[rows, k], v[rows, k]))
    return np.array([np.mean(gaps), *gaps])


def test_the_bootstrap_is_that_of_scores_of_rows_drawn_one_by_one():
    (a, b), v = models(200, noises=(0.3, 0.33))
    found = compare(a, b, v, n_boot=60, random_state=7, options={"mig": {"n_bins": 5}})
    cut = [[np.digitize(z, np.linspace(z.min(), z.max(), 6)[1:-1]) for z in model.T] for model in (a, b)]
    rng = np.random.default_rng(7)
    draws = [rng.integers(len(v), size=len(v)) for _ in range(60)]
    apart = np.array([mig_on(rows, cut[0], v) - mig_on(rows, cut[1], v) for rows in draws])
    seen = mig_on(slice(None), cut[0], v) - mig_on(slice(None), cut[1], v)
    parts = np.subtract(*(scored_on_halves(dm.mig(model, v, n_bins=5), 7, None) for model in (a, b)))
    halves = in_halves(np.dstack([parts.mean(axis=2), parts]), apart.var(axis=0, ddof=1))
    set_otherwise = np.random.default_rng([7, FREEDOM]).standard_t(FREEDOM, size=60)
    shown, error = halves.shown(seen), np.sqrt(apart.var(axis=0, ddof=1) + T_VARIANCE * halves.variance)
    for i, d in enumerate([found.overall, *found.per_factor.values()]):
        assert d.value == pytest.approx(seen[i])
        assert d.standard_error == pytest.approx(error[i])
        reach, tested = stats.norm.ppf(0.975) * error[i], (d.value, d.center, shown[i])
        moved = np.abs(apart[:, i] - apart[:, i].mean() + set_otherwise * np.sqrt(halves.variance[i]))
        assert d.p_value == pytest.approx(max((1 + np.sum(moved >= abs(x))) / 61 for x in tested))
        assert d.effect == pytest.approx(d.value / error[i])
        assert (d.low, d.high) == pytest.approx((min(tested) - reach, max(tested) + reach))


def test_sap_is_compared_less_its_bias_alone():
    (a, b), v = models(400, noises=(0.3, 0.5), seed=1)
    found = compare(a, b, v, "sap", n_boot=60, random_state=7)
    drawn = [dm.replicates(dm.Representation(z, v), "sap", n_boot=60, random_state=7) for z in (a, b)]
    apart = drawn[0].values - drawn[1].values
    center, error = np.subtract(*(d.middle_per_factor.mean() for d in drawn)), apart.std(ddof=1)
    assert found.overall.center == center != found.overall.value
    assert found.p_value == (1 + np.sum(np.abs(apart - apart.mean()) >= abs(center))) / 61
    assert found.overall.low == pytest.approx(center - stats.norm.ppf(0.975) * error)
    assert found.overall.effect == pytest.approx(center / error)


def test_the_center_is_the_difference_of_the_centers_of_both_intervals():
    (a, b), v = models()
    found = compare(a, b, v, n_boot=50)
    ends = [dm.evaluate(z, v, "mig", confidence=0.95, n_boot=50)["mig"].interval.center for z in (a, b)]
    assert found.overall.center == pytest.approx(ends[0] - ends[1])


@pytest.mark.parametrize("metric", ["mig", "sap"])
@pytest.mark.parametrize("test", ["bootstrap", "sign-flip"])
def test_a_model_does_not_differ_from_itself(metric, test):
    (a, _), v = models()
    found = compare(a, a.copy(), v, metric, test=test, n_boot=20)
    assert (found.difference, found.p_value, found.overall.effect, found.significant) == (0, 1, 0, False)
    assert any("no width" in note for note in found.notes)


@pytest.mark.parametrize("metric", ["mig", "sap"])
@pytest.mark.parametrize("test", ["bootstrap", "sign-flip"])
def test_a_model_with_much_more_noise_is_told_from_one_with_less(metric, test):
    (a, b), v = models(2000, noises=(0.1, 1.0))
    found = compare(a, b, v, metric, test=test, n_boot=200)
    assert found.significant
    assert found.overall.low > 0


@pytest.mark.parametrize("test", ["bootstrap", "sign-flip"])
def test_the_other_way_round_is_the_same_with_its_sign_turned(test):
    (a, b), v = models()
    there, back = (compare(*pair, v, n_boot=50, test=test) for pair in ((a, b), (b, a)))
    for one, other in zip(
        [there.overall, *there.per_factor.values()], [back.overall, *back.per_factor.values()], strict=True
    ):
        assert (one.value, one.low, one.high) == pytest.approx((-other.value, -other.high, -other.low))
        assert (one.p_value, one.effect) == pytest.approx((other.p_value, -other.effect))


def test_factors_are_adjusted_among_themselves_and_the_score_is_not():
    (a, b), v = models()
    found = compare(a, b, v, n_boot=50)
    assert found.overall.p_adjusted == found.overall.p_value
    parts = list(found.per_factor.values())
    assert [d.p_adjusted for d in parts] == pytest.approx(holm([d.p_value for d in parts]))


def test_what_blocks_add_is_their_pseudo_value():
    (a, _), v = models(40)
    data = dm.Representation(a, v)
    added = contributions(scored(data, "mig", None, {"mig": {"n_bins": 4}}, None), seed=3)
    block = np.random.default_rng(3).permutation(40) % 10
    bins = [np.digitize(z, np.linspace(z.min(), z.max(), 5)[1:-1]) for z in a.T]
    whole = mig_on(slice(None), bins, v)
    by_hand = [10 * whole - 9 * mig_on(np.flatnonzero(block != g), bins, v) for g in range(10)]
    assert added == pytest.approx(np.array(by_hand))


def test_sign_flips_of_blocks_are_those_of_scipy():
    (a, b), v = models()
    found = compare(a, b, v, test="sign-flip", random_state=1)
    added = [contributions(scored(dm.Representation(z, v), "mig", None, None, None), 1)[:, 0] for z in (a, b)]
    apart = added[0] - added[1]
    ends = []
    for x in (found.overall.value, found.overall.center):
        moved = apart - apart.mean() + x
        ends.append(
            stats.permutation_test(
                (moved, np.zeros(10)),
                lambda x, y, axis: np.mean(x - y, axis=axis),
                permutation_type="samples",
                vectorized=True,
                n_resamples=np.inf,
            ).pvalue
        )
    assert found.p_value == pytest.approx(max(ends))
    assert (found.n_draws, found.exact) == (1024, True)


def test_groups_are_drawn_whole():
    (a, b), v = models()
    twice = [np.repeat(x, 2, axis=0) for x in (a, b, v)]
    groups = np.repeat(np.arange(len(v)), 2)
    options = {"mig": {"n_bins": 4}}
    alone, together = (
        compare(a, b, v, n_boot=80, options=options),
        compare(*twice, n_boot=80, groups=groups, options=options),
    )
    assert together.overall.standard_error == pytest.approx(alone.overall.standard_error, rel=1e-9)
    assert any("groups were drawn together" in note for note in together.notes)
    # bias is taken off as if all rows were independent
    assert together.overall.standardized == pytest.approx(alone.overall.standardized, rel=0.02)


def test_a_factor_that_does_not_vary_has_no_difference():
    (a, b), v = models()
    v[:, 1] = 5
    with pytest.warns(dm.DegenerateFactorWarning):
        found = compare(a, b, v, n_boot=20)
    assert math.isnan(found.per_factor["v1"].value)
    assert math.isnan(found.per_factor["v1"].p_value)
    assert found.overall.value == found.per_factor["v0"].value
    assert json.loads(found.to_json())["per_factor"]["v1"]["p_value"] is None


def test_numbers_of_latents_may_differ_and_a_note_says_so():
    (a, b), v = models()
    assert compare(a[:, :2], b, v, n_boot=10).notes[0] == "a has 2 latents, b 3"


def test_scores_are_those_of_evaluate():
    (a, b), v = models()
    found = compare(a, b, v, "sap", n_boot=10, protocol="locatello2019")
    ours = [float(dm.evaluate(z, v, "sap", protocol="locatello2019")["sap"]) for z in (a, b)]
    assert [found.overall.a, found.overall.b] == ours
    assert found.signature.startswith("sap|protocol:locatello2019|")


def test_a_metric_that_has_to_be_scored_anew_is_compared_on_common_halves():
    (a, b), v = models(120)
    options = {"mig": {"estimator": "ksg", "factor_kinds": "categorical"}}
    found = compare(a, b, v, n_boot=5, options=options)
    assert found.n_draws == 5
    with pytest.raises(OptionError, match="full new score"):
        compare(a, b, v, options=options, test="sign-flip")


@pytest.mark.parametrize(
    ("change", "error", "text"),
    [
        ({"b": np.zeros((7, 3))}, ShapeError, "7"),
        ({"metric": "mgi"}, dm.UnknownMetricError, "Did you mean 'mig'"),
        ({"test": "swap"}, OptionError, "bootstrap"),
        ({"confidence": 95}, OptionError, "between 0 and 1"),
        ({"names": ("x", "x")}, OptionError, "two that differ"),
        ({"options": {"sap": {}}}, OptionError, "not among the metrics"),
    ],
)
def test_what_cannot_be_compared_says_why(change, error, text):
    (a, b), v = models(50)
    with pytest.raises(error, match=text):
        compare(**{"a": a, "b": b, "factors": v, **change})


def test_representations_of_other_rows_are_refused():
    (a, b), v = models(50)
    with pytest.raises(OptionError, match="different factors"):
        compare(dm.Representation(a, v), dm.Representation(b, v[::-1]))
    with pytest.raises(ShapeError, match="same rows"):
        compare(dm.Representation(a, v), dm.Representation(b[:40], v[:40]))


def test_factors_that_are_equal_numbers_of_another_type_are_the_same_and_text_is_not():
    (a, b), v = models(60)
    one = dm.Representation(a, v.astype(np.float64))
    assert compare(one, dm.Representation(b, v.astype(np.int8)), n_boot=4).difference != 0
    for other in (v.astype(str), v + 1):
        with pytest.raises(OptionError, match="have different factors"):
            compare(one, dm.Representation(b, other), n_boot=4)


def test_notes_of_a_pair_alone_say_of_which_and_those_of_all_are_there_once():
    v = np.arange(400)[:, None] // [20, 1] % 20
    noisy = v + np.random.default_rng(0).normal(size=v.shape)
    found = compare_many({"a": v, "b": v * 2.0, "c": noisy}, v, n_boot=4)
    assert sum("few rows for so many bins" in note for note in found.notes) == 1
    assert [note for note in found.notes if "no width" in note] == [
        "a - b: every draw showed the same difference, so the interval has no width"
    ]


# --- over seeds


def test_seeds_are_relabeled_as_scipy_does():
    found = compare_seeds(RUNS["old"], RUNS["same"])
    theirs = stats.permutation_test(
        (RUNS["old"], RUNS["same"]),
        lambda x, y, axis: stats.ttest_ind(x, y, equal_var=False, axis=axis).statistic,
        vectorized=True,
        n_resamples=np.inf,
    )
    assert found.p_value == pytest.approx(theirs.pvalue)
    assert (found.n_draws, found.exact, found.unit) == (math.comb(12, 6), True, "seeds")


def test_the_interval_over_seeds_is_welchs():
    found = compare_seeds(RUNS["new"], RUNS["old"][:4], test="t")
    theirs = stats.ttest_ind(RUNS["new"], RUNS["old"][:4], equal_var=False)
    assert (found.p_value, found.overall.effect) == pytest.approx((theirs.pvalue, theirs.statistic))
    assert (found.overall.low, found.overall.high) == pytest.approx(tuple(theirs.confidence_interval()))


def test_pairs_are_those_of_student():
    found = compare_seeds(RUNS["new"], RUNS["old"], test="t", paired=True)
    theirs = stats.ttest_rel(RUNS["new"], RUNS["old"])
    assert (found.p_value, found.overall.effect) == pytest.approx((theirs.pvalue, theirs.statistic))
    assert (found.overall.low, found.overall.high) == pytest.approx(tuple(theirs.confidence_interval()))
    assert compare_seeds(RUNS["new"], RUNS["old"], paired=True).p_value == 2 / 64


@pytest.mark.parametrize(("test", "p_value"), [("permutation", 1 / math.comb(7, 3)), ("t", 0.0)])
def test_seeds_that_do_not_vary_differ_for_certain(test, p_value):
    found = compare_seeds([1.0] * 3, [0.3] * 4, test=test)
    assert found.p_value == pytest.approx(p_value)
    assert (found.overall.low, found.overall.high) == pytest.approx((0.7, 0.7))
    assert found.overall.effect == np.inf


def test_hedges_g_is_that_of_the_formula():
    x, y = np.array(RUNS["new"]), np.array(RUNS["old"])
    pooled = math.sqrt((x.var(ddof=1) + y.var(ddof=1)) / 2)
    assert compare_seeds(x, y).overall.standardized == pytest.approx((x.mean() - y.mean()) / pooled * (1 - 3 / 39))


def test_seeds_may_be_latents_scores_or_numbers():
    runs = [models(100, seed=s)[0] for s in range(3)]
    v = models(100)[1]
    a, b = ([run[i] for run in runs] for i in (0, 1))
    of_latents = compare_seeds(a, b, v)
    of_scores = compare_seeds([dm.mig(z, v) for z in a], [dm.mig(z, v) for z in b])
    of_numbers = compare_seeds([float(dm.mig(z, v)) for z in a], [float(dm.mig(z, v)) for z in b])
    assert of_latents.overall == of_scores.overall == of_numbers.overall
    assert of_latents.per_factor == of_scores.per_factor
    assert of_latents.signature == dm.mig(a[0], v).signature
    assert of_numbers.per_factor == {}


def test_too_few_seeds_are_told_so():
    found = compare_seeds(RUNS["new"][:3], RUNS["old"][:3])
    assert found.p_value == found.least_p == 2 / 20
    assert "run at least 4 seeds of each" in found.notes[-1]
    assert not compare_seeds(RUNS["new"][:4], RUNS["old"][:4]).notes


def test_scores_of_other_settings_are_refused():
    (a, b), v = models(60)
    scores = [dm.mig(z, v) for z in (a, b)], [dm.mig(z, v, n_bins=10) for z in (a, b)]
    with pytest.raises(OptionError, match="n_bins:10"):
        compare_seeds(*scores)
    with pytest.raises(OptionError, match="score of mig"):
        compare_seeds(scores[0], scores[0], metric="sap")


@pytest.mark.parametrize(
    ("a", "options", "error", "text"),
    [
        ([0.3], {}, InputError, "two or more"),
        ([0.3, np.nan], {}, InputError, "finite"),
        ([0.3, np.zeros((4, 2))], {}, InputError, "mixes"),
        ([0.3, 0.4, 0.5], {"paired": True}, OptionError, "partner"),
        ([0.3, 0.4], {"test": "bootstrap"}, OptionError, "permutation"),
    ],
)
def test_seeds_that_cannot_be_compared_say_why(a, options, error, text):
    with pytest.raises(error, match=text):
        compare_seeds(a, [0.1, 0.2], **options)


# --- several models


def test_two_models_share_a_letter_if_and_only_if_they_do_not_differ():
    runs = {str(i): list(np.random.default_rng(i).normal(0.1 * (i // 2), 0.08, size=7)) for i in range(7)}
    ranking = compare_many(runs)
    assert any(pair.significant for pair in ranking.pairs)
    for pair in ranking.pairs:
        share = set(ranking.letters[pair.a]) & set(ranking.letters[pair.b])
        assert bool(share) == (not pair.significant)


def test_models_stand_from_the_best_down_and_all_pairs_are_adjusted_together():
    ranking = compare_many(RUNS)
    assert ranking.names == ("new", "same", "old")
    assert [(pair.a, pair.b) for pair in ranking.pairs] == list(itertools.combinations(ranking.names, 2))
    p = [compare_seeds(RUNS[pair.a], RUNS[pair.b]).p_value for pair in ranking.pairs]
    assert [pair.overall.p_value for pair in ranking.pairs] == p
    assert [pair.overall.p_adjusted for pair in ranking.pairs] == pytest.approx(holm(p))
    assert ranking.letters == {"new": "a", "same": "b", "old": "b"}


def test_beside_a_baseline_there_are_no_letters_and_fewer_tests():
    ranking = compare_many(RUNS, baseline="old")
    assert [(pair.a, pair.b) for pair in ranking.pairs] == [("new", "old"), ("same", "old")]
    assert ranking.letters == {}
    assert "* differs from old" in ranking.describe()


def test_several_models_on_rows_are_those_that_are_compared_two_by_two():
    (a, b, c), v = models(noises=(0.2, 0.6, 0.21))
    ranking = compare_many({"a": a, "b": b, "c": c}, v, n_boot=100)
    for pair in ranking.pairs:
        alone = compare(*({"a": a, "b": b, "c": c}[name] for name in (pair.a, pair.b)), v, n_boot=100)
        assert alone.overall.p_value == pair.overall.p_value
        assert alone.overall.low == pair.overall.low


@pytest.mark.parametrize(
    ("models", "options", "text"),
    [
        ({"a": [0.1, 0.2]}, {}, "two or more"),
        ({"a": [0.1, 0.2], "b": np.zeros((4, 2))}, {}, "have seeds"),
        ({"a": [0.1, 0.2], "b": [0.1, 0.3]}, {"baseline": "c"}, "not among"),
        ({"a": [0.1, 0.2], "b": [0.1, 0.3]}, {"n_boot": 9}, "have seeds"),
        ({"a": np.zeros((4, 2)), "b": np.zeros((4, 2))}, {"paired": True}, "always paired"),
    ],
)
def test_several_models_that_cannot_be_compared_say_why(models, options, text):
    with pytest.raises(OptionError, match=text):
        compare_many(models, **options)


def test_too_many_pairs_for_so_few_seeds_are_told_so():
    runs = seeds_in_table(SWEEP, "mig", by="beta")
    assert "no p below 0.0794 is possible" in compare_many(runs).notes[-1]
    assert not compare_many(runs, test="t").notes


# --- tables of scores


def test_a_table_of_a_sweep_is_read_by_a_column():
    runs = seeds_in_table(SWEEP, "mig", ["4", "1"], by="beta", paired_by="seed")
    assert list(runs) == ["beta=4", "beta=1"]
    assert runs["beta=4"].pairs == (5, 6, 7, 8, 9)
    assert compare_seeds(runs["beta=4"], runs["beta=1"], paired=True).p_value == 2 / 32


def test_a_table_of_a_batch_is_read_by_patterns_of_files(tmp_path):
    (a, b), v = models(60)
    for i, z in enumerate((a, a[:, ::-1] + 0.1 * b, b, b - 0.1 * a)):
        np.savez(tmp_path / f"{'ab'[i // 2]}{i}.npz", latents=z, factors=v)
    table = tmp_path / "scores.csv"
    dm.score_many(str(tmp_path / "*.npz"), output=table)
    found = seeds_in_table(table, "mig", [f"{tmp_path}/a*", f"B={tmp_path}/b*"])
    direct = [dm.mig(z, v) for z in (a, a[:, ::-1] + 0.1 * b)]
    assert list(found) == ["a*", "B"]
    assert found["a*"].values[:, 0] == pytest.approx([float(score) for score in direct])
    assert found["B"].factors == ("v0", "v1")
    assert found["B"].signatures[0] == direct[0].signature


@pytest.mark.parametrize(
    ("args", "options", "text"),
    [
        (["migg"], {"by": "beta"}, "Did you mean"),
        (["mig"], {"by": "bet"}, "Did you mean"),
        (["mig", ["3"]], {"by": "beta"}, "has no beta '3'"),
        (["mig", ["a*", "b*"]], {}, "no column 'file'"),
        (["mig"], {"by": "run"}, "two or more"),
        (["mig"], {"by": "beta", "paired_by": "beta"}, "two runs with the same"),
    ],
)
def test_tables_that_cannot_be_read_say_why(args, options, text):
    with pytest.raises(dm.DisentangleError, match=text):
        seeds_in_table(SWEEP, *args, **options)


# --- forms


@pytest.fixture(params=["rows", "seeds", "ranking", "baseline"])
def result(request):
    (a, b), v = models(80)
    return {
        "rows": lambda: compare(a, b, v, n_boot=20, names=("a_1", "b|2")),
        "seeds": lambda: compare_seeds(RUNS["new"], RUNS["old"]),
        "ranking": lambda: compare_many(RUNS),
        "baseline": lambda: compare_many(RUNS, baseline="old"),
    }[request.param]()


def test_every_form_is_made(result):
    for form, write in FORMATS.items():
        assert write(result) == getattr(result, {"table": "describe"}.get(form, f"to_{form}"))()


def test_json_is_strict_and_csv_has_all_numbers(result):
    json.loads(result.to_json(), parse_constant=lambda name: pytest.fail(name))
    rows = list(csv.reader(io.StringIO(result.to_csv())))
    frame = result.to_frame()
    assert rows[0] == list(COLUMNS) == list(frame.columns)
    assert [float(row[6]) for row in rows[1:]] == pytest.approx(frame["difference"].tolist())


def test_markdown_has_as_many_cells_in_each_row(result):
    tables = [block for block in result.to_markdown().split("\n\n") if block.startswith("|")]
    for block in tables:
        assert len({line.replace(r"\|", "").count("|") for line in block.splitlines()}) == 1


def test_latex_has_as_many_cells_in_each_row(result):
    lines = [line for line in result.to_latex().splitlines() if line.endswith(r"\\")]
    assert len({line.count("&") for line in lines}) == 1
    assert "_" not in "".join(lines).replace(r"\_", "")


def test_a_figure_has_a_line_for_each_difference(result):
    lines = 1 + len(result.per_factor) if isinstance(result, dm.Comparison) else len(result.pairs)
    assert len(result.figure().axes[0].get_yticklabels()) == lines


def test_names_in_a_figure_are_on_one_line(result):
    if isinstance(result, dm.Comparison):
        axes = replace(result, a="a\n1", b="\x1bb").figure().axes[0]
        assert axes.get_title(loc="left") == "mig: a 1 \N{MINUS SIGN} \\x1bb"
        assert [name in axes.get_xlabel() for name in ("a 1 is better", r"\x1bb is better")] == [True, True]
    else:
        pairs = tuple(replace(pair, a="a\n1", b="\x1bb") for pair in result.pairs)
        labels = replace(result, pairs=pairs).figure().axes[0].get_yticklabels()
        assert {label.get_text() for label in labels} == {"a 1 \N{MINUS SIGN} \\x1bb"}
