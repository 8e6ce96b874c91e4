"""``dmetrics score``: score latents against ground-truth factors."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from ..evaluation import evaluate
from ..files.load import load_representation, read_groups
from ..rescoring import metrics_of, rescore
from ..scores.report import FORMATS
from ..selection import latents_alone
from . import complete, options
from .console import warnings_as_lines, working_on
from .gate import Gate
from .output import dimmed, emit, target_of
from .words import translated


@click.command
@options.latents
@options.factors
@options.scoring
@options.reading
@click.option(
    "--signature",
    metavar="'METRIC|...|v:VERSION'",
    multiple=True,
    help="Compute the score of a signature again, or show what differs. @FILE reads the JSON file of an earlier -o; "
    "may be repeated.",
)
@click.option(
    "--weights",
    metavar="FILE",
    type=options.SOURCE,
    help="File of sample weights, a number per row. FILE:KEY picks an array of it.",
)
@options.confidence(None, "Add intervals of this level, for example 0.95, to every score and factor.")
@click.option("--n-boot", type=int, help="Number of draws of rows for intervals.")
@options.groups
@click.option("--chance", is_flag=True, help="Add the chance level: the score without information.")
@click.option("--n-permutations", type=int, help="Number of permutations of rows for chance.")
@click.option("--ceiling", is_flag=True, help="Add the ceiling: the score of the perfect representation.")
@click.option("--adjusted", is_flag=True, help="Add (score - chance) / (ceiling - chance), chance and ceiling.")
@options.seed("intervals and of chance", 42)
@options.formats(FORMATS)
@options.output
@click.option(
    "--fail-under",
    metavar="METRIC=LIMIT",
    multiple=True,
    help="Exit with code 1 if the metric is below the limit; may be repeated.",
    shell_complete=options.offer(complete.limits),
)
@click.option(
    "--fail-over",
    metavar="METRIC=LIMIT",
    multiple=True,
    help="Exit with code 1 if the metric is above the limit, for metrics of which lower is better; may be repeated.",
    shell_complete=options.offer(complete.limits),
)
@click.option(
    "--baseline",
    metavar="FILE.json",
    type=options.TARGET,
    help="Exit with code 1 if a score is worse than in this file, written with --confidence and -o: if the whole "
    "interval of the difference is on the worse side of 0.",
)
def score(
    latents: str,
    factors: str | None,
    signature: Sequence[str],
    weights: str | None,
    groups: str | None,
    seed: int,
    format_: str | None,
    output: Path | None,
    fail_under: Sequence[str],
    fail_over: Sequence[str],
    baseline: Path | None,
    **others: Any,
) -> int:
    """Score latents against ground-truth factors.

    LATENTS is a file of latents, a row per sample, and FACTORS is a file of factors with rows in the same order.
    Without FACTORS, the factors are in the file of the latents, or in factors.npz next to it. LATENTS may be the folder
    of both. FILE:KEY picks an array of a file, or columns: t.csv:shape,scale, t.csv:z*, t.csv:[1:], t.csv:!id. Reads
    .npz, .npy, .csv, .tsv, .txt, .parquet, .safetensors, .h5, .h5ad and .pt files.

    Example: dmetrics score latents.npz factors.npz -m mig --set mig.n_bins=50

    Example: dmetrics score table.csv table.csv:label --join image_id

    A signature in single quotes computes a printed score again: dmetrics score latents.npz factors.npz --signature
    'mig|discretizer:uniform|...'
    """
    given = {name: others.pop(name) for name in options.SCORING}
    reading = options.parse_reading(**{name: others.pop(name) for name in options.READING})
    signatures = options.parse_signatures(signature, given)
    chosen = {} if signature else options.parse_scoring(**given)
    names = metrics_of(signatures) if signature else chosen["metrics"]
    form, output = target_of(format_, output, FORMATS, filter(None, (latents, factors, weights, groups)))
    gate = Gate.of(fail_under, fail_over, baseline, names)
    others["confidence"] = gate.level(others["confidence"])
    with warnings_as_lines(hide_ours=form == "table" and output is None):
        with working_on(f"reading {latents}"):
            alone = latents_alone(names)
            data = load_representation(latents, factors, weights_path=weights, without_factors=alone, **reading)
        with working_on(f"scoring {data.n_samples} x {data.n_latents} by {', '.join(names)}"):
            by = {"header": reading["header"], "join": reading["join"]}
            rows = None if groups is None else read_groups(groups, data, **by)
            beside = {**others, "groups": rows, "random_state": seed}
            report = rescore(signatures, data, **beside) if signature else evaluate(data, **chosen, **beside)
            report = translated(report, form)
    if form == "table" and output is None:
        emit(report.describe(shutil.get_terminal_size().columns), None, _styled)
    else:
        emit(FORMATS[form](report), output)
    return gate.code(report)


def _styled(line: str) -> str:
    if line and not line.startswith(" "):
        name, equals, rest = line.partition(" = ")
        return f"{click.style(name, bold=True)}{equals}{click.style(rest[:6], fg='cyan', bold=True)}{rest[6:]}"
    return dimmed(line)
