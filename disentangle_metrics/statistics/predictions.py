"""Scores of probes as a statistic: each latent alone predicts each factor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..data.latent_groups import Units
from ..kernels.probes.table import Probe
from .base import Floats, Resampled
from .held_out import HeldOut
from .predictability import Plan, classified, predictability, unusual_correlations

# Scores on all test rows, or on two halves of them, each of which chooses latents for the other: (d, k) each.
Parts = tuple[Floats, ...]


@dataclass(frozen=True, eq=False, kw_only=True)
class ProbeScores(HeldOut):
    """Scores of probes, for each repeat of the split.

    Parameters
    ----------
    data : Representation
    probes : tuple of Probe
        One for each repeat.
    plan : Plan
    seeds : tuple of int or None
        The seed of each repeat; None without a shuffle.
    units : Units or None
        Latents that predict together.
    halves_seed : int or None
        Seed of the two halves of the test rows; None for all test rows at once.
    """

    probes: tuple[Probe, ...]
    units: Units | None
    halves_seed: int | None

    @cached_property
    def _measured(self) -> tuple[list[Parts], bool]:
        values, converged = [], True
        for r, (probe, seed) in enumerate(zip(self.probes, self.seeds, strict=True)):
            parts = [predictability(self.data, probe, plan, seed, self.units) for plan in self._plans(r)]
            values.append(tuple(matrix for matrix, _ in parts))
            converged &= all(done for _, done in parts)
        return values, converged

    def _plans(self, repeat: int) -> list[Plan]:
        if self.halves_seed is None:
            return [self.plan]
        return [self.plan._replace(half=(self.halves_seed + repeat, half)) for half in (0, 1)]

    @property
    def classified(self) -> list[int]:
        """Factors that a classifier predicts; the others are taken as numbers."""
        return classified(self.data, self.probes[0], self.plan)

    @property
    def together(self) -> Units | None:
        """The latents that are seen together."""
        return self.units

    @property
    def values(self) -> Sequence[Parts]:
        """Scores (d, k) of each repeat."""
        return self._measured[0]

    @property
    def converged(self) -> bool:
        """Whether every probe converged."""
        return self._measured[1]

    @cached_property
    def matrices(self) -> list[Floats]:
        """Scores of each repeat, the mean over halves: (d, k) each."""
        return [np.mean(parts, axis=0) for parts in self.values]

    def matrix_of(self, values: Sequence[Parts]) -> Floats:
        """Return the mean score over repeats and halves: (..., d, k)."""
        total = sum(np.mean(parts, axis=0) for parts in values)
        return np.asarray(total / len(values))

    def resampled(self) -> Resampled | None:
        """Return the resampled predictions; None if the score is not a sum over test rows.

        It is no such sum for latent groups; for halves; for a regressor, whose R2 is no sum over stored rows; and for
        correlations of ranks or with a circle.
        """
        regressor = any(probe.regressor is not None for probe in self.probes)
        unusual = bool(unusual_correlations(self.data, self.probes[0], self.plan))
        if self.units is not None or self.halves_seed is not None or regressor or unusual:
            return None
        from .resampled_predictions import ResampledPredictions

        return ResampledPredictions(self)
