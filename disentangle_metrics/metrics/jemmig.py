"""Joint entropy minus mutual information gap (JEMMIG), Do and Tran 2020."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..data.kinds import FactorKinds
from ..data.latent_groups import LatentGroups, resolve_units
from ..data.representation import Representation
from ..kernels.counting.information import Information
from ..kernels.discretizing.discretizers import Discretizer
from ..kernels.entropy.table import Entropy
from ..options import Choice
from ..reductions.gaps import Aggregate
from ..reductions.leaders import leaders
from ..registry import register
from ..scores.counting import measured_information, settle_counted
from ..scores.declared import checked
from ..scores.recipe import Debiasing, Reduction
from ..scores.score import Score
from ..scores.settle import prepare


def _bounds(options: Mapping[str, Any]) -> tuple[float, float]:
    """Return between which values the score lies: nats end at 0, the score of a perfect code."""
    return (0.0, 1.0) if options["normalizer"] == "maximum" else (-np.inf, 0.0)


@register(
    measures="compactness",
    source="Do and Tran 2020, arXiv:1908.09961, sec. 3.3",
    range=(0.0, 1.0),
    bounds=_bounds,
    higher_is_better=True,
    needs={"factors"},
    traits={"chance", "counts"},
    seconds=0.03,
    options={
        "inactive": Choice(names=("keep", "collapsed")),
        "normalizer": Choice(names=("maximum", "none"), meaning="What the joint entropy minus the gap is divided by:"),
    },
    invariances={"row-order", "latent-order", "factor-order", "factor-relabel"},
)
def jemmig(
    latents: ArrayLike | Representation,
    factors: ArrayLike | None = None,
    *,
    discretizer: str | Discretizer = "uniform",
    n_bins: int | str = 20,
    entropy: str | Entropy = "plugin",
    normalizer: str = "maximum",
    inactive: str = "keep",
    factor_kinds: FactorKinds = None,
    factor_bins: int = 20,
    degenerate: str = "drop",
    aggregate: str | Aggregate = "mean",
    latent_groups: LatentGroups = None,
    sample_weight: ArrayLike | None = None,
) -> Score:
    r"""Joint entropy minus mutual information gap: how near each factor and its best latent are to one variable.

    .. math:: \frac{1}{K} \sum_k \left( 1 - \frac{H(z_{j_k}, v_k) - I(z_{j_k}; v_k) + \max_{j \ne j_k} I(z_j; v_k)}
       {H(v_k) + \log B} \right), \quad j_k = \arg\max_j I(z_j; v_k)

    The joint entropy H(z_j, v_k) is that of the latent and the factor together, and B the number of bins. A factor
    scores 1 if its best latent determines it, is determined by it, and no other latent has information about it. The
    score is lower if that latent has information of its own, about another factor or about nothing, which
    :func:`mig` does not ask. Latents of noise score above 0, because their bins are not all equally full. A note gives
    their score at the size of the data.

    Parameters
    ----------
    latents : array-like of shape (n_samples, n_latents)
        Finite numbers; encoder means as a rule. A :class:`Representation` stands for both arrays.
    factors : array-like of shape (n_samples, n_factors)
        Ground-truth factors. A missing label leaves its row out for that factor.
    discretizer : {"uniform", "quantile", "kmeans", "unique"}, Uniform, Edges or callable, default "uniform"
        How a latent is cut into bins: as by :func:`mig`.
    n_bins : int or "auto", default 20
        Bins per latent, 2 to 65536, as by :func:`mig`. B is this number, also if some bins have no rows;
        ``discretizer="unique"`` has as many bins as distinct values.
    entropy : str, Dirichlet or callable, default "plugin"
        Estimator from counts, for latents, factors and pairs alike. ``"miller-madow"`` corrects the information of few
        rows; corrected information below 0 counts as 0, and a score outside of [0, 1] as the nearer of the two.
    normalizer : {"maximum", "none"}, default "maximum"
        What the joint entropy minus the gap is divided by: H(v_k) + log B, the most that it can be, before it is taken
        from 1; or nothing. ``"none"`` gives minus the joint entropy minus the gap in nats, 0 at best, so that higher is
        better by both.
    inactive : {"keep", "collapsed"}, default "keep"
        Inactive latents count as they are, or as constant: a mean KL from the prior below 0.01 nats where the posterior
        is known, else a variance below a fiftieth of the largest.
    factor_kinds : str, sequence or mapping, optional
        ``"categorical"``, ``"ordinal"``, ``"continuous"``, ``"circular"``, :class:`Circular` or ``"identifier"`` (not
        scored), for all, per factor or by name; inferred by default.
    factor_bins : int, default 20
        Equal-width bins that a continuous factor is cut into, 2 to 65536.
    degenerate : {"drop", "zero", "raise"}, default "drop"
        A constant factor has no value: leave it out of the mean with a warning, count it as 0, or refuse.
    aggregate : {"mean", "median", "min"} or callable, default "mean"
        Makes one number of the defined values.
    latent_groups : sequence of sequences of int or str, or mapping from name to such a sequence, optional
        Latents that are scored together, ``[(0, 1), (2,)]`` or ``{"orientation": ["z0", "z1"], "x": ["z2"]}``: each
        group is one row of the matrix, and latents in no group are left out. B of a group is the product of the
        numbers of its latents.
    sample_weight : array-like of shape (n_samples,), optional
        How much each row counts; a row of weight 0 is as if it were not there.

    Returns
    -------
    Score
        Dimensionless, in [0, 1] (minus nats for ``normalizer="none"``), higher is better. ``per_factor``
        (n_factors,); ``matrix`` (n_latents or n_groups, n_factors), mutual information in nats. Of equally good
        latents the one counts that gives the higher score. A constant latent scores 0.

    Raises
    ------
    ShapeError, DTypeError, NonFiniteError
        If the arrays cannot be scored.
    OptionError
        If an option is not known.
    InputError
        If a latent's range is too small for `n_bins` distinct bins, no factor varies, or weights are no weights.

    References
    ----------
    Do and Tran (2020), Theory and Evaluation Metrics for Learning Disentangled Representations, arXiv:1908.09961,
    section 3.3. There z is a sample of the encoder's posterior; here it is binned, as by Carbonneau et al. 2022,
    arXiv:2012.09276, who take the quotient from 1.

    Examples
    --------
    >>> v = [[0, 0], [0, 1], [1, 0], [1, 1]]
    >>> jemmig(v, v, n_bins=2)
    1.0
    >>> both = [[0], [1], [2], [3]]  # one latent with all information about both factors
    >>> print(f"{jemmig(both, v, n_bins=4):.3f}")
    0.667
    """
    options = checked("jemmig", locals())
    data, notes = prepare(options, latents, factors)
    units = resolve_units(latent_groups, data.latent_names)
    info = measured_information(options, data, units=units, normalizer=normalizer)
    log_bins = np.log(info.bins_of_each)
    if units is not None:
        log_bins = np.array([log_bins[list(members)].sum() for members in units.members])
    reduce = partial(nearness, log_bins=log_bins, in_nats=options["normalizer"] == "none")
    return settle_counted(info, reduce, notes, debias=partial(_less_bias, reduce=reduce))


def _less_bias(counts: Any, reduce: Reduction) -> Debiasing:
    from ..debiasing.counted_leads import CountedLeads

    return CountedLeads(counts, reduce)


def nearness(parts: Sequence[Information], log_bins: NDArray[np.float64], in_nats: bool) -> NDArray[np.float64]:
    """Return 1 minus JEMMIG as a share of its maximum, or minus JEMMIG in nats, for each factor: (..., n_factors).

    A constant latent has the worst value, although its entropy is the smallest.

    Parameters
    ----------
    parts : sequence of one Information
    log_bins : ndarray of shape (n_latents,)
        The most that the entropy of each latent can be.
    in_nats : bool
    """
    info = parts[0]
    of = leaders(info.mutual, axis=-2)
    factor, second = info.factor_entropy[..., None, :], of.second[..., None, :]
    most = factor + log_bins[:, None]
    lacking = factor + info.latent_entropy - 2 * np.maximum(info.mutual, 0.0) + second
    lacking = np.where(info.latent_entropy > 0, np.clip(lacking, 0.0, most), most)
    near = -lacking if in_nats else 1 - lacking / most
    return np.asarray(np.where(of.are_first, near, -np.inf).max(axis=-2))
