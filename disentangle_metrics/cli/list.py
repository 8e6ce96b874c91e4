"""``dmetrics list``: the metrics and the protocols."""

from __future__ import annotations

import click
from rich.console import Console
from rich.table import Table

from ..options import choice
from ..protocols import PROTOCOLS
from ..registry import list_metrics
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
    """List the metrics and the protocols."""
    if choice("--format", format_, FORMATS) == "json":
        click.echo(_json())
        return
    console = Console(highlight=False)
    metrics = Table("metric", "measures", "range", "what it says", box=None, header_style="bold")
    for spec in list_metrics():
        low, high = spec.range
        metrics.add_row(spec.name, spec.measures, f"{low:g} to {high:g}", spec.summary)
    protocols = Table("protocol", "settings for", "source", box=None, header_style="bold")
    for protocol in PROTOCOLS.values():
        protocols.add_row(protocol.name, ", ".join(protocol.metrics), protocol.source)
    console.print(metrics, "", protocols, "", sep="\n")
    console.print("More on one of them: dmetrics show NAME", markup=False)


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
                    "parts": list(spec.parts),
                    "summary": spec.summary,
                    "source": spec.source,
                    "options": spec.options,
                }
                for spec in list_metrics()
            ],
            "protocols": [
                {"name": p.name, "source": p.source, "metrics": {m: dict(o) for m, o in p.metrics.items()}}
                for p in PROTOCOLS.values()
            ],
        },
        indent=2,
        default=list,
    )
