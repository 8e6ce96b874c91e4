"""Probes on all latents together: what each says of a factor on test rows, class by class or as numbers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..linear.softmax import decisions, fit_softmax
from .classifiers import check_strength, fitted
from .cross_validated import best_strength

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]

# Probes by name: those made of planes, with their scores, and ensembles of scikit-learn.
PLANES = ("multinomial", "ovr", "ovr-raw")
ENSEMBLES = ("gbt", "forest")

_EQUAL = 1e-9  # part of the spread of scores: scores that differ by less than this differ by rounding only


class Said(NamedTuple):
    """What a probe says of the test rows.

    Attributes
    ----------
    classes : ndarray of int of shape (t,)
        The predicted class.
    scores : ndarray of shape (t, n_classes), or None
        The larger the likelier; minus infinity for a class without training rows. None if the probe has no scores.
    converged : bool
    """

    classes: Codes
    scores: Floats | None
    converged: bool = True


@dataclass(frozen=True)
class JointProbe:
    """A probe on all latents.

    Two equal probes say the same of the same rows, so that what one says can be kept for the other.

    Parameters
    ----------
    probe : str or scikit-learn estimator
        One of `PLANES` or `ENSEMBLES`.
    C : float
        Inverse strength of the penalty of planes; a ridge regression has the penalty 1 / C.
    balanced : bool
        Whether the classes weigh alike, in one-vs-rest the two sides of each problem.
    seed : int or None
        The seed of an ensemble; None for 0.
    tuned : bool
        Whether C is chosen on the training rows of each fit, see :func:`cross_validated.best_strength`.
    """

    probe: Any = "multinomial"
    C: float = 1.0
    balanced: bool = False
    seed: int | None = None
    tuned: bool = False

    @property
    def of_numbers(self) -> bool:
        """Whether every factor is predicted as numbers."""
        from sklearn.base import is_regressor

        return not isinstance(self.probe, str) and bool(is_regressor(self.probe))

    @property
    def by_ridge(self) -> bool:
        """Whether numbers are predicted by ridge regression, since the probe predicts classes."""
        return self.probe in PLANES if isinstance(self.probe, str) else not self.of_numbers

    def classify(self, x: Floats, y: Codes, n_classes: int, x_test: Floats, weight: Floats | None = None) -> Said:
        """Return what the probe, trained on rows (m, p) of classes (m,), says of the class of test rows (t, p)."""
        if np.all(y == y[0]):  # a single class is the only possible answer
            scores = np.full((len(x_test), n_classes), -np.inf)
            scores[:, y[0]] = 0.0
            return Said(np.full(len(x_test), y[0]), scores)
        if self.tuned:
            return self._tuned(x, y, n_classes, weight).classify(x, y, n_classes, x_test, weight)
        if not isinstance(self.probe, str) or self.probe in ENSEMBLES:
            return _by_sklearn(self._estimator(False), x, y, n_classes, x_test, weight)
        check_strength(self.C, weight)
        if self.probe == "multinomial":
            return self._multinomial(x, y, n_classes, x_test, weight)
        return self._one_vs_rest(x, y, n_classes, x_test, weight)

    def regress(self, x: Floats, y: Floats, x_test: Floats, weight: Floats | None = None) -> Floats:
        """Return the numbers (t, q) that the probe, trained on rows (m, p) and numbers (m, q), predicts."""
        if self.tuned:
            return self._tuned(x, y, 0, weight).regress(x, y, x_test, weight)
        estimator = self._estimator(True)
        return np.stack(
            [np.reshape(fitted(estimator, x, column, weight).predict(x_test), -1) for column in y.T], axis=1
        )

    def _tuned(self, x: Floats, y: Codes | Floats, n_classes: int, weight: Floats | None) -> JointProbe:
        """Return the probe with the C that is best on folds of the training rows: by accuracy, or by squared error."""

        def score(C: float, train: Codes, test: Codes) -> float:
            w_train, w_test = (None, None) if weight is None else (weight[train], weight[test])
            fixed = replace(self, C=C, tuned=False)
            if n_classes:
                said = fixed.classify(x[train], y[train].astype(np.intp), n_classes, x[test], w_train).classes
                return float(np.average(said == y[test], weights=w_test))
            error = (fixed.regress(x[train], y[train].astype(np.float64), x[test], w_train) - y[test]) ** 2
            return -float(np.average(error.sum(axis=1), weights=w_test))

        return replace(self, C=best_strength(len(y), score) if len(y) > 1 else self.C, tuned=False)

    def _multinomial(self, x: Floats, y: Codes, n_classes: int, x_test: Floats, weight: Floats | None) -> Said:
        fit = fit_softmax(x, y, n_classes, self.C, _balancing(y, weight) if self.balanced else weight)
        heights = decisions(x_test, fit)
        return Said(first_of_best(heights), heights - _rest(heights), fit.converged)

    def _one_vs_rest(self, x: Floats, y: Codes, n_classes: int, x_test: Floats, weight: Floats | None) -> Said:
        scores = np.full((len(x_test), n_classes), -np.inf)
        converged = True
        for c in np.unique(y):
            own = (y == c).astype(np.intp)
            fit = fit_softmax(x, own, 2, self.C, _balancing(own, weight) if self.balanced else weight)
            rest, heights = decisions(x_test, fit).T
            scores[:, c] = heights - rest
            converged &= fit.converged
        classes = first_of_best(scores)
        if self.probe == "ovr":  # each probability as a share of their sum
            logs = -np.logaddexp(0.0, -scores)
            scores = logs - _rest(logs)
        return Said(classes, scores, converged)

    def _estimator(self, of_numbers: bool) -> Any:
        """Return the scikit-learn estimator that predicts classes, or numbers: ridge where the probe does not."""
        from sklearn import ensemble
        from sklearn.linear_model import Ridge

        seed = self.seed or 0
        if self.probe == "gbt":
            which = ensemble.GradientBoostingRegressor if of_numbers else ensemble.GradientBoostingClassifier
            return which(random_state=seed)
        if self.probe == "forest":
            which = ensemble.RandomForestRegressor if of_numbers else ensemble.RandomForestClassifier
            return which(random_state=seed)
        return Ridge(alpha=1.0 / self.C) if of_numbers and self.by_ridge else self.probe


def _by_sklearn(estimator: Any, x: Floats, y: Codes, n_classes: int, x_test: Floats, weight: Floats | None) -> Said:
    model = fitted(estimator, x, y, weight)
    classes = np.asarray(model.predict(x_test), dtype=np.intp)
    if not hasattr(model, "predict_proba"):
        return Said(classes, None)
    scores = np.full((len(x_test), n_classes), -np.inf)
    scores[:, model.classes_] = model.predict_proba(x_test)
    return Said(classes, scores)


def first_of_best(scores: Floats) -> Codes:
    """Return the place of the largest score of each row (t, c), the first of those that differ by rounding only."""
    best = scores.max(axis=1, keepdims=True)
    drawn = scores[:, np.isfinite(scores).all(axis=0)]
    return np.asarray((scores >= best - _EQUAL * np.ptp(drawn)).argmax(axis=1), dtype=np.intp)


def _rest(heights: Floats) -> Floats:
    """Return the log of the sum of the exponentials of the other columns, for each column: (t, c), c >= 2."""
    rows = np.arange(len(heights))
    top = heights.argmax(axis=1)
    below = heights.copy()
    below[rows, top] = -np.inf
    second = below.max(axis=1)
    shares = np.exp(heights - heights[rows, top][:, None])
    # no share but the largest is more than half of the sum, so that the difference keeps its digits
    rest = heights[rows, top][:, None] + np.log(np.maximum(shares.sum(axis=1, keepdims=True) - shares, 0.5))
    rest[rows, top] = second + np.log(np.exp(below - second[:, None]).sum(axis=1))
    return np.asarray(rest)


def _balancing(y: Codes, weight: Floats | None) -> Floats:
    """Return weights of rows (m,) under which all classes weigh alike, and all rows together as much as before."""
    given = np.ones(len(y)) if weight is None else weight
    of_class = np.bincount(y, given)
    return np.asarray(given * (of_class.sum() / (np.count_nonzero(of_class) * of_class[y])))
