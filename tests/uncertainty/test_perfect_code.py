"""Ceilings as scores of the perfect code, and scores adjusted by them."""

import numpy as np
import pytest

from disentangle_metrics import Edges, Representation, evaluate, get_metric
from disentangle_metrics.uncertainty.perfect_codes import perfect_code


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
