"""Probes with one parameter, fixed or chosen for each latent and factor on training rows alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache, partial
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from ...options import integer
from ..columns.sorting import Ordered, among
from ..columns.weighted_counts import most
from .classifiers import Classifier, Codes, Floats, Hits, Rows, in_blocks, right_of_class
from .splits import holdout

V = TypeVar("V")

# From one latent's training rows (m,), the codes of factors there (k, m), their numbers of classes, the latent's test
# rows (t,), a parameter, the weights of the training rows (m,) or None, and a function that returns the ascending order
# of the training rows: the predicted codes (t,), factor by factor.
Predict = Callable[[Floats, NDArray[np.integer], Sequence[int], Floats, V, Floats | None, Ordered], Iterable[Codes]]
# From the first three of these, the weights and the order: a parameter for each factor.
Choose = Callable[[Floats, NDArray[np.integer], Sequence[int], Floats | None, Ordered], Sequence[V]]


def latent_by_latent(predict: Predict[V], choose: Choose[V]) -> Classifier:
    """Return the classifier that takes one latent after the other, with its own parameter for each factor.

    The latents are not standardized, so the predictions must not depend on scale and offset.
    """

    def hits(x_train: Floats, x_test: Floats, rows: Rows, n_classes: Sequence[int]) -> Hits:
        kept = rows.kept(n_classes)
        shape = len(x_train), len(n_classes), kept or len(rows.test)
        right = np.zeros(shape, dtype=np.int64 if rows.w_test is None else np.float64)
        for j, (x, test) in enumerate(zip(x_train, x_test, strict=True)):
            order = cache(partial(rows.order, j))
            chosen = choose(x, rows.y_train, n_classes, rows.w_train, order)
            for value in dict.fromkeys(chosen):  # factors with the same parameter share the work
                alike = [k for k, parameter in enumerate(chosen) if parameter == value]
                sizes = [n_classes[k] for k in alike]
                classes = predict(x, rows.y_train[alike], sizes, test, value, rows.w_train, order)
                for k, predicted in zip(alike, classes, strict=True):
                    right[j, k] = right_of_class(predicted, rows.y_test[k], kept, rows.w_test)
        return Hits(right)

    return lambda rows, n_classes: in_blocks(hits, rows, n_classes, Rows.raw)


def always(value: V) -> Choose[V]:
    """Return a function that chooses the same parameter for every factor."""
    return lambda x, y, n_classes, weight, order: [value] * len(n_classes)


def by_holdout(predict: Predict[V], grid: Sequence[V], size: float, seed: int | None) -> Choose[V]:
    """Return a function that chooses the parameter with the best predictions of a held-out part of the training rows.

    Parameters
    ----------
    predict : callable
    grid : sequence
        The parameters to choose from, the simplest model first.
    size : float
        Share of the training rows that are held out: ceil(size m) rows.
    seed : int or None
        Seed of that split; None keeps the order.
    """

    def choose(
        x: Floats, y: NDArray[np.integer], n_classes: Sequence[int], weight: Floats | None, order: Ordered
    ) -> Sequence[V]:
        fitted, checked = holdout(len(x), size, seed)
        if not len(fitted):
            return [grid[0]] * len(y)
        w_fitted, w_checked = (None, np.ones(len(checked))) if weight is None else (weight[fitted], weight[checked])
        inner = cache(lambda: among(order(), fitted))
        right = np.empty((len(grid), len(y)))
        for i, value in enumerate(grid):
            classes = predict(x[fitted], y[:, fitted], n_classes, x[checked], value, w_fitted, inner)
            right[i] = [w_checked[p == actual].sum() for p, actual in zip(classes, y[:, checked], strict=True)]
        return [grid[i] for i in most(right.T)]

    return choose


def whole_or(option: str, value: int | str, *words: str, low: int = 1) -> int | str:
    """Return a parameter that is a whole number of at least `low`, or one of the `words`."""
    return value if isinstance(value, str) and value in words else integer(option, value, low)
