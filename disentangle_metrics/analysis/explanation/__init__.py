"""Explanation of why two protocols give two numbers: a walk from one to the other, one option at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from numpy.typing import ArrayLike

from ...data.representation import Representation
from ...errors import DisentangleError, OptionError, quiet
from ...evaluation import evaluate
from ...protocols import PROTOCOLS, get_protocol
from ...registry import get_metric, whole_of
from ...rendering.plain import label
from ...rendering.text import one_line
from ...scores.score import Score
from ...selection import selected
from ...signature import spelled
from .result import FORMATS, Explanation
from .walk import Step, Walk

__all__ = ["DEFAULT", "FORMATS", "Explanation", "Step", "Walk", "explain"]

# Names our defaults in the place of a protocol.
DEFAULT = "default"

# The order of the walk: kinds and bins of factors, bins of latents, estimator, normalizer, probe, rows of the split and
# of the choice of latents, and aggregate. An option that is not here comes last.
_ORDER = (
    *("factor_kinds", "factor_bins", "discretizer", "n_bins", "latent_bins", "entropy", "normalizer"),
    *("probe", "standardize", "scoring", "inactive", "evaluate_on", "test_size", "cv", "shuffle", "n_repeats"),
    *("n_draws", "select_on", "random_state", "degenerate", "aggregate"),
)

# Options without a meaning of their own: one step changes all of them. C=0.01 of one probe is not C=0.01 of another,
# and labels are not cut into bins.
_TOGETHER = {"C": "probe", "class_weight": "probe", "factor_bins": "factor_kinds"}

Options = Mapping[str, Any]
_Scorer = Callable[[Options], Score]


def explain(
    latents: ArrayLike | Representation,
    factors: ArrayLike | None = None,
    *,
    a: str = DEFAULT,
    b: str,
    metrics: str | Iterable[str] | None = None,
) -> Explanation:
    """Return an explanation: the change of a score by each option that differs between two protocols.

    Options with the same effect on this data are left out. The others change one after the other: kinds and bins of
    factors, bins of latents, the estimator, the normalizer, the probe (with its C and class weight, which mean nothing
    without it), the split, the aggregate. The changes of all steps sum to the difference. The change of a step may
    depend on the steps before it, so each step is also taken first and last.

    Parameters
    ----------
    latents : array-like of shape (n_samples, n_latents), n_latents >= 2
        A :class:`Representation` stands for both arrays.
    factors : array-like of shape (n_samples, n_factors)
    a, b : str
        Names from :data:`PROTOCOLS`, or ``"default"`` for our defaults.
    metrics : str or iterable of str, optional
        Names of metrics, of their parts, or of groups of metrics. By default all metrics for which both protocols have
        settings.

    Returns
    -------
    Explanation

    Raises
    ------
    UnknownMetricError
        If a protocol or a metric is not known.
    OptionError
        If the protocols are the same, or share no metric.
    ShapeError, DTypeError, NonFiniteError, InputError
        If the arrays cannot be scored.

    Examples
    --------
    >>> import numpy as np
    >>> v = np.arange(120)[:, None] // [3, 1] % [2, 3]
    >>> explanation = explain(v + np.arange(120)[:, None] / 500, v, a="tutorial", b="locatello2019", metrics="sap")
    >>> list(explanation.walks["sap"].steps[0].options)
    ['probe', 'C', 'class_weight']
    """
    if a == b:
        raise OptionError(f"a and b are both {a!r}. Name two protocols of {[DEFAULT, *PROTOCOLS]}.")
    sides = {name: _published(name) for name in (a, b)}
    names, notes = _shared(sides, metrics)
    data = Representation.of(latents, factors)
    walks = {}
    with quiet():  # the scores at both ends have the warnings as notes
        for name in names:
            options = [{**get_metric(name).options, **(side or {}).get(whole_of(name), {})} for side in sides.values()]
            try:
                ends = [evaluate(data, metrics=name, protocol=None if p == DEFAULT else p)[name] for p in sides]
            except DisentangleError as error:
                if len(names) == 1:
                    raise
                notes.append(f"{name} cannot be scored and is left out: {one_line(str(error))}")
                continue
            walks[name], same = _walk(data, name, (options[0], options[1]), (ends[0], ends[1]))
            notes += [f"{name}: {note}" for note in [*same, *_remarks(sides, ends)]]
    if not walks:
        raise OptionError("no metric can be scored under both protocols. " + " ".join(notes))
    return Explanation(a, b, walks, tuple(map(one_line, notes)))


def _published(name: str) -> Mapping[str, Options] | None:
    """Return the settings of a protocol by metric; None for our defaults, which every metric has."""
    return None if name == DEFAULT else get_protocol(name).metrics


def _shared(
    sides: Mapping[str, Mapping[str, Options] | None], metrics: str | Iterable[str] | None
) -> tuple[list[str], list[str]]:
    """Return the scores for which both sides have settings, and a note on each other one that was asked for by name."""
    known = [name for side in sides.values() for name in side or ()]
    names, notes = [], []
    for name, group in selected(known if metrics is None else metrics).items():
        lacking = [protocol for protocol, side in sides.items() if side is not None and whole_of(name) not in side]
        if lacking and group is not None:
            continue
        if lacking:
            notes.append(f"{name} is left out: {' and '.join(lacking)} has no settings for it.")
        else:
            names.append(name)
    if not names:
        has = "; ".join(f"{p}: {'every metric' if side is None else ', '.join(side)}" for p, side in sides.items())
        raise OptionError(f"the protocols have no settings for the same metric ({has}). Name two others.")
    return names, notes


def _remarks(protocols: Iterable[str], ends: list[Score]) -> list[str]:
    """Return the notes of the scores at both ends; a note of one end names its protocol."""
    one, other = (score.notes for score in ends)
    both = [note for note in one if note in other]
    pairs = zip(protocols, (one, other), strict=True)
    return [*both, *(f"{protocol}: {note}" for protocol, notes in pairs for note in notes if note not in both)]


def _walk(
    data: Representation, name: str, options: tuple[Options, Options], ends: tuple[Score, Score]
) -> tuple[Walk, list[str]]:
    """Return the steps from one set of options to another, and a note on options that change nothing here."""
    (a, b), (start, end) = options, ends
    known = {_key(a): start, _key(b): end}

    def score(options: Options) -> Score:
        key = _key(options)
        if key not in known:
            known[key] = evaluate(data, metrics=name, options={name: options})[name]
        return known[key]

    steps: list[Step] = []
    moved: list[tuple[Options, Options]] = []  # for each step: all options before it, and the options that it sets
    idle: list[str] = []
    before, now, refused = start, a, ""
    waiting: dict[str, Any] = {}
    for bundle in _bundles(a, b):
        waiting = {**waiting, **{option: b[option] for option in bundle}}
        try:
            after = score({**now, **waiting})
        except DisentangleError as error:  # not alone: the next options may repair it
            refused = f"changed together, since one alone cannot be scored: {one_line(str(error))}"
            continue
        changed = {o: (_text(before, o), _text(after, o)) for o in waiting}
        changed = {option: change for option, change in changed.items() if change[0] != change[1]}
        if changed:
            steps.append(Step(changed, float(after), float(after) - float(before), None, None, refused))
            moved.append((now, waiting))
        else:
            idle += list(waiting)
        before, now, waiting, refused = after, {**now, **waiting}, {}, ""
    same = [f"{', '.join(idle)}: set differently, with the same effect on this data"] if idle else []
    return Walk(start, end, tuple(_first_and_last(score, steps, moved))), same


def _first_and_last(score: _Scorer, steps: list[Step], moved: list[tuple[Options, Options]]) -> list[Step]:
    """Return the steps with the change of each before all other steps and after them.

    Before means from the first options, and after means to the last options. Options without an effect keep their value
    there: with another option at its old value they might have an effect, and they are no step.
    """
    if not moved:
        return []
    start, end = moved[0][0], {**moved[-1][0], **moved[-1][1]}
    result = []
    for step, (before, new) in zip(steps, moved, strict=True):
        old = {option: before[option] for option in new}
        first, last = _difference(score, start, {**start, **new}), _difference(score, {**end, **old}, end)
        result.append(replace(step, first=first, last=last))
    return result


def _difference(score: _Scorer, a: Options, b: Options) -> float | None:
    """Return the change of the score from options a to b, None if there is no score under one of them."""
    try:
        return float(score(b)) - float(score(a))
    except DisentangleError:
        return None


def _bundles(a: Options, b: Options) -> list[list[str]]:
    """Return the options that differ, in the order of the walk; options that change together are in one list."""
    different = [option for option in a if spelled(a[option]) != spelled(b[option])]
    bundles: dict[str, list[str]] = {}
    for option in different:
        bundles.setdefault(_TOGETHER.get(option, option), []).append(option)
    place = {option: i for i, option in enumerate(_ORDER)}
    return [bundles[head] for head in sorted(bundles, key=lambda head: place.get(head, len(_ORDER)))]


def _key(options: Options) -> tuple[tuple[str, str], ...]:
    return tuple((option, spelled(value)) for option, value in sorted(options.items()))


def _text(score: Score, option: str) -> str:
    """Return the text of an option as the score resolved it; "-" if the score does not use it."""
    value = score.settings[option]
    return "-" if value is None else label(value)
