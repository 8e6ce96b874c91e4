"""Information of latents with factors as a statistic: from joint counts, or estimated without bins."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, ClassVar

from ..data.latent_groups import Units, of_units
from ..data.representation import Representation
from ..kernels.counting.information import Information
from ..kernels.discretizing.discretizers import Discretizer, discretize_uniform
from ..kernels.discretizing.edges import PerLatent
from ..kernels.entropy.estimator import Estimator as CountEstimator
from ..kernels.entropy.table import ENTROPIES, Entropy
from ..kernels.information.estimators import Estimator
from ..reductions.halves import halves
from .base import Floats, Resampled, Statistic
from .binned_information import information_in_bins
from .estimated_information import information_without_bins

# Information on all rows, or on two halves of the rows, each of which chooses latents for the other.
Parts = tuple[Information, ...]


@dataclass(frozen=True, eq=False, kw_only=True)
class InformationStatistic(Statistic):
    """Information of every latent, or latent group, with every factor, on all rows or on two halves of them.

    Parameters
    ----------
    data : Representation
    factor_bins : int
        Number of bins of continuous factors.
    units : Units or None
        Latents that are measured together.
    halves_seed : int or None
        Seed of the two halves; None for all rows at once.
    """

    factor_bins: int = 20
    units: Units | None = None
    halves_seed: int | None = None

    @property
    def together(self) -> Units | None:
        """The latents that are taken together."""
        return self.units

    @property
    @abstractmethod
    def measured(self) -> Callable[..., Information]:
        """Function from a representation, and ``units=``, to its information."""

    @cached_property
    def information(self) -> Information:
        """Information on all rows."""
        return of_units(partial(self.measured, self.data), self.units)

    @cached_property
    def values(self) -> Sequence[Parts]:
        """Information that gaps are computed from."""
        if self.halves_seed is None:
            return [(self.information,)]
        both = halves(self.data, self.halves_seed)
        return [tuple(of_units(partial(self.measured, half), self.units) for half in both)]

    @property
    def matrix(self) -> Floats:
        """Mutual information on all rows in nats: (n_latents, n_factors)."""
        return self.information.mutual

    def matrix_of(self, values: Sequence[Parts]) -> Floats:
        """Return the mutual information in nats: (..., n_latents, n_factors)."""
        return values[0][0].mutual


@dataclass(frozen=True, eq=False, kw_only=True)
class JointInformation(InformationStatistic):
    """Information from the joint counts of binned latents and factors.

    Parameters
    ----------
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
    def measured(self) -> Callable[..., Information]:
        """Function from a representation, and ``units=``, to its information."""
        return partial(self.by_entropy, self.entropy)

    def by_entropy(self, entropy: Entropy, data: Representation, **units: Any) -> Information:
        """Return the information of the same counts by a given entropy."""
        return information_in_bins(
            data,
            discretizer=self.discretizer,
            n_bins=self.n_bins,
            factor_discretizer=discretize_uniform,
            factor_bins=self.factor_bins,
            entropy=entropy,
            **units,
        )

    def resampled(self) -> Resampled | None:
        """Return the resampled counts; None for latent groups, for halves, and for a user's entropy."""
        if self.units is not None or self.halves_seed is not None or not isinstance(self.entropy, CountEstimator):
            return None
        from .resampled_counts import ResampledCounts

        return ResampledCounts(self)

    def debiasing(self, reduce: Callable[[Any], Floats], weigh: Callable[[Any], Floats] | None) -> Any:
        """Return the function from resampled counts to the parts of a score from bias-corrected information."""
        from ..debiasing.counted_parts import CountedParts

        return partial(CountedParts, reduce=reduce, weigh=weigh)


@dataclass(frozen=True, eq=False, kw_only=True)
class EstimatedInformation(InformationStatistic):
    """Information estimated without bins.

    Parameters
    ----------
    estimator : Estimator
    normalizer : str
        ``"self-information"`` replaces the entropy of each factor by the estimate of its information with itself.
    """

    estimator: Estimator
    normalizer: str

    @property
    def measured(self) -> Callable[..., Information]:
        """Function from a representation, and ``units=``, to its information."""
        return partial(
            information_without_bins,
            estimator=self.estimator,
            normalizer=self.normalizer,
            factor_bins=self.factor_bins,
        )
