"""Latents that are no latents of their own: copies of one another, choices in parts, factors, numbers of rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from ..kernels.columns.copies import choices, copies, evidence, needed, sampled, unit_columns
from ..kernels.columns.row_numbers import numbers_rows
from ..kernels.linear.correlation import squared_correlation
from .representation import Representation

# One less the squared correlation up to which a latent is a factor itself, in other units.
_ITSELF = 1e-9


class Alike(NamedTuple):
    """Latents of which none can know more than the others.

    Attributes
    ----------
    copies : list of tuple of int
        Groups of latents that are maps of one another.
    choices : list of tuple of int
        Groups of latents that together say one thing of several: one-hot codes, probabilities.
    """

    copies: list[tuple[int, ...]]
    choices: list[tuple[int, ...]]


def alike(data: Representation, some: Sequence[int]) -> Alike:
    """Return which of some latents say the same, or make one choice together."""
    varying = tuple(j for j in some if not data.inactive[j])

    def look() -> Alike:
        low, high = data.extremes
        parts = choices(data.latents, varying, low, high)
        taken = {j for group in parts for j in group}
        return Alike(copies(data.latents, [j for j in varying if j not in taken]), parts)

    return data.remember(("alike", varying), look)


def row_numbers(data: Representation) -> list[int]:
    """Return the latents that number the rows."""
    return data.remember("row numbers", lambda: [j for j in range(data.n_latents) if numbers_rows(data.latents[:, j])])


def factors_among_latents(data: Representation) -> list[tuple[int, int]]:
    """Return pairs of a latent and the factor that it is itself, up to its units; none if every latent is a factor."""

    def look() -> list[tuple[int, int]]:
        pairs = list(_same(data))
        left = {j for j in range(data.n_latents) if not data.inactive[j]} - {j for j, _ in pairs}
        return pairs if left else []

    return data.remember(("factors among latents", data.factor_kinds), look)


def factors_in_parts(data: Representation) -> list[tuple[int, ...]]:
    """Return groups of factors that together are one: its labels, one-hot."""

    def look() -> list[tuple[int, ...]]:
        labels = {k: data.labels(k) for k in range(data.n_factors) if data.factor_kinds[k] == "categorical"}
        of_two = [k for k, each in labels.items() if each.missing is None and each.n_values == 2]
        of_two = [k for k in of_two if not labels[k].is_text and labels[k].values.tolist() == [0, 1]]
        if len(of_two) < 3:
            return []
        table = np.stack([labels[k].labeled_codes for k in of_two], axis=1)
        found = choices(table, range(len(of_two)), np.zeros(len(of_two)), np.ones(len(of_two)))
        return [tuple(of_two[i] for i in group) for group in found]

    return data.remember(("factors in parts", data.factor_kinds), look)


def _same(data: Representation) -> Iterator[tuple[int, int]]:
    """Yield pairs of a latent and a factor of which each is the other, times a number, plus a number."""
    enough = needed(data.n_latents * data.n_factors)
    taken: set[int] = set()
    for j, k in _near(data):
        labels = data.labels(k)
        if j in taken or (labels.few and evidence(labels.counts) < enough):
            continue
        there = np.arange(data.n_samples) if labels.missing is None else np.flatnonzero(~labels.missing)
        latent, numbers = data.latents[there, j : j + 1], labels.numbers_at(there)
        if squared_correlation(latent, [numbers], slice(None))[0, 0] > 1 - _ITSELF:
            taken.add(j)
            yield j, k


def _near(data: Representation) -> Iterator[tuple[int, int]]:
    """Yield pairs of a latent and a factor that are nearly one another on a sample of the rows."""
    sample = sampled(data.n_samples)
    scored = [k for k in range(data.n_factors) if k not in data.degenerate]
    by_rows: dict[bytes, list[int]] = {}
    for k in scored:
        missing = data.labels(k).missing
        by_rows.setdefault(b"" if missing is None else missing[sample].tobytes(), []).append(k)
    latents = data.latents[sample].astype(np.float64)
    for factors in by_rows.values():
        missing = data.labels(factors[0]).missing
        there = slice(None) if missing is None else ~missing[sample]
        numbers = np.stack([data.labels(k).numbers_at(sample[there]) for k in factors], axis=1)
        together = unit_columns(latents[there]).T @ unit_columns(numbers)
        near = np.abs(together) > 1 - 1e3 * _ITSELF  # squares that are nearer to 1 are caught too
        for i, k in enumerate(factors):
            yield from ((j, k) for j in np.flatnonzero(near[:, i]).tolist())
