"""What the shell offers on the tab key."""

from __future__ import annotations

from ..protocols import PROTOCOLS
from ..registry import list_metrics

BACKENDS = ("loky", "threading", "dask", "ray")


def _starting(names: list[str], incomplete: str) -> list[str]:
    return [name for name in names if name.startswith(incomplete)]


def metrics(incomplete: str) -> list[str]:
    """Offer the metrics."""
    return _starting([spec.name for spec in list_metrics()], incomplete)


def protocols(incomplete: str) -> list[str]:
    """Offer the protocols."""
    return _starting(list(PROTOCOLS), incomplete)


def protocols_or_default(incomplete: str) -> list[str]:
    """Offer the protocols, and our own defaults."""
    return _starting(["default", *PROTOCOLS], incomplete)


def formats(incomplete: str) -> list[str]:
    """Offer the output formats."""
    from ..report import FORMATS

    return _starting(list(FORMATS), incomplete)


def explain_formats(incomplete: str) -> list[str]:
    """Offer the formats of an explanation."""
    from ..explain import FORMATS

    return _starting(list(FORMATS), incomplete)


def table_formats(incomplete: str) -> list[str]:
    """Offer the formats of a table."""
    from ..batch.table import FORMS

    return _starting(list(FORMS), incomplete)


def backends(incomplete: str) -> list[str]:
    """Offer what joblib can run on."""
    return _starting(list(BACKENDS), incomplete)


def settings(incomplete: str) -> list[str]:
    """Offer ``metric.option=`` for every option of every metric."""
    return _starting([f"{spec.name}.{option}=" for spec in list_metrics() for option in spec.options], incomplete)


def limits(incomplete: str) -> list[str]:
    """Offer ``metric=``."""
    return _starting([f"{spec.name}=" for spec in list_metrics()], incomplete)
