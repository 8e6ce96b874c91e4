"""Mean correlation coefficient (MCC), Hyvarinen and Morioka 2016."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..data.kinds import FactorKinds
from ..data.representation import Representation
from ..errors import OptionError
from ..options import Choice, Flag, resolve_seed
from ..reductions.gaps import Aggregate
from ..reductions.matching import matched
from ..registry import register
from ..scores.declared import Options, checked
from ..scores.notes import no_perfect_code
from ..scores.recipe import Debiasing
from ..scores.score import Note, Score
from ..scores.settle import prepare, settle
from ..statistics.correlations import MAPPINGS, Correlations
from ..statistics.factor_shapes import CORRELATIONS, correlations_by_kind

# A factor that counts for less than one by no more than this is no sum of others.
_ROUNDING = 1e-9


def _bounds(options: Mapping[str, Any]) -> tuple[float, float]:
    """Return between which values the correlation lies: below 0 where other rows chose the direction."""
    return (-1.0 if options["held_out"] else 0.0), 1.0


@register(
    measures="compactness",
    source="Hyvarinen and Morioka 2016, arXiv:1605.06336; Khemakhem et al. 2020, arXiv:2002.11537, sec. 5",
    range=(0.0, 1.0),
    bounds=_bounds,
    higher_is_better=True,
    seconds=0.2,
    needs={"factors"},
    traits={"chance"},
    options={
        "correlation": Choice(names=CORRELATIONS),
        "mapping": Choice(names=MAPPINGS),
        "held_out": Flag(),
        "average": Choice(names=("factors", "matched")),
    },
    invariances={"row-order", "latent-order", "factor-order", "factor-relabel"},
)
def mcc(
    latents: ArrayLike | Representation,
    factors: ArrayLike | None = None,
    *,
    correlation: str = "auto",
    mapping: str | None = None,
    held_out: bool = False,
    average: str = "factors",
    factor_kinds: FactorKinds = None,
    degenerate: str = "drop",
    aggregate: str | Aggregate = "mean",
    sample_weight: ArrayLike | None = None,
    random_state: int | np.random.Generator | None = 42,
) -> Score:
    r"""Mean correlation coefficient: for each factor, the absolute correlation with a latent of its own.

    .. math:: \max_{\pi} \frac{1}{K} \sum_k \left| \operatorname{corr}(z_{\pi(k)}, v_k) \right|

    :math:`\pi` gives each factor another latent, so that the sum is as large as possible. MCC is 1 if the latents are
    the factors in another order, with other signs, scales and offsets. It does not see a second latent that holds the
    same factor, nor a latent that holds two factors besides. With a `mapping` it compares linear maps of the latents,
    and is 1 for latents that are any invertible linear map of the factors.

    Parameters
    ----------
    latents : array-like of shape (n_samples, n_latents)
        Finite numbers; encoder means as a rule. A :class:`Representation` stands for both arrays.
    factors : array-like of shape (n_samples, n_factors)
        Ground-truth factors. A missing label leaves its row out for that factor, as if it were not there.
    correlation : {"auto", "pearson", "spearman", "eta"}, default "auto"
        What is measured of a latent and a factor. ``"pearson"`` takes the labels as numbers, ``"spearman"`` their ranks
        and those of the latent (equal values share the mean of theirs). ``"eta"`` takes labels as classes without an
        order: the correlation ratio, the root of the sum of squares between classes over the whole sum of squares.
        ``"auto"`` takes Pearson's correlation for a continuous factor and for two classes, Spearman's for an ordinal
        factor, and eta for three classes or more. For a circular factor each is the correlation with the best sum of
        cosine and sine (circular-linear, Mardia 1976); of the latent's ranks for ``"spearman"``.
    mapping : {"linear", "cca"}, optional
        ``"linear"`` correlates each factor with its least-squares fit from all latents (for classes, with the first
        discriminant): the multiple correlation R. ``"cca"`` takes the mean of the canonical correlations of latents and
        factors; each counts for the factors by its squared weights in whitened factors. By default, the latents
        themselves are matched (strong identifiability; with a mapping, weak).
    held_out : bool, default False
        Choose latent, sign and fit on a random half of the rows and take the correlation, with its sign, on the other
        half, then the other way round, and take the mean. Latents without information then score 0 on average. On the
        same rows they score more: the more, the more latents and the fewer rows.
    average : {"factors", "matched"}, default "factors"
        The mean runs over all factors, and a factor without a latent of its own, where there are fewer latents than
        factors, counts as 0. ``"matched"`` leaves such factors out, as most published code does.
    factor_kinds : str, sequence or mapping, optional
        ``"categorical"``, ``"ordinal"``, ``"continuous"``, ``"circular"``, :class:`Circular` or ``"identifier"`` (not
        scored), for all, per factor or by name; inferred by default. Whole numbers are categorical unless this says
        that they are measurements, as published code takes them: ``"continuous"``.
    degenerate : {"drop", "zero", "raise"}, default "drop"
        A constant factor has no value: leave it out of the mean with a warning, count it as 0, or refuse.
    aggregate : {"mean", "median", "min"} or callable, default "mean"
        Makes one number of the defined values.
    sample_weight : array-like of shape (n_samples,), optional
        How much each row counts; a row of weight 0 is as if it were not there. Means, ranks and fits are weighted. A
        :class:`Representation` may have weights of its own instead.
    random_state : int, Generator or None, default 42
        Seed of the halves. A Generator or None draws one, which is recorded.

    Returns
    -------
    Score
        Dimensionless, in [0, 1] (held out in [-1, 1]), higher is better. ``per_factor`` (n_factors,); ``matrix``
        (n_latents, n_factors), the correlations with their signs (eta has none), NaN for a constant factor. With a
        mapping, its rows are the sums of latents.

    Raises
    ------
    ShapeError, DTypeError, NonFiniteError
        If the arrays cannot be scored.
    OptionError
        If an option is not known, or the correlation does not fit a factor: Pearson's or Spearman's for three classes
        or more, eta for a continuous factor, ``"cca"`` for classes and angles.
    InputError
        If no factor varies, or there are too few rows with labels.

    Notes
    -----
    A constant latent correlates with nothing: 0. If several assignments have the largest sum, for example because two
    factors are the same, a factor counts the mean over these assignments, so that no order of columns decides.

    References
    ----------
    Hyvarinen and Morioka (2016), Unsupervised Feature Extraction by Time-Contrastive Learning and Nonlinear ICA,
    arXiv:1605.06336. Khemakhem, Monti, Kingma and Hyvarinen (2020), ICE-BeeM, arXiv:2002.11537, which has the weak form
    by canonical correlation.

    Examples
    --------
    >>> import numpy as np
    >>> v = np.random.default_rng(0).normal(size=(100, 2))
    >>> mcc(-3 * v[:, ::-1] + 7, v)
    1.0
    >>> rotated = v @ [[1, 1], [1, -1]]
    >>> round(mcc(rotated, v), 2), round(mcc(rotated, v, mapping="linear"), 2)
    (0.71, 1.0)
    """
    options = checked("mcc", locals())
    if options["average"] == "matched" and options["aggregate"] != "mean":
        raise OptionError(f"average='matched' is a mean, and aggregate={aggregate!r} is not. Leave one of them out.")
    seed = resolve_seed(random_state, 1) if options["held_out"] else None
    data, before = prepare(options, latents, factors)
    by_kind = correlations_by_kind(data, options["correlation"])
    statistic = Correlations(
        data=data, correlation=options["correlation"], mapping=options["mapping"], halves_seed=seed
    )

    counts = _counts(statistic, options)

    def notes(parts: NDArray[np.float64]) -> list[Note]:
        return [*before, *_notes(data, options, by_kind, parts[0], round(float(counts.sum())))]

    at_most = data.n_latents if options["average"] == "matched" else None
    unlike = at_most is not None or (counts < 1).any()
    return settle(
        options,
        statistic,
        matched,
        resolved={"random_state": seed, "correlations": by_kind},
        always=("correlation", "mapping", "held_out"),
        notes=notes,
        units=statistic.together,
        aggregate=partial(_mean, counts=counts, at_most=at_most) if unlike and options["aggregate"] == "mean" else None,
        debias=_less_chance,
        no_ceiling=no_perfect_code(data, None, "circular-linear" in by_kind.values()),
    )


def _less_chance(correlations: Any) -> Debiasing:
    from ..debiasing.adjusted_correlations import AdjustedCorrelations

    return AdjustedCorrelations(correlations)


def _counts(statistic: Correlations, options: Options) -> NDArray[np.float64]:
    """Return how much each factor counts in the mean, of those that have a value: 1, or less if it is a sum of others.

    The mean of canonical correlations runs over the directions of the factors, and not over the factors.
    """
    data, parts = statistic.data, statistic.values[0]
    own = [np.ones(data.n_factors) if part.own is None else part.own for part in parts]
    counts = np.delete(np.mean(own, axis=0), [] if options["degenerate"] == "zero" else list(data.degenerate))
    return np.where(counts > 1 - _ROUNDING, 1.0, counts)


def _mean(values: NDArray[np.float64], counts: NDArray[np.float64], at_most: int | None) -> float:
    """Return the mean over factors, or over so many of them as have a latent; the others count 0."""
    whole = counts.sum()
    return float((counts * values).sum() / (whole if at_most is None else min(whole, at_most)))


def _notes(
    data: Representation,
    options: Options,
    by_kind: Mapping[str, str],
    parts: NDArray[np.float64],
    n_directions: int,
) -> list[str]:
    notes = []
    if len(set(by_kind.values())) > 1:
        said = ", ".join(f"{name} for {kind} factors" for kind, name in by_kind.items())
        notes.append(f"the mean runs over correlations of several kinds: {said}")
    n_factors = data.n_factors - len(data.degenerate)
    n_apart = n_directions - (len(data.degenerate) if options["degenerate"] == "zero" else 0)
    if n_apart < n_factors:
        notes.append(
            f"the {n_factors} factors are sums of {n_apart}, and the mean runs over {n_apart} canonical correlations: "
            "factors that are sums of others count for less than one"
        )
    if options["mapping"] != "linear" and data.n_latents < n_apart:
        left, counts = n_apart - data.n_latents, "left out" if options["average"] == "matched" else "counted as 0"
        notes.append(
            f"{data.n_latents} latents for {n_apart} factors: {left} without a latent of "
            f"{'its' if left == 1 else 'their'} own {'is' if left == 1 else 'are'} {counts}"
        )
    if negative := int(np.sum(parts < 0)):
        notes.append(
            f"{negative} of {n_factors} factors {'has' if negative == 1 else 'have'} a negative correlation: on rows "
            "that did not choose, the latent goes the other way, as latents without information do"
        )
    return notes
