"""``dmetrics show``: a metric and its options, a group of metrics, or the settings of a protocol."""

from __future__ import annotations

import re

import click
from rich.console import Console
from rich.padding import Padding
from rich.table import Table

from ..errors import UnknownMetricError, nearest
from ..protocols import PROTOCOLS
from ..registry import GROUPS, MetricSpec, get_metric, list_metrics, members
from ..rendering.numbers import duration
from ..rendering.plain import label
from ..scores.declared import declared
from . import complete, options


def _names(incomplete: str) -> list[str]:
    return complete.metrics(incomplete) + complete.groups(incomplete) + complete.protocols(incomplete)


@click.command
@click.argument("name", shell_complete=options.offer(_names))
def show(name: str) -> None:
    """Show the options of a metric, the metrics of a group, or the settings of a protocol.

    NAME is a metric, a group of metrics or a protocol. For a metric the output also describes the metric.
    """
    console = Console(highlight=False, markup=False)
    if name in PROTOCOLS:
        _show_protocol(console, name)
        return
    if name in GROUPS:
        _show_group(console, name)
        return
    metrics = {spec.name: spec for spec in list_metrics()}
    if name not in metrics:
        known = [*metrics, *GROUPS, *PROTOCOLS]
        raise UnknownMetricError(
            f"no metric, group or protocol is called {name!r}. Use one of {known}.{nearest(name, known)}"
        )
    _show_metric(console, metrics[name])


def _show_metric(console: Console, spec: MetricSpec) -> None:
    text, parameters = sections(spec.doc)
    low, high = spec.range
    console.print(spec.name, style="bold")
    console.print(Padding(plain(text), (0, 2)))
    facts = Table(box=None, show_header=False)
    facts.add_row("measures", spec.measures)
    facts.add_row("range", f"{low:g} to {high:g}, {'higher' if spec.higher_is_better else 'lower'} is better")
    facts.add_row("unmoved by", ", ".join(sorted(spec.invariances)))
    facts.add_row("needs", ", ".join(sorted(spec.needs)))
    facts.add_row("time", f"{duration(spec.seconds)} for 10,000 rows, 10 latents and 5 factors on one core")
    facts.add_row("groups", ", ".join(spec.groups))
    facts.add_row("source", spec.source)
    console.print("", facts, "", sep="\n")
    options = Table("option", "default", "", box=None, header_style="bold", padding=(0, 2, 1, 0))
    for option, default in spec.options.items():
        options.add_row(option, label(default), plain(parameters.get(option, "")).replace("\n\n", "\n"))
    console.print(options)
    console.print(f"Set one with: dmetrics score ... --set {spec.name}.OPTION=VALUE")
    for option, declaration in declared(spec).items():
        if names := complete.parameters(declaration):
            console.print(f"Parameters: --set {spec.name}.{option}.NAME=VALUE, where NAME is {', '.join(names)}")


def _show_group(console: Console, name: str) -> None:
    console.print(name, style="bold")
    console.print(Padding(f"A group of metrics: {GROUPS[name].says}.", (0, 2)))
    metrics = Table("score", "time", box=None, header_style="bold")
    for score in members(name):
        metrics.add_row(score, duration(get_metric(score).seconds))
    console.print("", metrics, "", sep="\n")
    console.print(f"Use it with: dmetrics score ... -m {name}")


def _show_protocol(console: Console, name: str) -> None:
    protocol = PROTOCOLS[name]
    console.print(name, style="bold")
    console.print(Padding(protocol.source, (0, 2)))
    settings = Table("option", "value", box=None, header_style="bold")
    for metric, chosen in protocol.metrics.items():
        for option, value in chosen.items():
            settings.add_row(f"{metric}.{option}", label(value))
    console.print("", settings, "", sep="\n")
    console.print(f"Use it with: dmetrics score ... --protocol {name}")


def sections(doc: str) -> tuple[str, dict[str, str]]:
    """Return the text of a numpydoc docstring before its parameters, and type and text of each parameter by name."""
    head, _, rest = doc.partition("\nParameters\n----------\n")
    body = re.split(r"\n\w[\w ]*\n-{3,}\n", rest, maxsplit=1)[0]
    entries = re.findall(r"^(\w[\w, ]*) : (.*)\n((?:[ ]{4}.*\n?|\n)*)", body + "\n", flags=re.MULTILINE)
    parameters = {}
    for names, kind, text in entries:
        for name in names.split(", "):
            parameters[name] = f"{kind}\n\n{text}"
    return head, parameters


def plain(text: str) -> str:
    """Return reStructuredText as plain text: no formulas, roles or back quotes, a line per paragraph."""
    text = re.sub(r"^\.\. math:: .*\n(?:[ ].*\n)*\n?", "", text, flags=re.MULTILINE)
    text = re.sub(r":math:`([^`]*)`", lambda found: re.sub(r"[\\{}]", "", found[1]), text)
    text = re.sub(r":\w+:`~?([^`]*)`", r"\1", text)
    text = re.sub(r"`+([^`]*)`+", r"\1", text)
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in text.strip().split("\n\n"))
