"""Explicitness, Ridgeway and Mozer 2018."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..data.kinds import FactorKinds
from ..data.representation import Representation
from ..kernels.probes.together import PLANES, JointProbe
from ..options import Choice, Flag
from ..reductions.gaps import Aggregate
from ..registry import register
from ..scores.declared import checked
from ..scores.joint import JOINT_OPTIONS, joint_scores, measured, settle_joint
from ..scores.score import Score
from ..scores.settle import prepare
from ..statistics.base import Floats
from ..statistics.joint_scores import JointScores


def _bounds(options: Mapping[str, Any]) -> tuple[float, float]:
    """Return between which values the score lies: below 0 if more pairs are in the wrong order than in the right."""
    return (-1.0 if options["rescale"] else 0.0), 1.0


@register(
    measures="explicitness",
    source="Ridgeway and Mozer 2018, arXiv:1802.05312, sec. 3",
    range=(-1.0, 1.0),
    bounds=_bounds,
    higher_is_better=True,
    needs={"factors"},
    seconds=0.2,
    options={
        **JOINT_OPTIONS,
        "multiclass": Choice(names=PLANES),
        "class_weight": Choice(names=("none", "balanced")),
        "rescale": Flag(),
    },
    invariances={"latent-order", "factor-order", "factor-relabel"},
)
def explicitness(
    latents: ArrayLike | Representation,
    factors: ArrayLike | None = None,
    *,
    multiclass: str = "multinomial",
    C: float = 1.0,
    class_weight: str = "none",
    rescale: bool = True,
    standardize: bool | str = True,
    evaluate_on: str = "test",
    test_size: float | int = 0.2,
    shuffle: bool = True,
    cv: int | None = None,
    n_repeats: int = 1,
    factor_bins: int | None = None,
    factor_kinds: FactorKinds = None,
    degenerate: str = "drop",
    aggregate: str | Aggregate = "mean",
    random_state: int | np.random.Generator | None = 42,
    sample_weight: ArrayLike | None = None,
) -> Score:
    r"""Explicitness: how well a linear classifier on all latents tells each class of a factor from the others.

    .. math:: \frac{1}{K} \sum_k \frac{1}{C_k} \sum_c \left( 2 \, \mathrm{AUC}_{kc} - 1 \right)

    A logistic regression on all latents predicts factor k. :math:`\mathrm{AUC}_{kc}` is the area under the ROC curve of
    its probability of class c on test rows: how often a row of that class has a higher probability than a row of
    another class. Latents that know nothing score 0, latents that separate every class score 1.

    Parameters
    ----------
    latents : array-like of shape (n_samples, n_latents)
        Finite numbers; encoder means as a rule. A :class:`Representation` stands for both arrays.
    factors : array-like of shape (n_samples, n_factors)
        Ground-truth factors. A missing label leaves its row out for that factor, as if it were not there.
    multiclass : {"multinomial", "ovr", "ovr-raw"}, default "multinomial"
        How a linear classifier gives a probability to each of several classes. ``"multinomial"`` is one softmax
        regression. ``"ovr"`` fits a logistic regression of each class against the rest and divides its probability by
        the sum over classes. ``"ovr-raw"`` does not divide: no line then finds the middle one of three ordered classes,
        and a perfect representation scores low.
    C : float, default 1.0
        Inverse strength of the penalty, as in scikit-learn's ``LogisticRegression``. A continuous factor is predicted
        by ridge regression with the penalty 1 / `C`.
    class_weight : {"none", "balanced"}, default "none"
        ``"balanced"`` lets all classes weigh alike in the fit, for ``"ovr"`` and ``"ovr-raw"`` the class and the rest.
    rescale : bool, default True
        Scale of the areas: 2 AUC - 1, which is 0 for noise. Otherwise the score is the mean area, .5 for noise.
    standardize : bool or "min-max", default True
        Bring each latent to mean 0 and deviation 1 on the training rows first, or to the range from 0 to 1. Without it
        the penalty makes the score depend on the scale of the latents.
    evaluate_on : {"test", "train"}, default "test"
        ``"train"`` fits and scores on all rows, as some published code does. Noise then scores above 0.
    test_size : float or int, default 0.2
        Part of the rows that test, between 0 and 1, which is ceil(`test_size` n) rows; or the number of these rows. Not
        used with `cv`.
    shuffle : bool, default True
        Split ``RandomState(random_state).permutation(n)``, test rows first, as scikit-learn's ``train_test_split``
        does. Otherwise the first ceil((1 - `test_size`) n) rows train, or all but the last `test_size`, and the rest
        test.
    cv : int, optional
        Cross-validation in this many folds instead: every row is scored once, by a probe that has not seen it. Rows are
        compared with rows of the same fold.
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
        A constant factor has no value: leave it out of the mean with a warning, count it as 0, or refuse.
    aggregate : {"mean", "median", "min"} or callable, default "mean"
        Makes one number of the defined values.
    random_state : int, Generator or None, default 42
        Seed of the split. A Generator or None draws one, which is recorded.
    sample_weight : array-like of shape (n_samples,), optional
        How much each row counts, where it trains and where it tests; a row of weight 0 is as if it were not there. The
        loss of a row has the weight `C` times its own. A :class:`Representation` may have weights of its own instead.

    Returns
    -------
    Score
        Dimensionless, in [-1, 1], higher is better. ``per_factor`` (n_factors,), the mean over classes and repeats.

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
    A class without training rows or without test rows has no area and is left out of the mean over classes. If no class
    is left, as when all test rows are of one class, the factor scores 0. Notes say so.

    References
    ----------
    Ridgeway and Mozer (2018), Learning Deep Disentangled Embeddings with the F-Statistic Loss, arXiv:1802.05312,
    section 3. The classifier there is one-vs-rest.

    Examples
    --------
    >>> import numpy as np
    >>> v = np.random.default_rng(0).integers(3, size=(200, 2))
    >>> explicitness(v, v)
    1.0
    >>> round(explicitness(v, v, multiclass="ovr-raw"), 2)
    0.67
    """
    options = checked("explicitness", locals())
    probe = JointProbe(options["multiclass"], options["C"], options["class_weight"] == "balanced")
    data, notes = prepare(options, latents, factors)
    statistic = joint_scores(options, data, lambda seed: probe, "auc")
    reduce = partial(ordering, of_numbers=tuple(measured(statistic)), rescale=options["rescale"])
    return settle_joint(
        options,
        statistic,
        reduce,
        notes=notes,
        more=lambda parts: _notes(statistic),
        resolved={"multiclass": options["multiclass"] if statistic.classified else None},
        always=("multiclass", "C"),
    )


def ordering(scores: Floats, of_numbers: tuple[int, ...], rescale: bool) -> Floats:
    """Return 2 AUC - 1 of each factor, or the area itself; of factors predicted as numbers R2, at least 0: (..., k)."""
    parts = 2 * scores - 1 if rescale else scores.copy()
    parts[..., list(of_numbers)] = np.maximum(scores[..., list(of_numbers)], 0.0)
    return np.asarray(parts)


def _notes(statistic: JointScores) -> list[str]:
    """Return notes on factors and classes that have no area."""
    notes, data = [], statistic.data
    if names := ", ".join(data.factor_names[k] for k in measured(statistic)):
        notes.append(f"{names}: R2 of a ridge regression on test rows, in place of areas under ROC curves")
    classes = statistic.classes
    mend = "take cv=5, or encode more rows" if statistic.plan.n_folds is None else "encode more rows"
    unordered = [data.factor_names[k] for k, (counted, _) in classes.items() if not counted]
    if unordered:
        notes.append(
            f"no area can be measured for {', '.join(unordered)}, which scores as chance: its test rows are of one "
            f"class, or of classes without training rows; {mend}"
        )
    fewer = {k: (counted, n) for k, (counted, n) in classes.items() if 0 < counted < n}
    if fewer:
        said = ", ".join(f"{n - counted} of {n} classes of {data.factor_names[k]}" for k, (counted, n) in fewer.items())
        notes.append(f"left out of the mean, because they have no training rows or no test rows: {said}; {mend}")
    return notes
