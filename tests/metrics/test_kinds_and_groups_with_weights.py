"""Kinds of factors and groups of latents on rows that have weights: repeated rows, scikit-learn, and refusals."""

import numpy as np
import pytest
from conftest import plain
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import accuracy_score, balanced_accuracy_score, r2_score
from sklearn.model_selection import train_test_split
from sklearn.multiclass import OneVsRestClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier
from strategies import labelled

from disentangle_metrics import Circular, InputError, OptionError, Tree, evaluate, mig, sap

pytestmark = pytest.mark.filterwarnings(
    "ignore::disentangle_metrics.DegenerateFactorWarning",
    "ignore::disentangle_metrics.InactiveLatentWarning",
    "ignore::disentangle_metrics.BiasWarning",
    "ignore::disentangle_metrics.ConvergenceWarning",
)

PAIR = [(0, 1), (2,)]


@st.composite
def whole_weights(draw):
    """Three latents at least, factors, and how often each row occurs: 1 to 4 times."""
    latents, factors = draw(labelled())
    latents = np.hstack([latents, latents[:, ::-1] ** 2])
    return latents, factors, draw(hnp.arrays(np.int64, len(latents), elements=st.integers(1, 4)))


def same_as_repeated(metric, latents, factors, times, atol=1e-12, **options):
    weighted = metric(latents, factors, sample_weight=times, **options)
    again = metric(np.repeat(latents, times, axis=0), np.repeat(factors, times, axis=0), **options)
    np.testing.assert_allclose(weighted.matrix, again.matrix, rtol=0, atol=atol)
    np.testing.assert_allclose(weighted.per_factor, again.per_factor, rtol=0, atol=atol)


@pytest.fixture(scope="module")
def rows():
    """Latents of 90 rows, a number, 90 angles and a few ordered labels made of them, and how often rows occur."""
    rng = np.random.default_rng(0)
    z = rng.normal(size=(90, 4))
    angle = np.arctan2(z[:, 1], z[:, 0]) + 0.3 * rng.normal(size=90)
    v = np.column_stack([z[:, 0] + z[:, 2] + rng.normal(size=90), angle, np.round(z[:, 3] + rng.normal(size=90))])
    return z, v, rng.integers(1, 5, size=90)


KINDS = ["continuous", "circular", "ordinal"]

# Whole weights


@pytest.mark.parametrize("groups", [None, PAIR], ids=["alone", "together"])
@pytest.mark.parametrize("options", [{}, {"entropy": "miller-madow"}, {"normalizer": "latent"}], ids=plain)
def test_whole_weights_are_repeated_rows_to_mig_of_every_kind(rows, options, groups):
    same_as_repeated(mig, *rows, factor_kinds=KINDS, n_bins=4, factor_bins=5, latent_groups=groups, **options)


@given(whole_weights(), st.integers(2, 5))
def test_whole_weights_are_repeated_rows_to_mig_of_groups(drawn, n_bins):
    same_as_repeated(mig, *drawn, n_bins=n_bins, latent_groups=PAIR)


@pytest.mark.parametrize("groups", [None, PAIR], ids=["alone", "together"])
def test_whole_weights_are_repeated_rows_to_correlations_of_every_kind(rows, groups):
    same_as_repeated(sap, *rows, probe="r2", factor_kinds=KINDS, latent_groups=groups)


@given(whole_weights(), st.sampled_from(["ordinal", "circular", "continuous"]), st.sampled_from([None, PAIR]))
def test_whole_weights_are_repeated_rows_to_correlations_with_ties(drawn, kind, groups):
    kind = Circular(7) if kind == "circular" else kind
    same_as_repeated(sap, *drawn, atol=1e-9, probe="r2", factor_kinds=kind, latent_groups=groups)


def test_labels_that_are_missing_have_no_part_in_weighted_ranks(rows):
    z, v, times = rows
    v = v[:, 2:].copy()
    v[:20] = np.nan
    options = {"probe": "r2", "factor_kinds": "ordinal"}
    gone = sap(z[20:], v[20:], sample_weight=times[20:], **options)
    np.testing.assert_allclose(sap(z, v, sample_weight=times, **options).matrix, gone.matrix, atol=1e-12)


@pytest.mark.parametrize("probe", ["logistic", "linear-svm", "multinomial", "tree", "gaussian-nb"])
@pytest.mark.parametrize("scoring", ["accuracy", "balanced-accuracy"])
def test_whole_weights_are_repeated_rows_to_probes_of_a_group(rows, probe, scoring):
    z, v, times = rows
    options = {"probe": probe, "scoring": scoring, "evaluate_on": "train", "latent_groups": PAIR}
    same_as_repeated(sap, z, v[:, 2:], times, **options)


@pytest.mark.parametrize("probe", ["logistic", "threshold"])
def test_whole_weights_are_repeated_rows_to_classes_in_order(rows, probe):
    z, v, times = rows
    same_as_repeated(sap, z, v[:, 2:], times, probe=probe, evaluate_on="train", factor_kinds="ordinal")


# Other implementations, with weights of any size


@pytest.fixture(scope="module")
def data():
    """Two latents that tell four classes together, one that tells three others, noise, and weights."""
    rng = np.random.default_rng(0)
    factors = np.stack([rng.integers(4, size=500), rng.integers(3, size=500)], axis=1)
    corners = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])[factors[:, 0]] + 0.5 * rng.normal(size=(500, 2))
    latents = np.column_stack([corners, factors[:, 1] + 0.5 * rng.normal(size=500), rng.normal(size=500)])
    return latents, factors, rng.exponential(size=500) + 1e-3


MODELS = {
    "logistic": LogisticRegression(solver="liblinear", C=0.1, tol=1e-10, max_iter=10**6),
    "linear-svm": LinearSVC(C=0.01, dual=False, tol=1e-10, max_iter=10**6),
    "multinomial": LogisticRegression(C=0.1, tol=1e-10, max_iter=10**6),
    Tree(max_depth=3): DecisionTreeClassifier(max_depth=3, random_state=42),
    RandomForestClassifier(5, random_state=0): RandomForestClassifier(5, random_state=0),
}


@pytest.mark.parametrize("probe", MODELS, ids=plain)
@pytest.mark.parametrize("scoring", ["accuracy", "balanced-accuracy"])
def test_a_probe_of_a_group_weighs_rows_as_scikit_learn_does(data, probe, scoring):
    latents, factors, weight = data
    options = {"class_weight": "none"} if probe == "linear-svm" else {}
    found = sap(latents, factors, probe=probe, sample_weight=weight, scoring=scoring, latent_groups=PAIR, **options)
    train, test, v, actual, w, w_test = train_test_split(
        latents[:, :2], factors[:, 0], weight, test_size=0.2, random_state=42
    )
    scaler = StandardScaler().fit(train, sample_weight=w)
    train, test = scaler.transform(train), scaler.transform(test)
    model = MODELS[probe]
    if probe == "logistic":  # liblinear takes two classes at a time
        sides = [MODELS[probe].fit(train, v == c, sample_weight=w).decision_function(test) for c in range(4)]
        predicted = np.argmax(sides, axis=0)
    else:
        predicted = model.fit(train, v, sample_weight=w).predict(test)
    measure = accuracy_score if scoring == "accuracy" else balanced_accuracy_score
    assert found.matrix[0, 0] == pytest.approx(measure(actual, predicted, sample_weight=w_test), abs=1e-12)


def test_neighbors_of_a_group_vote_by_weight(data):
    latents, factors, weight = data
    found = sap(latents, factors, probe="knn", standardize=False, sample_weight=weight, latent_groups=PAIR)
    train, test, v, actual, w, w_test = train_test_split(
        latents[:, :2], factors[:, 0], weight, test_size=0.2, random_state=42
    )
    near = np.argsort(np.linalg.norm(test[:, None] - train, axis=2), axis=1)[:, :5]
    votes = np.stack([np.where(v[near] == c, w[near], 0).sum(axis=1) for c in range(4)])
    assert found.matrix[0, 0] == pytest.approx(accuracy_score(actual, votes.argmax(axis=0), sample_weight=w_test))


def test_a_regressor_of_a_group_takes_weights_and_is_scored_by_them(data):
    latents, factors, weight = data
    options = {"probe": LinearRegression(), "factor_kinds": "continuous", "latent_groups": PAIR}
    found = sap(latents, factors, sample_weight=weight, **options)
    train, test, v, actual, w, w_test = train_test_split(
        latents[:, :2], factors[:, 0], weight, test_size=0.2, random_state=42
    )
    predicted = LinearRegression().fit(train, v, sample_weight=w).predict(test)
    assert found.matrix[0, 0] == pytest.approx(r2_score(actual, predicted, sample_weight=w_test), abs=1e-12)


def test_weighted_r2_of_a_group_is_what_a_weighted_regression_explains(data):
    latents, factors, weight = data
    found = sap(latents, factors, probe="r2", factor_kinds="continuous", sample_weight=weight, latent_groups=PAIR)
    for k, v in enumerate(factors.T):
        model = LinearRegression().fit(latents[:, :2], v, sample_weight=weight)
        assert found.matrix[0, k] == pytest.approx(model.score(latents[:, :2], v, sample_weight=weight), abs=1e-12)


def test_weighted_r2_on_a_circle_is_what_cosine_and_sine_explain(rows):
    z, v, _ = rows
    weight = np.random.default_rng(1).exponential(size=len(z))
    found = sap(z, v[:, 1], probe="r2", factor_kinds="circular", sample_weight=weight)
    circle = np.column_stack([np.cos(v[:, 1]), np.sin(v[:, 1])])
    expected = [LinearRegression().fit(circle, x, weight).score(circle, x, weight) for x in z.T]
    np.testing.assert_allclose(found.matrix[:, 0], expected, atol=1e-12)


def test_a_weighted_gaussian_vector_tells_what_the_weighted_determinants_say(rows):
    z, v, _ = rows
    weight = np.random.default_rng(2).exponential(size=len(z))
    options = {"estimator": "gaussian", "factor_kinds": ["continuous", "circular"], "latent_groups": PAIR}
    found = mig(z, v[:, :2], sample_weight=weight, **options)
    circle = np.column_stack([np.cos(v[:, 1]), np.sin(v[:, 1])])
    for k, y in enumerate((v[:, :1], circle)):
        parts = (z[:, :2], y, np.hstack([z[:, :2], y]))
        det = [np.linalg.det(np.atleast_2d(np.cov(x, rowvar=False, aweights=weight))) for x in parts]
        assert found.matrix[0, k] == pytest.approx(0.5 * np.log(det[0] * det[1] / det[2]), abs=1e-10)


def test_what_is_tuned_for_a_group_is_chosen_by_weighted_accuracy(data):
    latents, factors, weight = data
    zero = np.where(np.arange(500) % 3, weight, 0)
    for probe in ("logistic", "knn"):
        options = {"C": "tuned"} if probe == "logistic" else {}
        left = zero > 0
        found = sap(latents, factors, probe=probe, sample_weight=zero, latent_groups=PAIR, **options)
        again = sap(latents[left], factors[left], probe=probe, sample_weight=zero[left], latent_groups=PAIR, **options)
        np.testing.assert_array_equal(found.matrix, again.matrix)


def test_evaluate_takes_weights_and_groups_at_once(data):
    latents, factors, weight = data
    report = evaluate(latents, factors, sample_weight=weight, latent_groups=PAIR, protocol=None)
    assert report["mig"] == mig(latents, factors, sample_weight=weight, latent_groups=PAIR)
    assert report["sap"] == sap(latents, factors, sample_weight=weight, latent_groups=PAIR)
    assert "|sample_weight:" in report["mig"].signature
    assert "|latent_groups:z0+z1,z2|" in report["mig"].signature


# Refusals


@pytest.mark.parametrize(
    ("metric", "options", "message"),
    [
        (mig, {"estimator": "ksg"}, "no weighted version"),
        (mig, {"entropy": "chao-shen"}, "whole weights"),
        (sap, {"probe": KNeighborsClassifier()}, "takes no sample_weight"),
        (sap, {"probe": OneVsRestClassifier(LogisticRegression())}, "takes no sample_weight"),
    ],
    ids=plain,
)
def test_what_takes_no_weights_refuses_them_for_groups_too(data, metric, options, message):
    latents, factors, weight = data
    with pytest.raises((OptionError, InputError), match=message):
        metric(latents, factors, sample_weight=weight, latent_groups=PAIR, **options)


@pytest.mark.parametrize("probe", ["logistic", "multinomial"])
def test_a_weight_times_c_that_drowns_the_penalty_is_refused_for_groups_too(data, probe):
    latents, factors, weight = data
    with pytest.raises(InputError, match="Divide the weights by their mean"):
        sap(latents, factors, probe=probe, sample_weight=weight * 1e12, latent_groups=[(0, 1), (2, 3)])
