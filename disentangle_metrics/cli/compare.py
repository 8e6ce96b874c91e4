"""``dmetrics compare``: a test of whether models differ by more than chance."""

from __future__ import annotations

import glob
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import click

from ..analysis.comparison import (
    COMPARISONS_FORMATS,
    FORMATS,
    Comparison,
    Comparisons,
    Ranking,
    compare_many,
    compare_metrics,
    compare_seeds,
)
from ..analysis.comparison import compare as compare_rows
from ..analysis.comparison.names import names_of_files
from ..analysis.comparison.over_seeds import MOST
from ..analysis.comparison.over_seeds import TESTS as OF_SEEDS
from ..analysis.comparison.paired_rows import TESTS as OF_ROWS
from ..analysis.comparison.score_tables import seeds_in_table
from ..batch.tasks import find
from ..errors import OptionError
from ..evaluation import evaluate
from ..files.content import exists
from ..files.load import load_representation, read_groups
from ..files.sources import split_key
from ..options import choice
from ..selection import latents_alone
from . import complete, options
from .console import warnings_as_lines, working_on
from .output import check_plot, dimmed, draw, emit, target_of
from .words import translated


@click.command
@click.argument("files", nargs=-1, type=options.SOURCE)
@click.option("--factors", metavar="FILE", type=options.SOURCE, help="File of the factors; then all files are models.")
@click.option(
    "--scores",
    metavar="FILE",
    type=options.TARGET,
    help="Table of scores from dmetrics batch or a sweep, instead of files of latents: .csv or .parquet.",
)
@click.option("--by", metavar="COLUMN", help="Column of --scores with a value for each model.")
@click.option("--paired", is_flag=True, help="Seeds of the models belong together, in order.")
@click.option("--paired-by", metavar="COLUMN", help="Column of --scores whose value pairs the runs.")
@click.option("--baseline", metavar="NAME", help="Compare each model with this one, instead of all pairs.")
@click.option(
    "--metric",
    "-m",
    metavar="METRIC",
    multiple=True,
    default=("mig",),
    help="Metric to compare by, or several with commas; may be repeated; or a group of metrics; several are tested "
    "together.",
    shell_complete=options.offer(complete.metrics_and_groups),
)
@options.protocol
@options.settings
@options.factor_kind
@options.reading
@click.option(
    "--test",
    metavar="TEST",
    help="For rows: bootstrap (the default) or sign-flip. For seeds: permutation (the default) or t.",
    shell_complete=options.offer(complete.one_of([*OF_ROWS, *OF_SEEDS])),
)
@options.confidence(0.95)
@click.option(
    "--n-boot",
    type=int,
    help="Draws of rows. Default: 1000, or 100 if each draw is slow to score; more if many tests are made together.",
)
@options.groups
@click.option("--n-permutations", type=int, default=MOST, help="Largest number of relabelings of seeds.")
@options.seed("the draws", 42)
@options.formats(FORMATS)
@options.output
@options.plot("the differences as a forest plot")
def compare(
    files: Sequence[str],
    factors: str | None,
    scores: Path | None,
    by: str | None,
    paired: bool,
    paired_by: str | None,
    baseline: str | None,
    metric: Sequence[str],
    protocol: str | None,
    set_: Sequence[str],
    factor_kind: Sequence[str],
    test: str | None,
    confidence: float,
    n_boot: int | None,
    groups: str | None,
    n_permutations: int,
    seed: int,
    format_: str | None,
    output: Path | None,
    plot: Path | None,
    **read: Any,
) -> None:
    """Test whether models differ by more than chance.

    FILES are a file of latents for each model, or a quoted pattern of the files of its seeds; NAME=FILE names a model.
    Of three files or more, the last one holds the factors, unless --factors is given. Two models or more are compared,
    on the same rows or over seeds.

    Example: dmetrics compare a.npz b.npz factors.npz

    Example: dmetrics compare 'old/s*/latents.npz' 'new/s*/latents.npz' --factors factors.npz
    """
    settings, kinds = options.parse_settings(set_), options.parse_kinds(factor_kind)
    reading = options.parse_reading(**read)
    names = options.parse_metrics(metric)
    first_metric = next(iter(names))
    several, alone = len(names) > 1, latents_alone(names)
    if scores is not None:
        _refuse({"--factors": factors, "--protocol": protocol, "--set": set_, "--factor-kind": factor_kind}, "--scores")
        sources, given = [str(scores)], Sources({}, None, True)
    else:
        _refuse({"--by": by, "--paired-by": paired_by}, "files of latents")
        given = find_sources(files, factors)
        sources = [file for own in given.models.values() for file in own]
        sources += [] if given.factors is None else [given.factors]
    sources += [] if groups is None else [groups]
    form, output = target_of(format_, output, FORMATS, sources)
    check_plot(plot, sources)
    shared: dict[str, Any] = {"confidence": confidence, "random_state": seed}
    shared |= {"metrics": names} if several else {"metric": first_metric}
    if several:
        one_by_one = scores is not None or given.are_seeds or len(given.models) != 2
        _refuse({"--baseline": baseline, "--plot": plot, "other than two models": one_by_one}, "several metrics")
    if given.are_seeds:
        _refuse({"--n-boot": n_boot, "--groups": groups}, "seeds, which are relabeled (--n-permutations),")
        shared |= {"paired": paired or paired_by is not None, "n_permutations": n_permutations}
        shared |= {"test": choice("--test", test or OF_SEEDS[0], OF_SEEDS)}
    else:
        _refuse({"--paired": paired or None}, "models on the same rows, which are always paired,")
        scored = {"protocol": protocol, "options": settings, "factor_kinds": kinds}
        shared |= {"groups": None if groups is None else read_groups(groups)}
        shared |= {"n_boot": n_boot, "test": choice("--test", test or OF_ROWS[0], OF_ROWS), **scored}
    with warnings_as_lines(hide_ours=True):
        if scores is not None:
            runs_by_model: dict[str, Any] = dict(
                seeds_in_table(scores, first_metric, files, by=by, paired_by=paired_by)
            )
        elif given.are_seeds:
            runs_by_model = {}
            for name, own in given.models.items():
                runs_by_model[name] = []
                for file in own:
                    with working_on(f"scoring {file}"):
                        data = load_representation(file, given.factors, without_factors=alone, **reading)
                        report = evaluate(
                            data, metrics=first_metric, protocol=protocol, options=settings, factor_kinds=kinds
                        )
                        runs_by_model[name].append(report[first_metric])
        else:
            runs_by_model = {}
            for name, (file,) in given.models.items():
                with working_on(f"reading {file}"):
                    runs_by_model[name] = load_representation(file, given.factors, without_factors=alone, **reading)
        if by is not None and baseline is not None and f"{by}={baseline}" in runs_by_model:
            baseline = f"{by}={baseline}"
        with working_on(f"comparing {', '.join(runs_by_model)}"):
            result = _compared(runs_by_model, baseline, given.are_seeds, shared)
    if isinstance(result, Comparisons):
        result = Comparisons({name: translated(one, form) for name, one in result.items()})
    else:
        result = translated(result, form)
    formats: Mapping[str, Any] = COMPARISONS_FORMATS if isinstance(result, Comparisons) else FORMATS
    text = formats[form](result)
    head = text.partition("\n")[0]

    def styled(line: str) -> str:
        name, colon, rest = line.partition(": ")
        return f"{click.style(name, bold=True)}{colon}{rest}" if line == head else dimmed(line)

    emit(text, output, styled if form == "table" else None)
    if not isinstance(result, Comparisons):
        draw(result, plot)


def _compared(
    models: Mapping[str, Any], baseline: str | None, are_seeds: bool, shared: Mapping[str, Any]
) -> Comparison | Comparisons | Ranking:
    if "metrics" in shared:
        first, second = models
        return compare_metrics(models[first], models[second], names=(first, second), **shared)
    if len(models) != 2 or baseline is not None:
        return compare_many(models, baseline=baseline, **shared)
    first, second = models
    function = compare_seeds if are_seeds else compare_rows
    return function(models[first], models[second], names=(first, second), **shared)


def _refuse(options: Mapping[str, Any], beside: str) -> None:
    """Raise OptionError if one of the options was given."""
    for option, value in options.items():
        if value:
            raise OptionError(f"{option} has no meaning with {beside}. Leave it out.".replace(",.", "."))


class Sources(NamedTuple):
    """Files of each model by its name, the file of factors, and whether each model is several seeds."""

    models: dict[str, list[str]]
    factors: str | None
    are_seeds: bool


def find_sources(items: Sequence[str], factors: str | None) -> Sources:
    """Return the files of each model; of three files or more the last holds the factors, unless `factors` is given."""
    items = list(items)
    if factors is None and len(items) > 2:
        factors = items.pop()
    if len(items) < 2:
        raise OptionError(
            "a comparison needs two models or more. Name their files, and then the file of the factors: dmetrics "
            "compare a.npz b.npz factors.npz"
        )
    given = [_split_name(item) for item in items]
    patterns = [file for _, file in given if glob.has_magic(file) and not exists(split_key(file)[0])]
    if patterns and len(patterns) < len(given):
        alone = next(file for _, file in given if file not in patterns)
        raise OptionError(f"{alone} is one file and {patterns[0]} are several. Give seeds of all models, or of none.")
    names = [name or short for (name, _), short in zip(given, names_of_files([file for _, file in given]), strict=True)]
    if len(set(names)) < len(names):
        raise OptionError(f"two models have the same name: {', '.join(names)}. Give them different names: NAME=FILE.")
    files = {name: [task.file for task in find(file, None, None)] for name, (_, file) in zip(names, given, strict=True)}
    return Sources(files, factors, bool(patterns))


def _split_name(item: str) -> tuple[str, str]:
    """Return name and file of ``NAME=FILE``; the name of an existing file with an equals sign is not split."""
    name, equals, file = item.partition("=")
    return (name, file) if equals and not exists(split_key(item)[0]) else ("", item)
