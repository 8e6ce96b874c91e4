"""The one table of metrics. ``evaluate``, the command line, the docs and the contract tests all read it."""

from __future__ import annotations

import functools
import importlib
import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from pkgutil import iter_modules
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from .errors import InputError, OptionError, UnknownMetricError, nearest

if TYPE_CHECKING:
    from .options import Option

F = TypeVar("F", bound=Callable[..., Any])
Bounds = Callable[[Mapping[str, Any]], tuple[float, float]]

_METRICS: dict[str, MetricSpec] = {}

# By name and not by an import statement: metrics stand above the registry and register themselves when imported.
_PACKAGE = "disentangle_metrics.metrics"

# The invariances that a metric may claim. The contract tests check every claim.
INVARIANCES = frozenset({"row-order", "latent-order", "factor-order", "factor-relabel", "factor-relabel-in-order"})
# The inputs that a metric may need.
NEEDS = frozenset({"factors", "two factors", "two latents", "posterior", "encoders", "interventions"})
# The units of a metric's values: a value for each factor, each latent, each pair of the two, or one for all.
UNITS = ("factor", "latent", "pair", "whole")
# The columns and the rows that the matrix of a score may have. A step is one value of an option, of several.
COLUMNS = ("factors", "latents")
ROWS = ("latents", "steps")
# The properties that a metric may measure.
MEASURES = ("compactness", "modularity", "explicitness", "independence", "agreement")
# The traits of a metric. The contract tests choose their laws by them.
# gap: the value is the lead of the best latent over the second best, so two equal latents give a lead of zero.
# chance: latents without information score clearly better than the worst value, so a note gives their score.
# counts: the value is made of joint counts of latents and factors alone, which several such metrics share.
# dependence: a perfect code scores 1 also where factors depend on each other.
TRAITS = frozenset({"gap", "chance", "counts", "dependence"})
# A metric is quick if it takes less than this many seconds.
QUICK = 1.0


@dataclass(frozen=True)
class MetricSpec:
    """Facts about a metric, or about one part of a metric that has several parts.

    Attributes
    ----------
    name : str
        The name of the function; for a part, ``metric.part``.
    function : callable
        The metric itself: ``function(latents, factors, **options)`` returns a Score, or, if it has parts, a Report.
    measures : str
        The property that the metric measures, one of ``registry.MEASURES``.
    source : str
        The paper that defined the metric.
    range : tuple of float
        Lowest and highest value under the default options.
    higher_is_better : bool
    invariances : frozenset of str
        Changes of the data that do not change the score. The contract tests check each.
    needs : frozenset of str
        The inputs that the metric needs, from ``registry.NEEDS``.
    unit : str
        The unit of its values, one of ``registry.UNITS``.
    columns : str
        What the columns of its matrix stand for: ``"factors"``, or ``"latents"`` for a value of each pair of latents.
    rows : str
        What the rows of its matrix stand for: ``"latents"``, or ``"steps"`` of a curve, such as numbers of latents or
        of training rows.
    traits : frozenset of str
        The traits of the metric, from ``registry.TRAITS``.
    seconds : float or None
        The seconds of one call with its notes, under the default options, for 10,000 rows, 10 latents and 5 factors on
        one core; None if nobody measured it. The order of magnitude counts: machines differ threefold.
    declares : mapping from str to Option
        The options of this metric alone, or with another meaning here; ``scores.declared`` has the shared options.
    parts : mapping from str to MetricSpec
        The parts of a metric that gives several scores; empty for most metrics.
    whole : MetricSpec or None
        For a part, its metric.
    """

    name: str
    function: Callable[..., Any] = field(repr=False)
    measures: str
    source: str
    range: tuple[float, float]
    higher_is_better: bool
    invariances: frozenset[str] = frozenset()
    needs: frozenset[str] = frozenset()
    unit: str = "factor"
    columns: str = "factors"
    rows: str = "latents"
    traits: frozenset[str] = frozenset()
    seconds: float | None = None
    declares: Mapping[str, Option] = field(default_factory=dict, repr=False)
    bounds_by: Bounds | None = field(default=None, repr=False)
    parts: Mapping[str, MetricSpec] = field(default_factory=dict, repr=False)
    whole: MetricSpec | None = field(default=None, repr=False)

    def bounds(self, options: Mapping[str, Any]) -> tuple[float, float]:
        """Return the lowest and the highest possible value under the given options."""
        return self.range if self.bounds_by is None else self.bounds_by(options)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the scores: that of the metric, or those of its parts."""
        return tuple(part.name for part in self.parts.values()) or (self.name,)

    @property
    def groups(self) -> tuple[str, ...]:
        """Names of the groups of metrics that the metric is in, see ``registry.GROUPS``."""
        return tuple(name for name, group in GROUPS.items() if group.holds(self))

    @property
    def options(self) -> dict[str, Any]:
        """Options of the metric, by name, with their defaults."""
        return dict(_keyword_defaults((self.whole or self).function))

    @property
    def summary(self) -> str:
        """First line of the metric's documentation."""
        return self.doc.partition("\n")[0]

    @property
    def doc(self) -> str:
        """The metric's documentation, unindented."""
        return inspect.getdoc(self.function) or ""


class MetricGroup(NamedTuple):
    """A group of metrics, which may be asked for by one word: a rule on the facts about a metric.

    Attributes
    ----------
    says : str
        What its metrics have in common.
    holds : callable
        Whether a metric is in the group.
    """

    says: str
    holds: Callable[[MetricSpec], bool]


# The groups by name. A new metric is in a group by the facts that it states.
GROUPS: Mapping[str, MetricGroup] = MappingProxyType(
    {
        "all": MetricGroup("every metric", lambda spec: True),
        "counts": MetricGroup("metrics made of joint counts alone", lambda spec: "counts" in spec.traits),
        "quick": MetricGroup(
            "metrics that take less than a second for 10,000 rows",
            lambda spec: spec.seconds is not None and spec.seconds < QUICK,
        ),
    }
)


@functools.cache
def _keyword_defaults(function: Callable[..., Any]) -> dict[str, Any]:
    parameters = inspect.signature(function).parameters.values()
    return {p.name: p.default for p in parameters if p.kind is p.KEYWORD_ONLY}


def register(
    *,
    measures: str,
    source: str,
    range: tuple[float, float],  # noqa: A002 - the field's own word
    higher_is_better: bool,
    invariances: Iterable[str] = (),
    needs: Iterable[str] = ("factors", "two latents"),
    unit: str = "factor",
    columns: str = "factors",
    rows: str = "latents",
    traits: Iterable[str] = (),
    seconds: float | None = None,
    options: Mapping[str, Option] | None = None,
    bounds: Bounds | None = None,
    parts: Mapping[str, Mapping[str, Any]] | None = None,
) -> Callable[[F], F]:
    """Return a decorator that enters a function into the table of metrics and leaves the function unchanged.

    The parameters are those of :class:`MetricSpec` and three more.

    Parameters
    ----------
    options : mapping from str to Option, optional
        The declaration of each option that the metric does not share with others.
    bounds : callable, optional
        A function from the options to the lowest and highest value, if `range` does not hold for all options.
    parts : mapping from str to mapping, optional
        For a metric of several scores, the name of each part with the facts that differ from those of the metric, for
        example ``{"completeness": {"unit": "factor"}}``. The function then returns a Report of ``metric.part``.
    """

    def enter(function: F) -> F:
        name = function.__name__
        _METRICS[name] = spec = MetricSpec(
            name=name,
            function=function,
            measures=measures,
            source=source,
            range=range,
            higher_is_better=higher_is_better,
            invariances=frozenset(invariances),
            needs=frozenset(needs),
            unit=unit,
            columns=columns,
            rows=rows,
            traits=frozenset(traits),
            seconds=seconds,
            declares=MappingProxyType(dict(options or {})),
            bounds_by=bounds,
        )
        known = {part: _part(spec, part, facts) for part, facts in (parts or {}).items()}
        _METRICS[name] = replace(spec, parts=MappingProxyType(known))
        return function

    return enter


def _part(spec: MetricSpec, part: str, facts: Mapping[str, Any]) -> MetricSpec:
    name = f"{spec.name}.{part}"

    @functools.wraps(spec.function)
    def function(*args: Any, **options: Any) -> Any:
        return part_of(spec.function(*args, **options), name)

    return replace(spec, name=name, function=function, whole=spec, **facts)


def part_of(report: Any, name: str) -> Any:
    """Return one score of the report of a metric.

    Raises
    ------
    InputError
        If the score is undefined for the data.
    """
    if name in report.left_out:
        others = ", ".join(report)
        raise InputError(f"{report.left_out[name]} These data have a score by {others}.")
    return report[name]


def list_metrics() -> tuple[MetricSpec, ...]:
    """Return the facts about every metric, in alphabetical order.

    Examples
    --------
    >>> {"mig", "sap"} <= {spec.name for spec in list_metrics()}
    True
    >>> get_metric("mig").groups
    ('all', 'counts', 'quick')
    """
    for module in iter_modules(importlib.import_module(_PACKAGE).__path__):
        importlib.import_module(f"{_PACKAGE}.{module.name}")
    return tuple(_METRICS[name] for name in sorted(_METRICS))


def members(group: str) -> tuple[str, ...]:
    """Return the names of the scores of a group of metrics.

    Examples
    --------
    >>> "mig" in members("counts"), "sap" in members("counts")
    (True, False)
    """
    scores = (score for spec in list_metrics() for score in (spec.parts.values() or [spec]))
    return tuple(score.name for score in scores if GROUPS[group].holds(score))


def get_metric(name: str) -> MetricSpec:
    """Return the facts about the metric called `name`.

    Raises
    ------
    UnknownMetricError
        If there is none.

    Examples
    --------
    >>> get_metric("mig").measures
    'compactness'
    """
    whole, dot, part = str(name).partition(".")
    if whole not in _METRICS and whole.isidentifier() and find_spec(f"{_PACKAGE}.{whole}"):
        importlib.import_module(f"{_PACKAGE}.{whole}")
    if whole in _METRICS:
        spec = _METRICS[whole]
        if not dot:
            return spec
        if part in spec.parts:
            return spec.parts[part]
        if spec.parts:
            raise UnknownMetricError(
                f"{whole} has no part {part!r}. Use one of {list(spec.names)}.{nearest(name, spec.names)}"
            )
    known = {spec.name: spec for spec in list_metrics()}
    if name in known:
        return known[name]
    raise UnknownMetricError(f"metric {name!r} is not known. Use one of {sorted(known)}.{nearest(name, known)}")


def whole_of(name: str) -> str:
    """Return the name of the metric of a score, which is its own name unless the score is a part.

    Examples
    --------
    >>> whole_of("mig")
    'mig'
    """
    spec = get_metric(name)
    return (spec.whole or spec).name


def get_score(name: str) -> MetricSpec:
    """Return the facts about a metric, or a part of a metric, that gives one score.

    Raises
    ------
    UnknownMetricError
        If there is none.
    OptionError
        If the metric has several parts, or the name is that of a group of metrics.
    """
    if name in GROUPS:
        raise OptionError(f"{name} is a group of metrics. Name one of them: {list(members(name))}.")
    spec = get_metric(name)
    if spec.parts:
        raise OptionError(f"{name} has several scores. Name one of them: {list(spec.names)}.")
    return spec
