"""Further probes and options of SAP: their laws, the rows on which they are tuned, and their edge cases."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import r2_score
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.tree import DecisionTreeClassifier
from strategies import labelled

from disentangle_metrics import KNN, Histogram, OptionError, Tree, evaluate, get_metric, sap
from disentangle_metrics.kernels.discretizing.discretizers import discretize_uniform
from disentangle_metrics.kernels.probes.histogram import BINS_GRID
from disentangle_metrics.kernels.probes.knn import NEIGHBORS_GRID

quiet = pytest.mark.filterwarnings(
    "ignore::disentangle_metrics.DegenerateFactorWarning",
    "ignore::disentangle_metrics.InactiveLatentWarning",
    "ignore::disentangle_metrics.BiasWarning",
)
TUNED = [KNN(k="tuned"), Histogram(n_bins="tuned"), Tree(max_depth="tuned")]
NEW = ["multinomial", "histogram", "knn", "gaussian-nb", "tree-cv", *TUNED]
new_probe = pytest.mark.parametrize("probe", NEW, ids=str)


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    factors = np.stack([rng.integers(size, size=600) for size in (2, 3, 6)], axis=1)
    informative = factors + rng.normal(scale=[0.3, 0.5, 1.0], size=factors.shape)
    return np.hstack([informative, rng.normal(size=(600, 2))]) * [1, 10, 0.1, 1, 1], factors


def shuffled_split(n, test_size=0.2):
    order = np.random.RandomState(42).permutation(n)
    n_test = int(np.ceil(test_size * n))
    return order[n_test:], order[:n_test]


def standardized(z, train):
    return (z - z[train].mean(axis=0)) / z[train].std(axis=0)


def by_hand(latents, factors, model, train, test):
    z = standardized(latents, train)
    scores = [
        [np.mean(model.fit(z[train][:, [j]], v[train]).predict(z[test][:, [j]]) == v[test]) for v in factors.T]
        for j in range(z.shape[1])
    ]
    return np.array(scores)


@pytest.mark.parametrize(
    ("probe", "model"),
    [
        ("multinomial", LogisticRegression(C=0.1, tol=1e-10, max_iter=10**6)),
        ("knn", KNeighborsClassifier(5)),
        (KNN(k=31), KNeighborsClassifier(31)),
        ("gaussian_nb", GaussianNB()),
        (Tree(max_depth=4, min_samples_leaf=7), DecisionTreeClassifier(max_depth=4, min_samples_leaf=7)),
    ],
    ids=str,
)
def test_every_classifier_equals_scikit_learn_cell_for_cell(data, probe, model):
    expected = by_hand(*data, model, *shuffled_split(600))
    np.testing.assert_allclose(sap(*data, probe=probe).matrix, expected, rtol=0, atol=1e-12)


def test_multinomial_takes_a_c_of_its_own(data):
    expected = by_hand(*data, LogisticRegression(C=100.0, tol=1e-10, max_iter=10**6), *shuffled_split(600))
    score = sap(*data, probe="multinomial", C=100)
    np.testing.assert_allclose(score.matrix, expected, rtol=0, atol=1e-12)
    assert (score.settings["C"], sap(*data, probe="multinomial").settings["C"]) == (100, 0.1)
    with pytest.raises(OptionError, match="class_weight='balanced' belongs to"):
        sap(*data, probe="multinomial", class_weight="balanced")


@pytest.mark.parametrize(
    ("tuned", "fixed"),
    [
        (KNN(k="tuned"), [KNN(k=k) for k in NEIGHBORS_GRID]),
        (Histogram(n_bins="tuned"), [Histogram(n_bins=n) for n in BINS_GRID]),
        (Tree(max_depth="tuned"), [Tree(max_depth=depth) for depth in range(1, 10)]),
    ],
    ids=["knn", "histogram", "tree"],
)
@pytest.mark.parametrize("size", [0.2, 0.5])
def test_what_is_tuned_is_the_best_on_a_part_of_the_training_rows(data, tuned, fixed, size):
    latents, factors = data
    train, _ = shuffled_split(600)
    # Scored without shuffling, the last rows test: so the inner split is put there.
    inner = train[np.concatenate(shuffled_split(len(train), size))]
    z = standardized(latents, train)
    options = {"test_size": size, "shuffle": False, "standardize": False}
    validated = np.stack([sap(z[inner], factors[inner], probe=probe, **options).matrix for probe in fixed])
    best = validated.argmax(axis=0)
    tested = np.stack([sap(latents, factors, probe=probe).matrix for probe in fixed])
    score = sap(latents, factors, probe=tuned, validation_size=size)
    expected = np.take_along_axis(tested, best[None], axis=0)[0]
    np.testing.assert_allclose(score.matrix, expected, rtol=0, atol=1e-12)
    assert len(np.unique(best)) > 1
    assert score.settings["validation_size"] == size


@pytest.mark.parametrize("options", [*({"probe": probe} for probe in TUNED), {"probe": "multinomial", "C": "tuned"}])
def test_what_is_tuned_never_sees_test_rows(data, options):
    latents, factors = data
    _, test = shuffled_split(600)
    spoiled = factors.copy()
    spoiled[test] = 1 - spoiled[test].clip(0, 1)  # every test row of the first factor has the other class
    right = sap(latents, factors, **options).matrix[:, 0]
    np.testing.assert_allclose(sap(latents, spoiled, **options).matrix[:, 0], 1 - right, rtol=0, atol=1e-12)


def test_c_is_tuned_on_as_many_rows_as_validation_size_says(data):
    small, large = (sap(*data, C="tuned", validation_size=size) for size in (0.05, 0.6))
    assert not np.array_equal(small.matrix, large.matrix)
    assert "C was chosen" in small.notes[0]
    assert "validation_size:0.05" in small.signature


def test_a_validation_part_without_training_rows_takes_the_simplest():
    z, v = np.array([[0.0, 1.0], [1.0, 0.0]]), np.array([[0], [1]])
    for probe in TUNED:
        assert sap(z, v, probe=probe).matrix.shape == (2, 1)


def test_training_rows_are_scored_when_asked(data):
    latents, factors = data
    every = np.arange(600)
    score = sap(latents, factors, probe="gaussian-nb", evaluate_on="train")
    np.testing.assert_allclose(score.matrix, by_hand(latents, factors, GaussianNB(), every, every), rtol=0, atol=1e-12)
    assert sap(latents, factors, probe=KNN(k=1), evaluate_on="train").matrix.min() == 1.0
    assert {name: score.settings[name] for name in ("test_size", "cv", "random_state")} == {
        "test_size": None,
        "cv": None,
        "random_state": None,
    }
    assert "evaluate_on:train" in score.signature
    assert any("rows that trained" in note for note in score.notes)


def test_training_r2_of_least_squares_is_the_squared_correlation(data):
    latents, _ = data
    factors = latents[:, :2] + np.random.default_rng(1).normal(size=(600, 2))
    options = {"factor_kinds": "continuous", "evaluate_on": "train"}
    score = sap(latents, factors, probe=Ridge(alpha=1e-9), **options)
    np.testing.assert_allclose(score.matrix, sap(latents, factors, **options).matrix, rtol=0, atol=1e-8)
    model = Ridge(alpha=1e-9).fit(latents[:, :1], factors[:, 0])
    assert score.matrix[0, 0] == pytest.approx(r2_score(factors[:, 0], model.predict(latents[:, :1])), abs=1e-8)


@pytest.mark.parametrize("options", [{"cv": 5}, {"n_repeats": 2}])
def test_training_rows_are_not_split(data, options):
    with pytest.raises(OptionError, match="of no use with evaluate_on='train'"):
        sap(*data, evaluate_on="train", **options)


def test_latents_in_bins_are_the_numbers_of_their_bins(data):
    latents, factors = data
    binned = np.stack([discretize_uniform(z, 7) for z in latents.T], axis=1).astype(float) + 1
    for options in ({}, {"probe": "linear-svm", "standardize": False}, {"probe": "r2", "factor_kinds": "continuous"}):
        score = sap(latents, factors, latent_bins=7, **options)
        np.testing.assert_allclose(score.matrix, sap(binned, factors, **options).matrix, rtol=0, atol=1e-12)
    assert "latent_bins:7" in score.signature


def test_as_many_bins_as_a_byte_has_values_do_not_overflow(data):
    latents, factors = data
    for n_bins in (255, 256, 257):
        binned = np.stack([discretize_uniform(z, n_bins) for z in latents.T], axis=1).astype(float) + 1
        expected = sap(binned, factors, probe="tree").matrix
        np.testing.assert_array_equal(sap(latents, factors, probe="tree", latent_bins=n_bins).matrix, expected)


def test_continuous_factors_in_bins_are_predicted_as_classes(data):
    latents, _ = data
    factors = latents[:, :3]
    binned = np.stack([discretize_uniform(v, 4) for v in factors.T], axis=1)
    score = sap(latents, factors, factor_kinds="continuous", factor_bins=4)
    np.testing.assert_allclose(score.matrix, sap(latents, binned).matrix, rtol=0, atol=1e-12)
    assert score.settings["scoring"] == "accuracy"
    assert not [note for note in score.notes if "are factors themselves" not in note]  # which these are


def test_labels_keep_their_values_beside_factors_in_bins(data):
    latents, factors = data
    both = np.column_stack([factors[:, 2], latents[:, 0]])
    score = sap(latents, both, factor_kinds=["categorical", "continuous"], factor_bins=5)
    np.testing.assert_array_equal(score.matrix[:, :1], sap(latents, factors[:, 2]).matrix)


def test_factor_bins_need_a_classifier(data):
    with pytest.raises(OptionError, match="factor_bins=5 needs a classifier"):
        sap(*data, probe="r2", factor_bins=5)


def test_a_missing_measurement_leaves_its_row_out_of_the_bins(data):
    latents, _ = data
    factor = latents[:, :1].copy()
    factor[::7] = np.nan
    kept = ~np.isnan(factor[:, 0])
    options = {"factor_kinds": "continuous", "factor_bins": 4, "latent_bins": 6}
    score = sap(latents, factor, **options)
    np.testing.assert_array_equal(score.matrix, sap(latents[kept], factor[kept], **options).matrix)


def test_a_factor_too_narrow_for_its_bins_is_named():
    v = 1.0 + np.arange(12)[:, None] * 2.0**-52
    z = np.random.default_rng(0).normal(size=(12, 2))
    with pytest.raises(ValueError, match=r"factor 'v0' \(column 0\): values from"):
        sap(z, v, factor_kinds="continuous", factor_bins=20)


@pytest.mark.parametrize("scale", [1e-200, 1e-3, 1e200])
def test_latents_of_little_variance_score_nothing(data, scale):
    latents, factors = data
    small = np.column_stack([latents[:, :2], latents[:, 2] * scale])
    score = sap(small, factors, inactive=1e-5)
    assert np.all(score.matrix[2] == 0.0) == (np.std(latents[:, 2], ddof=1) * scale <= 1e-5**0.5)
    np.testing.assert_array_equal(score.matrix[:2], sap(small, factors).matrix[:2])
    assert "inactive:1e-05" in score.signature


@pytest.mark.parametrize("value", [-1.0, 0, None, "", "none", True, [1]])
def test_inactive_is_a_rule_or_a_variance(data, value):
    with pytest.raises(OptionError, match="inactive="):
        sap(*data, inactive=value)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: KNN(k=0), "k=0"),
        (lambda: KNN(k="cv"), "k='cv'"),
        (lambda: Histogram(n_bins=1), "n_bins=1"),
        (lambda: Histogram(n_bins=70_000), "n_bins=70000"),
        (lambda: Tree(max_depth="best"), "max_depth='best'"),
        (lambda: sap([[0, 1], [1, 0]], [[0], [1]], validation_size=1.0), "validation_size=1.0"),
        (lambda: sap([[0, 1], [1, 0]], [[0], [1]], evaluate_on="all"), "evaluate_on='all'"),
        (lambda: sap([[0, 1], [1, 0]], [[0], [1]], latent_bins=1), "latent_bins=1"),
        (lambda: sap([[0, 1], [1, 0]], [[0], [1]], probe="knm"), "Did you mean 'knn'"),
    ],
)
def test_a_value_that_is_not_known_says_so(make, message):
    with pytest.raises(OptionError, match=message):
        make()


@new_probe
def test_one_class_in_training_is_predicted_everywhere(probe):
    latents = np.random.default_rng(0).normal(size=(10, 2))
    factors = np.array([0] * 8 + [0, 1])[:, None]
    np.testing.assert_array_equal(sap(latents, factors, probe=probe, shuffle=False).matrix, [[0.5], [0.5]])


@new_probe
def test_a_class_of_one_row_is_scored_like_any_other(data, probe):
    latents, factors = data
    rare = factors[:, 0].copy()
    rare[shuffled_split(600)[1][0]] = 9  # its row tests and cannot be got right
    assert np.all(sap(latents, rare, probe=probe).matrix <= 1 - 1 / 120)
    rare = factors[:, 0].copy()
    rare[shuffled_split(600)[0][0]] = 9
    assert sap(latents, rare, probe=probe).matrix.max() > 0.8


@new_probe
def test_two_rows_train_one_and_test_one(probe):
    score = sap([[0.0, 1.0], [1.0, 0.0]], [[0], [1]], probe=probe)
    np.testing.assert_array_equal(score.matrix, [[0], [0]])


@new_probe
def test_missing_labels_leave_their_rows_out(data, probe):
    latents, factors = data
    some = factors.astype(float)
    some[::5, 1] = np.nan
    kept = ~np.isnan(some[:, 1])
    expected = sap(latents[kept], factors[kept, 1], probe=probe).matrix[:, 0]
    np.testing.assert_array_equal(sap(latents, some, probe=probe).matrix[:, 1], expected)


@quiet
@pytest.mark.parametrize("probe", ["multinomial", "histogram", "knn", "gaussian-nb", "tree-cv"])
@given(data=labelled(min_rows=6, max_rows=24), seed=st.integers(0, 99))
def test_the_order_of_latents_and_of_factors_does_not_matter(probe, data, seed):
    latents, factors = data
    rng = np.random.default_rng(seed)
    j, k = rng.permutation(latents.shape[1]), rng.permutation(factors.shape[1])
    score, again = sap(latents, factors, probe=probe), sap(latents[:, j], factors[:, k], probe=probe)
    np.testing.assert_allclose(again.matrix, score.matrix[j][:, k], rtol=0, atol=1e-12)


@quiet
@pytest.mark.parametrize("probe", ["multinomial", "histogram", "knn", "gaussian-nb", "tree-cv"])
@given(data=labelled(min_rows=6, max_rows=24))
def test_names_of_labels_do_not_matter_while_their_order_is_kept(probe, data):
    latents, factors = data
    text = np.array(["", "a", "blue", "ruby", "zinc"])[factors]
    assert sap(latents, text, probe=probe) == sap(latents, factors, probe=probe)


@quiet
@given(data=labelled(min_rows=6, max_rows=24), seed=st.integers(0, 99))
def test_the_order_of_training_rows_does_not_matter_to_neighbors_and_bins(data, seed):
    latents, factors = data
    order = np.random.default_rng(seed).permutation(len(latents))
    for probe in ("knn", "histogram", "tree"):
        options = {"probe": probe, "evaluate_on": "train", "standardize": False}
        score, again = sap(latents, factors, **options), sap(latents[order], factors[order], **options)
        np.testing.assert_array_equal(again.matrix, score.matrix)


@new_probe
def test_inactive_latents_score_the_majority_or_nothing(data, probe):
    latents, factors = data
    latents = np.column_stack([latents[:, :2], np.full(600, 0.1)])
    train, test = shuffled_split(600)
    most = [np.mean(v[test] == np.bincount(v[train]).argmax()) for v in factors.T]
    np.testing.assert_allclose(sap(latents, factors, probe=probe).matrix[2], most, rtol=0, atol=1e-12)
    assert not sap(latents, factors, probe=probe, inactive="zero").matrix[2].any()


@pytest.mark.parametrize(
    ("given", "made"),
    [({"k": 7}, KNN(k=7)), ({"n_bins": "tuned"}, Histogram(n_bins="tuned")), ({"max_depth": "cv"}, Tree("cv"))],
)
def test_parameters_of_a_probe_are_given_as_a_mapping(data, given, made):
    report = evaluate(*data, metrics="sap", options={"sap": {"probe": given}})
    assert report["sap"] == sap(*data, probe=made)
    assert report["sap"].settings["probe"] == made


def test_the_registry_tells_of_the_new_options():
    assert {"evaluate_on", "validation_size", "latent_bins", "factor_bins"} <= set(get_metric("sap").options)
