"""How much factors tell of one another, which scores take to be nothing."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..kernels.columns.copies import sampled, unit_columns
from ..kernels.counting.expected_information import independent_information, least_independent_information
from ..kernels.entropy.table import entropy_plugin, xlogx
from .representation import Representation

# Rows that are looked at, of many pairs fewer; and numbers of pairs of factors up to which every pair is.
_ROWS, _FEWEST_ROWS, _CELLS_OF_PAIRS = 5_000, 1_000, 1_000_000
_PAIRS = 2_000

# Parts that measurements are cut into, of as many rows each: few, so that chance shows little.
_PARTS = 10

# Shares that are not looked at any further; and how many standard deviations above chance a share has to be.
_LITTLE, _DEVIATIONS = 0.02, 4.0

# Values of all factors up to which all pairs are looked at together, and by how little numbers are rounded.
_VALUES, _ROUNDING = 256, 1e-9

# Values for each factor, on average, from which counting pair by pair is faster than one product.
_SEVERAL = 7

# Cells that are counted in a table.
_CELLS = 1 << 16


class Dependence(NamedTuple):
    """What one factor tells of another.

    Attributes
    ----------
    share : float
        Mutual information over the entropy of `of`, less what chance shows.
    of, by : int
        The factor that is told, and the one that tells it.
    """

    share: float
    of: int
    by: int


def dependences(data: Representation) -> list[Dependence]:
    """Return the dependence of each factor on the factor that tells most of it, strongest first; none by chance."""
    return data.remember(("dependences", data.factor_kinds), lambda: _strongest(data))


def _strongest(data: Representation) -> list[Dependence]:
    scored = [k for k in range(data.n_factors) if k not in data.degenerate]
    n_pairs = max(1, len(scored) * (len(scored) - 1) // 2)
    rows = sampled(data.n_samples, min(_ROWS, max(_FEWEST_ROWS, _CELLS_OF_PAIRS // n_pairs)))
    columns = {k: _codes(data, k, rows) for k in scored}
    found: dict[int, Dependence] = {}
    for k, other in _likely(columns):
        both = (columns[k] >= 0) & (columns[other] >= 0)
        for share, of, by in zip(_shares(columns[k][both], columns[other][both]), (k, other), (other, k), strict=True):
            if share > (found[of].share if of in found else 0.0):
                found[of] = Dependence(share, of, by)
    return sorted(found.values(), reverse=True)


def _likely(columns: dict[int, NDArray[np.intp]]) -> Iterable[tuple[int, int]]:
    """Return the pairs whose information may pass `_LITTLE`: all are counted at once if there are few values in all."""
    sizes = [int(codes.max(initial=0)) + 1 for codes in columns.values()]
    if len(sizes) < 2 or sum(sizes) > _VALUES or any(codes.min(initial=0) < 0 for codes in columns.values()):
        return _pairs(columns)
    codes = np.stack(list(columns.values()))
    n = codes.shape[1]
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    joint = _joint(codes, sizes, starts)
    both = np.log(n) - np.add.reduceat(np.add.reduceat(xlogx(joint), starts, axis=0), starts, axis=1) / n
    single = both.diagonal()
    known = single[:, None] + single - both
    freedom = np.add.reduceat(joint.diagonal() > 0, starts, dtype=np.intp) - 1
    less = known - np.outer(freedom, freedom) / (2 * n)
    factors = list(columns)
    enough = less >= _LITTLE * np.minimum(single[:, None], single) - _ROUNDING
    return [(factors[a], factors[b]) for a, b in np.argwhere(np.triu(enough, 1)).tolist()]


def _joint(codes: NDArray[np.intp], sizes: list[int], starts: NDArray[np.intp]) -> NDArray[np.int64]:
    """Return on how many rows each value of a factor meets each value of the same and of later factors.

    Parameters
    ----------
    codes : ndarray of shape (k, n)
    sizes : list of int of length k
        Number of values of each factor.
    starts : ndarray of shape (k,)
        Place of the first value of each factor among the values of all.

    Returns
    -------
    ndarray of shape (n_values, n_values)
        Values of earlier factors, to the left of the diagonal, may be left at 0.
    """
    places, n_values = codes + starts[:, None], sum(sizes)
    if n_values < _SEVERAL * len(sizes):
        flags = np.zeros((n_values, codes.shape[1]), dtype=np.float32)
        flags[places, np.arange(codes.shape[1])] = 1.0
        return (flags @ flags.T).astype(np.int64)  # whole numbers below 2^24: exact
    tables = []
    for k, size in enumerate(sizes):
        cells = codes[k] * n_values + places[k:]
        tables.append(np.bincount(cells.ravel(), minlength=size * n_values).reshape(size, n_values))
    return np.concatenate(tables)


def _pairs(columns: dict[int, NDArray[np.intp]]) -> Iterable[tuple[int, int]]:
    """Return the pairs that are looked at: all, or of many factors each with that one whose codes go most with it."""
    factors = list(columns)
    if len(factors) * (len(factors) - 1) / 2 <= _PAIRS:
        return combinations(factors, 2)
    table = unit_columns(np.stack([column.astype(np.float64) for column in columns.values()], axis=1))
    together = np.abs(table.T @ table)
    np.fill_diagonal(together, -1.0)
    return [(factors[a], factors[b]) for a, b in enumerate(together.argmax(axis=1).tolist())]


def _codes(data: Representation, k: int, rows: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return the label of rows as a number from 0, of a measurement the part it lies in; -1 where it is missing."""
    labels = data.labels(k)
    if not data.is_measured(k):
        return labels.codes[rows] if labels.missing is not None else labels.labeled_codes[rows].astype(np.intp)
    numbers = labels.numbers()[rows]
    there = ~np.isnan(numbers)
    edges = np.quantile(numbers[there], np.arange(1, _PARTS) / _PARTS)
    codes = np.full(len(numbers), -1)
    codes[there] = np.searchsorted(edges, numbers[there])
    return codes


def _shares(one: NDArray[np.intp], other: NDArray[np.intp]) -> tuple[float, float]:
    """Return the information of two columns of codes, less what chance shows, as a share of the entropy of each."""
    n = len(one)
    if n == 0:
        return 0.0, 0.0
    size = int(one.max()) + 1
    cells = other * size + one
    joint = np.bincount(cells) if (int(other.max()) + 1) * size <= _CELLS else np.unique(cells, return_counts=True)[1]
    counts = [np.bincount(one), np.bincount(other), joint]
    first, second, both = (float(entropy_plugin(count)) for count in counts)
    known = first + second - both
    freedom = (np.count_nonzero(counts[0]) - 1) * (np.count_nonzero(counts[1]) - 1)
    if not freedom or known - freedom / (2 * n) < _LITTLE * min(first, second):
        return 0.0, 0.0
    at_least = least_independent_information(counts[0], counts[1])
    if at_least > 0 and known < _by_chance_at_most(at_least, n) - _ROUNDING:
        return 0.0, 0.0
    by_chance = float(independent_information(counts[0][None], counts[1])[0])
    if known < _by_chance_at_most(by_chance, n):
        return 0.0, 0.0
    return (known - by_chance) / first, (known - by_chance) / second


def _by_chance_at_most(mean: float, n: int) -> float:
    """Return the information that chance hardly ever passes, where it has this mean; it grows with the mean."""
    # 2 n I is nearly chi-squared, whose quantile this is (Wilson and Hilferty 1931)
    part = 2 / (9 * 2 * n * mean)
    return mean * float(1 - part + _DEVIATIONS * np.sqrt(part)) ** 3
