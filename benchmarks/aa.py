"""How often comparisons find a difference: ``python -m benchmarks.aa`` writes the tables of ``docs/compare.md``."""

from __future__ import annotations

import os

# One thread for each process, before numpy starts its own.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import warnings  # noqa: E402
from collections.abc import Sequence  # noqa: E402
from itertools import product  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any, NamedTuple  # noqa: E402

import click  # noqa: E402
import numpy as np  # noqa: E402

from disentangle_metrics import Comparison, compare, compare_seeds, config, evaluate  # noqa: E402

from .journal import finished, measured  # noqa: E402
from .marks import check_marks, write_between  # noqa: E402
from .page import table  # noqa: E402

Floats = np.ndarray
PAGE = Path(__file__).parents[1] / "docs" / "compare.md"
MARKS = {name: (f"<!-- {name}: python -m benchmarks.aa -->", f"<!-- end of {name} -->") for name in ("level", "power")}

SIZES = (3, 6, 15)
MIXING = np.vstack([np.diag([0.8, 1.0, 1.0]), 0.35 * np.ones((3, 3)) - 0.2 * np.eye(3)])
METRICS: dict[str, tuple[str, dict[str, Any]]] = {
    "mig": ("mig", {}),
    "sap, r2": ("sap", {"probe": "r2", "factor_kinds": "continuous"}),
    "sap, logistic": ("sap", {}),
    "sap, linear-svm": ("sap", {"probe": "linear-svm"}),
}
ROWS = (500, 2_000)


class Case(NamedTuple):
    """Two models: what a table calls them, whether they are alike, and of how many pairs a share is taken."""

    what: str
    alike: bool
    pairs: int


CASES = {
    "same": Case("one representation, twice other noise", True, 1000),
    "constant in place of noise": Case("as much known, other bias: noise against constants", True, 1000),
    "5 and 5 seeds": Case("five seeds each of one way to train", True, 1000),
    "noisier": Case("the second has 1.2 times the noise", False, 100),
    "two encoders": Case("two seeds of one way to train", False, 100),
    "5 and 5 seeds, noisier": Case("five seeds each, 1.2 times the noise", False, 100),
}


def factors(n: int, rng: np.random.Generator) -> Floats:
    """Return independent factors."""
    return np.stack([rng.integers(size, size=n) for size in SIZES], axis=1)


def encoded(v: Floats, mixing: Floats, common: Floats, noise: float, rng: np.random.Generator) -> Floats:
    """Return latents: mixed factors, noise that other models share, and noise that they do not."""
    return (2 * v / (np.array(SIZES) - 1) - 1) @ mixing.T + 0.2 * common + noise * rng.normal(size=common.shape)


def mixed(rng: np.random.Generator) -> Floats:
    """Return the mixing of an encoder, as another seed would train it."""
    return MIXING + 0.15 * rng.normal(size=MIXING.shape)


def one(name: str, case: str, n: int, seed: int, n_boot: int) -> dict[str, Any]:
    """Return p-values of one pair of models, by each test."""
    config.threads = 1
    config.backend = "fast"
    metric, given = METRICS[name]
    options = {metric: given}
    rng = np.random.default_rng([seed, n, *case.encode()])
    v = factors(n, rng)
    worse = 0.36 if "noisier" in case else 0.3
    found: dict[str, Comparison]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if "seeds" in case:
            scores = [
                [
                    evaluate(encoded(v, mixed(rng), rng.normal(size=(n, 6)), noise, rng), v, metric, options=options)[
                        metric
                    ]
                    for _ in range(5)
                ]
                for noise in (0.3, worse)
            ]
            found = {test: compare_seeds(*scores, metric=metric, test=test) for test in ("permutation", "t")}
        else:
            common = rng.normal(size=(n, 6))
            mixing = np.vstack([MIXING[:3], np.zeros((3, 3))]) if "constant" in case else MIXING
            mixings = [mixed(rng), mixed(rng)] if case == "two encoders" else [mixing, mixing]
            a, b = (encoded(v, m, common, s, rng) for m, s in zip(mixings, (0.3, worse), strict=True))
            if "constant" in case:
                b[:, 3:] = 0.0
            found = {
                test: compare(a, b, v, metric, test=test, options=options, n_boot=n_boot, random_state=seed)
                for test in ("bootstrap", "sign-flip")
            }
    return {
        "metric": name,
        "case": case,
        "n": n,
        "seed": seed,
        "p": {test: c.overall.p_value for test, c in found.items()},
        "value": next(iter(found.values())).overall.value,
    }


def share(cell: list[dict[str, Any]], test: str) -> str:
    """Return in how many of 100 pairs a test at 5 % finds a difference."""
    return f"{100 * np.mean([r['p'][test] <= 0.05 for r in cell]):.1f}" if cell else ""


def rows_of_table(done: list[dict[str, Any]], alike: bool) -> list[list[str]]:
    """Return a row for each case, test and number of rows, with a share for each metric."""
    lines = []
    for (name, case), n in product(CASES.items(), ROWS):
        cells = {m: [r for r in done if (r["metric"], r["case"], r["n"]) == (m, name, n)] for m in METRICS}
        some = next((cell for cell in cells.values() if cell), [])
        if case.alike is not alike or not some:
            continue
        fewest = min(len(cell) for cell in cells.values() if cell)
        for test in some[0]["p"]:
            shares = [share(cell, test) for cell in cells.values()]
            lines.append([case.what, test, f"{n:,}", *shares, f"{fewest:,}"])
    return sorted(lines, key=lambda line: [c.what for c in CASES.values()].index(line[0]))


def made(done: list[dict[str, Any]], alike: bool) -> str:
    """Return the table of models that are alike, or of those that are not."""
    return table(["pairs of models", "test", "rows", *METRICS, "pairs"], rows_of_table(done, alike))


@click.command
@click.option("--repeats", type=int, help="Pairs of models, in place of as many as the tables have.")
@click.option("--n-boot", default=300, show_default=True, help="Draws of each test.")
@click.option("-m", "metric", multiple=True, type=click.Choice(list(METRICS)), help="Metrics; may be repeated.")
@click.option("-c", "case", multiple=True, type=click.Choice(list(CASES)), help="Cases; may be repeated.")
@click.option("-n", "rows", multiple=True, type=int, help="Numbers of rows; may be repeated.")
@click.option("--jobs", default=2, show_default=True, help="Processes.")
@click.option(
    "--journal",
    type=click.Path(path_type=Path),
    default="aa.jsonl",
    show_default=True,
    help="What an interrupted run has done; gone when all is done.",
)
@click.option("--page", type=click.Path(path_type=Path), default=PAGE, help="Page whose tables are written anew.")
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
    """Measure how often tests find a difference, where there is none and where there is one."""
    for marks in MARKS.values():  # before the work
        check_marks(page, *marks)
    done = finished(journal)
    known = {(r["metric"], r["case"], r["n"], r["seed"]) for r in done}
    every = (
        (m, c, n, seed)
        for m, c, n in product(metric or METRICS, case or CASES, rows or ROWS)
        for seed in range(repeats or CASES[c].pairs)
    )
    wanted = sorted((w for w in every if w not in known), key=lambda w: w[3] / CASES[w[1]].pairs)  # all grow alike
    done += measured(one, ((*w, n_boot) for w in wanted), jobs, journal)
    for alike, marks in zip((True, False), MARKS.values(), strict=True):
        write_between(page, *marks, made(done, alike))
    journal.unlink()  # of another version of the code nothing is to be taken over


if __name__ == "__main__":
    main()
