"""Separated attribute predictability (SAP), Kumar et al. 2018."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import BiasWarning, ConvergenceWarning, OptionError, warn
from ..kernels.classifiers import C_GRID
from ..kernels.correlation import squared_correlation
from ..kernels.gaps import AGGREGATES, Aggregate, top_two_gap
from ..kernels.probes import SCORINGS, Probe, held_out_r2, held_out_scores, resolve_probe
from ..kernels.splits import Split, make_splits, resolve_seed
from ..labels import FactorKinds
from ..options import choice, flag, hyphened, integer, real, resolve
from ..registry import register
from ..remarks import remarks
from ..representation import Group, Representation
from ..score import Score

INACTIVE = ("keep", "zero")

_NUMBERS = 1 << 22  # of factors held as float64 at a time


@register(
    measures="compactness",
    source="Kumar et al. 2018, arXiv:1711.00848, sec. 3",
    range=(0.0, 1.0),
    higher_is_better=True,
    invariances={"latent-order", "factor-order", "factor-relabel-in-order"},
)
def sap(
    latents: ArrayLike | Representation,
    factors: ArrayLike | None = None,
    *,
    probe: Any = "logistic",
    C: float | str | None = None,
    class_weight: str | None = None,
    standardize: bool = True,
    scoring: str = "accuracy",
    test_size: float = 0.2,
    shuffle: bool = True,
    cv: int | None = None,
    n_repeats: int = 1,
    factor_kinds: FactorKinds = None,
    degenerate: str = "drop",
    inactive: str = "keep",
    aggregate: str | Aggregate = "mean",
    random_state: int | np.random.Generator | None = 42,
) -> Score:
    r"""Separated attribute predictability: the lead, for each factor, of the latent that predicts it best.

    .. math:: \frac{1}{K} \sum_k \left( S_{(1)k} - S_{(2)k} \right)

    :math:`S_{jk}` says how well latent j alone predicts factor k: a classifier's score on rows it has not seen for a
    categorical factor, the squared Pearson correlation over all rows for a continuous one. The gap is 0 if two latents
    predict a factor equally well. A perfect code does not score 1 by a linear classifier, which on one coordinate
    cannot tell the middle one of three ordered classes from its neighbors.

    Parameters
    ----------
    latents : array-like of shape (n_samples, n_latents), n_latents >= 2
        Finite numbers; encoder means as a rule. A :class:`Representation` stands for both arrays.
    factors : array-like of shape (n_samples, n_factors)
        Ground-truth factors. A missing label leaves its row out for that factor, as if it were not there.
    probe : {"logistic", "linear-svm", "threshold", "tree", "r2"}, Tree, or scikit-learn estimator, default "logistic"
        What predicts a categorical factor: one-vs-rest logistic regression or squared-hinge SVM, both with liblinear's
        objective (L2, penalized intercept) at its exact optimum; cuts that are best for balanced accuracy; a decision
        tree of depth 9 (:class:`Tree` sets another). ``"r2"`` takes the labels of every factor as numbers, which is
        wrong where their order means nothing. A classifier of scikit-learn serves categorical factors, a regressor
        takes all of them as numbers and is scored by held-out R2.
    C : float or "tuned", optional
        Inverse strength of the penalty of ``"logistic"`` (default 0.1) or ``"linear-svm"`` (0.01). ``"tuned"`` picks
        one of 1e-4, 1e-3, ..., 1e4 for each latent and factor on a fifth of the training rows, never on test rows.
    class_weight : {"none", "balanced"}, optional
        For the same probes (default ``"none"`` and ``"balanced"``). ``"balanced"`` weighs as liblinear does:
        n / (K n_c) for the positive class of each one-vs-rest problem, 1 for the rest; both sides if there are two
        classes.
    standardize : bool, default True
        Bring each latent to mean 0 and deviation 1 on the training rows first. Without it the penalty makes the score
        of the linear probes depend on the latents' scale and offset.
    scoring : {"accuracy", "balanced-accuracy"}, default "accuracy"
        Share of test rows predicted right, or the mean of that share over the classes that occur among them.
    test_size : float, default 0.2
        Part of the rows that test, between 0 and 1; ceil(`test_size` n) rows. Not used with `cv`.
    shuffle : bool, default True
        Split ``RandomState(random_state).permutation(n)``, test rows first, as scikit-learn's ``train_test_split``
        does. Otherwise the first ceil((1 - `test_size`) n) rows train and the rest test.
    cv : int, optional
        Cross-validation in this many folds instead: every row is scored once, by a probe that has not seen it.
    n_repeats : int, default 1
        Repeat with seeds `random_state`, `random_state` + 1, ...; the score is the mean, ``Score.per_repeat`` holds
        each and ``Score.spread`` their standard deviation.
    factor_kinds : str, sequence or mapping, optional
        ``"categorical"`` or ``"continuous"``, for all, per factor or by name; inferred by default.
    degenerate : {"drop", "zero", "raise"}, default "drop"
        A constant factor has no gap: leave it out of the mean with a warning, count it as 0, or refuse.
    inactive : {"keep", "zero"}, default "keep"
        A constant latent scores as the probe makes it (the majority class), or 0.
    aggregate : {"mean", "median", "min"} or callable, default "mean"
        Makes one number of the defined gaps.
    random_state : int, Generator or None, default 42
        Seed of the split. A Generator or None draws one, which is recorded.

    Returns
    -------
    Score
        Dimensionless, in [0, 1], higher is better. ``per_factor`` (n_factors,), the mean gap over repeats; ``matrix``
        (n_latents, n_factors), the mean :math:`S_{jk}` over repeats, NaN for a constant factor.

    Raises
    ------
    ShapeError, DTypeError, NonFiniteError
        If the arrays cannot be scored.
    OptionError
        If an option is not known, or the rows cannot be split as asked.
    InputError
        If no factor varies.

    Notes
    -----
    A class that no training row has is never predicted, so its test rows count as wrong. If all training rows have one
    class, every latent predicts that class. A factor needs two labeled rows: one then trains and one tests.

    References
    ----------
    Kumar, Sattigeri and Balakrishnan (2018), Variational Inference of Disentangled Latent Concepts from Unlabeled
    Observations, arXiv:1711.00848, section 3. Its classifier is ``"threshold"`` with balanced accuracy.

    Examples
    --------
    >>> import numpy as np
    >>> v = np.random.default_rng(0).integers(2, size=(100, 2))
    >>> sap(v, v).per_factor
    array([0.55, 0.55])
    >>> sap(v, v, probe="r2", factor_kinds="continuous").describe().splitlines()[0]
    'sap = 0.9921'
    """
    plan = _Plan(
        standardize=flag("standardize", standardize),
        scoring=choice("scoring", scoring, SCORINGS),
        test_size=real("test_size", test_size, 0.0, 1.0),
        n_folds=None if cv is None else integer("cv", cv, 2),
        inactive=choice("inactive", inactive, INACTIVE),
        shuffle=flag("shuffle", shuffle),
    )
    resolve("aggregate", aggregate, AGGREGATES)
    n_repeats = integer("n_repeats", n_repeats, 1)
    if not plan.shuffle and n_repeats > 1:
        raise OptionError(f"n_repeats={n_repeats} needs shuffle=True: without it every repeat is the same.")
    drawn = resolve_seed(random_state, n_repeats)
    seed = drawn if shuffle else None
    seeds = [None if seed is None else seed + r for r in range(n_repeats)]
    probes = [resolve_probe(probe, C, class_weight, s) for s in seeds]
    settled = probes[0]

    data = Representation.of(latents, factors, factor_kinds)
    notes = remarks(data, degenerate)
    repeats = [_matrix(data, p, plan, s) for p, s in zip(probes, seeds, strict=True)]
    matrices = [matrix for matrix, _ in repeats]
    return data.score(
        "sap",
        gaps=np.stack([top_two_gap(matrix) for matrix in matrices]),
        matrix=np.mean(matrices, axis=0) if n_repeats > 1 else matrices[0],
        options={
            "probe": probe,
            "C": C,
            "class_weight": class_weight,
            "standardize": standardize,
            "scoring": scoring,
            "test_size": test_size,
            "shuffle": shuffle,
            "cv": cv,
            "n_repeats": n_repeats,
            "factor_kinds": factor_kinds,
            "degenerate": degenerate,
            "inactive": inactive,
            "aggregate": hyphened(aggregate),
            "random_state": random_state,
        },
        resolved=_resolved(data, settled, plan, seed),
        always=("probe", "C", "standardize", "scoring", "test_size", "cv", "random_state"),
        notes=[*notes, *_notes(data, settled, plan, matrices, all(done for _, done in repeats))],
    )


class _Plan(NamedTuple):
    """What every probe is put through."""

    standardize: bool
    scoring: str
    test_size: float
    n_folds: int | None
    inactive: str
    shuffle: bool


def _classified(data: Representation, probe: Probe) -> list[int]:
    """Return the factors that a classifier predicts; the others are taken as numbers."""
    kinds = data.factor_kinds
    return [k for k, kind in enumerate(kinds) if probe.classifier is not None and kind == "categorical"]


def _matrix(data: Representation, probe: Probe, plan: _Plan, seed: int | None) -> tuple[NDArray[np.float64], bool]:
    """Return the scores of all pairs (d, k), NaN for constant factors, and whether every fit converged."""
    matrix = np.full((data.n_latents, data.n_factors), np.nan)
    converged = True
    of_classes = set(_classified(data, probe))
    for group in data.groups():
        classified = [k for k in group.factors if k in of_classes]
        measured = [k for k in group.factors if k not in of_classes]
        if probe.classifier is not None and classified:
            n_classes = [len(data.labels(k).values) for k in classified]
            # as short as they can be: a byte for each row and factor where there are few classes
            code = np.min_scalar_type(-max(n_classes))
            y = np.stack([data.labels(k).codes.astype(code) for k in classified])
            matrix[:, classified], done = held_out_scores(
                data.latents,
                y,
                n_classes,
                _splits(group, data, plan, seed),
                probe.classifier,
                plan.standardize,
                plan.scoring,
            )
            converged &= done
        if measured and probe.regressor is None:
            step = max(1, _NUMBERS // data.n_samples)
            for some in (measured[i : i + step] for i in range(0, len(measured), step)):
                numbers = [data.labels(k).numbers() for k in some]
                matrix[:, some] = squared_correlation(data.latents, numbers, group.rows)
        elif measured:
            values = np.stack([data.labels(k).numbers() for k in measured])
            splits = _splits(group, data, plan, seed)
            matrix[:, measured] = held_out_r2(data.latents, values, splits, probe.regressor, plan.standardize)
        if plan.inactive == "zero":
            columns = (data.latents[group.rows, j] for j in range(data.n_latents))
            matrix[np.ix_([bool(np.all(x == x[0])) for x in columns], group.factors)] = 0.0
    return matrix, converged


def _splits(group: Group, data: Representation, plan: _Plan, seed: int | None) -> list[Split]:
    """Return the rows that train and that test, split as if the labeled rows were all there are."""
    rows = group.rows
    if isinstance(rows, slice):
        return make_splits(data.n_samples, plan.test_size, plan.n_folds, seed)
    splits = make_splits(len(rows), plan.test_size, plan.n_folds, seed)
    return [(rows[train], rows[test]) for train, test in splits]


def _resolved(data: Representation, probe: Probe, plan: _Plan, seed: int | None) -> dict[str, Any]:
    """Return the options as they took effect; those that had none are None."""
    classified = bool(_classified(data, probe))
    split = classified or probe.regressor is not None
    settings = probe.settings if split else {"probe": "r2", "C": None, "class_weight": None}
    return {
        **settings,
        "standardize": plan.standardize if split else None,
        "scoring": plan.scoring if classified else None,
        "test_size": plan.test_size if split and plan.n_folds is None else None,
        "cv": plan.n_folds if split else None,
        "random_state": seed if split else None,
    }


def _on_order(data: Representation, classified: list[int], plan: _Plan) -> list[str]:
    """Note factors whose test rows lack most of their values, as they do where sorted rows are split in order."""
    if plan.shuffle or plan.n_folds is not None:
        return []
    lacking = []
    for k in classified:
        codes = data.labels(k).codes[data.labels(k).codes >= 0]
        (_, test), *_ = make_splits(len(codes), plan.test_size, None, None)
        if len(np.unique(codes[test])) < len(np.unique(codes)) / 2:
            lacking.append(data.factor_names[k])
    if not lacking:
        return []
    return [
        f"rows were split in order, and the test rows lack most values of {', '.join(lacking)}: shuffle the rows first"
    ]


def _notes(
    data: Representation, probe: Probe, plan: _Plan, matrices: list[NDArray[np.float64]], converged: bool
) -> list[str]:
    notes = []
    varying = [k for k in range(data.n_factors) if k not in data.degenerate]
    classified = [k for k in varying if k in _classified(data, probe)]
    measured = [k for k in varying if k not in classified]
    if classified and measured:
        names = ", ".join(data.factor_names[k] for k in measured)
        notes.append(f"the mean runs over gaps of accuracy and, for {names}, of R2")
    if ranked := [data.factor_names[k] for k in measured if data.factor_kinds[k] == "categorical"]:
        notes.append(f"R2 takes the labels of {', '.join(ranked)} as numbers, so it depends on how they are numbered.")
        warn(notes[-1], BiasWarning)
    notes += _on_order(data, classified, plan)
    if not converged:
        notes.append("some probes stopped before their optimum; standardize=True or a smaller C helps.")
        warn(notes[-1], ConvergenceWarning)
    if probe.settings["C"] == "tuned":
        notes.append(f"C was chosen for each latent and factor from {C_GRID[0]:g} ... {C_GRID[-1]:g}")
    if negative := sum(int(np.sum(matrix < 0)) for matrix in matrices):
        notes.append(f"{negative} held-out R2 are negative and count as 0 in the gap")
    return notes
