"""Classifiers that see one latent at a time.

A classifier takes training and test rows, ``(x_train (m, d), y_train (m, k), x_test (t, d), y_test (t, k), n_classes
(k,))``, and returns hits ``(d, k, max n_classes)``: how many test rows of each class each latent got right. Hits add
up over folds, and every score is made of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..options import integer
from .lines import Loss, fit_lines, predict_lines
from .splits import holdout
from .threshold import fit_cuts, predict_cuts

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]

# Values of C that C="tuned" chooses from; where two do as well, the smaller one is taken.
C_GRID = tuple(10.0**power for power in range(-4, 5))

# Beyond this a sum of squares leaves float64.
_LARGEST = 1e100


class Hits(NamedTuple):
    """Test rows of each class that each latent got right (d, k, max n_classes), and whether every fit converged."""

    right: NDArray[np.int64]
    converged: bool = True


class Rows(NamedTuple):
    """Rows that train and rows that test: latents as float64, factors as class codes or as numbers."""

    x_train: Floats
    y_train: NDArray[Any]
    x_test: Floats
    y_test: NDArray[Any]


Classifier = Callable[[Rows, Sequence[int]], Hits]


@dataclass(frozen=True)
class Tree:
    """A decision tree as a probe, scikit-learn's CART with the Gini criterion.

    Parameters
    ----------
    max_depth : int, default 9
        A latent is cut into 2**max_depth pieces at most.
    min_samples_leaf : int, default 1
        Training rows in each piece at least.
    """

    max_depth: int = 9
    min_samples_leaf: int = 1

    def __post_init__(self) -> None:
        integer("max_depth", self.max_depth, 1)
        integer("min_samples_leaf", self.min_samples_leaf, 1)

    def estimator(self) -> Any:
        """Return the scikit-learn estimator."""
        from sklearn.tree import DecisionTreeClassifier

        return DecisionTreeClassifier(max_depth=self.max_depth, min_samples_leaf=self.min_samples_leaf, random_state=0)


def line_classifier(loss: Loss, C: float | str, balanced: bool, seed: int | None) -> Classifier:
    """Return the classifier that fits a line per class, with a C of its own for each pair if C is ``"tuned"``."""

    def classify(rows: Rows, n_classes: Sequence[int]) -> Hits:
        if C == "tuned":
            strength, tuned = tuned_strength(rows, n_classes, loss, balanced, seed)
        else:
            strength, tuned = np.full((rows.x_train.shape[1], len(n_classes)), C), True
        hits = _line_hits(rows, n_classes, loss, strength, balanced)
        return hits._replace(converged=hits.converged and tuned)

    return classify


def _line_hits(rows: Rows, n_classes: Sequence[int], loss: Loss, C: Floats, balanced: bool) -> Hits:
    if max(np.abs(rows.x_train).max(), np.abs(rows.x_test).max()) > _LARGEST:
        raise InputError(f"latents beyond {_LARGEST:g} cannot be squared. Rescale them, or use standardize=True.")
    converged = True
    right = np.zeros((*C.shape, max(n_classes)), dtype=np.int64)
    for j, k in np.ndindex(C.shape):
        x = np.ascontiguousarray(rows.x_train[:, j])
        lines = fit_lines(x, rows.y_train[:, k], n_classes[k], loss, float(C[j, k]), balanced)
        right[j, k] = count_hits(predict_lines(rows.x_test[:, j], lines), rows.y_test[:, k], right.shape[2])
        converged &= lines.converged
    return Hits(right, converged)


def tuned_strength(
    rows: Rows, n_classes: Sequence[int], loss: Loss, balanced: bool, seed: int | None
) -> tuple[Floats, bool]:
    """Return the C of `C_GRID` that does best for each pair (d, k) on a fifth of the training rows, held out inside.

    Also whether every fit on the way reached its optimum.
    """
    inner_train, inner_test = holdout(len(rows.x_train), 0.2, seed)
    shape = (rows.x_train.shape[1], len(n_classes))
    if not len(inner_train):
        return np.full(shape, C_GRID[0]), True
    x, y = rows.x_train, rows.y_train
    inner = Rows(x[inner_train], y[inner_train], x[inner_test], y[inner_test])
    hits = [_line_hits(inner, n_classes, loss, np.full(shape, C), balanced) for C in C_GRID]
    best = np.argmax([hit.right.sum(axis=2) for hit in hits], axis=0)
    return np.array(C_GRID)[best], all(hit.converged for hit in hits)


def threshold_classifier(rows: Rows, n_classes: Sequence[int]) -> Hits:
    """Cut each latent where balanced accuracy on the training rows is best."""
    shape = (rows.x_train.shape[1], len(n_classes))
    right = np.zeros((*shape, max(n_classes)), dtype=np.int64)
    for j, k in np.ndindex(shape):
        cuts = fit_cuts(rows.x_train[:, j], rows.y_train[:, k], n_classes[k])
        right[j, k] = count_hits(predict_cuts(rows.x_test[:, j], cuts), rows.y_test[:, k], right.shape[2])
    return Hits(right)


def estimator_classifier(estimator: Any) -> Classifier:
    """Return the classifier that fits a clone of a scikit-learn classifier on each latent and factor."""

    def classify(rows: Rows, n_classes: Sequence[int]) -> Hits:
        from sklearn.base import clone

        shape = (rows.x_train.shape[1], len(n_classes))
        right = np.zeros((*shape, max(n_classes)), dtype=np.int64)
        for j, k in np.ndindex(shape):
            y = rows.y_train[:, k]
            if np.all(y == y[0]):  # many classifiers refuse a single class; there is nothing else to answer
                predicted = np.full(len(rows.x_test), y[0])
            else:
                predicted = clone(estimator).fit(rows.x_train[:, [j]], y).predict(rows.x_test[:, [j]])
            right[j, k] = count_hits(predicted, rows.y_test[:, k], right.shape[2])
        return Hits(right)

    return classify


def count_hits(predicted: NDArray[Any], actual: Codes, n_classes: int) -> NDArray[np.int64]:
    """Return how many rows of each class were predicted right: (n_classes,)."""
    return np.bincount(actual[predicted == actual], minlength=n_classes).astype(np.int64, copy=False)
