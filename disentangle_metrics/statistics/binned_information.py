"""Mutual information of factors with binned latents: counted once, and stored in the representation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..data.latent_groups import Units
from ..data.representation import Group, Representation
from ..errors import BiasWarning, warn
from ..kernels.columns.columns import columns
from ..kernels.counting.information import (
    Binned,
    Block,
    Information,
    count,
    count_uniform,
    few_counts,
    joint_cells,
    measure,
)
from ..kernels.counting.merged_factors import Factor
from ..kernels.discretizing.discretizers import (
    Discretizer,
    cut_column,
    discretize_uniform,
    discretize_unique,
    edges_of_columns,
)
from ..kernels.discretizing.edges import PerLatent, outside
from ..kernels.entropy.table import Entropy

# Information of independent latents, as a share of the factor's entropy, above which there is a warning for a unit.
_MOSTLY_CHANCE = 0.5


def information_in_bins(
    data: Representation,
    *,
    discretizer: PerLatent[Discretizer],
    n_bins: PerLatent[int],
    factor_discretizer: Discretizer,
    factor_bins: int,
    entropy: Entropy,
    units: tuple[tuple[int, ...], ...] | None = None,
) -> Information:
    """Return the information of every factor with every latent; 0 for a factor or latent with fewer than two values.

    With `units` of several latents, return the information with each unit; its bins are the joint bins of its latents.
    """
    how = (data.factor_kinds, factor_discretizer, factor_bins, discretizer, n_bins)

    def measured(group: Group) -> Information:
        factors = [data.factor(group, k, factor_discretizer, factor_bins) for k in group.factors]
        if units is None:
            blocks = _counts(data, group, factors, how)
        else:
            cells = _joint_bins(data, group, discretizer, n_bins, units)
            blocks = count(cells, factors, data.weights_of(group.rows))
        return measure(blocks, factors, entropy, data.n_effective(group.rows))

    def measure_all() -> Information:
        parts = [(group.factors, measured(group)) for group in data.groups()]
        if len(parts) == 1 and len(parts[0][0]) == data.n_factors:
            return parts[0][1]
        matrix, vector = (data.n_latents if units is None else len(units), data.n_factors), data.n_factors
        whole = Information(*(np.zeros(shape) for shape in (matrix, matrix, vector, vector, matrix)))
        for factors, fields in parts:
            for target, values in zip(whole, fields, strict=True):
                target[..., factors] = values
        return whole

    return data.remember(("information", *how, entropy, units), measure_all)


def _joint_bins(
    data: Representation,
    group: Group,
    discretizer: PerLatent[Discretizer],
    n_bins: PerLatent[int],
    units: tuple[tuple[int, ...], ...],
) -> Iterator[Binned]:
    """Yield, for each unit, the joint bin of each row over the latents of the unit."""
    wanted = {j for members in units for j in members}
    bins = {
        j: (codes.copy(), size) for j, (codes, size) in enumerate(data.bins(group, discretizer, n_bins)) if j in wanted
    }
    for members in units:
        yield joint_cells([bins[j] for j in members])


def _counts(data: Representation, group: Group, factors: Sequence[Factor], how: tuple[Any, ...]) -> Iterable[Block]:
    """Return the counts of all latents with the factors of a group; they are kept, unless they are very many."""
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
        ends = [(values.min(), values.max()) for values in columns(data.latents, group.rows)]
        low, high = np.array(ends).T
    edges, bad = edges_of_columns(low, high, n_bins)
    if bad is not None:  # binned alone, the latent raises the right error
        name = f"latent {data.latent_names[bad]!r} (column {bad})"
        cut_column(name, np.stack([low[bad], high[bad]]), discretize_uniform, n_bins)
    return edges


def on_cells(info: Information, data: Representation, units: Units, binless: bool) -> list[str]:
    """Return a note, and warn, on a unit with so many joint bins that most of its information may be chance.

    With `binless` it also advises an estimator without bins, which not every metric has.
    """
    if not units.joint:
        return []
    by_chance = info.by_chance[units.joint]
    share = np.divide(by_chance, info.factor_entropy, out=np.zeros_like(by_chance), where=info.factor_entropy > 0)
    u, k = np.unravel_index(int(share.argmax()), share.shape)
    if share[u, k] <= _MOSTLY_CHANCE:
        return []
    others = "fewer bins, more rows, or estimator='ksg'" if binless else "fewer bins or more rows"
    note = (
        f"group {units.names[units.joint[u]]!r} has so many joint bins that it could show "
        f"{min(share[u, k], 1.0):.0%} of factor {data.factor_names[k]!r} by chance alone. Take "
        f"{others}."
    )
    warn(note, BiasWarning)
    return [note]


def on_outside(data: Representation, discretizer: PerLatent[Discretizer]) -> list[str]:
    """Return a note on the number of values outside of a given range or given edges, for the worst latent."""
    count = outside(data.latents, discretizer)
    j = int(count.argmax())
    if not count[j]:
        return []
    return [
        f"latent {data.latent_names[j]!r} (column {j}) has {count[j]} of {data.n_samples} values outside the bins, "
        "which count in its first and last"
    ]
