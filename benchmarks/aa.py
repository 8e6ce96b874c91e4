"""How often comparisons find a difference: ``python -m benchmarks.aa`` writes the tables of ``docs/compare.md``."""

from __future__ import annotations

import os

# One thread for each process, before numpy starts its threads.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import warnings  # noqa: E402
from collections.abc import Callable, Sequence  # noqa: E402
from itertools import product  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any, NamedTuple  # noqa: E402

import click  # noqa: E402
import numpy as np  # noqa: E402

from disentangle_metrics import Comparison, Score, compare, compare_seeds, config, evaluate  # noqa: E402

from . import pairs  # noqa: E402
from .journal import finished, measured  # noqa: E402
from .marks import check_marks, write_between  # noqa: E402
from .page import table  # noqa: E402
from .pairs import encoded, factors, mixed  # noqa: E402

PAGE = Path(__file__).parents[1] / "docs" / "compare.md"
TABLES = ("level", "power", "seeds")
MARKS = {name: (f"<!-- {name}: python -m benchmarks.aa -->", f"<!-- end of {name} -->") for name in TABLES}

METRICS: dict[str, tuple[str, dict[str, Any]]] = {
    "mig": ("mig", {}),
    "sap, r2": ("sap", {"probe": "r2", "factor_kinds": "continuous"}),
    "sap, logistic": ("sap", {}),
    "sap, linear-svm": ("sap", {"probe": "linear-svm"}),
}
MIG, SAP, BOTH, EACH = ("mig",), ("sap, logistic",), ("mig", "sap, logistic"), tuple(METRICS)
ROWS = (500, 2_000)
OF_ROWS, DRAWS, OF_SEEDS = ("bootstrap", "sign-flip"), ("bootstrap",), ("permutation", "t")


class Case(NamedTuple):
    """A pair of models: its name in a table, the table, the function that makes it, and the default measurements."""

    what: str
    table: str
    make: Callable[[int, np.random.Generator], tuple[pairs.Encode, np.ndarray]] | None
    worse: float = 1.0
    metrics: tuple[str, ...] = BOTH
    tests: tuple[str, ...] = DRAWS
    pairs: int = 100


CASES = {
    "same": Case("one representation, twice other noise", "level", pairs.same),
    "constant in place of noise": Case("as much known, other bias: noise against constants", "level", pairs.constants),
    "few values": Case("latents with few values", "level", pairs.few_values, metrics=SAP),
    "whole numbers": Case("latents rounded to whole numbers", "level", pairs.whole_numbers, metrics=SAP),
    "heavy tails": Case("Student's t (2.5) noise", "level", pairs.heavy_tails, metrics=MIG, tests=OF_ROWS),
    "skewed": Case("lognormal latents", "level", pairs.skewed, metrics=MIG),
    "outlier": Case("a row far from all others", "level", pairs.outlier, metrics=MIG),
    "mixture": Case("rows moved to a second place", "level", pairs.mixture, metrics=SAP),
    "rare classes": Case("rare classes", "level", pairs.rare_classes, metrics=SAP),
    "equal seconds": Case("two second-best latents", "level", pairs.equal_seconds, metrics=MIG),
    "noisier": Case("the second has 1.2 times the noise", "power", pairs.same, 1.2, pairs=60),
    "two encoders": Case("two seeds of one way to train", "power", pairs.two_encoders, pairs=60),
    "5 and 5 seeds": Case("five seeds each of one way to train", "seeds", None, 1.0, EACH, OF_SEEDS, 1000),
    "5 and 5 seeds, noisier": Case("five seeds each, 1.2 times the noise", "seeds", None, 1.2, EACH, OF_SEEDS, 100),
}


def one(name: str, case: str, n: int, seed: int, n_boot: int) -> dict[str, Any]:
    """Return p-values of one pair of models, by each test."""
    config.threads = 1
    config.backend = "fast"
    metric, given = METRICS[name]
    options = {metric: given}
    how = CASES[case]
    rng = np.random.default_rng([seed, n, *case.encode()])
    found: dict[str, Comparison]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if how.make is None:
            scores = _scores_of_seeds(n, metric, options, how.worse, rng)
            found = {test: compare_seeds(*scores, metric=metric, test=test) for test in how.tests}
        else:
            encode, v = how.make(n, rng)
            a, b = encode(1.0), encode(how.worse)
            shared: dict[str, Any] = {"options": options, "n_boot": n_boot, "random_state": seed}
            found = {test: compare(a, b, v, metric, test=test, **shared) for test in how.tests}
    return {
        "metric": name,
        "case": case,
        "n": n,
        "seed": seed,
        "p": {test: c.overall.p_value for test, c in found.items()},
        "value": next(iter(found.values())).overall.value,
    }


def _scores_of_seeds(
    n: int, metric: str, options: dict[str, Any], worse: float, rng: np.random.Generator
) -> list[list[Score]]:
    """Return the scores of five seeds each of two ways to train."""
    v = factors(n, rng)

    def score(noise: float) -> Score:
        return evaluate(encoded(v, mixed(rng), rng.normal(size=(n, 6)), noise, rng), v, metric, options=options)[metric]

    return [[score(noise) for _ in range(5)] for noise in (0.3, 0.3 * worse)]


def share(cell: list[dict[str, Any]], test: str) -> str:
    """Return in how many of 100 pairs a test at 5 % finds a difference."""
    return f"{100 * np.mean([r['p'][test] <= 0.05 for r in cell]):.1f}" if cell else ""


def made(done: list[dict[str, Any]], of_table: str) -> str:
    """Return one of the tables: a row for each case, test and number of rows, with a share for each metric."""
    done = [r for r in done if CASES[r["case"]].table == of_table]
    metrics = [m for m in METRICS if any(r["metric"] == m for r in done)]
    lines = []
    for (name, case), n in product(CASES.items(), sorted({r["n"] for r in done})):
        cells = [[r for r in done if (r["metric"], r["case"], r["n"]) == (m, name, n)] for m in metrics]
        some = [cell for cell in cells if cell]
        for test in some[0][0]["p"] if some else ():
            shares = [share(cell, test) for cell in cells]
            lines.append([case.what, test, f"{n:,}", *shares, f"{min(map(len, some)):,}"])
    return table(["pairs of models", "test", "rows", *metrics, "pairs"], lines)


@click.command
@click.option("--repeats", type=int, help="Pairs of models; by default the number in the tables.")
@click.option("--n-boot", default=200, show_default=True, help="Draws of each test.")
@click.option("-m", "metric", multiple=True, type=click.Choice(list(METRICS)), help="Metrics; may be repeated.")
@click.option(
    "-c",
    "case",
    multiple=True,
    type=click.Choice(list(CASES)),
    help="Cases; may be repeated. By default those of models on the same rows.",
)
@click.option("-n", "rows", multiple=True, type=int, help="Numbers of rows; may be repeated.")
@click.option("--jobs", default=2, show_default=True, help="Processes.")
@click.option(
    "--journal",
    type=click.Path(path_type=Path),
    default="aa.jsonl",
    show_default=True,
    help="File with the results of an interrupted run; deleted at the end.",
)
@click.option("--page", type=click.Path(path_type=Path), default=PAGE, help="Page whose tables are replaced.")
def main(
    repeats: int | None,
    n_boot: int,
    metric: Sequence[str],
    case: Sequence[str],
    rows: Sequence[int],
    jobs: int,
    journal: Path,
    page: Path,
) -> None:
    """Measure how often tests find a difference, for equal models and for different models."""
    for marks in MARKS.values():  # an error comes before the work
        check_marks(page, *marks)
    done = finished(journal)
    known = {(r["metric"], r["case"], r["n"], r["seed"]) for r in done}
    cases = case or [name for name, of in CASES.items() if of.make is not None]
    every = (
        (m, c, n, seed)
        for c, n in product(cases, rows or ROWS)
        for m in metric or CASES[c].metrics
        for seed in range(repeats or CASES[c].pairs)
    )
    # all cases progress together
    wanted = sorted((w for w in every if w not in known), key=lambda w: w[3] / CASES[w[1]].pairs)
    done += measured(one, ((*w, n_boot) for w in wanted), jobs, journal)
    for name in {CASES[r["case"]].table for r in done}:
        write_between(page, *MARKS[name], made(done, name))
    journal.unlink()  # a later run, with other code, must not reuse these results


if __name__ == "__main__":
    main()
