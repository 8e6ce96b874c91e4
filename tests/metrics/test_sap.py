"""SAP: closed forms, scikit-learn as the oracle of every probe, its laws, and its edge cases."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import balanced_accuracy_score, r2_score
from sklearn.model_selection import GridSearchCV, KFold, ShuffleSplit, train_test_split
from sklearn.multiclass import OneVsRestClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from strategies import labelled, perfect_codes

from disentangle_metrics import BiasWarning, OptionError, Representation, Tree, sap

quiet = pytest.mark.filterwarnings(
    "ignore::disentangle_metrics.DegenerateFactorWarning",
    "ignore::disentangle_metrics.InactiveLatentWarning",
    "ignore::disentangle_metrics.BiasWarning",
)


@pytest.fixture(scope="module")
def data():
    """Three informative latents of different strength and two of noise; factors of 2, 3 and 6 values."""
    rng = np.random.default_rng(0)
    factors = np.stack([rng.integers(size, size=600) for size in (2, 3, 6)], axis=1)
    informative = factors + rng.normal(scale=[0.3, 0.5, 1.0], size=factors.shape)
    return np.hstack([informative, rng.normal(size=(600, 2))]) * [1, 10, 0.1, 1, 1], factors


def sap_by_hand(latents, factors, model, scale=True, score=np.mean, seed=42):
    """The definition, pair by pair, with scikit-learn."""
    matrix = np.empty((latents.shape[1], factors.shape[1]))
    for j, z in enumerate(latents.T):
        for k, v in enumerate(factors.T):
            train, test, v_train, v_test = train_test_split(z[:, None], v, test_size=0.2, random_state=seed)
            if scale:
                scaler = StandardScaler().fit(train)
                train, test = scaler.transform(train), scaler.transform(test)
            predicted = model.fit(train, v_train).predict(test)
            matrix[j, k] = np.mean(predicted == v_test) if score is np.mean else score(v_test, predicted)
    ordered = np.sort(matrix, axis=0)
    return matrix, float(np.mean(ordered[-1] - ordered[-2]))


def liblinear(C):
    return OneVsRestClassifier(LogisticRegression(solver="liblinear", C=C, tol=1e-10, max_iter=10**6))


def svc(C, class_weight):
    return LinearSVC(C=C, class_weight=class_weight, dual=False, tol=1e-10, max_iter=10**6)


@pytest.mark.parametrize(
    ("options", "model", "scale"),
    [
        ({}, liblinear(0.1), True),
        ({"C": 10}, liblinear(10), True),
        ({"C": 1e-3, "standardize": False}, liblinear(1e-3), False),
        ({"probe": "linear-svm"}, svc(0.01, "balanced"), True),
        ({"probe": "linear-svm", "class_weight": "none", "C": 1.0}, svc(1.0, None), True),
        ({"probe": "linear_svm", "standardize": False}, svc(0.01, "balanced"), False),
        ({"probe": "tree"}, DecisionTreeClassifier(max_depth=9, random_state=0), True),
        ({"probe": Tree(max_depth=2)}, DecisionTreeClassifier(max_depth=2, random_state=0), True),
        ({"probe": KNeighborsClassifier(7)}, KNeighborsClassifier(7), True),
        ({"probe": make_pipeline(StandardScaler(), svc(0.1, None))}, svc(0.1, None), True),
    ],
    ids=str,
)
def test_every_classifier_equals_scikit_learn_cell_for_cell(data, options, model, scale):
    latents, factors = data
    score = sap(latents, factors, **options)
    matrix, value = sap_by_hand(latents, factors, model, scale)
    np.testing.assert_allclose(score.matrix, matrix, rtol=0, atol=1e-12)
    assert score == pytest.approx(value, abs=1e-12)


def test_balanced_weights_of_two_classes_weigh_both_sides(data):
    latents, factors = data
    rare = (factors[:, [2]] == 5).astype(int)
    model = LogisticRegression(solver="liblinear", C=0.1, class_weight="balanced", tol=1e-10, max_iter=10**6)
    matrix, _ = sap_by_hand(latents, rare, model)
    score = sap(latents, rare, class_weight="balanced")
    np.testing.assert_allclose(score.matrix, matrix, rtol=0, atol=1e-12)
    assert score != sap(latents, rare)


def test_balanced_accuracy_is_the_mean_recall_of_the_classes_tested(data):
    latents, factors = data
    uneven = np.minimum(factors, 3)
    matrix, value = sap_by_hand(latents, uneven, liblinear(0.1), score=balanced_accuracy_score)
    for name in ("balanced-accuracy", "balanced_accuracy"):
        score = sap(latents, uneven, scoring=name)
        np.testing.assert_allclose(score.matrix, matrix, rtol=0, atol=1e-12)
        assert score == pytest.approx(value, abs=1e-12)
        assert "scoring:balanced-accuracy" in score.signature


def test_continuous_factors_are_scored_by_squared_correlation_over_all_rows(data):
    latents, factors = data
    rng = np.random.default_rng(1)
    measured = factors + rng.normal(scale=0.2, size=factors.shape)
    score = sap(latents, measured)
    expected = np.corrcoef(latents.T, measured.T)[: latents.shape[1], latents.shape[1] :] ** 2
    np.testing.assert_allclose(score.matrix, expected, rtol=0, atol=1e-12)
    assert score.signature.startswith("sap|probe:r2|factor_kinds:continuous|n:")
    assert score == sap(latents, measured, probe="r2")


def test_factors_of_both_kinds_are_noted(data):
    latents, factors = data
    score = sap(latents, factors, factor_kinds={"v2": "continuous"})
    assert score.matrix[0, 0] == sap(latents, factors).matrix[0, 0]
    assert score.matrix[2, 2] == pytest.approx(np.corrcoef(latents[:, 2], factors[:, 2])[0, 1] ** 2)
    assert any("accuracy and, for v2, of R2" in note for note in score.notes)


def test_r2_of_labels_warns_that_their_order_decides(data):
    latents, factors = data
    with pytest.warns(BiasWarning, match="how they are numbered"):
        score = sap(latents, factors, probe="r2")
    swapped = np.array([3, 0, 5, 1, 4, 2])[factors]
    with pytest.warns(BiasWarning):
        assert sap(latents, swapped, probe="r2") < 0.8 * score


def test_a_regressor_is_scored_by_held_out_r2(data):
    latents, factors = data
    for model in (LinearRegression(), DecisionTreeRegressor(max_depth=3, random_state=0)):
        score = sap(latents, factors, probe=model, factor_kinds="continuous")
        matrix, _ = sap_by_hand(latents, factors, model, score=r2_score)
        np.testing.assert_allclose(score.matrix, matrix, rtol=0, atol=1e-12)
        clipped = np.sort(np.maximum(matrix, 0), axis=0)
        np.testing.assert_allclose(score.per_factor, clipped[-1] - clipped[-2], atol=1e-12)
        assert any("negative" in note for note in score.notes) == bool((matrix < 0).any())


def test_cross_validation_scores_every_row_once_by_a_probe_that_has_not_seen_it(data):
    latents, factors = data
    score = sap(latents, factors, cv=5)
    right = np.zeros((latents.shape[1], factors.shape[1]))
    for train, test in KFold(5, shuffle=True, random_state=42).split(latents):
        scaler = StandardScaler().fit(latents[train])
        z_train, z_test = scaler.transform(latents[train]), scaler.transform(latents[test])
        for j, k in np.ndindex(right.shape):
            predicted = liblinear(0.1).fit(z_train[:, [j]], factors[train, k]).predict(z_test[:, [j]])
            right[j, k] += np.sum(predicted == factors[test, k])
    np.testing.assert_allclose(score.matrix, right / len(latents), rtol=0, atol=1e-12)
    assert "cv:5" in score.signature
    assert "test_size" not in score.signature


def test_cross_validation_pools_the_folds_of_a_regressor(data):
    latents, factors = data
    score = sap(latents, factors, probe=LinearRegression(), factor_kinds="continuous", cv=3, shuffle=False)
    predicted = np.empty(len(latents))
    for train, test in KFold(3).split(latents):
        model = LinearRegression().fit(latents[train][:, [1]], factors[train, 1])
        predicted[test] = model.predict(latents[test][:, [1]])
    assert score.matrix[1, 1] == pytest.approx(r2_score(factors[:, 1], predicted), abs=1e-12)


def test_repeats_are_the_mean_over_the_next_seeds_with_their_spread(data):
    latents, factors = data
    score = sap(latents, factors, n_repeats=3, random_state=7)
    single = [sap(latents, factors, random_state=seed) for seed in (7, 8, 9)]
    np.testing.assert_allclose(score.per_repeat, single, atol=1e-15)
    assert score == pytest.approx(np.mean(single), abs=1e-15)
    assert score.spread == pytest.approx(np.std(single, ddof=1))
    np.testing.assert_allclose(score.matrix, np.mean([s.matrix for s in single], axis=0), atol=1e-15)
    np.testing.assert_allclose(score.per_factor, np.mean([s.per_factor for s in single], axis=0), atol=1e-15)
    assert single[0].spread is None
    assert "over 3 splits" in score.describe()


@pytest.mark.parametrize(
    "options", [{"C": "tuned"}, {"probe": RandomForestClassifier(n_estimators=2, max_depth=3)}], ids=["tuned", "forest"]
)
def test_repeats_seed_what_a_probe_draws_too(data, options):
    latents, factors = data
    score = sap(latents[:, :2], factors[:, [2]], n_repeats=2, random_state=7, **options)
    singles = [sap(latents[:, :2], factors[:, [2]], random_state=seed, **options) for seed in (7, 8)]
    np.testing.assert_allclose(score.per_repeat, singles, atol=1e-15)


def test_repeats_multiply_cross_validation(data):
    latents, factors = data
    score = sap(latents, factors, cv=3, n_repeats=2)
    singles = [sap(latents, factors, cv=3, random_state=seed) for seed in (42, 43)]
    np.testing.assert_allclose(score.per_repeat, singles, atol=1e-15)


def test_without_shuffling_the_first_rows_train():
    # 11 rows: ceil(.8 * 11) = 9 train on class 0 below 0, 1 above; the last two contradict and are both missed.
    z = np.array([-1, 1, -2, 2, -1, 1, -2, 2, -1, 5.0, -5.0])
    v = (z > 0).astype(int)
    v[9:] = 1 - v[9:]
    score = sap(np.column_stack([z, -z]), v, shuffle=False)
    np.testing.assert_array_equal(score.matrix, [[0.0], [0.0]])
    assert score.settings["random_state"] is None


def test_sorted_rows_split_in_order_are_noted(data):
    latents, factors = data
    order = np.argsort(factors[:, 1])
    notes = sap(latents[order], factors[order], shuffle=False).notes
    assert any("lack most values of v1: shuffle the rows first" in note for note in notes)
    assert not sap(latents, factors, shuffle=False).notes


@pytest.mark.parametrize("random_state", [None, np.random.default_rng(0)])
def test_a_drawn_seed_is_recorded_and_gives_the_number_again(data, random_state):
    latents, factors = data
    score = sap(latents, factors, random_state=random_state)
    seed = score.settings["random_state"]
    assert f"random_state:{seed}" in score.signature
    assert sap(latents, factors, random_state=seed) == score
    assert sap(latents, factors, random_state=random_state).settings["random_state"] != seed


def test_an_estimator_without_a_seed_gets_one(data):
    latents, factors = data
    forest = RandomForestClassifier(n_estimators=3, max_depth=2)
    score = sap(latents[:, :2], factors[:, :1], probe=forest)
    assert score == sap(latents[:, :2], factors[:, :1], probe=forest)
    assert forest.random_state is None
    assert "random_state=42" in score.signature


def test_a_splitter_inside_an_estimator_gets_a_seed_too(data):
    latents, factors = data
    splitter = ShuffleSplit(3)
    search = GridSearchCV(DecisionTreeClassifier(splitter="random"), {"max_depth": [1, 2, 3]}, cv=splitter)
    np.random.seed(0)
    before = np.random.get_state()[1].copy()
    score = sap(latents[:, :2], factors[:, :1], probe=search)
    assert score == sap(latents[:, :2], factors[:, :1], probe=search)
    np.testing.assert_array_equal(np.random.get_state()[1], before)
    assert splitter.random_state is None


def test_a_callers_estimator_is_cloned(data):
    latents, factors = data
    model = KNeighborsClassifier()
    sap(latents, factors, probe=model)
    assert not hasattr(model, "classes_")


def test_tuned_c_is_chosen_on_training_rows_alone(data):
    latents, factors = data
    order = np.random.RandomState(42).permutation(len(latents))
    test = order[: int(np.ceil(0.2 * len(latents)))]
    spoiled = factors.copy()
    spoiled[test] = spoiled[np.roll(test, 1)]
    seen = []
    from disentangle_metrics.kernels.probes import classifiers

    original = classifiers.tuned_strength

    def spy(*args):
        seen.append(original(*args))
        return seen[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(classifiers, "tuned_strength", spy)
        score = sap(latents, factors, C="tuned")
        sap(latents, spoiled, C="tuned")
    (chosen, _), (again, _) = seen
    np.testing.assert_array_equal(chosen, again)
    assert len(np.unique(chosen)) > 1
    assert set(chosen.ravel()) <= set(classifiers.C_GRID)
    assert score.settings["C"] == "tuned"


def test_tuned_c_is_the_best_of_the_grid_on_a_fifth_of_the_training_rows(data):
    from disentangle_metrics.kernels.probes.classifiers import C_GRID

    latents, factors = data
    order = np.random.RandomState(42).permutation(len(latents))
    train = order[120:]
    mean, deviation = latents[train].mean(axis=0), latents[train].std(axis=0)
    z, v = (latents[train] - mean) / deviation, factors[train]
    inner = np.random.RandomState(42).permutation(len(train))
    check, fit = inner[:96], inner[96:]
    best = np.empty((5, 3))
    for j, k in np.ndindex(best.shape):
        hits = [
            np.sum(liblinear(C).fit(z[fit][:, [j]], v[fit, k]).predict(z[check][:, [j]]) == v[check, k]) for C in C_GRID
        ]
        model = liblinear(C_GRID[int(np.argmax(hits))]).fit(z[:, [j]], v[:, k])
        test = order[:120]
        best[j, k] = np.mean(model.predict(((latents[test] - mean) / deviation)[:, [j]]) == factors[test, k])
    np.testing.assert_allclose(sap(latents, factors, C="tuned").matrix, best, rtol=0, atol=1e-12)


@pytest.mark.parametrize("scale", [1e-4, 1e-3, 1e-2, 1.0, 1e2])
@pytest.mark.parametrize("classes", [2, 3])
def test_latents_of_any_scale_equal_scikit_learn_without_standardizing(scale, classes):
    rng = np.random.default_rng(24)
    factors = rng.integers(classes, size=(200, 1))
    latents = (rng.normal(size=(200, 2)) + factors - classes / 4) * scale
    order = np.arange(200)
    score = sap(latents, factors, probe="linear-svm", standardize=False, shuffle=False)
    model = LinearSVC(C=0.01, class_weight="balanced", dual=False, tol=1e-10, max_iter=10**6)
    for j in range(2):
        predicted = model.fit(latents[order[:160]][:, [j]], factors[:160, 0]).predict(latents[160:][:, [j]])
        assert score.matrix[j, 0] == pytest.approx(np.mean(predicted == factors[160:, 0]), abs=1e-12)


# A class that training rows lack, a class of one row, a factor of two rows.


def test_a_class_missing_from_the_training_rows_counts_as_wrong():
    z = np.column_stack([np.arange(20.0), np.zeros(20)])
    v = (np.arange(20) >= 8).astype(int)
    v[16:] = 2  # only test rows, since nothing is shuffled
    assert sap(z, v, shuffle=False).matrix[0, 0] == 0.0
    assert sap(z, v, shuffle=False, probe="threshold").matrix[0, 0] == 0.0
    assert sap(z, v, shuffle=False, probe=KNeighborsClassifier(1)).matrix[0, 0] == 0.0
    v[18:] = 1
    assert sap(z, v, shuffle=False).matrix[0, 0] == 0.5


@pytest.mark.parametrize("probe", ["logistic", "linear-svm", "threshold", "tree", KNeighborsClassifier(1)], ids=str)
def test_one_class_in_training_is_predicted_everywhere(probe):
    z = np.column_stack([np.arange(10.0), -np.arange(10.0)])
    v = np.repeat([3, 8], [9, 1])
    np.testing.assert_array_equal(sap(z, v, shuffle=False, probe=probe).matrix, [[0.5], [0.5]])


@pytest.mark.parametrize("probe", ["logistic", "linear-svm", "threshold", "tree"])
def test_a_class_of_one_row_is_scored_like_any_other(data, probe):
    latents, factors = data
    lonely = factors.copy()
    lonely[0] = 99
    score = sap(latents, lonely, probe=probe)
    assert 0 <= score <= 1
    assert abs(score - sap(latents, factors, probe=probe)) < 0.1


@pytest.mark.parametrize("probe", ["logistic", "linear-svm", "threshold", "tree", DummyClassifier()], ids=str)
def test_two_rows_train_one_and_test_one(probe):
    # RandomState(42).permutation(2) is [1, 0]: row 1 tests, row 0 trains, and what it teaches is wrong.
    score = sap([[0, 1], [1, 0]], ["a", "b"], probe=probe)
    np.testing.assert_array_equal(score.matrix, [[0.0], [0.0]])
    assert score == 0.0


def test_a_factor_labelled_on_two_rows_is_split_between_them():
    v = np.full((10, 2), np.nan)
    v[:, 0] = np.arange(10) % 2
    v[[2, 7], 1] = [0.0, 1.0]
    z = np.column_stack([v[:, 0], np.arange(10)])
    score = sap(z, v)
    np.testing.assert_array_equal(score.matrix[:, 1], [0.0, 0.0])
    assert score.per_factor[0] == sap(z, v[:, [0]])
    with pytest.raises(OptionError, match="cv=3 needs at least 3 labeled rows and there are 2"):
        sap(z, v, cv=3)


def test_inactive_latents_score_the_majority_or_nothing(data):
    latents, factors = data
    dead = np.column_stack([latents, np.full(len(latents), 0.1)])
    kept, zero = sap(dead, factors), sap(dead, factors, inactive="zero")
    np.testing.assert_array_equal(zero.matrix[-1], 0.0)
    np.testing.assert_array_equal(kept.matrix[:-1], zero.matrix[:-1])
    order = np.random.RandomState(42).permutation(len(latents))
    for k in range(3):
        majority = np.bincount(factors[order[120:], k]).argmax()
        assert kept.matrix[-1, k] == np.mean(factors[order[:120], k] == majority)


def test_labels_are_encoded_once_for_several_calls(data, monkeypatch):
    from disentangle_metrics.data import representation

    calls = []
    encode = representation.encode
    monkeypatch.setattr(representation, "encode", lambda *args: calls.append(1) or encode(*args))
    shared = Representation(*data)
    sap(shared), sap(shared, probe="threshold")
    assert len(calls) == 3


def test_an_outlier_does_not_disorder_the_classes_of_the_threshold_probe():
    rng = np.random.default_rng(0)
    factors = rng.integers(3, size=3000)
    latents = np.column_stack([-factors + 0.1 * rng.normal(size=3000), rng.normal(size=3000)])
    latents[np.random.RandomState(42).permutation(3000)[603], 0] = 1e9
    score = sap(latents, factors, probe="threshold", scoring="balanced-accuracy")
    assert score.matrix[0, 0] == pytest.approx(1.0)


@quiet
@given(labelled(min_rows=5), st.sampled_from([np.exp, np.cbrt, lambda z: np.exp(5 * z)]))
def test_the_threshold_probe_follows_any_increasing_map(data, warp):
    latents, factors = data
    assert sap(warp(latents), factors, probe="threshold") == sap(latents, factors, probe="threshold")


PROBES = st.sampled_from(["logistic", "linear-svm", "threshold", "r2"])


@quiet
@given(labelled(min_rows=5), PROBES, st.sampled_from([(1e-7, 0.0), (1.0, 1e6), (123.0, -4.0), (4.0, 1e6)]))
def test_scale_and_offset_leave_standardized_probes_alone(data, probe, affine):
    latents, factors = data
    scale, offset = affine
    score = sap(latents, factors, probe=probe)
    assert sap(latents * scale + offset, factors, probe=probe) == pytest.approx(score, abs=1e-9)


@quiet
@given(labelled(min_rows=5), PROBES, st.sampled_from([0.0, 0.1, -3.7]))
def test_constant_latents_that_score_nothing_change_nothing(data, probe, value):
    latents, factors = data
    more = np.hstack([np.full((len(latents), 2), value), latents])
    again = sap(more, factors, probe=probe, inactive="zero")
    assert again == pytest.approx(sap(latents, factors, probe=probe, inactive="zero"), abs=1e-12)


@quiet
@given(perfect_codes())
def test_a_perfect_code_scores_one_by_r2(data):
    latents, factors = data
    assume(len(latents) > 2)
    assert sap(latents, factors, probe="r2") == pytest.approx(1.0, abs=1e-12)


@quiet
@given(labelled(min_rows=5), st.sampled_from(["logistic", "linear-svm"]))
def test_line_probes_equal_scikit_learn_on_a_lattice_but_for_ties(data, probe):
    latents, factors = data
    latents = latents[:, :2] + 0.01 * np.arange(len(latents))[:, None] ** 1.5  # no two classes tie on generic values
    factors = factors[:, :1]
    order = np.random.RandomState(42).permutation(len(latents))
    train = order[int(np.ceil(0.2 * len(latents))) :]
    assume(len(np.unique(factors[train])) > 1)
    matrix, _ = sap_by_hand(latents, factors, liblinear(0.1) if probe == "logistic" else svc(0.01, "balanced"))
    np.testing.assert_allclose(sap(latents, factors, probe=probe).matrix, matrix, rtol=0, atol=1e-12)
