"""Chance and intervals of metrics without factors: independent latents have no more than chance."""

import newcomers
import numpy as np
import pytest

import disentangle_metrics as dm
from disentangle_metrics import registry

NAMES = [spec.name for spec in dm.list_metrics() if spec.measures == "independence" and "factors" not in spec.needs]
every_name = pytest.mark.parametrize("name", NAMES)
NEWCOMER = "newcomer_correlation"


@pytest.fixture
def entered(monkeypatch):
    dm.list_metrics()
    monkeypatch.setattr(registry, "_METRICS", dict(registry._METRICS))
    newcomers.enter()


def drawn(rho, n=600, d=3, seed=0):
    correlation = np.full((d, d), rho) + (1 - rho) * np.eye(d)
    return np.random.default_rng(seed).multivariate_normal(np.zeros(d), correlation, size=n)


def scored(name, z, **context):
    return dm.evaluate(z, metrics=name, **context)[name]


@every_name
def test_chance_is_the_score_of_latents_whose_rows_are_permuted_one_by_one(name):
    z = drawn(0.5)
    score = scored(name, z, chance=True, n_permutations=40)
    rng = np.random.default_rng(7)
    apart = [scored(name, np.column_stack([rng.permutation(column) for column in z.T])) for _ in range(40)]
    assert score.chance == pytest.approx(np.mean(apart), abs=5 * np.std(apart) / np.sqrt(20))
    assert score.null.method == "recounted"
    matrix = np.array(score.null.matrix)
    assert matrix.shape == score.matrix.shape
    np.testing.assert_allclose(np.diagonal(matrix), np.diagonal(score.matrix), rtol=1e-12)


@every_name
def test_the_p_value_is_small_where_latents_depend_on_each_other(name):
    assert scored(name, drawn(0.3), chance=True, n_permutations=19).null.p_value == 0.05
    found = [scored(name, drawn(0.0, 200, seed=s), chance=True, n_permutations=19).null.p_value for s in range(30)]
    assert 0.3 < np.mean(found) < 0.7
    assert np.mean(np.array(found) <= 0.1) < 0.35


def test_a_new_metric_is_measured_again_for_its_chance_level(entered):
    z = drawn(0.5)
    score = scored(NEWCOMER, z, chance=True, n_permutations=19)
    assert score.null.method == "refitted"
    assert score.null.p_value == 0.05
    exact = scored("total_correlation", z, chance=True, n_permutations=19)
    assert score.chance == pytest.approx(exact.chance, abs=1e-12)


def test_latents_beside_factors_have_the_same_chance_level():
    z = drawn(0.5)
    alone, beside = (
        dm.evaluate(z, v, metrics="total_correlation", chance=True, n_permutations=5)["total_correlation"]
        for v in (None, np.arange(600) % 4)
    )
    assert alone.chance == beside.chance


@every_name
def test_intervals_hold_the_score_of_many_rows(name):
    options = {"pairwise_information": {"n_bins": 5}}.get(name, {})
    z = drawn(0.5, 100_000)
    edges = dm.Edges(tuple(np.linspace(-4, 4, 6)))
    if name == "pairwise_information":  # whose bins depend on the rows
        options = {"discretizer": edges}
    whole = float(dm.evaluate(z, metrics=name, options={name: options})[name])
    held = 0
    for seed in range(20):
        part = drawn(0.5, 500, seed=seed + 1)
        interval = dm.evaluate(part, metrics=name, options={name: options}, confidence=0.9, n_boot=100)[name].interval
        held += interval.low <= whole <= interval.high
    assert held >= 15


@every_name
def test_draws_of_independent_latents_reach_0(name):
    interval = scored(name, drawn(0.0, 500), confidence=0.95, n_boot=50).interval
    assert interval.low == 0
    assert interval.center < 0.01


def test_intervals_of_draws_without_an_end_are_left_out():
    z = drawn(0.0, 8, d=5)
    score = scored("total_correlation", z, confidence=0.95, n_boot=50)
    assert score.interval is None
    assert any("draws of rows are infinite. Pass more rows" in note for note in score.notes)


def test_too_few_rows_for_each_bin_have_no_interval():
    score = scored("pairwise_information", drawn(0.5, 60), confidence=0.95, n_boot=10)
    [note] = [note for note in score.notes if "no interval: a latent has" in note]
    assert "Take fewer bins (n_bins) or more rows" in note
    fewer = dm.evaluate(
        *(drawn(0.5, 60), None, "pairwise_information"),
        options={"pairwise_information": {"n_bins": 5}},
        confidence=0.95,
        n_boot=10,
    )["pairwise_information"]
    assert fewer.interval is not None


def test_infinite_scores_are_not_compared():
    z = drawn(0.5, 100)
    with pytest.raises(dm.InputError, match="total_correlation is inf, and such scores have no difference"):
        dm.compare(np.c_[z, z], np.c_[z, drawn(0.0, 100)], metric="total_correlation", n_boot=10)
    few = drawn(0.0, 8, d=5)
    with pytest.raises(dm.InputError, match=r"draws of rows is infinite. Pass more rows to compare models"):
        dm.compare(few, few + np.arange(8)[:, None], metric="total_correlation", n_boot=50)
