"""Mutual information in nats between latents and factors, from counts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...options import a_number
from ..columns.columns import Rows, columns
from ..columns.weighted_counts import totals
from ..discretizing.binning import bin_uniform
from ..entropy.estimator import Estimator
from ..entropy.table import Entropy
from .joint_counts import joint_counts, joint_totals
from .merged_factors import Factor, Plan, merge, places, planned, take_apart
from .uniform_tables import uniform_tables

# The codes of a latent, and the number of codes.
Binned = tuple[NDArray[np.integer], int]

# Counts, of 8 bytes each, that are made before they are used, fewer than are counted cell by cell; and that are kept.
_BLOCK = 1 << 19
_KEPT = 1 << 22


class Information(NamedTuple):
    """Mutual information of each latent with each factor. For a single factor the last axis is missing.

    Attributes
    ----------
    mutual : ndarray of shape (n_latents, n_factors)
        I(z_j; v_k) in nats.
    latent_entropy : ndarray of shape (n_latents, n_factors)
        H(z_j) in nats, on the rows on which factor k has a label.
    factor_entropy : ndarray of shape (n_factors,)
        H(v_k) in nats.
    factor_values : ndarray of shape (n_factors,)
        Number of values of v_k that occur.
    by_chance : ndarray of shape (n_latents, n_factors)
        Expected plug-in information of independent variables, to first order: (bins - 1)(values - 1) / 2n nats.
    """

    mutual: NDArray[np.float64]
    latent_entropy: NDArray[np.float64]
    factor_entropy: NDArray[np.float64]
    factor_values: NDArray[np.float64]
    by_chance: NDArray[np.float64]


class Block(NamedTuple):
    """Counts of several latents: the tables of each latent, one after the other.

    Attributes
    ----------
    tables : ndarray of shape (l, n_cells)
        First the number (or weight) of rows in each bin of the latent; then, for each factor, the number in each bin
        with each value, in any order. If a latent has fewer bins than another, its last bins are empty. Empty cells
        may be left out.
    places : list of int of length n_factors + 2
        The start of each of these tables, and the end of the last one.
    """

    tables: NDArray[Any]
    places: list[int]


def joint_cells(parts: Sequence[Binned]) -> Binned:
    """Return the joint bin of each row over several latents, numbered without empty bins, and the number of joint bins.

    Parameters
    ----------
    parts : sequence of (ndarray of int of shape (n,), int)
        The bin of each row, and the number of bins, for each latent.
    """
    codes = np.zeros(len(parts[0][0]), dtype=np.int64)
    n_cells = 1
    for bins, size in parts:
        codes *= size
        codes += bins
        # renumbered after each latent, so that no product exceeds 64 bits
        occupied, codes = np.unique(codes, return_inverse=True)
        codes, n_cells = codes.reshape(-1).astype(np.int64, copy=False), len(occupied)
    return codes.astype(np.min_scalar_type(n_cells)), n_cells


def count(latents: Iterable[Binned], factors: Sequence[Factor], weight: NDArray[Any] | None = None) -> Iterator[Block]:
    """Yield the counts of every latent with every factor.

    Parameters
    ----------
    latents : iterable of (ndarray of int of shape (n,), int)
    factors : sequence of Factor
    weight : ndarray of shape (n,), optional
        Weight of each row; the counts of the factors must have the same weights.

    Yields
    ------
    Block
        All latents in order, a few at a time.
    """
    plan = planned(factors)
    labels = merge(factors, plan)
    waiting: list[NDArray[Any]] = []
    n_waiting = 0
    for codes, n_codes in latents:
        n_cells = n_codes * plan.n_labels
        if waiting and n_waiting + n_cells > _BLOCK:
            yield _stacked(waiting, factors, plan)
            waiting, n_waiting = [], 0
        if n_cells > _BLOCK:
            yield _pair_by_pair(codes, n_codes, factors, weight)
        else:
            table = _table(codes, labels, n_codes, plan.n_labels, weight)
            waiting.append(table.reshape(n_codes, plan.n_labels))
            n_waiting += n_cells
    if waiting:
        yield _stacked(waiting, factors, plan)


def count_uniform(
    latents: NDArray[Any], rows: Rows, edges: NDArray[np.float64], factors: Sequence[Factor]
) -> Iterator[Block]:
    """Yield the counts of every latent, cut into bins of equal width, with every factor.

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
    n_bins = edges.shape[1] - 1
    n_cells = n_bins * planned(factors).n_labels
    if n_cells > _BLOCK:
        for column, edge in zip(columns(latents, rows), edges, strict=True):
            yield _pair_by_pair(bin_uniform(column, edge), n_bins, factors)
        return
    step = _BLOCK // n_cells
    for first in range(0, len(edges), step):
        part = slice(first, first + step)
        yield Block(uniform_tables(latents[:, part], rows, edges[part], factors), places(factors, n_bins))


def few_counts(n_latents: int, n_codes: int, factors: Sequence[Factor]) -> bool:
    """Return whether the counts of latents with up to n_codes bins are few enough to be kept."""
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


def _stacked(tables: list[NDArray[Any]], factors: Sequence[Factor], plan: Plan) -> Block:
    """Return one block from the tables (n_codes, n_labels) of several latents."""
    n_bins = max(map(len, tables))
    stack = np.empty((plan.n_labels, len(tables), n_bins), dtype=tables[0].dtype)
    for place, table in enumerate(tables):
        stack[:, place, : len(table)] = table.T
        stack[:, place, len(table) :] = 0
    return Block(take_apart(stack, factors, plan), places(factors, n_bins))


def _pair_by_pair(
    codes: NDArray[np.integer], n_codes: int, factors: Sequence[Factor], weight: NDArray[Any] | None = None
) -> Block:
    """Return the counts of one latent with factors of so many values that most cells are empty."""
    joint = (_table(codes, factor.codes, n_codes, len(factor.counts), weight) for factor in factors)
    return Block(*_row([totals(codes, n_codes, weight), *(table[table > 0] for table in joint)]))


def _row(tables: Sequence[NDArray[Any]]) -> tuple[NDArray[Any], list[int]]:
    """Return tables one after the other in an array of one row, with the start of each and the end of the last."""
    return np.concatenate(tables)[None], list(accumulate(map(len, tables), initial=0))


def measure(
    blocks: Iterable[Block], factors: Sequence[Factor], entropy: Entropy, n_effective: float | None = None
) -> Information:
    """Return I(z_j; v_k) = H(z_j) + H(v_k) - H(z_j, v_k) for every latent j and factor k.

    An :class:`Estimator` is given the number of possible cells: the bins that have rows, the values that have rows, and
    for pairs every such bin with every such value.

    Parameters
    ----------
    blocks : iterable of Block
        The counts of all latents with these factors.
    factors : sequence of Factor
    entropy : callable
    n_effective : float, optional
        The effective sample size of weighted rows; by default the number of rows.

    Returns
    -------
    Information
        A latent in a single bin has information 0 and entropy 0, whatever the estimator.
    """
    n_rows = len(factors[0].codes) if n_effective is None else n_effective
    counts, starts = _row([factor.counts for factor in factors])
    factor_values = np.add.reduceat(counts[0] > 0, starts[:-1], dtype=np.intp)
    [factor_entropy] = _entropies(Block(counts, starts), factor_values[None], entropy, np.array([True]))
    parts = []
    for block in blocks:
        n_bins = np.count_nonzero(block.tables[:, : block.places[1]], axis=1)
        supports = n_bins[:, None] * np.concatenate([[1], factor_values])
        entropies = _entropies(block, supports, entropy, n_bins > 1)
        alone, together = entropies[:, :1], entropies[:, 1:]
        mutual = np.where(n_bins[:, None] > 1, alone + factor_entropy - together, 0.0)
        by_chance = (n_bins[:, None] - 1) * (factor_values - 1) / (2 * n_rows)
        parts.append((mutual, alone.repeat(len(factors), axis=1), by_chance))
    mutual, latent_entropy, by_chance = map(np.concatenate, zip(*parts, strict=True))
    return Information(mutual, latent_entropy, factor_entropy, factor_values, by_chance)


def _entropies(
    block: Block, supports: NDArray[np.int64], entropy: Entropy, wanted: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Return the entropies of the wanted latents (l,) for each table and its support, 0 for other latents.

    Entropies and supports have the shape (l, n_tables).
    """
    if isinstance(entropy, Estimator):
        entropies = entropy.of_tables(block.tables, block.places, supports)
        return entropies if wanted.all() else np.where(wanted[:, None], entropies, 0.0)
    # A user's callable may take one table only
    spans = list(pairwise(block.places))
    return np.array(
        [
            [a_number("entropy", entropy(row[start:stop])) if is_wanted else 0.0 for start, stop in spans]
            for row, is_wanted in zip(block.tables, wanted, strict=True)
        ]
    )


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
