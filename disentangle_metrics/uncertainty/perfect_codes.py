"""Codes made of the factors themselves: the perfect one, and others that may score more."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from ..data.dependence import dependences
from ..data.one_hot import one_hot
from ..data.representation import Representation
from ..oracles import noise

Floats = NDArray[np.float64]

# Orders of labels that are tried, and what part of a factor another one has to tell to be tried without it.
_ORDERS, _MUCH = 3, 0.1


def perfect_code(data: Representation) -> Representation:
    """Return the factors of a representation with themselves as latents: each a number, in its own order.

    Numbers are kept, other labels are numbered in the order they are sorted in; each has mean 0 and deviation 1. Where
    a label is missing the latent is 0. A single factor has a column of noise beside it, since a gap needs two.
    """
    return _code(data, [_numbers(data, k) for k in range(data.n_factors)])


def code_of_values(data: Representation) -> Representation:
    """Return the factors with a latent for each of their values, 1 where the row has it; numbers are one latent."""
    apart = one_hot(data)
    code = perfect_code(apart)
    return Representation(
        code.latents, data.factors, latent_names=code.latent_names, factor_names=data.factor_names
    ).with_kinds_of(data)


def reordered_codes(data: Representation) -> Iterator[Representation]:
    """Yield perfect codes whose labels are numbered in another order; none if an order means something everywhere."""
    names = [k for k in range(data.n_factors) if data.factor_kinds[k] == "categorical" and data.labels(k).n_values > 2]
    for seed in range(_ORDERS if names else 0):
        rng = np.random.default_rng(seed)
        yield _code(data, [_numbers(data, k, rng.permutation if k in names else None) for k in range(data.n_factors)])


def incomplete_codes(data: Representation) -> Iterator[Representation]:
    """Yield the perfect code without one of the two factors that depend on each other most, noise in its place."""
    strongest = dependences(data)[:1]
    if not strongest or strongest[0].share <= _MUCH:
        return
    if data.one_hot is not None:  # values of one factor exclude each other, and are no factors that depend
        return
    columns = [_numbers(data, k) for k in range(data.n_factors)]
    for k in (strongest[0].of, strongest[0].by):
        yield _code(data, [_noise(data) if j == k else column for j, column in enumerate(columns)])


def _code(data: Representation, columns: list[Floats]) -> Representation:
    names = [f"perfect {name}" for name in data.factor_names]
    if len(columns) == 1:
        columns, names = [*columns, _noise(data)], [*names, "noise"]
    return Representation(
        np.stack(columns, axis=1),
        data.factors,
        latent_names=names,
        factor_names=data.factor_names,
    ).with_kinds_of(data)


def _noise(data: Representation) -> Floats:
    return noise(np.zeros((data.n_samples, 1), dtype=int), [1], n_latents=1)[:, 0]


def _numbers(data: Representation, k: int, order: Callable[[int], NDArray[np.intp]] | None = None) -> Floats:
    """Return factor k as numbers of mean 0 and deviation 1; with an order, the places of its labels in that."""
    labels = data.labels(k)
    found = np.zeros(data.n_samples)
    if k in data.degenerate:
        return found
    there = np.ones(data.n_samples, dtype=bool) if labels.missing is None else ~labels.missing
    if order is not None:
        x = order(labels.n_values)[labels.codes[there]].astype(np.float64)
    else:
        numeric = labels.values.dtype.kind in "biuf"
        x = (labels.numbers() if numeric else labels.codes).astype(np.float64)[there]
    if len(x) and x.max() > x.min():
        x = x / 2 - x.min() / 2
        x /= x.max()
        found[there] = (x - x.mean()) / x.std()
    return found
