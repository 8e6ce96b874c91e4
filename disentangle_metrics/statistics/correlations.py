"""Correlations of latents, or of sums of latents, with factors: on all rows, or learned and judged on two halves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from ..data.latent_groups import Units
from ..data.representation import Representation
from ..errors import InputError
from ..kernels.probes.splits import half_of
from .base import Floats, Resampled, Statistic
from .correlated import Correlated, Rows, of_canonical_pairs, of_latents
from .factor_shapes import correlation_with

MAPPINGS = ("linear", "cca")
# Rows below which halves cannot choose for one another.
_FEWEST = 4

# Correlations on all rows, or on two halves of the rows, each of which chooses for the other.
Parts = tuple[Correlated, ...]


@dataclass(frozen=True, eq=False, kw_only=True)
class Correlations(Statistic):
    """Correlations of every latent, or of every sum of latents, with every factor.

    Parameters
    ----------
    data : Representation
    correlation : {"auto", "pearson", "spearman", "eta"}
    mapping : {"linear", "cca"} or None
        The sums of latents that are correlated; None for the latents themselves.
    halves_seed : int or None
        Seed of the two halves of the rows; None for all rows at once.
    """

    correlation: str
    mapping: str | None
    halves_seed: int | None

    quick: ClassVar[bool] = True

    @property
    def together(self) -> Units | None:
        """The sums of latents, each of all latents; None for the latents themselves."""
        return None if self.mapping is None else sums_of_latents(self.data, self.mapping)

    @cached_property
    def values(self) -> Sequence[Parts]:
        """Correlations that factors are scored by."""
        how = (self.data.factor_kinds, self.correlation, self.mapping, self.halves_seed)
        return [self.data.remember(("correlations", *how), self._measured)]

    def matrix_of(self, values: Sequence[Parts]) -> Floats:
        """Return the correlations with their signs, the mean over halves; NaN for a constant factor: (..., r, k)."""
        matrix = np.mean([part.signed for part in values[0]], axis=0)
        matrix[..., list(self.data.degenerate)] = np.nan
        return np.asarray(matrix)

    def _measured(self) -> Parts:
        pairs = self._rows()
        if self.mapping == "cca":
            return tuple(of_canonical_pairs(self.data, self.correlation, *pair) for pair in pairs)
        return tuple(of_latents(self.data, self.correlation, self.mapping == "linear", *pair) for pair in pairs)

    def _rows(self) -> list[tuple[Rows, Rows | None]]:
        """Return the rows that learn, and the rows that judge; None if they are the same."""
        every = np.arange(self.data.n_samples)
        if self.halves_seed is None:
            return [(every, None)]
        if self.data.n_samples < _FEWEST:
            raise InputError(f"held_out=True needs {_FEWEST} rows and there are {self.data.n_samples}. Leave it out.")
        first, second = (half_of(every, (self.halves_seed, which)) for which in (0, 1))
        return [(first, second), (second, first)]

    def resampled(self) -> Resampled | None:
        """Return the correlations of resampled rows; None for halves, for sums of latents, and for ranks."""
        scored = [k for group in self.data.groups() for k in group.factors]
        ranked = any(correlation_with(self.data, k, self.correlation) == "spearman" for k in scored)
        if self.mapping is not None or self.halves_seed is not None or ranked:
            return None
        from .resampled_correlations import ResampledCorrelations

        return ResampledCorrelations(self)


def sums_of_latents(data: Representation, mapping: str) -> Units:
    """Return the sums of latents of a mapping, as units of all latents."""
    if mapping == "linear":
        names = tuple(f"fit of {name}" for name in data.factor_names)
    else:
        names = tuple(f"canonical {i}" for i in range(min(data.n_latents, data.n_factors)))
    return Units(names, (tuple(range(data.n_latents)),) * len(names), data.latent_names)
