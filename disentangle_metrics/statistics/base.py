"""Statistic: the quantity that a metric measures on the rows, apart from the reduction to a score."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from ..data.latent_groups import Units
    from ..data.representation import Representation
    from ..kernels.resampling.bootstrap import Weights

Floats = NDArray[np.float64]

Permute = Callable[[NDArray[np.intp]], Sequence[Any]]


class Around(NamedTuple):
    """A bias-corrected score in one case of what may be true, and draws around it.

    Attributes
    ----------
    parts : ndarray of shape (k,)
    weights : ndarray of shape (k,) or None
    drawn_parts : ndarray of shape (B, k)
    drawn_weights : ndarray of shape (B, k) or None
    """

    parts: Floats
    weights: Floats | None
    drawn_parts: Floats
    drawn_weights: Floats | None


class Resampled(Protocol):
    """A statistic on the same rows with other weights or in another order, without a full new measurement.

    Attributes
    ----------
    method : str
        The name of the intervals that it gives.
    permute : callable or None
        From an order of the factors' rows (n,), or without factors of the rows of each latent (n_latents, n), to the
        statistic's values; None if they need a full new measurement.
    """

    method: str

    @property
    def permute(self) -> Permute | None:
        """Function from an order of rows to the statistic's values."""

    def reweighted(self, weights: Weights) -> Sequence[Any]:
        """Return the statistic's values under weights of the rows (r, n), each value with the axis r in front."""

    def notes(self) -> list[str]:
        """Return notes on sources of variation that the draws leave out."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Statistic(ABC):
    """A statistic of a representation; the other fields say how to measure it.

    Parameters
    ----------
    data : Representation
    """

    data: Representation

    # Whether a full new measurement takes a moment only, so that a note may take twenty.
    quick: ClassVar[bool] = False

    @property
    def how(self) -> Mapping[str, Any]:
        """Fields that say how to measure it, by name."""
        return {field.name: getattr(self, field.name) for field in fields(self) if field.name != "data"}

    @property
    def together(self) -> Units | None:
        """The latents that are taken together; None where each is taken by itself."""
        return None

    @property
    def steps(self) -> tuple[str, ...]:
        """Names of the rows of the matrix if they are steps of a curve; empty if they are latents."""
        return ()

    @property
    @abstractmethod
    def values(self) -> Sequence[Any]:
        """Input of a reduction, once for each repeat of the measurement."""

    @property
    def matrix(self) -> Floats:
        """Matrix of the score: (n_latents, n_factors), or a column per latent."""
        return self.matrix_of(self.values)

    def matrix_of(self, values: Sequence[Any]) -> Floats:
        """Return the matrix of given values, (..., n_latents, n_factors); NaN for a pair without a value."""
        return np.full((self.data.n_latents, self.data.n_factors), np.nan)

    def resampled(self) -> Resampled | None:
        """Return the resampled form of the statistic; None if each draw needs a full new measurement."""
        return None

    def debiasing(self, reduce: Callable[[Any], Floats], weigh: Callable[[Any], Floats] | None) -> Any:
        """Return the function from the resampled form to the bias-corrected parts of a score; None without a rule.

        `reduce` makes the parts of the score from a value of the statistic, and `weigh` their weights.
        """
        return None
