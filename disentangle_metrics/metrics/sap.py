"""Separated attribute predictability (SAP), Kumar et al. 2018."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..data.kinds import FactorKinds
from ..data.latent_groups import LatentGroups, resolve_units
from ..data.representation import Representation
from ..data.targets import Targets, resolve_targets
from ..errors import BiasWarning, OptionError, warn
from ..kernels.discretizing.discretizers import MAX_BINS
from ..kernels.probes.classifiers import C_GRID, LARGEST_C
from ..kernels.probes.table import PROBES, SCORINGS, TUNED_PROBES, Probe, draws, is_estimator, is_tuned, resolve_probe
from ..options import Choice, Flag, Integer, Number, ShareOrCount, Strategy
from ..reductions.gaps import Aggregate
from ..reductions.halves import check_choice_of_latents, gaps_of_halves, note_on_negative
from ..registry import register
from ..scores.declared import Options, checked
from ..scores.notes import no_perfect_code, no_targets
from ..scores.recipe import Debiasing
from ..scores.score import Note, Score
from ..scores.settle import prepare, settle
from ..scores.split import check_split, note_on_convergence, notes_on_split, seeds_of, split_settings, test_rows_left
from ..statistics.base import Resampled
from ..statistics.predictability import Plan, classified, unusual_correlations
from ..statistics.predictions import ProbeScores

# Options by which every probe of a call is trained and tested.
_PLAN = ("standardize", "scoring", "evaluate_on", "test_size", "shuffle", "latent_bins", "factor_bins", "inactive")


def _bounds(options: Mapping[str, Any]) -> tuple[float, float]:
    """Return between which values the gap lies: below 0 where other rows chose the two latents."""
    return 0.0 if options["select_on"] is options["targets"] is None else -1.0, 1.0


@register(
    measures="compactness",
    source="Kumar et al. 2018, arXiv:1711.00848, sec. 3",
    range=(0.0, 1.0),
    bounds=_bounds,
    higher_is_better=True,
    traits={"gap"},
    seconds=0.04,
    options={
        "probe": Strategy(
            table=dict.fromkeys(PROBES),
            strategies=TUNED_PROBES,
            accepts=is_estimator,
            objects="a scikit-learn estimator",
        ),
        "C": Number(low=0.0, high=LARGEST_C, names=("tuned",)),
        "class_weight": Choice(names=("none", "balanced")),
        "standardize": Flag(),
        "scoring": Choice(names=tuple(SCORINGS)),
        "evaluate_on": Choice(names=("test", "train")),
        "test_size": ShareOrCount(),
        "shuffle": Flag(),
        "cv": Integer(low=2),
        "n_repeats": Integer(low=1),
        "validation_size": Number(low=0.0, high=1.0),
        "latent_bins": Integer(low=2, high=MAX_BINS),
        "factor_bins": Integer(low=2, high=MAX_BINS),
    },
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
    evaluate_on: str = "test",
    test_size: float | int = 0.2,
    shuffle: bool = True,
    cv: int | None = None,
    n_repeats: int = 1,
    validation_size: float = 0.2,
    latent_bins: int | None = None,
    factor_bins: int | None = None,
    factor_kinds: FactorKinds = None,
    degenerate: str = "drop",
    inactive: str | float = "keep",
    aggregate: str | Aggregate = "mean",
    random_state: int | np.random.Generator | None = 42,
    latent_groups: LatentGroups = None,
    sample_weight: ArrayLike | None = None,
    select_on: str | None = None,
    one_hot: bool = False,
    targets: Targets = None,
) -> Score:
    r"""Separated attribute predictability: for each factor, the lead of the latent that predicts it best.

    .. math:: \frac{1}{K} \sum_k \left( S_{(1)k} - S_{(2)k} \right)

    :math:`S_{jk}` is the score of latent j alone as a predictor of factor k. For a categorical factor it is the score
    of a classifier on test rows, for a continuous factor the squared Pearson correlation over all rows. The gap is 0 if
    two latents predict a factor equally well. With a linear classifier perfect latents do not score 1, because on one
    coordinate it cannot separate the middle class of three ordered classes from its neighbors.

    Parameters
    ----------
    latents : array-like of shape (n_samples, n_latents), n_latents >= 2
        Finite numbers; encoder means as a rule. A :class:`Representation` stands for both arrays.
    factors : array-like of shape (n_samples, n_factors)
        Ground-truth factors. A missing label leaves its row out for that factor, as if it were not there.
    probe : str, Tree, Histogram, KNN or scikit-learn estimator, default "logistic"
        What predicts a categorical factor. Lines: ``"logistic"`` and ``"linear-svm"`` are one-vs-rest with liblinear's
        objective (L2, penalized intercept), ``"multinomial"`` is softmax regression with scikit-learn's (L2,
        intercept not penalized), each at its exact optimum. Pieces: ``"threshold"`` makes the cuts that are best for
        balanced accuracy, ``"tree"`` is a decision tree of depth 9, ``"histogram"`` takes the most frequent class in
        each of 20 bins, ``"knn"`` among the 5 nearest rows, ``"gaussian-nb"`` is Gaussian naive Bayes.
        :class:`Tree`, :class:`Histogram` and :class:`KNN` set other depths, bins and numbers of neighbors. ``"r2"``
        takes the labels of every factor as numbers, which is wrong where their order means nothing. A classifier of
        scikit-learn serves categorical factors, a regressor takes all of them as numbers and is scored by held-out R2.
    C : float or "tuned", optional
        Inverse strength of the penalty of ``"logistic"``, ``"multinomial"`` (default 0.1) or ``"linear-svm"`` (0.01).
        ``"tuned"`` picks one of 1e-4, 1e-3, ..., 1e4 for each latent and factor on training rows alone.
    class_weight : {"none", "balanced"}, optional
        For ``"logistic"`` (default ``"none"``) and ``"linear-svm"`` (``"balanced"``). ``"balanced"`` weighs as
        liblinear does: n / (K n_c) for the positive class of each one-vs-rest problem, 1 for the rest; both sides if
        there are two classes.
    standardize : bool, default True
        Bring each latent to mean 0 and deviation 1 on the training rows first. Without it the penalty makes the score
        of the linear probes depend on the latents' scale and offset. Probes that only compare values of one latent
        (``"threshold"``, ``"histogram"``, ``"knn"``, ``"gaussian-nb"``) see them as they came in any case; a tree then
        compares them in double precision, and without it in single precision, as scikit-learn does.
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
    validation_size : float, default 0.2
        Part of the training rows that are held out to choose what is ``"tuned"``, by the same seed. Test rows are
        never looked at.
    latent_bins : int, optional
        Put the number of its equal-width bin, 1, ..., `latent_bins`, over all rows, in place of each latent's value.
    factor_bins : int, optional
        Cut continuous factors into so many equal-width bins and predict these, instead of scoring them by R2.
    factor_kinds : str, sequence or mapping, optional
        ``"categorical"``, ``"ordinal"``, ``"continuous"``, ``"circular"``, :class:`Circular` or ``"identifier"`` (not
        scored), for all, per factor or by name; inferred by default. Ordinal: classes, of which ``"threshold"`` keeps
        the order; for ``"r2"`` the squared Spearman correlation. Circular: classes, if there are few angles; else, and
        for ``"r2"``, the squared circular-linear correlation, that of the latent with cosine and sine (Mardia 1976).
    degenerate : {"drop", "zero", "raise"}, default "drop"
        A constant factor has no value: leave it out of the mean with a warning, count it as 0, or refuse.
    inactive : {"keep", "zero", "collapsed"} or float, default "keep"
        A constant latent scores as the probe makes it (the majority class), or 0. A number gives 0 to every latent
        whose variance is that or less. ``"collapsed"`` takes inactive latents as constant: a mean KL from the prior
        below 0.01 nats where the posterior is known, else a variance below a fiftieth of the largest.
    aggregate : {"mean", "median", "min"} or callable, default "mean"
        Makes one number of the defined values.
    random_state : int, Generator or None, default 42
        Seed of the split. A Generator or None draws one, which is recorded.
    latent_groups : sequence of sequences of int or str, or mapping from name to such a sequence, optional
        Latents that are scored together, ``[(0, 1), (2,)]`` or ``{"orientation": ["z0", "z1"], "x": ["z2"]}``: each
        group is one row of the matrix, and latents in no group are left out. The probe sees all members; R2 is the
        squared multiple correlation, for a circular factor that of its cosine and sine together.
    sample_weight : array-like of shape (n_samples,), optional
        How much each row counts, where it trains and where it tests; a row of weight 0 is as if it were not there. The
        split is by rows, whatever they weigh. The loss of a row has the weight `C` times its own, so their scale
        matters to ``"logistic"``, ``"multinomial"`` and ``"linear-svm"``. A :class:`Representation` may have weights of
        its own instead.
    select_on : {"half"}, optional
        Choose the two best latents of each factor on a random half of the test rows (for R2, of all rows) and measure
        their gap on the other half, then the other way round, and take the mean. No probe is fitted again. The gap of
        noise is then 0 on average, and may be negative.
    one_hot : bool, default False
        Take each factor apart into its values, a binary factor for each, and weigh them by how often they occur: for
        sparse codes, which have a latent for each value.
    targets : mapping from factor to latent, optional
        The latent that is meant for a factor, by name or index: its gap is its lead over the best of the others, and
        negative if one of these knows more. Factors without a target have the gap of the best latent.

    Returns
    -------
    Score
        Dimensionless, in [0, 1], higher is better. ``per_factor`` (n_factors,), the mean gap over repeats; ``matrix``
        (n_latents or n_groups, n_factors), the mean :math:`S_{jk}` over repeats and halves, NaN for a constant factor.

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
    options = checked("sap", locals())
    planned = {name: options[name] for name in _PLAN}
    planned["inactive"] = "keep" if planned["inactive"] == "collapsed" else planned["inactive"]  # `prepare` sees to it
    plan = Plan(n_folds=options["cv"], **planned)
    _check_together(options)
    drawn, seeds = seeds_of(options)
    size = options["validation_size"]
    probes = [resolve_probe(options["probe"], options["C"], options["class_weight"], s, size) for s in seeds]
    settled = probes[0]
    if plan.factor_bins is not None and settled.classifier is None:
        raise OptionError(f"factor_bins={factor_bins} needs a classifier and probe={probe!r} is none. Leave it out.")

    data, notes_on_data = prepare(options, latents, factors)
    units = resolve_units(latent_groups, data.latent_names)
    meant = resolve_targets(targets, data.factor_names, units.names if units else data.latent_names)
    before = [*notes_on_data, *(units.notes() if units else [])]
    if units and units.joint:
        probes = [p.with_joint(size, s) for p, s in zip(probes, seeds, strict=True)]
    halves_seed = drawn if options["select_on"] else None
    statistic = ProbeScores(
        data=data, probes=tuple(probes), plan=plan, seeds=seeds, units=units, halves_seed=halves_seed
    )
    resolved = _resolved(data, probes[0], plan, seeds[0], size)

    def notes(gaps: NDArray[np.float64]) -> list[Note]:
        on_leads = meant.notes(gaps) if meant else note_on_negative(gaps)
        return [*before, *_notes(data, settled, statistic), *on_leads]

    return settle(
        options,
        statistic,
        partial(gaps_of_halves, targets=meant and meant.rows),
        resolved={
            **resolved,
            **({"random_state": drawn} if options["select_on"] else {}),
            "targets": meant and meant.setting,
        },
        always=("probe", "C", "standardize", "scoring", "test_size", "cv", "random_state", "select_on"),
        notes=notes,
        units=units,
        by_rows=partial(test_rows_left, plan.test_size, data.n_samples),
        debias=None if meant else partial(_less_luck, matrix=statistic.matrix),
        no_ceiling=no_targets(meant is not None)
        or no_perfect_code(data, units, resolved["scoring"] is None or "circular" in resolved.get("correlation", {})),
    )


def _check_together(options: Options) -> None:
    """Raise OptionError if an option was given that would have no effect, or no meaning."""
    check_choice_of_latents(options["targets"], options["select_on"])
    check_split(options)
    if options["evaluate_on"] == "train" and options["select_on"] is not None:
        raise OptionError("select_on='half' needs test rows, and evaluate_on='train' has none. Leave one of them out.")


def _less_luck(predictions: Resampled, matrix: NDArray[np.float64]) -> Debiasing:
    from ..debiasing.predicted_gaps import PredictedGaps

    return PredictedGaps(matrix)


def _resolved(data: Representation, probe: Probe, plan: Plan, seed: int | None, size: float) -> dict[str, Any]:
    """Return the options as they took effect; those that had none are None."""
    predicted = bool(classified(data, probe, plan))
    fitted = predicted or probe.regressor is not None
    correlations = unusual_correlations(data, probe, plan)
    settings = probe.settings if fitted else {"probe": "r2", "C": None, "class_weight": None}
    return {
        **settings,
        "scoring": plan.scoring if predicted else None,
        "validation_size": size if fitted and is_tuned(probe) else None,
        **split_settings(plan, seed, fitted=fitted, draws=draws(probe)),
        **({"correlation": correlations} if correlations else {}),
    }


def _notes(data: Representation, probe: Probe, statistic: ProbeScores) -> list[str]:
    notes = []
    varying = [k for k in range(data.n_factors) if k not in data.degenerate]
    predicted = [k for k in varying if k in statistic.classified]
    measured = [k for k in varying if k not in predicted]
    if predicted and measured:
        names = ", ".join(data.factor_names[k] for k in measured)
        notes.append(f"the mean runs over gaps of accuracy and, for {names}, of R2")
    if ranked := [data.factor_names[k] for k in measured if data.factor_kinds[k] == "categorical"]:
        notes.append(f"R2 takes the labels of {', '.join(ranked)} as numbers, so it depends on how they are numbered.")
        warn(notes[-1], BiasWarning)
    notes += [*notes_on_split(data, statistic), *note_on_convergence(statistic)]
    if probe.settings["C"] == "tuned":
        notes.append(f"C was chosen for each latent and factor from {C_GRID[0]:g} ... {C_GRID[-1]:g}")
    if negative := sum(int(np.sum(matrix < 0)) for matrix in statistic.matrices):
        notes.append(f"{negative} held-out R2 are negative and count as 0 in the gap")
    return notes
