"""How often comparisons find a difference where there is none: ``python -m benchmarks.aa``, for ``docs/compare.md``."""

from __future__ import annotations

import os

# One thread for each process, before numpy starts its own.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import json  # noqa: E402
import warnings  # noqa: E402
from itertools import product  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Annotated, Any  # noqa: E402

import numpy as np  # noqa: E402
import typer  # noqa: E402

from disentangle_metrics import Comparison, compare, compare_seeds, config, evaluate  # noqa: E402

from .page import table  # noqa: E402

Floats = np.ndarray

SIZES = (3, 6, 15)
MIXING = np.vstack([np.diag([0.8, 1.0, 1.0]), 0.35 * np.ones((3, 3)) - 0.2 * np.eye(3)])
METRICS: dict[str, tuple[str, dict[str, Any]]] = {
    "mig": ("mig", {}),
    "sap, r2": ("sap", {"probe": "r2", "factor_kinds": "continuous"}),
    "sap, logistic": ("sap", {}),
    "sap, linear-svm": ("sap", {"probe": "linear-svm"}),
}
# What two models are: the share of noise of their own, and by how much more the second has.
ROWS = (500, 2_000)
# One representation and twice other noise of the same strength; the second noisier; two encoders drawn alike, which
# differ truly; seeds of such, five for each model; and latents of pure noise beside the first, constants beside the
# second, which know as much, and by the luckiest of the noise do not score the same.
CASES = ("same", "noisier", "two encoders", "5 and 5 seeds", "5 and 5 seeds, noisier", "constant in place of noise")


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
    rng = np.random.default_rng([seed, n, CASES.index(case)])
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
        "excluded": {test: not c.overall.low <= 0 <= c.overall.high for test, c in found.items()},
        "factors": {test: [d.p_value for d in c.per_factor.values()] for test, c in found.items()},
        "z": {test: c.overall.effect for test, c in found.items()},
        "value": next(iter(found.values())).overall.value,
        "center": {test: c.overall.center for test, c in found.items()},
    }


def rows_of_table(done: list[dict[str, Any]]) -> list[list[str]]:
    """Return a row for each metric, case, number of rows and test."""
    lines = []
    for name, case, n in product(METRICS, CASES, ROWS):
        cell = [r for r in done if (r["metric"], r["case"], r["n"]) == (name, case, n)]
        for test in cell[0]["p"] if cell else ():
            rejected = np.mean([r["p"][test] <= 0.05 for r in cell])
            outside = np.mean([r["excluded"][test] for r in cell])
            parts = np.mean([[p <= 0.05 for p in r["factors"][test]] for r in cell], axis=0)
            error = np.sqrt(rejected * (1 - rejected) / len(cell))
            lines.append(
                [
                    *(name, case, f"{n:,}", test, f"{100 * rejected:.1f} % ± {100 * error:.1f}"),
                    *(f"{100 * outside:.1f} %", ", ".join(f"{100 * part:.0f}" for part in parts), f"{len(cell)}"),
                ]
            )
    return lines


def main(
    repeats: Annotated[int, typer.Option(help="Pairs of models for each metric, case and number of rows.")] = 1000,
    n_boot: Annotated[int, typer.Option(help="Draws of each test.")] = 500,
    metric: Annotated[list[str] | None, typer.Option("-m", help=f"Any of {', '.join(METRICS)}.")] = None,
    case: Annotated[list[str] | None, typer.Option("-c", help=f"Any of {', '.join(CASES)}.")] = None,
    rows: Annotated[list[int] | None, typer.Option("-n", help="Numbers of rows.")] = None,
    jobs: Annotated[int, typer.Option(help="Processes.")] = 2,
    journal: Annotated[Path, typer.Option(help="What is done; go on from there.")] = Path("aa.jsonl"),
) -> None:
    """Measure how often tests find a difference, where there is none and where there is one."""
    from joblib import Parallel, delayed

    done = [json.loads(line) for line in journal.read_text().splitlines()] if journal.exists() else []
    known = {(r["metric"], r["case"], r["n"], r["seed"]) for r in done}
    every = product(metric or METRICS, case or CASES, rows or ROWS, range(repeats))
    wanted = sorted((w for w in every if w not in known), key=lambda w: w[3])  # all grow alike
    results = Parallel(n_jobs=jobs, return_as="generator")(delayed(one)(*w, n_boot) for w in wanted)
    with journal.open("a") as file:
        for result in results:
            done.append(result)
            file.write(json.dumps(result) + "\n")
            file.flush()
    head = ["metric", "models", "rows", "test", "p of at most .05", "0 outside the interval", "by factor, %", "pairs"]
    typer.echo(table(head, rows_of_table(done)))


if __name__ == "__main__":
    typer.run(main)
