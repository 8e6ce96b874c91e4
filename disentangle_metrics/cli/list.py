"""``dmetrics list``: the metrics, the groups of metrics and the protocols."""

from __future__ import annotations

import click
from rich.console import Console
from rich.table import Column, Table

from ..options import choice
from ..protocols import PROTOCOLS
from ..registry import GROUPS, list_metrics, members
from ..rendering.numbers import duration
from ..rendering.text import listed
from . import complete, options

FORMATS = ("table", "json")


@click.command("list")
@click.option(
    "--format",
    "-f",
    "format_",
    metavar="FORMAT",
    default=FORMATS[0],
    help=f"{listed(FORMATS)}.",
    shell_complete=options.offer(complete.one_of(FORMATS)),
)
def list_(format_: str) -> None:
    """List the metrics, the groups of metrics and the protocols.

    The time of a metric is that of 10,000 rows, 10 latents and 5 factors on one core, more or less.
    """
    if choice("--format", format_, FORMATS) == "json":
        click.echo(_json())
        return
    console = Console(highlight=False)
    metrics = Table(*_folded("metric", "measures", "range", "time", "what it says"), box=None, header_style="bold")
    for spec in list_metrics():
        low, high = spec.range
        metrics.add_row(spec.name, spec.measures, f"{low:g} to {high:g}", duration(spec.seconds), spec.summary)
    groups = Table(*_folded("group", "what it holds", "scores"), box=None, header_style="bold")
    for name, group in GROUPS.items():
        groups.add_row(name, group.says, "" if name == "all" else ", ".join(members(name)))
    protocols = Table(*_folded("protocol", "settings for", "source"), box=None, header_style="bold")
    for protocol in PROTOCOLS.values():
        protocols.add_row(protocol.name, ", ".join(protocol.metrics), protocol.source)
    console.print(metrics, "", groups, "", protocols, "", sep="\n")
    console.print("More on one of them: dmetrics show NAME", markup=False)


def _folded(*heads: str) -> list[Column]:
    """Return columns whose cells are broken where they are too wide, but for the names that are typed; none is cut."""
    return [Column(head, overflow="fold", no_wrap=head == heads[0]) for head in heads]


def _json() -> str:
    import json

    return json.dumps(
        {
            "metrics": [
                {
                    "name": spec.name,
                    "measures": spec.measures,
                    "range": spec.range,
                    "higher_is_better": spec.higher_is_better,
                    "invariances": sorted(spec.invariances),
                    "needs": sorted(spec.needs),
                    "unit": spec.unit,
                    "traits": sorted(spec.traits),
                    "seconds": spec.seconds,
                    "groups": spec.groups,
                    "parts": list(spec.parts),
                    "summary": spec.summary,
                    "source": spec.source,
                    "options": spec.options,
                }
                for spec in list_metrics()
            ],
            "groups": [{"name": name, "says": group.says, "metrics": members(name)} for name, group in GROUPS.items()],
            "protocols": [
                {"name": p.name, "source": p.source, "metrics": {m: dict(o) for m, o in p.metrics.items()}}
                for p in PROTOCOLS.values()
            ],
        },
        indent=2,
        default=list,
    )
