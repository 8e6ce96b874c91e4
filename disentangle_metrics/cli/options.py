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

# What click gives a function as an argument or an option.
Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

# A file to read, as FILE or FILE:KEY, and one to write. Whether they can be is checked where they are opened; here
# they say that the shell completes names of files.
SOURCE = click.Path(readable=False)
TARGET = click.Path(readable=False, path_type=Path)


def offer(names: Callable[[str], list[str]]) -> Callable[[click.Context, click.Parameter, str], list[str]]:
    """Return what click asks for the words that complete another."""
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
    help="Take factors as categorical, ordinal, continuous, circular or circular:PERIOD: all, or one by name; "
    "may be repeated.",
    shell_complete=offer(complete.kinds),
)
latent_group = click.option(
    "--latent-group",
    metavar="[NAME=]LATENT+LATENT",
    multiple=True,
    help="Score latents together, z0+z1 or orientation=z0+z1; may be repeated. Those in no group are left out.",
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
    help="File that says which group each row belongs to, such as a film: rows of a group are drawn together. "
    "FILE:KEY picks an array of it.",
)
jobs = click.option("--jobs", "-j", type=int, default=1, help="Processes; -1 for one per core.")
output = click.option(
    "--output",
    "-o",
    metavar="FILE",
    type=TARGET,
    help="Write the result to this file instead of the terminal, which is - here.",
)

# The names of their values, by which a signature finds them, and the option of each.
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
    """Return the option for metrics; its help says which are the default."""
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
    """Add all options that say what is scored, and how; :func:`parse_scoring` takes their values."""
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
    """Return the option for one of these formats."""
    return click.option(
        "--format",
        "-f",
        "format_",
        metavar="FORMAT",
        help=f"{listed(names)}. Default: by the ending of -o, else table.",
        shell_complete=offer(complete.one_of(names)),
    )


def plot(what: str) -> Decorator:
    """Return the option for a picture of a result."""
    return click.option("--plot", metavar="FILE", type=TARGET, help=f"Draw {what}: .png, .pdf or .svg.")


def confidence(default: float | None, text: str = "Level of the intervals.") -> Decorator:
    """Return the option for the level of intervals."""
    return click.option("--confidence", metavar="LEVEL", type=float, default=default, help=text)


def seed(of: str, default: int) -> Decorator:
    """Return the option for the seed of something."""
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
    """Return what is scored and how, by the names that :func:`~disentangle_metrics.evaluate` has for it."""
    names = parse_metrics(metric, protocol)
    of_all = {"latent_groups": list(latent_group), "one_hot": one_hot, "targets": list(target)}
    return {
        "metrics": names,
        "protocol": protocol,
        "options": for_all(parse_settings(set_), names, of_all),
        "factor_kinds": parse_kinds(factor_kind),
    }


def parse_metrics(items: Sequence[str], protocol: str | None = None) -> tuple[str, ...]:
    """Return the names of the scores that are meant by the values of ``-m``, which may hold several with commas.

    Without any they are those of the protocol, or our default ones. A metric of several parts has a score for each.
    """
    names = [name for item in items for name in item.split(",")] if items else metrics_meant(protocol)
    return tuple(score for name in names for score in get_metric(name).names)


def parse_settings(items: Sequence[str]) -> dict[str, dict[str, Any]]:
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


def parse_kinds(items: Sequence[str]) -> str | dict[str, str] | None:
    """Return the kind of all factors, or of some by name, from ``[name=]kind``."""
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
    """Return signatures from the values of ``--signature``, of which ``@FILE`` stands for those of a file.

    Parameters
    ----------
    items : sequence of str
    others : mapping
        The values of the options of :func:`scoring`, which a signature leaves nothing to say.
    """
    if items and (given := [SCORING[name] for name, value in others.items() if value]):
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
