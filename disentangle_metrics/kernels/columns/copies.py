"""Columns that say the same: copies in whatever guise, and columns that together make one choice of several."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise
from math import lgamma
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Rows on which columns are compared at first; pairs that agree there are compared on all rows.
SAMPLE = 256

# One less the squared correlation of the ranks of two columns up to which they rise and fall together: rounding may
# part a few values that are equal, or join a few that are not.
_SAME = 1e-6

# Columns whose ranks are taken side by side.
_BLOCK = 1024

# Columns that agree by chance: less often than once in so many tables.
_TABLES = 1e6

# How far the numbers of a row may be from the sum 1, as float32 rounds it.
_ROUNDING = 1e-4


@lru_cache(maxsize=32)
def sampled(n: int, size: int = SAMPLE) -> NDArray[np.intp]:
    """Return the numbers of some of n rows, at most `size`: always the same, and in no pattern."""
    rows = np.arange(n) if n <= size else np.unique(np.random.default_rng(0).integers(n, size=size))
    rows.flags.writeable = False
    return rows


def evidence(counts: NDArray[np.integer]) -> float:
    """Return the logarithm of how many ways there are to order a column that has its values so often: (m,)."""
    sizes, n_sizes = np.unique(counts, return_counts=True)
    pairs = zip(sizes.tolist(), n_sizes.tolist(), strict=True)
    return lgamma(int(counts.sum()) + 1) - sum((lgamma(size + 1) * count for size, count in pairs), 0.0)


def needed(n_pairs: int) -> float:
    """Return the evidence that two columns need to be called the same, if so many pairs are looked at."""
    return float(np.log(_TABLES * max(n_pairs, 1)))


def unit_columns(columns: Floats) -> Floats:
    """Return columns (n, d) less their mean, of length 1; a constant column is 0."""
    if not len(columns):
        return columns
    x = columns / 2 - columns[:1] / 2  # half of each, so that no difference leaves float64
    size = np.abs(x).max(axis=0)
    x /= np.where(size > 0, size, 1.0)
    x -= x.mean(axis=0)
    length = np.sqrt(np.einsum("ij,ij->j", x, x))
    return np.asarray(x / np.where(length > 0, length, 1.0))


def mid_ranks(x: NDArray[Any]) -> tuple[Floats, NDArray[np.intp]]:
    """Return ranks of mean 0 and length 1, equal values sharing the mean of theirs, and the number of each value."""
    codes = np.unique(x, return_inverse=True)[1].reshape(-1)
    return _ranks(codes), codes


def copies(table: NDArray[Any], some: Sequence[int]) -> list[tuple[int, ...]]:
    """Return groups of columns that are maps of one another: rising, falling, or from label to label.

    Parameters
    ----------
    table : ndarray of shape (n, d)
    some : sequence of int
        The columns that are looked at.

    Returns
    -------
    list of tuple of int
        Each of two columns or more, in ascending order.
    """
    rows = sampled(len(table), SAMPLE if len(some) <= _BLOCK else SAMPLE // 4)
    enough = needed(len(some) ** 2)
    alike = {j: j for j in some}
    for i, j in _candidates(table[rows], some):
        first, second = _root(alike, i), _root(alike, j)
        if first != second and _are_maps(table[:, i], table[:, j], enough):
            alike[max(first, second)] = min(first, second)
    groups: dict[int, list[int]] = {}
    for j in sorted(some):
        groups.setdefault(_root(alike, j), []).append(j)
    return [tuple(group) for group in groups.values() if len(group) > 1]


def _root(alike: dict[int, int], j: int) -> int:
    while alike[j] != j:
        j = alike[j]
    return j


def _candidates(sample: NDArray[Any], some: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield pairs of columns that may be maps of one another: neighbors by one number that such columns share."""
    ranks = np.empty((len(some), len(sample)), dtype=np.float32)
    partitions: dict[int, list[int]] = {}
    for start in range(0, len(some), _BLOCK):
        codes = _codes(sample[:, list(some[start : start + _BLOCK])].T)
        distinct = codes.max(axis=1) == len(sample) - 1  # ranks without ties are the numbers of the values
        ranks[start : start + len(codes)][distinct] = unit_columns(codes[distinct].T.astype(np.float64)).T
        for a, row in ((start + a, codes[a]) for a in np.flatnonzero(~distinct).tolist()):
            ranks[a] = _ranks(row)
            if 0 < row.max() < len(sample) // 2:
                first = np.unique(row, return_index=True)[1]
                partitions.setdefault(hash(np.argsort(np.argsort(first))[row].tobytes()), []).append(some[a])
    shadows = np.abs(ranks @ np.random.default_rng(1).normal(size=len(sample)).astype(np.float32))
    varying = np.flatnonzero(ranks.any(axis=1))
    for a, b in pairwise(varying[np.argsort(shadows[varying], kind="stable")].tolist()):
        if 1 - float(ranks[a] @ ranks[b]) ** 2 < 10 * _SAME:
            yield some[a], some[b]
    for columns in partitions.values():
        yield from pairwise(columns)


def _codes(rows: NDArray[Any]) -> NDArray[np.intp]:
    """Return the number of each value among the distinct ones of its row, in ascending order: (d, n) -> (d, n)."""
    order = np.argsort(rows, axis=1)
    ascending = np.take_along_axis(rows, order, axis=1)
    number = np.zeros(rows.shape, dtype=np.intp)
    np.cumsum(ascending[:, 1:] != ascending[:, :-1], axis=1, out=number[:, 1:])
    codes = np.empty_like(number)
    np.put_along_axis(codes, order, number, axis=1)
    return codes


def _ranks(codes: NDArray[np.integer]) -> Floats:
    """Return ranks of mean 0 and length 1 of the numbers of values, equal values sharing the mean of theirs."""
    counts = np.bincount(codes)
    ranks = (np.cumsum(counts) - counts / 2 - len(codes) / 2)[codes]
    length = float(np.sqrt(ranks @ ranks))
    return np.asarray(ranks / length if length > 0 else ranks)


def _are_maps(x: NDArray[Any], y: NDArray[Any], enough: float) -> bool:
    """Whether each of two columns tells the other, and this is no chance."""
    one, codes = mid_ranks(x)
    other, others = mid_ranks(y)
    if min(evidence(np.bincount(codes)), evidence(np.bincount(others))) < enough:
        return False
    if 1 - float(one @ other) ** 2 < _SAME:
        return True
    n_codes = int(codes.max()) + 1
    if n_codes != int(others.max()) + 1 or n_codes > len(codes) / 2:
        return False
    return len(np.unique(codes.astype(np.int64) * n_codes + others)) == n_codes


def choices(table: NDArray[Any], some: Sequence[int], low: Floats, high: Floats) -> list[tuple[int, ...]]:
    """Return groups of three columns or more, each a choice of one thing of several: one-hot codes, probabilities.

    Their numbers are between 0 and 1, and add up to 1 in every row. Columns of a group follow one another, whatever
    other columns stand between them.

    Parameters
    ----------
    table : ndarray of shape (n, d)
    some : sequence of int
        The columns that are looked at, in ascending order.
    low, high : ndarray of shape (d,)
        The smallest and the largest number of each column.
    """
    shares = [j for j in some if low[j] >= 0 and high[j] <= 1 + _ROUNDING and high[j] > low[j]]
    rows = sampled(len(table))
    if len(shares) < 3 or len(table) <= len(shares):
        return []
    found = []
    for group in _filled(table[rows].astype(np.float64), shares):
        total = sum(table[:, j].astype(np.float64) for j in group)
        if np.abs(total - 1).max() <= _ROUNDING:
            found.append(tuple(group))
    return found


def _filled(sample: Floats, shares: Iterable[int]) -> Iterator[list[int]]:
    """Yield groups of columns that follow one another and add up to 1 in every row of a sample."""
    group: list[int] = []
    total = np.zeros(len(sample))
    for j in shares:
        group.append(j)
        total = total + sample[:, j]
        while group and total.max() > 1 + _ROUNDING:
            total = total - sample[:, group.pop(0)]
        if group and total.min() >= 1 - _ROUNDING:
            if len(group) > 2:
                yield group
            group, total = [], np.zeros(len(sample))
