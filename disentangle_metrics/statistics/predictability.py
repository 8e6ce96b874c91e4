"""Scores of each latent as the predictor of each factor of a representation: the matrix of SAP."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..data.kinds import Circular, Kind
from ..data.latent_groups import Units
from ..data.representation import Group, Representation
from ..kernels.columns.columns import columns, deviation
from ..kernels.columns.sorting import Orders
from ..kernels.columns.weighted_counts import totals
from ..kernels.discretizing.circle import cos_sin
from ..kernels.discretizing.discretizers import discretize_uniform
from ..kernels.linear.correlation import squared_correlation
from ..kernels.linear.regression import directions, explained, mid_ranks, ranks_of_counts
from ..kernels.probes.classifiers import Rows
from ..kernels.probes.splits import Split, half_of, make_splits
from ..kernels.probes.table import Probe, held_out_r2, held_out_scores

Floats = NDArray[np.float64]
Codes = NDArray[np.integer]

_NUMBERS = 1 << 22  # numbers of factors held as float64 at a time


class Plan(NamedTuple):
    """The settings of splits and scores of every probe, as in SAP's options; `n_folds` is ``cv``.

    `half` says which half of the test rows is scored, see `half_of`. For factors taken as numbers it is a half of all
    rows. `standardize` may be ``"min-max"`` for probes on all latents. `n_train` is the number of training rows that
    are used, the first ones of the split; None for all.
    """

    standardize: bool | str
    scoring: str
    evaluate_on: str
    test_size: int | float
    n_folds: int | None
    shuffle: bool
    latent_bins: int | None
    factor_bins: int | None
    inactive: str | float
    half: tuple[int, int] | None = None
    n_train: int | None = None


def classified(data: Representation, probe: Probe, plan: Plan) -> list[int]:
    """Return the factors that a classifier predicts; the others are taken as numbers."""
    if probe.classifier is None:
        return []
    return [k for k in range(data.n_factors) if not data.is_measured(k) or plan.factor_bins is not None]


def predictability(
    data: Representation, probe: Probe, plan: Plan, seed: int | None, units: Units | None = None
) -> tuple[Floats, bool]:
    """Return the scores of all pairs (d, k), NaN for constant factors, and whether every fit converged.

    With `units`, d is their number, and ``probe.jointly`` predicts from units of several latents.
    """
    matrix = np.full((data.n_latents if units is None else len(units.names), data.n_factors), np.nan)
    converged = True
    for group in data.groups():
        latents = _latents(data, group, plan.latent_bins)
        silent = inactive(data, group, plan.inactive)
        for rows, seen, together in _blocks(units):
            orders = data.orders if plan.latent_bins is None else None
            of_block = Block(data, group, latents, orders, together)
            if seen is not None:
                orders = None if orders is None else orders.chosen(seen)
                of_block = of_block._replace(latents=latents[:, seen], orders=orders)
            matrix[np.ix_(rows or range(len(matrix)), group.factors)], done = _scores(of_block, probe, plan, seed)
            converged &= done
        members = [(j,) for j in range(data.n_latents)] if units is None else units.members
        nothing = [all(silent[j] for j in members_of_unit) for members_of_unit in members]
        matrix[np.ix_(nothing, group.factors)] = 0.0
    return matrix, converged


class Block(NamedTuple):
    """Latents (n, d) that predict one at a time, or all together, and the factors to predict."""

    data: Representation
    group: Group
    latents: NDArray[Any]
    orders: Orders | None
    together: bool


def _blocks(units: Units | None) -> list[tuple[list[int] | None, list[int] | None, bool]]:
    """Return rows of the matrix, the latents of each, and whether these predict together; None for all rows."""
    if units is None:
        return [(None, None, False)]
    joint: list[tuple[list[int] | None, list[int] | None, bool]] = [
        ([u], [*units.members[u]], True) for u in units.joint
    ]
    return [(units.alone, units.lone, False), *joint] if units.alone else joint


def _scores(block: Block, probe: Probe, plan: Plan, seed: int | None) -> tuple[Floats, bool]:
    """Return the scores of a block's latents on the factors of a group, and whether every fit converged."""
    data, group, latents, orders, together = block
    of_classes = set(classified(data, probe, plan))
    predicted = [k for k in group.factors if k in of_classes]
    measured = [k for k in group.factors if k not in of_classes]
    place = {k: i for i, k in enumerate(group.factors)}
    matrix = np.empty((1 if together else latents.shape[1], len(place)))
    converged = True
    weight = _weights(data)
    classifier = probe.jointly if together else probe.classifier
    if classifier is not None and predicted:
        n_classes = [n_classes_of(data, k, plan.factor_bins) for k in predicted]
        # the shortest type: a byte for each row and factor if there are few classes
        code = np.min_scalar_type(-max(n_classes))
        y = np.stack([classes_of(data, group, k, plan.factor_bins).astype(code) for k in predicted])
        splits = splits_of(group, data, plan, seed)
        matrix[:, [place[k] for k in predicted]], converged = held_out_scores(
            latents,
            y,
            n_classes,
            splits,
            classifier,
            bool(plan.standardize),
            plan.scoring,
            weight,
            _ordered(data, predicted),
            orders,
        )
    if measured and probe.regressor is None:
        matrix[:, [place[k] for k in measured]] = _correlations(block, measured, weight, plan)
    elif measured:
        targets = [targets_of(data, k) for k in measured]
        owner = np.repeat(np.arange(len(targets)), [len(rows) for rows in targets]).tolist()
        splits = splits_of(group, data, plan, seed)
        y = np.concatenate(targets)
        matrix[:, [place[k] for k in measured]] = held_out_r2(
            latents, y, splits, probe.regressor, bool(plan.standardize), weight, owner, together
        )
    return matrix, converged


def _weights(data: Representation) -> Floats | None:
    weight = data.weights_of()
    return None if weight is None else weight.astype(np.float64)


def _ordered(data: Representation, factors: list[int]) -> list[bool]:
    return [data.factor_kinds[k] == "ordinal" for k in factors]


def _correlations(block: Block, measured: list[int], weight: Floats | None, plan: Plan) -> Floats:
    """Return the R2 of latents with measured factors: of numbers, of ranks if ordinal, on a circle if circular."""
    data, group, latents, _, together = block
    rows = _measured(group, data, plan)
    kinds = [correlation_of(data.factor_kinds[k]) for k in measured]
    matrix = np.empty((1 if together else latents.shape[1], len(measured)))
    usual = [] if together else [i for i, kind in enumerate(kinds) if kind == "pearson"]
    step = max(1, _NUMBERS // data.n_samples)
    for part in (usual[i : i + step] for i in range(0, len(usual), step)):
        numbers = [data.labels(measured[i]).numbers() for i in part]
        matrix[:, part] = squared_correlation(latents, numbers, rows, weight)
    special = [i for i in range(len(measured)) if i not in usual]
    if not special:
        return matrix
    times = None if weight is None else weight[rows]
    columns_of = {i: factor_columns(data, measured[i])[rows] for i in special}
    if plan.half is not None:  # ranks among all rows differ from ranks among half of them
        ranked = [i for i in special if kinds[i] == "spearman"]
        columns_of |= {i: np.apply_along_axis(mid_ranks, 0, columns_of[i], times) for i in ranked}
    bases = {} if together else {i: directions(y, times) for i, y in columns_of.items()}
    seen = [latents[rows]] if together else [column[:, None] for column in columns(latents, rows)]
    for j, x in enumerate(seen):
        ranks = np.apply_along_axis(mid_ranks, 0, x, times) if "spearman" in kinds else x
        of_kind = {kind: ranks if kind == "spearman" else x for kind in dict.fromkeys(kinds)}
        spans = {kind: directions(values, times) for kind, values in of_kind.items()} if together else {}
        for i, y in columns_of.items():
            basis, target = (spans[kinds[i]], y) if together else (bases[i], of_kind[kinds[i]])
            matrix[j, i] = explained(basis, target, times)
    return matrix


def correlation_of(kind: Kind) -> str:
    """Return the name of the correlation whose square scores a factor of the given kind, taken as numbers."""
    return "circular-linear" if isinstance(kind, Circular) else "spearman" if kind == "ordinal" else "pearson"


def unusual_correlations(data: Representation, probe: Probe, plan: Plan) -> dict[str, str]:
    """Return the squared correlation by kind of factor; empty if all are Pearson's, or the R2 of a regressor."""
    predicted = classified(data, probe, plan)
    measured = [k for k in range(data.n_factors) if k not in predicted and k not in data.degenerate]
    of_kind = {str(data.factor_kinds[k]).partition(":")[0]: correlation_of(data.factor_kinds[k]) for k in measured}
    return of_kind if probe.regressor is None and set(of_kind.values()) - {"pearson"} else {}


def factor_columns(data: Representation, k: int) -> Floats:
    """Return factor k as a correlation takes it: numbers, ranks, or cosine and sine: (n, 1) or (n, 2)."""
    angles, labels = data.angles(k), data.labels(k)
    if angles is not None:
        return cos_sin(angles)
    if data.factor_kinds[k] != "ordinal":
        return labels.numbers()[:, None]
    there = slice(None) if labels.missing is None else np.flatnonzero(~labels.missing)
    counts = totals(labels.labeled_codes, labels.n_values, data.weights_of(there))
    ranks = np.append(ranks_of_counts(counts), np.nan)  # entry -1, for a missing label
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


def n_classes_of(data: Representation, k: int, n_bins: int | None) -> int:
    """Return the number of classes of factor k: of its labels, or of its bins, the last of which is never empty."""
    return data.labels(k).n_values if n_bins is None or not data.is_measured(k) else n_bins


def classes_of(data: Representation, group: Group, k: int, n_bins: int | None) -> NDArray[np.integer]:
    """Return the class of each row by factor k: its label, or its bin or arc; -1 for a missing label."""
    if n_bins is None or not data.is_measured(k):
        labels = data.labels(k)
        return labels.codes if labels.missing is not None else labels.labeled_codes
    codes = np.full(data.n_samples, -1, dtype=np.intp)
    codes[group.rows] = data.factor(group, k, discretize_uniform, n_bins).codes
    return codes


def inactive(data: Representation, group: Group, rule: str | float) -> list[bool]:
    """Return whether each latent scores 0 on the rows of a group, because it is constant or has too little variance."""
    if rule == "keep":
        return [False] * data.n_latents
    columns = (data.latents[group.rows, j] for j in range(data.n_latents))
    if not isinstance(rule, str):
        return [deviation(x) <= np.sqrt(rule) for x in columns]
    if isinstance(group.rows, slice):
        return [bool(constant) for constant in data.inactive]
    return [bool(np.all(x == x[0])) for x in columns]


def splits_of(group: Group, data: Representation, plan: Plan, seed: int | None) -> list[Split]:
    """Return the training and test rows, split as if there were only the labeled rows."""
    rows = None if isinstance(group.rows, slice) else group.rows
    if plan.evaluate_on == "train":
        every = np.arange(data.n_samples) if rows is None else rows
        return [(every, every)]
    splits = make_splits(data.n_samples if rows is None else len(rows), plan.test_size, plan.n_folds, seed)
    splits = [(train[: plan.n_train], half_of(test, plan.half)) for train, test in splits]
    return splits if rows is None else [(rows[train], rows[test]) for train, test in splits]


def _measured(group: Group, data: Representation, plan: Plan) -> NDArray[np.intp] | slice:
    """Return the rows of a squared correlation."""
    if plan.half is None:
        return group.rows
    return half_of(np.arange(data.n_samples) if isinstance(group.rows, slice) else group.rows, plan.half)


def lacking_values(data: Representation, factors: Iterable[int], plan: Plan) -> list[str]:
    """Return which of some factors lack most of their values in the test rows, as when sorted rows are split in order.

    Only the classes of factors can be lacking.
    """
    return _in_order(data, factors, plan, _lacks_most)


def unknown_values(data: Representation, factors: Iterable[int], plan: Plan) -> list[str]:
    """Return which of some factors have most test rows in classes without training rows, if rows are split in order."""
    return _in_order(data, factors, plan, _mostly_unknown)


def _in_order(
    data: Representation, factors: Iterable[int], plan: Plan, is_so: Callable[[Codes, Codes, Codes], bool]
) -> list[str]:
    """Return the names of the factors of which something is so, given the codes of all, training and test rows."""
    if plan.shuffle or plan.n_folds is not None or plan.evaluate_on == "train":
        return []
    named = []
    for group in data.groups():
        (train, test), *_ = splits_of(group, data, plan, None)
        for k in set(factors).intersection(group.factors):
            codes = classes_of(data, group, k, plan.factor_bins)
            if is_so(codes, codes[train], codes[test]):
                named.append(k)
    return [data.factor_names[k] for k in sorted(named)]


def _lacks_most(codes: Codes, train: Codes, test: Codes) -> bool:
    return len(np.unique(test)) < len(np.unique(codes[codes >= 0])) / 2


def _mostly_unknown(codes: Codes, train: Codes, test: Codes) -> bool:
    return 2 * int(np.count_nonzero(~np.isin(test, train))) > len(test)


class Tested(NamedTuple):
    """Test rows of a probe, and whether its prediction of each was right.

    Attributes
    ----------
    factors : list of int of length k
    rows : ndarray of int of shape (t,)
        Numbers of the test rows; with several folds, of all folds.
    classes : ndarray of int of shape (k, t)
        The class of each by each factor.
    right : ndarray of uint8 of shape (d, k, t)
    """

    factors: list[int]
    rows: NDArray[np.intp]
    classes: NDArray[np.integer]
    right: NDArray[np.uint8]


def tested_rows(data: Representation, probe: Probe, plan: Plan, seed: int | None) -> list[Tested]:
    """Return the hits that `predictability` counts, row by row, for the factors that a classifier predicts."""
    of_classes = set(classified(data, probe, plan))
    tested_groups = []
    for group in data.groups():
        predicted = [k for k in group.factors if k in of_classes]
        if probe.classifier is None or not predicted:
            continue
        latents = _latents(data, group, plan.latent_bins)
        y = np.stack([classes_of(data, group, k, plan.factor_bins) for k in predicted])
        n_classes = [n_classes_of(data, k, plan.factor_bins) for k in predicted]
        parts = []
        for train, test in splits_of(group, data, plan, seed):
            rows = Rows(latents, train, test, y[:, train], y[:, test], bool(plan.standardize), by_row=True)._replace(
                ordered=_ordered(data, predicted), orders=data.orders if latents is data.latents else None
            )
            parts.append((test, probe.classifier(rows, n_classes).right.astype(np.uint8)))
        tested = np.concatenate([test for test, _ in parts])
        right = np.concatenate([right for _, right in parts], axis=2)
        right[inactive(data, group, plan.inactive)] = 0
        tested_groups.append(Tested(predicted, tested, y[:, tested], right))
    return tested_groups
