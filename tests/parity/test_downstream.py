"""Downstream accuracy against disentanglement_lib's, as recorded: the first four fifths of the rows train."""

import json

import numpy as np
import pytest
from conftest import GOLDEN, Golden

from disentangle_metrics import PROTOCOLS, downstream, evaluate

RECORDED = json.loads((GOLDEN / "family.json").read_text())
HERE = {"train_sizes": "all", "few": 10_000, "test_size": 0.2}


def recorded(key, number):
    return [
        pytest.param(case, np.array(block[setting][number]), id=case)
        for case, programs in RECORDED.items()
        for block in programs.values()
        for setting in block
        if setting.startswith(key) and number in block[setting]
    ]


@pytest.mark.parametrize(
    ("case", "accuracies"), recorded("downstream_task._compute_loss(logistic_regression_cv)", "test_per_factor")
)
def test_every_recorded_accuracy_of_logistic_regression_cv(case, accuracies):
    latents, factors = Golden.arrays(case)
    few = len(latents) > 100  # a factor of many rows takes a second, and fifty fits
    options = {**PROTOCOLS["locatello2019"]["downstream"], **HERE}
    score = downstream(latents, factors[:, :1] if few else factors, **options)["downstream.accuracy"]
    assert score.per_factor.tolist() == (accuracies[:1] if few else accuracies).tolist()


def test_boosted_trees_on_the_small_case():
    [case] = [param for param in recorded("compute_importance_gbt", "accuracy_test_per_factor") if "c13" in param.id]
    name, accuracies = case.values
    score = downstream(*Golden.arrays(name), probe="gbt", standardize=False, shuffle=False, **HERE)
    assert score["downstream.accuracy"].per_factor.tolist() == accuracies.tolist()


def test_the_protocol_by_its_name():
    latents, factors = Golden.arrays("c13_tiny_n50")
    report = evaluate(latents, factors, protocol="locatello2019", metrics="downstream")
    expected = downstream(latents, factors, **PROTOCOLS["locatello2019"]["downstream"])
    assert report["downstream.accuracy"] == expected["downstream.accuracy"]
    assert "protocol:locatello2019|" in report["downstream.efficiency"].signature
