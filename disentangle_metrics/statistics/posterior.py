"""Information of latents with factors under the encoder's posterior, as a statistic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..data.posterior import Posterior
from ..kernels.information.posterior import entropies
from ..runtime.progress import progress
from .base import Floats, Statistic


class Known(NamedTuple):
    """Information under the posterior, and the counts of each factor's values.

    Attributes
    ----------
    mutual : ndarray of shape (d, k)
        Information in nats; 0 for a factor with a single value.
    counts : dict from factor to ndarray of int
        Number of rows with each value, for factors with two values or more.
    together : list of tuple of int
        The factors that have labels on the same rows.
    """

    mutual: Floats
    counts: dict[int, NDArray[np.int64]]
    together: list[tuple[int, ...]]


@dataclass(frozen=True, eq=False, kw_only=True)
class PosteriorInformation(Statistic):
    """Information of every latent with every factor under q(z|x).

    Parameters
    ----------
    data : Posterior
    n_draws : int
        Number of rows whose samples the entropies are averaged over.
    factor_bins : int
        Number of equal-width bins of a continuous factor.
    seed : int
        Seed of the rows and of the samples.
    """

    data: Posterior
    n_draws: int
    factor_bins: int
    seed: int

    @cached_property
    def known(self) -> Known:
        """Information, measured at the first use."""
        data = self.data
        known = Known(np.zeros((data.n_latents, data.n_factors)), {}, [])
        for group in data.groups():
            factors = list(group.factors)
            points, rows = data.draw(group.rows, self.n_draws, self.seed)
            labeled = data.discrete(group, self.factor_bins)
            with progress("mig_posterior") as step:
                terms = entropies(points, rows, data.latents[group.rows], data.logvar[group.rows], labeled, step)
            known.mutual[:, factors] = terms.latent[:, None] - terms.given
            known.counts.update({k: factor.counts for k, factor in zip(factors, labeled, strict=True)})
            known.together.append(group.factors)
        return known

    @property
    def values(self) -> Sequence[Known]:
        """Information, as the only repeat."""
        return [self.known]

    def matrix_of(self, values: Sequence[Known]) -> Floats:
        """Return the mutual information in nats, before negative values are set to 0: (d, k)."""
        return values[0].mutual
