"""A ceiling is the score of one code: where another code scores more, a note says so."""

import newcomers
import numpy as np
import pytest
from scipy.stats import norm

import disentangle_metrics as dm
from disentangle_metrics import Representation, evaluate, registry
from disentangle_metrics.uncertainty.perfect_codes import incomplete_codes, perfect_code, reordered_codes


def cut(rho, n=3000):
    rng = np.random.default_rng(0)
    return (10 * norm.cdf(rng.multivariate_normal([0, 0], [[1, rho], [rho, 1]], size=n))).astype(int), rng


def said(score, words):
    return [note for note in score.notes if words in note]


def test_labels_in_another_order_that_score_more_are_named_even_where_the_score_is_less():
    v = np.random.default_rng(0).integers(0, 6, (500, 2))
    z = v + 0.5 * np.random.default_rng(1).normal(size=v.shape)
    report = evaluate(z, v, ceiling=True)
    (note,) = said(report["sap"], "the ceiling is not a bound")
    assert note.startswith(
        "the ceiling is not a bound: the perfect representation scores 0.3050 with the labels in their order, and"
    )
    found = float(note.split("and ")[1].split(" ")[0])
    assert found > 0.4
    best = max(float(dm.sap(code)) for code in reordered_codes(Representation(z, v)))
    assert found == pytest.approx(best, abs=1e-4)
    assert not said(report["mig"], "not a bound")


def test_labels_whose_order_means_something_keep_it():
    v = np.random.default_rng(0).integers(0, 6, (300, 2))
    data = Representation(v, v, factor_kinds=["ordinal", "categorical"])
    for code in reordered_codes(data):
        np.testing.assert_array_equal(code.latents[:, 0], perfect_code(data).latents[:, 0])
        assert not np.array_equal(code.latents[:, 1], perfect_code(data).latents[:, 1])
        assert len(np.unique(code.latents[:, 1])) == 6
    assert not list(reordered_codes(Representation(v, v, factor_kinds="ordinal")))
    assert not list(reordered_codes(Representation(v, v % 2)))


@pytest.mark.filterwarnings("ignore::disentangle_metrics.DisentangleWarning")
def test_a_code_without_one_of_two_dependent_factors_passes_the_ceiling():
    v, rng = cut(0.99)
    weak = np.c_[v[:, :1] + 2 * rng.normal(size=(3000, 1)), rng.normal(size=(3000, 3))]
    score = evaluate(weak, v, "mig", adjusted=True, n_permutations=2)["mig"]
    assert score < score.ceiling.value  # it does not pass itself, and yet the ceiling is none
    (note,) = said(score, "the ceiling is not a bound: factors depend on each other")
    assert f"scores {score.ceiling.passed_by:.4f}, the perfect representation {score.ceiling.value:.4f}" in note
    assert score.ceiling.passed_by == pytest.approx(0.82, abs=0.02)
    assert score.adjusted is None
    assert said(score, "not adjusted: a representation without one of the factors is above the ceiling")
    assert score.to_dict()["ceiling"]["passed_by"] == score.ceiling.passed_by


def test_factors_that_hardly_depend_leave_the_ceiling_one():
    v, rng = cut(0.5)
    score = evaluate(v + rng.normal(size=v.shape), v, "mig", adjusted=True, n_permutations=2)["mig"]
    assert not said(score, "not a bound")
    assert score.ceiling.passed_by is None
    assert 0 < score.adjusted < 1
    assert not list(incomplete_codes(Representation(v, v)))


def test_incomplete_codes_hold_noise_in_the_place_of_one_factor():
    v, _ = cut(0.99)
    whole = perfect_code(Representation(v, v)).latents
    codes = [code.latents for code in incomplete_codes(Representation(v, v))]
    assert [[j for j in range(2) if np.array_equal(code[:, j], whole[:, j])] for code in codes] in (
        [[1], [0]],
        [[0], [1]],
    )


@pytest.mark.parametrize("name", ["modularity", "explicitness"])
def test_every_metric_tries_other_codes(monkeypatch, name):
    dm.list_metrics()
    monkeypatch.setattr(registry, "_METRICS", dict(registry._METRICS))
    newcomers.enter()
    v, rng = cut(0.99, 600)
    score = evaluate(v + rng.normal(size=v.shape), v, name, ceiling=True)[name]
    best = [float(evaluate(code, metrics=name)[name]) for code in incomplete_codes(Representation(v, v))]
    passed = max(best) > score.ceiling.value + 1e-9
    assert (score.ceiling.passed_by is not None) == passed
    assert bool(said(score, "without one of them scores")) == passed
