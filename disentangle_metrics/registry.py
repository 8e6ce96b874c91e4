"""The one table of metrics. ``evaluate``, the command line, the docs and the contract tests all read it."""

from __future__ import annotations

import functools
import importlib
import inspect
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pkgutil import iter_modules
from typing import Any, TypeVar

from .errors import UnknownMetricError, nearest

F = TypeVar("F", bound=Callable[..., Any])
Bounds = Callable[[Mapping[str, Any]], tuple[float, float]]

_METRICS: dict[str, MetricSpec] = {}

# By name and not by an import statement: metrics stand above the registry, and enter themselves when they are imported.
_PACKAGE = "disentangle_metrics.metrics"

# What a metric may promise not to depend on; the contract tests hold it to each.
INVARIANCES = frozenset({"row-order", "latent-order", "factor-order", "factor-relabel", "factor-relabel-in-order"})


@dataclass(frozen=True)
class MetricSpec:
    """What the registry knows of a metric.

    Attributes
    ----------
    name : str
        The function's name.
    function : callable
        The metric itself: ``function(latents, factors, **options) -> Score``.
    measures : str
        The property it looks at: compactness, modularity or explicitness.
    source : str
        The paper that defined it.
    range : tuple of float
        Lowest and highest value under the default options.
    higher_is_better : bool
    unit : {"factor", "latent", "whole"}
        What the metric has a value for: each factor, each latent, or all of them together.
    invariances : frozenset of str
        What its value does not depend on; tests hold it to each.
    requires : frozenset of str
        What it needs beside latents and factors, for example ``posterior``.
    """

    name: str
    function: Callable[..., Any] = field(repr=False)
    measures: str
    source: str
    range: tuple[float, float]
    higher_is_better: bool
    invariances: frozenset[str] = frozenset()
    requires: frozenset[str] = frozenset()
    unit: str = "factor"
    bounds_by: Bounds | None = field(default=None, repr=False)

    def bounds(self, options: Mapping[str, Any]) -> tuple[float, float]:
        """Return between which values the metric lies by some options."""
        return self.range if self.bounds_by is None else self.bounds_by(options)

    @property
    def options(self) -> dict[str, Any]:
        """Options of the metric, by name, with their defaults."""
        return dict(_keyword_defaults(self.function))

    @property
    def summary(self) -> str:
        """First line of the metric's documentation."""
        return self.doc.partition("\n")[0]

    @property
    def doc(self) -> str:
        """The metric's documentation, unindented."""
        return inspect.getdoc(self.function) or ""


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
    requires: Iterable[str] = (),
    unit: str = "factor",
    bounds: Bounds | None = None,
) -> Callable[[F], F]:
    """Enter the function below into the table of metrics and return it unchanged.

    Parameters are those of :class:`MetricSpec`; `bounds` returns between which values the metric lies by some options,
    where `range` is not enough.
    """

    def enter(function: F) -> F:
        name = function.__name__
        _METRICS[name] = MetricSpec(
            name,
            function,
            measures,
            source,
            range,
            higher_is_better,
            frozenset(invariances),
            frozenset(requires),
            unit,
            bounds,
        )
        return function

    return enter


def list_metrics() -> tuple[MetricSpec, ...]:
    """Return every metric, in alphabetical order.

    Examples
    --------
    >>> [spec.name for spec in list_metrics()]
    ['mig', 'mig_posterior', 'sap']
    """
    for module in iter_modules(importlib.import_module(_PACKAGE).__path__):
        importlib.import_module(f"{_PACKAGE}.{module.name}")
    return tuple(_METRICS[name] for name in sorted(_METRICS))


def get_metric(name: str) -> MetricSpec:
    """Return the metric called `name`.

    Raises
    ------
    UnknownMetricError
        If there is none.

    Examples
    --------
    >>> get_metric("mig").measures
    'compactness'
    """
    if name not in _METRICS and str(name).isidentifier() and find_spec(f"{_PACKAGE}.{name}"):
        importlib.import_module(f"{_PACKAGE}.{name}")
    if name in _METRICS:
        return _METRICS[name]
    known = {spec.name: spec for spec in list_metrics()}
    if name in known:
        return known[name]
    raise UnknownMetricError(f"metric {name!r} is not known. Use one of {sorted(known)}.{nearest(name, known)}")
