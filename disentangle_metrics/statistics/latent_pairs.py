"""Information of latents with each other, from their joint counts in bins."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..data.representation import Group
from ..kernels.columns.weighted_counts import totals
from ..kernels.counting.information import count, measure
from ..kernels.counting.merged_factors import Factor
from ..kernels.discretizing.discretizers import Discretizer, discretize_uniform
from ..kernels.discretizing.edges import PerLatent
from ..kernels.entropy.estimator import Estimator as CountEstimator
from ..kernels.entropy.table import ENTROPIES, Entropy, xlogx
from ..kernels.resampling.bootstrap import Weights, drawn_xlogx
from .base import Floats, Statistic

# Latents up to which every pair is drawn anew at once.
_MANY = 64

_ALL_ROWS = Group(slice(None), ())


class Pairs(NamedTuple):
    """Information of latents with each other.

    Attributes
    ----------
    mutual : ndarray of shape (..., d, d)
        I(z_i; z_j) in nats, and the entropy H(z_j) on the diagonal.
    by_chance : ndarray of shape (d, d)
        Expected plug-in information of independent latents, to first order: (bins - 1)(bins - 1) / 2n nats.
    active : ndarray of bool of shape (d,)
        Latents that have values in several bins, or at least several values.
    """

    mutual: Floats
    by_chance: Floats
    active: NDArray[np.bool_]


@dataclass(frozen=True, eq=False, kw_only=True)
class LatentPairs(Statistic):
    """Information of every pair of latents, from joint counts of their bins.

    Parameters
    ----------
    data : Representation
    discretizer : callable, or one for each latent
    n_bins : int, or one for each latent
    entropy : callable
        From counts to nats.
    """

    discretizer: PerLatent[Discretizer] = discretize_uniform
    n_bins: PerLatent[int] = 20
    entropy: Entropy = ENTROPIES["plugin"]
    quick: ClassVar[bool] = True

    @property
    def binned(self) -> list[tuple[NDArray[np.integer], int]]:
        """The bin of each row (n,), and the number of bins, of each latent."""
        key = ("bins of pairs", self.discretizer, self.n_bins)
        return self.data.remember(
            key,
            lambda: [(codes.copy(), size) for codes, size in self.data.bins(_ALL_ROWS, self.discretizer, self.n_bins)],
        )

    @cached_property
    def values(self) -> Sequence[Pairs]:
        """Information of all pairs: one value."""
        key = ("pairs", self.discretizer, self.n_bins, self.entropy)
        return [self.data.remember(key, lambda: self.by_entropy(self.entropy))]

    def by_entropy(self, entropy: Entropy) -> Pairs:
        """Return the information of the same counts by a given entropy."""
        weight = self.data.weights_of()
        factors = [Factor(codes, totals(codes, size, weight)) for codes, size in self.binned]
        info = measure(count(self.binned, factors, weight), factors, entropy, self.data.n_effective())
        mutual = (info.mutual + info.mutual.T) / 2
        mutual[self.data.inactive] = mutual[:, self.data.inactive] = 0.0
        np.fill_diagonal(mutual, np.where(self.data.inactive, 0.0, info.factor_entropy))
        return Pairs(mutual, info.by_chance, ~self.data.inactive)

    def matrix_of(self, values: Sequence[Pairs]) -> Floats:
        """Return the information of pairs in nats, and entropies on the diagonal: (..., n_latents, n_latents)."""
        return values[0].mutual

    def resampled(self) -> ResampledPairs | None:
        """Return the resampled counts; None for very many latents, and for a user's entropy."""
        if self.data.n_latents > _MANY or not isinstance(self.entropy, CountEstimator):
            return None
        return ResampledPairs(self)


class ResampledPairs:
    """Plug-in information of pairs of latents on resampled rows, with fixed edges of the bins.

    Parameters
    ----------
    statistic : LatentPairs
    """

    method = "bias-corrected bootstrap"

    def __init__(self, statistic: LatentPairs) -> None:
        self.statistic, self.data = statistic, statistic.data
        self.plain = statistic.by_entropy(ENTROPIES["plugin"])
        self.n_bins = max(size for _, size in statistic.binned)
        self.codes = np.stack([codes for codes, _ in statistic.binned]).astype(np.min_scalar_type(self.n_bins))
        self.active = np.flatnonzero(self.plain.active).tolist()
        plugin = statistic.entropy is ENTROPIES["plugin"]
        self.permute: Callable[[NDArray[np.intp]], Sequence[Pairs]] | None = self.permuted if plugin else None

    @cached_property
    def extrapolated(self) -> Pairs:
        """Information extrapolated to infinitely many rows."""
        return self.statistic.by_entropy(ENTROPIES["extrapolated"])

    def cells(self, codes: NDArray[np.integer]) -> Iterator[tuple[int, list[int], NDArray[np.integer]]]:
        """Yield each active latent, those after it, and the joint cell of each row with each of these: (some, n)."""
        kind = np.min_scalar_type(self.n_bins**2)
        for place, i in enumerate(self.active[:-1]):
            others = self.active[place + 1 :]
            yield i, others, codes[i].astype(kind) * kind.type(self.n_bins) + codes[others].astype(kind)

    def reweighted(self, weights: Weights) -> list[Pairs]:
        """Return the information of draws (r, n), with the axis r in front of every array."""
        n = np.maximum(weights.sum(axis=1, dtype=np.int64), 1)[:, None]
        alone = np.log(n) - drawn_xlogx(self.codes, self.n_bins, weights) / n
        mutual = np.zeros((len(weights), *self.plain.mutual.shape))
        for i, others, cells in self.cells(self.codes):
            both = np.log(n) - drawn_xlogx(cells, self.n_bins**2, weights) / n
            info = np.maximum(alone[:, [i]] + alone[:, others] - both, 0.0)
            mutual[:, i, others] = mutual[:, others, i] = info
        mutual[:, self.active, self.active] = alone[:, self.active]
        return [self.plain._replace(mutual=mutual)]

    def permuted(self, orders: NDArray[np.intp]) -> list[Pairs]:
        """Return the information with the rows of each latent in an order of its own: (n_latents, n)."""
        mixed = np.take_along_axis(self.codes, orders, axis=1)
        mutual, n = np.zeros_like(self.plain.mutual), mixed.shape[1]
        alone = np.diagonal(self.plain.mutual)
        for i, others, cells in self.cells(mixed):
            both = [np.log(n) - xlogx(np.bincount(cell)).sum() / n for cell in cells]
            mutual[i, others] = mutual[others, i] = np.maximum(alone[i] + alone[others] - both, 0.0)
        np.fill_diagonal(mutual, alone)
        return [self.plain._replace(mutual=mutual)]

    def notes(self) -> list[str]:
        """Return an empty list: the draws leave out no source of variation."""
        return []
