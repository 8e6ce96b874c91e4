"""Classifiers on several latents at once: the probes by name, on p coordinates.

Each is a `classifiers.Classifier` that takes all latents of its rows as one: its hits are (1, k, max n_classes).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError, OptionError
from ..columns.origin import from_first
from ..columns.weighted_counts import most, totals
from ..linear.hinge import squared_hinge_loss
from ..linear.logistic import logistic_loss
from ..linear.multivariate import fit_planes, predict_planes
from .classifiers import (
    C_GRID,
    Classifier,
    Codes,
    Floats,
    Hits,
    Rows,
    Tree,
    check_strength,
    fitted,
    right_of_class,
)
from .histogram import Histogram
from .knn import KNN, NEIGHBORS_GRID
from .naive_bayes import tie
from .splits import Split, holdout
from .trees import DEEPEST, N_FOLDS, stratified_folds

# From training rows (m, p), their class codes (m,), the number of classes, test rows (t, p), a parameter, and the
# weights of the training rows (m,) or None: the predicted classes, and whether the fit converged.
Predict = Callable[[Floats, NDArray[np.integer], int, Floats, Any, Floats | None], tuple[Codes, bool]]
# From class codes of training rows: the splits by which a parameter is chosen.
Inside = Callable[[NDArray[np.integer]], Sequence[Split]]

_LARGEST = 1e100  # beyond this a sum of squares overflows float64
_EQUAL = 1e-12  # mean accuracies that differ by less than this differ by rounding only
_ROUNDED = 1e-13  # part of the extent of the rows: distances that differ by less than this differ by rounding only
_RANGE = 2.0**30  # range of latents for a tree, which takes values nearer than 1e-7 as equal
_MULTINOMIAL = {"solver": "newton-cg", "tol": 1e-10, "max_iter": 1000}


def joint_classifier(settings: Mapping[str, Any], validation_size: float, seed: int | None) -> Classifier:
    """Return the classifier of a settled probe (`probes.Probe.settings`) for several latents at once.

    Raises
    ------
    OptionError
        If the probe cuts a single coordinate.
    """
    probe, C = settings["probe"], settings["C"]

    def held_out(y: NDArray[np.integer]) -> Sequence[Split]:
        return [holdout(len(y), validation_size, seed)]

    if probe in ("logistic", "linear-svm"):
        return _classifier(_planes(probe, settings["class_weight"]), C, C_GRID, held_out)
    if probe == "multinomial":
        return _classifier(_by_scores(_multinomial, _decision), C, C_GRID, held_out)
    if isinstance(probe, KNN):
        return _classifier(_predict_by_neighbors, probe.k, NEIGHBORS_GRID, held_out)
    if isinstance(probe, Tree):
        inside = _folds if probe.max_depth == "cv" else held_out
        return _classifier(_by_sklearn(_tree(probe, seed)), probe.max_depth, range(1, DEEPEST + 1), inside, _unrounded)
    if probe == "gaussian-nb":
        return _classifier(_by_scores(_gaussian, _densities), None, (), held_out)
    if probe == "threshold" or isinstance(probe, Histogram):
        raise OptionError(
            f"probe={probe if probe == 'threshold' else 'histogram'!r} cuts a single coordinate and takes no group of "
            "latents. Use 'logistic', 'linear-svm', 'multinomial', 'tree', 'knn' or 'gaussian-nb'."
        )
    return _classifier(_by_sklearn(lambda _: probe), None, (), held_out)


def _classifier(
    predict: Predict,
    value: Any,
    grid: Sequence[Any],
    inside: Inside,
    values: Callable[[Rows], tuple[Floats, Floats]] = Rows.values,
) -> Classifier:
    """Return the classifier that predicts with the given parameter, or with the best one of the grid."""

    def classify(rows: Rows, n_classes: Sequence[int]) -> Hits:
        x, x_test = (part.T for part in values(rows))
        if max(np.abs(x).max(), np.abs(x_test).max()) > _LARGEST:
            raise InputError(f"latents beyond {_LARGEST:g} cannot be squared. Rescale them, or use standardize=True.")
        kept, weight = rows.kept(n_classes), rows.w_train
        shape = 1, len(n_classes), kept or len(rows.test)
        right = np.zeros(shape, dtype=np.int64 if weight is None else np.float64)
        converged = True
        for k, size in enumerate(n_classes):
            y = rows.y_train[k].astype(np.intp)
            chosen = _chosen(predict, x, y, size, grid, inside(y), weight) if isinstance(value, str) else value
            classes, arrived = _predicted(predict, x, y, size, x_test, chosen, weight)
            right[0, k] = right_of_class(classes, rows.y_test[k], kept, rows.w_test)
            converged &= arrived
        return Hits(right, converged)

    return classify


def _unrounded(rows: Rows) -> tuple[Floats, Floats]:
    """Return the latents for a tree, which compares one at a time: minus their first value if standardized.

    The subtraction costs no digit of values on a lattice, so that the middle between two values stays exact.
    """
    if not rows.standardized:
        return rows.raw()
    x, x_test = from_first(*rows.raw(), axis=1)
    return x * _RANGE, x_test * _RANGE


def _predicted(
    predict: Predict, x: Floats, y: Codes, size: int, x_test: Floats, value: Any, weight: Floats | None
) -> tuple[Codes, bool]:
    if np.all(y == y[0]):  # a single class is the only possible answer
        return np.full(len(x_test), y[0]), True
    return predict(x, y, size, x_test, value, weight)


def _chosen(
    predict: Predict,
    x: Floats,
    y: Codes,
    size: int,
    grid: Sequence[Any],
    splits: Sequence[Split],
    weight: Floats | None,
) -> Any:
    """Return the first parameter with the highest mean accuracy over splits of the training rows."""
    splits = [(train, test) for train, test in splits if len(train) and len(test)]
    if not splits:
        return grid[0]

    def accuracy(value: Any, train: Codes, test: Codes) -> float:
        w_train, w_test = (None, None) if weight is None else (weight[train], weight[test])
        classes, _ = _predicted(predict, x[train], y[train], size, x[test], value, w_train)
        return float(np.average(classes == y[test], weights=w_test))

    mean = [np.mean([accuracy(value, *split) for split in splits]) for value in grid]
    return grid[int(np.argmax(np.array(mean) > max(mean) - _EQUAL))]


def _folds(y: NDArray[np.integer]) -> Sequence[Split]:
    fold = stratified_folds(y, N_FOLDS)
    return [(np.flatnonzero(fold != i), np.flatnonzero(fold == i)) for i in range(N_FOLDS)]


def _planes(probe: str, class_weight: str) -> Predict:
    loss = logistic_loss if probe == "logistic" else squared_hinge_loss

    def predict(
        x: Floats, y: NDArray[np.integer], size: int, x_test: Floats, C: float, weight: Floats | None
    ) -> tuple[Codes, bool]:
        check_strength(C, weight)
        planes = fit_planes(x, y, size, loss, C, class_weight == "balanced", weight)
        return predict_planes(x_test, planes), planes.converged

    return predict


def _predict_by_neighbors(
    x: Floats, y: NDArray[np.integer], size: int, x_test: Floats, k: int, weight: Floats | None
) -> tuple[Codes, bool]:
    """Return the class of most rows, or most weight, among the k nearest; all rows as near as the k-th count.

    Distances over several latents depend on their scales. Distances that differ by rounding only count as equal.
    """
    from scipy.spatial import cKDTree

    x_test = x_test - x[:1]
    x = x - x[:1]
    tree = cKDTree(x)
    reach = tree.query(x_test, k=[min(k, len(x))])[0][:, 0]
    reach += _ROUNDED * (reach + np.abs(x).max())
    votes = np.zeros((len(x_test), size), dtype=np.int64 if weight is None else np.float64)
    for row, near in enumerate(tree.query_ball_point(x_test, reach)):
        votes[row] = totals(y[near], size, None if weight is None else weight[near])
    return most(votes), True


def _by_sklearn(build: Callable[[Any], Any]) -> Predict:
    """Return the prediction function of a scikit-learn classifier, which `build` makes from a parameter."""

    def predict(
        x: Floats, y: NDArray[np.integer], size: int, x_test: Floats, value: Any, weight: Floats | None
    ) -> tuple[Codes, bool]:
        return np.asarray(fitted(build(value), x, y, weight).predict(x_test), dtype=np.intp), True

    return predict


def _by_scores(build: Callable[[Any], Any], scores: Callable[[Any, Floats], Floats]) -> Predict:
    """Return a prediction function by the largest score (t, c), the first one of scores that differ by rounding."""

    def predict(
        x: Floats, y: NDArray[np.integer], size: int, x_test: Floats, value: Any, weight: Floats | None
    ) -> tuple[Codes, bool]:
        if build is _multinomial:
            check_strength(value, weight)
        model = fitted(build(value), x, y, weight)
        values = scores(model, x_test)
        best = values.max(axis=1, keepdims=True)
        first = (values >= best - tie(best)).argmax(axis=1)
        return np.asarray(model.classes_[first], dtype=np.intp), True

    return predict


def _decision(model: Any, x: Floats) -> Floats:
    values = np.asarray(model.decision_function(x))
    return np.stack([np.zeros(len(x)), values], axis=1) if values.ndim == 1 else values


def _densities(model: Any, x: Floats) -> Floats:
    return np.asarray(model.predict_joint_log_proba(x))


def _multinomial(C: float) -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=C, **_MULTINOMIAL)


def _tree(tree: Tree, seed: int | None) -> Callable[[int], Any]:
    def build(depth: int) -> Any:
        from sklearn.tree import DecisionTreeClassifier

        return DecisionTreeClassifier(max_depth=depth, min_samples_leaf=tree.min_samples_leaf, random_state=seed or 0)

    return build


def _gaussian(_: Any) -> Any:
    from sklearn.naive_bayes import GaussianNB

    return GaussianNB()
