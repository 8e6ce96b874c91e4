"""Compiled boosted trees: every tree of a factor grown from latents that were sorted once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .compiling import njit

Floats = NDArray[np.float64]

# As scikit-learn: values that differ by less are no candidates, and nodes of less impurity are leaves.
_APART, _PURE = 1e-7, 2.220446049250313e-16
# Denominators of leaf values below which the value is 0.
_NOTHING = 1e-150
# Gains that differ by less than this part are tied.
_TIE = 1e-11

DEPTH = 3
_LEAVES = 8
# The losses.
SQUARES, BINARY, CLASSES = 0, 1, 2


@njit(cache=True, nogil=True, error_model="numpy")
def grow(x, order, target, start, loss, n_stages, rate, share, x_test, said, importance):  # type: ignore[no-untyped-def]
    """Grow the trees of one factor, and write the scores of test rows and the importance of each latent.

    Parameters
    ----------
    x : ndarray of float32 of shape (d, n)
    order : ndarray of int32 of shape (d, n)
        The rows in ascending order of each latent.
    target : ndarray of float64 of shape (K, n)
        One-hot classes; a single row for two classes and for numbers.
    start : ndarray of shape (K,)
        The score of every row before the first tree.
    loss : int
        `SQUARES`, `BINARY` or `CLASSES`.
    share : bool
        Whether tied latents share the decrease of impurity; otherwise the first one has it.
    said : ndarray of shape (K, t)
        Written: the scores of the test rows.
    importance : ndarray of shape (d,)
        Written: the sum of the decreases of impurity over all trees, and over their number.

    Returns
    -------
    int
        The number of trees that split.
    """
    n_classes, n = target.shape
    d = len(x)
    score = np.empty((n_classes, n))
    rest = np.empty((n_classes, n))
    node = np.empty(n, dtype=np.int8)
    inverse = np.empty(n + 1)
    inverse[0] = 0.0
    for i in range(1, n + 1):
        inverse[i] = 1.0 / i
    for k in range(n_classes):
        score[k] = start[k]
        said[k] = start[k]
    feature = np.empty(_LEAVES, dtype=np.int64)
    cut = np.empty(_LEAVES)
    value = np.empty(_LEAVES)
    gains = np.empty((d, 4))
    cuts = np.empty((d, 4))
    n_grown = 0
    for _ in range(n_stages):
        _residuals(score, target, loss, rest)
        for k in range(n_classes):
            split = _tree(x, order, rest[k], inverse, share, node, feature, cut, gains, cuts, importance)
            n_grown += split
            _leaf_values(rest[k], target[k], node, loss, n_classes, value)
            for r in range(n):
                score[k, r] += rate * value[node[r]]
            for t in range(said.shape[1]):
                said[k, t] += rate * value[_leaf_of(x_test, t, feature, cut)]
    return n_grown


@njit(cache=True, nogil=True, error_model="numpy")
def _residuals(score, target, loss, rest):  # type: ignore[no-untyped-def]
    """Write the negative gradients of the loss, all at the scores before the stage."""
    n_classes, n = score.shape
    if loss == SQUARES:
        for r in range(n):
            rest[0, r] = target[0, r] - score[0, r]
    elif loss == BINARY:
        for r in range(n):
            rest[0, r] = target[0, r] - 1.0 / (1.0 + np.exp(-score[0, r]))
    else:
        top = np.full(n, -np.inf)
        total = np.zeros(n)
        for k in range(n_classes):
            for r in range(n):
                top[r] = max(top[r], score[k, r])
        for k in range(n_classes):
            for r in range(n):
                rest[k, r] = np.exp(score[k, r] - top[r])
                total[r] += rest[k, r]
        for k in range(n_classes):
            for r in range(n):
                rest[k, r] = target[k, r] - rest[k, r] / total[r]


@njit(cache=True, nogil=True, error_model="numpy")
def _tree(x, order, rest, inverse, share, node, feature, cut, gains, cuts, importance):  # type: ignore[no-untyped-def]
    """Grow one tree level by level: write the leaf of each row, its splits, and add to the importances.

    The split of node m of level l stands at place ``(1 << l) - 1 + m``. A node without a split passes all its rows to
    the left.
    """
    d, n = x.shape
    feature[:] = -1
    node[:] = 0
    grown = 0
    count, total, square = np.empty(4, dtype=np.int64), np.empty(4), np.empty(4)
    open_ = np.zeros(4, dtype=np.bool_)
    for level in range(DEPTH):
        n_nodes = 1 << level
        _sums(rest, node, n_nodes, count, total, square)
        some = False
        for m in range(n_nodes):
            mean = total[m] * inverse[count[m]]
            open_[m] = count[m] > 1 and square[m] * inverse[count[m]] - mean * mean > _PURE
            some |= open_[m]
        if some:
            for j in range(d):
                if level == 0:
                    _scan_root(x[j], order[j], rest, inverse, total[0], gains[j], cuts[j])
                else:
                    _scan(x[j], order[j], rest, node, inverse, n_nodes, count, total, gains[j], cuts[j])
        for m in range(n_nodes):
            place = n_nodes - 1 + m
            if not open_[m]:
                continue
            best = -np.inf
            for j in range(d):
                best = max(best, gains[j, m])
            if best == -np.inf:
                continue
            grown = 1
            chosen, n_tied = _chosen(x, node, m, gains, cuts, best, count[m], share)
            feature[place] = chosen
            cut[place] = cuts[chosen, m]
            decrease = best - total[m] * total[m] * inverse[count[m]]
            if share:
                for j in range(d):
                    if gains[j, m] >= best - _TIE * abs(best):
                        importance[j] += decrease / n_tied
            else:
                importance[chosen] += decrease
        for r in range(n):
            m = node[r]
            j = feature[n_nodes - 1 + m]
            right = j >= 0 and x[j, r] > cut[n_nodes - 1 + m]
            node[r] = 2 * m + right
    return grown


@njit(cache=True, nogil=True, error_model="numpy")
def _sums(rest, node, n_nodes, count, total, square):  # type: ignore[no-untyped-def]
    """Write the number of rows of each node, and the sums of their residuals and squared residuals."""
    count[:n_nodes] = 0
    total[:n_nodes] = 0.0
    square[:n_nodes] = 0.0
    for r in range(len(rest)):
        m = node[r]
        count[m] += 1
        total[m] += rest[r]
        square[m] += rest[r] * rest[r]


@njit(cache=True, nogil=True, error_model="numpy")
def _scan_root(x, order, rest, inverse, total, gains, cuts):  # type: ignore[no-untyped-def]
    """Write the best cut of a latent for all rows, and its gain, the sum of squared sums over numbers of rows."""
    n = len(order)
    best, place = -np.inf, -1
    left = rest[order[0]]
    last = x[order[0]]
    for i in range(1, n):
        r = order[i]
        here = x[r]
        if here > last + _APART:
            right = total - left
            gain = left * left * inverse[i] + right * right * inverse[n - i]
            if gain > best:
                best, place = gain, i
        left += rest[r]
        last = here
    gains[0] = best
    if place > 0:
        cuts[0] = _between(x[order[place - 1]], x[order[place]])


@njit(cache=True, nogil=True, error_model="numpy")
def _scan(x, order, rest, node, inverse, n_nodes, count, total, gains, cuts):  # type: ignore[no-untyped-def]
    """Write the best cut of a latent for each node, and its gain: one pass over the rows in order."""
    seen = np.zeros(4, dtype=np.int64)
    left = np.zeros(4)
    last = np.full(4, np.float32(np.inf), dtype=np.float32)
    for m in range(n_nodes):
        gains[m] = -np.inf
    for i in range(len(order)):
        r = order[i]
        m = node[r]
        here = x[r]
        if here > last[m] + _APART:
            done = left[m]
            right = total[m] - done
            gain = done * done * inverse[seen[m]] + right * right * inverse[count[m] - seen[m]]
            if gain > gains[m]:
                gains[m] = gain
                cuts[m] = _between(last[m], here)
        left[m] += rest[r]
        seen[m] += 1
        last[m] = here


@njit(cache=True, nogil=True)
def _between(low, high):  # type: ignore[no-untyped-def]
    """Return the middle of two float32 values, in float64; the lower one if the middle is the upper one."""
    middle = np.float64(low) / 2.0 + np.float64(high) / 2.0
    if middle == high or middle == np.inf or middle == -np.inf:
        middle = np.float64(low)
    return middle


@njit(cache=True, nogil=True)
def _chosen(x, node, m, gains, cuts, best, count, share):  # type: ignore[no-untyped-def]
    """Return the latent that splits a node, and the number of tied latents.

    Of tied splits that one is taken whose smaller side has the fewest rows, and then the smallest sum of row numbers,
    which depends neither on the order of the latents nor on their sign.
    """
    n_tied, first = 0, -1
    for j in range(len(gains)):
        if gains[j, m] >= best - _TIE * abs(best):
            n_tied += 1
            if first < 0:
                first = j
    if n_tied == 1 or not share:
        return first, n_tied
    chosen, least, smallest = -1, 0, 0
    for j in range(len(gains)):
        if gains[j, m] >= best - _TIE * abs(best):
            n_left, left, every = 0, 0, 0
            for r in range(len(node)):
                if node[r] == m:
                    every += r
                    if x[j, r] <= cuts[j, m]:
                        n_left += 1
                        left += r
            rows, numbers = n_left, left
            if 2 * n_left > count or (2 * n_left == count and 2 * left > every):
                rows, numbers = count - n_left, every - left
            if chosen < 0 or rows < least or (rows == least and numbers < smallest):
                chosen, least, smallest = j, rows, numbers
    return chosen, n_tied


@njit(cache=True, nogil=True, error_model="numpy")
def _leaf_values(rest, target, node, loss, n_classes, value):  # type: ignore[no-untyped-def]
    """Write the value of each leaf: a Newton step, or the mean of the residuals for squared errors."""
    above, below = np.zeros(_LEAVES), np.zeros(_LEAVES)
    for r in range(len(rest)):
        m = node[r]
        above[m] += rest[r]
        if loss == SQUARES:
            below[m] += 1.0
        else:
            p = target[r] - rest[r]
            below[m] += p * (1.0 - p)
    for m in range(_LEAVES):
        value[m] = above[m] / below[m] if abs(below[m]) > _NOTHING else 0.0
        if loss == CLASSES:
            value[m] *= (n_classes - 1) / n_classes


@njit(cache=True, nogil=True)
def _leaf_of(x, t, feature, cut):  # type: ignore[no-untyped-def]
    """Return the leaf of a test row."""
    m = 0
    for level in range(DEPTH):
        place = (1 << level) - 1 + m
        j = feature[place]
        m = 2 * m + (j >= 0 and x[j, t] > cut[place])
    return m
