"""Statistic: what a metric measures on the rows, apart from the value that it makes of it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from ..data.latent_groups import Units
    from ..data.representation import Representation
    from ..kernels.resampling.bootstrap import Weights

Floats = NDArray[np.float64]


Permute = Callable[[NDArray[np.intp]], Sequence[Any]]


class Resampled(Protocol):
    """A statistic on the same rows with other weights or in another order, without measuring all of it again.

    Attributes
    ----------
    method : str
        The name of intervals that are made of it.
    permute : callable or None
        From an order of the factors' rows to the statistic's values; None if they have to be measured again.
    """

    method: str

    @property
    def permute(self) -> Permute | None:
        """From an order of the factors' rows to the statistic's values."""

    def reweighted(self, weights: Weights) -> Sequence[Any]:
        """Return the statistic's values with rows counted so often: weights (r, n), each value with r in front."""

    def notes(self) -> list[str]:
        """Return notes on what the draws leave out."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Statistic(ABC):
    """A statistic of a representation; its other fields say how it is measured.

    Parameters
    ----------
    data : Representation
    """

    data: Representation

    @property
    def how(self) -> Mapping[str, Any]:
        """The fields that say how it is measured, by name."""
        return {field.name: getattr(self, field.name) for field in fields(self) if field.name != "data"}

    @property
    def together(self) -> Units | None:
        """The latents that are taken together; None where each is taken by itself."""
        return None

    @property
    @abstractmethod
    def values(self) -> Sequence[Any]:
        """What a reduction takes, once for each repeat of the measurement."""

    @property
    def matrix(self) -> Floats:
        """The matrix that the score shows: (n_latents, n_factors)."""
        return self.matrix_of(self.values)

    def matrix_of(self, values: Sequence[Any]) -> Floats:
        """Return the matrix of such values, (..., n_latents, n_factors); NaN where pairs have no value."""
        return np.full((self.data.n_latents, self.data.n_factors), np.nan)

    def resampled(self) -> Resampled | None:
        """Return how it is drawn again and permuted; None if it has to be measured again each time."""
        return None
