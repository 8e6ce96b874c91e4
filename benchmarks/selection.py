"""Effect of a choice of latents on other rows: ``python -m benchmarks.selection`` writes the tables of a page."""

from __future__ import annotations

import os

# One thread, before numpy starts its threads.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import warnings  # noqa: E402
from collections.abc import Callable, Iterator  # noqa: E402
from functools import partial  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

import click  # noqa: E402
import numpy as np  # noqa: E402

from disentangle_metrics.analysis.sample_size import sample_size_curve  # noqa: E402
from disentangle_metrics.errors import DisentangleWarning  # noqa: E402
from disentangle_metrics.metrics.mig import mig  # noqa: E402
from disentangle_metrics.metrics.sap import sap  # noqa: E402

from .marks import check_marks, write_between  # noqa: E402
from .page import table  # noqa: E402

DOCS = Path(__file__).parents[1] / "docs"
PAGE, EXAMPLES = DOCS / "samples.md", DOCS / "examples"
BEGIN, END = "<!-- tables: python -m benchmarks.selection -->", "<!-- end of tables -->"
ROWS = (200, 1000)
N_VALUES, N_NOISE = 4, 8

Pair = tuple[np.ndarray, np.ndarray]
Draw = Callable[[int, np.random.Generator], Pair]

METRICS: dict[str, Callable[..., Any]] = {
    "mig": partial(mig, n_bins=N_VALUES),
    "mig, miller-madow": partial(mig, n_bins=N_VALUES, entropy="miller-madow"),
    "sap": sap,
    "sap, cv=5": partial(sap, cv=5),
}
UNEQUAL = {"mig": mig, "sap": sap, 'sap, "histogram"': partial(sap, probe="histogram")}


def copies(n: int, rng: np.random.Generator, shares: tuple[float, ...] = ()) -> Pair:
    """Return latents that equal a factor on a share of the rows, latents of noise, and the factor."""
    v = rng.integers(N_VALUES, size=n)
    latents = [np.where(rng.random(n) < share, v, rng.integers(N_VALUES, size=n)) for share in shares]
    return np.stack([*latents, *rng.integers(N_VALUES, size=(N_NOISE, n))], axis=1), v[:, None]


DRAWS: dict[str, tuple[float, ...]] = {
    "noise alone": (),
    "two latents that know the same": (0.7, 0.7),
    "one latent that knows": (0.7,),
    "one that knows much, one less": (0.7, 0.5),
}


def share_of_entropy(share: float) -> float:
    """Return I(z; v) / H(v) of a latent that equals a factor on a share of the rows and is noise on the others."""
    other = (1 - share) / N_VALUES
    right = share + other
    return 1 + (right * np.log(right) + (N_VALUES - 1) * other * np.log(other)) / np.log(N_VALUES)


def true_mig(shares: tuple[float, ...]) -> float:
    """Return MIG at infinitely many rows."""
    first, second = sorted([*map(share_of_entropy, shares), 0.0, 0.0], reverse=True)[:2]
    return first - second


def gaps(draw: Draw, metric: Callable[..., Any], n: int, repeats: int) -> np.ndarray:
    """Return plain scores, and scores with latents chosen on one half and measured on the other: (repeats, 2)."""
    found = []
    for r in range(repeats):
        latents, factors = draw(n, np.random.default_rng([r, n]))
        found.append([metric(latents, factors), metric(latents, factors, select_on="half", random_state=r)])
    return np.array(found)


def unequal(n: int, rng: np.random.Generator) -> Pair:
    """Return normal latents and an independent factor with unequal classes."""
    return rng.normal(size=(n, 10)), rng.choice(5, p=[0.6, 0.2, 0.1, 0.05, 0.05], size=(n, 1))


def of_draws(draw: Draw, metrics: dict[str, Callable[..., Any]], repeats: int) -> str:
    """Return the table of one kind of data: mean and standard error of each metric."""
    rows = []
    for name, metric in metrics.items():
        cells = [cell(column) for n in ROWS for column in gaps(draw, metric, n, repeats).T]
        rows.append([name, *cells])
    return table(["", *(f"{n:,} rows{how}" for n in ROWS for how in ("", ", half"))], rows)


def cell(values: np.ndarray) -> str:
    """Return mean and standard error as text; a mean of zero has no sign."""
    return f"{round(float(values.mean()), 4) + 0.0:.4f} ({values.std(ddof=1) / np.sqrt(len(values)):.4f})"


def of_examples(repeats: int) -> str:
    """Return the table of mean scores on parts of the example rows, and on all, over the seeds of the halves."""
    with np.load(EXAMPLES / "latents.npz") as z, np.load(EXAMPLES / "factors.npz") as v:
        latents, factors = z["mean"], v["factors"]

    def draw(n: int, rng: np.random.Generator) -> Pair:
        some = rng.choice(len(latents), n, replace=False)
        return latents[some], factors[some]

    metrics = {"mig": mig, "mig, miller-madow": partial(mig, entropy="miller-madow"), "sap": sap}
    sizes = (500, 2000, len(latents))
    rows = []
    for name, metric in metrics.items():
        found = [gaps(draw, metric, n, max(repeats // 5, 2)).mean(axis=0) for n in sizes]
        rows.append([name, *(f"{value:.3f}" for pair in found for value in pair)])
    return table(["", *(f"{n:,}{how}" for n in sizes for how in (" rows", ", half"))], rows)


def coverage(shares: tuple[float, ...], entropy: str, n: int, repeats: int) -> list[str]:
    """Return the cells of a row: biases, coverage of the interval of the limit, and the true and the stated spread."""
    found, spreads = [], []
    for r in range(repeats):
        data = copies(n, np.random.default_rng([r, n, 1]), shares)
        options = {"mig": {"n_bins": N_VALUES, "entropy": entropy}}
        curve = sample_size_curve(*data, "mig", options=options, random_state=r)["mig"]
        found.append([float(curve.score), curve.fit.limit, *curve.interval])
        spreads.append(curve.points[-1].spread)
    score, limit, low, high = np.array(found).T
    truth = true_mig(shares)
    inside = np.mean((low <= truth) & (truth <= high))
    biases = [f"{round(float(np.mean(x - truth)), 4) + 0.0:.4f}" for x in (score, limit)]
    return [*biases, f"{inside:.0%}", f"{score.std(ddof=1):.4f}", f"{np.sqrt(np.mean(np.square(spreads))):.4f}"]


def of_curves(repeats: int) -> str:
    """Return the table of curves with a known truth."""
    head = [
        f"{ROWS[-1]:,} rows",
        "bias of the score",
        "of the limit",
        "limit's 95 % hold it",
        "its spread",
        "said to be",
    ]
    rows = [
        [f"{name}, {entropy}", *coverage(shares, entropy, ROWS[-1], repeats)]
        for name, shares in DRAWS.items()
        for entropy in ("plugin", "miller-madow")
    ]
    return table(head, rows)


def tables(repeats: int) -> Iterator[str]:
    """Yield the tables of the page in order."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DisentangleWarning)
        for name, shares in DRAWS.items():
            yield f"### {name.capitalize()}: MIG at infinitely many rows is {true_mig(shares):.4f}"
            yield of_draws(partial(copies, shares=shares), METRICS, repeats)
        yield "### Noise, with classes of 60, 20, 10, 5 and 5 %"
        yield of_draws(unequal, UNEQUAL, 2 * repeats)
        yield "### The example latents"
        yield of_examples(repeats)
        yield "### The curve, where the truth is known"
        yield of_curves(repeats)


@click.command
@click.option("--repeats", default=100, show_default=True, help="Draws of each kind.")
@click.option("--page", type=click.Path(path_type=Path), default=PAGE, help="Page whose tables are replaced.")
def main(repeats: int, page: Path) -> None:
    """Measure scores with latents chosen on the same and on other rows, and write the tables into the page."""
    check_marks(page, BEGIN, END)  # an error comes before the work
    write_between(page, BEGIN, END, "\n\n".join(tables(repeats)))


if __name__ == "__main__":
    main()
