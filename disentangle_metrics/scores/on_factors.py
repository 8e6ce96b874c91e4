"""What a reader should know of the factors of a score."""

from __future__ import annotations

from ..data.dependence import dependences
from ..data.kinds import Circular
from ..data.labels import Labels
from ..data.likeness import factors_in_parts
from ..data.representation import Representation
from ..errors import BiasWarning, DegenerateFactorWarning, InputError, shortened, warn
from ..kernels.columns.copies import mid_ranks, sampled

# A column with at most this many distinct values is not taken for row numbers, however few rows there are.
FEW_VALUES = 16

# Rows for each value from which numbers that are not whole are taken for labels without a word; and values up to which.
_ROWS_PER_LABEL, _FEW_NUMBERS = 5, 8

# Squared correlation of ranks from which a latent follows the order of whole numbers, and rows that are looked at.
_FOLLOWS, _ROWS = 0.5, 1000

# Share of a factor that another one tells from which a note says so.
_MUCH = 0.1


def on_factors(data: Representation, degenerate: str, unit: str, gap: bool) -> list[str]:
    """Return the notes on factors that are left out, and on what labels were taken for.

    Parameters
    ----------
    data : Representation
    degenerate : {"drop", "zero", "raise"}
        What is done with factors that have fewer than two values.
    unit : str
        What the metric has a value for.
    gap : bool
        Whether the value is the lead of the best latent.

    Raises
    ------
    InputError
        If no factor has two values, or one has not and `degenerate` is ``"raise"``.
    """
    return [
        *_on_degenerate(data, degenerate, unit, "gap" if gap else "value"),
        *_on_kinds(data),
        *_on_labels(data),
    ]


def on_related_factors(data: Representation, gap: bool) -> list[str]:
    """Return the notes that compare factors with latents and with one another, which takes work.

    Parameters
    ----------
    data : Representation
    gap : bool
        Whether the value is the lead of the best latent.
    """
    return [*_on_measurements(data), *_on_parts(data), *_on_dependence(data, gap)]


def _on_degenerate(data: Representation, policy: str, unit: str, value: str) -> list[str]:
    notes = []
    if all(kind == "identifier" for kind in data.factor_kinds):
        raise InputError("every factor is an identifier: there is nothing to score. Pass another kind for one of them.")
    for k in data.degenerate:
        if data.factor_kinds[k] == "identifier":
            continue
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
        if data.factor_kinds[k] == "identifier":
            notes.append(_on_identifier(data, k))
            continue
        if labels.missing is not None and labels.n_values > 1:
            notes.append(f"factor {name!r} is scored on the {labels.n_labeled} rows that have a label")
        if not data.is_measured(k) and _has_many(labels):
            mend = (
                f"if it names the rows, pass factor_kinds={{{name!r}: 'identifier'}}"
                if labels.is_text
                else "if it is a measurement, pass factor_kinds='continuous'"
            )
            notes.append(
                f"factor {name!r} (column {k}) has {labels.n_values} distinct labels in {labels.n_labeled} rows, "
                f"so its scores mean little; {mend}."
            )
            warn(notes[-1], BiasWarning)
    return notes


def _has_many(labels: Labels) -> bool:
    """Whether there are so many labels, for so few rows, that a score on them says little."""
    return labels.n_values > max(labels.n_labeled / 2, FEW_VALUES)


def _on_identifier(data: Representation, k: int) -> str:
    name, labels = data.factor_names[k], data.labels(k)
    if data.kinds_given[k] is not None:
        return f"factor {name!r} is left out, as factor_kinds says"
    what = "has another text in each" if labels.is_text else "counts whole numbers up or down through all"
    note = (
        f"factor {name!r} (column {k}) {what} of {labels.n_labeled} rows, so it names rows and is left out; pass "
        f"factor_kinds={{{name!r}: 'categorical'}} to score it."
    )
    warn(note, DegenerateFactorWarning)
    return note


def _on_measurements(data: Representation) -> list[str]:
    """Say which numbers were taken for labels, and may be measurements: those that are not whole, or are followed."""
    of_whole: dict[bool, list[int]] = {True: [], False: []}
    for k, (kind, given) in enumerate(zip(data.factor_kinds, data.kinds_given, strict=True)):
        labels = data.labels(k)
        if kind != "categorical" or given is not None or labels.is_text or _has_many(labels):
            continue
        if not labels.is_whole and labels.n_values > max(labels.n_labeled / _ROWS_PER_LABEL, _FEW_NUMBERS):
            of_whole[False].append(k)
        elif labels.is_whole and not labels.few and _is_followed(data, k):
            of_whole[True].append(k)
    notes = []
    for whole, factors in of_whole.items():
        if factors:
            names = [data.factor_names[k] for k in factors]
            shown = ", ".join(f"{data.factor_names[k]!r} ({data.labels(k).n_values} values)" for k in factors)
            was = "factor {} was taken for labels" if len(factors) == 1 else "factors {} were taken for labels"
            why = "whole numbers whose order a latent follows" if whole else "numbers that are not whole"
            kinds = "{" + ", ".join(f"{name!r}: 'continuous'" for name in names) + "}"
            notes.append(f"{was.format(shown)}: they are {why}. For measurements pass factor_kinds={kinds}")
    return notes


def _on_parts(data: Representation) -> list[str]:
    return [
        f"factors {data.factor_names[group[0]]!r} to {data.factor_names[group[-1]]!r} are one factor in {len(group)} "
        f"parts, as one-hot labels are, and count as {len(group)} factors: pass the number of the class (argmax) as one"
        for group in factors_in_parts(data)
    ]


def _is_followed(data: Representation, k: int) -> bool:
    """Whether the ranks of some latent go with those of a factor."""
    rows = sampled(data.n_samples, _ROWS)
    codes = data.labels(k).codes[rows]
    there = rows[codes >= 0]
    ranks = mid_ranks(codes[codes >= 0])[0]
    return any(float(mid_ranks(data.latents[there, j])[0] @ ranks) ** 2 > _FOLLOWS for j in range(data.n_latents))


def _on_dependence(data: Representation, gap: bool) -> list[str]:
    """Say which factors tell much of one another, since scores take them to be independent."""
    found = [each for each in dependences(data) if each.share > _MUCH]
    if not found:
        return []
    share, of, by = found[0]
    pairs = {frozenset(each[1:]) for each in found}
    more = "" if len(pairs) == 1 else f", and there are {len(pairs) - 1} more such pairs"
    so = " The perfect representation then scores less, and one without one of them may score more." if gap else ""
    return [
        f"factors depend on each other: {data.factor_names[by]!r} tells {share:.0%} of {data.factor_names[of]!r} "
        f"(mutual information over entropy){more}.{so}"
    ]
