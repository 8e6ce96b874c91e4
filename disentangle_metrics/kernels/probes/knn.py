"""The most frequent class among the nearest training rows, on one sorted coordinate."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..columns.origin import largest, tamed
from ..columns.sorting import Ordered
from .classifiers import Classifier, Codes, Floats
from .tuning import always, by_holdout, latent_by_latent, whole_or

_EQUAL = 1e-13  # part of the weight of all rows

# The numbers of neighbors that k="tuned" chooses from; of two equally good numbers the larger, smoother one is taken.
NEIGHBORS_GRID = (101, 51, 21, 11, 5, 3, 1)


@dataclass(frozen=True)
class KNN:
    """The nearest training rows as a probe, which predicts the most frequent class among them.

    All rows as near as the k-th nearest count, so that the order of equal rows does not matter. If there are k training
    rows or fewer, all of them count. Of equally frequent classes the first in the order of labels is taken.

    Parameters
    ----------
    k : int or "tuned", default 5
        ``"tuned"`` chooses 1, 3, 5, 11, 21, 51 or 101 for each latent and factor on a part of the training rows.
    """

    k: int | str = 5

    def __post_init__(self) -> None:
        object.__setattr__(self, "k", whole_or("k", self.k, "tuned"))

    def classifier(self, validation_size: float, seed: int | None) -> Classifier:
        """Return the classifier."""
        if isinstance(self.k, str):
            return latent_by_latent(
                predict_by_neighbors, by_holdout(predict_by_neighbors, NEIGHBORS_GRID, validation_size, seed)
            )
        return latent_by_latent(predict_by_neighbors, always(self.k))


def predict_by_neighbors(
    x: Floats,
    y: NDArray[np.integer],
    n_classes: Sequence[int],
    x_test: Floats,
    k: int,
    weight: Floats | None = None,
    ordered: Ordered | None = None,
) -> Iterator[Codes]:
    """Yield the most frequent class (or the class of most weight) among the k nearest rows of each test row."""
    order = np.argsort(x) if ordered is None else ordered()
    far = np.maximum(largest(x, 0), largest(x_test, 0))
    x, x_test = tamed(x, far), tamed(x_test, far)
    first, last = nearest_rows(x[order], x_test, k)
    votes_of_row = None if weight is None else weight[order]
    # sums of weights that differ by rounding only are equal votes
    equal = 0.0 if weight is None else _EQUAL * weight.sum()
    before: NDArray[Any] = np.empty(len(x) + 1, dtype=np.int32 if weight is None else np.float64)
    for codes, size in zip(y, n_classes, strict=True):
        codes = codes[order]
        most, predicted = np.zeros(len(x_test), dtype=before.dtype), np.zeros(len(x_test), dtype=np.intp)
        for c in np.flatnonzero(np.bincount(codes, minlength=size)):
            before[0] = 0
            np.cumsum(codes == c if votes_of_row is None else (codes == c) * votes_of_row, out=before[1:])
            votes = before[last] - before[first]
            predicted[votes > most + equal] = c
            np.maximum(most, votes, out=most)
        yield predicted


def nearest_rows(x: Floats, x_test: Floats, k: int) -> tuple[Codes, Codes]:
    """Return the first of the rows that are as near as the k-th nearest, and the row after the last one.

    Parameters
    ----------
    x : ndarray of shape (n,)
        In ascending order.
    x_test : ndarray of shape (t,)
    k : int
        If it is larger than n, all rows are near.
    """
    n, t = len(x), len(x_test)
    k = min(k, n)
    # Of k consecutive rows, the first is further away than the row after the last, until the k rows are the nearest.
    start = _first_where(
        lambda i: x_test - x[i] <= x[np.minimum(i + k, n - 1)] - x_test, np.zeros(t, np.intp), np.full(t, n - k)
    )
    reach = np.maximum(np.abs(x_test - x[start]), np.abs(x[start + k - 1] - x_test))
    # Rounded distances never fall as rows lie further away, so the rows within reach are consecutive.
    first = _first_where(lambda i: x_test - x[i] <= reach, np.zeros(t, np.intp), start)
    last = _first_where(lambda i: x[np.minimum(i, n - 1)] - x_test > reach, start + k, np.full(t, n))
    return first, last


def _first_where(holds: Callable[[Codes], NDArray[np.bool_]], low: Codes, high: Codes) -> Codes:
    """Return the first place from `low` on at which a monotone condition holds, or `high` if there is none."""
    while np.any(low < high):
        middle = (low + high) // 2
        is_there = holds(middle)
        high = np.where(is_there, np.minimum(middle, high), high)
        low = np.where(is_there, low, np.minimum(middle + 1, high))
    return low
