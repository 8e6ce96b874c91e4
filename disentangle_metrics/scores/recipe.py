"""Recipe: how a score is computed, so that it can be computed again from resampled rows or from other data."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from ..data.representation import Representation
from ..errors import OptionError, OverwrittenError, quiet
from ..kernels.columns.columns import extremes
from ..options import a_number
from ..statistics.base import Around, Floats, Resampled, Statistic

# From a value of a statistic to the value of each part of a score: (..., n_parts). This is the metric itself.
Reduction = Callable[[Any], Floats]


# From a value of a statistic to the weight of each part in the mean: (..., n_parts).
Weighing = Callable[[Any], Floats]


class Drawn(NamedTuple):
    """Parts of a score (..., n_parts) on drawn or permuted rows, its matrix, and the weights of its parts if any."""

    parts: Floats
    matrix: Floats
    weights: Floats | None


# From an order of the rows, see `Recipe.order`, to the score of the rows in that order.
Permuted = Callable[[NDArray[np.intp]], Drawn]


def stacked(weights: Iterable[Floats | None]) -> Floats | None:
    """Return the weights of the parts of several draws, one row each; None if they have none."""
    rows = [of_draw for of_draw in weights if of_draw is not None]
    return np.stack(rows) if rows else None


class Debiasing(Protocol):
    """Bias-corrected parts of a score.

    Attributes
    ----------
    noisy : bool
        Whether the estimate of the bias varies so much from sample to sample that a difference of two models should
        not rest on it alone.
    refusal : str or None
        Reason why there is no interval.
    """

    noisy: bool

    @property
    def refusal(self) -> str | None:
        """Reason why there is no interval."""

    def center(self, drawn: Floats, matrices: Floats) -> Floats:
        """Return the bias-corrected parts (k,), given the parts (B, k) and matrices (B, d, k) of all draws."""

    def first_order(self) -> tuple[Floats, Floats] | None:
        """Return the bias-corrected parts (k,), and the influence of each row on them, minus the mean (n, k)."""

    def around(self, values: Iterable[Any]) -> Sequence[Around]:
        """Return draws around the bias-corrected score, the likeliest case first; none if draws serve as they are.

        `values` are the statistic's values under drawn weights of the rows, block by block.
        """

    def level(self, reach: float) -> NDArray[np.bool_] | None:
        """Return the parts that may be 0, given a number of standard errors (k,); None if the draws show them."""

    def notes(self) -> list[str]:
        """Return notes on the limits of the bias estimate."""


class Source:
    """Rows of a score: the representation while it is in use, and afterwards its arrays alone.

    A kept score then holds no copy of the data and no shared work of metrics.
    """

    def __init__(self, data: Representation) -> None:
        self._in_use = weakref.ref(data)
        self._origin = weakref.ref(data.origin)
        self._arrays = data.lean()

    @classmethod
    def of(cls, data: Representation) -> Source:
        """Return the source of a representation: the same for all scores and notes of it."""
        return data.remember(("source", data.kinds_given), lambda: cls(data))

    @property
    def data(self) -> Representation:
        """Representation, restored from its arrays if nothing else keeps it."""
        data = self._in_use()
        if data is None:
            self._check_unchanged()
            data = self._arrays.whole(self._origin())
            self._in_use = weakref.ref(data)
        return data

    def _check_unchanged(self) -> None:
        """Raise OverwrittenError if the latents have other extremes than when they were scored."""
        before = self._arrays.extremes
        if not np.array_equal(before, extremes(self._arrays.latents)):
            raise OverwrittenError(
                "the latents were overwritten after they were scored, and the score keeps no copy. Read its notes, and "
                "ask for intervals, before that; or pass a copy."
            )

    @property
    def nbytes(self) -> int:
        """Bytes of the arrays. They are the caller's arrays if the caller passed NumPy arrays."""
        return int(self._arrays.latents.nbytes + self._arrays.factors.nbytes)


@dataclass(frozen=True, eq=False)
class Recipe:
    """Recipe of a score: its statistic, the reduction from the statistic to the score's parts, and its bounds.

    Attributes
    ----------
    source : Source
        The rows.
    measure : callable
        From a representation to the statistic.
    reduce : callable
        From one value of the statistic to the parts of the score, ``(..., n_parts)``. It is the metric itself. It also
        takes the values of many draws at once, along a first axis.
    unit : {"factor", "latent", "whole"}
        The unit of the parts.
    parts : ndarray of shape (n_parts,)
        Value of each part, NaN if it is undefined.
    aggregate : callable
        From the defined parts to the score.
    as_zero : tuple of int
        Parts of factors with a single value that count as 0.
    bounds : (float, float)
        Lowest and highest possible value under these options.
    higher_is_better : bool
    rerun : callable
        From other data to its score, under the same options.
    debias : callable, optional
        From the resampled statistic to its :class:`Debiasing`. Without it the bias of the draws is subtracted.
    permutes : {"factors", "latents"}
        What is permuted for the chance level: the rows of all factors together, or, of a metric that needs no
        factors, the rows of each latent by itself, so that latents know nothing of each other.
    no_chance : str, optional
        The reason why there is no chance level.
    no_ceiling : str, optional
        The reason why the perfect representation cannot be scored under these options.
    of_values : bool
        Whether the perfect representation has a latent for each value of a factor, and not one for each factor.
    most : callable, optional
        Returns the highest possible value of each factor.
    weigh : callable, optional
        From one value of the statistic to the weight of each part in the mean; without it parts weigh the same.
    weights : ndarray of shape (n_parts,), optional
        The weights of the parts of this score.
    """

    source: Source
    measure: Callable[[Representation], Statistic]
    reduce: Reduction
    unit: str
    parts: Floats
    aggregate: Callable[[Floats], float]
    as_zero: tuple[int, ...]
    bounds: tuple[float, float]
    higher_is_better: bool
    rerun: Callable[[Representation], Any] = field(repr=False)
    debias: Callable[[Resampled], Debiasing] | None = None
    permutes: str = "factors"
    no_chance: str | None = None
    no_ceiling: str | None = None
    of_values: bool = False
    most: Callable[[Representation], tuple[float, ...] | None] | None = None
    weigh: Weighing | None = None
    weights: Floats | None = None

    @property
    def data(self) -> Representation:
        """The rows."""
        return self.source.data

    @property
    def nbytes(self) -> int:
        """Bytes of the arrays that the recipe keeps alive."""
        return self.source.nbytes

    def statistic(self) -> Statistic:
        """Return the statistic of the rows."""
        return self.measure(self.data)

    def drawn(self, statistic: Statistic, values: Sequence[Any]) -> Drawn:
        """Return the parts of the score from values of the statistic on drawn rows; the mean of several values."""
        weights = None if self.weigh is None else _mean(self.weigh, values)
        return Drawn(_mean(self.reduce, values), statistic.matrix_of(values), weights)

    def order(self, rng: np.random.Generator) -> NDArray[np.intp]:
        """Return a random order of the rows of the factors, (n,), or of the rows of each latent, (n_latents, n)."""
        n, d = self.data.n_samples, self.data.n_latents
        if self.permutes == "factors":
            return rng.permutation(n)
        return np.stack([rng.permutation(n) for _ in range(d)])

    @property
    def reaches(self) -> bool:
        """Whether a score is further from chance the higher it is.

        Chance is no information about factors, and a good score is above it; but latents that know nothing of each
        other are good, so that a score without factors is further from chance where it is worse.
        """
        return self.higher_is_better == (self.permutes == "factors")

    def recounted(self) -> Permuted | None:
        """Return the function that reduces the permuted statistic; None if an order needs a full new measurement."""
        statistic = self.statistic()
        resampled = statistic.resampled()
        permute = None if resampled is None else resampled.permute
        return None if permute is None else lambda order: self.drawn(statistic, permute(order))

    def refitted(self) -> Permuted:
        """Return the function that scores the latents again in a given order, with a full new measurement."""
        data = self.data

        def permuted(order: NDArray[np.intp]) -> Drawn:
            # permuted latents with factors in place are the same pairs, and the factors keep their codes
            apart = data.apart(order) if order.ndim == 2 else data.on_rows(order, np.arange(len(order)))
            score = self.again(apart)
            return Drawn(self.parts_of(score), np.array(score.matrix), score.recipe.weights)

        return permuted

    def parts_of(self, score: Any) -> Floats:
        """Return the parts of a score of this metric: (n_parts,)."""
        parts = {"factor": score.per_factor, "latent": score.per_latent}.get(self.unit)
        return np.array([float(score)] if parts is None else parts)

    def by_unit(self, **of_parts: Any) -> dict[str, Any]:
        """Return fields called ``per_factor...`` under their name for the unit of this metric, as ``per_latent...``."""
        if self.unit == "whole":
            return {}
        return {name.replace("per_factor", f"per_{self.unit}"): value for name, value in of_parts.items()}

    def whole(self, parts: Floats, shares: Floats | None = None) -> Floats:
        """Return the score from its parts: (..., n_parts) -> (...).

        `shares` (..., n_parts) are the weights of the parts in each draw; by default those of this score.
        """
        if self.unit == "whole":
            return np.array(parts[..., 0], dtype=np.float64)
        parts = np.array(parts, dtype=np.float64)
        parts[..., list(self.as_zero)] = 0.0
        defined = ~np.isnan(self.parts)
        kept = parts[..., defined]
        if shares is None:
            shares = self.weights
        if shares is not None:
            return weighted_mean(kept, shares[..., defined])
        rows = kept.reshape(-1, kept.shape[-1])
        return np.array([a_number("aggregate", self.aggregate(row)) for row in rows]).reshape(kept.shape[:-1])

    def again(self, data: Representation) -> Any:
        """Return the score of other data under the same options, without warnings."""
        with quiet():
            return self.rerun(data)

    def check_rows_count_alike(self) -> None:
        """Raise OptionError if rows have weights."""
        if self.data.weights is not None:
            raise OptionError(
                "intervals, chance, ceilings and comparisons of rows need rows of equal weight. Leave out "
                "sample_weight, or confidence, chance, ceiling and adjusted."
            )


def weighted_mean(parts: Floats, weights: Floats) -> Floats:
    """Return the weighted mean of parts (..., n_parts) -> (...); the plain mean where all weights are 0."""
    weights = np.where(weights.sum(axis=-1, keepdims=True) > 0, weights, 1.0)
    return np.asarray((parts * weights).sum(axis=-1) / weights.sum(axis=-1))


def _mean(function: Callable[[Any], Floats], values: Sequence[Any]) -> Floats:
    """Return the mean of a function over the values of a statistic, one for each repeat."""
    total = function(values[0])
    for value in values[1:]:
        total = total + function(value)
    return np.asarray(total / len(values))
