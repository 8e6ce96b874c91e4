"""Draws of a score: of rows with fixed edges, of halves, with seeds and with groups."""

import numpy as np
import pytest
from redrawn import resampled, weights_of

from disentangle_metrics import KSG, OptionError, Representation, evaluate, mig, replicates, sap
from disentangle_metrics.uncertainty.replicates import drawn_parts


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
    expected, *_ = drawn_parts(*resampled(alone, "mig"), [weights])
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
    gaps, matrix, _ = drawn_parts(*resampled(data, "sap", **options), [np.ones((1, 600), dtype=np.uint16)])
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


@pytest.mark.parametrize("options", [{}, {"select_on": "half"}])
def test_two_draws_are_the_fewest(data, options):
    assert len(replicates(data, "mig", options, n_boot=2).values) == 2
    with pytest.raises(OptionError, match="n_boot=1"):
        replicates(data, "mig", options, n_boot=1)


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
