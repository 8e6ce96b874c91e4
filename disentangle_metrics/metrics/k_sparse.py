"""k-sparse probing, Gurnee et al. 2023."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import ArrayLike

from ..data.kinds import FactorKinds
from ..data.representation import Representation
from ..kernels.probes.classifiers import LARGEST_C
from ..options import Choice, Flag, Integer, Integers, Number, ShareOrCount
from ..reductions.gaps import Aggregate
from ..registry import register
from ..rendering.numbers import number
from ..scores.declared import checked
from ..scores.report import Report
from ..scores.settle import prepare, settle
from ..scores.split import note_on_convergence, seeds_of, test_rows_left
from ..statistics.base import Floats
from ..statistics.sparse_probes import ALL, SparseScores

# Test rows of a class, and as many others, below which a note says so: a row then moves the accuracy by .05.
_FEW = 20


@register(
    measures="compactness",
    source="Gurnee et al. 2023, arXiv:2305.01610, sec. 3.2; SAEBench, Karvonen et al. 2025, arXiv:2503.09532",
    range=(0.0, 1.0),
    higher_is_better=True,
    needs={"factors"},
    rows="steps",
    seconds=0.2,
    options={
        "n_best": Integers(low=1, names=(ALL,)),
        "select": Choice(names=("standardized-difference", "mean-difference")),
        "C": Number(low=0.0, high=LARGEST_C),
        "standardize": Flag(),
        "test_size": ShareOrCount(),
        "shuffle": Flag(),
        "n_repeats": Integer(low=1),
    },
    invariances={"factor-order", "factor-relabel"},
    parts={"accuracy": {}, "auc": {}},
)
def k_sparse(
    latents: ArrayLike | Representation,
    factors: ArrayLike | None = None,
    *,
    n_best: int | str | Sequence[int | str] = (1, 2, 5, ALL),
    select: str = "standardized-difference",
    C: float = 1.0,
    standardize: bool = True,
    test_size: float | int = 0.2,
    shuffle: bool = True,
    n_repeats: int = 1,
    factor_kinds: FactorKinds = None,
    degenerate: str = "drop",
    aggregate: str | Aggregate = "mean",
    random_state: int | np.random.Generator | None = 42,
) -> Report:
    r"""k-sparse probing: how well a linear probe on the k best latents tells each class from the other rows.

    .. math:: A_k(v) = \frac{1}{|V|} \sum_{c \in V} \mathrm{acc}\left( v = c \mid z_{J_k(c)} \right)

    :math:`V` are the classes of a factor. :math:`J_k(c)` are the k latents whose means differ most between the
    training rows of class c and as many other training rows; the difference is divided by the pooled standard
    deviation. A logistic regression on these latents is fitted to the same rows. Its accuracy is taken on test rows of
    the class and as many other test rows, so that chance is 1/2.

    Parameters
    ----------
    latents : array-like of shape (n_samples, n_latents)
        Finite numbers: the activations of a sparse autoencoder, or any other latents. A :class:`Representation` stands
        for both arrays.
    factors : array-like of shape (n_samples, n_factors)
        Ground-truth factors. A missing label leaves its row out for that factor.
    n_best : int, "all" or sequence of these, default (1, 2, 5, 'all')
        Numbers k of latents. The score is that of the first; the matrix has a row for each. More than all latents are
        all latents.
    select : {"standardized-difference", "mean-difference"}, default "standardized-difference"
        What the best latents have most of: the difference of their means over the pooled standard deviation, or the
        difference as it is, in the units of the latents, as in SAEBench.
    C : float, default 1.0
        Inverse strength of the L2 penalty, as in scikit-learn. The intercept is not penalized.
    standardize : bool, default True
        Bring each latent to mean 0 and deviation 1 on the training rows of each class and as many others first.
    test_size : float or int, default 0.2
        Part of the rows that test, between 0 and 1, which is ceil(`test_size` n) rows; or the number of these rows.
    shuffle : bool, default True
        Split ``RandomState(random_state).permutation(n)``, test rows first, as scikit-learn's ``train_test_split``
        does. Otherwise the first ceil((1 - `test_size`) n) rows train, or all but the last `test_size`.
    n_repeats : int, default 1
        Repeat with seeds `random_state`, `random_state` + 1, ...; the score is the mean, ``Score.per_repeat`` holds
        each and ``Score.spread`` their standard deviation.
    factor_kinds : str, sequence or mapping, optional
        ``"categorical"``, ``"ordinal"``, ``"continuous"``, ``"circular"``, :class:`Circular` or ``"identifier"`` (not
        scored), for all, per factor or by name; inferred by default. A continuous factor has two classes, above its
        median or not; a circular factor with many angles the two halves of its turn.
    degenerate : {"drop", "zero", "raise"}, default "drop"
        A constant factor has no value: leave it out of the mean with a warning, count it as 0, or refuse.
    aggregate : {"mean", "median", "min"} or callable, default "mean"
        Makes one number of the defined values.
    random_state : int, Generator or None, default 42
        Seed of the split and of the choice of other rows. A Generator or None draws one, which is recorded.

    Returns
    -------
    Report
        ``k_sparse.accuracy`` and ``k_sparse.auc``, the area under the ROC curve. Each is dimensionless, in [0, 1],
        higher is better. ``per_factor`` (n_factors,) at the first number of latents; ``matrix`` (numbers of latents,
        n_factors), whose rows are named in ``steps``: ``best 1``, ``best 2``, ...

    Raises
    ------
    ShapeError, DTypeError, NonFiniteError
        If the arrays cannot be scored.
    OptionError
        If an option is not known, or the rows cannot be split as asked.
    InputError
        If no factor varies, or latents are too large to be squared.

    Notes
    -----
    The two classes of a binary factor are one problem. A class without training rows scores 1/2. A class without test
    rows is left out of the mean. If the test rows of a factor are all of one class, the factor scores 1/2.

    References
    ----------
    Gurnee, Nanda, Pauly, Harvey, Troitskii and Bertsimas (2023), Finding Neurons in a Haystack: Case Studies with
    Sparse Probing, arXiv:2305.01610, section 3. Karvonen et al. (2025), SAEBench, arXiv:2503.09532;
    ``sae_bench/evals/sparse_probing/probe_training.py``.

    Examples
    --------
    >>> import numpy as np
    >>> v = np.random.default_rng(0).integers(4, size=1000)
    >>> report = k_sparse(np.eye(4)[v], v)  # a latent for each class
    >>> report
    Report(k_sparse.accuracy=1.0000, k_sparse.auc=1.0000)
    >>> score = k_sparse(v[:, None], v, n_best=1)["k_sparse.accuracy"]  # a latent for all of them
    >>> round(score, 2)
    0.91
    """
    options = checked("k_sparse", locals())
    seed, _ = seeds_of(options)
    data, notes = prepare(options, latents, factors)
    given = options["n_best"]
    statistic = partial(
        SparseScores,
        data=data,
        n_best=given if isinstance(given, tuple) else (given,),
        in_units=options["select"] == "mean-difference",
        standardized=options["standardize"],
        C=options["C"],
        test_size=options["test_size"],
        shuffled=options["shuffle"],
        seeds=tuple(seed + repeat for repeat in range(options["n_repeats"])),
    )
    scores = {part: statistic(scoring=part) for part in ("accuracy", "auc")}
    notes += _notes(scores["accuracy"])
    return Report(
        {
            f"k_sparse.{part}": settle(
                options,
                score,
                at_the_first,
                part=part,
                notes=[*notes, _curve(part, score)],
                resolved={"random_state": seed},
                always=("n_best", "select", "C", "standardize", "test_size", "random_state"),
                by_rows=partial(test_rows_left, options["test_size"], data.n_samples),
                of_values=True,
            )
            for part, score in scores.items()
        }
    )


def at_the_first(scores: Floats) -> Floats:
    """Return the scores at the first k: (..., q, n_factors) -> (..., n_factors)."""
    return scores[..., 0, :]


def _curve(part: str, statistic: SparseScores) -> str:
    """Return the note with the mean score over factors at each k, in the order of k."""
    means = np.nanmean(statistic.matrix, axis=1)
    shown = ", ".join(f"{number(mean, 4)} ({k})" for k, mean in zip(statistic.n_best, means, strict=True))
    return f"mean {part} on the best latents: {shown}"


def _notes(statistic: SparseScores) -> list[str]:
    """Return what the scores leave out, or stand on few rows."""
    names, d = statistic.data.factor_names, statistic.data.n_latents
    notes = note_on_convergence(statistic)
    if beyond := [k for k in statistic.n_best if k != ALL and k > d]:
        notes.append(f"n_best={', '.join(map(str, beyond))}: there are only {d} latents, so all of them are taken")
    said = statistic.said[0]
    unknown = [names[k] for k, classes in said.items() if any(not one.trained and len(one.rows) for one in classes)]
    if unknown:
        notes.append(
            f"test rows have classes of {', '.join(unknown)} that no training row has, or training rows have a single "
            "class: each counts as 1/2. Encode more rows, or shuffle them"
        )
    untested = [names[k] for k, classes in said.items() if not any(len(one.rows) for one in classes)]
    if untested:
        notes.append(
            f"the test rows are all of one class of {', '.join(untested)}, so that nothing is tested: it counts as "
            "1/2. Encode more rows, or shuffle them"
        )
    sizes = [
        sum(len(said[k][i].rows) for said in statistic.said) for k, classes in said.items() for i in range(len(classes))
    ]
    if (least := min((size for size in sizes if size), default=_FEW)) < _FEW:
        mend = "encode more rows" if len(statistic.said) > 1 else "take n_repeats=10, and encode more rows"
        notes.append(
            f"few test rows: a class is tested on {least} rows, so that its accuracy moves in steps of "
            f"{1 / least:.2g}; {mend}"
        )
    if measured := [names[k] for k in said if statistic.data.is_measured(k)]:
        notes.append(f"{', '.join(measured)}: the two classes are the numbers above the median and the others")
    return notes
