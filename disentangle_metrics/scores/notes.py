"""Notes for every score of a representation, with a warning if the matter is serious."""

from __future__ import annotations

from collections.abc import Iterable

from ..data.kinds import Circular
from ..data.latent_groups import Units
from ..data.representation import Representation
from .on_factors import on_factors, on_related_factors
from .on_latents import on_constant, on_other_columns
from .recipe import Source
from .score import Note


def remarks(data: Representation, degenerate: str, unit: str = "factor", gap: bool = True) -> list[Note]:
    """Return the notes of every score of the data; those that take work are made when they are first read.

    Parameters
    ----------
    data : Representation
    degenerate : {"drop", "zero", "raise"}
        The treatment of factors that have fewer than two values.
    unit : str, default "factor"
        The unit of the metric's values.
    gap : bool, default True
        Whether the value of a factor is the lead of the best latent.

    Raises
    ------
    InputError
        If no factor has two values, or if one factor has fewer and `degenerate` is ``"raise"``.
    """
    constant, source = on_constant(data), Source.of(data)

    def when_read(_: object) -> Iterable[str]:
        data = source.data
        return [*on_related_factors(data, gap), *constant, *on_other_columns(data), *_on_weights(data)]

    return [*data.notes, *on_factors(data, degenerate, unit, gap), when_read]


def remarks_on_latents(data: Representation) -> list[Note]:
    """Return the notes of every score of a metric that needs no factors."""
    source = Source.of(data)

    def when_read(_: object) -> Iterable[str]:
        return [*on_other_columns(source.data), *_on_weights(source.data)]

    return [*data.notes, *on_constant(data, of_factors=False), when_read]


def _on_weights(data: Representation) -> list[str]:
    if data.weights is None or data.weights.values is None:
        return []
    size = data.weights.n_effective
    return [f"rows have weights: the effective sample size of {data.n_samples} rows is {size:.4g}"]


def no_perfect_code(data: Representation, units: Units | None, circles_as_two: bool) -> str | None:
    """Return the reason why the factors themselves cannot be scored as latents; None if they can.

    Parameters
    ----------
    data : Representation
    units : Units or None
        Latents that are scored together.
    circles_as_two : bool
        Whether the metric takes a circular factor as its cosine and sine.
    """
    if units is not None:
        return "the groups name these latents, and the perfect representation has other latents"
    varying = (kind for k, kind in enumerate(data.factor_kinds) if k not in data.degenerate)
    if circles_as_two and any(isinstance(kind, Circular) for kind in varying):
        return "a circular factor is taken as cosine and sine, which no single latent can represent perfectly"
    return None


def no_targets(named: bool) -> str | None:
    """Return the reason why there is no ceiling where latents are named for factors."""
    reason = "targets names latents of this representation, and the perfect representation has others"
    return reason if named else None
