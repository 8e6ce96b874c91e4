"""Usual ways to compute the metrics, published or straightforward, and lower bounds of the time of any code.

Each function takes a case and the latents to use, and returns a matrix (latents, factors): mutual information in nats,
or the share of correct test rows. A slow function gets a few latents only, and the table scales its time up.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .data import SIZES, Case

Matrix = NDArray[np.float64]
Rival = Callable[[Case, Sequence[int]], Matrix]

N_BINS = 20

# Cells of the table of a latent and the widest factor, drawn at random.
_CELLS = N_BINS * max(SIZES)
_CODES = np.random.default_rng(0).integers(_CELLS, size=8192)


def information_by_pairs(case: Case, latents: Sequence[int]) -> Matrix:
    """Return the information as notebooks compute it: np.digitize and mutual_info_score for every pair.

    Notebooks divide by the factor's entropy, so the entropy is computed too, once for each factor.
    """
    from sklearn.metrics import mutual_info_score

    matrix = np.zeros((len(latents), case.factors.shape[1]))
    for k, v in enumerate(case.factors.T):
        _, counts = np.unique(v, return_counts=True)
        p = counts / len(v)
        assert -np.sum(p * np.log(p)) > 0
        for row, j in enumerate(latents):
            matrix[row, k] = mutual_info_score(_binned(case, j), v)
    return matrix


def information_cut_once(case: Case, latents: Sequence[int]) -> Matrix:
    """Return the same by a loop that cuts each latent once and computes no entropy."""
    from sklearn.metrics import mutual_info_score

    matrix = np.zeros((len(latents), case.factors.shape[1]))
    for row, j in enumerate(latents):
        codes = _binned(case, j)
        matrix[row] = [mutual_info_score(codes, v) for v in case.factors.T]
    return matrix


def _binned(case: Case, j: int) -> NDArray[np.intp]:
    z = case.latents[:, j].astype(np.float64)
    return np.digitize(z, np.linspace(z.min(), z.max(), N_BINS + 1)[1:-1])


def information_by_disentanglement_lib(case: Case, latents: Sequence[int]) -> Matrix:
    """Return the information by the discretizer of disentanglement_lib and its loop over pairs."""
    from disentanglement_lib.evaluation.metrics import utils

    codes = utils._histogram_discretize(case.latents[:, list(latents)].T.astype(np.float64), num_bins=N_BINS)
    return np.asarray(utils.discrete_mutual_info(codes, case.factors.T))


def split(n: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the training and test rows of scikit-learn's train_test_split with random_state=42."""
    order = np.random.RandomState(42).permutation(n)
    n_test = -(-n // 5)
    return order[n_test:], order[:n_test]


def _standardized(case: Case, j: int) -> tuple[NDArray[np.float64], NDArray[np.float64], Any, Any]:
    train, test = split(len(case.latents))
    z = case.latents[:, [j]].astype(np.float64)
    mean, deviation = z[train].mean(), z[train].std()
    return (z[train] - mean) / deviation, (z[test] - mean) / deviation, case.factors[train], case.factors[test]


def svm_by_liblinear(case: Case, latents: Sequence[int]) -> Matrix:
    """Return accuracies of LinearSVC on one latent; liblinear fits all classes of a factor in one call."""
    from sklearn.svm import LinearSVC

    matrix = np.zeros((len(latents), case.factors.shape[1]))
    for row, j in enumerate(latents):
        x_train, x_test, y_train, y_test = _standardized(case, j)
        for k in range(case.factors.shape[1]):
            model = LinearSVC(C=0.01, class_weight="balanced", random_state=0).fit(x_train, y_train[:, k])
            matrix[row, k] = np.mean(model.predict(x_test) == y_test[:, k])
    return matrix


def logistic_by_liblinear(case: Case, latents: Sequence[int]) -> Matrix:
    """Return accuracies of one-vs-rest logistic regression on one latent, all classes of a factor in one C call.

    scikit-learn's public wrapper, OneVsRestClassifier, calls liblinear once for each class and is several times slower.
    """
    from sklearn.svm._base import _fit_liblinear

    matrix = np.zeros((len(latents), case.factors.shape[1]))
    for row, j in enumerate(latents):
        x_train, x_test, y_train, y_test = _standardized(case, j)
        for k in range(case.factors.shape[1]):
            slope, intercept, _ = _fit_liblinear(
                x_train, y_train[:, k], C=0.1, fit_intercept=True, intercept_scaling=1, class_weight=None,
                penalty="l2", dual=False, verbose=0, max_iter=1000, tol=1e-4, random_state=0,
                loss="logistic_regression",
            )  # fmt: skip
            predicted = np.argmax(x_test * slope[:, 0] + intercept, axis=1)
            matrix[row, k] = np.mean(np.unique(y_train[:, k])[predicted] == y_test[:, k])
    return matrix


def read_once(case: Case, latents: Sequence[int]) -> Matrix:
    """Return the sums of both arrays as flat memory: the time to read the data once."""
    return np.array([[case.latents.ravel().sum(), case.factors.ravel().sum()]], dtype=np.float64)


def count_only(case: Case, latents: Sequence[int]) -> Matrix:
    """Return counts of codes that are ready and in the cache, one for each row and pair: work that MIG cannot avoid.

    numpy's bincount counts them; a compiled loop does two to three times as many updates a second.
    """
    n, k = case.factors.shape
    times, rest = divmod(n * len(latents) * k, len(_CODES))
    for _ in range(times):
        np.bincount(_CODES, minlength=_CELLS)
    return np.array([np.bincount(_CODES[:rest], minlength=_CELLS)], dtype=np.float64)


def has_disentanglement_lib() -> bool:
    """Return whether disentanglement_lib and TensorFlow, which it needs, are installed."""
    return find_spec("disentanglement_lib") is not None and find_spec("tensorflow") is not None
