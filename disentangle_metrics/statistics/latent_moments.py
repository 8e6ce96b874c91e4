"""Second moments of the latents as a statistic."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from ..data.representation import Representation
from ..kernels.linear.moments import Moments, moments, moments_of_draws, units
from ..kernels.resampling.bootstrap import Weights
from .base import Floats, Statistic

# Latents up to which the products of all pairs are drawn anew at once.
_MANY = 128


@dataclass(frozen=True, eq=False, kw_only=True)
class LatentMoments(Statistic):
    """Second moments of the latents that vary.

    Parameters
    ----------
    data : Representation
    standardize : bool
        Whether the matrix has correlations; otherwise it has covariances.
    """

    standardize: bool = True
    quick: ClassVar[bool] = True

    @property
    def active(self) -> NDArray[np.intp]:
        """The latents that vary."""
        return np.flatnonzero(~self.data.inactive)

    @cached_property
    def values(self) -> Sequence[Moments]:
        """Moments of the latents that vary: one value."""
        return [self.data.remember("moments", lambda: _measured(self.data, self.active))]

    def matrix_of(self, values: Sequence[Moments]) -> Floats:
        """Return correlations or covariances, (..., n_latents, n_latents); 0 for latents that do not vary."""
        [found] = values
        inner = found.correlation
        if not self.standardize:
            with np.errstate(over="ignore"):  # of latents near the ends of float64
                inner = np.ldexp(found.covariance, (found.exponents[:, None] + found.exponents).astype(np.int32))
        d = self.data.n_latents
        whole = np.zeros((*inner.shape[:-2], d, d))
        whole[..., self.active[:, None], self.active] = inner
        return whole

    def resampled(self) -> ResampledMoments | None:
        """Return the resampled moments; None for very many latents."""
        return ResampledMoments(self) if len(self.active) <= _MANY else None


class ResampledMoments:
    """Second moments of latents on resampled rows.

    Parameters
    ----------
    statistic : LatentMoments
    """

    method = "bootstrap"

    def __init__(self, statistic: LatentMoments) -> None:
        self.data, self.active = statistic.data, statistic.active
        self.columns = self.data.latents[:, self.active]
        self.exponents = statistic.values[0].exponents
        self.permute: Callable[[NDArray[np.intp]], Sequence[Moments]] = self.permuted

    def reweighted(self, weights: Weights) -> list[Moments]:
        """Return the moments of draws (r, n), with the axis r in front."""
        return [moments_of_draws(self.columns, self.exponents, weights)]

    def permuted(self, orders: NDArray[np.intp]) -> list[Moments]:
        """Return the moments with the rows of each latent in an order of its own: (n_latents, n)."""
        mixed = np.take_along_axis(self.columns, orders[self.active].T, axis=0)
        return [moments(mixed, self.exponents)]

    def notes(self) -> list[str]:
        """Return an empty list: the draws leave out no source of variation."""
        return []


def _measured(data: Representation, active: NDArray[np.intp]) -> Moments:
    low, high = (extremes[active] for extremes in data.extremes)
    return moments(data.latents[:, active], units(low, high), data.weights_of())


def added_by_samples(latents_variance: Floats, found: Moments) -> Moments:
    """Return the moments of samples from the posterior, from those of its means and its mean variances (d,)."""
    variance = np.ldexp(latents_variance, (-2 * found.exponents).astype(np.int32))
    return found._replace(covariance=found.covariance + np.diag(variance))
