"""Intervals: closed forms, draws by hand, and laws."""

from dataclasses import replace

import numpy as np
import pytest
from redrawn import resampled, weights_of

from benchmarks.populations import kinds
from disentangle_metrics import Representation, evaluate, mig, replicates
from disentangle_metrics.debiasing.predicted_gaps import _lead
from disentangle_metrics.scores.attachments import Context
from disentangle_metrics.uncertainty import with_context
from disentangle_metrics.uncertainty.replicates import _means, drawn_parts


def debiasing(data, **options):
    recipe, counts = resampled(data, "mig", **options)
    return recipe.debias(counts)


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
    assert [np.count_nonzero(second.weights > 0.999999) for second in parts.leads.seconds] == [1, 1]
    jackknifed = {"entropy": "jackknife", **options}
    for k, n in ((0, 150), (1, 130 if missing else 150)):
        rows = np.arange(150 - n, 150)
        without = np.array([mig(z[rows[rows != r]], v[rows[rows != r]][:, [k]], **jackknifed) for r in rows])
        np.testing.assert_allclose(added[rows, k], 150 / n * (n - 1) * (without.mean() - without), atol=1e-6)
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


def test_a_metric_that_says_nothing_of_single_rows_is_drawn(data):
    class Mine:
        noisy = False
        refusal = None

        def center(self, drawn, matrices):
            return drawn.mean(axis=0)

        def first_order(self):
            return None

        def around(self, values):
            return ()

        def level(self, reach):
            return None

        def notes(self):
            return ["as I like it"]

    score = mig(data)
    score = score.replace(recipe=replace(score.recipe, debias=lambda counts: Mine()))
    score = with_context(score, Context(confidence=0.95, n_boot=20))
    drawn, *_ = drawn_parts(*resampled(data, "mig"), [weights_of(600, 20)])
    assert score.interval.center == pytest.approx(drawn.mean(), abs=1e-12)
    assert "as I like it" in score.notes


def test_the_bias_of_a_metric_that_says_nothing_of_it_is_that_of_its_draws(data):
    score = mig(data)  # without the rule of metrics of counts
    score = score.replace(recipe=replace(score.recipe, debias=None))
    score = with_context(score, Context(confidence=0.95, n_boot=20))
    drawn, *_ = drawn_parts(*resampled(data, "mig"), [weights_of(600, 20)])
    assert score.interval.center == pytest.approx(2 * score - drawn.mean(), abs=1e-12)


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


def test_constant_factors_have_no_interval(data):
    v = np.column_stack([data.factors, np.zeros(600)])
    with pytest.warns(UserWarning, match="single value"):
        score = evaluate(data.latents, v, "mig", confidence=0.95, n_boot=20, chance=True, ceiling=True)["mig"]
    assert np.isnan(score.interval.per_factor[2]).all()
    assert np.isnan(score.null.per_factor[2])
    assert np.isfinite([score.interval.low, score.chance, score.ceiling.value]).all()
