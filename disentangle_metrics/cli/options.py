"""Options that several verbs share, each written once as a decorator, and the functions that read their values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from ..errors import FileFormatError, MissingFileError, OptionError
from ..protocols import PROTOCOLS, metrics_meant
from ..registry import get_metric
from ..rendering.text import listed
from ..signature import read_value
from . import complete

# The decorators of click for arguments and options.
Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

# A file to read, as FILE or FILE:KEY, and a file to write. The types let the shell complete names of files; the files
# are checked when they are opened.
SOURCE = click.Path(readable=False)
TARGET = click.Path(readable=False, path_type=Path)


def offer(names: Callable[[str], list[str]]) -> Callable[[click.Context, click.Parameter, str], list[str]]:
    """Return a completion function of click from a function of names."""
    return lambda ctx, parameter, incomplete: names(incomplete)


latents = click.argument("latents", type=SOURCE)
factors = click.argument("factors", required=False, type=SOURCE)
protocol = click.option(
    "--protocol",
    metavar="NAME",
    help=f"Published settings by name: {listed(PROTOCOLS)}.",
    shell_complete=offer(complete.protocols),
)
settings = click.option(
    "--set",
    "set_",
    metavar="METRIC.OPTION=VALUE",
    multiple=True,
    help="Set an option; may be repeated.",
    shell_complete=offer(complete.settings),
)
factor_kind = click.option(
    "--factor-kind",
    metavar="[NAME=]KIND",
    multiple=True,
    help="Kind of all factors, or of one by name: categorical, ordinal, continuous, circular or circular:PERIOD; "
    "may be repeated.",
    shell_complete=offer(complete.kinds),
)
latent_group = click.option(
    "--latent-group",
    metavar="[NAME=]LATENT+LATENT",
    multiple=True,
    help="Latents to score together, z0+z1 or orientation=z0+z1; may be repeated. Latents in no group are left out.",
)
one_hot = click.option(
    "--one-hot",
    is_flag=True,
    help="Take each factor apart into its values, for sparse codes with a latent for each value.",
)
target = click.option(
    "--target",
    metavar="FACTOR=LATENT",
    multiple=True,
    help="Score this latent for the factor, and not the best one; may be repeated.",
)
groups = click.option(
    "--groups",
    metavar="FILE",
    type=SOURCE,
    help="File with the group of each row, for example its film: rows of a group are drawn together. "
    "FILE:KEY picks an array of it.",
)
jobs = click.option("--jobs", "-j", type=int, default=1, help="Processes; -1 for one per core.")
output = click.option(
    "--output",
    "-o",
    metavar="FILE",
    type=TARGET,
    help="File of the result; - is the terminal, which is the default.",
)

# The names of these values, by which a signature finds them, and the option of each.
SCORING = {
    "metric": "-m",
    "protocol": "--protocol",
    "set_": "--set",
    "factor_kind": "--factor-kind",
    "latent_group": "--latent-group",
    "one_hot": "--one-hot",
    "target": "--target",
}


def metric(default: str) -> Decorator:
    """Return the option for metrics; its help names the default."""
    return click.option(
        "--metric",
        "-m",
        metavar="METRIC",
        multiple=True,
        help="Metric to compute, or several with commas; may be repeated; dmetrics list shows all. "
        f"Default: {default}.",
        shell_complete=offer(complete.metrics),
    )


def scoring(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of a score's metrics and settings; :func:`parse_scoring` reads their values."""
    metrics = metric(f"{','.join(metrics_meant(None))}, or those of the protocol")
    for option in (
        target,
        one_hot,
        latent_group,
        factor_kind,
        settings,
        protocol,
        metrics,
    ):  # the last is the first in the help
        function = option(function)
    return function


def formats(names: Iterable[str]) -> Decorator:
    """Return the option for the format of the output."""
    return click.option(
        "--format",
        "-f",
        "format_",
        metavar="FORMAT",
        help=f"{listed(names)}. Default: by the ending of -o, else table.",
        shell_complete=offer(complete.one_of(names)),
    )


def plot(what: str) -> Decorator:
    """Return the option for a plot of the result."""
    return click.option("--plot", metavar="FILE", type=TARGET, help=f"Draw {what}: .png, .pdf or .svg.")


def confidence(default: float | None, text: str = "Level of the intervals.") -> Decorator:
    """Return the option for the level of intervals."""
    return click.option("--confidence", metavar="LEVEL", type=float, default=default, help=text)


def seed(of: str, default: int) -> Decorator:
    """Return the option for a seed."""
    return click.option("--seed", type=int, default=default, help=f"Seed of {of}.")


def parse_scoring(
    metric: Sequence[str],
    protocol: str | None,
    set_: Sequence[str],
    factor_kind: Sequence[str],
    latent_group: Sequence[str],
    one_hot: bool,
    target: Sequence[str],
) -> dict[str, Any]:
    """Return the metrics and settings by the parameter names of :func:`~disentangle_metrics.evaluate`."""
    names = parse_metrics(metric, protocol)
    of_all = {"latent_groups": list(latent_group), "one_hot": one_hot, "targets": list(target)}
    return {
        "metrics": names,
        "protocol": protocol,
        "options": for_all(parse_settings(set_), names, of_all),
        "factor_kinds": parse_kinds(factor_kind),
    }


def parse_metrics(items: Sequence[str], protocol: str | None = None) -> tuple[str, ...]:
    """Return the names of the scores from the values of ``-m``, each of which may hold several with commas.

    Without a value they are the scores of the protocol, or the default ones. A metric of several parts has a score for
    each part.
    """
    names = [name for item in items for name in item.split(",")] if items else metrics_meant(protocol)
    return tuple(score for name in names for score in get_metric(name).names)


def parse_settings(items: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return options by metric from ``metric.option=value``, and ``metric.option.parameter=value`` one level deeper.

    A value is read as JSON if it is JSON (``50``, ``0.1``, ``true``, ``null``, ``["a", "b"]``), else as text.
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
    """Return a strategy's name and its parameters in one mapping, in whatever order they were given."""
    if not isinstance(parameters, dict):
        return other
    if isinstance(other, dict):
        return {**other, **parameters}
    return parameters if other is None else {**parameters, "name": other}


def parse_kinds(items: Sequence[str]) -> str | dict[str, str] | None:
    """Return the kind of all factors, or the kinds of factors by name, from ``[name=]kind``."""
    named = {name: kind for name, equals, kind in (item.rpartition("=") for item in items) if equals}
    for_all = [item for item in items if "=" not in item]
    if len(for_all) > 1 or (for_all and named):
        raise OptionError("--factor-kind takes one kind for all factors, or NAME=KIND for each. Do not mix them.")
    return for_all[0] if for_all else named or None


def for_all(
    options: dict[str, dict[str, Any]], metrics: tuple[str, ...], of_all: Mapping[str, Any]
) -> dict[str, dict[str, Any]]:
    """Return options by metric, with those that were given for every metric, where ``--set`` does not give them."""
    given = {name: value for name, value in of_all.items() if value}
    if not given:
        return options
    return {**options, **{name: {**given, **options.get(name, {})} for name in metrics}}


def parse_signatures(items: Sequence[str], others: Mapping[str, Any]) -> list[str]:
    """Return signatures from the values of ``--signature``; ``@FILE`` stands for the signatures in a file.

    Parameters
    ----------
    items : sequence of str
    others : mapping
        The values of the options of :func:`scoring`, which a signature replaces.
    """
    if items and (given := [SCORING[name] for name, value in others.items() if value]):
        raise OptionError(
            f"{given[0]} and --signature were both given, and a signature holds the metric and all of its options. "
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
            f"--signature @{name} is not JSON: {error}. Write it with dmetrics score -o FILE.json."
        ) from None
    try:
        return [score["signature"] for score in report["scores"].values()]
    except (KeyError, TypeError, AttributeError):
        raise FileFormatError(
            f"--signature @{name} is JSON without scores. Write it with dmetrics score -o FILE.json."
        ) from None
