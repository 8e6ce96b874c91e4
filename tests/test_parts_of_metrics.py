"""Parts of metrics where metrics are named: in signatures and in explanations."""

import numpy as np
import pytest

from disentangle_metrics import OptionError, evaluate, explain, k_sparse, rescore
from disentangle_metrics.signature import Signature


@pytest.fixture(scope="module")
def data():
    labels = np.random.default_rng(0).integers(3, size=300)
    return np.eye(3)[labels] + np.random.default_rng(1).normal(size=(300, 3)), labels


@pytest.mark.parametrize("part", ["k_sparse.accuracy", "k_sparse.auc"])
def test_the_signature_of_a_part_gives_its_score_again(data, part):
    score = k_sparse(*data, n_best=(2, 1), C=0.5)[part]
    again = rescore(score.signature, *data)[part]
    assert (again, again.signature) == (score, score.signature)


def test_the_signature_of_a_part_under_a_protocol(data):
    score = evaluate(*data, metrics="k_sparse.auc", protocol="karvonen2025")["k_sparse.auc"]
    again = rescore(score.signature, *data)["k_sparse.auc"]
    assert (again, again.signature) == (score, score.signature)


@pytest.mark.parametrize("name", ["k_sparse.", ".auc", "k sparse.auc"])
def test_other_names_are_refused(name):
    with pytest.raises(OptionError, match="does not begin with the name of a metric"):
        Signature.of(f"{name}|n:1|d:1|k:1|v:0")


@pytest.mark.parametrize("metrics", [None, "k_sparse", "k_sparse.accuracy"])
def test_an_explanation_walks_each_part(data, metrics):
    explanation = explain(*data, b="karvonen2025", metrics=metrics)
    names = ["k_sparse.accuracy"] if metrics == "k_sparse.accuracy" else ["k_sparse.accuracy", "k_sparse.auc"]
    assert list(explanation.walks) == names
    for name, walk in explanation.walks.items():
        assert walk.start == k_sparse(*data)[name]
        assert walk.end == evaluate(*data, protocol="karvonen2025")[name]
        assert float(walk.start) + sum(step.change for step in walk.steps) == pytest.approx(float(walk.end))
