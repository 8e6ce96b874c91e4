"""``dmetrics score``: score latents against ground-truth factors."""

from __future__ import annotations

import math
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from ..errors import OptionError
from ..evaluation import evaluate
from ..files.load import load_representation, read_groups, write_text
from ..options import choice
from ..registry import needs_factors
from ..rescoring import metrics_of, rescore
from ..scores.report import FORMATS, Report
from ..signature import read_value
from . import complete
from .console import in_color, stderr, warnings_as_lines, working_on
from .options import (
    FactorKind,
    Groups,
    LatentGroup,
    Metric,
    Protocol,
    Set,
    parse_kinds,
    parse_metrics,
    parse_settings,
    parse_signatures,
    with_groups,
)
from .output import Output, target_of


def score(
    latents: Annotated[
        str,
        typer.Argument(metavar="LATENTS", help="File of the latents, a row per sample. FILE:KEY picks an array of it."),
    ],
    factors: Annotated[
        str | None,
        typer.Argument(
            metavar="FACTORS", help="File of the factors, rows in the same order. Default: the file of the latents."
        ),
    ] = None,
    metric: Metric = None,
    protocol: Protocol = None,
    set_: Set = None,
    factor_kind: FactorKind = None,
    latent_group: LatentGroup = None,
    signature: Annotated[
        list[str] | None,
        typer.Option(
            metavar="'METRIC|...|v:VERSION'",
            help="Make the number of a signature again, or say what differs. @FILE takes those of a JSON file that "
            "-o wrote; may be repeated.",
        ),
    ] = None,
    weights: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="File of sample weights, a number per row. FILE:KEY picks an array of it."),
    ] = None,
    confidence: Annotated[
        float | None, typer.Option(help="Add intervals of this level, for example 0.95, to every score and factor.")
    ] = None,
    n_boot: Annotated[int | None, typer.Option(help="Draws of rows that intervals are made from.")] = None,
    groups: Groups = None,
    chance: Annotated[bool, typer.Option("--chance", help="Add what the latents score by chance.")] = False,
    n_permutations: Annotated[int | None, typer.Option(help="Orders of rows that chance is made from.")] = None,
    ceiling: Annotated[
        bool, typer.Option("--ceiling", help="Add what the perfect code of these factors scores.")
    ] = False,
    adjusted: Annotated[
        bool, typer.Option("--adjusted", help="Add (score - chance) / (ceiling - chance), and both of these.")
    ] = False,
    seed: Annotated[int, typer.Option(help="Seed of intervals and of chance.")] = 42,
    format_: Annotated[
        str | None,
        typer.Option(
            "--format",
            "-f",
            help="table, json, csv, markdown or latex. Default: by the ending of -o, else table.",
            autocompletion=complete.formats,
        ),
    ] = None,
    output: Output = None,
    fail_under: Annotated[
        list[str] | None,
        typer.Option(
            metavar="METRIC=LIMIT",
            help="Exit with code 1 if the metric is below the limit; may be repeated.",
            autocompletion=complete.limits,
        ),
    ] = None,
) -> None:
    """Score latents against ground-truth factors.

    Reads .npz, .npy, .csv, .tsv, .parquet, .safetensors and .h5 files.

    Example: dmetrics score latents.npz factors.npz -m mig --set mig.n_bins=50

    A number that was printed comes out again by its signature, in single quotes: dmetrics score latents.npz factors.npz
    --signature 'mig|discretizer:uniform|...'
    """
    signatures = parse_signatures(
        signature or [],
        {
            "-m": metric,
            "--protocol": protocol,
            "--set": set_,
            "--factor-kind": factor_kind,
            "--latent-group": latent_group,
        },
    )
    names = metrics_of(signatures) if signature else parse_metrics(metric, protocol)
    form, output = target_of(format_, output, FORMATS, filter(None, (latents, factors, weights, groups)))
    limits = parse_limits(fail_under or [], names)
    options = with_groups(parse_settings(set_ or []), names, latent_group)
    kinds = parse_kinds(factor_kind or [])
    with warnings_as_lines(hide_ours=form == "table" and output is None):
        with working_on(f"reading {latents}"):
            data = load_representation(latents, factors, weights_path=weights, without_factors=not needs_factors(names))
        with working_on(f"scoring {data.n_samples} x {data.n_latents} by {', '.join(names)}"):
            beside: dict[str, Any] = {
                "confidence": confidence,
                "n_boot": n_boot,
                "groups": None if groups is None else read_groups(groups),
                "chance": chance,
                "n_permutations": n_permutations,
                "ceiling": ceiling,
                "adjusted": adjusted,
                "random_state": seed,
            }
            if signature:
                report = rescore(signatures, data, **beside)
            else:
                report = evaluate(data, metrics=names, protocol=protocol, options=options, factor_kinds=kinds, **beside)
    emit(report, form, output)
    raise typer.Exit(below(report, limits))


def emit(report: Report, form: str, output: Path | None) -> None:
    """Write a report to a file, or print it."""
    text = FORMATS[form](report)
    if output is not None:
        write_text(output, text + "\n")
        stderr().print(f"wrote {output}", markup=False)
    elif form == "table":
        for line in report.describe(shutil.get_terminal_size().columns).splitlines():
            typer.echo(_styled(line), color=in_color())
    else:
        typer.echo(text)


def _styled(line: str) -> str:
    if line and not line.startswith(" "):
        name, equals, rest = line.partition(" = ")
        return f"{typer.style(name, bold=True)}{equals}{typer.style(rest[:6], fg='cyan', bold=True)}{rest[6:]}"
    return typer.style(line, dim=True) if "|v:" in line else line


def below(report: Report, limits: Mapping[str, float]) -> int:
    """Return 1, having said so, if a score is below its limit, else 0."""
    failed = [name for name, limit in limits.items() if not report[name] >= limit]
    for name in failed:
        stderr().print(f"{name} = {report[name]:.4f} is below {limits[name]:g}", markup=False)
    return int(bool(failed))


def parse_limits(items: list[str], metrics: tuple[str, ...]) -> dict[str, float]:
    """Return the limit of each metric from ``metric=limit``."""
    limits = {}
    for item in items:
        name, _, text = item.partition("=")
        limit = read_value(text)
        if isinstance(limit, bool) or not isinstance(limit, (int, float)) or not math.isfinite(limit):
            raise OptionError(f"--fail-under {item!r} is not METRIC=LIMIT, for example --fail-under mig=0.3.")
        limits[choice("--fail-under", name, metrics)] = float(limit)
    return limits
