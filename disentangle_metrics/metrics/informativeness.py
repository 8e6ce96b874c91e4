"""Informativeness, the third number of DCI, Eastwood and Williams 2018."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..data.kinds import FactorKinds
from ..data.representation import Representation
from ..kernels.probes.table import is_estimator
from ..kernels.probes.together import ENSEMBLES
from ..options import Choice, Strategy
from ..reductions.gaps import Aggregate
from ..registry import register
from ..rendering.numbers import number
from ..scores.declared import checked
from ..scores.joint import (
    JOINT_OPTIONS,
    PENALIZED,
    joint_scores,
    measured,
    notes_on_numbers,
    predicted_parts,
    predictor,
    settle_joint,
)
from ..scores.score import Score
from ..scores.settle import prepare
from ..statistics.joint_scores import JointScores


@register(
    measures="explicitness",
    source="Eastwood and Williams 2018, OpenReview By-7dz-AZ, sec. 2",
    range=(0.0, 1.0),
    higher_is_better=True,
    needs={"factors"},
    seconds=0.2,
    options={
        **JOINT_OPTIONS,
        "probe": Strategy(
            table=dict.fromkeys((*PENALIZED, *ENSEMBLES)), accepts=is_estimator, objects="a scikit-learn estimator"
        ),
        "scoring": Choice(names=("accuracy", "balanced-accuracy")),
    },
    invariances={"latent-order", "factor-order", "factor-relabel-in-order"},
)
def informativeness(
    latents: ArrayLike | Representation,
    factors: ArrayLike | None = None,
    *,
    probe: Any = "multinomial",
    C: float | None = None,
    standardize: bool | str = True,
    scoring: str = "accuracy",
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
    r"""Informativeness: how well a probe on all latents together predicts each factor.

    .. math:: \frac{1}{K} \sum_k S_k

    :math:`S_k` is the score of a probe that predicts factor k from all latents. For a categorical factor it is the
    accuracy on test rows, for a continuous factor R2 on test rows. Who always guesses the most frequent class is right
    as often as that class occurs, so latents that know nothing do not score 0. A note gives the score of that guess.

    Parameters
    ----------
    latents : array-like of shape (n_samples, n_latents)
        Finite numbers; encoder means as a rule. A :class:`Representation` stands for both arrays.
    factors : array-like of shape (n_samples, n_factors)
        Ground-truth factors. A missing label leaves its row out for that factor, as if it were not there.
    probe : {"multinomial", "ovr", "gbt", "forest"} or scikit-learn estimator, default "multinomial"
        What predicts a factor. ``"multinomial"`` is softmax regression and ``"ovr"`` a logistic regression of each
        class against the rest, both with scikit-learn's objective (L2, intercept not penalized), at its exact optimum;
        a continuous factor has ridge regression. ``"gbt"`` are scikit-learn's gradient-boosted trees (100 of depth 3),
        ``"forest"`` is its random forest (100 trees), both also for continuous factors. A classifier of scikit-learn
        serves categorical factors, and ridge regression the others; a regressor takes every factor as numbers.
    C : float, optional
        Inverse strength of the penalty of ``"multinomial"`` and ``"ovr"`` (default 1); ridge regression has the penalty
        1 / `C`.
    standardize : bool or "min-max", default True
        Bring each latent to mean 0 and deviation 1 on the training rows first, or to the range from 0 to 1. Without it
        the penalty makes the score of ``"multinomial"`` and ``"ovr"`` depend on the scale of the latents.
    scoring : {"accuracy", "balanced-accuracy"}, default "accuracy"
        Share of test rows predicted right, or the mean of that share over the classes that occur among them.
    evaluate_on : {"test", "train"}, default "test"
        ``"train"`` fits and scores on all rows, as some published code does: a flexible probe then fits noise.
    test_size : float or int, default 0.2
        Part of the rows that test, between 0 and 1, which is ceil(`test_size` n) rows; or the number of these rows. Not
        used with `cv`.
    shuffle : bool, default True
        Split ``RandomState(random_state).permutation(n)``, test rows first, as scikit-learn's ``train_test_split``
        does. Otherwise the first ceil((1 - `test_size`) n) rows train, or all but the last `test_size`, and the rest
        test.
    cv : int, optional
        Cross-validation in this many folds instead: every row is scored once, by a probe that has not seen it.
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
        Seed of the split, and of a probe that draws. A Generator or None draws one, which is recorded.
    sample_weight : array-like of shape (n_samples,), optional
        How much each row counts, where it trains and where it tests; a row of weight 0 is as if it were not there. The
        loss of a row has the weight `C` times its own. A :class:`Representation` may have weights of its own instead.

    Returns
    -------
    Score
        Dimensionless, in [0, 1], higher is better. ``per_factor`` (n_factors,), the mean over repeats. A negative R2
        counts as 0.

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
    A class that no training row has is never predicted, so its test rows count as wrong. The paper's normalized root
    mean square error of a continuous factor is :math:`\sqrt{1 - R^2}`.

    References
    ----------
    Eastwood and Williams (2018), A Framework for the Quantitative Evaluation of Disentangled Representations, ICLR,
    OpenReview By-7dz-AZ, section 2. Published code since reports accuracy in the place of the error.

    Examples
    --------
    >>> import numpy as np
    >>> v = np.random.default_rng(0).integers(3, size=(200, 2))
    >>> informativeness(v, v)
    1.0
    >>> informativeness(v[:, :1], v).per_factor.round(2)
    array([1.  , 0.35])
    """
    options = checked("informativeness", locals())
    probe_of = partial(predictor, options)
    first = probe_of(None)
    data, notes = prepare(options, latents, factors)
    statistic = joint_scores(options, data, probe_of, options["scoring"])
    penalized = options["probe"] in PENALIZED
    predicted = bool(statistic.classified)
    return settle_joint(
        options,
        statistic,
        partial(predicted_parts, of_numbers=tuple(measured(statistic))),
        notes=notes,
        more=lambda parts: [*_on_guessing(statistic), *notes_on_numbers(statistic, first)],
        resolved={
            "probe": first.probe,
            "C": first.C if penalized or (measured(statistic) and first.by_ridge) else None,
            "scoring": options["scoring"] if predicted else None,
        },
        always=("probe", "C", "scoring"),
        draws=not penalized,
    )


def _on_guessing(statistic: JointScores) -> list[str]:
    """Return the note on the score of latents that know nothing."""
    if not statistic.classified:
        return []
    guess = float(np.nanmean(statistic.of_a_guess))
    return [f"who always guesses the most frequent class scores {number(guess, 2)} on average"]
