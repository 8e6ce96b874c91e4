"""Words that the shell offers for tab completion."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import fields
from typing import TYPE_CHECKING

from ..data.kinds import KINDS
from ..protocols import PROTOCOLS
from ..registry import GROUPS, list_metrics

if TYPE_CHECKING:
    from ..options import Option


def _starting(names: list[str], incomplete: str) -> list[str]:
    return [name for name in names if name.startswith(incomplete)]


def one_of(names: Iterable[str]) -> Callable[[str], list[str]]:
    """Return the function that offers the names which begin like a word."""
    return lambda incomplete: _starting(list(names), incomplete)


def metrics(incomplete: str) -> list[str]:
    """Return the metrics that begin like a word."""
    return _starting([spec.name for spec in list_metrics()], incomplete)


def groups(incomplete: str) -> list[str]:
    """Return the groups of metrics that begin like a word."""
    return _starting(list(GROUPS), incomplete)


def metrics_and_groups(incomplete: str) -> list[str]:
    """Return the metrics and groups of metrics that begin like a word, also after a comma."""
    before, comma, word = incomplete.rpartition(",")
    names = metrics(word) + groups(word)
    return [f"{before}{comma}{name}" for name in names if name not in before.split(",")]


def protocols(incomplete: str) -> list[str]:
    """Return the protocols that begin like a word."""
    return _starting(list(PROTOCOLS), incomplete)


def protocols_or_default(incomplete: str) -> list[str]:
    """Return the protocols, and the word for our defaults, that begin like a word."""
    return _starting(["default", *PROTOCOLS], incomplete)


def kinds(incomplete: str) -> list[str]:
    """Return the kinds of factors that begin like a word, also after ``name=``."""
    name, equals, kind = incomplete.rpartition("=")
    return [f"{name}{equals}{word}" for word in _starting([*KINDS, "circular:"], kind)]


def settings(incomplete: str) -> list[str]:
    """Return ``metric.option=`` for every option, its names after ``=``, and its parameters after two dots."""
    from ..scores.declared import declared

    known = {
        f"{spec.name}.{name}": option
        for spec in list_metrics()
        for name, option in declared(spec).items()
        if option.as_text
    }
    path, equals, value = incomplete.partition("=")
    if equals:
        return [f"{path}={name}" for name in _starting(list(known[path].names), value)] if path in known else []
    if incomplete.count(".") < 2:
        return _starting([f"{path}=" for path in known], incomplete)
    return _starting([f"{path}.{name}=" for path, option in known.items() for name in parameters(option)], incomplete)


def parameters(option: Option) -> list[str]:
    """Return the parameters of the strategies that an option takes."""
    return [field.name for strategy in option.strategies.values() for field in fields(strategy)]


def limits(incomplete: str) -> list[str]:
    """Return ``metric=`` for every metric."""
    return _starting([f"{spec.name}=" for spec in list_metrics()], incomplete)
