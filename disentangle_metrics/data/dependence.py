"""How much factors tell of one another, which scores take to be nothing."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..kernels.columns.copies import sampled, unit_columns
from ..kernels.counting.expected_information import independent_information
from ..kernels.entropy.table import entropy_plugin, xlogx
from .representation import Representation

# Rows that are looked at, of many pairs fewer; and numbers of pairs of factors up to which every pair is.
_ROWS, _FEWEST_ROWS, _CELLS_OF_PAIRS = 5_000, 1_000, 1_000_000
_PAIRS = 2_000

# Parts that measurements are cut into, of as many rows each: few, so that chance shows little.
_PARTS = 10

# Shares that are not looked at any further; and how many standard deviations above chance a share has to be.
_LITTLE, _DEVIATIONS = 0.02, 4.0

# Values of all factors up to which all pairs are counted by one product, whose numbers are rounded by so little.
_VALUES, _ROUNDING = 256, 1e-9

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
    """Return the dependence of each factor on the factor that tells most of it, strongest first; none below 2 %."""
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
            if of not in found or share > found[of].share:
                found[of] = Dependence(share, of, by)
    return sorted(found.values(), reverse=True)


def _likely(columns: dict[int, NDArray[np.intp]]) -> Iterable[tuple[int, int]]:
    """Return the pairs whose information may pass `_LITTLE`: by one product, where there are few values in all."""
    sizes = [int(codes.max(initial=0)) + 1 for codes in columns.values()]
    if len(sizes) < 2 or sum(sizes) > _VALUES or any(codes.min(initial=0) < 0 for codes in columns.values()):
        return _pairs(columns)
    n = len(next(iter(columns.values())))
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    flags = np.zeros((sum(sizes), n), dtype=np.float32)
    for start, codes in zip(starts, columns.values(), strict=True):
        flags[start + codes, np.arange(n)] = 1.0
    joint = (flags @ flags.T).astype(np.int64)  # whole numbers below 2^24: exact
    both = np.log(n) - np.add.reduceat(np.add.reduceat(xlogx(joint), starts, axis=0), starts, axis=1) / n
    single = both.diagonal()
    known = single[:, None] + single - both
    freedom = np.add.reduceat(joint.diagonal() > 0, starts, dtype=np.intp) - 1
    less = known - np.outer(freedom, freedom) / (2 * n)
    factors = list(columns)
    enough = less >= _LITTLE * np.minimum(single[:, None], single) - _ROUNDING
    return [(factors[a], factors[b]) for a, b in np.argwhere(np.triu(enough, 1)).tolist()]


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
    by_chance = float(independent_information(counts[0][None], counts[1])[0])
    # 2 n I is nearly chi-squared, whose quantile this is (Wilson and Hilferty 1931)
    mean, part = 2 * n * by_chance, 2 / (9 * 2 * n * by_chance)
    if 2 * n * known < mean * (1 - part + _DEVIATIONS * np.sqrt(part)) ** 3:
        return 0.0, 0.0
    return (known - by_chance) / first, (known - by_chance) / second
