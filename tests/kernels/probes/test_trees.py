"""Trees on one latent: scikit-learn's, prediction by prediction, and depths chosen as its grid search chooses."""

import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from sklearn.tree import DecisionTreeClassifier

from disentangle_metrics import InputError, Tree, sap
from disentangle_metrics.kernels.probes.trees import best_depth, levels, predict_level, stratified_folds


def lattice(rng, n, y):
    return rng.integers(-8, 8, size=n) / 4.0


def normal(rng, n, y):
    return rng.normal(size=n)


def informative(rng, n, y):
    return y + rng.normal(size=n)


def nearly_equal(rng, n, y):
    """Values about as far apart as scikit-learn takes for equal."""
    return 1.0 + rng.integers(30, size=n) * 5e-8


def constant(rng, n, y):
    return np.full(n, 0.1)


def grown(x, y, n_classes, max_depth, min_samples_leaf):
    x = x.astype(np.float32)
    order = np.argsort(x)
    return list(levels(x[order], y[order], n_classes, max_depth, min_samples_leaf))


@given(
    draw=st.sampled_from([lattice, normal, informative, nearly_equal, constant]),
    seed=st.integers(0, 9999),
    n=st.integers(1, 60),
    n_classes=st.integers(1, 6),
    leaf=st.integers(1, 4),
)
def test_every_depth_predicts_what_scikit_learn_does(draw, seed, n, n_classes, leaf):
    rng = np.random.default_rng(seed)
    y = rng.integers(n_classes, size=n)
    x = draw(rng, n, y)
    test = np.concatenate([x, rng.normal(size=10), [-1e9, 1e9]])
    for depth, level in enumerate(grown(x, y, n_classes, 6, leaf), 1):
        model = DecisionTreeClassifier(max_depth=depth, min_samples_leaf=leaf, random_state=0).fit(x[:, None], y)
        np.testing.assert_array_equal(predict_level(test.astype(np.float32), level), model.predict(test[:, None]))


@pytest.mark.parametrize("n_classes", [2, 40])
@pytest.mark.parametrize("draw", [normal, informative, lattice])
def test_many_rows_are_predicted_as_scikit_learn_does(draw, n_classes):
    rng = np.random.default_rng(0)
    y = rng.integers(n_classes, size=20_000)
    x = draw(rng, 20_000, y)
    for depth, level in enumerate(grown(x, y, n_classes, 9, 1), 1):
        model = DecisionTreeClassifier(max_depth=depth, random_state=0).fit(x[:, None], y)
        np.testing.assert_array_equal(predict_level(x.astype(np.float32), level), model.predict(x[:, None]))


def test_a_tree_that_cannot_grow_is_the_same_at_every_depth():
    found = grown(np.arange(4.0), np.array([0, 0, 1, 1]), 2, 5, 1)
    assert len(found) == 5
    assert all(np.array_equal(level.begins, [-np.inf, 1.5]) for level in found)


def ten_folds(y):
    fold = stratified_folds(y, 10)
    return [fold == i for i in range(10)]


@pytest.mark.filterwarnings("ignore:The least populated class")
@given(seed=st.integers(0, 9999), n=st.integers(12, 80), n_classes=st.integers(1, 5))
def test_folds_are_those_of_scikit_learn(seed, n, n_classes):
    y = np.random.default_rng(seed).integers(n_classes, size=n)
    y[:11] = 0  # it refuses where no class has ten rows
    for ours, (_, theirs) in zip(ten_folds(y), StratifiedKFold(10).split(y, y), strict=True):
        np.testing.assert_array_equal(np.flatnonzero(ours), theirs)


@pytest.mark.parametrize("seed", range(8))
def test_the_depth_is_the_least_that_is_best_in_scikit_learns_grid_search(seed):
    rng = np.random.default_rng(seed)
    y = rng.integers(4, size=120)
    x = [informative, lattice][seed % 2](rng, 120, y)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        search = GridSearchCV(DecisionTreeClassifier(random_state=0), {"max_depth": range(1, 10)}, cv=10)
        means = search.fit(x[:, None], y).cv_results_["mean_test_score"]
    order = np.argsort(x.astype(np.float32))
    tests = [held_out[order] for held_out in ten_folds(y)]
    depth = best_depth(x.astype(np.float32)[order], y[order], 4, tests, 1)
    assert depth == 1 + np.argmax(means > means.max() - 1e-12)


def test_no_depth_beyond_nine_is_chosen():
    y = np.random.default_rng(0).integers(3, size=60).repeat(10)  # which ten levels would tell better
    x = np.arange(600, dtype=np.float32)
    assert best_depth(x, y, 3, ten_folds(y), 1) == 9


def test_the_chosen_depth_trains_on_all_training_rows():
    rng = np.random.default_rng(0)
    v = rng.integers(5, size=(300, 1))
    z = np.hstack([v + rng.normal(size=(300, 1)), rng.normal(size=(300, 1))])
    matrix = sap(z, v, probe=Tree(max_depth="cv"), evaluate_on="train", standardize=False).matrix
    for j in range(2):
        search = GridSearchCV(DecisionTreeClassifier(random_state=0), {"max_depth": range(1, 10)}, cv=10)
        assert matrix[j, 0] == pytest.approx(search.fit(z[:, [j]], v[:, 0]).score(z[:, [j]], v[:, 0]), abs=1e-12)


def test_few_rows_get_the_least_depth():
    assert best_depth(np.zeros(1, np.float32), np.zeros(1, int), 1, [np.ones(1, bool)], 1) == 1
    assert sap([[0, 1], [1, 0]], [[0], [1]], probe="tree-cv").matrix.shape == (2, 1)


def test_values_beyond_single_precision_are_refused():
    with pytest.raises(InputError, match="too large for a tree"):
        sap(np.array([[1e39, 1.0], [0.0, 0.0], [1.0, 2.0]] * 4), [[0], [1], [1]] * 4, probe="tree", standardize=False)
