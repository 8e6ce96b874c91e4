"""Words that the shell offers for tab completion."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ..data.kinds import KINDS
from ..protocols import PROTOCOLS
from ..registry import list_metrics


def _starting(names: list[str], incomplete: str) -> list[str]:
    return [name for name in names if name.startswith(incomplete)]


def one_of(names: Iterable[str]) -> Callable[[str], list[str]]:
    """Return the function that offers the names which begin like a word."""
    return lambda incomplete: _starting(list(names), incomplete)


def metrics(incomplete: str) -> list[str]:
    """Return the metrics that begin like a word."""
    return _starting([spec.name for spec in list_metrics()], incomplete)


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


def parameters(option: str) -> list[str]:
    """Return the parameters of the strategies that an option takes."""
    from ..evaluation import tuned

    return [name for strategy in tuned().get(option, {}).values() for name in strategy.__dataclass_fields__]


def settings(incomplete: str) -> list[str]:
    """Return ``metric.option=`` for every option of every metric, and ``metric.option.parameter=`` after two dots."""
    options = [(spec.name, option) for spec in list_metrics() for option in spec.options]
    if incomplete.count(".") < 2:
        return _starting([f"{metric}.{option}=" for metric, option in options], incomplete)
    words = [f"{metric}.{option}.{name}=" for metric, option in options for name in parameters(option)]
    return _starting(words, incomplete)


def limits(incomplete: str) -> list[str]:
    """Return ``metric=`` for every metric."""
    return _starting([f"{spec.name}=" for spec in list_metrics()], incomplete)
