"""Decision trees on one latent: CART by the Gini criterion, grown level by level from sorted values.

The rows of a node are consecutive among the sorted rows, and a split is a place between two of them. The gain of a
split follows from the sums of squared class counts on either side. When a row passes to the left, the sum there grows
by twice the number of rows of its class that are there already, plus one. So all nodes of a level are split by a few
sums over the rows, whatever the number of classes.

Values are compared in single precision, as in scikit-learn. If latents would be standardized, the raw values are
compared in double precision instead: an offset then costs no digits, and the middle between two values stays exact.

A tree splits greedily, so a tree of limited depth is the top of the full tree: one fit gives the predictions of every
depth.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import repeat
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ..columns.sorting import Ordered
from ..columns.weighted_counts import most, totals
from .classifiers import Classifier, Codes, Floats, Hits, Rows, Tree
from .splits import holdout
from .tuning import Choose, always, latent_by_latent

# The depths to choose from; of two equally good depths the smaller one is taken.
DEEPEST = 9
N_FOLDS = 10

_EQUAL = 1e-12  # mean accuracies that differ by less than this differ by rounding only
_SAME = np.float32(1e-7)  # float32 values nearer than this are not separated, as in scikit-learn
_ROWS = 1 << 14  # rows of trees that are grown together, to stay in cache
_LARGEST = 3e38  # the largest value that float32 holds

# Returns the values in the precision of the comparison.
Precision = Callable[[Floats], NDArray[Any]]


class Level(NamedTuple):
    """Trees cut off at one depth; the pieces of one tree follow those of the last.

    Attributes
    ----------
    begins : ndarray of shape (n_pieces,)
        The value after which each piece begins.
    labels : ndarray of shape (n_pieces,)
        The class of each piece.
    first : ndarray of shape (n_trees + 1,)
        The first piece of each tree, and the end.
    """

    begins: Floats
    labels: Codes
    first: Codes


def tree_classifier(tree: Tree, validation_size: float, seed: int | None) -> Classifier:
    """Return the classifier of a :class:`Tree`, with a chosen depth for each latent and factor if it is tuned.

    Parameters
    ----------
    tree : Tree
    validation_size : float
        Share of the training rows that ``max_depth="tuned"`` holds out.
    seed : int or None
        Seed of that split.
    """
    as_sklearn, exact = (_classifier(tree, validation_size, seed, precision) for precision in (_single, _double))

    def hits(rows: Rows, n_classes: Sequence[int]) -> Hits:
        return (exact if rows.standardized else as_sklearn)(rows, n_classes)

    return hits


def _classifier(tree: Tree, validation_size: float, seed: int | None, precision: Precision) -> Classifier:
    def predict(
        x: Floats,
        y: NDArray[np.integer],
        n_classes: Sequence[int],
        x_test: Floats,
        depth: int,
        weight: Floats | None,
        ordered: Ordered,
    ) -> Iterator[Codes]:
        order = ordered()  # single precision ascends in this order too
        values, tested = precision(x)[order], precision(x_test)
        weight = None if weight is None else weight[order]
        for codes, size in zip(y, n_classes, strict=True):
            *_, last = levels(values, codes[order], size, depth, tree.min_samples_leaf, weight=weight)
            yield predict_level(tested, last)

    if isinstance(tree.max_depth, str):
        return latent_by_latent(predict, _choice(tree, validation_size, seed, precision))
    return latent_by_latent(predict, always(tree.max_depth))


def _choice(tree: Tree, validation_size: float, seed: int | None, precision: Precision) -> Choose[int]:
    def choose(
        x: Floats, y: NDArray[np.integer], n_classes: Sequence[int], weight: Floats | None, ordered: Ordered
    ) -> Sequence[int]:
        order = ordered()
        values = precision(x)[order]
        weight = None if weight is None else weight[order]
        depths = []
        for codes, size in zip(y, n_classes, strict=True):
            if tree.max_depth == "cv":
                fold = stratified_folds(codes, N_FOLDS)
                tests = [fold == i for i in range(N_FOLDS)]
            else:
                tests = [np.isin(np.arange(len(x)), holdout(len(x), validation_size, seed)[1])]
            tests = [held_out[order] for held_out in tests]
            depths.append(best_depth(values, codes[order], size, tests, tree.min_samples_leaf, weight))
        return depths

    return choose


def best_depth(
    x: NDArray[Any],
    y: NDArray[np.integer],
    n_classes: int,
    tests: Iterable[NDArray[np.bool_]],
    min_samples_leaf: int,
    weight: Floats | None = None,
) -> int:
    """Return the smallest depth, 1 to 9, with the highest mean held-out accuracy.

    Parameters
    ----------
    x : ndarray of shape (n,)
        In ascending order.
    y : ndarray of shape (n,)
    n_classes : int
    tests : iterable of ndarray of shape (n,)
        The test rows of each split; the other rows train. A split without test rows or without training rows is
        skipped.
    min_samples_leaf : int
    weight : ndarray of shape (n,), optional
        Weight of each row, as a training row and as a test row.
    """
    pairs = [(~held_out, held_out) for held_out in tests if held_out.any() and not held_out.all()]
    if not pairs:
        return 1
    accuracies: list[Any] = []
    step = max(1, _ROWS // len(x))
    for part in (pairs[i : i + step] for i in range(0, len(pairs), step)):
        rows = np.concatenate([np.flatnonzero(train) for train, _ in part])
        roots = np.cumsum([0, *(np.count_nonzero(train) for train, _ in part[:-1])])
        times = None if weight is None else weight[rows]
        grown = list(levels(x[rows], y[rows], n_classes, DEEPEST, min_samples_leaf, roots, times))
        for i, (_, test) in enumerate(part):
            right = [predict_level(x[test], level, i) == y[test] for level in grown]
            accuracies.append(np.average(right, axis=1, weights=None if weight is None else weight[test]))
    mean = np.mean(accuracies, axis=0)
    return 1 + int(np.argmax(mean > mean.max() - _EQUAL))


def _single(x: Floats) -> NDArray[Any]:
    if np.abs(x).max() > _LARGEST:
        raise InputError(f"latents beyond {_LARGEST:g} are too large for a tree. Rescale them.")
    return x.astype(np.float32)


def _double(x: Floats) -> NDArray[Any]:
    return x


def predict_level(x: NDArray[Any], level: Level, tree: int = 0) -> Codes:
    """Return the class of each value's piece in a tree."""
    first, stop = level.first[tree : tree + 2]
    return np.asarray(level.labels[first + np.searchsorted(level.begins[first + 1 : stop], x, side="left")])


def levels(
    x: NDArray[Any],
    y: NDArray[np.integer],
    n_classes: int,
    max_depth: int,
    min_samples_leaf: int,
    roots: Codes | None = None,
    weight: Floats | None = None,
) -> Iterator[Level]:
    """Yield one or several trees at depths 1 ... max_depth.

    Parameters
    ----------
    x, y : ndarray of shape (n,)
        Values and classes of the rows, one tree after the other, each tree in ascending order.
    n_classes, max_depth, min_samples_leaf : int
    roots : ndarray of shape (n_trees,), optional
        The first row of each tree; a single one by default.
    weight : ndarray of shape (n,), optional
        Weight of each row. Leaves have at least `min_samples_leaf` rows, whatever their weight, as in scikit-learn.
    """
    n = len(x)
    y = np.asarray(y, dtype=np.intp)
    by_class = np.argsort(y, kind="stable")
    count = np.bincount(y, minlength=n_classes)
    if weight is None:
        rank: NDArray[Any] = np.empty(n, dtype=np.int64)  # index among the rows of its class
        rank[by_class] = np.arange(n) - np.repeat(np.cumsum(count) - count, count)
    else:
        rank = _weight_before(weight, by_class, count)
    same = _SAME if x.dtype == np.float32 else 0.0
    apart = np.append(x[1:] > x[:-1] + same, False)  # from the next row
    starts = roots = np.zeros(1, dtype=np.intp) if roots is None else roots
    begins = np.full(len(roots), -np.inf)
    table = _table(y, starts, n_classes, weight)
    for depth in range(max_depth):
        cuts = _best_cuts(y, rank, apart, starts, table, min_samples_leaf, weight)
        if not len(cuts):  # then no deeper level has cuts either
            yield from repeat(_level(begins, table, starts, roots), max_depth - depth)
            return
        low, high = x[cuts].astype(np.float64), x[cuts + 1].astype(np.float64)
        halfway = low / 2 + high / 2
        starts = np.append(starts, cuts + 1)
        order = np.argsort(starts)
        begins = np.append(begins, np.where(halfway == high, low, halfway))[order]
        starts = starts[order]
        table = _table(y, starts, n_classes, weight)
        yield _level(begins, table, starts, roots)


def _weight_before(weight: Floats, by_class: Codes, count: NDArray[np.integer]) -> Floats:
    """Return the weight of the rows of each row's class that come before it: (n,)."""
    before = np.empty(len(weight))
    total = np.append(0.0, np.cumsum(weight[by_class]))
    first = np.repeat(total[np.cumsum(count) - count], count)
    before[by_class] = total[:-1] - first
    return before


def _table(y: NDArray[np.integer], starts: Codes, n_classes: int, weight: Floats | None) -> NDArray[Any]:
    """Return the number (or weight) of the rows of each class in each node."""
    cell = np.repeat(np.arange(len(starts)) * n_classes, np.diff(starts, append=len(y))) + y
    table = totals(cell, len(starts) * n_classes, weight).reshape(-1, n_classes)
    return np.asarray(table, dtype=np.int64) if weight is None else table


def _level(begins: Floats, table: NDArray[Any], starts: Codes, roots: Codes) -> Level:
    return Level(begins, most(table), np.append(np.searchsorted(starts, roots), len(starts)))


def _best_cuts(
    y: NDArray[np.integer],
    rank: NDArray[Any],
    apart: NDArray[np.bool_],
    starts: Codes,
    table: NDArray[Any],
    min_samples_leaf: int,
    weight: Floats | None = None,
) -> Codes:
    """Return the row after which each node is cut, for nodes that are cut: the first of the best places.

    Parameters
    ----------
    y, rank : ndarray of shape (n,)
        Class of each row, and the number (or weight) of rows of that class before it.
    apart : ndarray of shape (n,)
        Whether the next row's value is different.
    starts : ndarray of shape (n_nodes,)
        First row of each node.
    table : ndarray of shape (n_nodes, n_classes)
        Rows of each class in each node, or their weight.
    min_samples_leaf : int
    weight : ndarray of shape (n,), optional
    """
    n_nodes, n_classes = table.shape
    sizes = np.diff(starts, append=len(y))
    node = np.repeat(np.arange(n_nodes), sizes)
    left = np.arange(1, len(y) + 1) - starts[node]
    right = sizes[node] - left
    mixed = np.count_nonzero(table, axis=1) > 1
    allowed = apart & (left >= min_samples_leaf) & (right >= min_samples_leaf) & mixed[node]
    places = np.flatnonzero(allowed & (right > 0))
    if not len(places):
        return places
    squares = (table**2).sum(axis=1)
    cell = node * n_classes + y
    grown = 2 * (rank - (np.cumsum(table, axis=0) - table).reshape(-1)[cell])
    gained = table.reshape(-1)[cell]
    if weight is None:
        grown += 1
        left_weight, right_weight = left[places].astype(np.float64), right[places].astype(np.float64)
        node = node[places]
    else:
        grown, gained = weight * (grown + weight), weight * gained
        node = node[places]
        left_weight = _up_to(weight, starts, places, node)
        right_weight = table.sum(axis=1)[node] - left_weight
    left_squares = _up_to(grown, starts, places, node)
    right_squares = squares[node] - 2 * _up_to(gained, starts, places, node) + left_squares
    # In the order of scikit-learn's operations, so that rounding breaks ties in the same way.
    worth = -right_weight * (1.0 - right_squares / (right_weight * right_weight))
    worth -= left_weight * (1.0 - left_squares / (left_weight * left_weight))
    first = np.flatnonzero(np.diff(node, prepend=-1))
    best = np.maximum.reduceat(worth, first)
    candidates = np.flatnonzero(worth == np.repeat(best, np.diff(first, append=len(node))))
    _, chosen = np.unique(node[candidates], return_index=True)
    return np.asarray(places[candidates[chosen]])


def _up_to(values: NDArray[Any], starts: Codes, rows: Codes, node: Codes) -> NDArray[Any]:
    """Return the sum of values from the start of each row's node up to and with the row."""
    total = np.append(0, np.cumsum(values))
    return np.asarray(total[rows + 1] - total[starts[node]])


def stratified_folds(y: NDArray[np.integer], n_folds: int) -> Codes:
    """Return the fold of each row in a cross-validation in which each fold has its share of each class.

    The first rows of a class go to the first fold, the next rows to the second. The numbers follow from dealing the
    sorted labels in turn to the folds, classes in the order of their first rows, as in scikit-learn's
    ``StratifiedKFold(n_folds)``. A class with fewer rows than folds is missing from the test rows of a few folds.
    """
    _, first, codes = np.unique(y, return_index=True, return_inverse=True)
    rank = np.argsort(np.argsort(first))[codes.reshape(-1)]
    dealt = np.sort(rank)
    shares = np.stack([np.bincount(dealt[i::n_folds], minlength=len(first)) for i in range(n_folds)])
    fold = np.empty(len(y), dtype=np.intp)
    for c, share in enumerate(shares.T):
        fold[rank == c] = np.repeat(np.arange(n_folds), share)
    return fold
