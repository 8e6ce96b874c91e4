"""Options that several verbs share: what is scored, and how."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from ..errors import FileFormatError, MissingFileError, OptionError
from ..protocols import metrics_meant
from ..registry import get_metric
from ..signature import read_value
from . import complete

Metric = Annotated[
    list[str] | None,
    typer.Option(
        "--metric",
        "-m",
        help="Metric to compute, or several with commas; may be repeated.",
        autocompletion=complete.metrics,
    ),
]
Protocol = Annotated[
    str | None, typer.Option("--protocol", help="Published settings by name.", autocompletion=complete.protocols)
]
Set = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="METRIC.OPTION=VALUE",
        help="Set an option; may be repeated.",
        autocompletion=complete.settings,
    ),
]
FactorKind = Annotated[
    list[str] | None,
    typer.Option(
        "--factor-kind",
        metavar="[NAME=]KIND",
        help="Take factors as categorical, ordinal, continuous, circular or circular:PERIOD: all, or one by name; "
        "may be repeated.",
        autocompletion=complete.kinds,
    ),
]
LatentGroup = Annotated[
    list[str] | None,
    typer.Option(
        "--latent-group",
        metavar="[NAME=]LATENT+LATENT",
        help="Score latents together, z0+z1 or orientation=z0+z1; may be repeated. Those in no group are left out.",
    ),
]
Groups = Annotated[
    str | None,
    typer.Option(
        metavar="FILE",
        help="File that says which group each row belongs to, such as a film: rows of a group are drawn together. "
        "FILE:KEY picks an array of it.",
    ),
]


def parse_metrics(items: list[str] | None, protocol: str | None = None) -> tuple[str, ...]:
    """Return the names of the scores that are meant by the values of ``-m``, which may hold several with commas.

    Without any they are those of the protocol, or our default ones. A metric of several parts has a score for each.
    """
    names = [name for item in items for name in item.split(",")] if items else metrics_meant(protocol)
    return tuple(score for name in names for score in get_metric(name).names)


def parse_settings(items: list[str]) -> dict[str, dict[str, Any]]:
    """Return options by metric from ``metric.option=value``, and ``metric.option.parameter=value`` one level deeper.

    A value is read as JSON where it is JSON (``50``, ``0.1``, ``true``, ``null``, ``["a", "b"]``), else as text.
    """
    options: dict[str, dict[str, Any]] = {}
    for item in items:
        path, equals, text = item.partition("=")
        metric, *names = path.strip().split(".")
        if not equals or not 1 <= len(names) <= 2 or not all(names):
            raise OptionError(f"--set {item!r} is not METRIC.OPTION=VALUE, for example --set mig.n_bins=50.")
        chosen = options.setdefault(get_metric(metric).name, {})
        if len(names) == 1:
            chosen[names[0]] = _merged(chosen.get(names[0]), read_value(text))
        else:
            chosen[names[0]] = _merged({names[1]: read_value(text)}, chosen.get(names[0]))
    return options


def _merged(parameters: Any, other: Any) -> Any:
    """Join a strategy's name and its parameters, in whichever order they were given."""
    if not isinstance(parameters, dict):
        return other
    if isinstance(other, dict):
        return {**other, **parameters}
    return parameters if other is None else {**parameters, "name": other}


def parse_kinds(items: list[str]) -> str | dict[str, str] | None:
    """Return the kind of all factors, or of some by name, from ``[name=]kind``."""
    named = {name: kind for name, equals, kind in (item.rpartition("=") for item in items) if equals}
    for_all = [item for item in items if "=" not in item]
    if len(for_all) > 1 or (for_all and named):
        raise OptionError("--factor-kind takes one kind for all factors, or NAME=KIND for each. Do not mix them.")
    return for_all[0] if for_all else named or None


def with_groups(
    options: dict[str, dict[str, Any]], metrics: tuple[str, ...], groups: list[str] | None
) -> dict[str, dict[str, Any]]:
    """Return options by metric with groups of latents for every metric, where ``--set`` gives none."""
    if not groups:
        return options
    given = {name: {"latent_groups": groups, **options.get(name, {})} for name in metrics}
    return {**options, **given}


def parse_signatures(items: list[str], others: Mapping[str, Any]) -> list[str]:
    """Return signatures from the values of ``--signature``, of which ``@FILE`` stands for those of a file.

    Parameters
    ----------
    items : list of str
    others : mapping
        By name, options that a signature leaves nothing to say; None where they were not given.
    """
    if items and (given := [option for option, value in others.items() if value]):
        raise OptionError(
            f"{given[0]} and --signature were both given, and a signature says the metric and all of its options. "
            "Leave one of them out."
        )
    return [one for item in items for one in (_in_file(item[1:]) if item.startswith("@") else [item])]


def _in_file(name: str) -> list[str]:
    """Return the signatures in a JSON file of scores."""
    import json

    try:
        report = json.loads(Path(name).read_text(encoding="utf-8"))
    except OSError as error:
        raise MissingFileError(f"--signature @{name} cannot be read: {error.strerror}.") from None
    except ValueError as error:
        raise FileFormatError(
            f"--signature @{name} is no JSON: {error}. Write it with dmetrics score -o FILE.json."
        ) from None
    try:
        return [score["signature"] for score in report["scores"].values()]
    except (KeyError, TypeError, AttributeError):
        raise FileFormatError(
            f"--signature @{name} is JSON and holds no scores. Write it with dmetrics score -o FILE.json."
        ) from None
