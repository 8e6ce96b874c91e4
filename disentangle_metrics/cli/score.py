"""``dmetrics score``: score latents against ground-truth factors."""

from __future__ import annotations

import math
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from ..errors import OptionError
from ..evaluation import evaluate
from ..files.load import load_representation, read_groups
from ..options import choice
from ..registry import needs_factors
from ..rescoring import metrics_of, rescore
from ..scores.report import FORMATS, Report
from ..signature import read_value
from . import complete, options
from .console import stderr, warnings_as_lines, working_on
from .output import dimmed, emit, target_of


@click.command
@options.latents
@options.factors
@options.scoring
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
    **others: Any,
) -> int:
    """Score latents against ground-truth factors.

    LATENTS is a file of latents, a row per sample, and FACTORS is a file of factors with rows in the same order.
    Without FACTORS, the factors are in the file of the latents. FILE:KEY picks an array of a file. Reads .npz, .npy,
    .csv, .tsv, .parquet, .safetensors and .h5 files.

    Example: dmetrics score latents.npz factors.npz -m mig --set mig.n_bins=50

    A signature in single quotes computes a printed score again: dmetrics score latents.npz factors.npz --signature
    'mig|discretizer:uniform|...'
    """
    given = {name: others.pop(name) for name in options.SCORING}
    signatures = options.parse_signatures(signature, given)
    chosen = {} if signature else options.parse_scoring(**given)
    names = metrics_of(signatures) if signature else chosen["metrics"]
    form, output = target_of(format_, output, FORMATS, filter(None, (latents, factors, weights, groups)))
    limits = parse_limits(fail_under, names)
    with warnings_as_lines(hide_ours=form == "table" and output is None):
        with working_on(f"reading {latents}"):
            data = load_representation(latents, factors, weights_path=weights, without_factors=not needs_factors(names))
        with working_on(f"scoring {data.n_samples} x {data.n_latents} by {', '.join(names)}"):
            beside = {**others, "groups": None if groups is None else read_groups(groups), "random_state": seed}
            report = rescore(signatures, data, **beside) if signature else evaluate(data, **chosen, **beside)
    if form == "table" and output is None:
        emit(report.describe(shutil.get_terminal_size().columns), None, _styled)
    else:
        emit(FORMATS[form](report), output)
    return below(report, limits)


def _styled(line: str) -> str:
    if line and not line.startswith(" "):
        name, equals, rest = line.partition(" = ")
        return f"{click.style(name, bold=True)}{equals}{click.style(rest[:6], fg='cyan', bold=True)}{rest[6:]}"
    return dimmed(line)


def below(report: Report, limits: Mapping[str, float]) -> int:
    """Return 1, and print a message, if a score is below its limit; else return 0."""
    failed = [name for name, limit in limits.items() if not report[name] >= limit]
    for name in failed:
        stderr().print(f"{name} = {report[name]:.4f} is below {limits[name]:g}", markup=False)
    return int(bool(failed))


def parse_limits(items: Sequence[str], metrics: tuple[str, ...]) -> dict[str, float]:
    """Return the limit of each metric from ``metric=limit``."""
    limits = {}
    for item in items:
        name, _, text = item.partition("=")
        limit = read_value(text)
        if isinstance(limit, bool) or not isinstance(limit, (int, float)) or not math.isfinite(limit):
            raise OptionError(f"--fail-under {item!r} is not METRIC=LIMIT, for example --fail-under mig=0.3.")
        limits[choice("--fail-under", name, metrics)] = float(limit)
    return limits
