"""A representation on other rows, and scores of it: what serves every metric, and costs a score for each draw."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import OptionError, quiet
from ..kernels.gaps import AGGREGATES
from ..options import a_number, resolve
from ..posterior import Posterior
from ..registry import MetricSpec
from ..representation import Representation
from ..score import Score

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Asked:
    """A score, and all that it takes to compute it once more.

    Attributes
    ----------
    data : Representation
        With the kinds of factors that the options name.
    spec : MetricSpec
    options : mapping
        Every option of the metric, as it was passed or by its default.
    score : Score

    Raises
    ------
    OptionError
        If rows have weights.
    """

    data: Representation
    spec: MetricSpec
    options: Mapping[str, Any]
    score: Score

    def __post_init__(self) -> None:
        if self.data.weights is not None:
            raise OptionError(
                "intervals, chance, ceilings and comparisons of rows are made for rows that count alike. Leave out "
                "sample_weight, or confidence, chance, ceiling and adjusted."
            )
        kinds = self.options.get("factor_kinds")
        if kinds is not None:
            object.__setattr__(self, "data", self.data.with_kinds(kinds))

    @property
    def again(self) -> dict[str, Any]:
        """The options, with the seed that was drawn if one was."""
        seed = self.score.settings.get("random_state")
        return {**self.options, "random_state": seed} if isinstance(seed, int) else dict(self.options)

    @property
    def parts(self) -> Floats:
        """The value of each factor: (k,)."""
        factors = self.score.per_factor
        return np.full(len(self.score.factor_names), np.nan) if factors is None else np.array(factors)


def on_rows(data: Representation, latents: NDArray[np.intp], factors: NDArray[np.intp]) -> Representation:
    """Return the latents on some rows beside the factors on some rows, of the kinds that they have here."""
    names = {"latent_names": data.latent_names, "factor_names": data.factor_names}
    values = data.factors[factors]
    if isinstance(data, Posterior):
        samples = None if data.samples is None else data.samples[latents]
        posterior = Posterior(data.latents[latents], data.logvar[latents], values, samples=samples, **names)
        return posterior.with_kinds_of(data)
    return Representation(data.latents[latents], values, **names).with_kinds_of(data)


def scored(asked: Asked, data: Representation) -> Score:
    """Return the score of other data by the same options, without a word of warning.

    Of fewer rows as large a part tests, where the options say how many rows do.
    """
    options = {**asked.again, "factor_kinds": None} if "factor_kinds" in asked.options else asked.again
    n_test = options.get("test_size")
    if isinstance(n_test, (int, np.integer)):
        options["test_size"] = max(1, int(n_test) * data.n_samples // asked.data.n_samples)
    with quiet():
        score: Score = asked.spec.function(data, **options)
    return score


def one_number(asked: Asked, per_factor: Floats) -> Floats:
    """Return what the metric makes of the values of all factors: (..., k) -> (...)."""
    values = np.array(per_factor, dtype=np.float64)
    degenerate = list(asked.data.degenerate)
    values[..., degenerate] = 0.0 if asked.options.get("degenerate") == "zero" else np.nan
    kept = values[..., ~np.isnan(asked.parts)]
    aggregate = resolve("aggregate", asked.options.get("aggregate", "mean"), AGGREGATES)
    rows = kept.reshape(-1, kept.shape[-1])
    return np.array([a_number("aggregate", aggregate(row)) for row in rows]).reshape(kept.shape[:-1])
