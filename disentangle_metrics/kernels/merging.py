"""Merge factors before they are counted, and take their tables apart afterwards.

Counting is what information costs: every row is one count for each latent and factor. Shape with its 3 values and
orientation with its 40 make one factor of 120, and the counts of a latent with either are sums of those with both. So
five factors of dSprites cost three counts per row and latent.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

# Merged factors have up to this many values: their table with a latent stays in the cache.
_MANY_VALUES = 400
# ... and at most one for this many rows: a table costs a little for each of its cells, however few rows there are.
_ROWS_PER_VALUE = 40


class Factor(NamedTuple):
    """A factor as it is counted.

    Attributes
    ----------
    codes : ndarray of int of shape (n,)
        Which of its values each row has.
    counts : ndarray of shape (n_values,)
        How many rows have each value, or their weights.
    """

    codes: NDArray[np.integer]
    counts: NDArray[Any]


class Merged(NamedTuple):
    """Factors merged into few.

    Attributes
    ----------
    labels : ndarray of int of shape (n_groups, n)
        Which value of each merged factor each row has. Their ranges follow one another from 0 to n_labels - 1.
    members : list of tuple of int
        The factors in each merged one, the last of them changing fastest.
    sizes : list of tuple of int
        The number of values of each of these.
    n_labels : int
        The number of values of all merged factors together.
    """

    labels: NDArray[np.integer]
    members: list[tuple[int, ...]]
    sizes: list[tuple[int, ...]]
    n_labels: int


def merge(factors: Sequence[Factor]) -> Merged:
    """Merge factors as long as their values combined are few."""
    n = len(factors[0].codes)
    limit = min(_MANY_VALUES, n // _ROWS_PER_VALUE)
    n_values = [len(factor.counts) for factor in factors]
    members: list[list[int]] = []
    for k in sorted(range(len(factors)), key=lambda k: -n_values[k]):
        fitting = (group for group in members if prod(n_values[i] for i in (*group, k)) <= limit)
        group = next(fitting, [])
        if not group:
            members.append(group)
        group.append(k)
    sizes = [tuple(n_values[k] for k in group) for group in members]
    n_labels = sum(map(prod, sizes))
    labels = np.empty((len(members), n), dtype=np.min_scalar_type(n_labels))
    start = 0
    for label, group, size in zip(labels, members, sizes, strict=True):
        label[:] = factors[group[0]].codes
        for k in group[1:]:
            label *= label.dtype.type(n_values[k])
            np.add(label, factors[k].codes, out=label, casting="unsafe")
        label += label.dtype.type(start)
        start += prod(size)
    return Merged(labels, [tuple(group) for group in members], sizes, n_labels)


def take_apart(tables: NDArray[Any], merged: Merged) -> list[NDArray[Any]]:
    """Return the counts of each latent with each factor from those with the merged ones.

    Parameters
    ----------
    tables : ndarray of shape (n_labels, n_latents, n_bins)
        Labels come first because numpy adds up long rows fast, and along the last axis slowly.
    merged : Merged

    Returns
    -------
    list of ndarray of shape (n_latents, n_values * n_bins)
        One for each factor.
    """
    n_latents = tables.shape[1]
    found: dict[int, NDArray[Any]] = {}
    start = 0
    for group, size in zip(merged.members, merged.sizes, strict=True):
        part = tables[start : start + prod(size)].reshape(*size, *tables.shape[1:])
        for axis, k in enumerate(group):
            alone = part.sum(axis=tuple(other for other in range(len(size)) if other != axis))
            found[k] = alone.transpose(1, 0, 2).reshape(n_latents, -1)
        start += prod(size)
    return [found[k] for k in range(len(found))]
