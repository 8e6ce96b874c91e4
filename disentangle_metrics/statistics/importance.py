"""Importance of latents for factors by their information."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..kernels.counting.information import Information
from ..reductions.concentration import some_information
from ..reductions.importance import in_columns
from .base import Floats
from .information import JointInformation, Parts


@dataclass(frozen=True, eq=False, kw_only=True)
class InformationImportance(JointInformation):
    """Information from joint counts, whose matrix holds each latent's share of the information about a factor."""

    @property
    def matrix(self) -> Floats:
        """Importances, which sum to 1 for each factor: (n_latents, n_factors)."""
        return shares_of([self.information])

    def matrix_of(self, values: Sequence[Parts]) -> Floats:
        """Return the importances: (..., n_latents, n_factors)."""
        return shares_of(values[0])


def shares_of(parts: Sequence[Information]) -> Floats:
    """Return each latent's share of the information about a factor: (..., n_latents, n_factors)."""
    return in_columns(some_information(parts[0].mutual))
