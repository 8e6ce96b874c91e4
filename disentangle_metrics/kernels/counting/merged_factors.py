"""Merged factors: they are counted together, and their tables are taken apart afterwards.

Most of the time of information goes into counting: each row is counted once for each latent and factor. Shape with its
3 values and orientation with its 40 values merge into one factor of 120 values. The counts of a latent with one of the
two are sums of its counts with the merged factor. So five factors of dSprites need three counts per row and latent.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate
from math import prod
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

# Merged factors have up to this many values: their table with a latent stays in the cache.
_MANY_VALUES = 400
# ... and at most one value for this many rows: each cell of a table takes a little time, however few the rows.
_ROWS_PER_VALUE = 40


class Factor(NamedTuple):
    """A factor in the form in which it is counted.

    Attributes
    ----------
    codes : ndarray of int of shape (n,)
        Index of each row's value.
    counts : ndarray of shape (n_values,)
        Number of rows with each value, or the sum of their weights.
    """

    codes: NDArray[np.integer]
    counts: NDArray[Any]


class Plan(NamedTuple):
    """The plan that says which factors are merged.

    Attributes
    ----------
    members : tuple of tuple of int
        The factors in each merged factor; the last of them changes fastest.
    sizes : tuple of tuple of int
        The number of values of each of these.
    starts : tuple of int
        The first label of each merged factor, then the number of all labels.
    """

    members: tuple[tuple[int, ...], ...]
    sizes: tuple[tuple[int, ...], ...]
    starts: tuple[int, ...]

    @property
    def n_labels(self) -> int:
        """Number of values of all merged factors together."""
        return self.starts[-1]

    @property
    def widest(self) -> int:
        """Largest number of values of a factor."""
        return max(map(max, self.sizes))


def planned(factors: Sequence[Factor]) -> Plan:
    """Return a plan that merges factors as long as the merged factor has few values."""
    limit = min(_MANY_VALUES, len(factors[0].codes) // _ROWS_PER_VALUE)
    return _planned(limit, tuple([len(factor.counts) for factor in factors]))


@lru_cache(maxsize=64)
def _planned(limit: int, n_values: tuple[int, ...]) -> Plan:
    members: list[list[int]] = []
    combined: list[int] = []  # number of values of each group
    n, g = 0, 0
    for k in sorted(range(len(n_values)), key=lambda k: -n_values[k]):
        if n_values[k] != n:  # a factor with as many values as the last one fits in no earlier group either
            n, g = n_values[k], 0
        while g < len(members) and combined[g] * n > limit:
            g += 1
        if g == len(members):
            members.append([])
            combined.append(1)
        members[g].append(k)
        combined[g] *= n
    sizes = [tuple(n_values[k] for k in group) for group in members]
    return Plan(tuple(map(tuple, members)), tuple(sizes), tuple(accumulate(map(prod, sizes), initial=0)))


def merge(factors: Sequence[Factor], plan: Plan) -> NDArray[np.unsignedinteger]:
    """Return the label of each row for each merged factor, from the factor's first label on: (n_merged, n)."""
    n = len(factors[0].codes)
    labels = np.empty((len(plan.members), n), dtype=np.min_scalar_type(plan.n_labels))
    for label, group, size, start in zip(labels, plan.members, plan.sizes, plan.starts, strict=False):
        label[:] = factors[group[0]].codes
        for k, n_values in zip(group[1:], size[1:], strict=True):
            label *= label.dtype.type(n_values)
            np.add(label, factors[k].codes, out=label, casting="unsafe")
        label += label.dtype.type(start)
    return labels


def places(factors: Sequence[Factor], n_bins: int) -> list[int]:
    """Return the starts of a latent's tables: of its bins alone, then of its bins with the values of each factor.

    The last entry is the end of the last table.
    """
    return list(accumulate([n_bins, *(n_bins * len(factor.counts) for factor in factors)], initial=0))


def take_apart(tables: NDArray[Any], factors: Sequence[Factor], plan: Plan) -> NDArray[Any]:
    """Return the counts of each latent, alone and with each factor, from its counts with the merged factors.

    Parameters
    ----------
    tables : ndarray of shape (n_labels, n_latents, n_bins)
        Labels come first because numpy adds up long rows fast, and along the last axis slowly.
    factors : sequence of Factor
    plan : Plan

    Returns
    -------
    ndarray of shape (n_latents, n_cells)
        The tables of each latent, at their `places`.
    """
    _, n_latents, n_bins = tables.shape
    at = places(factors, n_bins)
    counts = np.empty((n_latents, at[-1]), dtype=tables.dtype)
    for group, size, start in zip(plan.members, plan.sizes, plan.starts, strict=False):
        part = tables[start : start + prod(size)].reshape(*size, n_latents, n_bins)
        for axis, k in enumerate(group):
            others = tuple(other for other in range(len(size)) if other != axis)
            alone = part.sum(axis=others) if others else part
            counts[:, at[k + 1] : at[k + 2]].reshape(n_latents, -1, n_bins)[...] = alone.transpose(1, 0, 2)
    return with_bins(counts, n_bins, at[2])


def with_bins(tables: NDArray[Any], n_bins: int, end: int) -> NDArray[Any]:
    """Return the tables with the first one, a latent's bins alone, filled from the one with the first factor."""
    tables[:, :n_bins] = tables[:, n_bins:end].reshape(len(tables), -1, n_bins).sum(axis=1)
    return tables
