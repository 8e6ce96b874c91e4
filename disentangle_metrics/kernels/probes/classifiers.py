"""Classifiers that see one latent at a time.

A classifier takes training and test rows, and the number of classes of each factor, and returns hits ``(d, k, max
n_classes)``: the number of test rows of each class that each latent predicts right. Hits are summed over folds, and
every score is computed from them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError, OptionError
from ...options import integer
from ..columns.sorting import Order, OrderOf, Orders, among
from ..columns.weighted_counts import most, totals
from ..dispatch import swappable, threads
from ..linear.univariate import Lines, predict_lines
from .interval_lookup import FEW, Rule, predictions
from .splits import holdout, standardize
from .threshold import fit_all_cuts, predict_cuts

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]

# The values of C that C="tuned" chooses from; of two equally good values the smaller one is taken.
C_GRID = tuple(10.0**power for power in range(-4, 5))

# With many rows and a larger C than this, the penalty is lost in the rounding of float64.
LARGEST_C = 1e9

# Beyond this a sum of squares overflows float64.
_LARGEST = 1e100

_BLOCK = 1 << 16  # values of latents worked on at a time
_WIDE_BLOCK = 1 << 20  # on several threads


class Hits(NamedTuple):
    """Test rows of each class that each latent predicts right (d, k, max n_classes), and whether every fit converged.

    On request row by row: (d, k, t), 1 for a row that is predicted right. If rows have weights, the weights are summed.
    """

    right: NDArray[Any]
    converged: bool = True


class Rows(NamedTuple):
    """Training and test rows, a few latents at a time, so that never all latents are copied.

    Attributes
    ----------
    latents : ndarray of shape (n_samples, d), of any real dtype
    train, test : ndarray of shape (m,) and (t,)
        Row numbers.
    y_train, y_test : ndarray of shape (k, m) and (k, t)
        Class codes of each factor, or numbers.
    standardized : bool
        Whether each latent is standardized on the training rows, for classifiers that depend on its scale.
    w_train, w_test : ndarray of shape (m,) and (t,), or None
        How much each row counts; None if every row counts once.
    by_row : bool
        Whether hits are returned row by row, and not as numbers in each class.
    ordered : sequence of bool of length k, or empty
        Whether the classes of each factor have a meaningful order; empty if none have.
    orders : Orders or None
        The orders of the latents on all rows; None if no other classifier needs them.
    """

    latents: NDArray[Any]
    train: Codes
    test: Codes
    y_train: NDArray[Any]
    y_test: NDArray[Any]
    standardized: bool
    w_train: Floats | None = None
    w_test: Floats | None = None
    by_row: bool = False
    ordered: Sequence[bool] = ()
    orders: Orders | None = None

    def kept(self, n_classes: Sequence[int]) -> int:
        """Return the number of classes in which hits are counted: 0 if they are kept row by row."""
        return 0 if self.by_row else max(n_classes)

    @property
    def shape(self) -> tuple[int, int]:
        """Number of latents and of factors."""
        return self.latents.shape[1], len(self.y_train)

    def blocks(self) -> Iterator[Rows]:
        """Yield the rows of a block of latents: several latents if rows are few, else one, or one per thread."""
        n_latents, _ = self.shape
        n_rows = len(self.train) + len(self.test)
        step = max(1, _BLOCK // n_rows, min(threads(), _WIDE_BLOCK // n_rows))
        for start in range(0, n_latents, step):
            block = slice(start, min(start + step, n_latents))
            orders = None if self.orders is None else self.orders.chosen(block)
            yield self._replace(latents=self.latents[:, block], orders=orders)

    def order(self, j: int) -> Order:
        """Return the order of a latent on the training rows, as places among them: (m,)."""
        return np.argsort(self.latents[self.train, j]) if self.orders is None else self.orders.of(j, self.train)

    def raw(self) -> tuple[Floats, Floats]:
        """Return the training and the test rows of the latents as float64: (d, m) and (d, t)."""
        x = np.array(self.latents.T, dtype=np.float64, order="C")
        return x.take(self.train, axis=1), x.take(self.test, axis=1)

    def values(self) -> tuple[Floats, Floats]:
        """Return the rows of `raw`, standardized if `standardized` is set."""
        x_train, x_test = self.raw()
        return standardize(x_train, x_test, self.w_train) if self.standardized else (x_train, x_test)


Classifier = Callable[[Rows, Sequence[int]], Hits]

# From latents (d, m), class codes (k, m), the numbers of classes, C (d, n_strengths, k), the weights of rows (m,) or
# None, and a function that returns the ascending order of a latent: the lines of each factor.
FitLines = Callable[[Floats, NDArray[np.integer], Sequence[int], Floats, Floats | None, OrderOf], list[Lines]]


@dataclass(frozen=True)
class Tree:
    """A decision tree as a probe: CART with the Gini criterion, as scikit-learn's ``DecisionTreeClassifier`` grows it.

    Parameters
    ----------
    max_depth : int, "cv" or "tuned", default 9
        A latent is cut into at most 2**max_depth pieces. Otherwise a depth of 1, ..., 9 is chosen for each latent and
        factor: by accuracy over ten stratified folds of the training rows (``"cv"``), or on a held-out part of the
        training rows (``"tuned"``).
    min_samples_leaf : int, default 1
        Smallest number of training rows in a piece.
    """

    max_depth: int | str = 9
    min_samples_leaf: int = 1

    def __post_init__(self) -> None:
        if self.max_depth not in ("cv", "tuned"):
            object.__setattr__(self, "max_depth", integer("max_depth", self.max_depth, 1))
        object.__setattr__(self, "min_samples_leaf", integer("min_samples_leaf", self.min_samples_leaf, 1))


def line_classifier(fit: FitLines, C: float | str, validation_size: float, seed: int | None) -> Classifier:
    """Return the classifier that fits a line per class. If C is ``"tuned"``, each latent and factor has its own C."""

    def hits(x_train: Floats, x_test: Floats, rows: Rows, n_classes: Sequence[int]) -> Hits:
        if max(np.abs(x_train).max(), np.abs(x_test).max()) > _LARGEST:
            raise InputError(f"latents beyond {_LARGEST:g} cannot be squared. Rescale them, or use standardize=True.")
        if C == "tuned":
            strength, tuned = tuned_strength(x_train, rows, n_classes, fit, validation_size, seed)
        else:
            strength, tuned = np.full((len(x_train), len(n_classes)), C), True
        check_strength(float(strength.max()), rows.w_train)
        fits = fit(x_train, rows.y_train, n_classes, strength[:, None], rows.w_train, rows.order)
        right = lines_right(fits, x_test, rows.y_test, rows.kept(n_classes), rows.w_test)[:, 0]
        return Hits(right, tuned and all(lines.converged for lines in fits))

    return lambda rows, n_classes: in_blocks(hits, rows, n_classes)


def check_strength(C: float, weight: Floats | None) -> None:
    """Raise InputError if a row weighs so much that the penalty is lost in the rounding of float64."""
    if weight is not None and C * weight.max() > LARGEST_C:
        raise InputError(
            f"C={C:g} times a weight of {weight.max():g} is beyond {LARGEST_C:g}, where the penalty is lost in the "
            "rounding of float64. Divide the weights by their mean, or pass a smaller C."
        )


def in_blocks(
    hits: Callable[[Floats, Floats, Rows, Sequence[int]], Hits],
    rows: Rows,
    n_classes: Sequence[int],
    values: Callable[[Rows], tuple[Floats, Floats]] = Rows.values,
) -> Hits:
    """Return the hits of all latents, computed block by block, so that only one block is held as float64.

    Classifiers that only compare values of one latent take `Rows.raw` in any case. Their answer does not depend on the
    scale, and standardization rounds: it makes equal distances unequal and moves values across edges.
    """
    parts = [hits(*values(block), block, n_classes) for block in rows.blocks()]
    return Hits(np.concatenate([part.right for part in parts]), all(part.converged for part in parts))


@swappable(saves=100)
def lines_right(
    fits: Sequence[Lines], x: Floats, y: NDArray[np.integer], n_classes: int, weight: Floats | None = None
) -> NDArray[Any]:
    """Return the number of rows of each class that lines predict right: (d, n_strengths, k, n_classes).

    For 0 classes row by row: (d, n_strengths, k, n).
    """
    n_strengths = fits[0].slope.shape[1]
    shape = len(x), n_strengths, len(fits), n_classes or x.shape[1]
    right = np.empty(shape, dtype=np.int64 if weight is None else np.float64)
    if x.shape[1] <= FEW:
        for k, (lines, actual) in enumerate(zip(fits, y, strict=True)):
            right[:, :, k] = right_of_class(predict_lines(x[:, None], lines), actual, n_classes, weight)
        return right
    for i, s in np.ndindex(right.shape[:2]):
        rules = [partial(predict_lines, lines=lines.pick(i, s)) for lines in fits]
        right[i, s] = count_hits(rules, x[i], y, n_classes, weight)
    return right


def tuned_strength(
    x: Floats, rows: Rows, n_classes: Sequence[int], fit: FitLines, size: float, seed: int | None
) -> tuple[Floats, bool]:
    """Return the best C of `C_GRID` for each pair (d, k) on a held-out part of the training rows.

    Also return whether every fit converged. `x` are the latents on the training rows (d, m).
    """
    y, weight = rows.y_train, rows.w_train
    inner_train, inner_test = holdout(x.shape[1], size, seed)
    if not len(inner_train):
        return np.full((len(x), len(y)), C_GRID[0]), True
    grid = np.broadcast_to(np.array(C_GRID)[:, None], (len(x), len(C_GRID), len(y)))
    w_train, w_test = (None, None) if weight is None else (weight[inner_train], weight[inner_test])
    fits = fit(
        x[:, inner_train], y[:, inner_train], n_classes, grid, w_train, lambda j: among(rows.order(j), inner_train)
    )
    right = lines_right(fits, x[:, inner_test], y[:, inner_test], max(n_classes), w_test).sum(axis=3)
    return np.array(C_GRID)[most(np.moveaxis(right, 1, -1))], all(lines.converged for lines in fits)


def threshold_classifier(rows: Rows, n_classes: Sequence[int]) -> Hits:
    """Return the hits of the cuts of each latent with the best balanced accuracy on the training rows."""

    def hits(x_train: Floats, x_test: Floats, rows: Rows, n_classes: Sequence[int]) -> Hits:
        right = []
        for j, (x, test) in enumerate(zip(x_train, x_test, strict=True)):
            fits = fit_all_cuts(x, rows.y_train, n_classes, rows.w_train, rows.ordered, rows.order(j))
            rules = [partial(predict_cuts, cuts=cuts) for cuts in fits]
            right.append(count_hits(rules, test, rows.y_test, rows.kept(n_classes), rows.w_test))
        return Hits(np.stack(right))

    return in_blocks(hits, rows, n_classes, Rows.raw)


def estimator_classifier(estimator: Any) -> Classifier:
    """Return the classifier that fits a clone of a scikit-learn classifier on each latent and factor."""

    def predicted(x: Floats, y: Codes, x_test: Floats, weight: Floats | None) -> NDArray[Any]:
        if np.all(y == y[0]):  # many classifiers refuse a single class, and the answer can only be that class
            return np.full(len(x_test), y[0])
        return np.asarray(fitted(estimator, x[:, None], y, weight).predict(x_test[:, None]))

    def hits(x_train: Floats, x_test: Floats, rows: Rows, n_classes: Sequence[int]) -> Hits:
        kept = rows.kept(n_classes)
        shape = len(x_train), len(n_classes), kept or len(rows.test)
        right = np.zeros(shape, dtype=np.int64 if rows.w_test is None else np.float64)
        for j, k in np.ndindex(right.shape[:2]):
            classes = predicted(x_train[j], rows.y_train[k].astype(np.intp), x_test[j], rows.w_train)
            right[j, k] = right_of_class(classes, rows.y_test[k], kept, rows.w_test)
        return Hits(right)

    return lambda rows, n_classes: in_blocks(hits, rows, n_classes)


def fitted(estimator: Any, x: Floats, y: NDArray[Any], weight: Floats | None) -> Any:
    """Return a clone of a scikit-learn estimator, fitted to latents (m, p) and labels or numbers (m,).

    Raises
    ------
    OptionError
        If rows have weights and the estimator does not take them.
    """
    from sklearn.base import clone
    from sklearn.utils.validation import has_fit_parameter

    if weight is None:
        return clone(estimator).fit(x, y)
    if not has_fit_parameter(estimator, "sample_weight"):
        raise OptionError(
            f"probe={estimator!r} takes no sample_weight in fit. Use another probe, or score without weights."
        )
    return clone(estimator).fit(x, y, sample_weight=weight)


def count_hits(
    rules: Sequence[Rule], x: Floats, y: NDArray[np.integer], n_classes: int, weight: Floats | None = None
) -> NDArray[Any]:
    """Return the number of test rows of each class that the rules of one latent predict right: (k, n_classes)."""
    each = zip(predictions(x, rules), y, strict=True)
    return np.stack([right_of_class(predicted, actual, n_classes, weight) for predicted, actual in each])


def right_of_class(
    predicted: NDArray[Any], actual: NDArray[np.integer], n_classes: int, weight: Floats | None = None
) -> NDArray[Any]:
    """Return the number, or the weight (n,), of right predictions (..., n) in each class: (..., n_classes).

    For 0 classes, return for each row whether it was predicted right, whatever its weight.
    """
    if not n_classes:
        return np.asarray(predicted == actual, dtype=np.int64)
    shape = predicted.shape[:-1]
    set_of_row = n_classes * np.arange(int(np.prod(shape))).reshape(*shape, 1)
    hit = predicted == actual
    times = None if weight is None else np.broadcast_to(weight, hit.shape)[hit]
    counts = totals((set_of_row + actual)[hit], n_classes * set_of_row.size, times)
    return counts.astype(np.int64 if weight is None else np.float64, copy=False).reshape(*shape, n_classes)
