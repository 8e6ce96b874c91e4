"""Downstream accuracy by the number of training rows, and statistical efficiency, Locatello et al. 2019."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..data.kinds import Circular, FactorKinds
from ..data.representation import Representation
from ..kernels.probes.classifiers import LARGEST_C
from ..kernels.probes.cross_validated import N_FOLDS, STRENGTHS
from ..kernels.probes.table import is_estimator
from ..kernels.probes.together import ENSEMBLES
from ..options import Choice, Integer, Integers, Number, Strategy
from ..reductions.concentration import ratio
from ..reductions.gaps import Aggregate
from ..registry import register
from ..rendering.numbers import number
from ..scores.declared import Options, checked
from ..scores.joint import JOINT_OPTIONS, PENALIZED, measured, notes_on_numbers, predicted_parts, predictor
from ..scores.notes import no_perfect_code
from ..scores.report import Report
from ..scores.settle import prepare, settle
from ..scores.split import check_split, note_on_convergence, notes_on_split, seeds_of, split_settings, test_rows_left
from ..statistics.base import Floats
from ..statistics.predictability import Plan, splits_of
from ..statistics.training_curve import TrainingCurve

# The word for all training rows, as an option spells it.
ALL = "all"
# Part of the way from a guess to a perfect score that is hardly above a guess.
_HARDLY = 0.1


# Why there is no ceiling of the efficiency.
_NO_CEILING = "latents that know nothing are as efficient as any: a guess needs few rows"


@register(
    measures="explicitness",
    source="Locatello et al. 2019, arXiv:1811.12359, sec. 5.4",
    range=(0.0, 1.0),
    higher_is_better=True,
    needs={"factors"},
    rows="steps",
    seconds=0.3,
    options={
        "probe": Strategy(
            table=dict.fromkeys((*PENALIZED, *ENSEMBLES)), accepts=is_estimator, objects="a scikit-learn estimator"
        ),
        "train_sizes": Integers(low=1, names=(ALL,)),
        "few": Integer(low=1),
        "C": Number(low=0.0, high=LARGEST_C, names=("cv",)),
        "scoring": Choice(names=("accuracy", "balanced-accuracy")),
        **{name: JOINT_OPTIONS[name] for name in ("standardize", "test_size", "shuffle", "n_repeats", "factor_bins")},
    },
    invariances={"latent-order", "factor-order", "factor-relabel-in-order"},
    parts={"accuracy": {}, "efficiency": {"unit": "whole", "range": (0.0, np.inf)}},
)
def downstream(
    latents: ArrayLike | Representation,
    factors: ArrayLike | None = None,
    *,
    probe: Any = "multinomial",
    train_sizes: int | str | Sequence[int | str] = (10, 100, 1000, 10000),
    few: int = 100,
    C: float | str | None = None,
    standardize: bool | str = True,
    scoring: str = "accuracy",
    test_size: float | int = 0.2,
    shuffle: bool = True,
    n_repeats: int = 1,
    factor_bins: int | None = None,
    factor_kinds: FactorKinds = None,
    degenerate: str = "drop",
    aggregate: str | Aggregate = "mean",
    random_state: int | np.random.Generator | None = 42,
    sample_weight: ArrayLike | None = None,
) -> Report:
    r"""Downstream accuracy of a probe on all latents, and how much of it the probe reaches with few training rows.

    .. math:: A_m = \frac{1}{K} \sum_k S_k(m), \qquad E = A_{100} / A_{10,000}

    :math:`S_k(m)` is the score, on test rows, of a probe that predicts factor k from all latents and was trained on m
    rows: accuracy for a categorical factor, R2 for a continuous one. :math:`E` is the statistical efficiency. A probe
    on a good code needs few rows.

    Parameters
    ----------
    latents : array-like of shape (n_samples, n_latents)
        Finite numbers; encoder means as a rule. A :class:`Representation` stands for both arrays.
    factors : array-like of shape (n_samples, n_factors)
        Ground-truth factors. A missing label leaves its row out for that factor, as if it were not there.
    probe : {"multinomial", "ovr", "gbt", "forest"} or scikit-learn estimator, default "multinomial"
        What predicts a factor, as in :func:`informativeness`: ``"multinomial"`` is softmax regression and ``"ovr"`` a
        logistic regression of each class against the rest, with ridge regression for continuous factors; ``"gbt"`` are
        scikit-learn's gradient-boosted trees, ``"forest"`` is its random forest.
    train_sizes : int, "all" or sequence of these, default (10, 100, 1000, 10000)
        Numbers of training rows: the first ones of the split. The score is that of the largest, and the matrix has a
        row for each. All training rows take the place of larger sizes.
    few : int, default 100
        The size whose score is divided by that of the largest, in the efficiency. It is one of the sizes in any case,
        if it is below the largest.
    C : float or "cv", optional
        Inverse strength of the penalty of ``"multinomial"`` and ``"ovr"`` (default 1); ridge regression has the penalty
        1 / `C`. ``"cv"`` chooses one of ten values between 1e-4 and 1e4 for each factor and size, in five folds of the
        training rows, as scikit-learn's ``LogisticRegressionCV(Cs=10, cv=KFold(5))``.
    standardize : bool or "min-max", default True
        Bring each latent to mean 0 and deviation 1 on the training rows first, or to the range from 0 to 1.
    scoring : {"accuracy", "balanced-accuracy"}, default "accuracy"
        Share of test rows predicted right, or the mean of that share over the classes that occur among them.
    test_size : float or int, default 0.2
        Part of the rows that test, between 0 and 1, which is ceil(`test_size` n) rows; or the number of these rows.
    shuffle : bool, default True
        Split ``RandomState(random_state).permutation(n)``, test rows first, as scikit-learn's ``train_test_split``
        does. Otherwise the first ceil((1 - `test_size`) n) rows train, or all but the last `test_size`.
    n_repeats : int, default 1
        Repeat with seeds `random_state`, `random_state` + 1, ...; the score is the mean, ``Score.per_repeat`` holds
        each and ``Score.spread`` their standard deviation.
    factor_bins : int, optional
        Cut continuous factors into so many equal-width bins and predict these, instead of scoring them by R2.
    factor_kinds : str, sequence or mapping, optional
        ``"categorical"``, ``"ordinal"``, ``"continuous"``, ``"circular"``, :class:`Circular` or ``"identifier"`` (not
        scored), for all, per factor or by name; inferred by default. Ordinal: classes, as categorical. Circular:
        classes, if there are few angles; else R2 of cosine and sine together.
    degenerate : {"drop", "zero", "raise"}, default "drop"
        A constant factor has no value: leave it out of the mean with a warning, count it as 0, or refuse. The
        efficiency leaves it out.
    aggregate : {"mean", "median", "min"} or callable, default "mean"
        Makes one number of the defined values. The efficiency is a ratio of means.
    random_state : int, Generator or None, default 42
        Seed of the split, and of a probe that draws. A Generator or None draws one, which is recorded.
    sample_weight : array-like of shape (n_samples,), optional
        How much each row counts, where it trains and where it tests; a row of weight 0 is as if it were not there. The
        loss of a row has the weight `C` times its own. Sizes are numbers of rows.

    Returns
    -------
    Report
        ``downstream.accuracy``, dimensionless, in [0, 1], higher is better, with ``per_factor`` (n_factors,) at the
        largest size. ``downstream.efficiency``, a ratio, 0 or more, higher is better. Both have the whole curve in
        ``matrix`` (number of sizes, n_factors), whose rows are named in ``steps``: ``10 rows``, ...

    Raises
    ------
    ShapeError, DTypeError, NonFiniteError
        If the arrays cannot be scored.
    OptionError
        If an option is not known, or the rows cannot be split as asked.
    InputError
        If no factor varies, or weights are no weights.

    Notes
    -----
    A class that no training row has is never predicted, so its test rows count as wrong: with ten training rows that
    are many. A negative R2 counts as 0 in both parts; the matrix keeps it. If the largest size is no more than `few`,
    there is no efficiency, and it is 0.

    References
    ----------
    Locatello, Bauer, Lucic, Gelly, Schoelkopf and Bachem (2019), Challenging Common Assumptions in the Unsupervised
    Learning of Disentangled Representations, arXiv:1811.12359, section 5.4. disentanglement_lib,
    ``evaluation/metrics/downstream_task.py``.

    Examples
    --------
    >>> import numpy as np
    >>> v = np.random.default_rng(0).integers(3, size=(2000, 2))
    >>> report = downstream(v, v, train_sizes=(10, 100, "all"))
    >>> report["downstream.accuracy"].steps
    ('10 rows', '100 rows', 'all rows')
    >>> report["downstream.accuracy"].matrix.round(2)
    array([[0.78, 1.  ],
           [1.  , 1.  ],
           [1.  , 1.  ]])
    """
    options = checked("downstream", locals())
    check_split({**options, "cv": None, "evaluate_on": "test"})
    data, notes = prepare(options, latents, factors)
    curve, n_train = _curve(options, data)
    of_numbers = tuple(measured(curve))
    place = curve.sizes.index(options["few"]) if options["few"] in curve.sizes[:-1] else None
    reductions = {
        "accuracy": partial(at_the_largest, of_numbers=of_numbers),
        "efficiency": partial(share_of_the_largest, few=place, of_numbers=of_numbers),
    }
    on_probes = [*notes_on_split(data, curve), *note_on_convergence(curve), *_notes(options, curve, n_train)]
    on_part: dict[str, list[str]] = {"accuracy": [], "efficiency": _on_efficiency(options, curve, place, n_train)}
    angles = any(isinstance(data.factor_kinds[k], Circular) for k in of_numbers)
    return Report(
        {
            f"downstream.{part}": settle(
                options,
                curve,
                reduce,
                part=part,
                notes=[*notes, *on_probes, *on_part[part]],
                resolved=_resolved(options, curve),
                always=("probe", "C", "train_sizes", "scoring", "standardize", "test_size", "random_state"),
                by_rows=partial(test_rows_left, options["test_size"], data.n_samples),
                no_ceiling=_NO_CEILING if part == "efficiency" else no_perfect_code(data, None, angles),
            )
            for part, reduce in reductions.items()
        }
    )


def at_the_largest(scores: Floats, of_numbers: tuple[int, ...]) -> Floats:
    """Return the score of each factor at the largest size: (..., q, k) -> (..., k)."""
    return predicted_parts(scores[..., -1, :], of_numbers)


def share_of_the_largest(scores: Floats, few: int | None, of_numbers: tuple[int, ...]) -> Floats:
    """Return the mean score at a size over that at the largest: (..., q, k) -> (..., 1); 0 without such a size."""
    means = np.nanmean(predicted_parts(scores, of_numbers), axis=-1)
    if few is None:
        return np.zeros((*means.shape[:-1], 1))
    largest = means[..., -1:]
    return ratio(means[..., [few]], largest)


def _curve(options: Options, data: Representation) -> tuple[TrainingCurve, int]:
    """Return the scores by the number of training rows, and the number of all training rows."""
    _, seeds = seeds_of(options)
    plan = Plan(
        standardize=options["standardize"],
        scoring=options["scoring"],
        evaluate_on="test",
        test_size=options["test_size"],
        n_folds=None,
        shuffle=options["shuffle"],
        latent_bins=None,
        factor_bins=options["factor_bins"],
        inactive="keep",
    )
    probes = tuple(predictor(options, seed) for seed in seeds)
    n_train = max(len(train) for group in data.groups() for train, _ in splits_of(group, data, plan, seeds[0]))
    sizes = _sizes(options, n_train)
    return TrainingCurve(data=data, probes=probes, plan=plan, seeds=seeds, sizes=sizes), n_train


def _resolved(options: Options, curve: TrainingCurve) -> dict[str, Any]:
    """Return the options as they took effect; those that had none are None."""
    probe, penalized = curve.probes[0], options["probe"] in PENALIZED
    settings = split_settings(curve.plan, curve.seeds[0], fitted=True, draws=not penalized)
    has_strength = penalized or (measured(curve) and probe.by_ridge)
    return {
        **{name: settings[name] for name in ("standardize", "test_size", "random_state")},
        "C": ("cv" if probe.tuned else probe.C) if has_strength else None,
        "scoring": options["scoring"] if curve.classified else None,
    }


def _sizes(options: Options, n_train: int) -> tuple[int | None, ...]:
    """Return the sizes below the number of training rows, ascending, and None for all if another one was asked for."""
    given = [n_train if size == ALL else min(size, n_train) for size in _given(options)]
    largest = max(given)
    few = {options["few"]} if options["few"] < largest else set()
    below = sorted({size for size in given if size < largest} | few)
    return (*below, None if largest == n_train else largest)


def _given(options: Options) -> tuple[Any, ...]:
    sizes = options["train_sizes"]
    return sizes if isinstance(sizes, tuple) else (sizes,)


def _notes(options: Options, curve: TrainingCurve, n_train: int) -> list[str]:
    """Return the curve, and what its points leave out."""
    probe = curve.probes[0]
    means = np.nanmean(predicted_parts(curve.matrix, tuple(measured(curve))), axis=1)
    n_rows = [n_train if size is None else size for size in curve.sizes]
    shown = ", ".join(f"{number(mean, 4)} ({n:,})" for mean, n in zip(means, n_rows, strict=True))
    notes = [f"mean score by training rows: {shown}"]
    if beyond := [size for size in _given(options) if size != ALL and size > n_train]:
        larger = ", ".join(map(str, beyond))
        notes.append(f"there are {n_train:,} training rows, and they take the place of train_sizes={larger}")
    notes += notes_on_numbers(curve, probe)
    if curve.classified:
        guess = float(np.nanmean(curve.points[-1].of_a_guess))
        notes.append(f"who always guesses the most frequent class scores {number(guess, 2)} on average")
    if probe.tuned:
        notes.append(
            f"C was chosen for each factor and size from {STRENGTHS[0]:g} ... {STRENGTHS[-1]:g} in {N_FOLDS} folds"
        )
    return notes


def _on_efficiency(options: Options, curve: TrainingCurve, few: int | None, n_train: int) -> list[str]:
    """Return a note if there is no efficiency, or if it says nothing of the latents."""
    if few is None:
        return [
            f"the efficiency is 0: it compares {options['few']:,} training rows with more, and the largest size is "
            f"{curve.sizes[-1] or n_train:,}. Encode more rows and take larger train_sizes, or a smaller number for few"
        ]
    largest = float(np.nanmean(predicted_parts(curve.matrix[-1], tuple(measured(curve)))))
    guess = float(np.nanmean(curve.points[-1].of_a_guess))
    if largest > guess + _HARDLY * (1.0 - guess):
        return []
    return [
        f"the score of the largest size, {number(largest, 2)}, is hardly above a guess, {number(guess, 2)}: the "
        "efficiency of a guess is 1, so it says nothing of these latents. Read the accuracy instead"
    ]
