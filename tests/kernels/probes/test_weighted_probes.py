"""Probes of rows that do not count alike, against scikit-learn's sample_weight and searches by hand."""

from itertools import product

import numpy as np
import pytest
from conftest import plain
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import brentq
from scipy.special import expit
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import accuracy_score, balanced_accuracy_score, r2_score
from sklearn.model_selection import train_test_split
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier

from disentangle_metrics import KNN, Histogram, OptionError, Tree, config, sap
from disentangle_metrics.kernels.columns.weighted_counts import most
from disentangle_metrics.kernels.linear import hinge, logistic
from disentangle_metrics.kernels.linear.correlation import squared_correlation
from disentangle_metrics.kernels.linear.multinomial import fit_multinomial
from disentangle_metrics.kernels.linear.one_vs_rest import one_vs_rest
from disentangle_metrics.kernels.linear.univariate import fit_all_lines
from disentangle_metrics.kernels.probes.classifiers import C_GRID, Rows, tuned_strength
from disentangle_metrics.kernels.probes.histogram import BINS_GRID, predict_by_bin
from disentangle_metrics.kernels.probes.knn import predict_by_neighbors
from disentangle_metrics.kernels.probes.naive_bayes import predict_by_density
from disentangle_metrics.kernels.probes.splits import holdout, standardize
from disentangle_metrics.kernels.probes.table import LINE_PROBES
from disentangle_metrics.kernels.probes.threshold import fit_all_cuts, predict_cuts
from disentangle_metrics.kernels.probes.trees import best_depth, levels, predict_level, stratified_folds

EXACTLY = {"tol": 1e-10, "max_iter": 1_000_000}
LOSSES = {"logistic": logistic.logistic_loss, "linear-svm": hinge.squared_hinge_loss}
TO_THE_LAST = {"rtol": 0, "atol": 1e-6}


def drawn(seed, n, n_classes):
    rng = np.random.default_rng(seed)
    y = rng.integers(n_classes, size=n)
    return y / 2 + rng.normal(size=n), y, rng.exponential(size=n)


def fitted(kind, x, y, weight, C, balanced):
    layout = one_vs_rest(y[None], [y.max() + 1], balanced, weight)
    fits = fit_all_lines(x[None], layout, [y.max() + 1], LOSSES[kind], np.full((1, 1, 1), C))
    assert fits[0].converged
    return fits[0].pick(0, 0)


def scikit_learns(kind, C, balanced):
    options = {"C": C, "class_weight": "balanced" if balanced else None, **EXACTLY}
    return LogisticRegression(solver="liblinear", **options) if kind == "logistic" else LinearSVC(**options)


@pytest.mark.parametrize("kind", LOSSES)
@pytest.mark.parametrize("balanced", [False, True])
@pytest.mark.parametrize("n", [40, 3000])
@pytest.mark.parametrize("C", [0.01, 1.0])
def test_two_classes_have_liblinears_line(kind, balanced, n, C):
    x, y, weight = drawn(n, n, 2)
    model = scikit_learns(kind, C, balanced).fit(x[:, None], y, sample_weight=weight)
    ours = fitted(kind, x, y, weight, C, balanced)
    np.testing.assert_allclose([ours.slope[1], ours.intercept[1]], [*model.coef_[0], *model.intercept_], **TO_THE_LAST)


@pytest.mark.parametrize("n", [60, 3000])
@pytest.mark.parametrize("balanced", [False, True])
def test_many_classes_have_liblinears_squared_hinge_lines(n, balanced):
    """With weighted counts of the classes where they are balanced, as scikit-learn 1.9 counts them."""
    x, y, weight = drawn(n, n, 5)
    model = scikit_learns("linear-svm", 0.1, balanced).fit(x[:, None], y, sample_weight=weight)
    ours = fitted("linear-svm", x, y, weight, 0.1, balanced)
    np.testing.assert_allclose(ours.slope, model.coef_[:, 0], **TO_THE_LAST)
    np.testing.assert_allclose(ours.intercept, model.intercept_, **TO_THE_LAST)


@pytest.mark.parametrize("n", [60, 3000])
@pytest.mark.parametrize("balanced", [False, True])
def test_many_classes_have_a_logistic_line_each_against_the_rest(n, balanced):
    x, y, weight = drawn(n, n, 5)
    ours = fitted("logistic", x, y, weight, 0.1, balanced)
    for c in range(5):
        mine = y == c
        own = weight.sum() / (5 * weight[mine].sum()) if balanced else 1.0
        model = scikit_learns("logistic", 0.1, False)
        model.fit(x[:, None], mine, sample_weight=np.where(mine, own * weight, weight))
        np.testing.assert_allclose(ours.slope[c], model.coef_[0, 0], **TO_THE_LAST)
        np.testing.assert_allclose(ours.intercept[c], model.intercept_[0], **TO_THE_LAST)


@pytest.mark.parametrize("C", [0.1, 1e4, 1e6])
def test_a_perfect_code_reaches_the_optimum_it_has_on_paper(C):
    """Two values whose rows weigh W in all: slope and intercept solve two equations that scipy solves."""
    x, weight = np.where(np.arange(6000) % 2, 1.0, -1.0), np.random.default_rng(0).exponential(size=3000).repeat(2)
    ours = fitted("logistic", x, (x > 0).astype(np.intp), weight, C, False)
    # by symmetry the intercept is 0, and the slope solves w = C W / (1 + exp(w))
    slope = brentq(lambda w: w - C * weight.sum() * expit(-w), 0, 100, xtol=1e-14)
    assert ours.slope[1] == pytest.approx(slope, rel=1e-9)
    assert ours.intercept[1] == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("kind", LOSSES)
def test_lines_of_weighted_rows_do_not_depend_on_who_computes(kind):
    x, y, weight = drawn(0, 5000, 4)
    found = []
    for backend in ("numpy", "fast"):
        with config.using(backend=backend):
            found.append(fitted(kind, x, y, weight, 0.1, False))
    np.testing.assert_allclose(found[0].slope, found[1].slope, rtol=0, atol=1e-10)


@pytest.mark.parametrize("n_classes", [2, 4])
@pytest.mark.parametrize("n", [60, 3000])
def test_multinomial_lines_are_scikit_learns(n, n_classes):
    x, y, weight = drawn(n, n, n_classes)
    model = LogisticRegression(C=0.1, solver="newton-cholesky", **EXACTLY).fit(x[:, None], y, sample_weight=weight)
    [lines] = fit_multinomial(x[None], y[None], [n_classes], np.full((1, 1, 1), 0.1), weight)
    slope, intercept = lines.slope[0, 0], lines.intercept[0, 0]
    expected = model.decision_function([[0.0], [1.0]])
    ours = intercept + np.array([[0.0], [1.0]]) * slope
    ours, expected = (
        (ours[:, 1] - ours[:, 0], expected)
        if n_classes == 2
        else (
            ours - ours[:, :1],
            expected - expected[:, :1],
        )
    )
    np.testing.assert_allclose(ours, expected, **TO_THE_LAST)


@given(seed=st.integers(0, 9999), n=st.integers(2, 60), n_classes=st.integers(1, 5), leaf=st.integers(1, 4))
def test_trees_are_scikit_learns_at_every_depth(seed, n, n_classes, leaf):
    x, y, weight = drawn(seed, n, n_classes)
    x = x.astype(np.float32)
    order = np.argsort(x)
    grown = levels(x[order], y[order], n_classes, 6, leaf, weight=weight[order])
    for depth, level in enumerate(grown, 1):
        model = DecisionTreeClassifier(max_depth=depth, min_samples_leaf=leaf, random_state=0)
        model.fit(x[:, None], y, sample_weight=weight)
        np.testing.assert_array_equal(predict_level(x, level), model.predict(x[:, None]))


@given(seed=st.integers(0, 9999), n=st.integers(3, 60), n_classes=st.integers(2, 5))
def test_naive_bayes_is_scikit_learns(seed, n, n_classes):
    """But for what is added to variances, a part of the latent's, which here is weighted too."""
    x, y, weight = drawn(seed, n, n_classes)
    y[:2] = 0, 1
    test = np.linspace(-3, 5, 99)
    [ours] = predict_by_density(x, y[None], [n_classes], test, 1e-9, weight)
    smoothing = 1e-9 * np.cov(x, aweights=weight, ddof=0) / np.var(x)
    model = GaussianNB(var_smoothing=smoothing).fit(x[:, None], y, sample_weight=weight)
    np.testing.assert_array_equal(ours, model.predict(test[:, None]))


@given(seed=st.integers(0, 9999), n=st.integers(1, 40), k=st.integers(1, 9))
def test_neighbors_vote_by_their_weight(seed, n, k):
    x, y, weight = drawn(seed, n, 3)
    test = np.linspace(-2, 3, 20)
    [ours] = predict_by_neighbors(x, y[None], [3], test, k, weight)
    for value, found in zip(test, ours, strict=True):
        near = np.argsort(np.abs(x - value))[:k]
        assert found == np.bincount(y[near], weight[near], 3).argmax()


@given(seed=st.integers(0, 9999), n=st.integers(2, 60))
def test_bins_have_the_class_of_most_weight(seed, n):
    x, y, weight = drawn(seed, n, 3)
    [ours] = predict_by_bin(x, y[None], [3], x, 4, weight)
    bins = np.digitize(x, np.linspace(x.min(), x.max(), 5)[1:-1])
    assert ours.tolist() == [np.bincount(y[bins == b], weight[bins == b]).argmax() for b in bins]


@given(seed=st.integers(0, 9999), n=st.integers(3, 14), n_classes=st.integers(2, 3))
def test_cuts_have_the_best_balanced_accuracy_that_there_is(seed, n, n_classes):
    x, y, weight = drawn(seed, n, n_classes)
    y[:n_classes] = np.arange(n_classes)
    order = np.argsort(x)
    x, y, weight = x[order], y[order], weight[order]

    def score(predicted):
        return balanced_accuracy_score(y, predicted, sample_weight=weight)

    [cuts] = fit_all_cuts(x, y[None], [n_classes], weight)
    medians = [weighted_median(x[y == c], weight[y == c]) for c in range(n_classes)]
    orders = [[0, 1], [1, 0]] if n_classes == 2 else [np.argsort(medians, kind="stable")]
    places = [p for p in product(range(n + 1), repeat=n_classes - 1) if list(p) == sorted(p)]
    rows = np.arange(n)
    best = max(score(np.array(of)[np.searchsorted(p, rows, side="right")]) for of in orders for p in places)
    assert score(predict_cuts(x, cuts)) == pytest.approx(best)


def weighted_median(x, weight):
    return x[np.searchsorted(np.cumsum(weight), weight.sum() / 2)]


def test_latents_are_standardized_as_scikit_learn_does():
    rng = np.random.default_rng(0)
    train, test, weight = rng.normal(5, 3, size=(50, 4)), rng.normal(size=(9, 4)), rng.exponential(size=50)
    scaler = StandardScaler().fit(train, sample_weight=weight)
    for ours, theirs in zip(standardize(train.T, test.T, weight), (train, test), strict=True):
        np.testing.assert_allclose(ours.T, scaler.transform(theirs), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("scale", [1e-90, 1.0, 1e90])
@pytest.mark.parametrize("rows", [slice(None), np.arange(0, 40_000, 3)], ids=["all", "some"])
def test_squared_correlation_is_that_of_the_weighted_covariance(scale, rows):
    rng = np.random.default_rng(0)
    z, weight = rng.normal(1e3, 1, size=(40_000, 3)), rng.exponential(size=40_000) * scale
    numbers = [z[:, 0] + rng.normal(size=40_000), rng.normal(size=40_000)]
    cov = np.cov(z[rows], np.stack(numbers, axis=1)[rows], rowvar=False, aweights=weight[rows] / scale)
    expected = cov[:3, 3:] ** 2 / np.outer(cov.diagonal()[:3], cov.diagonal()[3:])
    np.testing.assert_allclose(squared_correlation(z, numbers, rows, weight), expected, rtol=1e-9, atol=1e-12)


def test_equal_sums_of_weights_give_the_first_class():
    assert most(np.array([[0.1 + 0.2, 0.3], [0.3, 0.1 + 0.2]])).tolist() == [0, 0]


# --- SAP as a whole ---


@pytest.fixture(scope="module")
def sample():
    rng = np.random.default_rng(3)
    v = rng.integers(4, size=(400, 2))
    return v + rng.normal(size=(400, 2)) * 0.7, v, rng.exponential(size=400)


def by_hand(sample, probe, scoring=accuracy_score):
    z, v, weight = sample
    matrix = np.zeros((2, 2))
    for j, k in np.ndindex(2, 2):
        parts = train_test_split(z[:, [j]], v[:, k], weight, test_size=0.2, random_state=42)
        x_train, x_test, y_train, y_test, w_train, w_test = parts
        scaler = StandardScaler().fit(x_train, sample_weight=w_train)
        model = probe().fit(scaler.transform(x_train), y_train, sample_weight=w_train)
        matrix[j, k] = scoring(y_test, model.predict(scaler.transform(x_test)), sample_weight=w_test)
    return matrix


@pytest.mark.parametrize(
    ("probe", "theirs"),
    [
        ("linear-svm", lambda: LinearSVC(C=0.01, class_weight="balanced", **EXACTLY)),
        ("multinomial", lambda: LogisticRegression(C=0.1, **EXACTLY)),
        (Tree(max_depth=4), lambda: DecisionTreeClassifier(max_depth=4)),
        ("gaussian-nb", GaussianNB),
    ],
    ids=plain,
)
@pytest.mark.parametrize("scoring", ["accuracy", "balanced-accuracy"])
def test_sap_is_made_of_scikit_learns_weighted_scores(sample, probe, theirs, scoring):
    z, v, weight = sample
    function = accuracy_score if scoring == "accuracy" else balanced_accuracy_score
    score = sap(z, v, probe=probe, scoring=scoring, sample_weight=weight)
    np.testing.assert_allclose(score.matrix, by_hand(sample, theirs, function), rtol=1e-12)


@pytest.mark.parametrize("scoring", ["accuracy", "balanced-accuracy"])
def test_an_estimator_of_scikit_learn_is_fitted_and_scored_by_weight(sample, scoring):
    z, v, weight = sample
    function = accuracy_score if scoring == "accuracy" else balanced_accuracy_score
    score = sap(z, v, probe=DecisionTreeClassifier(max_depth=3), scoring=scoring, sample_weight=weight)
    expected = by_hand(sample, lambda: DecisionTreeClassifier(max_depth=3), function)
    np.testing.assert_allclose(score.matrix, expected, rtol=1e-12)


def test_a_regressor_is_fitted_and_scored_by_weight(sample):
    z, v, weight = sample
    score = sap(z, v, probe=LinearRegression(), sample_weight=weight, factor_kinds="continuous")
    np.testing.assert_allclose(score.matrix, by_hand(sample, LinearRegression, r2_score), rtol=1e-9, atol=1e-12)


def test_an_estimator_that_takes_no_weights_is_refused(sample):
    z, v, weight = sample
    with pytest.raises(OptionError, match=r"KNeighborsClassifier\(\) takes no sample_weight"):
        sap(z, v, probe=KNeighborsClassifier(), sample_weight=weight)


class Bins:
    """The most frequent class in each of some bins."""

    def __init__(self, n_bins):
        self.n_bins = n_bins

    def fit(self, x, y, sample_weight):
        self.rows = x[:, 0], y[None], [4]
        self.weight = sample_weight
        return self

    def predict(self, x):
        return next(iter(predict_by_bin(*self.rows, x[:, 0], self.n_bins, self.weight)))


class Tuned:
    """The first of some models that do best by weight on a part of the rows, held out inside."""

    def __init__(self, models):
        self.models = models

    def fit(self, x, y, sample_weight):
        train, test = holdout(len(x), 0.2, 42)
        right = []
        for model in self.models:
            model.fit(x[train], y[train], sample_weight=sample_weight[train])
            right.append(accuracy_score(y[test], model.predict(x[test]), sample_weight=sample_weight[test]))
        best = self.models[int(np.argmax(np.array(right) > max(right) - 1e-12))]
        return best.fit(x, y, sample_weight=sample_weight)


@pytest.mark.parametrize(
    ("options", "models"),
    [
        (
            {"probe": "multinomial", "C": "tuned"},
            [LogisticRegression(C=C, solver="newton-cholesky", tol=1e-10, max_iter=10**6) for C in C_GRID],
        ),
        (
            {"probe": Tree(max_depth="tuned")},
            [DecisionTreeClassifier(max_depth=d, random_state=0) for d in range(1, 10)],
        ),
        ({"probe": Histogram(n_bins="tuned")}, [Bins(n) for n in BINS_GRID]),
    ],
    ids=["C", "tree", "histogram"],
)
def test_what_is_tuned_does_best_by_weight_on_rows_held_out_inside(sample, options, models):
    z, v, weight = sample
    steep = z, v, weight**2  # a few rows decide
    score = sap(z, v, sample_weight=weight**2, **options)
    np.testing.assert_allclose(score.matrix, by_hand(steep, lambda: Tuned(models)), rtol=1e-9)


def test_c_is_tuned_by_weighted_accuracy():
    x, y, weight = drawn(0, 500, 3)
    train, test = holdout(500, 0.2, 7)
    right = []
    for C in C_GRID:
        model = LinearSVC(C=C, **EXACTLY).fit(x[train, None], y[train], sample_weight=weight[train])
        right.append(accuracy_score(y[test], model.predict(x[test, None]), sample_weight=weight[test]))
    fit = LINE_PROBES["linear-svm"].fit(False)
    every = np.arange(500)
    rows = Rows(x[:, None], every, every, y[None], y[None], False, weight, weight)
    found, converged = tuned_strength(x[None], rows, [3], fit, 0.2, 7)
    assert converged
    assert found.tolist() == [[C_GRID[int(np.argmax(right))]]]


def test_a_depth_is_tuned_by_weighted_accuracy():
    x, y, weight = drawn(1, 300, 3)
    x = x.astype(np.float32)
    order = np.argsort(x)
    x, y, weight = x[order], y[order], weight[order]
    tests = [stratified_folds(y, 5) == fold for fold in range(5)]
    mean = np.zeros(9)
    for test, depth in product(tests, range(1, 10)):
        model = DecisionTreeClassifier(max_depth=depth, random_state=0)
        model.fit(x[~test, None], y[~test], sample_weight=weight[~test])
        mean[depth - 1] += accuracy_score(y[test], model.predict(x[test, None]), sample_weight=weight[test]) / 5
    assert best_depth(x, y, 3, tests, 1, weight) == 1 + np.argmax(mean > mean.max() - 1e-12)


@pytest.mark.parametrize(
    "options",
    [{"C": "tuned"}, {"probe": "tree-cv"}, {"probe": Histogram(n_bins="tuned")}, {"probe": KNN(k="tuned")}, {"cv": 3}],
    ids=plain,
)
def test_weights_go_wherever_rows_go(sample, options):
    """A scale that is no power of two changes every sum, and no choice."""
    z, v, weight = sample
    strength = {"probe": "threshold"} if options == {"cv": 3} else {}
    one, other = (sap(z, v, sample_weight=weight * scale, **strength, **options) for scale in (1.0, 1.0000000001))
    np.testing.assert_allclose(one.matrix, other.matrix, rtol=1e-9)
    assert np.abs(one.matrix - sap(z, v, **strength, **options).matrix).max() > 1e-3
