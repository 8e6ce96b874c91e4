"""The most frequent class among the nearest training rows, on one coordinate: by sorting it."""

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

_EQUAL = 1e-13  # of the weight of all rows

# Numbers of neighbors that k="tuned" chooses from; where two do as well, the larger one is taken, which is smoother.
NEIGHBORS_GRID = (101, 51, 21, 11, 5, 3, 1)


@dataclass(frozen=True)
class KNN:
    """The nearest training rows as a probe: a row has the most frequent class among them.

    Rows as near as the k-th nearest all count, so that no order among equals decides. If there are k training rows or
    fewer, all of them count. Of classes that are equally frequent, the first one in the order of labels is taken.

    Parameters
    ----------
    k : int or "tuned", default 5
        ``"tuned"`` picks one of 1, 3, 5, 11, 21, 51, 101 for each latent and factor on a part of the training rows.
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
    """Yield the most frequent class among the k nearest rows of each test row, or the one of most weight."""
    order = np.argsort(x) if ordered is None else ordered()
    far = np.maximum(largest(x, 0), largest(x_test, 0))
    x, x_test = tamed(x, far), tamed(x_test, far)
    first, last = nearest_rows(x[order], x_test, k)
    votes_of_row = None if weight is None else weight[order]
    # sums of weights that rounding parted are equal votes
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
    """Return the first of the rows that are as near as the k-th nearest, and the one behind the last.

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
    # Of k rows in a row, the first is further off than the one behind the last until they are the nearest.
    start = _first_where(
        lambda i: x_test - x[i] <= x[np.minimum(i + k, n - 1)] - x_test, np.zeros(t, np.intp), np.full(t, n - k)
    )
    reach = np.maximum(np.abs(x_test - x[start]), np.abs(x[start + k - 1] - x_test))
    # Rounded distances never fall as rows lie further off, so those within reach are neighbors of each other.
    first = _first_where(lambda i: x_test - x[i] <= reach, np.zeros(t, np.intp), start)
    last = _first_where(lambda i: x[np.minimum(i, n - 1)] - x_test > reach, start + k, np.full(t, n))
    return first, last


def _first_where(holds: Callable[[Codes], NDArray[np.bool_]], low: Codes, high: Codes) -> Codes:
    """Return the first place from `low` on at which something holds that then goes on to hold, or else `high`."""
    while np.any(low < high):
        middle = (low + high) // 2
        is_there = holds(middle)
        high = np.where(is_there, np.minimum(middle, high), high)
        low = np.where(is_there, low, np.minimum(middle + 1, high))
    return low
