"""How well each latent alone predicts each factor of a representation: the matrix that SAP is made of."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from .kernels.circle import cos_sin
from .kernels.columns import columns
from .kernels.correlation import squared_correlation
from .kernels.discretize import discretize_uniform
from .kernels.probes import Probe, held_out_r2, held_out_scores
from .kernels.regression import directions, explained, mid_ranks
from .kernels.splits import Split, make_splits
from .kinds import Circular, Kind
from .representation import Group, Representation
from .units import Units

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
    return [k for k in range(data.n_factors) if not data.is_measured(k) or plan.factor_bins is not None]


def predictability(
    data: Representation, probe: Probe, plan: Plan, seed: int | None, units: Units | None = None
) -> tuple[Floats, bool]:
    """Return the scores of all pairs (d, k), NaN for constant factors, and whether every fit converged.

    With `units`, d is their number, and those of several latents are seen by ``probe.jointly``.
    """
    matrix = np.full((data.n_latents if units is None else len(units.names), data.n_factors), np.nan)
    converged = True
    for group in data.groups():
        latents = _latents(data, group, plan.latent_bins)
        silent = _inactive(data, group, plan.inactive)
        for rows, seen, together in _blocks(units):
            of_block = Block(data, group, latents if seen is None else latents[:, seen], together)
            matrix[np.ix_(rows or range(len(matrix)), group.factors)], done = _scores(of_block, probe, plan, seed)
            converged &= done
        members = [(j,) for j in range(data.n_latents)] if units is None else units.members
        nothing = [all(silent[j] for j in some) for some in members]
        matrix[np.ix_(nothing, group.factors)] = 0.0
    return matrix, converged


class Block(NamedTuple):
    """Latents (n, d) that are seen one at a time, or all together, and the factors they are to predict."""

    data: Representation
    group: Group
    latents: NDArray[Any]
    together: bool


def _blocks(units: Units | None) -> list[tuple[list[int] | None, list[int] | None, bool]]:
    """Return which rows of the matrix are made of which latents, and whether these are seen together; None for all."""
    if units is None:
        return [(None, None, False)]
    joint: list[tuple[list[int] | None, list[int] | None, bool]] = [
        ([u], [*units.members[u]], True) for u in units.joint
    ]
    return [(units.alone, units.lone, False), *joint] if units.alone else joint


def _scores(block: Block, probe: Probe, plan: Plan, seed: int | None) -> tuple[Floats, bool]:
    """Return the scores of some latents on the factors of a group, and whether every fit converged."""
    data, group, latents, together = block
    of_classes = set(classified(data, probe, plan))
    predicted = [k for k in group.factors if k in of_classes]
    measured = [k for k in group.factors if k not in of_classes]
    place = {k: i for i, k in enumerate(group.factors)}
    matrix = np.empty((1 if together else latents.shape[1], len(place)))
    converged = True
    classifier = probe.jointly if together else probe.classifier
    if classifier is not None and predicted:
        n_classes = [_n_classes(data, k, plan.factor_bins) for k in predicted]
        # as short as they can be: a byte for each row and factor where there are few classes
        code = np.min_scalar_type(-max(n_classes))
        y = np.stack([classes_of(data, group, k, plan.factor_bins).astype(code) for k in predicted])
        splits = _splits(group, data, plan, seed)
        ordered = [data.factor_kinds[k] == "ordinal" for k in predicted]
        matrix[:, [place[k] for k in predicted]], converged = held_out_scores(
            latents, y, n_classes, splits, classifier, plan.standardize, plan.scoring, ordered
        )
    if measured and probe.regressor is None:
        matrix[:, [place[k] for k in measured]] = _correlations(block, measured)
    elif measured:
        targets = [targets_of(data, k) for k in measured]
        owner = np.repeat(np.arange(len(targets)), [len(rows) for rows in targets]).tolist()
        splits = _splits(group, data, plan, seed)
        matrix[:, [place[k] for k in measured]] = held_out_r2(
            latents, np.concatenate(targets), splits, probe.regressor, plan.standardize, owner, together
        )
    return matrix, converged


def _correlations(block: Block, measured: list[int]) -> Floats:
    """Return the R2 of some latents with some factors: of numbers, of ranks if ordinal, on a circle if circular."""
    data, group, latents, together = block
    matrix = np.empty((1 if together else latents.shape[1], len(measured)))
    if together:
        plain = directions(latents[group.rows])
        kinds = [data.factor_kinds[k] for k in measured]
        ranked = directions(np.apply_along_axis(mid_ranks, 0, latents[group.rows])) if "ordinal" in kinds else plain
        for i, k in enumerate(measured):
            basis = ranked if kinds[i] == "ordinal" else plain
            matrix[0, i] = explained(basis, factor_columns(data, k)[group.rows])
        return matrix
    usual = [i for i, k in enumerate(measured) if statistic(data.factor_kinds[k]) == "pearson"]
    step = max(1, _NUMBERS // data.n_samples)
    for some in (usual[i : i + step] for i in range(0, len(usual), step)):
        numbers = [data.labels(measured[i]).numbers() for i in some]
        matrix[:, some] = squared_correlation(latents, numbers, group.rows)
    special = [i for i in range(len(measured)) if i not in usual]
    ordinal = [i for i in special if data.factor_kinds[measured[i]] == "ordinal"]
    bases = {i: directions(factor_columns(data, measured[i])[group.rows]) for i in special}
    for j, column in enumerate(columns(latents, group.rows) if special else ()):
        ranks = mid_ranks(column) if ordinal else None
        for i, basis in bases.items():
            matrix[j, i] = explained(basis, (column if i not in ordinal or ranks is None else ranks)[:, None])
    return matrix


def statistic(kind: Kind) -> str:
    """Return which correlation's square says how much a latent knows of a factor of some kind, taken as numbers."""
    return "circular-linear" if isinstance(kind, Circular) else "spearman" if kind == "ordinal" else "pearson"


def factor_columns(data: Representation, k: int) -> Floats:
    """Return factor k as a correlation takes it: numbers, ranks, or cosine and sine: (n, 1) or (n, 2)."""
    angles, labels = data.angles(k), data.labels(k)
    if angles is not None:
        return cos_sin(angles)
    if data.factor_kinds[k] != "ordinal":
        return labels.numbers()[:, None]
    ranks = np.append(np.cumsum(labels.counts) - (labels.counts - 1) / 2, np.nan)  # at -1, of a missing label
    return np.asarray(ranks[labels.codes, None])


def targets_of(data: Representation, k: int) -> Floats:
    """Return factor k as a regressor predicts it: numbers, places in the order, or cosine and sine: (1 or 2, n)."""
    if data.factor_kinds[k] == "ordinal":
        return data.labels(k).codes[None].astype(np.float64)
    return factor_columns(data, k).T


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
    return data.labels(k).n_values if n_bins is None or not data.is_measured(k) else n_bins


def classes_of(data: Representation, group: Group, k: int, n_bins: int | None) -> NDArray[np.intp]:
    """Return the class of each row by factor k, of a measured one its bin or arc; -1 where the label is missing."""
    if n_bins is None or not data.is_measured(k):
        return data.labels(k).codes
    codes = np.full(data.n_samples, -1, dtype=np.intp)
    codes[group.rows] = data.factor(group, k, discretize_uniform, n_bins).codes
    return codes


def _inactive(data: Representation, group: Group, rule: str | float) -> list[bool]:
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
