"""How well each latent alone predicts each factor of a representation: the matrix that SAP is made of."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .errors import InputError
from .kernels.classifiers import Rows
from .kernels.correlation import squared_correlation
from .kernels.discretize import discretize_uniform
from .kernels.probes import Probe, held_out_r2, held_out_scores
from .kernels.splits import Split, make_splits
from .representation import Group, Representation

Floats = NDArray[np.float64]

_NUMBERS = 1 << 22  # of factors held as float64 at a time


class Plan(NamedTuple):
    """What every probe is put through, by the names and values of SAP's options; `n_folds` is its ``cv``."""

    standardize: bool
    scoring: str
    evaluate_on: str
    test_size: float
    n_folds: int | None
    shuffle: bool
    latent_bins: int | None
    factor_bins: int | None
    inactive: str | float


def classified(data: Representation, probe: Probe, plan: Plan) -> list[int]:
    """Return the factors that a classifier predicts; the others are taken as numbers."""
    if probe.classifier is None:
        return []
    kinds = enumerate(data.factor_kinds)
    return [k for k, kind in kinds if kind == "categorical" or plan.factor_bins is not None]


def predictability(data: Representation, probe: Probe, plan: Plan, seed: int | None) -> tuple[Floats, bool]:
    """Return the scores of all pairs (d, k), NaN for constant factors, and whether every fit converged."""
    matrix = np.full((data.n_latents, data.n_factors), np.nan)
    converged = True
    of_classes = set(classified(data, probe, plan))
    for group in data.groups():
        latents = _latents(data, group, plan.latent_bins)
        predicted = [k for k in group.factors if k in of_classes]
        measured = [k for k in group.factors if k not in of_classes]
        if probe.classifier is not None and predicted:
            n_classes = [_n_classes(data, k, plan.factor_bins) for k in predicted]
            # as short as they can be: a byte for each row and factor where there are few classes
            code = np.min_scalar_type(-max(n_classes))
            y = np.stack([classes_of(data, group, k, plan.factor_bins).astype(code) for k in predicted])
            splits = _splits(group, data, plan, seed)
            matrix[:, predicted], done = held_out_scores(
                latents, y, n_classes, splits, probe.classifier, plan.standardize, plan.scoring
            )
            converged &= done
        if measured and probe.regressor is None:
            step = max(1, _NUMBERS // data.n_samples)
            for some in (measured[i : i + step] for i in range(0, len(measured), step)):
                numbers = [data.labels(k).numbers() for k in some]
                matrix[:, some] = squared_correlation(latents, numbers, group.rows)
        elif measured:
            values = np.stack([data.labels(k).numbers() for k in measured])
            splits = _splits(group, data, plan, seed)
            matrix[:, measured] = held_out_r2(latents, values, splits, probe.regressor, plan.standardize)
        matrix[np.ix_(inactive(data, group, plan.inactive), group.factors)] = 0.0
    return matrix, converged


def _latents(data: Representation, group: Group, n_bins: int | None) -> NDArray[Any]:
    """Return the latents, or the numbers of their bins, which count from 1."""
    if n_bins is None:
        return data.latents
    binned = np.zeros((data.n_samples, data.n_latents), dtype=np.min_scalar_type(n_bins), order="F")
    for j, (codes, _) in enumerate(data.bins(group, discretize_uniform, n_bins)):
        binned[group.rows, j] = codes
        binned[group.rows, j] += 1
    return binned


def _n_classes(data: Representation, k: int, n_bins: int | None) -> int:
    # the last bin holds the largest value, so that they are as many as were asked for
    return data.labels(k).n_values if data.factor_kinds[k] == "categorical" or n_bins is None else n_bins


def classes_of(data: Representation, group: Group, k: int, n_bins: int | None) -> NDArray[np.intp]:
    """Return the class of each row by factor k, for a continuous one its bin; -1 where the label is missing."""
    labels = data.labels(k)
    if data.factor_kinds[k] == "categorical" or n_bins is None:
        return labels.codes
    codes = np.full(data.n_samples, -1, dtype=np.intp)
    try:
        codes[group.rows] = discretize_uniform(labels.numbers()[group.rows], n_bins)
    except InputError as error:
        raise type(error)(f"factor {labels.name!r} (column {k}): {error}") from None
    return codes


def inactive(data: Representation, group: Group, rule: str | float) -> list[bool]:
    """Return which latents score nothing on the rows of a group: constant ones, or those of little variance."""
    if rule == "keep":
        return [False] * data.n_latents
    columns = (data.latents[group.rows, j] for j in range(data.n_latents))
    if isinstance(rule, str):
        return [bool(np.all(x == x[0])) for x in columns]
    return [_deviation(x) <= np.sqrt(rule) for x in columns]


def _deviation(x: NDArray[Any]) -> float:
    """Return the standard deviation (n - 1), of values whose squares may be beyond float64."""
    half = x.astype(np.float64) / 2
    half -= half[0]
    size = np.abs(half).max()
    return float(2 * size * np.std(half / size, ddof=1)) if size > 0 else 0.0


def _splits(group: Group, data: Representation, plan: Plan, seed: int | None) -> list[Split]:
    """Return the rows that train and that test, split as if the labeled rows were all there are."""
    rows = None if isinstance(group.rows, slice) else group.rows
    if plan.evaluate_on == "train":
        every = np.arange(data.n_samples) if rows is None else rows
        return [(every, every)]
    splits = make_splits(data.n_samples if rows is None else len(rows), plan.test_size, plan.n_folds, seed)
    return splits if rows is None else [(rows[train], rows[test]) for train, test in splits]


def lacking_values(data: Representation, probe: Probe, plan: Plan) -> list[str]:
    """Return the factors whose test rows lack most of their values, as where sorted rows are split in order."""
    if plan.shuffle or plan.n_folds is not None or plan.evaluate_on == "train":
        return []
    lacking = []
    of_classes = set(classified(data, probe, plan))
    for group in data.groups():
        (_, test), *_ = _splits(group, data, plan, None)
        for k in of_classes.intersection(group.factors):
            codes = classes_of(data, group, k, plan.factor_bins)
            if len(np.unique(codes[test])) < len(np.unique(codes[codes >= 0])) / 2:
                lacking.append(k)
    return [data.factor_names[k] for k in sorted(lacking)]


class Tested(NamedTuple):
    """Rows that a probe had not seen, and which of them it got right.

    Attributes
    ----------
    factors : list of int of length k
    rows : ndarray of int of shape (t,)
        Their numbers; with several folds, all that were tested.
    classes : ndarray of int of shape (k, t)
        The class of each by each factor.
    right : ndarray of uint8 of shape (d, k, t)
    """

    factors: list[int]
    rows: NDArray[np.intp]
    classes: NDArray[np.integer]
    right: NDArray[np.uint8]


def tested_rows(data: Representation, probe: Probe, plan: Plan, seed: int | None) -> list[Tested]:
    """Return, for the factors that a classifier predicts, what `predictability` counts, row by row."""
    of_classes = set(classified(data, probe, plan))
    found = []
    for group in data.groups():
        predicted = [k for k in group.factors if k in of_classes]
        if probe.classifier is None or not predicted:
            continue
        latents = _latents(data, group, plan.latent_bins)
        y = np.stack([classes_of(data, group, k, plan.factor_bins) for k in predicted])
        n_classes = [_n_classes(data, k, plan.factor_bins) for k in predicted]
        parts = []
        for train, test in _splits(group, data, plan, seed):
            rows = Rows(latents, train, test, y[:, train], y[:, test], plan.standardize, by_row=True)
            parts.append((test, probe.classifier(rows, n_classes).right.astype(np.uint8)))
        tested = np.concatenate([test for test, _ in parts])
        right = np.concatenate([right for _, right in parts], axis=2)
        right[inactive(data, group, plan.inactive)] = 0
        found.append(Tested(predicted, tested, y[:, tested], right))
    return found
