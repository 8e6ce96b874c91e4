"""Options that several verbs share, each written once as a decorator, and the functions that read their values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from ..errors import OptionError
from ..protocols import PROTOCOLS
from ..registry import GROUPS, get_metric
from ..rendering.text import listed
from ..selection import Selection, metrics_meant, selected
from ..signature import read_value
from . import complete
from .console import caution
from .stored import stored_scores
from .words import ASKED

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

header = click.option(
    "--header/--no-header",
    default=None,
    help="Whether the first line of tables of text names their columns. Default: by what it holds.",
)
join = click.option(
    "--join",
    metavar="KEY",
    help="Pair rows by this column or array, which the files have in common; index for the names of rows, position for "
    "their order whatever their names are.",
)
latent_names = click.option("--latent-names", metavar="NAME,NAME", help="Names of the columns of the latents.")
factor_names = click.option("--factor-names", metavar="NAME,NAME", help="Names of the columns of the factors.")

READING = ("header", "join", "latent_names", "factor_names")

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


def reading(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add all options that say how files are read; :func:`parse_reading` takes their values."""
    for option in (factor_names, latent_names, join, header):
        function = option(function)
    return function


def metric(default: str) -> Decorator:
    """Return the option for metrics; its help names the default."""
    return click.option(
        "--metric",
        "-m",
        metavar="METRIC",
        multiple=True,
        help=f"Metric to compute, or several with commas; may be repeated; {listed(GROUPS)} are groups of metrics; "
        "dmetrics list shows all. "
        f"Default: {default}.",
        shell_complete=offer(complete.metrics_and_groups),
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
    of_each = parse_settings(set_)
    names = parse_metrics(metric, protocol, of_each)
    of_all = {"latent_groups": list(latent_group), "one_hot": one_hot, "targets": list(target)}
    names = with_options(names, {name for name, value in of_all.items() if value})
    return {
        "metrics": names,
        "protocol": protocol,
        "options": for_all(of_each, names, of_all),
        "factor_kinds": parse_kinds(factor_kind),
    }


def parse_reading(
    header: bool | None, join: str | None, latent_names: str | None, factor_names: str | None
) -> dict[str, Any]:
    """Return how files are read, by the names that ``load_representation`` has for it."""
    names = {"latent_names": latent_names, "factor_names": factor_names}
    split = {name: None if text is None else [*map(str.strip, text.split(","))] for name, text in names.items()}
    return {"header": header, "join": join, **split}


def parse_metrics(items: Sequence[str], protocol: str | None = None, options: Iterable[str] = ()) -> Selection:
    """Return the names of the scores from the values of ``-m``, each of which may hold several with commas.

    Without a value they are the scores of the protocol, or the default ones. A metric of several parts has a score for
    each part. `options` names the metrics that have options of their own.
    """
    names = [name for item in items for name in item.split(",")] if items else metrics_meant(protocol)
    found = selected(names, protocol, options)
    ASKED.set(tuple(found))
    return found


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
            chosen[names[0]] = _merged(chosen.get(names[0]), _value(text))
        else:
            chosen[names[0]] = _merged({names[1]: _value(text)}, chosen.get(names[0]))
    return options


def _value(text: str) -> Any:
    """Return a value as JSON has it, or a truth value as Python spells it, which messages do."""
    return {"True": True, "False": False}.get(text, read_value(text))


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


def with_options(metrics: Selection, options: set[str]) -> Selection:
    """Return the metrics without those of groups that lack an option, which a line on standard error names."""
    lacking = {
        name: sorted(options - get_metric(name).options.keys()) for name, group in metrics.items() if group is not None
    }
    for option in sorted(options):
        if left_out := [name for name, without in lacking.items() if option in without]:
            caution(f"{', '.join(left_out)} left out: no option {option}.")
    return Selection({name: group for name, group in metrics.items() if not lacking.get(name)})


def for_all(
    options: dict[str, dict[str, Any]], metrics: Selection, of_all: Mapping[str, Any]
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
    return [one for item in items for one in (_in_file(item) if item.startswith("@") else [item])]


def _in_file(item: str) -> list[str]:
    """Return the signatures in a JSON file of scores, which is given as ``@FILE``."""
    return [score["signature"] for score in stored_scores("--signature", Path(item[1:])).values()]
