"""``dmetrics curve``: whether there are enough rows."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..analysis.sample_size import FORMATS, Curve, sample_size_curve
from ..errors import OptionError
from ..files.load import load_representation, write_text
from ..registry import needs_factors
from ..signature import read_value
from . import complete
from .console import in_color, stderr, warnings_as_lines, working_on
from .options import (
    FactorKind,
    LatentGroup,
    Metric,
    Protocol,
    Set,
    parse_kinds,
    parse_metrics,
    parse_settings,
    with_groups,
)
from .output import Output, check_picture, check_target, target_of, write_picture


def curve(
    latents: Annotated[str, typer.Argument(metavar="LATENTS", help="File of the latents, a row per sample.")],
    factors: Annotated[
        str | None, typer.Argument(metavar="FACTORS", help="File of the factors. Default: the file of the latents.")
    ] = None,
    metric: Metric = None,
    sizes: Annotated[
        str | None,
        typer.Option(
            metavar="N,N,...", help="Numbers of rows to draw. Default: a half, a quarter, ... of all, down to 50."
        ),
    ] = None,
    repeats: Annotated[int, typer.Option(help="Subsamples of each size.")] = 20,
    protocol: Protocol = None,
    set_: Set = None,
    factor_kind: FactorKind = None,
    latent_group: LatentGroup = None,
    confidence: Annotated[float, typer.Option(help="Level of the intervals.")] = 0.95,
    seed: Annotated[int, typer.Option(help="Seed of the subsamples.")] = 0,
    jobs: Annotated[int, typer.Option("--jobs", "-j", help="Processes; -1 for one per processor.")] = 1,
    format_: Annotated[
        str | None,
        typer.Option(
            "--format",
            "-f",
            help="table, json, csv or markdown. Default: by the ending of -o, else table.",
            autocompletion=complete.curve_formats,
        ),
    ] = None,
    output: Output = None,
    plot: Annotated[Path | None, typer.Option(metavar="FILE", help="Draw the curves: .png, .pdf or .svg.")] = None,
) -> None:
    """Score subsamples, to see whether there are enough rows.

    Example: dmetrics curve latents.npz factors.npz -m mig --sizes 500,1000,2000
    """
    sources = [source for source in (latents, factors) if source]
    form, output = target_of(format_, output, FORMATS, sources)
    names = parse_metrics(metric, protocol)
    options, kinds = with_groups(parse_settings(set_ or []), names, latent_group), parse_kinds(factor_kind or [])
    if plot is not None:
        check_target(plot, sources)
        check_picture(plot)
    with warnings_as_lines(hide_ours=False):
        with working_on(f"reading {latents}"):
            data = load_representation(latents, factors, without_factors=not needs_factors(names))
        with working_on(f"scoring subsamples of {data.n_samples} rows by {', '.join(names)}"):
            found = sample_size_curve(
                data,
                metrics=names,
                sizes=None if sizes is None else parse_sizes(sizes),
                n_repeats=repeats,
                protocol=protocol,
                options=options,
                factor_kinds=kinds,
                confidence=confidence,
                random_state=seed,
                n_jobs=jobs,
            )
    emit(found, form, output)
    if plot is not None:
        write_picture(found.figure(), plot)


def parse_sizes(text: str) -> list[int]:
    """Return numbers of rows from ``500,1000``."""
    sizes = [read_value(part) for part in text.split(",")]
    if not all(isinstance(n, int) for n in sizes):
        raise OptionError(f"--sizes {text!r} are not whole numbers with commas, for example --sizes 500,1000,2000.")
    return sizes


def emit(found: Curve, form: str, output: Path | None) -> None:
    """Write curves to a file, or print them."""
    text = FORMATS[form](found)
    if output is not None:
        write_text(output, text + "\n")
        stderr().print(f"wrote {output}", markup=False)
    elif form == "table":
        for line in text.splitlines():
            name, equals, rest = line.partition(" = ")
            typer.echo(f"{typer.style(name, bold=True)}{equals}{rest}" if name in found else line, color=in_color())
    else:
        typer.echo(text)
