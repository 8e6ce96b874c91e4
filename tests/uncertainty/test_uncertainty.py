"""Intervals, chance and ceilings: closed forms, draws by hand, laws, and what is printed of them."""

import json
from dataclasses import replace

import jsonschema
import numpy as np
import pytest
from click.testing import CliRunner
from scipy.stats import kstest

from benchmarks.coverage import kinds
from disentangle_metrics import (
    KSG,
    Edges,
    InputError,
    OptionError,
    Representation,
    ShapeError,
    evaluate,
    get_metric,
    mig,
    replicates,
    sap,
)
from disentangle_metrics.cli.app import app
from disentangle_metrics.debiasing.predicted_gaps import _lead
from disentangle_metrics.kernels.resampling.bootstrap import draw_rows
from disentangle_metrics.scores.attachments import Context
from disentangle_metrics.scores.report import json_schema
from disentangle_metrics.uncertainty import with_context
from disentangle_metrics.uncertainty.ceiling import perfect_code
from disentangle_metrics.uncertainty.chance import p_value
from disentangle_metrics.uncertainty.replicates import _means, drawn_parts


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    v = rng.integers([3, 5], size=(600, 2))
    z = np.column_stack([v + rng.normal(size=v.shape), rng.normal(size=(600, 2))])
    return Representation(z, v)


def weights_of(n, n_boot, seed=42, groups=None):
    return np.concatenate(list(draw_rows(np.random.default_rng(seed), n, n_boot, groups)))


def resampled(data, metric, **options):
    """The recipe of a score, and the statistic that it is drawn from."""
    recipe = get_metric(metric).function(data, **options).recipe
    return recipe, recipe.statistic().resampled()


def debiasing(data, **options):
    recipe, counts = resampled(data, "mig", **options)
    return recipe.debias(counts)


# --- draws


@pytest.mark.parametrize("normalizer", ["factor", "latent", "log-cardinality", "none", "correlation"])
def test_draws_of_mig_are_its_value_on_repeated_rows_with_the_edges_held(data, normalizer):
    z, v = np.array(data.latents), np.array(data.factors)
    edges = [np.linspace(column.min(), column.max(), 21) for column in z.T]
    z_bins = np.stack([np.digitize(c, e[1:-1]) for c, e in zip(z.T, edges, strict=True)], axis=1)
    drawn = replicates(data, "mig", {"normalizer": normalizer}, n_boot=6)
    for w, per_factor in zip(weights_of(600, 6), drawn.per_factor, strict=True):
        rows = np.repeat(np.arange(600), w)
        again = mig(z_bins[rows], v[rows], discretizer="unique", normalizer=normalizer)
        np.testing.assert_allclose(per_factor, again.per_factor, atol=1e-12)


def test_draws_with_missing_labels_leave_out_the_same_rows(data):
    v = np.array(data.factors, dtype=float)
    v[:100, 0] = np.nan
    drawn = replicates(Representation(data.latents, v), "mig", n_boot=4)
    alone = Representation(data.latents[100:], v[100:, :1])
    weights = weights_of(600, 4)[:, 100:]
    expected, _ = drawn_parts(*resampled(alone, "mig"), [weights])
    np.testing.assert_allclose(drawn.per_factor[:, :1], expected, atol=1e-12)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"cv": 3},
        {"n_repeats": 2},
        {"scoring": "balanced-accuracy"},
        {"probe": "tree"},
        {"probe": "threshold"},
        {"probe": "histogram", "evaluate_on": "train"},
        {"probe": "r2", "factor_kinds": "continuous"},
        {"factor_kinds": ["categorical", "continuous"], "inactive": "zero"},
    ],
    ids=str,
)
def test_every_row_once_is_sap_itself(data, options):
    gaps, matrix = drawn_parts(*resampled(data, "sap", **options), [np.ones((1, 600), dtype=np.uint16)])
    score = sap(data, **options)
    np.testing.assert_allclose(matrix[0], score.matrix, atol=1e-12)
    np.testing.assert_allclose(gaps[0], score.per_factor, atol=1e-12)


def test_draws_of_r2_are_that_of_repeated_rows(data):
    options = {"probe": "r2", "factor_kinds": "continuous"}
    drawn = replicates(data, "sap", options, n_boot=5)
    for w, per_factor in zip(weights_of(600, 5), drawn.per_factor, strict=True):
        rows = np.repeat(np.arange(600), w)
        again = sap(data.latents[rows], data.factors[rows], **options)
        np.testing.assert_allclose(per_factor, again.per_factor, atol=1e-10)


def test_two_models_draw_the_same_rows(data):
    other = Representation(np.array(data.latents) * 2 + 1, data.factors)
    np.testing.assert_allclose(
        replicates(data, "mig", n_boot=20).values, replicates(other, "mig", n_boot=20).values, atol=1e-12
    )


@pytest.mark.parametrize("metric", ["mig", "sap"])
def test_a_seed_reproduces_an_interval_and_another_does_not(data, metric):
    first, again, other = (
        evaluate(data, metrics=metric, confidence=0.9, n_boot=50, random_state=seed)[metric].interval
        for seed in (1, 1, 2)
    )
    assert first == again != other


def test_groups_of_equal_rows_widen_the_interval(data):
    z, v = np.repeat(data.latents, 4, axis=0), np.repeat(data.factors, 4, axis=0)
    groups = np.repeat(np.arange(600), 4)
    together, apart = (
        evaluate(z, v, "mig", confidence=0.95, n_boot=300, groups=g)["mig"].interval.standard_error
        for g in (groups, None)
    )
    assert together == pytest.approx(2 * apart, rel=0.2)


# --- intervals


def test_the_standard_error_is_that_of_the_delta_method():
    # one bit through a channel that flips it in 1 of 5 rows, beside a constant: the gap is I / H(v)
    rng = np.random.default_rng(1)
    n = 4000
    v = rng.integers(2, size=n)
    z = np.column_stack([v ^ (rng.random(n) < 0.2), np.zeros(n)])
    score = evaluate(z, v[:, None], "mig", options={"mig": {"normalizer": "none"}}, confidence=0.95)["mig"]
    p = np.histogram2d(z[:, 0], v, bins=2)[0] / n
    pointwise = np.log(p / np.outer(p.sum(axis=1), p.sum(axis=0)))
    information = (p * pointwise).sum()
    error = np.sqrt((p * (pointwise - information) ** 2).sum() / n)
    assert score.interval.standard_error == pytest.approx(error, rel=0.08)
    assert score.interval.high - score.interval.low == pytest.approx(2 * 1.96 * error, rel=0.08)


def test_the_standard_error_of_accuracy_is_that_of_a_share():
    # two classes told apart by one latent in 9 of 10 rows, the other latent says nothing
    rng = np.random.default_rng(1)
    v = rng.integers(2, size=10_000)
    z = np.column_stack([v ^ (rng.random(len(v)) < 0.1), np.zeros(len(v))]).astype(float)
    score = evaluate(z, v[:, None], "sap", confidence=0.95)["sap"]
    right, guessed = score.matrix[:, 0]
    # of the rows that only one of two gets right
    predicted, actual = z[:, 0] > 0.5, v == 1
    tested = np.random.RandomState(42).permutation(len(v))[:2000]
    majority = guessed > 0.5 if actual[tested].mean() > 0.5 else guessed <= 0.5
    difference = (predicted == actual)[tested] * 1.0 - (actual[tested] == majority)
    assert right - guessed == pytest.approx(abs(difference.mean()), abs=1e-12)
    assert score.interval.standard_error == pytest.approx(difference.std() / np.sqrt(2000), rel=0.08)


@pytest.mark.parametrize("normalizer", ["factor", "latent", "log-cardinality", "none", "correlation"])
@pytest.mark.parametrize("missing", [False, True])
def test_what_a_row_adds_is_what_is_missing_without_it(normalizer, missing):
    rng = np.random.default_rng(3)
    v = rng.integers([3, 4], size=(150, 2)).astype(float)
    # two latents that know something of each factor, so that there is a second best
    z = np.column_stack([v, v + rng.normal(size=v.shape)]).round()
    v[:20, 1] = np.where(missing, np.nan, v[:20, 1])
    options = {"discretizer": "unique", "normalizer": normalizer}
    parts = debiasing(Representation(z, v), **options)
    _, added = parts.first_order()
    assert np.count_nonzero(parts.settled.info.mutual, axis=0).tolist() == [2, 2]
    jackknifed = {"entropy": "jackknife", **options}
    for k, n in ((0, 150), (1, 130 if missing else 150)):
        rows = np.arange(150 - n, 150)
        without = np.array([mig(z[rows[rows != r]], v[rows[rows != r]][:, [k]], **jackknifed) for r in rows])
        np.testing.assert_allclose(added[rows, k], 150 / n * (n - 1) * (without.mean() - without), atol=1e-9)
        assert not added[: 150 - n, k].any()


def test_the_bootstrap_of_what_rows_add_has_the_standard_error_of_the_jackknife(data):
    _, added = debiasing(data).first_order()
    interval = evaluate(data, metrics="mig", confidence=0.95, n_boot=4000)["mig"].interval
    assert interval.standard_error == pytest.approx(added.mean(axis=1).std() / np.sqrt(600), rel=0.05)


def test_draws_of_counts_and_of_what_rows_add_vary_alike_where_rows_are_many():
    rng = np.random.default_rng(0)
    v = rng.integers([3, 5], size=(20_000, 2))
    z = np.column_stack([v + rng.normal(size=v.shape), v[:, ::-1] + 3 * rng.normal(size=v.shape)])
    data = Representation(z, v)
    counted = replicates(data, "mig", n_boot=400)
    interval = evaluate(data, metrics="mig", confidence=0.95)["mig"].interval
    assert interval.standard_error == pytest.approx(counted.values.std(ddof=1), rel=0.12)
    assert interval.center == counted.center


def test_the_middle_is_the_truth_on_average_where_the_score_is_far_below_it():
    kind = kinds()["a factor of 40 values"]
    off = []
    for seed in range(12):
        z, v = kind.draw(500, np.random.default_rng(seed))
        truth = kind.mig(np.linspace(z.min(axis=0), z.max(axis=0), 21).T).mean()
        score = evaluate(z, v, "mig", confidence=0.95, n_boot=20)["mig"]
        off.append((float(score) - truth, score.interval.center - truth))
    of_score, of_middle = np.mean(off, axis=0)
    assert of_score < -0.05
    assert abs(of_middle) < 0.008


@pytest.mark.parametrize("slope", [0.0, 0.25])
def test_the_best_latent_counts_however_little_it_knows(slope):
    held = []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        v = rng.integers(3, size=(500, 1))
        z = np.hstack([slope * v + rng.normal(size=(500, 1)), rng.normal(size=(500, 3))])
        many = rng.integers(3, size=400_000)
        low, high = z[:, 0].min(), z[:, 0].max()
        bins = np.clip(((slope * many + rng.normal(size=400_000) - low) / (high - low) * 20).astype(int), 0, 19)
        truth = float(mig(np.column_stack([bins, 0 * bins]), many, discretizer="unique")) if slope else 0.0
        interval = evaluate(z, v, "mig", confidence=0.95, n_boot=50)["mig"].interval
        assert interval.high > interval.low
        held.append(interval.low <= truth <= interval.high)
    assert np.mean(held) >= 0.9


@pytest.mark.parametrize("metric", ["mig", "sap"])
def test_latents_of_noise_have_an_interval_from_0(metric):
    low = []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        z, v = rng.normal(size=(500, 6)), rng.integers([3, 6], size=(500, 2))
        interval = evaluate(z, v, metric, confidence=0.95, n_boot=100)[metric].interval
        low.append([interval.low, *(ends[0] for ends in interval.per_factor)])
        assert interval.high > 0
    assert (np.mean(np.array(low) == 0, axis=0) >= 0.9).all()


def test_by_the_entropy_of_latents_the_best_is_the_one_with_the_largest_share():
    # the first latent has one bit and knows most of it, the others know more and have far more
    rng = np.random.default_rng(0)
    v = rng.integers(4, size=(4000, 1))
    flips = (v >= 2) ^ (rng.random((4000, 1)) < 0.1)
    z = np.hstack([flips, v + 0.5 * rng.normal(size=v.shape), v + 0.55 * rng.normal(size=v.shape)]).astype(float)
    data, options = Representation(z, v), {"normalizer": "latent"}
    interval = evaluate(data, metrics="mig", options={"mig": options}, confidence=0.95)["mig"].interval
    assert interval.standard_error == pytest.approx(replicates(data, "mig", options).values.std(), rel=0.1)


def test_what_a_draw_adds_is_a_mean_over_the_rows_it_has():
    added, weights = np.array([[1.0], [4.0], [-5.0]]), np.array([[2, 0, 0], [1, 1, 1]], dtype=np.uint16)
    np.testing.assert_allclose(_means(added, weights), [[1.0], [0.0]])


def test_the_best_leads_over_the_expected_largest_of_latents_like_the_others():
    rng = np.random.default_rng(0)
    scores, errors = np.array([0.7, 0.3, 0.36, 0.24, 0.33, 0.29]), 0.03
    drawn = scores + errors * rng.normal(size=(20_000, 6))
    others = scores[1:]
    kept = 1 - 5 * errors**2 * 0.8 / ((others - others.mean()) ** 2).sum()  # a mean of five takes off a fifth
    truths = others.mean() + kept * (others - others.mean())
    drawn_truths = truths + np.sqrt(kept * 0.8) * errors * rng.normal(size=(200_000, 5))
    assert 0.1 < kept < 0.9
    assert _lead(scores, drawn) == pytest.approx(0.7 - drawn_truths.max(axis=1).mean(), abs=0.001)


def test_too_many_cells_for_the_rows_are_said():
    rng = np.random.default_rng(0)
    v = rng.integers([40, 3], size=(200, 2))
    notes = evaluate(v + rng.normal(size=v.shape), v, "mig", confidence=0.95, n_boot=20)["mig"].notes
    assert "so few rows for so many bins that intervals of v0 miss more often than they say" in notes


def test_groups_are_recorded_and_few_of_them_said(data):
    groups = np.arange(600) // 60
    score = evaluate(data, metrics="mig", confidence=0.95, n_boot=20, groups=groups)["mig"]
    assert score.settings["groups"].startswith("10 groups, sha256 ")
    assert any(note.startswith("10 groups are few") for note in score.notes)
    named = evaluate(data, metrics="mig", confidence=0.95, n_boot=20, groups=[f"film {g}" for g in groups])["mig"]
    assert named.settings["groups"] == score.settings["groups"]
    assert named.interval == score.interval


@pytest.mark.parametrize(("n_groups", "few"), [(19, True), (20, False)])
def test_fewer_than_20_groups_are_few(data, n_groups, few):
    groups = np.arange(600) % n_groups
    notes = evaluate(data, metrics="mig", confidence=0.95, n_boot=4, groups=groups)["mig"].notes
    assert any("groups are few" in note for note in notes) == few


@pytest.mark.parametrize("options", [{}, {"select_on": "half"}])
def test_two_draws_are_the_fewest(data, options):
    assert len(replicates(data, "mig", options, n_boot=2).values) == 2
    with pytest.raises(OptionError, match="n_boot=1"):
        replicates(data, "mig", options, n_boot=1)


@pytest.mark.parametrize("empty", [None, np.nan, ""], ids=str)
def test_a_row_without_a_group_is_refused(data, empty):
    groups = np.array([f"film {i}" for i in range(600)], dtype=object)
    groups[7] = empty
    with pytest.raises(InputError, match="row 7 has no group"):
        evaluate(data, metrics="mig", confidence=0.95, groups=groups)


def test_a_second_best_that_may_count_is_said_in_the_unit_of_the_gap():
    rng = np.random.default_rng(5)
    v = rng.integers(15, size=(300, 1))
    z = np.hstack([v + rng.normal(size=(300, 1)), v + 8 * rng.normal(size=(300, 2))])
    said = {}
    for normalizer in ("factor", "none"):
        options = {"mig": {"normalizer": normalizer}}
        notes = evaluate(z, v, "mig", options=options, confidence=0.95, n_boot=20)["mig"].notes
        said[normalizer] = next(
            float(note.split("gap is up to ")[1].split()[0]) for note in notes if "gap is up to" in note
        )
    assert said["none"] == pytest.approx(said["factor"] * np.log(15), rel=0.15)


def test_a_metric_that_says_nothing_of_single_rows_is_drawn(data):
    class Mine:
        noisy = False

        def center(self, drawn, matrices):
            return drawn.mean(axis=0)

        def first_order(self):
            return None

        def notes(self):
            return ["as I like it"]

    score = mig(data)
    score = score.replace(recipe=replace(score.recipe, debias=lambda counts: Mine()))
    score = with_context(score, Context(confidence=0.95, n_boot=20))
    drawn, _ = drawn_parts(*resampled(data, "mig"), [weights_of(600, 20)])
    assert score.interval.center == pytest.approx(drawn.mean(), abs=1e-12)
    assert "as I like it" in score.notes


def test_the_bias_of_a_metric_that_says_nothing_of_it_is_that_of_its_draws(data):
    score = mig(data)
    score = score.replace(recipe=replace(score.recipe, debias=None))
    score = with_context(score, Context(confidence=0.95, n_boot=20))
    drawn, _ = drawn_parts(*resampled(data, "mig"), [weights_of(600, 20)])
    assert score.interval.center == pytest.approx(2 * score - drawn.mean(), abs=1e-12)


def test_factors_whose_rows_all_agree_are_named(data):
    v = np.array(data.factors)
    score = evaluate(np.column_stack([v[:, 0], data.latents[:, 1:]]), v, "mig", confidence=0.95, n_boot=20)["mig"]
    assert score.interval.per_factor[0] == (1.0, 1.0)
    assert "every draw gave v0 the same gap, whose own interval has no width" in score.notes


def test_a_second_best_that_cannot_be_told_from_chance_is_said():
    rng = np.random.default_rng(5)
    v = rng.integers(15, size=(300, 1))
    z = np.hstack([v + rng.normal(size=(300, 1)), v + 8 * rng.normal(size=(300, 2))])
    few = evaluate(z, v, "mig", confidence=0.95, n_boot=20)["mig"]
    assert any("whether a second latent knows something of v0" in note for note in few.notes)


def test_few_test_rows_are_said(data):
    few = Representation(data.latents[:400], data.factors[:400])
    for some, said in ((few, True), (data, False)):
        notes = evaluate(some, metrics="sap", confidence=0.95, n_boot=20)["sap"].notes
        assert any(note.startswith("only 80 test rows") for note in notes) is said


def test_noise_is_not_taken_for_a_second_best():
    rng = np.random.default_rng(0)
    v = rng.integers(10, size=(1000, 1))
    z = np.hstack([v + 0.0, rng.normal(size=(1000, 8))])
    score = evaluate(z, v, "mig", confidence=0.95, n_boot=200)["mig"]
    assert score < 0.97  # the second best of eight latents of noise
    assert score.interval.center == score.interval.high == 1.0
    assert any("too low" in note for note in score.notes)


def test_an_interval_does_not_depend_on_the_entropy_that_estimates(data):
    one, other = (
        evaluate(data, metrics="mig", options={"mig": {"entropy": e}}, confidence=0.95, n_boot=50)["mig"].interval
        for e in ("plugin", "chao-shen")
    )
    assert one == other


@pytest.mark.parametrize(
    ("metric", "options"),
    [
        ("mig", {"estimator": KSG()}),
        (
            "mig",
            {
                "entropy": lambda counts: (
                    np.log(counts.sum()) - (counts * np.log(np.maximum(counts, 1))).sum() / counts.sum()
                )
            },
        ),
    ],
    ids=["without bins", "an entropy of one's own"],
)
def test_what_cannot_be_drawn_again_is_scored_on_halves(data, metric, options):
    interval = evaluate(data, metrics=metric, options={metric: options}, confidence=0.95, n_boot=20)[metric].interval
    assert interval.method == "half-samples"
    assert interval.low < interval.center < interval.high


def test_halves_tell_the_bias_and_it_is_taken_off():
    """The first latent is the factor, the second one noise: the gap is 1, and reads less as noise seems to know."""
    rng = np.random.default_rng(0)
    v = rng.integers(4, size=400)
    data = Representation(np.column_stack([v, rng.integers(12, size=400)]), v)

    def of_ones_own(counts):
        counts = counts[counts > 0]
        return np.log(counts.sum()) - (counts * np.log(counts)).sum() / counts.sum()

    options = {"n_bins": 12, "entropy": of_ones_own}
    score = mig(data, **options)
    drawn = replicates(data, "mig", options, n_boot=40)
    assert drawn.method == "half-samples"
    assert drawn.center == pytest.approx(min(2 * float(score) - drawn.per_factor.mean(), 1.0), abs=1e-12)
    assert abs(1 - drawn.center) < (1 - float(score)) / 3


def test_halves_have_the_standard_error_of_draws(data):
    def plugin(counts):
        counts = counts[counts > 0]
        return float(np.log(counts.sum()) - (counts * np.log(counts)).sum() / counts.sum())

    halves = replicates(data, "mig", {"entropy": plugin, "n_bins": 3}, n_boot=150)
    drawn = replicates(data, "mig", {"n_bins": 3}, n_boot=1000)
    assert halves.values.std() == pytest.approx(drawn.values.std(), rel=0.25)


def test_constant_factors_have_no_interval(data):
    v = np.column_stack([data.factors, np.zeros(600)])
    with pytest.warns(UserWarning, match="single value"):
        score = evaluate(data.latents, v, "mig", confidence=0.95, n_boot=20, chance=True, ceiling=True)["mig"]
    assert np.isnan(score.interval.per_factor[2]).all()
    assert np.isnan(score.null.per_factor[2])
    assert np.isfinite([score.interval.low, score.chance, score.ceiling.value]).all()


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"confidence": 95}, OptionError),
        ({"confidence": 0.95, "n_boot": 1}, OptionError),
        ({"chance": True, "n_permutations": 0}, OptionError),
        ({"chance": 1}, OptionError),
        ({"confidence": 0.95, "groups": [1, 2]}, ShapeError),
        ({"groups": np.arange(600)}, OptionError),
        ({"n_boot": 20, "chance": True}, OptionError),
        ({"n_permutations": 20, "confidence": 0.95}, OptionError),
        ({"confidence": 0.95, "groups": np.zeros(600)}, OptionError),
    ],
    ids=str,
)
def test_bad_options_are_refused(data, changes, error):
    with pytest.raises(error):
        evaluate(data, metrics="mig", **changes)


# --- chance


def test_independent_latents_have_uniform_p_values():
    found = []
    for seed in range(150):
        rng = np.random.default_rng(seed)
        z, v = rng.normal(size=(80, 3)), rng.integers(3, size=(80, 2))
        null = evaluate(z, v, "mig", chance=True, n_permutations=99, random_state=seed)["mig"].null
        found.append(null.p_value)
    assert kstest(found, "uniform").pvalue > 0.05


@pytest.mark.parametrize("seed", range(3))
def test_nobody_is_told_of_a_second_latent_that_could_take_off_less_than_a_hundredth(seed):
    """A perfect code has no error, so that any information of the noise beside it is more than one."""
    rng = np.random.default_rng(seed)
    v = rng.integers(4, size=2000)
    z = np.column_stack([v, rng.normal(size=(2000, 60))])
    score = evaluate(z, v, "mig", confidence=0.95, n_boot=10)["mig"]
    assert not any("second latent" in note for note in score.notes)


def test_what_differs_in_rounding_alone_reaches_the_observed_value():
    assert p_value(np.array([0.3, 0.0]), np.array(0.1 + 0.2)) == 2 / 3


def test_a_p_value_is_never_0():
    assert p_value(np.zeros(99), np.array(1.0)) == 0.01
    assert p_value(np.ones(99), np.array(1.0)) == 1.0


def test_chance_by_counts_is_chance_by_scores(data):
    rng = np.random.default_rng(42)
    score = evaluate(data, metrics="mig", chance=True, n_permutations=5)["mig"]
    by_hand = [mig(data.latents, data.factors[rng.permutation(600)]) for _ in range(5)]
    np.testing.assert_allclose(score.null.matrix, np.mean([s.matrix for s in by_hand], axis=0), atol=1e-12)
    assert score.chance == pytest.approx(np.mean(by_hand), abs=1e-12)


def test_the_matrix_by_chance_is_near_what_is_expected(data):
    null = evaluate(data, metrics="mig", chance=True)["mig"].null
    expected = mig(data).matrix * 0
    expected += resampled(data, "mig")[1].independent()
    np.testing.assert_allclose(null.matrix, expected, rtol=0.05)


def test_chance_of_sap_fits_the_probes_anew(data):
    score = evaluate(data, metrics="sap", chance=True, n_permutations=3)["sap"]
    rng = np.random.default_rng(42)
    by_hand = [sap(data.latents[rng.permutation(600)], data.factors) for _ in range(3)]
    assert (score.null.method, score.chance) == ("refitted", pytest.approx(np.mean(by_hand)))
    assert score.null.p_value == 0.25


# --- ceiling


@pytest.mark.parametrize("metric", ["mig", "sap"])
def test_a_ceiling_is_the_score_of_the_factors_themselves(data, metric):
    ceiling = evaluate(data, metrics=metric, ceiling=True)[metric].ceiling
    v = (data.factors - data.factors.mean(axis=0)) / data.factors.std(axis=0)
    direct = get_metric(metric).function(v, data.factors)
    assert ceiling.value == pytest.approx(float(direct), abs=1e-12)
    np.testing.assert_allclose(ceiling.per_factor, direct.per_factor, atol=1e-12)


def test_a_perfect_code_of_40_values_reaches_the_bound():
    v = np.tile(np.arange(40), 50)[:, None]
    z = np.random.default_rng(0).normal(size=(2000, 3))
    ceiling = evaluate(z, v, "mig", ceiling=True)["mig"].ceiling
    assert ceiling.bound == (pytest.approx(np.log(20) / np.log(40)),)
    assert ceiling.value < ceiling.bound[0]  # the column of noise shows a little
    assert ceiling.value == pytest.approx(ceiling.bound[0], abs=0.06)


def test_a_perfect_code_is_made_of_text_and_of_missing_labels_too():
    v = np.array([["b", "x"], ["a", None], ["c", "y"], ["a", "y"]], dtype=object)
    code = perfect_code(Representation(np.zeros((4, 2)) + np.arange(4)[:, None], v))
    assert code.latents[1, 0] < code.latents[0, 0] < code.latents[2, 0]
    assert code.latents[1, 1] == 0.0
    np.testing.assert_allclose(code.latents[:, 0].std(), 1.0)


@pytest.mark.parametrize("first", [-1e9, -2.0, 0.0, 1.0, 2.0, 3e5])
def test_a_perfect_code_of_numbers_is_the_numbers_in_units_of_their_spread(first):
    v = first + np.array([0.0, 1, 3, 1, 0, 2])
    code = perfect_code(Representation(np.zeros((6, 2)) + np.arange(6)[:, None], v)).latents[:, 0]
    np.testing.assert_allclose(code, (v - v.mean()) / v.std(), atol=1e-6)


def test_bins_at_given_places_have_no_ceiling(data):
    score = evaluate(data, metrics="mig", options={"mig": {"discretizer": Edges((0.0, 1.0, 2.0))}}, ceiling=True)["mig"]
    assert score.ceiling is None
    assert any(note.startswith("no ceiling") for note in score.notes)


def test_an_adjusted_score_runs_from_chance_to_the_ceiling(data):
    score = evaluate(data, metrics="mig", adjusted=True)["mig"]
    assert score.adjusted == pytest.approx((score - score.chance) / (score.ceiling.value - score.chance))


def test_a_perfect_code_is_1_when_adjusted(data):
    score = evaluate(perfect_code(data), metrics="sap", adjusted=True, n_permutations=2)["sap"]
    assert score.adjusted == pytest.approx(1.0)


# --- what is printed


@pytest.fixture
def report(data):
    return evaluate(data, confidence=0.95, n_boot=50, adjusted=True, n_permutations=4)


def test_nothing_is_added_unless_asked_for(data):
    assert evaluate(data, metrics="mig")["mig"].to_dict() == mig(data).to_dict()


def test_the_first_line_says_it_all(report):
    score = report["mig"]
    head = score.describe().splitlines()[0]
    ends = f"[{score.interval.low:.4f}, {score.interval.high:.4f}]"
    assert head == (
        f"mig = {score:.4f}  {ends} 95 % bias-corrected bootstrap   chance {score.chance:.3f}   "
        f"ceiling {score.ceiling.value:.2f}   adjusted {score.adjusted:.3f}"
    )


def test_json_with_all_follows_the_schema(report):
    found = json.loads(report.to_json())
    jsonschema.validate(found, json_schema())
    mig_of = found["scores"]["mig"]
    assert len(mig_of["interval"]["per_factor"]) == 2
    assert mig_of["null"]["n_permutations"] == mig_of["settings"]["n_permutations"] == 4
    assert mig_of["settings"]["n_boot"] == 50
    assert mig_of["settings"]["interval_seed"] == mig_of["settings"]["chance_seed"] == 42


def test_tables_show_intervals(report):
    assert report.to_csv().splitlines()[0] == "metric,factor,value,low,high,chance,ceiling,adjusted,signature"
    frame = report.to_frame()
    assert np.all(frame.low <= frame.high)
    for text in (report.to_markdown(), report.to_latex()):
        assert f"{report['mig']:.4f} [{report['mig'].interval.low:.4f}, {report['mig'].interval.high:.4f}]" in text
        assert "ceiling" in text.split("\n")[0 if text.startswith("|") else 2]


def test_the_command_line_prints_all():
    files = ["docs/examples/latents.npz", "docs/examples/factors.npz"]
    run = CliRunner().invoke(app, ["score", *files, "--confidence", "0.95", "--n-boot", "20", "--chance", "--ceiling"])
    assert run.exit_code == 0, run.output
    assert run.stdout.startswith("mig = 0.1101  [")
    assert run.stdout.count("chance 0.00") == run.stdout.count("ceiling") == 2


def test_the_command_line_refuses_a_level_in_percent():
    files = ["docs/examples/latents.npz", "docs/examples/factors.npz"]
    run = CliRunner().invoke(app, ["score", *files, "--confidence", "95"])
    assert run.exit_code == 2
    assert "confidence=95" in run.output


def test_rows_of_a_group_are_drawn_together_in_the_shell(tmp_path):
    files = ["docs/examples/latents.npz", "docs/examples/factors.npz"]
    np.savez(tmp_path / "films.npz", group=np.arange(10_000) // 20)
    np.save(tmp_path / "two.npy", np.zeros((10_000, 2)))

    def score(*groups):
        args = ["score", *files, "-m", "mig", "--confidence", "0.95", "--n-boot", "50", "-f", "json", *groups]
        return CliRunner().invoke(app, args)

    apart, together = (score(*g) for g in ((), ("--groups", str(tmp_path / "films.npz"))))
    errors = [json.loads(run.stdout)["scores"]["mig"]["interval"]["standard_error"] for run in (apart, together)]
    # rows are sorted by factor, so that 20 of them in a row add alike
    assert errors[1] > 1.5 * errors[0]
    wrong = score("--groups", str(tmp_path / "two.npy"))
    assert wrong.exit_code == 2
    assert "groups are one column" in wrong.output
