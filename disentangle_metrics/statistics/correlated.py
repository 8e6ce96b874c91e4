"""Correlations of latents, or of sums of latents, with factors, judged on the rows that learned them or on others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..data.representation import Representation
from ..errors import InputError, OptionError
from ..kernels.columns.sorting import numbered
from ..kernels.linear.mappings import best_sums, canonical
from ..kernels.linear.regression import ranks_of_counts
from ..kernels.linear.shapes import Line, Shape, correlation_of_columns, standardized
from .base import Floats
from .factor_shapes import correlation_with, numbers_of, shape_of

Rows = NDArray[np.intp]

# Of the largest value: sums of latents that differ by less are equal but for rounding.
_ROUNDING = 1e-10


class Correlated(NamedTuple):
    """Correlations of r latents, or sums of latents, with factors.

    Attributes
    ----------
    signed : ndarray of shape (..., r, k)
        The correlations.
    gain : ndarray of shape (..., r, k)
        What a latent counts for a factor that it belongs to: its absolute correlation; or its correlation on rows that
        had no part in the choice, in the direction that was chosen.
    shares : ndarray of shape (r, k) or None
        How far a sum of latents belongs to each factor; None if latents are matched by their absolute correlation.
    own : ndarray of shape (k,) or None
        How much each factor counts in the mean, where factors that are sums of others count for less than one; None if
        all count alike.
    """

    signed: Floats
    gain: Floats
    shares: Floats | None
    own: Floats | None = None


class Side(NamedTuple):
    """Rows on which some factors have labels, with their weights (m,), None if every row counts once."""

    data: Representation
    rows: Rows
    weight: Floats | None

    @property
    def is_whole(self) -> bool:
        """Whether these are all rows."""
        return len(self.rows) == self.data.n_samples

    @property
    def latents(self) -> NDArray[Any]:
        """The latents as they came: (m, d)."""
        return self.data.latents if self.is_whole else self.data.latents[self.rows]

    def ranks(self) -> Floats:
        """Return the ranks of the latents among these rows: (m, d)."""
        ranks = np.empty((len(self.rows), self.data.n_latents), order="F")
        orders = self.data.orders
        for j, x in enumerate(self.latents.T):
            order = np.argsort(x) if orders is None else orders.of(j, slice(None) if self.is_whole else self.rows)
            ranks[order, j] = self._ranks(numbered(x[order]), order)
        return ranks

    def ranks_of_sums(self, sums: Floats) -> Floats:
        """Return the ranks of sums of latents (m, r): sums that differ by rounding only share their mean rank."""
        ranks = np.empty(sums.shape)
        for i, x in enumerate(sums.T):
            order = np.argsort(x)
            apart = np.diff(x[order], prepend=x[order[:1]]) > _ROUNDING * np.abs(x).max()
            ranks[order, i] = self._ranks(np.cumsum(apart), order)
        return ranks

    def _ranks(self, number: NDArray[np.integer], order: NDArray[np.integer]) -> Floats:
        """Return the ranks of ascending values from the numbers of the distinct ones: (m,) -> (m,)."""
        counts = np.bincount(number, None if self.weight is None else self.weight[order])
        return np.asarray(ranks_of_counts(counts)[number])

    def factor(self, k: int, correlation: str) -> Shape:
        """Return factor k as latents are correlated with it."""
        return shape_of(self.data, k, correlation, self.rows, self.weight)


def side_of(data: Representation, rows: Rows, factors: Sequence[int]) -> Side:
    """Return those of the rows on which all of the given factors have labels.

    Raises
    ------
    InputError
        If there are fewer than two.
    """
    missing = [labels.missing for labels in map(data.labels, factors) if labels.missing is not None]
    labeled = rows[~np.logical_or.reduce([lack[rows] for lack in missing])] if missing else rows
    if len(labeled) < 2:
        names = ", ".join(data.factor_names[k] for k in factors)
        raise InputError(
            f"{len(labeled)} of {len(rows)} rows have labels of {names}, and a correlation needs two. Leave out "
            "factors with few labels, or held_out and mapping."
        )
    weight = data.weights_of(labeled)
    return Side(data, labeled, None if weight is None else weight.astype(np.float64))


class Columns:
    """Latents, or sums of latents (m, r), on the rows of a side, as numbers and as ranks.

    Parameters
    ----------
    side : Side
    sums : ndarray of shape (m, r), optional
        The sums of latents; by default the latents themselves.
    """

    def __init__(self, side: Side, sums: Floats | None = None) -> None:
        self.side, self.sums = side, sums
        self._kept: dict[bool, Floats] = {}

    def standardized(self, ranked: bool) -> Floats:
        """Return the columns, or their ranks, with mean 0 and deviation 1: (m, r)."""
        if ranked not in self._kept:
            self._kept[ranked] = standardized(self._ranks() if ranked else self._numbers(), self.side.weight)
        return self._kept[ranked]

    def _numbers(self) -> NDArray[Any]:
        return self.side.latents if self.sums is None else self.sums

    def _ranks(self) -> Floats:
        if self.sums is None:
            return self.side.ranks()
        return self.side.ranks_of_sums(self.sums)


def of_latents(
    data: Representation, correlation: str, linear: bool, learning: Rows, judging: Rows | None
) -> Correlated:
    """Return the correlations of the latents, or of the best sum of latents for each factor if `linear`."""
    size = data.n_factors if linear else data.n_latents
    signed, gain = np.zeros((size, data.n_factors)), np.zeros((size, data.n_factors))
    for group in data.groups():
        here = side_of(data, learning, group.factors)
        there = None if judging is None else side_of(data, judging, group.factors)
        columns = _best_sums(correlation, group.factors, here, there) if linear else _themselves(here, there)
        for k in group.factors:
            signed[:, k], gain[:, k] = _with_factor(correlation, k, *columns)
    return Correlated(signed, gain, np.eye(size) if linear else None)


def _with_factor(correlation: str, k: int, here: Columns, there: Columns | None) -> tuple[Floats, Floats]:
    """Return the correlations of all columns with factor k, and what each counts: (r,) each."""
    ranked = correlation_with(here.side.data, k, correlation) == "spearman"
    z, factor = here.standardized(ranked), here.side.factor(k, correlation)
    signed = factor.correlation(z, here.side.weight)
    if there is None:
        return signed, np.abs(signed)
    judged, other = there.side.factor(k, correlation), there.standardized(ranked)
    gain = judged.judged(other, factor.learned(z, here.side.weight), there.side.weight)
    # latents are matched on the rows that learn; a sum of latents already belongs to a factor
    return (signed if here.sums is None else judged.correlation(other, there.side.weight)), gain


def _themselves(here: Side, there: Side | None) -> tuple[Columns, Columns | None]:
    return Columns(here), None if there is None else Columns(there)


def _best_sums(
    correlation: str, factors: Sequence[int], here: Side, there: Side | None
) -> tuple[Columns, Columns | None]:
    """Return the sum of latents that is best for each factor on the rows of the first side: (m, k) on each side."""
    z, z_there = _standardized_by(here.latents, None if there is None else there.latents, here.weight)
    sums = np.zeros((z.shape[1], here.data.n_factors))
    sums[:, list(factors)] = best_sums(z, [_unranked(here, k, correlation) for k in factors], here.weight)
    return Columns(here, z @ sums), None if there is None else Columns(there, z_there @ sums)


def _unranked(side: Side, k: int, correlation: str) -> Shape:
    """Return factor k as a sum of latents is made for it: as numbers, also if the sum is ranked afterwards."""
    ranked = correlation_with(side.data, k, correlation) == "spearman"
    return Line(numbers_of(side.data, k)[side.rows]) if ranked else side.factor(k, correlation)


def _standardized_by(x: NDArray[Any], x_there: NDArray[Any] | None, weight: Floats | None) -> tuple[Floats, Floats]:
    """Return columns of mean 0 and deviation 1, and the columns of other rows (none for None) in the same units."""
    if x_there is None:
        z = standardized(x, weight)
        return z, z[:0]
    both = standardized(np.concatenate([x, x_there]))  # of both at first, so that an offset costs no digits
    z, z_there = both[: len(x)], both[len(x) :]
    center = np.average(z, axis=0, weights=weight)
    size = np.sqrt(np.average((z - center) ** 2, axis=0, weights=weight))
    size = np.where((z == z[:1]).all(axis=0), 1.0, size)
    return (z - center) / size, (z_there - center) / size


def of_canonical_pairs(data: Representation, correlation: str, learning: Rows, judging: Rows | None) -> Correlated:
    """Return the correlations of the sums of latents in canonical pairs; each pair counts for factors by its shares."""
    scored = [k for group in data.groups() for k in group.factors]
    here = side_of(data, learning, scored)
    there = None if judging is None else side_of(data, judging, scored)
    z, z_there = _standardized_by(here.latents, None if there is None else there.latents, here.weight)
    numbers = np.stack([_number_of(data, k, correlation) for k in scored], axis=1)
    v, v_there = _standardized_by(numbers[here.rows], None if there is None else numbers[there.rows], here.weight)
    pairs = canonical(z, v, here.weight)
    side, z, v = (here, z, v) if there is None else (there, z_there, v_there)
    size, n_pairs = min(data.n_latents, data.n_factors), len(pairs.shares)
    signed, gain, shares = (np.zeros((size, data.n_factors)) for _ in range(3))
    sums = Columns(side, z @ pairs.of_latents)
    for k in scored:
        signed[:n_pairs, k] = _with_factor(correlation, k, sums, None)[0]
    gain[:n_pairs] = _of_pairs(sums, Columns(side, v @ pairs.of_factors), correlation)[:, None]
    shares[:n_pairs, scored] = pairs.shares
    own = np.ones(data.n_factors)
    own[scored] = pairs.own
    return Correlated(signed, np.abs(gain) if there is None else gain, shares, own)


def _number_of(data: Representation, k: int, correlation: str) -> Floats:
    """Return the labels of a factor as numbers (n,); raise OptionError if they are classes or angles."""
    if correlation_with(data, k, correlation) in ("pearson", "spearman"):
        return numbers_of(data, k)
    kind = str(data.factor_kinds[k]).partition(":")[0]
    raise OptionError(
        f"mapping='cca' takes factors as numbers, and factor {data.factor_names[k]!r} (column {k}) is {kind}. Use "
        "mapping='linear', or factor_kinds='continuous' if its labels are measurements, or leave it out."
    )


def _of_pairs(one: Columns, other: Columns, correlation: str) -> Floats:
    """Return the correlation of both sums of each pair: (r,)."""
    ranked = correlation == "spearman"
    return correlation_of_columns(one.standardized(ranked), other.standardized(ranked), one.side.weight)
