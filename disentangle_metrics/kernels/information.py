"""Mutual information in nats between latents and factors, from counts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from math import prod
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..options import a_number
from .binning import bin_uniform
from .columns import Rows, columns
from .counts import joint_counts, joint_totals
from .entropies.estimator import Estimator
from .entropy import Entropy
from .merging import Factor, Merged, merge, take_apart
from .tables import uniform_tables
from .weighing import totals

# The codes of a latent, and how many there are.
Binned = tuple[NDArray[np.integer], int]

# Counts, of 8 bytes each, that are made before they are used, fewer than are counted cell by cell; and that are kept.
_BLOCK = 1 << 19
_KEPT = 1 << 22


class Information(NamedTuple):
    """What each factor shares with each latent. For one factor the last axis is missing.

    Attributes
    ----------
    mutual : ndarray of shape (n_latents, n_factors)
        I(z_j; v_k) in nats.
    latent_entropy : ndarray of shape (n_latents, n_factors)
        H(z_j) in nats, on the rows where factor k has a label.
    factor_entropy : ndarray of shape (n_factors,)
        H(v_k) in nats.
    factor_values : ndarray of shape (n_factors,)
        Number of values of v_k that occur.
    by_chance : ndarray of shape (n_latents, n_factors)
        What the plug-in estimate shows of independent variables, to first order: (bins - 1)(values - 1) / 2n nats.
    """

    mutual: NDArray[np.float64]
    latent_entropy: NDArray[np.float64]
    factor_entropy: NDArray[np.float64]
    factor_values: NDArray[np.float64]
    by_chance: NDArray[np.float64]


class Block(NamedTuple):
    """Counts of some latents, with each factor.

    Attributes
    ----------
    bins : ndarray of shape (l, n_bins)
        How many rows each bin of each latent has, or their weights. Where a latent has fewer bins than another, the
        last are empty.
    joint : list of ndarray of shape (l, n_cells)
        For each factor, how many rows each bin with each value has, in some order. Empty cells may be left out.
    """

    bins: NDArray[Any]
    joint: list[NDArray[Any]]


def joint_cells(parts: Sequence[Binned]) -> Binned:
    """Return which cell of some latents' bins together each row lies in, numbered without the empty ones.

    Parameters
    ----------
    parts : sequence of (ndarray of int of shape (n,), int)
        The bins of each latent, and how many there are.
    """
    codes = np.zeros(len(parts[0][0]), dtype=np.int64)
    n_cells = 1
    for own, size in parts:
        codes *= size
        codes += own
        # renumbered after each latent, so that no product leaves 64 bits
        found, codes = np.unique(codes, return_inverse=True)
        codes, n_cells = codes.reshape(-1).astype(np.int64, copy=False), len(found)
    return codes.astype(np.min_scalar_type(n_cells)), n_cells


def count(latents: Iterable[Binned], factors: Sequence[Factor], weight: NDArray[Any] | None = None) -> Iterator[Block]:
    """Count every latent with every factor.

    Parameters
    ----------
    latents : iterable of (ndarray of int of shape (n,), int)
    factors : sequence of Factor
    weight : ndarray of shape (n,), optional
        How much each row counts; the counts of the factors must be made of the same.

    Yields
    ------
    Block
        All latents in order, a few at a time.
    """
    merged = merge(factors)
    waiting: list[NDArray[Any]] = []
    n_waiting = 0
    for codes, n_codes in latents:
        n_cells = n_codes * merged.n_labels
        if waiting and n_waiting + n_cells > _BLOCK:
            yield _stacked(waiting, merged)
            waiting, n_waiting = [], 0
        if n_cells > _BLOCK:
            yield _pair_by_pair(codes, n_codes, factors, weight)
        else:
            table = _table(codes, merged.labels, n_codes, merged.n_labels, weight)
            waiting.append(table.reshape(n_codes, merged.n_labels))
            n_waiting += n_cells
    if waiting:
        yield _stacked(waiting, merged)


def count_uniform(
    latents: NDArray[Any], rows: Rows, edges: NDArray[np.float64], factors: Sequence[Factor]
) -> Iterator[Block]:
    """Count every latent, cut into bins of equal width, with every factor.

    Parameters
    ----------
    latents : ndarray of shape (n_samples, d)
    rows : slice(None) or ndarray of int of shape (n,)
    edges : ndarray of shape (d, n_bins + 1)
        See `uniform_tables`.
    factors : sequence of Factor

    Yields
    ------
    Block
        All latents in order, a few at a time.
    """
    merged = merge(factors)
    n_bins = edges.shape[1] - 1
    if n_bins * merged.n_labels > _BLOCK:
        for column, edge in zip(columns(latents, rows), edges, strict=True):
            yield _pair_by_pair(bin_uniform(column, edge), n_bins, factors)
        return
    starts = tuple(accumulate(map(prod, merged.sizes), initial=0))
    step = _BLOCK // (n_bins * merged.n_labels)
    for first in range(0, len(edges), step):
        some = slice(first, first + step)
        yield _block(uniform_tables(latents[:, some], rows, edges[some], merged.labels, starts), merged)


def few_counts(n_latents: int, n_codes: int, factors: Sequence[Factor]) -> bool:
    """Whether the counts of latents with up to n_codes bins are few enough to be kept."""
    n_rows = len(factors[0].codes)
    return n_latents * sum(min(n_codes * len(factor.counts), n_rows) for factor in factors) <= _KEPT


def _table(
    codes: NDArray[np.integer],
    labels: NDArray[np.integer],
    n_codes: int,
    n_labels: int,
    weight: NDArray[Any] | None,
) -> NDArray[Any]:
    if weight is None:
        return joint_counts(codes, labels, n_codes, n_labels)
    return joint_totals(codes, labels, n_codes, n_labels, weight)


def _stacked(tables: list[NDArray[Any]], merged: Merged) -> Block:
    """Make one block of tables (n_codes, n_labels) of several latents."""
    n_bins = max(map(len, tables))
    stack = np.empty((merged.n_labels, len(tables), n_bins), dtype=tables[0].dtype)
    for place, table in enumerate(tables):
        stack[:, place, : len(table)] = table.T
        stack[:, place, len(table) :] = 0
    return _block(stack, merged)


def _block(tables: NDArray[Any], merged: Merged) -> Block:
    """Make a block of the counts of some latents with merged factors: (n_labels, l, n_bins)."""
    joint = take_apart(tables, merged)
    return Block(joint[0].reshape(tables.shape[1], -1, tables.shape[2]).sum(axis=1), joint)


def _pair_by_pair(
    codes: NDArray[np.integer], n_codes: int, factors: Sequence[Factor], weight: NDArray[Any] | None = None
) -> Block:
    """Count one latent with factors so large that most cells are empty."""
    tables = (_table(codes, factor.codes, n_codes, len(factor.counts), weight) for factor in factors)
    return Block(totals(codes, n_codes, weight)[None], [table[table > 0][None] for table in tables])


def measure(
    blocks: Iterable[Block], factors: Sequence[Factor], entropy: Entropy, n_effective: float | None = None
) -> Information:
    """Return I(z_j; v_k) = H(z_j) + H(v_k) - H(z_j, v_k) for every latent j and factor k.

    An :class:`Estimator` is told how many cells there could be: the bins that have rows, the values that have, and for
    pairs every such bin with every such value.

    Parameters
    ----------
    blocks : iterable of Block
        The counts of all latents with these factors.
    factors : sequence of Factor
    entropy : callable
    n_effective : float, optional
        How many rows of equal weight would scatter as little; by default the number of rows.

    Returns
    -------
    Information
        A latent in a single bin has information 0 and entropy 0, whatever the estimator.
    """
    n_rows = len(factors[0].codes) if n_effective is None else n_effective
    counts = [factor.counts for factor in factors]
    factor_values = np.array([np.count_nonzero(values) for values in counts])
    factor_entropy = _alone(counts, factor_values, entropy)
    parts = []
    for block in blocks:
        n_bins = np.count_nonzero(block.bins, axis=1)
        varies = n_bins > 1
        supports = [n_bins, *(n_bins * n_values for n_values in factor_values)]
        found = _entropies([block.bins, *block.joint], supports, entropy, varies)
        alone, together = found[:, :1], found[:, 1:]
        mutual = np.where(varies[:, None], alone + factor_entropy - together, 0.0)
        by_chance = (n_bins - 1)[:, None] * (factor_values - 1) / (2 * n_rows)
        parts.append((mutual, alone.repeat(len(counts), axis=1), by_chance))
    mutual, latent_entropy, by_chance = (np.concatenate(part) for part in zip(*parts, strict=True))
    return Information(mutual, latent_entropy, factor_entropy, factor_values, by_chance)


def _alone(counts: Sequence[NDArray[np.int64]], support: NDArray[np.int64], entropy: Entropy) -> NDArray[np.float64]:
    """Return the entropy of each factor: (n_factors,)."""
    if not isinstance(entropy, Estimator) or sum(map(len, counts)) > _BLOCK:
        return np.array([a_number("entropy", entropy(values)) for values in counts])
    padded = np.zeros((len(counts), max(map(len, counts))), dtype=counts[0].dtype)
    for row, values in zip(padded, counts, strict=True):
        row[: len(values)] = values
    return entropy(padded, support)


def _entropies(
    tables: Sequence[NDArray[Any]],
    supports: Sequence[NDArray[np.int64]],
    entropy: Entropy,
    wanted: NDArray[np.bool_],
) -> NDArray[np.float64]:
    """Return the entropies of the latents that are wanted, by each table (l, m) and its support, 0 of the others.

    They have shape (l, len(tables)).
    """
    if isinstance(entropy, Estimator):
        return np.where(wanted[:, None], entropy.of_tables(tables, supports), 0.0)
    # A callable of the user's may take one table only
    found = [
        [a_number("entropy", entropy(t)) if w else 0.0 for t, w in zip(table, wanted, strict=True)] for table in tables
    ]
    return np.array(found).T


def information(
    codes: NDArray[np.integer],
    n_codes: NDArray[np.integer],
    labels: NDArray[np.integer],
    n_labels: int,
    entropy: Entropy,
) -> Information:
    """Return the information of all latents on one factor.

    Parameters
    ----------
    codes : ndarray of shape (n, d)
        Bin of each value of each latent.
    n_codes : ndarray of shape (d,)
        Number of bins of each latent.
    labels : ndarray of shape (n,)
    n_labels : int
    entropy : callable
    """
    factor = Factor(labels, np.bincount(labels, minlength=n_labels))
    blocks = count(zip(codes.T, n_codes.tolist(), strict=True), [factor])
    return Information(*(part[..., 0] for part in measure(blocks, [factor], entropy)))
