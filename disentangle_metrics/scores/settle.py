"""Both ends of every metric: `prepare` checks its input, and `settle` makes a Score from its statistic."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._version import __version__
from ..data.checks import check_two_factors, check_two_latents
from ..data.collapsed import silenced
from ..data.latent_groups import Units
from ..data.one_hot import one_hot
from ..data.representation import Representation
from ..errors import DisentangleError, InputError, OptionError
from ..options import a_number
from ..reductions.gaps import AGGREGATES, Aggregate
from ..registry import MetricSpec
from ..statistics.base import Floats, Resampled, Statistic
from .declared import Options
from .grouped_notes import by_factor
from .notes import remarks, remarks_on_latents
from .on_chance import on_chance
from .on_latents import first_names
from .on_statistic import on_statistic
from .recipe import Debiasing, Recipe, Reduction, Source, Weighing, weighted_mean
from .score import Note, Score, is_default

_WHY_UNDEFINED = "Pass latents, and factors, that vary."


class Prepared(NamedTuple):
    """Data that a metric can score, and the notes of every score of the data."""

    data: Representation
    notes: list[Note]


def prepare(options: Options, latents: ArrayLike | Representation, factors: ArrayLike | None = None) -> Prepared:
    """Return the checked data of a metric, which have everything that the metric needs, and the notes on them.

    Parameters
    ----------
    options : Options
        The options of the call; `factor_kinds` and `sample_weight` become a part of the data.
    latents, factors
        The arguments of the metric.

    Raises
    ------
    ShapeError, DTypeError, NonFiniteError, InputError, OptionError
    """
    data = Representation.of(
        latents,
        factors,
        options.get("factor_kinds"),
        options.get("sample_weight"),
        without_factors="factors" not in options.spec.needs,
    )
    notes = notes_on(options, data)
    if options.get("inactive") == "collapsed":
        data = silenced(data)
    if not options.get("one_hot"):
        return Prepared(data, notes)
    apart = one_hot(data)
    if apart.n_factors == data.n_factors and data.one_hot is None:
        notes.append("one_hot=True takes no factor apart: each is measured, or has two values at most")
    return Prepared(apart, notes)


def notes_on(options: Options, data: Representation) -> list[Note]:
    """Return the notes on data for a metric; raise if the data lack a need of the metric."""
    spec = options.spec
    check_needs(spec, data)
    if "factors" not in spec.needs:
        return remarks_on_latents(data)
    loses = "gap" in spec.traits and "dependence" not in spec.traits
    return remarks(data, options.get("degenerate", "drop"), spec.unit, loses)


def check_needs(spec: MetricSpec, data: Representation) -> None:
    """Raise an error if data lack factors, a second latent, or a second factor that varies, and a metric needs it."""
    if "factors" in spec.needs and not data.n_factors:
        raise OptionError(f"factors are missing, and {spec.name} needs them. Pass two arrays, or one Representation.")
    if "two latents" in spec.needs:
        check_two_latents(spec.name, data.n_samples, data.n_latents)
    if "two factors" in spec.needs:
        check_two_factors(spec.name, [data.factor_names[k] for k in range(data.n_factors) if k not in data.degenerate])


def lacking_parts(spec: MetricSpec, data: Representation) -> dict[str, str]:
    """Return the parts of a metric that lack something that they need of the data, each with the reason.

    Raises
    ------
    OptionError, InputError
        If every part does.
    """
    lacking: dict[str, str] = {}
    for part in spec.parts.values():
        try:
            check_needs(part, data)
        except DisentangleError as error:
            if len(lacking) == len(spec.parts) - 1:
                raise
            lacking[part.name] = str(error)
    return lacking


def settle(
    options: Options,
    statistic: Statistic,
    reduce: Reduction,
    *,
    part: str | None = None,
    notes: Sequence[Note] | Callable[[Floats], Sequence[Note]] = (),
    resolved: Mapping[str, Any] | None = None,
    always: Sequence[str] = (),
    units: Units | None = None,
    blocks: Units | None = None,
    aggregate: Aggregate | None = None,
    by_rows: Callable[[int], Mapping[str, Any]] = lambda n_samples: {},
    debias: Callable[[Resampled], Debiasing] | None = None,
    no_ceiling: str | None = None,
    of_values: bool = False,
    most: Callable[[Representation], tuple[float, ...] | None] | None = None,
    weigh: Weighing | None = None,
) -> Score:
    """Return the Score of a metric, which keeps its recipe.

    Parameters
    ----------
    options : Options
        Those of the call; those that differ from their default enter the signature.
    statistic : Statistic
        The measurement on the rows.
    reduce : callable
        From a value of the statistic to the parts of the score, ``(..., n_parts)``: a value for each factor, for each
        latent, or one number, as the registry says of the metric.
    part : str, optional
        The name of one part of a metric that has several.
    notes : sequence of notes, or callable
        The notes of the score, each text or a function from the score to texts; a callable makes them from the parts on
        each repeat, ``(n_repeats, n_parts)``.
    resolved : mapping, optional
        The values of options that were filled in.
    always : sequence of str, optional
        Options that every signature shows.
    units : Units, optional
        The groups of latents that are the rows of the matrix.
    blocks : Units, optional
        The groups of factors that are its columns, and the parts of the score.
    aggregate : callable, optional
        Makes one number of the defined parts, in the place of the option of that name.
    by_rows : callable, optional
        From a number of rows to the options that have to change with it when the metric is scored again.
    debias, no_ceiling, of_values, most, weigh : optional
        See :class:`Recipe`.
    """
    spec = options.spec if part is None else options.spec.parts[part]
    data = statistic.data
    given = {name: value for name, value in options.items() if name != "sample_weight"}  # which is a part of the data
    for option, groups in (("latent_groups", units), ("factor_groups", blocks)):
        if groups and given.get(option) is not None:
            given[option] = groups.setting
    settings = _settings(spec, data, given, resolved or {})
    parts = np.stack([np.atleast_1d(reduce(value)) for value in statistic.values])
    as_zero = _settle_constant(spec, data, parts, given, blocks)
    left_out = _settle_inactive(spec, data, parts, given, units)
    said = [*(notes(parts) if callable(notes) else notes), *left_out]
    defined = ~np.isnan(parts[0])
    if not defined.any():
        raise InputError(f"{spec.name} is undefined for every {spec.unit}: there is nothing to score. {_WHY_UNDEFINED}")
    weights = None if weigh is None else np.stack([weigh(value) for value in statistic.values])
    aggregate = aggregate or _aggregate(options, data, defined, weights is not None)
    if spec.unit == "whole":  # a single number, which may be infinite
        values = parts[:, 0]
    elif weights is not None:
        values = weighted_mean(parts[:, defined], weights[:, defined])
    else:
        values = np.array([a_number("aggregate", aggregate(row[defined])) for row in parts])
    several = len(values) > 1
    of_parts = parts.mean(axis=0) if several else parts[0]
    recipe = Recipe(
        source=Source.of(data),
        measure=partial(_measure, type(statistic), statistic.how),
        reduce=reduce,
        unit=spec.unit,
        parts=of_parts,
        aggregate=aggregate,
        as_zero=as_zero,
        bounds=spec.bounds(given),
        higher_is_better=spec.higher_is_better,
        rerun=partial(_rerun, spec, _again(given, settings), by_rows),
        debias=debias or statistic.debiasing(reduce, weigh),
        permutes="factors" if "factors" in spec.needs else "latents",
        no_chance=_no_chance(spec),
        no_ceiling=_lacking(spec) or no_ceiling,
        of_values=of_values,
        most=most,
        weigh=weigh,
        weights=None if weights is None else weights.mean(axis=0),
    )
    value = float(values.mean()) if several else float(values[0])
    return Score(
        value,
        metric=spec.name,
        per_factor=of_parts if spec.unit == "factor" else None,
        per_latent=of_parts if spec.unit == "latent" else None,
        per_repeat=values if several else None,
        matrix=statistic.matrix,
        latent_names=units.names if units else data.latent_names,
        factor_names=blocks.names if blocks else data.factor_names,
        columns=spec.columns,
        steps=statistic.steps,
        settings=settings,
        signature_options=_shown(spec, data, given, settings, always),
        notes=(*by_factor([*said, *on_statistic(spec, given, statistic, reduce, of_parts)]), *on_chance(spec)),
        recipe=recipe,
    )


def _aggregate(options: Options, data: Representation, defined: NDArray[np.bool_], weighted: bool) -> Aggregate:
    """Return the function that makes one number of the defined parts."""
    if data.one_hot is None and not weighted:
        return options.use("aggregate") if "aggregate" in options else AGGREGATES["mean"]
    if options.get("aggregate", "mean") != "mean":
        weighs = (
            "latents by their information, as weights='information' does"
            if weighted
            else "values by how often they occur, as one_hot=True does"
        )
        raise OptionError(f"aggregate={options['aggregate']!r} cannot weigh {weighs}. Leave one of them out.")
    if data.one_hot is None:
        return AGGREGATES["mean"]
    return partial(_weighted_mean, weights=np.array(data.one_hot.weights)[defined])


def _weighted_mean(values: Floats, weights: Floats) -> float:
    return float(weighted_mean(values, weights))


def _settings(
    spec: MetricSpec, data: Representation, options: Mapping[str, Any], resolved: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the effective value of every option, with the sizes of the data and the version."""
    if "sample_weight" in spec.options:
        options = {**options, "sample_weight": None if data.weights is None else data.weights.checksum}
    else:
        data.refuse_weights((spec.whole or spec).name)
    given = data.one_hot or data  # the factors as they were given
    kinds = given.factor_kinds
    return {
        **options,
        **({"factor_kinds": kinds[0] if len(set(kinds)) == 1 else kinds} if kinds else {}),
        **resolved,
        **({} if data.weights is None else {"n_effective": data.weights.n_effective}),
        "n_samples": data.n_samples,
        "n_latents": data.n_latents,
        "n_factors": given.n_factors,
        "version": __version__,
    }


def _settle_constant(
    spec: MetricSpec, data: Representation, parts: Floats, options: Mapping[str, Any], blocks: Units | None
) -> tuple[int, ...]:
    """Set the parts of factors that are not scored, in place; return the parts that count as 0.

    A group of factors is not scored if none of its factors is.
    """
    if spec.unit != "factor" or not data.degenerate:
        return ()
    members = [(k,) for k in range(data.n_factors)] if blocks is None else blocks.members
    unscored = [b for b, factors in enumerate(members) if set(factors) <= set(data.degenerate)]
    parts[:, unscored] = np.nan
    if options.get("degenerate") != "zero":
        return ()
    constant = tuple(b for b in unscored if any(data.factor_kinds[k] != "identifier" for k in members[b]))
    parts[:, list(constant)] = 0.0
    return constant


def _settle_inactive(
    spec: MetricSpec, data: Representation, parts: Floats, options: Mapping[str, Any], units: Units | None
) -> list[str]:
    """Set the parts of inactive latents, in place, unless they count; return the note on them.

    If every latent is inactive, all count, so that the score is the worst value and not undefined.
    """
    if spec.unit != "latent" or options.get("inactive", "keep") == "keep":
        return []
    silent = data.inactive if units is None else units.inactive(data.inactive)
    if silent.all() or not silent.any():
        return []
    parts[:, silent] = np.nan
    names = units.names if units else data.latent_names
    listed = first_names([names[j] for j in np.flatnonzero(silent)])
    are = "latent is" if silent.sum() == 1 else "latents are"
    return [f"{silent.sum()} of {len(silent)} {are} inactive and left out of the mean ({', '.join(listed)})"]


def _shown(
    spec: MetricSpec,
    data: Representation,
    options: Mapping[str, Any],
    settings: Mapping[str, Any],
    always: Sequence[str],
) -> tuple[str, ...]:
    """Return the settings that the signature prints, in order."""
    defaults = spec.options
    given = {**options, **({"sample_weight": settings["sample_weight"]} if "sample_weight" in defaults else {})}
    changed = [name for name, value in given.items() if not is_default(value, defaults[name])]
    if data.n_factors and not (data.one_hot or data).plainly_labels:  # at the same place as given kinds
        changed = [name for name in given if name in (*changed, "factor_kinds")]
    shown = [*always, *(name for name in changed if name not in always)]
    return tuple(name for name in shown if settings[name] is not None)


def _no_chance(spec: MetricSpec) -> str | None:
    """Return the reason why there is no chance level: nothing can be permuted that would leave no dependence."""
    if "factors" in spec.needs or spec.measures == "independence":
        return None
    return f"{spec.name} has no factors whose rows could be permuted"


def _lacking(spec: MetricSpec) -> str | None:
    """Return the reason why the perfect representation, which is made of labels, lacks a need of the metric."""
    if "factors" not in spec.needs:
        return f"{spec.name} has no factors to make a perfect representation of"
    lacking = ", ".join(sorted(spec.needs & {"posterior", "encoders", "interventions"}))
    return f"{spec.name} needs {lacking}, which a representation made of labels does not have" if lacking else None


def _again(options: Mapping[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of the same call on other data, which have their own kinds, with the drawn seed."""
    again = {name: value for name, value in options.items() if name != "factor_kinds"}
    seed = settings.get("random_state")
    return {**again, "random_state": seed} if isinstance(seed, int) else again


def _measure(kind: type[Statistic], how: Mapping[str, Any], data: Representation) -> Statistic:
    return kind(data=data, **how)


def _rerun(
    spec: MetricSpec,
    options: Mapping[str, Any],
    by_rows: Callable[[int], Mapping[str, Any]],
    data: Representation,
) -> Score:
    score: Score = spec.function(data, **{**options, **by_rows(data.n_samples)})
    return score
