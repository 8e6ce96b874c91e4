"""Notes for every score of a representation, with a warning if the matter is serious."""

from __future__ import annotations

from collections.abc import Sequence

from ..data.kinds import Circular
from ..data.latent_groups import Units
from ..data.representation import Representation
from ..errors import BiasWarning, DegenerateFactorWarning, InactiveLatentWarning, InputError, shortened, warn
from ..options import choice

# A column with at most this many distinct values is not taken for row numbers, however few rows there are.
FEW_VALUES = 16


def remarks(data: Representation, degenerate: str, unit: str = "factor", value: str = "gap") -> list[str]:
    """Return the notes of every score of the data.

    Parameters
    ----------
    data : Representation
    degenerate : {"drop", "zero", "raise"}
        The treatment of factors that have fewer than two values.
    unit : str, default "factor"
        The unit of the metric's values.
    value : str, default "gap"
        The word for the value of a factor.

    Raises
    ------
    InputError
        If no factor has two values, or if one factor has fewer and `degenerate` is ``"raise"``.
    """
    choice("degenerate", degenerate, ("drop", "raise", "zero"))
    on_all = (
        data.notes,
        _on_degenerate(data, degenerate, unit, value),
        _on_kinds(data),
        _on_labels(data),
        _on_latents(data),
        _on_weights(data),
    )
    return [note for notes in on_all for note in notes]


def remarks_on_latents(data: Representation) -> list[str]:
    """Return the notes of every score of a metric that needs no factors."""
    return [*data.notes, *_on_latents(data), *_on_weights(data)]


def _on_weights(data: Representation) -> list[str]:
    if data.weights is None or data.weights.values is None:
        return []
    size = data.weights.n_effective
    return [f"rows have weights: the effective sample size of {data.n_samples} rows is {size:.4g}"]


def _on_degenerate(data: Representation, policy: str, unit: str, value: str) -> list[str]:
    notes = []
    for k in data.degenerate:
        values = data.labels(k).values
        what = f"the single value {shortened(str(values[0]))}" if len(values) else "no label at all"
        message = f"factor {data.factor_names[k]!r} (column {k}) has {what}, so " + (
            f"its {value} is undefined" if unit == "factor" else "no latent can have information about it"
        )
        if len(data.degenerate) == data.n_factors:
            raise InputError(f"{message}. No factor varies: there is nothing to separate.")
        if policy == "raise":
            raise InputError(f"{message}. Leave it out, or pass degenerate='drop'.")
        if unit != "factor":
            notes.append(f"{message}.")
        else:
            notes.append(
                f"{message}; it counts as 0." if policy == "zero" else f"{message}; it is left out of the mean."
            )
        if policy == "drop":
            warn(notes[-1], DegenerateFactorWarning)
    return notes


def _on_kinds(data: Representation) -> list[str]:
    pairs = zip(data.factor_names, data.factor_kinds, data.kinds_given, strict=True)
    inferred = [name for name, kind, given in pairs if kind == "continuous" and given is None]
    if not inferred:
        return _on_circles(data)
    one = f"factor {inferred[0]!r} was"
    several = f"{len(inferred)} factors ({', '.join(inferred)}) were"
    notes = [f"{one if len(inferred) == 1 else several} taken as continuous (pass factor_kinds to say otherwise)"]
    if data.latents.dtype.kind in "bui" and len(inferred) == data.n_factors:
        notes.append("latents are whole numbers and factors are not: are the two arguments swapped?")
    return [*notes, *_on_circles(data)]


def _on_circles(data: Representation) -> list[str]:
    """Return notes on periods that were not given, and on values that are the same angle."""
    notes = []
    for k, (kind, given) in enumerate(zip(data.factor_kinds, data.kinds_given, strict=True)):
        if not isinstance(kind, Circular):
            continue
        name, (n_before, n_angles) = data.factor_names[k], data.n_angles(k)
        if isinstance(given, Circular) and given.period is None:
            notes.append(f"factor {name!r} was taken to have the period {kind.turn:g} (pass Circular(period=...))")
        if n_angles < n_before:
            notes.append(f"the {n_before} values of factor {name!r} are {n_angles} angles, modulo {kind.turn:g}")
    return notes


def _on_labels(data: Representation) -> list[str]:
    notes = []
    for k, name in enumerate(data.factor_names):
        labels = data.labels(k)
        if labels.missing is not None and labels.n_values > 1:
            notes.append(f"factor {name!r} is scored on the {labels.n_labeled} rows that have a label")
        if not data.is_measured(k) and labels.n_values > max(labels.n_labeled / 2, FEW_VALUES):
            notes.append(
                f"factor {name!r} (column {k}) has {labels.n_values} distinct labels in {labels.n_labeled} rows, "
                "so its scores mean little; if it is a measurement, pass factor_kinds='continuous'."
            )
            warn(notes[-1], BiasWarning)
    return notes


def _on_latents(data: Representation) -> list[str]:
    n_inactive = int(data.inactive.sum())
    if n_inactive == data.n_latents:
        note = "every latent is constant, so no latent has information about any factor."
        warn(note, InactiveLatentWarning)
        return [note]
    if n_inactive:
        return [f"{n_inactive} of {data.n_latents} latents {'is' if n_inactive == 1 else 'are'} constant"]
    return []


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


def no_targets(targets: Sequence[int] | None) -> str | None:
    """Return why the perfect code cannot be scored where latents are named for factors."""
    reason = "targets names latents of this representation, and the perfect representation has others"
    return None if targets is None else reason
