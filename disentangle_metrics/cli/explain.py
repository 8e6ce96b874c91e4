"""``dmetrics explain``: which option moves the number between two protocols."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..analysis.explanation import FORMATS, Explanation
from ..analysis.explanation import explain as walk
from ..files.load import load_representation, write_text
from . import complete
from .console import in_color, stderr, warnings_as_lines, working_on
from .options import FactorKind, Metric, parse_kinds, parse_metrics
from .output import Output, check_picture, check_target, target_of, write_picture


def explain(
    a: Annotated[
        str,
        typer.Argument(metavar="FROM", help="A protocol, or default.", autocompletion=complete.protocols_or_default),
    ],
    b: Annotated[
        str, typer.Argument(metavar="TO", help="A protocol, or default.", autocompletion=complete.protocols_or_default)
    ],
    latents: Annotated[str, typer.Argument(metavar="LATENTS", help="File of the latents, a row per sample.")],
    factors: Annotated[
        str | None, typer.Argument(metavar="FACTORS", help="File of the factors. Default: the file of the latents.")
    ] = None,
    metric: Metric = None,
    factor_kind: FactorKind = None,
    format_: Annotated[
        str | None,
        typer.Option(
            "--format",
            "-f",
            help="table, json, csv or markdown. Default: by the ending of -o, else table.",
            autocompletion=complete.explain_formats,
        ),
    ] = None,
    output: Output = None,
    plot: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Draw the steps as a waterfall: .png, .pdf or .svg.")
    ] = None,
) -> None:
    """Explain which option moves a score by how much between two protocols.

    Example: dmetrics explain default locatello2019 latents.npz factors.npz
    """
    sources = [source for source in (latents, factors) if source]
    form, output = target_of(format_, output, FORMATS, sources)
    kinds = parse_kinds(factor_kind or [])
    if plot is not None:
        check_target(plot, sources)
        check_picture(plot)
    with warnings_as_lines(hide_ours=True):
        with working_on(f"reading {latents}"):
            data = load_representation(latents, factors, factor_kinds=kinds)
        with working_on(f"walking from {a} to {b}"):
            explanation = walk(data, a=a, b=b, metrics=None if metric is None else parse_metrics(metric))
    emit(explanation, form, output)
    if plot is not None:
        write_picture(explanation.figure(), plot)


def emit(explanation: Explanation, form: str, output: Path | None) -> None:
    """Write an explanation to a file, or print it."""
    text = FORMATS[form](explanation)
    if output is not None:
        write_text(output, text + "\n")
        stderr().print(f"wrote {output}", markup=False)
    elif form == "table":
        for line in text.splitlines():
            name, colon, rest = line.partition(": ")
            is_head = " -> " in rest and name in explanation.walks
            typer.echo(f"{typer.style(name, bold=True)}{colon}{rest}" if is_head else line, color=in_color())
    else:
        typer.echo(text)
