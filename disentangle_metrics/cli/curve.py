"""``dmetrics curve``: scores of subsamples, which show whether there are enough rows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ..analysis.sample_size import FORMATS, Curve, sample_size_curve
from ..errors import OptionError
from ..files.load import load_representation
from ..selection import latents_alone
from ..signature import read_value
from . import options
from .console import warnings_as_lines, working_on
from .output import check_plot, draw, emit, target_of
from .words import translated


@click.command
@options.latents
@options.factors
@options.scoring
@options.reading
@click.option(
    "--sizes",
    metavar="N,N,...",
    help="Numbers of rows to draw. Default: a half, a quarter, ... of all, down to 50.",
)
@click.option("--repeats", type=int, default=20, help="Subsamples of each size.")
@options.confidence(0.95)
@options.seed("the subsamples", 0)
@options.jobs
@options.formats(FORMATS)
@options.output
@options.plot("the curves")
def curve(
    latents: str,
    factors: str | None,
    sizes: str | None,
    repeats: int,
    confidence: float,
    seed: int,
    jobs: int,
    format_: str | None,
    output: Path | None,
    plot: Path | None,
    **scoring: Any,
) -> None:
    """Score subsamples, to show whether there are enough rows.

    LATENTS is a file of latents, a row per sample, and FACTORS is a file of factors. Without FACTORS, the factors are
    in the file of the latents, or in factors.npz next to it.

    Example: dmetrics curve latents.npz factors.npz -m mig --sizes 500,1000,2000
    """
    sources = [source for source in (latents, factors) if source]
    form, output = target_of(format_, output, FORMATS, sources)
    reading = options.parse_reading(**{name: scoring.pop(name) for name in options.READING})
    chosen = options.parse_scoring(**scoring)
    check_plot(plot, sources)
    with warnings_as_lines(hide_ours=False):
        with working_on(f"reading {latents}"):
            alone = latents_alone(chosen["metrics"])
            data = load_representation(latents, factors, without_factors=alone, **reading)
        with working_on(f"scoring subsamples of {data.n_samples} rows by {', '.join(chosen['metrics'])}"):
            result = sample_size_curve(
                data,
                **chosen,
                sizes=None if sizes is None else parse_sizes(sizes),
                n_repeats=repeats,
                confidence=confidence,
                random_state=seed,
                n_jobs=jobs,
            )

    curves = {name: translated(one, form) for name, one in result.items()}
    result = Curve(curves, result.n_repeats, result.confidence, result.random_state)

    def styled(line: str) -> str:
        name, equals, rest = line.partition(" = ")
        return f"{click.style(name, bold=True)}{equals}{rest}" if name in result else line

    emit(FORMATS[form](result), output, styled if form == "table" else None)
    draw(result, plot)


def parse_sizes(text: str) -> list[int]:
    """Return the numbers of rows from ``500,1000``."""
    sizes = [read_value(part) for part in text.split(",")]
    if not all(isinstance(n, int) for n in sizes):
        raise OptionError(f"--sizes {text!r} are not whole numbers with commas, for example --sizes 500,1000,2000.")
    return sizes
