"""Bias and spread of each entropy: ``python -m benchmarks.entropy_table`` writes the tables of ``docs/entropy.md``."""

from __future__ import annotations

import os

# One thread, before numpy starts its threads.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

from collections.abc import Callable, Iterator  # noqa: E402
from math import comb  # noqa: E402
from pathlib import Path  # noqa: E402

import click  # noqa: E402
import numpy as np  # noqa: E402

from disentangle_metrics.kernels.counting.information import count, measure  # noqa: E402
from disentangle_metrics.kernels.counting.merged_factors import Factor  # noqa: E402
from disentangle_metrics.kernels.discretizing.discretizers import discretize_uniform  # noqa: E402
from disentangle_metrics.kernels.entropy.table import ENTROPIES, Entropy, entropy_plugin  # noqa: E402
from disentangle_metrics.metrics.mig import mig  # noqa: E402

from .marks import check_marks, write_between  # noqa: E402
from .page import table  # noqa: E402

DOCS = Path(__file__).parents[1] / "docs"
PAGE, EXAMPLES = DOCS / "entropy.md", DOCS / "examples"
BEGIN, END = "<!-- tables: python -m benchmarks.entropy_table -->", "<!-- end of tables -->"
ROWS = (50, 200, 1000, 10_000, 100_000)
N_BINS, N_VALUES = 20, 40

Floats = np.ndarray
Estimates = dict[str, list[Floats]]


def distributions() -> dict[str, Floats]:
    """Return distributions over cells by name."""
    zipf = 1.0 / np.arange(1, 1001)
    return {
        "Uniform, 100 cells": np.full(100, 0.01),
        "Zipf, 1,000 cells (p proportional to 1 / rank)": zipf / zipf.sum(),
        "Binomial, 31 cells (30 trials, p = 1/2)": np.array([comb(30, k) for k in range(31)]) / 2.0**30,
    }


def errors_of_entropy(p: Floats, repeats: int, rng: np.random.Generator) -> Estimates:
    """Return the error of each estimator on every repeat (repeats,), for each number of rows."""
    truth = entropy_plugin(p)
    samples = [rng.multinomial(n, p, size=repeats) for n in ROWS]
    support = np.full(repeats, len(p))
    return {name: [entropy(counts, support) - truth for counts in samples] for name, entropy in ENTROPIES.items()}


def noise(n: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Return a normal latent in bins of equal width, and an independent factor of equally frequent values."""
    return discretize_uniform(rng.normal(size=n), N_BINS), rng.integers(N_VALUES, size=n)


def copy(n: int, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Return a factor of equally frequent values as the latent and as the factor."""
    v = rng.integers(N_BINS, size=n)
    return v, v


def information(
    pair: Callable[[int, np.random.Generator], tuple[Floats, Floats]], repeats: int, rng: np.random.Generator
) -> tuple[Estimates, Estimates]:
    """Return I(z; v) by estimator and number of rows, and its share of H(v)."""
    found: tuple[Estimates, Estimates] = {name: [] for name in ENTROPIES}, {name: [] for name in ENTROPIES}
    for n in ROWS:
        drawn = [pair(n, rng) for _ in range(repeats)]
        for name, entropy in ENTROPIES.items():
            nats, shares = np.array([of_pair(z, v, entropy) for z, v in drawn]).T
            found[0][name].append(nats)
            found[1][name].append(shares)
    return found


def of_pair(z: Floats, v: Floats, entropy: Entropy) -> tuple[float, float]:
    """Return the information of one latent about one factor in nats, and its share of H(v)."""
    factor = Factor(v, np.bincount(v, minlength=N_VALUES))
    found = measure(count([(z, int(z.max()) + 1)], [factor]), [factor], entropy)
    nats = float(found.mutual[0, 0])
    return nats, nats / float(found.factor_entropy[0])


def tables(repeats: int) -> Iterator[str]:
    """Yield the tables of the page in order."""
    rng = np.random.default_rng(0)
    for name, p in distributions().items():
        yield f"### {name}: H = {float(entropy_plugin(p)):.3f} nats"
        yield as_table(errors_of_entropy(p, repeats, rng))
    yield f"### Information of noise: {N_BINS} bins, {N_VALUES} values, the truth is 0"
    yield as_table(information(noise, repeats, rng)[0])
    yield f"### Information of a copy: {N_BINS} values, share of H(v), the truth is 1"
    yield as_table(information(copy, repeats, rng)[1])
    yield "### MIG of the example latents: five factors, 3 to 16 values"
    yield of_examples(repeats, rng)


def as_table(estimates: Estimates) -> str:
    """Return the table of means and standard deviations over the repeats."""
    rows = [[f"`{name}`", *map(spread, per_size)] for name, per_size in estimates.items()]
    return table(["rows", *(f"{n:,}" for n in ROWS)], rows)


def spread(values: Floats) -> str:
    """Return mean and standard deviation as text; a mean of zero has no sign."""
    return f"{round(float(values.mean()), 3) + 0.0:.3f} ({values.std():.3f})"


def of_examples(repeats: int, rng: np.random.Generator) -> str:
    """Return the table of MIG by each entropy on all example rows, and on rows drawn without replacement."""
    with np.load(EXAMPLES / "latents.npz") as z, np.load(EXAMPLES / "factors.npz") as v:
        latents, factors = z["mean"], v["factors"]
    drawn = [[rng.choice(len(latents), n, replace=False) for _ in range(repeats // 5)] for n in (500, 2000)]
    rows = []
    for name in ENTROPIES:
        some = [np.array([mig(latents[i], factors[i], entropy=name) for i in part]) for part in drawn]
        rows.append([f"`{name}`", *map(spread, some), f"{mig(latents, factors, entropy=name):.3f}"])
    return table(["rows", "500", "2,000", f"all {len(latents):,}"], rows)


@click.command
@click.option("--repeats", default=200, show_default=True, help="Samples of each size.")
@click.option("--page", type=click.Path(path_type=Path), default=PAGE, help="Page whose tables are replaced.")
def main(repeats: int, page: Path) -> None:
    """Measure the bias and the spread of every entropy and write the tables into the page."""
    check_marks(page, BEGIN, END)  # an error comes before the work
    write_between(page, BEGIN, END, "\n\n".join(tables(repeats)))


if __name__ == "__main__":
    main()
