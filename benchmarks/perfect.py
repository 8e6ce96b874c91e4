"""Scores of a perfect code: ``python -m benchmarks.perfect`` writes the tables of ``docs/metrics/sap.md``."""

from __future__ import annotations

import os

# One thread, before numpy starts its threads.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"

from collections.abc import Callable, Mapping  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

import click  # noqa: E402
import numpy as np  # noqa: E402

from disentangle_metrics import Histogram, mig, sap  # noqa: E402

from .data import SIZES  # noqa: E402
from .marks import check_marks, write_between  # noqa: E402
from .page import table  # noqa: E402

PAGE = Path(__file__).parents[1] / "docs" / "metrics" / "sap.md"
BEGIN, END = "<!-- perfect: python -m benchmarks.perfect -->", "<!-- end of perfect -->"
FACTORS = ("shape", "scale", "orientation", "pos_x", "pos_y")
ROWS = 10_000
PROBES: Mapping[str, Mapping[str, Any]] = {
    "`logistic`": {},
    '`logistic`, `C="tuned"`': {"C": "tuned"},
    "`linear-svm`": {"probe": "linear-svm"},
    "`multinomial`": {"probe": "multinomial"},
    '`multinomial`, `C="tuned"`': {"probe": "multinomial", "C": "tuned"},
    "`threshold`": {"probe": "threshold"},
    "`tree`": {"probe": "tree"},
    "`tree-cv`": {"probe": "tree-cv"},
    "`histogram`": {"probe": "histogram"},
    '`Histogram(n_bins="tuned")`': {"probe": Histogram(n_bins="tuned")},
    "`knn`": {"probe": "knn"},
    "`gaussian-nb`": {"probe": "gaussian-nb"},
    "`r2`": {"probe": "r2", "factor_kinds": "continuous"},
}
OTHERS: Mapping[str, tuple[Callable[..., Any], int, Mapping[str, Any]]] = {
    "MIG, 10 bins": (mig, ROWS, {"n_bins": 10}),
    "MIG, 20 bins": (mig, ROWS, {}),
    "MIG, 40 bins": (mig, ROWS, {"n_bins": 40}),
    "SAP, 1,000 rows": (sap, 1000, {}),
    "SAP, 100,000 rows": (sap, 100_000, {}),
}


def code(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return latents (n, 10), five equal to the factors and five of noise, and the random factors (n, 5)."""
    rng = np.random.default_rng(seed)
    factors = np.stack([rng.integers(size, size=n) for size in SIZES], axis=1)
    return np.hstack([factors, rng.normal(size=(n, len(SIZES)))]), factors


def measured(metric: Callable[..., Any], n: int, options: Mapping[str, Any], draws: int) -> list[str]:
    """Return the cells of a row: medians of the gaps and of the score over draws, and the range of the score."""
    scores = [metric(*code(n, seed), **options) for seed in range(draws)]
    gaps = np.median([score.per_factor for score in scores], axis=0)
    return [f"{value:.2f}" for value in (*gaps, np.median(scores))] + [f"{min(scores):.2f} to {max(scores):.2f}"]


@click.command
@click.option("--draws", default=20, show_default=True, help="Draws of the rows and of the noise.")
@click.option("--page", type=click.Path(path_type=Path), default=PAGE, help="Page whose tables are replaced.")
def main(draws: int, page: Path) -> None:
    """Score perfect codes by every probe and write the tables into the page."""
    check_marks(page, BEGIN, END)  # an error comes before the work
    probes = [[name, *measured(sap, ROWS, options, draws)] for name, options in PROBES.items()]
    others = [[name, *measured(metric, n, options, draws)] for name, (metric, n, options) in OTHERS.items()]
    heads = [["probe", *FACTORS, "SAP", "smallest to largest"], ["", *FACTORS, "score", "smallest to largest"]]
    write_between(page, BEGIN, END, f"{table(heads[0], probes)}\n\n{table(heads[1], others)}")


if __name__ == "__main__":
    main()
