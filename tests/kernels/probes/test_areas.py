"""Areas under ROC curves, against scikit-learn and against all pairs counted one by one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.metrics import roc_auc_score

from disentangle_metrics.kernels.probes.areas import Pairs, areas, mean_area, pairs_of_classes


def counted(scores, y, c, weight):
    """The pairs of a class, one by one."""
    won = total = 0.0
    for i in np.flatnonzero(y == c):
        for j in np.flatnonzero(y != c):
            pair = weight[i] * weight[j]
            total += pair
            won += pair * (0.5 if scores[i, c] == scores[j, c] else float(scores[i, c] > scores[j, c]))
    return won, total


@given(data=st.data(), n=st.integers(1, 20), n_classes=st.integers(1, 4))
def test_every_pair_counts(data, n, n_classes):
    scores = data.draw(hnp.arrays(np.int64, (n, n_classes), elements=st.integers(-3, 3))) / 4.0
    y = data.draw(hnp.arrays(np.int64, n, elements=st.integers(0, n_classes - 1)))
    weights = data.draw(hnp.arrays(np.int64, (3, n), elements=st.integers(0, 3)))
    plain, drawn = pairs_of_classes(scores, y), pairs_of_classes(scores, y, weights)
    for c in range(n_classes):
        assert (plain.won[c], plain.all[c]) == counted(scores, y, c, np.ones(n))
        for r, weight in enumerate(weights):
            assert (drawn.won[r, c], drawn.all[r, c]) == counted(scores, y, c, weight)


@pytest.mark.parametrize("decimals", [0, 1, 12])
def test_areas_are_those_of_scikit_learn(decimals):
    rng = np.random.default_rng(0)
    y = rng.integers(5, size=2000)
    scores = np.round(rng.normal(size=(2000, 5)) + np.eye(5)[y], decimals)
    weight = rng.exponential(size=2000)
    found = areas(pairs_of_classes(scores, y))
    expected = [roc_auc_score(y == c, scores[:, c]) for c in range(5)]
    np.testing.assert_allclose(found, expected, atol=1e-12)
    [weighted] = areas(pairs_of_classes(scores, y, weight[None]))
    expected = [roc_auc_score(y == c, scores[:, c], sample_weight=weight) for c in range(5)]
    np.testing.assert_allclose(weighted, expected, atol=1e-12)


def test_draws_in_blocks_are_draws_one_by_one(monkeypatch):
    rng = np.random.default_rng(0)
    scores, y = rng.normal(size=(50, 3)), rng.integers(3, size=50)
    weights = rng.integers(3, size=(20, 50)).astype(np.uint16)
    whole = pairs_of_classes(scores, y, weights)
    monkeypatch.setattr("disentangle_metrics.kernels.probes.areas._CELLS", 120)
    for ours, theirs in zip(pairs_of_classes(scores, y, weights), whole, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_a_rounding_error_is_no_order():
    y = np.array([0, 1, 0, 1])
    scores = np.array([1.0, 1.0 + 1e-12, 0.0, 5.0])[:, None] * [-1.0, 1.0]
    assert areas(pairs_of_classes(scores, y)).tolist() == [0.875, 0.875]
    apart = np.array([1.0, 1.0 + 1e-6, 0.0, 5.0])[:, None] * [-1.0, 1.0]
    assert areas(pairs_of_classes(apart, y)).tolist() == [1.0, 1.0]


def test_a_class_without_pairs_has_no_area_and_a_coin_is_a_half():
    pairs = pairs_of_classes(np.array([[0.1, 0.9], [0.2, 0.8]]), np.array([1, 1]))
    assert np.isnan(areas(pairs)).all()
    assert mean_area(pairs) == 0.5
    assert mean_area(Pairs(np.array([3.0, 0.0]), np.array([4.0, 0.0]))) == 0.75


def test_infinite_scores_are_the_lowest():
    scores = np.array([[-np.inf, 0.0], [-np.inf, 1.0], [2.0, -np.inf]])
    assert areas(pairs_of_classes(scores, np.array([0, 1, 0]))).tolist() == [0.75, 1.0]
