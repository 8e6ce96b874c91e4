"""Information of latents with factors beside the dependence of the factors on each other, as a statistic."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np

from ..data.representation import Representation
from ..kernels.counting.information import Information
from ..kernels.entropy.table import ENTROPIES
from ..kernels.information.estimators import KSG
from .base import Floats, Resampled
from .dependence_of_factors import conditional_entropies, conditional_entropies_without_bins
from .information import EstimatedInformation, JointInformation


@dataclass(frozen=True, eq=False, kw_only=True)
class DependentInformation(JointInformation):
    """Information from joint counts, and H(v_k | v_l) of each pair of factors, from joint counts too."""

    @cached_property
    def values(self) -> Sequence[Any]:
        """Pair of the information and the conditional entropies (n_factors, n_factors)."""
        info = self.information
        return [(info, conditional_entropies(self.data, self.factor_bins, self.entropy, info.factor_entropy))]

    def resampled(self) -> Resampled | None:
        """Return the resampled counts; None for latent groups, and for a user's entropy."""
        if super().resampled() is None:
            return None
        from .resampled_dependence import ResampledDependence

        return ResampledDependence(self)

    def debiasing(self, reduce: Callable[[Any], Floats], weigh: Callable[[Any], Floats] | None) -> Any:
        """Return the function from resampled counts to the parts of a score from bias-corrected counts."""
        from ..debiasing.counted_dependence import CountedDependence

        return partial(CountedDependence, reduce=reduce, weigh=weigh)


@dataclass(frozen=True, eq=False, kw_only=True)
class EstimatedDependence(EstimatedInformation):
    """Information without bins, and H(v_k | v_l) of each pair of factors.

    The conditional entropies are estimated without bins as well if the entropies of factors are their self-information.
    """

    @cached_property
    def values(self) -> Sequence[Any]:
        """Pair of the information and the conditional entropies (n_factors, n_factors)."""
        info, data = self.information, self.data
        if self.normalizer == "self-information":
            return [(info, conditional_entropies_without_bins(data, self.estimator, info.factor_entropy))]
        return [(info, conditional_entropies(data, self.factor_bins, ENTROPIES["plugin"], info.factor_entropy))]


@dataclass(frozen=True, eq=False, kw_only=True)
class DependenceOfEach(EstimatedDependence):
    """The same, with the noise that breaks ties drawn for each latent as if there were no other."""

    @property
    def measured(self) -> Callable[..., Information]:
        """Function from a representation, and ``units=``, to its information."""
        together = super().measured
        return partial(_one_by_one, together) if isinstance(self.estimator, KSG) else together


def _one_by_one(measured: Callable[..., Information], data: Representation, units: Any = None) -> Information:
    if units is not None:
        return measured(data, units=units)

    def alone(j: int) -> Representation:
        return Representation(data.latents[:, [j]], data.factors, factor_names=data.factor_names).with_kinds_of(data)

    parts = [measured(alone(j)) for j in range(data.n_latents)]
    of_latents = ("mutual", "latent_entropy", "by_chance")
    return parts[0]._replace(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in of_latents})
