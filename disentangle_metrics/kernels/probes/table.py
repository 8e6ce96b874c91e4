"""Scores of each latent as the predictor of each factor: probes by name, and their scores on held-out rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...errors import OptionError
from ..columns.sorting import OrderOf, Orders
from ..columns.weighted_counts import totals
from ..linear.hinge import squared_hinge_loss
from ..linear.logistic import logistic_loss
from ..linear.multinomial import fit_multinomial
from ..linear.one_vs_rest import one_vs_rest
from ..linear.univariate import Lines, Loss, fit_all_lines
from .classifiers import (
    Classifier,
    FitLines,
    Rows,
    Tree,
    estimator_classifier,
    fitted,
    line_classifier,
    threshold_classifier,
)
from .histogram import Histogram
from .knn import KNN
from .multivariate import joint_classifier
from .naive_bayes import gaussian_classifier
from .splits import Split
from .trees import tree_classifier

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class LineProbe:
    """A line per class with its own C: one-vs-rest with its loss and class weights, or else multinomial."""

    loss: Loss | None
    C: float
    class_weight: str | None

    def fit(self, balanced: bool) -> FitLines:
        """Return the function that fits the lines."""
        loss = self.loss
        if loss is None:
            return fit_multinomial
        laid_out: list[Any] = [None, None]  # layout of the last factors, which are the same for every block of latents

        def fit(
            x: Floats,
            y: NDArray[np.integer],
            n_classes: Sequence[int],
            C: Floats,
            weight: Floats | None,
            order: OrderOf,
        ) -> list[Lines]:
            if laid_out[0] is not y:
                laid_out[:] = y, one_vs_rest(y, n_classes, balanced, weight)
            return fit_all_lines(x, laid_out[1]._replace(order=order), n_classes, loss, C)

        return fit


LINE_PROBES = {
    "logistic": LineProbe(logistic_loss, C=0.1, class_weight="none"),
    "linear-svm": LineProbe(squared_hinge_loss, C=0.01, class_weight="balanced"),
    "multinomial": LineProbe(None, C=0.1, class_weight=None),
}
ONE_VS_REST = tuple(name for name, probe in LINE_PROBES.items() if probe.class_weight is not None)
# Strategies with parameters, and names for a few of them.
TUNED_PROBES: dict[str, Any] = {"tree": Tree, "histogram": Histogram, "knn": KNN}
_NAMED = {**{name: made() for name, made in TUNED_PROBES.items()}, "tree-cv": Tree(max_depth="cv")}
PROBES = (*LINE_PROBES, *_NAMED, "gaussian-nb", "threshold", "r2")


class Probe(NamedTuple):
    """A probe whose options are all resolved.

    Attributes
    ----------
    classifier : callable or None
        The classifier of categorical factors; None scores them by R2 as numbers.
    regressor : scikit-learn regressor or None
        The regressor of continuous factors; None takes the squared correlation.
    settings : dict
        ``probe``, ``C`` and ``class_weight`` as resolved, None where they do not apply.
    jointly : callable or None
        The classifier of categorical factors from several latents together; set by `with_joint`.
    """

    classifier: Classifier | None
    regressor: Any
    settings: dict[str, Any]
    jointly: Classifier | None = None

    def with_joint(self, validation_size: float, seed: int | None) -> Probe:
        """Return this probe with its classifier for several latents together."""
        if self.classifier is None:
            return self
        return self._replace(jointly=joint_classifier(self.settings, validation_size, seed))


def resolve_probe(
    probe: Any, C: float | str | None, class_weight: str | None, seed: int | None, validation_size: float = 0.2
) -> Probe:
    """Return the probe that is given by name, with parameters (as :class:`Tree`), or as a scikit-learn estimator.

    A tuned parameter is chosen on ceil(`validation_size` m) of the m training rows, split by `seed`.

    Raises
    ------
    OptionError
        If the probe is not known, or has no such option.
    """
    name = probe.replace("_", "-") if isinstance(probe, str) else probe
    if isinstance(name, str) and name in LINE_PROBES:
        return _line_probe(name, C, class_weight, seed, validation_size)
    _only_for("C", C, LINE_PROBES, probe)
    _only_for("class_weight", class_weight, ONE_VS_REST, probe)
    settings = {"probe": name, "C": None, "class_weight": None}
    if name == "r2":
        return Probe(None, None, settings)
    if name == "threshold":
        return Probe(threshold_classifier, None, settings)
    if name == "gaussian-nb":
        return Probe(gaussian_classifier(), None, settings)
    tuned = _NAMED[name] if isinstance(name, str) else name
    if isinstance(tuned, (Histogram, KNN)):
        return Probe(tuned.classifier(validation_size, seed), None, {**settings, "probe": tuned})
    if isinstance(tuned, Tree):
        return Probe(tree_classifier(tuned, validation_size, seed), None, {**settings, "probe": tuned})
    return _estimator_probe(name, settings, seed)


def _only_for(option: str, value: Any, owners: Iterable[str], probe: Any) -> None:
    if value is not None:
        raise OptionError(
            f"{option}={value!r} belongs to the probes {sorted(owners)} and not to {probe!r}. Leave it out."
        )


def is_tuned(probe: Probe) -> bool:
    """Return whether a parameter of the probe is chosen on a part of the training rows."""
    settled = probe.settings["probe"]
    own = vars(settled).values() if isinstance(settled, tuple(TUNED_PROBES.values())) else ()
    return "tuned" in (probe.settings["C"], *own)


def draws(probe: Probe) -> bool:
    """Return whether the predictions depend on the seed, apart from the split of the rows."""
    settled = probe.settings["probe"]
    # of several latents that cut equally well a tree takes a random one
    return (
        is_tuned(probe) or hasattr(settled, "get_params") or (probe.jointly is not None and isinstance(settled, Tree))
    )


def is_estimator(probe: Any) -> bool:
    """Whether an object can be fitted and copied as a scikit-learn estimator is."""
    return all(hasattr(probe, method) for method in ("fit", "predict", "get_params"))


def _line_probe(
    name: str, C: float | str | None, class_weight: str | None, seed: int | None, validation_size: float
) -> Probe:
    probe = LINE_PROBES[name]
    if name not in ONE_VS_REST:
        _only_for("class_weight", class_weight, ONE_VS_REST, name)
    strength = probe.C if C is None else C
    weight = probe.class_weight if class_weight is None else class_weight
    classifier = line_classifier(probe.fit(weight == "balanced"), strength, validation_size, seed)
    return Probe(classifier, None, {"probe": name, "C": strength, "class_weight": weight})


def _estimator_probe(estimator: Any, settings: dict[str, Any], seed: int | None) -> Probe:
    from sklearn.base import is_regressor

    estimator = seeded(estimator, seed)
    settings = {**settings, "probe": estimator}
    if is_regressor(estimator):
        return Probe(None, estimator, settings)
    return Probe(estimator_classifier(estimator), None, settings)


def seeded(estimator: Any, seed: int | None) -> Any:
    """Return a clone of a scikit-learn estimator that draws by the seed wherever it has none of its own.

    Raises
    ------
    OptionError
        If it is neither a classifier nor a regressor.
    """
    from sklearn.base import clone, is_classifier, is_regressor

    if isinstance(estimator, type) or not (is_classifier(estimator) or is_regressor(estimator)):
        raise OptionError(
            f"probe={estimator!r} is neither a classifier nor a regressor. "
            "Pass an instance of one, for example KNeighborsClassifier()."
        )
    estimator = clone(estimator)
    # An estimator without a seed would read numpy's global state, and the score could not be reproduced.
    seeds = {name: seed or 0 for name, value in estimator.get_params().items() if _is_seed(name) and value is None}
    estimator.set_params(**seeds)
    for value in estimator.get_params().values():  # the splitters of a search, which clone has copied
        if not hasattr(value, "get_params") and getattr(value, "random_state", 0) is None:
            value.random_state = seed or 0
    return estimator


def _is_seed(parameter: str) -> bool:
    return parameter.rpartition("__")[2] == "random_state"


def held_out_scores(
    latents: NDArray[Any],
    y: NDArray[np.integer],
    n_classes: Sequence[int],
    splits: Sequence[Split],
    classifier: Classifier,
    standardized: bool,
    scoring: str,
    weight: Floats | None = None,
    ordered: Sequence[bool] = (),
    orders: Orders | None = None,
) -> tuple[Floats, bool]:
    """Return the score of each latent on each factor over all test rows (d, k), and whether every fit converged.

    Parameters
    ----------
    latents : ndarray of shape (n, d)
    y : ndarray of int of shape (k, n)
        Class codes.
    n_classes : sequence of int of length k
    splits : sequence of pairs of row numbers
        Hits are summed over the splits before they are scored.
    classifier : callable
    standardized : bool
        Whether each latent is first standardized on the training rows.
    scoring : str
    weight : ndarray of shape (n,), optional
        Weight of each row, as a training row and as a test row.
    ordered : sequence of bool of length k
        Whether the classes of each factor have a meaningful order; by default none have.
    orders : Orders, optional
        The orders of the latents.
    """
    right: Any = 0
    total: Any = 0
    converged = True
    for split in splits:
        rows = _rows(latents, y, split, standardized, weight)._replace(ordered=ordered, orders=orders)
        hits = classifier(rows, n_classes)
        right = right + hits.right
        total = total + np.stack([totals(tested, hits.right.shape[2], rows.w_test) for tested in rows.y_test])
        converged &= hits.converged
    return SCORINGS[scoring](right, total), converged


def held_out_r2(
    latents: NDArray[Any],
    y: Floats,
    splits: Sequence[Split],
    estimator: Any,
    standardized: bool,
    weight: Floats | None = None,
    factor: Sequence[int] | None = None,
    together: bool = False,
) -> Floats:
    """Return 1 - (squared error / squared deviation) over all test rows for each latent and factor (k, n): (d, k).

    If the test rows all have one value, the score is 1 for a perfect prediction and 0 for any other, as in
    scikit-learn. A factor may have several rows of y, if `factor` numbers them, ascending from 0: their squares are
    added. The estimator gets the latents one at a time, or all `together`: (1, k).
    """
    error = sum(
        _squared_errors(_rows(latents, y, split, standardized, weight), estimator, together) for split in splits
    )
    tests = np.concatenate([test for _, test in splits])
    tested, times = y[:, tests], None if weight is None else weight[tests]
    centered = tested - tested[:, :1]  # first, so that an offset costs no digits
    squares = (centered - np.average(centered, axis=1, weights=times)[:, None]) ** 2
    deviation = (squares if times is None else squares * times).sum(axis=1)
    constant = tested.min(axis=1) == tested.max(axis=1)
    if factor is not None:
        first = np.searchsorted(factor, np.arange(factor[-1] + 1))
        error, deviation = np.add.reduceat(error, first, axis=1), np.add.reduceat(deviation, first)
        constant = np.logical_and.reduceat(constant, first)
    r2 = 1.0 - error / np.where(constant, 1.0, deviation)
    return np.where(constant, np.where(error == 0, 1.0, 0.0), r2)


def _rows(latents: NDArray[Any], y: NDArray[Any], split: Split, standardized: bool, weight: Floats | None) -> Rows:
    train, test = split
    times = (None, None) if weight is None else (weight[train], weight[test])
    return Rows(latents, train, test, y.take(train, axis=1), y.take(test, axis=1), standardized, *times)


def _squared_errors(rows: Rows, estimator: Any, together: bool) -> Floats:
    times = 1.0 if rows.w_test is None else rows.w_test

    def errors(x_train: Floats, x_test: Floats) -> Floats:
        seen = [np.s_[:]] if together else [np.s_[j : j + 1] for j in range(len(x_train))]
        result = np.zeros((len(seen), len(rows.y_train)))
        for j, k in np.ndindex(result.shape):
            model = fitted(estimator, x_train[seen[j]].T, rows.y_train[k], rows.w_train)
            predicted = model.predict(x_test[seen[j]].T)
            result[j, k] = np.sum(times * (rows.y_test[k] - np.reshape(predicted, -1)) ** 2)
        return result

    return np.concatenate([errors(*block.values()) for block in ([rows] if together else rows.blocks())])


def accuracy(right: NDArray[Any], total: NDArray[Any]) -> Floats:
    """Return the share of rows (or of weight) that are right, from hits (d, k, c) and rows per class (k, c): (d, k)."""
    return np.asarray(right.sum(axis=2) / total.sum(axis=1))


def balanced_accuracy(right: NDArray[Any], total: NDArray[Any]) -> Floats:
    """Return the mean, over the classes with test rows, of the share of right rows in each class: (d, k)."""
    tested = total > 0
    recall = right / np.where(tested, total, 1)
    return np.asarray((recall * tested).sum(axis=2) / tested.sum(axis=1))


SCORINGS = {"accuracy": accuracy, "balanced-accuracy": balanced_accuracy}
