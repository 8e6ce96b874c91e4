"""R2 of factors from latents, linear or by a kernel, and the table of blocks."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..data.kinds import FactorKinds
from ..data.latent_groups import BLOCKS_OF_FACTORS, BLOCKS_OF_LATENTS, LatentGroups, Units, resolve_units
from ..data.representation import Representation
from ..errors import OptionError
from ..kernels.probes.table import is_estimator, resolve_probe
from ..kernels.regression.models import KernelRidge, LeastSquares, Model, Regressor
from ..options import Choice, Flag, Integer, Option, ShareOrCount, Strategy, resolve_seed
from ..reductions.blocks import best_of_blocks
from ..reductions.gaps import Aggregate
from ..registry import register
from ..scores.declared import Options, checked
from ..scores.notes import no_perfect_code
from ..scores.score import Note, Score
from ..scores.settle import prepare, settle
from ..signature import read_groups
from ..statistics.regressions import Regressions, Training

# Training rows of a kernel, whose time grows with their cube.
_KERNEL_ROWS = 1000


@register(
    measures="explicitness",
    source="Zimmermann et al. 2021, arXiv:2102.08850; blocks: von Kuegelgen et al. 2021, arXiv:2106.04619",
    range=(0.0, 1.0),
    higher_is_better=True,
    seconds=0.02,
    needs={"factors"},
    options={
        "model": Strategy(
            table=dict.fromkeys(("linear", "kernel")), accepts=is_estimator, objects="a scikit-learn regressor"
        ),
        "kernel_rows": Integer(low=1, names=("all",)),
        "test_size": ShareOrCount(),
        "shuffle": Flag(),
        "evaluate_on": Choice(names=("test", "train")),
        "root": Flag(),
        "factor_groups": Option(
            values="sequence of sequences of int or str, or mapping from name to such a sequence",
            page="metrics/r2.md",
            read=read_groups,
        ),
    },
    invariances={"latent-order", "factor-order", "factor-relabel-in-order"},
)
def r2(
    latents: ArrayLike | Representation,
    factors: ArrayLike | None = None,
    *,
    model: Any = "linear",
    kernel_rows: int | str = _KERNEL_ROWS,
    test_size: float | int = 0.5,
    shuffle: bool = True,
    evaluate_on: str = "test",
    root: bool = False,
    latent_groups: LatentGroups = None,
    factor_groups: LatentGroups = None,
    factor_kinds: FactorKinds = None,
    degenerate: str = "drop",
    aggregate: str | Aggregate = "mean",
    sample_weight: ArrayLike | None = None,
    random_state: int | np.random.Generator | None = 42,
) -> Score:
    r"""R2 of each factor from the latents: the share of its variance that a regression on them predicts.

    .. math:: R^2_k = 1 - \frac{\sum_i (v_{ik} - \hat v_{ik})^2}{\sum_i (v_{ik} - \bar v_k)^2}

    The sums run over test rows, and :math:`\hat v` is fitted on training rows. Without groups all latents together
    predict each factor: R2 asks whether the latents hold a factor, and not in how many of them. With groups the matrix
    is the table of block identifiability: how much of each group of factors (content, style) is in each group of
    latents. A group of factors has the mean of their R2.

    Parameters
    ----------
    latents : array-like of shape (n_samples, n_latents)
        Finite numbers; encoder means as a rule. A :class:`Representation` stands for both arrays.
    factors : array-like of shape (n_samples, n_factors)
        Ground-truth factors. A missing label leaves its row out for that factor, as if it were not there.
    model : {"linear", "kernel"} or scikit-learn regressor, default "linear"
        ``"linear"`` is least squares. ``"kernel"`` is ridge regression with a Gaussian kernel; its penalty (1, .1, .01,
        .001) and width (.01, .22, 4.6, 100) are chosen by three folds of the training rows, for all factors of a group
        together. A regressor is fitted to one factor at a time. Latents and factors are first standardized by the
        training rows.
    kernel_rows : int or "all", default 1000
        Training rows of ``model="kernel"`` at most: time grows with their cube and memory with their square (1,000 take
        about a second, 10,000 would take a quarter of an hour and 3 GB). Of more training rows so many are drawn at
        random, by `random_state`, and a note says so.
    test_size : float or int, default 0.5
        Part of the rows that test, between 0 and 1, or the number of these rows.
    shuffle : bool, default True
        Split ``RandomState(random_state).permutation(n)``, test rows first, as scikit-learn's ``train_test_split``
        does. Otherwise the first rows train and the last test.
    evaluate_on : {"test", "train"}, default "test"
        ``"train"`` fits and scores on all rows, as some published code does: d latents of noise then score about d / n.
    root : bool, default False
        Take the root of each R2, the multiple correlation R, which can be compared with :func:`mcc`.
    latent_groups : sequence of sequences of int or str, or mapping from name to such a sequence, optional
        Latents that are scored together, ``[(0, 1), (2,)]`` or ``{"orientation": ["z0", "z1"], "x": ["z2"]}``: each
        group is one row of the matrix, and latents in no group are left out. A factor has the R2 of the best group.
    factor_groups : sequence of sequences of int or str, or mapping from name to such a sequence, optional
        Factors that are scored together, ``{"content": ["shape", "size"], "style": ["hue"]}``: each group is one column
        of the matrix and one part of the score, and factors in no group are left out.
    factor_kinds : str, sequence or mapping, optional
        ``"categorical"``, ``"ordinal"``, ``"continuous"``, ``"circular"``, :class:`Circular` or ``"identifier"`` (not
        scored), for all, per factor or by name; inferred by default. Ordinal labels are predicted as their places in
        the order, 0, 1, 2, ..., three classes or more as an indicator of each, and angles as cosine and sine; the
        errors of a factor's columns are added. Published code takes every label as a number: ``"continuous"``.
    degenerate : {"drop", "zero", "raise"}, default "drop"
        A constant factor has no value: leave it out of the mean with a warning, count it as 0, or refuse.
    aggregate : {"mean", "median", "min"} or callable, default "mean"
        Makes one number of the defined values.
    sample_weight : array-like of shape (n_samples,), optional
        How much each row counts, where it trains and where it tests; a row of weight 0 is as if it were not there. The
        split is by rows, whatever they weigh. A :class:`Representation` may have weights of its own instead.
    random_state : int, Generator or None, default 42
        Seed of the split, and of the rows that train a kernel. A Generator or None draws one, which is recorded.

    Returns
    -------
    Score
        Dimensionless, in [0, 1], higher is better. ``per_factor`` (n_factors,), or a value for each group of factors: a
        negative R2, which is worse than the mean of the test rows, counts as 0. ``matrix`` (number of groups of
        latents, number of factors or of their groups), R2 with its sign, NaN for a constant factor.

    Raises
    ------
    ShapeError, DTypeError, NonFiniteError
        If the arrays cannot be scored.
    OptionError
        If an option is not known, or the rows cannot be split as asked.
    InputError
        If no factor varies, or a factor has more than 1,000 classes.

    Notes
    -----
    If the test rows have a single value of a factor, its R2 is 0. Of latents that say the same, or of more latents than
    training rows, the linear model takes the coefficients of least length.

    References
    ----------
    Zimmermann, Sharma, Schneider, Bethge and Brendel (2021), Contrastive Learning Inverts the Data Generating Process,
    arXiv:2102.08850: linear R2. Von Kuegelgen, Sharma, Gresele, Brendel, Schoelkopf, Besserve and Locatello (2021),
    Self-Supervised Learning with Data Augmentations Provably Isolates Content from Style, arXiv:2106.04619: blocks.
    Lachapelle et al. (2022), arXiv:2107.10098: the root. Chen et al. (2025), CausalVerse, arXiv:2510.14049: the kernel.

    Examples
    --------
    >>> import numpy as np
    >>> v = np.random.default_rng(0).normal(size=(200, 3))
    >>> mixed = v @ [[1, 1, 0], [1, -1, 0], [0, 0, 2]]
    >>> r2(mixed, v)
    1.0
    >>> score = r2(mixed, v, latent_groups={"a": [0, 1], "b": [2]}, factor_groups={"content": [0, 1], "style": [2]})
    >>> score.matrix.round(1) + 0.0
    array([[1., 0.],
           [0., 1.]])
    """
    options = checked("r2", locals())
    drawn = resolve_seed(random_state, 1)
    same_rows = options["evaluate_on"] == "train"
    fitted = _model(options, drawn)
    data, before = prepare(options, latents, factors)
    units = resolve_units(latent_groups, data.latent_names, BLOCKS_OF_LATENTS)
    blocks = resolve_units(factor_groups, data.factor_names, BLOCKS_OF_FACTORS)
    statistic = Regressions(
        data=data,
        model=fitted,
        training=Training(options["test_size"], drawn if options["shuffle"] else None, same_rows),
        units=units or Units(("all latents",), (tuple(range(data.n_latents)),), data.latent_names),
        blocks=blocks and blocks.members,
    )
    groups = [*(units.notes() if units else []), *(blocks.notes("factor") if blocks else [])]

    def notes(parts: NDArray[np.float64]) -> list[Note]:
        return [*before, *groups, *_notes(statistic, options)]

    return settle(
        options,
        statistic,
        partial(best_of_blocks, members=statistic.members, root=options["root"]),
        resolved={
            "random_state": drawn if _uses_seed(options, statistic) else None,
            "test_size": None if same_rows else options["test_size"],
            "kernel_rows": options["kernel_rows"] if options["model"] == "kernel" else None,
        },
        always=("model", "kernel_rows", "test_size", "evaluate_on", "random_state"),
        notes=notes,
        units=statistic.units,
        blocks=blocks,
        by_rows=partial(_test_rows, options["test_size"], data.n_samples),
        no_ceiling=no_perfect_code(data, units, False),
    )


def _model(options: Options, seed: int) -> Model:
    """Return the model of the options.

    Raises
    ------
    OptionError
        If an estimator is no regressor, or an option has no effect on the model.
    """
    model, rows = options["model"], options["kernel_rows"]
    if model == "kernel":
        return KernelRidge(None if rows == "all" else rows)
    if rows != _KERNEL_ROWS:
        raise OptionError(f"kernel_rows={rows!r} belongs to model='kernel' and not to {model!r}. Leave it out.")
    if isinstance(model, str):
        return LeastSquares()
    regressor = resolve_probe(model, None, None, seed).regressor
    if regressor is None:
        raise OptionError(f"model={model!r} is a classifier, and R2 needs a regressor, for example Ridge().")
    return Regressor(regressor)


def _uses_seed(options: Options, statistic: Regressions) -> bool:
    """Return whether the score depends on the seed."""
    split = options["shuffle"] and options["evaluate_on"] == "test"
    return split or not isinstance(options["model"], str) or any(tested.n_left for tested in statistic.tested)


def _test_rows(test_size: float | int, n_samples: int, n_left: int) -> dict[str, Any]:
    """Return how many rows test when fewer are left: as large a part, where the option counts rows."""
    is_count = isinstance(test_size, (int, np.integer))
    return {"test_size": max(1, int(test_size) * n_left // n_samples)} if is_count else {}


def _notes(statistic: Regressions, options: Options) -> list[str]:
    notes = _on_classes(statistic.data, options["model"])
    matrix = statistic.matrix
    if negative := int(np.sum(matrix < 0)):
        notes.append(
            f"{negative} of {matrix.size} R2 {'is' if negative == 1 else 'are'} negative, worse than the mean of the "
            f"test rows, and {'counts' if negative == 1 else 'count'} as 0"
        )
    if left := max((tested.n_left for tested in statistic.tested), default=0):
        n_train = max(tested.n_train for tested in statistic.tested)
        notes.append(
            f"{n_train - left} of {n_train} training rows train the kernel, drawn at random (kernel_rows='all' takes "
            "all, in time that grows with their cube)"
        )
    most = max(map(len, statistic.units.members))
    fewest = min(tested.n_train for tested in statistic.tested)
    if options["evaluate_on"] == "train":
        share = min(most / max(fewest - 1, 1), 1.0) ** (0.5 if options["root"] else 1.0)
        notes.append(
            "scored on the rows that trained the models, which also count what they fitted of the noise"
            + (f": {most} latents of noise score {share:.2g} on {fewest} rows" if options["model"] == "linear" else "")
        )
    elif options["model"] == "linear" and most >= fewest - 1:
        notes.append(
            f"{most} latents fit the {fewest} training rows whole, noise included: take more rows, or fewer latents"
        )
    return notes


def _on_classes(data: Representation, model: Any) -> list[str]:
    """Return a note on factors of three classes or more, which a line on one latent predicts badly."""
    classes = [
        data.factor_names[k]
        for k in range(data.n_factors)
        if data.factor_kinds[k] == "categorical" and data.labels(k).n_values > 2 and k not in data.degenerate
    ]
    if not classes or model != "linear":
        return []
    return [
        f"labels of {', '.join(classes)} are predicted as an indicator of each class, of which a line on one latent, "
        "perfect or not, predicts little: if they are numbers, pass factor_kinds='continuous' or 'ordinal', else "
        "model='kernel'"
    ]
