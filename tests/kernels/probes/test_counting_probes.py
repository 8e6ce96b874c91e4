"""Histogram, nearest neighbors and Gaussian naive Bayes on one latent: scikit-learn, or the definition row by row."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier

from disentangle_metrics.kernels.probes.histogram import predict_by_bin
from disentangle_metrics.kernels.probes.knn import nearest_rows, predict_by_neighbors
from disentangle_metrics.kernels.probes.naive_bayes import predict_by_density

N_CLASSES = 5
codes = st.lists(st.integers(0, N_CLASSES - 1), min_size=1, max_size=30)
quarters = st.integers(-8, 8).map(lambda value: value / 4)


@st.composite
def rows(draw):
    """Training values and classes on a lattice, and test values on and beyond it."""
    y = np.array(draw(codes))
    x = np.array(draw(st.lists(quarters, min_size=len(y), max_size=len(y))))
    return x, y, np.array(draw(st.lists(st.integers(-12, 12).map(lambda value: value / 4), min_size=1, max_size=12)))


def majority(labels):
    return np.bincount(labels, minlength=N_CLASSES).argmax()


def only(found):
    [predicted] = found
    return predicted


@given(data=rows(), n_bins=st.integers(2, 12))
def test_a_histogram_takes_the_most_frequent_class_of_the_nearest_bin_with_rows(data, n_bins):
    x, y, test = data
    edges = np.linspace(x.min(), x.max(), n_bins + 1) if x.min() < x.max() else np.array([-np.inf, np.inf])
    bins, test_bins = np.digitize(x, edges[1:-1]), np.digitize(test, edges[1:-1])
    predicted = only(predict_by_bin(x, y[None], [N_CLASSES], test, n_bins))
    for b, found in zip(test_bins, predicted, strict=True):
        nearest = min(bins, key=lambda other: (abs(other - b), other))
        assert found == majority(y[bins == nearest])


@given(data=rows(), k=st.integers(1, 12))
def test_neighbors_are_all_rows_as_near_as_the_kth(data, k):
    x, y, test = data
    predicted = only(predict_by_neighbors(x, y[None], [N_CLASSES], test, k))
    for value, found in zip(test, predicted, strict=True):
        distance = np.abs(x - value)
        assert found == majority(y[distance <= np.sort(distance)[min(k, len(x)) - 1]])


@given(seed=st.integers(0, 9999), n=st.integers(1, 200), k=st.integers(1, 20))
def test_without_ties_neighbors_are_those_of_scikit_learn(seed, n, k):
    rng = np.random.default_rng(seed)
    x, y, test = rng.normal(size=n), rng.integers(N_CLASSES, size=n), 2 * rng.normal(size=50)
    model = KNeighborsClassifier(min(k, n)).fit(x[:, None], y)
    predicted = only(predict_by_neighbors(x, y[None], [N_CLASSES], test, k))
    np.testing.assert_array_equal(predicted, model.predict(test[:, None]))


@pytest.mark.parametrize("scale", [1e-300, 1.0, 1e17, 1e300])
def test_neighbors_of_far_values_are_found(scale):
    x = np.arange(10.0)
    first, last = nearest_rows(x, np.array([-scale, scale, 4.4]), 3)
    assert (last - first >= 3).all()
    assert (first[2], last[2]) == (3, 6)


@given(
    seed=st.integers(0, 9999),
    n=st.integers(2, 200),
    n_classes=st.integers(1, N_CLASSES),
    scale=st.sampled_from([1e-3, 1, 1e4]),
)
def test_naive_bayes_is_that_of_scikit_learn(seed, n, n_classes, scale):
    rng = np.random.default_rng(seed)
    y = rng.integers(n_classes, size=n)
    x = scale * (y + rng.normal(size=n) + rng.integers(3))
    test = np.append(x, 3 * scale * rng.normal(size=20))
    model = GaussianNB().fit(x[:, None], y)
    predicted = only(predict_by_density(x, y[None], [N_CLASSES], test, 1e-9))
    likelihood = model._joint_log_likelihood(test[:, None])
    two = np.sort(np.pad(likelihood, ((0, 0), (1, 0)), constant_values=-np.inf), axis=1)[:, -2:]
    clear = two[:, 1] - two[:, 0] > 1e-7 * (1 + np.abs(two[:, 1]))
    np.testing.assert_array_equal(predicted[clear], model.predict(test[:, None])[clear])


@pytest.mark.parametrize("scale", [5e-324, 1e-200, 1e200])
def test_naive_bayes_squares_nothing_that_float64_cannot_hold(scale):
    y = np.array([0, 0, 0, 1, 1, 1])
    x = scale * np.array([0.0, 1, 0, 9, 10, 10])
    np.testing.assert_array_equal(only(predict_by_density(x, y[None], [2], x, 1e-9)), y)


@pytest.mark.parametrize(
    "predict",
    [
        lambda *rows: predict_by_bin(*rows, 20),
        lambda *rows: predict_by_neighbors(*rows, 3),
        lambda *rows: predict_by_density(*rows, 1e-9),
    ],
    ids=["histogram", "knn", "gaussian-nb"],
)
def test_a_constant_latent_predicts_the_most_frequent_class_and_the_first_of_equals(predict):
    x, test = np.full(6, 0.1), np.array([0.1, -3.0, 1e6])
    y = np.array([[2, 2, 2, 1, 1, 0], [2, 2, 2, 1, 1, 1]])
    first, second = predict(x, y, [3, 4], test)
    np.testing.assert_array_equal(first, [2, 2, 2])
    np.testing.assert_array_equal(second, [1, 1, 1])


@pytest.mark.parametrize("weight", [[0.1, 0.2, 0.3], [0.3, 0.1, 0.2], [0.2, 0.3, 0.1]])
def test_neighbors_whose_weights_rounding_parted_have_equal_votes(weight):
    """0.1 + 0.2 is more than 0.3 in float64: the first class is taken all the same."""
    weight = np.array(weight)
    y = (weight < 0.25).astype(np.intp)[None]
    [predicted] = predict_by_neighbors(np.array([0.0, 1.0, 2.0]), y, [2], np.array([1.0]), 3, weight)
    assert predicted.tolist() == [0]
