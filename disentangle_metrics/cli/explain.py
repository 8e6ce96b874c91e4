"""``dmetrics explain``: the options that change a score between two protocols."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from ..analysis.explanation import FORMATS
from ..analysis.explanation import explain as walk
from ..files.load import load_representation
from . import complete, options
from .console import warnings_as_lines, working_on
from .output import check_plot, draw, emit, target_of

_OFFER = options.offer(complete.protocols_or_default)


@click.command
@click.argument("from_", metavar="FROM", shell_complete=_OFFER)
@click.argument("to", shell_complete=_OFFER)
@options.latents
@options.factors
@options.metric("the metrics of both protocols")
@options.factor_kind
@options.formats(FORMATS)
@options.output
@options.plot("the steps as a waterfall")
def explain(
    from_: str,
    to: str,
    latents: str,
    factors: str | None,
    metric: Sequence[str],
    factor_kind: Sequence[str],
    format_: str | None,
    output: Path | None,
    plot: Path | None,
) -> None:
    """Show which option changes a score between two protocols.

    FROM and TO are protocols, or default. LATENTS is a file of latents, a row per sample, and FACTORS is a file of
    factors. Without FACTORS, the factors are in the file of the latents.

    Example: dmetrics explain default locatello2019 latents.npz factors.npz
    """
    sources = [source for source in (latents, factors) if source]
    form, output = target_of(format_, output, FORMATS, sources)
    kinds = options.parse_kinds(factor_kind)
    check_plot(plot, sources)
    with warnings_as_lines(hide_ours=True):
        with working_on(f"reading {latents}"):
            data = load_representation(latents, factors, factor_kinds=kinds)
        with working_on(f"walking from {from_} to {to}"):
            result = walk(data, a=from_, b=to, metrics=options.parse_metrics(metric) if metric else None)

    def styled(line: str) -> str:
        name, colon, rest = line.partition(": ")
        is_head = " -> " in rest and name in result.walks
        return f"{click.style(name, bold=True)}{colon}{rest}" if is_head else line

    emit(FORMATS[form](result), output, styled if form == "table" else None)
    draw(result, plot)
