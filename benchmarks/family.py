"""What every metric says of known encoders, and of noise: ``python -m benchmarks.family`` writes ``docs/choosing.md``.

The metrics come from the registry, so that a new one needs no line here.
"""

from __future__ import annotations

import os

# One thread, before numpy starts its own.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

import warnings  # noqa: E402
from collections.abc import Callable, Mapping, Sequence  # noqa: E402
from pathlib import Path  # noqa: E402

import click  # noqa: E402
import numpy as np  # noqa: E402
from numpy.typing import NDArray  # noqa: E402
from rich.console import Console  # noqa: E402

from disentangle_metrics import evaluate  # noqa: E402
from disentangle_metrics.errors import DisentangleError, DisentangleWarning  # noqa: E402
from disentangle_metrics.oracles import ORACLES, oracle  # noqa: E402
from disentangle_metrics.registry import MetricSpec, list_metrics  # noqa: E402
from disentangle_metrics.rendering.numbers import number  # noqa: E402

from .marks import check_marks, write_between  # noqa: E402
from .page import table  # noqa: E402

PAGE = Path(__file__).parents[1] / "docs" / "choosing.md"
OF_ENCODERS = "<!-- encoders: python -m benchmarks.family -->", "<!-- end of encoders -->"
OF_NOISE = "<!-- noise: python -m benchmarks.family -->", "<!-- end of noise -->"
SIZES = (3, 6, 10, 8, 8)
ROWS = 2_000
NOISE_ROWS = (200, 2_000, 20_000)

Array = NDArray[np.float64]
Encoder = Callable[[Array], Array]


def labels(n: int, seed: int = 0) -> Array:
    """Return random rows of five independent factors: (n, 5)."""
    rng = np.random.default_rng(seed)
    return np.stack([rng.integers(size, size=n) for size in SIZES], axis=1).astype(np.float64)


def correlated(n: int, seed: int = 0) -> Array:
    """Return rows of the same factors, whose normal scores have a correlation of .7 with one another: (n, 5)."""
    from scipy.special import ndtr

    rng = np.random.default_rng(seed)
    shared = np.sqrt(0.7) * rng.normal(size=(n, 1)) + np.sqrt(0.3) * rng.normal(size=(n, len(SIZES)))
    return np.asarray(np.floor(ndtr(shared) * np.array(SIZES)))


def _named(name: str) -> Encoder:
    return lambda v: oracle(name)(v.astype(int), SIZES)


def _overcomplete(v: Array) -> Array:
    return np.hstack([_named("perfect")(v), _named("noise")(v)])


def _spread(v: Array) -> Array:
    """Return three latents for each factor, whose sum is the factor and none of which has all of it."""
    parts = np.random.default_rng(1).normal(size=(3, *v.shape))
    parts += (_named("perfect")(v) - parts.sum(axis=0)) / 3
    return np.concatenate(parts, axis=1)


def _scrambled(v: Array) -> Array:
    """Return a latent for each factor, with the values of the factor in a random order."""
    rng = np.random.default_rng(2)
    return np.stack([rng.permutation(size)[v[:, k].astype(int)] for k, size in enumerate(SIZES)], axis=1).astype(float)


def _one_hot(v: Array) -> Array:
    return np.hstack([np.eye(size)[v[:, k].astype(int)] for k, size in enumerate(SIZES)])


# The encoders by the head of their column; the factors are independent but for the last one.
ENCODERS: Mapping[str, tuple[Encoder, Callable[[int], Array]]] = {
    "perfect": (_named("perfect"), labels),
    "noisy": (_named("noisy"), labels),
    "order lost": (_scrambled, labels),
    "pair rotated": (_named("rotated_pair"), labels),
    "all rotated": (_named("rotated"), labels),
    "each twice": (_named("duplicated"), labels),
    "spread over 3": (_spread, labels),
    "one-hot": (_one_hot, labels),
    "5 noise latents more": (_overcomplete, labels),
    "5 constant more": (_named("dead"), labels),
    "mixed with a second": (_named("dependent"), labels),
    "noise": (_named("noise"), labels),
    "perfect, factors correlated": (_named("perfect"), correlated),
}
assert set(ORACLES) >= {"perfect", "noisy", "rotated_pair", "rotated", "duplicated", "noise", "dead", "dependent"}


def wanted() -> list[MetricSpec]:
    """Return the metrics that take a table of latents and a table of factors."""
    beyond = {"posterior", "encoders", "interventions"}
    return [spec for spec in list_metrics() if not spec.needs & beyond]


def scores(latents: Array, factors: Array, specs: Sequence[MetricSpec]) -> dict[str, str]:
    """Return the text of every score; a dash where the metric refuses the data."""
    found: dict[str, str] = {}
    for spec in specs:
        try:
            report = evaluate(latents, factors, metrics=spec.name)
        except DisentangleError:
            found |= dict.fromkeys(spec.names, "-")
        else:
            found |= {name: number(float(score), 2) for name, score in report.items()}
    return found


def by_metric(columns: Mapping[str, dict[str, str]]) -> list[list[str]]:
    """Return a row for each score, a cell for each column."""
    names = list(dict.fromkeys(name for column in columns.values() for name in column))
    return [[f"`{name}`", *(column.get(name, "-") for column in columns.values())] for name in names]


@click.command
@click.option("--page", type=click.Path(path_type=Path), default=PAGE, help="Page whose tables are written again.")
def main(page: Path) -> None:
    """Score known encoders and noise by every metric and write the tables into the page."""
    for marks in (OF_ENCODERS, OF_NOISE):
        check_marks(page, *marks)  # before the work
    warnings.simplefilter("ignore", DisentangleWarning)
    console = Console(stderr=True, highlight=False)
    specs = wanted()
    encoders = {}
    for name, (encode, factors) in ENCODERS.items():
        v = factors(ROWS)
        encoders[name] = scores(encode(v), v, specs)
        console.print(f"encoder: {name}")
    noise = {}
    for n in NOISE_ROWS:
        noise[f"noise, {n:,} rows"] = scores(np.random.default_rng(3).normal(size=(n, 10)), labels(n), specs)
        console.print(f"noise: {n:,} rows")
    noise[f"perfect, {ROWS:,} rows"] = encoders["perfect"]
    write_between(page, *OF_ENCODERS, table(["metric", *encoders], by_metric(encoders)))
    write_between(page, *OF_NOISE, table(["metric", *noise], by_metric(noise)))


if __name__ == "__main__":
    main()
