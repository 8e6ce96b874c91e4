"""Additions to a score: its interval, its chance level, and its ceiling."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from ..errors import OptionError
from ..options import flag, integer, real
from ..rendering.numbers import IN_WORDS, interval, number
from ..rendering.plain import plain

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike

Pairs = tuple[tuple[float, float], ...]
Rows = tuple[tuple[float, ...], ...]


@dataclass(frozen=True)
class Interval:
    """Interval of a score: its ends, its level (0.95 for 95 %) and its method.

    Attributes
    ----------
    low, high : float
    level : float
    method : str
    per_factor, per_latent : tuple of pairs of float, or None
        The ends for each factor, or for each latent, if the metric has such values; NaN where undefined.
    center : float or None
        The corrected (bias-corrected) score. Parts that may be 0 are not corrected to more than their observed value.
    standard_error : float or None
    n_boot : int or None
        Number of bootstrap draws.
    random_state : int or None
        Seed of the draws.
    per_factor_center, per_latent_center : tuple of float, or None
        The corrected value of each factor, or of each latent; NaN if undefined.
    middle : float or None
        The middle of the interval before its ends are cut to the range of the score.
    """

    low: float
    high: float
    level: float
    method: str
    per_factor: Pairs | None = None
    center: float | None = None
    standard_error: float | None = None
    n_boot: int | None = None
    random_state: int | None = None
    per_latent: Pairs | None = None
    per_factor_center: tuple[float, ...] | None = None
    per_latent_center: tuple[float, ...] | None = None
    middle: float | None = None

    @property
    def per_part(self) -> Pairs | None:
        """Ends for each part of the score, factor or latent."""
        return self.per_latent if self.per_factor is None else self.per_factor

    @property
    def per_part_center(self) -> tuple[float, ...] | None:
        """The corrected value of each part of the score, factor or latent."""
        return self.per_latent_center if self.per_factor_center is None else self.per_factor_center


@dataclass(frozen=True)
class Null:
    """Null distribution: scores with the rows of the factors in random order, so that latents have no information.

    Of a metric without factors, the rows of each latent are in an order of their own. Latents are then independent of
    each other, and the p-value is that of latents that depend on each other no more than so.

    Attributes
    ----------
    mean : float
        The mean of these scores, which is the ``chance`` of the score.
    quantiles : tuple of float
        Their 5, 50 and 95 % quantiles.
    p_value : float
        (1 + number of these scores that reach the score) / (1 + number of these scores): never 0.
    per_factor, per_factor_p : tuple of float or None
        The mean value and the p-value of each factor, NaN where undefined.
    per_latent, per_latent_p : tuple of float or None
        The mean value and the p-value of each latent, for metrics that have a value for each latent.
    matrix : tuple of tuples of float, a row per latent
        The mean of each entry of the score's matrix.
    n_permutations, random_state : int
    method : str
    """

    mean: float
    quantiles: tuple[float, float, float]
    p_value: float
    matrix: Rows
    n_permutations: int
    random_state: int
    method: str
    per_factor: tuple[float, ...] | None = None
    per_factor_p: tuple[float, ...] | None = None
    per_latent: tuple[float, ...] | None = None
    per_latent_p: tuple[float, ...] | None = None

    @property
    def per_part(self) -> tuple[float, ...] | None:
        """Mean value of each part of the score, factor or latent."""
        return self.per_latent if self.per_factor is None else self.per_factor


@dataclass(frozen=True)
class Ceiling:
    """Ceiling: the score of the perfect representation of these factors under the same options.

    Attributes
    ----------
    value : float
    per_factor : tuple of float
    bound : tuple of float, or None
        The highest possible value of each factor, min(1, log(bins) / H(v_k)), if there is such a bound.
    passed_by : float or None
        The score of a representation without one of two dependent factors, if it is higher.
    """

    value: float
    per_factor: tuple[float, ...]
    bound: tuple[float, ...] | None = None
    passed_by: float | None = None


def as_plain(part: Interval | Null | Ceiling | None) -> dict[str, Any] | None:
    """Return an addition as plain Python values: an undefined number is None, and absent fields are left out."""
    if part is None:
        return None
    values = {field.name: getattr(part, field.name) for field in fields(part)}
    return {name: plain(value) for name, value in values.items() if value is not None}


def heading(chance: float | None, ceiling: Ceiling | None, adjusted: float | None) -> str:
    """Return the text of a score's first line after its value and its interval."""
    best = None if ceiling is None else ceiling.value
    parts = (("chance", chance, 3), ("ceiling", best, 2), ("adjusted", adjusted, 3))
    return "".join(
        f"   {name} {number(value, digits, undefined=IN_WORDS)}" for name, value, digits in parts if value is not None
    )


def between(value: float, corrected: float | None, ends: tuple[float, float] | None, digits: int) -> str:
    """Return `` [low, high]``, after the corrected value if that has other digits than the value.

    An empty text if the ends are missing or undefined.
    """
    text = "" if ends is None else interval(*ends, digits, undefined="")
    if text and corrected is not None and number(corrected, digits) != number(value, digits):
        text = f"corrected {number(corrected, digits)} {text}"
    return text and f" {text}"


def after_score(value: float, interval: Interval | None, digits: int) -> str:
    """Return the text after a score: the corrected score and the interval."""
    return "" if interval is None else between(value, interval.center, (interval.low, interval.high), digits)


def after_parts(parts: Mapping[str, float], interval: Interval | None, digits: int) -> dict[str, str]:
    """Return the text after each part of a score, by name: the corrected value and the interval."""
    if interval is None or interval.per_part is None:
        return dict.fromkeys(parts, "")
    corrected = interval.per_part_center or (None,) * len(parts)
    each = zip(parts.items(), corrected, interval.per_part, strict=True)
    return {name: between(value, center, ends, digits) for (name, value), center, ends in each}


def beside(
    interval: Interval | None,
    null: Null | None,
    ceiling: Ceiling | None,
    chance: float | None,
    adjusted: float | None,
    part: int | None,
) -> dict[str, float]:
    """Return the numbers that are reported with a score, or with one of its parts, by name."""
    if part is None:
        numbers = {"chance": chance, "adjusted": adjusted, "ceiling": None if ceiling is None else ceiling.value}
        ends = None if interval is None else (interval.low, interval.high)
        corrected = None if interval is None else interval.center
    else:
        numbers = {
            "chance": None if null is None or null.per_part is None else null.per_part[part],
            "ceiling": None if ceiling is None or not ceiling.per_factor else ceiling.per_factor[part],
        }
        ends = None if interval is None or interval.per_part is None else interval.per_part[part]
        centers = None if interval is None else interval.per_part_center
        corrected = None if centers is None else centers[part]
    if ends is not None:
        numbers |= {"corrected": corrected, "low": ends[0], "high": ends[1]}
    return {name: value for name, value in numbers.items() if value is not None}


@dataclass(frozen=True)
class Context:
    """Requested additions to each score, by the names of :func:`evaluate`'s options."""

    confidence: float | None = None
    n_boot: int | None = None
    groups: ArrayLike | None = None
    chance: bool = False
    n_permutations: int | None = None
    ceiling: bool = False
    adjusted: bool = False
    random_state: int | np.random.Generator | None = 42

    def __post_init__(self) -> None:
        if self.confidence is not None:
            real("confidence", self.confidence, 0.0, 1.0)
        if self.n_boot is not None:
            integer("n_boot", self.n_boot, 2)
        if self.n_permutations is not None:
            integer("n_permutations", self.n_permutations, 1)
        for option in ("chance", "ceiling", "adjusted"):
            flag(option, getattr(self, option))
        by_chance = self.chance or self.adjusted
        _needs("n_boot", self.n_boot, "confidence=0.95", self.confidence is not None)
        _needs("groups", self.groups, "confidence=0.95", self.confidence is not None)
        _needs("n_permutations", self.n_permutations, "chance=True", by_chance)

    @property
    def wanted(self) -> bool:
        """Whether any addition is requested."""
        return self.confidence is not None or self.chance or self.ceiling or self.adjusted


def _needs(option: str, value: object, other: str, given: bool) -> None:
    """Raise OptionError if a given option has no effect without another option."""
    if value is not None and not given:
        raise OptionError(f"{option} has no effect without {other}. Pass both, or leave it out.")
