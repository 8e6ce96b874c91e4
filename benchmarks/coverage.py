"""Coverage of intervals: ``python -m benchmarks.coverage`` writes the table of ``docs/uncertainty.md``."""

from __future__ import annotations

import os

# One thread for each process, before numpy starts its threads.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import warnings  # noqa: E402
from collections.abc import Iterable, Iterator, Sequence  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

import click  # noqa: E402
import numpy as np  # noqa: E402

from disentangle_metrics import config, evaluate  # noqa: E402
from disentangle_metrics.kernels.probes.classifiers import Rows  # noqa: E402
from disentangle_metrics.kernels.probes.splits import holdout  # noqa: E402
from disentangle_metrics.kernels.probes.table import resolve_probe  # noqa: E402
from disentangle_metrics.reductions.gaps import top_two_gap  # noqa: E402
from disentangle_metrics.statistics.information import JointInformation  # noqa: E402

from .journal import finished, measured  # noqa: E402
from .marks import write_between  # noqa: E402
from .page import table  # noqa: E402
from .populations import Population, kinds, many  # noqa: E402

Floats = np.ndarray
PAGE = Path(__file__).parents[1] / "docs" / "uncertainty.md"
BEGIN, END = "<!-- coverage: python -m benchmarks.coverage -->", "<!-- end of coverage -->"
ROWS = (500, 2_000, 10_000)
N_BINS = 20
# Rows on which a fitted probe is tested, in place of infinitely many.
TRIED = 200_000


def populations() -> dict[str, tuple[Population, tuple[int, ...]]]:
    """Return all populations by name, each with its numbers of rows."""
    return {**{name: (kind, ROWS) for name, kind in kinds().items()}, **many()}


def cells(metrics: Iterable[str], sizes: Sequence[int] = ()) -> Iterator[tuple[str, str, int]]:
    """Yield metric, representation and number of rows of each line of the table; of given sizes, if there are any."""
    for metric in metrics:
        for name, (population, rows) in populations().items():
            if metric == "mig" or name in kinds() or population.per_group > 1:
                yield from ((metric, name, n) for n in rows if n in sizes or not sizes)


def of_counts(metric: str, kind: Population, n: int, seed: int, n_boot: int) -> dict[str, Any]:
    """Return estimate, truth and interval of one sample, by a metric that is made of joint counts."""
    z, v = kind.draw(n, np.random.default_rng([seed, n]))
    report = evaluate(z, v, metric, confidence=0.95, n_boot=n_boot, random_state=seed, groups=kind.groups(n))
    recipe = report[metric].recipe
    if not isinstance(recipe.statistic(), JointInformation):
        raise click.UsageError(
            f"{metric} is not made of joint counts, so its score of infinitely many rows is not known."
        )
    info = kind.information(np.linspace(z.min(axis=0), z.max(axis=0), N_BINS + 1).T)
    weights = None if recipe.weigh is None else recipe.weigh((info,))
    truth = recipe.reduce((info,))
    return found(report[metric], truth, float(recipe.whole(truth, weights)))


def of_sap(kind: Population, n: int, seed: int, n_boot: int) -> dict[str, Any]:
    """Return the same of SAP by its default probe; the truth is the score of the fitted lines on many more rows."""
    rng = np.random.default_rng([seed, n])
    z, v = kind.draw(n, rng)
    score = evaluate(z, v, "sap", confidence=0.95, n_boot=n_boot, random_state=seed, groups=kind.groups(n))["sap"]
    more, labels = kind.draw(TRIED, rng)
    train, _ = holdout(n, 0.2, 42)
    tried = np.arange(n, n + TRIED)
    probe = resolve_probe("logistic", None, None, 42)
    rows = Rows(np.vstack([z, more]), train, tried, v[train].T, labels.T, True)
    right = probe.classifier(rows, list(kind.sizes)).right.sum(axis=2) / TRIED  # type: ignore[misc]
    gaps = top_two_gap(right)
    return found(score, gaps, float(gaps.mean()))


def found(score: Any, parts: Floats, truth: float) -> dict[str, Any]:
    """Return the entries of the journal for a score, given its true parts and their mean."""
    low, high = np.array(score.interval.per_part).T
    ends = score.interval.low, score.interval.high
    return {
        "estimate": float(score),
        "middle": score.interval.middle,
        "truth": truth,
        "width": ends[1] - ends[0],
        "covered": bool(ends[0] - 1e-9 <= truth <= ends[1] + 1e-9),
        "factors": [bool(x) for x in (low - 1e-9 <= parts) & (parts <= high + 1e-9)],
    }


# The metrics in the table of the page.
METRICS = ("mig", "sap")


def one(metric: str, name: str, n: int, seed: int, n_boot: int) -> dict[str, Any]:
    """Return one replication, with what it was of."""
    config.threads = 1
    config.backend = "fast"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        kind = populations()[name][0]
        result = of_sap(kind, n, seed, n_boot) if metric == "sap" else of_counts(metric, kind, n, seed, n_boot)
    return {"metric": metric, "kind": name, "n": n, "seed": seed, "n_boot": n_boot, **result}


def rows_of_table(done: list[dict[str, Any]], metrics: Iterable[str] = METRICS) -> Iterator[list[str]]:
    """Yield a row for each metric, kind and number of rows."""
    for metric, name, n in cells(metrics):
        cell = [r for r in done if (r["metric"], r["kind"], r["n"]) == (metric, name, n)]
        if not cell:
            continue
        mean = {key: float(np.mean([r[key] for r in cell])) for key in ("estimate", "middle", "truth", "width")}
        covered = np.mean([r["covered"] for r in cell])
        factors = np.mean([r["factors"] for r in cell], axis=0)
        yield [
            metric,
            name,
            f"{n:,}",
            *(f"{mean[key]:.3f}" for key in ("truth", "estimate", "middle", "width")),
            f"{covered:.1%}".replace("%", " %"),
            ", ".join(f"{100 * share:.0f}" for share in factors),
            f"{len(cell)}",
        ]


@click.command
@click.option("--repeats", default=200, show_default=True, help="Samples of each kind and size.")
@click.option("--n-boot", default=300, show_default=True, help="Draws for each interval.")
@click.option(
    "-m",
    "metric",
    multiple=True,
    help="Metrics of joint counts, or their parts, whose table is printed; by default mig and sap, for the page.",
)
@click.option("--rows", type=int, multiple=True, help="Only these of the numbers of rows.")
@click.option("--quick", is_flag=True, help="20 samples of each, and no page.")
@click.option("--jobs", default=2, show_default=True, help="Processes.")
@click.option(
    "--journal",
    type=click.Path(path_type=Path),
    default="coverage.jsonl",
    show_default=True,
    help="File with the results of an interrupted run; deleted at the end.",
)
@click.option("--page", type=click.Path(path_type=Path), default=PAGE, help="Page whose table is replaced.")
def main(
    repeats: int,
    n_boot: int,
    metric: Sequence[str],
    rows: Sequence[int],
    quick: bool,
    jobs: int,
    journal: Path,
    page: Path,
) -> None:
    """Measure how often 95 % intervals contain the truth, and write or print the table."""
    repeats = 20 if quick else repeats
    done = finished(journal)
    known = {(r["metric"], r["kind"], r["n"], r["seed"]) for r in done}
    metrics = metric or METRICS
    every = ((*cell, seed) for cell in cells(metrics, rows) for seed in range(repeats))
    wanted = [w for w in every if w not in known]
    wanted.sort(key=lambda w: w[3])  # all cells progress together, so an early stop leaves none empty
    done += measured(one, ((*w, n_boot) for w in wanted), jobs, journal)
    head = [
        "metric",
        "representation",
        "rows",
        "truth",
        "score",
        "middle",
        "width",
        "covered",
        "by factor, %",
        "samples",
    ]
    on_page = not (quick or rows) and set(metrics) <= set(METRICS)
    made = table(head, list(rows_of_table(done, METRICS if on_page else metrics)))
    if not on_page:
        click.echo(made)
        return
    write_between(page, BEGIN, END, made, "table stands")
    journal.unlink()  # a later run, with other code, must not reuse these results


if __name__ == "__main__":
    main()
