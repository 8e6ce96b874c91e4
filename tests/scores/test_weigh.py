"""The trunk's weighted mean over parts: in the score, in draws of rows, in permutations and in halves."""

import numpy as np
import pytest

import disentangle_metrics as dm
from disentangle_metrics.kernels.resampling.bootstrap import draw_rows
from disentangle_metrics.registry import get_score
from disentangle_metrics.scores.recipe import weighted_mean
from disentangle_metrics.uncertainty.replicates import drawn_parts


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    v = rng.integers([3, 5], size=(400, 2))
    noise = rng.integers(-1, 2, size=(400, 2))  # whole numbers, so that the bins of drawn rows are the same
    z = np.column_stack([v[:, 0], v[:, 1] + noise[:, 0], v.sum(axis=1), noise[:, 1]])
    return dm.Representation(z, v)


CASES = [("modularity", {"weights": "information"}), ("mig_sup", {"weights": "information"}), ("dcimig", {}),
         ("med.disentanglement", {})]  # fmt: skip
every_case = pytest.mark.parametrize(("name", "options"), CASES, ids=[name for name, _ in CASES])


def score_of(data, name, options):
    return get_score(name).function(data, **options)


def test_a_weighted_mean_is_plain_where_all_weights_are_0():
    parts = np.array([[1.0, 0.0, 0.5], [0.2, 0.4, 0.6]])
    np.testing.assert_allclose(weighted_mean(parts, np.array([[1, 1, 2], [0, 0, 0.0]])), [0.5, 0.4])


@every_case
def test_the_score_is_the_weighted_mean_of_its_parts(data, name, options):
    score = score_of(data, name, options)
    parts = np.array(list(score.parts().values()))
    assert score == pytest.approx(np.average(parts, weights=score.recipe.weights), abs=1e-12)
    assert np.ptp(score.recipe.weights) > 0


@every_case
def test_each_draw_has_the_weights_of_its_rows(data, name, options):
    score = score_of(data, name, options)
    recipe = score.recipe
    weights = np.concatenate(list(draw_rows(np.random.default_rng(1), data.n_samples, 4, None)))
    drawn = drawn_parts(recipe, recipe.statistic().resampled(), [weights])
    values = recipe.whole(drawn.parts, drawn.weights)
    for weight, value in zip(weights, values, strict=True):
        rows = np.repeat(np.arange(data.n_samples), weight)
        again = data.on_rows(rows, rows)
        drawn_score = score_of(again, name, options)
        assert value == pytest.approx(drawn_score, abs=1e-12)


@every_case
def test_each_permutation_has_its_own_weights(data, name, options):
    recipe = score_of(data, name, options).recipe
    order = np.random.default_rng(2).permutation(data.n_samples)
    fast, slow = (
        recipe.recounted()(order),
        recipe.refitted()(np.argsort(order)),
    )  # one orders factors, the other latents
    np.testing.assert_allclose(fast.parts, slow.parts, atol=1e-12)
    np.testing.assert_allclose(fast.weights, slow.weights, atol=1e-12)
    one = recipe.whole(fast.parts, fast.weights)
    if not np.allclose(fast.weights, recipe.weights):  # entropies of factors are the same in every order
        assert one != pytest.approx(float(recipe.whole(fast.parts)), abs=1e-9)


@every_case
def test_uncertainty_holds_together(data, name, options):
    report = dm.evaluate(
        data,
        metrics=name,
        options={name: options},
        confidence=0.9,
        n_boot=30,
        chance=True,
        n_permutations=19,
        ceiling=True,
    )
    score = report[name]
    interval = score.interval
    assert interval.low <= interval.center <= interval.high
    low, _, high = score.null.quantiles
    assert low <= score.chance <= high
    assert score.ceiling.value > 0.85


@pytest.mark.parametrize("name", ["modularity", "mig_sup", "dcimig"])
def test_groups_of_latents_are_weighed_in_halves(data, name):
    options = {"latent_groups": [["z0", "z1"], ["z2"], ["z3"]]}
    options |= {"weights": "information"} if "weights" in dm.get_metric(name).options else {}
    score = dm.evaluate(data, metrics=name, options={name: options}, confidence=0.9, n_boot=10)[name]
    assert score.interval.method == "half-samples"
    assert score.interval.low <= score.interval.center <= score.interval.high
