"""Comparison of all numbers of two versions of the code: ``python -m benchmarks.same_numbers record before.jsonl``.

A change of structure must not change a number. Record random calls with the old code, record them with the new code,
and compare::

    python -m benchmarks.same_numbers record before.jsonl --calls 2000
    python -m benchmarks.same_numbers record after.jsonl --calls 2000
    python -m benchmarks.same_numbers compare before.jsonl after.jsonl

Every call has its seed. It draws a small problem (lattices, constant columns, text labels, missing labels, weights), a
metric, options and additions to the score, and writes every number as its bits.
"""

from __future__ import annotations

import json
import warnings
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click
import numpy as np

import disentangle_metrics as dm


@click.group(help=__doc__)
def app() -> None:
    """Record numbers, or compare records."""


# Probability that an option is set, so that most calls combine two or three options.
_SET = 0.22

_SHARED: dict[str, list[Any]] = {
    "degenerate": ["drop", "zero"],
    "aggregate": ["mean", "median", "min", "largest"],
    "factor_kinds": ["categorical", "continuous", "ordinal", "circular"],
}
_GAPS: dict[str, list[Any]] = {
    "latent_groups": [[(0, 1), (2,)], {"a": ["z0"], "b": ["z1", "z2"]}],
    "select_on": ["half"],
    "random_state": [0, 7],
}
OPTIONS: dict[str, dict[str, list[Any]]] = {
    "mig": _SHARED
    | _GAPS
    | {
        "discretizer": [
            "uniform",
            "quantile",
            "kmeans",
            "unique",
            dm.Uniform(range=(-1, 1)),
            dm.Edges((-1.0, 0.0, 1.0)),
        ],
        "n_bins": [2, 5, 10, "auto"],
        "entropy": [
            "plugin",
            "miller-madow",
            "jackknife",
            "extrapolated",
            "nsb",
            "chao-shen",
            "laplace",
            "grassberger",
        ],
        "normalizer": ["factor", "latent", "log-cardinality", "none", "correlation", "self-information"],
        "factor_bins": [3, 8],
        "estimator": ["binned", "binned", "binned", "ksg", "gaussian", "gaussian-copula", dm.KSG(variant=2, k=2)],
    },
    "sap": _SHARED
    | _GAPS
    | {
        "probe": [
            *("logistic", "linear-svm", "multinomial", "threshold", "tree", "histogram", "knn", "gaussian-nb", "r2"),
            *(dm.Tree(max_depth=2), dm.KNN(k=2), dm.Histogram(n_bins=4)),
        ],
        "C": [1.0, 0.01],
        "class_weight": ["none", "balanced"],
        "standardize": [False],
        "scoring": ["balanced-accuracy"],
        "evaluate_on": ["train"],
        "test_size": [0.4],
        "shuffle": [False],
        "cv": [3],
        "n_repeats": [2],
        "latent_bins": [4],
        "factor_bins": [4],
        "inactive": ["zero", 0.05],
    },
    "mig_posterior": _SHARED
    | {"n_draws": [20, 60], "normalizer": ["factor", "log-cardinality", "none"], "factor_bins": [3, 8]},
}


def _largest(values: np.ndarray) -> float:
    return float(values.max())


def _latents(rng: np.random.Generator, n: int, d: int, factors: np.ndarray) -> np.ndarray:
    """Return columns of several sorts: noise, lattices, constants, noisy factors, and noisy factors far from 0."""
    columns = []
    for _ in range(d):
        sort = rng.integers(6)
        codes = np.unique(factors[:, rng.integers(factors.shape[1])].astype(str), return_inverse=True)[1]
        if sort == 0:
            columns.append(rng.normal(size=n))
        elif sort == 1:
            columns.append(rng.integers(0, 5, n).astype(float))
        elif sort == 2:
            columns.append(np.full(n, rng.normal()))
        elif sort == 3:
            columns.append(1e4 + rng.normal(size=n) + codes)
        else:
            columns.append(codes + rng.choice([0.1, 0.5, 1.0]) * rng.normal(size=n))
    dtype = rng.choice(["float64", "float32"])
    return np.stack(columns, axis=1).astype(dtype)


def _factors(rng: np.random.Generator, n: int, k: int) -> np.ndarray:
    """Return factors: labels, measurements or text, sometimes with a constant factor or missing labels."""
    sort = rng.integers(5)
    if sort == 0:
        return rng.normal(size=(n, k)).round(2)
    if sort == 1:
        return rng.choice(np.array(["red", "green", "blue"]), size=(n, k))
    values = np.stack([rng.integers(0, rng.integers(2, 7), n) for _ in range(k)], axis=1).astype(float)
    if sort == 2:
        values[:, 0] = 1.0 if k > 1 else values[:, 0]
    if sort == 3:
        values[rng.random((n, k)) < 0.05] = np.nan
    return values


def call(seed: int) -> dict[str, Any]:
    """Return the description of one random call, and its numbers or its error."""
    rng = np.random.default_rng([seed, 20261201])
    n, d, k = int(rng.integers(24, 160)), int(rng.integers(3, 6)), int(rng.integers(1, 4))
    factors = _factors(rng, n, k)
    latents = _latents(rng, n, d, factors)
    metric = str(rng.choice(["mig", "mig", "mig", "sap", "sap", "sap", "mig_posterior"]))
    options = {}
    for name, values in OPTIONS[metric].items():
        if rng.random() < _SET:
            value = values[int(rng.integers(len(values)))]
            options[name] = _largest if isinstance(value, str) and value == "largest" else value
    beside = _beside(rng)
    kind = str(rng.choice(["score", "compare", "weights", "curve"], p=[0.6, 0.2, 0.15, 0.05]))
    said = {"seed": seed, "kind": kind, "metric": metric, "options": str(options), "beside": str(beside)}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            result = _made(rng, kind, metric, latents, factors, options, beside)
    except dm.DisentangleError as error:
        result = {"error": f"{type(error).__name__}: {error}"}
    return {**said, "result": result}


def _beside(rng: np.random.Generator) -> dict[str, Any]:
    beside: dict[str, Any] = {}
    if rng.random() < 0.5:
        beside |= {"confidence": 0.9, "n_boot": 12}
    if rng.random() < 0.4:
        beside |= {"chance": True, "n_permutations": 5}
    if rng.random() < 0.4:
        beside |= {"ceiling": True}
    return beside


def _made(
    rng: np.random.Generator,
    kind: str,
    metric: str,
    latents: np.ndarray,
    factors: np.ndarray,
    options: Mapping[str, Any],
    beside: Mapping[str, Any],
) -> dict[str, Any]:
    of_metric = {metric: dict(options)}
    n = len(latents)
    data: Any = dm.Representation(latents, factors)
    other: Any = dm.Representation(latents + rng.normal(size=latents.shape), factors)
    if metric == "mig_posterior":
        logvar = rng.normal(-2, 1, latents.shape)
        data, other = dm.Posterior(latents, logvar, factors), dm.Posterior(latents, logvar + 1, factors)
    if kind == "compare":
        test = str(rng.choice(["bootstrap", "bootstrap", "sign-flip"]))
        more = {"n_boot": 12} if test == "bootstrap" else {}
        found = dm.compare(data, other, metric=metric, options=of_metric, test=test, **more)
        return _plain(found.to_dict())
    if kind == "curve":
        found = dm.sample_size_curve(data, metrics=metric, options=of_metric, sizes=[n // 2], n_repeats=3)
        return _plain(found.to_dict())
    if kind == "weights":
        weight = rng.integers(0, 3, n) if rng.random() < 0.5 else rng.random(n)
        return _plain(dm.evaluate(data, metrics=metric, options=of_metric, sample_weight=weight, **beside).to_dict())
    if rng.random() < 0.15:
        beside = {**beside, "groups": rng.integers(0, 12, n)} if "confidence" in beside else beside
    return _plain(dm.evaluate(data, metrics=metric, options=of_metric, **beside).to_dict())


def _plain(value: Any) -> Any:
    """Return a result with every float as its bits, and without the version."""
    if isinstance(value, Mapping):
        return {str(name): _plain(item) for name, item in value.items() if name not in ("version", "signature")}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value.hex() if isinstance(value, float) else value


def _flat(value: Any, path: str = "") -> dict[str, Any]:
    if isinstance(value, Mapping):
        pairs = [(f"{path}/{name}", item) for name, item in value.items()]
    elif isinstance(value, list):
        pairs = [(f"{path}/{i}", item) for i, item in enumerate(value)]
    else:
        return {path: value}
    return {name: leaf for at, item in pairs for name, leaf in _flat(item, at).items()}


def apart(before: Any, after: Any) -> tuple[str, str] | None:
    """Return how two results differ (``rounding``, ``number`` or ``text``) and where; None if they are the same."""
    one, two = _flat(before), _flat(after)
    worst: tuple[str, str] | None = None
    for path in dict.fromkeys([*one, *two]):
        a, b = one.get(path), two.get(path)
        if a == b:
            continue
        numbers = all(isinstance(x, str) and ("0x" in x or x in ("nan", "inf", "-inf")) for x in (a, b))
        if not numbers:
            return "text", f"{path}: {a!r} -> {b!r}"
        x, y = float.fromhex(str(a)), float.fromhex(str(b))
        if not abs(x - y) <= 1e-9 * max(1.0, abs(x)):
            return "number", f"{path}: {x!r} -> {y!r}"
        worst = ("rounding", f"{path}: {x!r} -> {y!r}")
    return worst


@app.command()
@click.argument("output", type=click.Path(path_type=Path))
@click.option("--calls", default=2000, show_default=True, help="Number of calls.")
@click.option("--first", default=0, show_default=True, help="Seed of the first call.")
@click.option("--backend", default="numpy", show_default=True, help="numpy or fast.")
@click.option("--jobs", default=2, show_default=True, help="Processes.")
def record(output: Path, calls: int, first: int, backend: str, jobs: int) -> None:
    """Write the numbers of random calls to a file, a line for each call."""
    from joblib import Parallel, delayed

    from .same_numbers import of_seed  # other processes import it by this name

    results = Parallel(n_jobs=jobs, return_as="generator")(
        delayed(of_seed)(backend, s) for s in range(first, first + calls)
    )
    with output.open("w") as file:
        for result in results:
            file.write(json.dumps(result) + "\n")


def of_seed(backend: str, seed: int) -> dict[str, Any]:
    """Return the entry of a seed's random call, computed by a backend."""
    with dm.config.using(backend=backend, threads=1):
        return call(seed)


@app.command()
@click.argument("before", type=click.Path(path_type=Path))
@click.argument("after", type=click.Path(path_type=Path))
@click.option("--show", default=20, show_default=True, help="Number of differences that are printed.")
def compare(before: Path, after: Path, show: int) -> None:
    """Compare two recorded files; exit code 1 if a number or a text differs."""
    pairs = zip(before.read_text().splitlines(), after.read_text().splitlines(), strict=True)
    kinds: Counter[str] = Counter()
    shown = 0
    for one, two in ((json.loads(a), json.loads(b)) for a, b in pairs):
        found = apart(one["result"], two["result"])
        same = "same error" if "error" in one["result"] else "same bits"
        kinds[same if found is None else found[0]] += 1
        if found is not None and shown < show:
            shown += 1
            what = {name: one[name] for name in ("seed", "kind", "metric", "options", "beside")}
            print(f"{found[0]}: {what}\n    {found[1]}")
    print(", ".join(f"{count} {kind}" for kind, count in kinds.most_common()))
    raise click.exceptions.Exit(1 if kinds["number"] or kinds["text"] else 0)


if __name__ == "__main__":
    app()
