"""What factors share with latents that are cut into bins: counted once, and remembered with the representation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .kernels.columns import columns
from .kernels.cuts import PerLatent
from .kernels.discretize import Discretizer, discretize_uniform, discretize_unique, edges_of_columns
from .kernels.entropy import Entropy
from .kernels.information import Block, Information, count, count_uniform, few_counts, measure
from .kernels.merging import Factor
from .representation import Group, Representation


def information_in_bins(
    data: Representation,
    *,
    discretizer: PerLatent[Discretizer],
    n_bins: PerLatent[int],
    factor_discretizer: Discretizer,
    factor_bins: int,
    entropy: Entropy,
) -> Information:
    """Return what every factor shares with every latent; one with fewer than two values shares nothing."""
    how = (data.factor_kinds, factor_discretizer, factor_bins, discretizer, n_bins)

    def measure_all() -> Information:
        matrix, vector = (data.n_latents, data.n_factors), data.n_factors
        whole = Information(*(np.zeros(shape) for shape in (matrix, matrix, vector, vector, matrix)))
        for group in data.groups():
            factors = [data.factor(group, k, factor_discretizer, factor_bins) for k in group.factors]
            blocks = _counts(data, group, factors, how)
            found = measure(blocks, factors, entropy, data.n_effective(group.rows))
            for target, values in zip(whole, found, strict=True):
                target[..., group.factors] = values
        return whole

    return data.remember(("information", *how, entropy), measure_all)


def _counts(data: Representation, group: Group, factors: Sequence[Factor], how: tuple[Any, ...]) -> Iterable[Block]:
    """Return the counts of all latents with the factors of a group: remembered, unless they are very many."""
    *_, discretizer, n_bins = how
    keep = ("counts", group.factors, *how)
    weight = data.weights_of(group.rows)
    if weight is None and discretizer is discretize_uniform and isinstance(n_bins, int):
        edges = _uniform_edges(data, group, n_bins)
        blocks = count_uniform(data.latents, group.rows, edges, factors)
        few = few_counts(data.n_latents, n_bins, factors)
        return data.remember(keep, lambda: list(blocks)) if few else blocks
    binned = data.bins(group, discretizer, n_bins)
    if isinstance(binned, list):
        n_bins = max(size for _, size in binned)
    elif discretizer is discretize_unique:
        n_bins = data.n_samples
    if not few_counts(data.n_latents, n_bins, factors):
        return count(binned, factors, weight)
    return data.remember(keep, lambda: list(count(binned, factors, weight)))


def _uniform_edges(data: Representation, group: Group, n_bins: int) -> NDArray[np.float64]:
    """Return the edges of equal-width bins of each latent on the rows of a group: (n_latents, n_bins + 1)."""
    if isinstance(group.rows, slice):
        low, high = data.extremes
    else:
        found = [(values.min(), values.max()) for values in columns(data.latents, group.rows)]
        low, high = np.array(found).T
    edges, bad = edges_of_columns(low, high, n_bins)
    if bad is not None:  # cut by itself, it says what is wrong
        name = f"latent {data.latent_names[bad]!r} (column {bad})"
        data.cut(name, np.stack([low[bad], high[bad]]), discretize_uniform, n_bins)
    return edges
