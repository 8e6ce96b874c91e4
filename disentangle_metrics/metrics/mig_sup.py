"""Supervised mutual information gap of each latent (MIG-sup), Li et al. 2020."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..data.kinds import FactorKinds
from ..data.latent_groups import LatentGroups, resolve_units
from ..data.representation import Representation
from ..kernels.counting.information import Information
from ..kernels.discretizing.discretizers import Discretizer
from ..kernels.entropy.table import Entropy
from ..options import Choice
from ..reductions.concentration import most_information, ratio
from ..reductions.gaps import Aggregate, top_two_gap
from ..reductions.shares import without_rounding
from ..registry import register
from ..scores.counting import measured_information, settle_counted
from ..scores.declared import INACTIVE_LATENTS, checked
from ..scores.score import Score
from ..scores.settle import prepare


@register(
    measures="modularity",
    source="Li et al. 2020, arXiv:2002.10549, sec. 4",
    range=(0.0, 1.0),
    higher_is_better=True,
    needs={"factors", "two factors"},
    unit="latent",
    traits={"counts"},
    seconds=0.03,
    options={"normalizer": Choice(names=("factor", "latent")), "inactive": INACTIVE_LATENTS},
    invariances={"row-order", "latent-order", "factor-order", "factor-relabel"},
)
def mig_sup(
    latents: ArrayLike | Representation,
    factors: ArrayLike | None = None,
    *,
    discretizer: str | Discretizer = "uniform",
    n_bins: int | str = 20,
    entropy: str | Entropy = "plugin",
    normalizer: str = "factor",
    weights: str = "uniform",
    inactive: str = "drop",
    factor_kinds: FactorKinds = None,
    factor_bins: int = 20,
    degenerate: str = "drop",
    aggregate: str | Aggregate = "mean",
    latent_groups: LatentGroups = None,
    sample_weight: ArrayLike | None = None,
) -> Score:
    r"""MIG-sup: for each latent, the lead of the factor that it has the most information about.

    .. math:: \frac{1}{D} \sum_j \left( \frac{I(z_j; v_{k_j})}{H(v_{k_j})}
       - \max_{k \ne k_j} \frac{I(z_j; v_k)}{H(v_k)} \right), \quad k_j = \arg\max_k \frac{I(z_j; v_k)}{H(v_k)}

    MIG-sup is :func:`mig` with the roles of latents and factors exchanged. MIG asks whether a factor is in one latent,
    and MIG-sup whether a latent has one factor. Two copies of a latent do not lower it. A latent without information
    scores 0 and counts as much as any other, so a perfect code of three factors with three latents of noise beside it
    scores 0.5; ``weights="information"`` mends that.

    Parameters
    ----------
    latents : array-like of shape (n_samples, n_latents)
        Finite numbers; encoder means as a rule. A :class:`Representation` stands for both arrays.
    factors : array-like of shape (n_samples, n_factors)
        Ground-truth factors, two of which vary. A missing label leaves its row out for that factor.
    discretizer : {"uniform", "quantile", "kmeans", "unique"}, Uniform, Edges or callable, default "uniform"
        How a latent is cut into bins: as by :func:`mig`.
    n_bins : int or "auto", default 20
        Bins per latent, 2 to 65536, as by :func:`mig`.
    entropy : str, Dirichlet or callable, default "plugin"
        Estimator from counts, for latents, factors and pairs alike. ``"miller-madow"`` corrects the information of few
        rows, and corrected information below 0 counts as 0.
    normalizer : {"factor", "latent"}, default "factor"
        What information is divided by: the entropy of the factor, or the entropy of the latent, as Carbonneau et al.
        2022 do. A share of the latent's entropy is lower the more the latent varies for other reasons.
    weights : {"uniform", "information"}, default "uniform"
        How much each latent counts in the mean: all alike, or by its largest information with a factor. Latents of
        noise then count little.
    inactive : {"drop", "keep", "collapsed"}, default "drop"
        Inactive latents, which are constant, are left out of the mean or count as 0; ``"collapsed"`` leaves those out
        as well whose mean KL from the prior is below 0.01 nats or, without a posterior, whose variance is below a
        fiftieth of the largest.
    factor_kinds : str, sequence or mapping, optional
        ``"categorical"``, ``"ordinal"``, ``"continuous"``, ``"circular"``, :class:`Circular` or ``"identifier"`` (not
        scored), for all, per factor or by name; inferred by default.
    factor_bins : int, default 20
        Equal-width bins that a continuous factor is cut into, 2 to 65536.
    degenerate : {"drop", "zero", "raise"}, default "drop"
        A constant factor has no value: leave it out of the mean with a warning, count it as 0, or refuse. Latents have
        the values here, so ``"zero"`` leaves it out too.
    aggregate : {"mean", "median", "min"} or callable, default "mean"
        Makes one number of the defined values.
    latent_groups : sequence of sequences of int or str, or mapping from name to such a sequence, optional
        Latents that are scored together, ``[(0, 1), (2,)]`` or ``{"orientation": ["z0", "z1"], "x": ["z2"]}``: each
        group is one row of the matrix, and latents in no group are left out.
    sample_weight : array-like of shape (n_samples,), optional
        How much each row counts; a row of weight 0 is as if it were not there.

    Returns
    -------
    Score
        Dimensionless, in [0, 1] for the plug-in entropy, higher is better. ``per_latent`` (n_latents,), NaN for latents
        that are left out; ``matrix`` (n_latents, n_factors), mutual information in nats.

    Raises
    ------
    ShapeError, DTypeError, NonFiniteError
        If the arrays cannot be scored.
    OptionError
        If an option is not known.
    InputError
        If fewer than two factors vary, a latent's range is too small for `n_bins` distinct bins, or weights are no
        weights.

    References
    ----------
    Li, Murkute, Gyawali and Wang (2020), Progressive Learning and Disentanglement of Hierarchical Representations,
    arXiv:2002.10549. The normalizer is quoted from memory and not checked against the paper.

    Examples
    --------
    >>> v = [[0, 0], [0, 1], [1, 0], [1, 1]]
    >>> mig_sup(v, v, n_bins=2)
    1.0
    >>> both = [[0], [1], [2], [3]]  # one latent with all information about both factors
    >>> mig_sup(both, v, n_bins=4)
    0.0
    """
    options = checked("mig_sup", locals())
    data, notes = prepare(options, latents, factors)
    units = resolve_units(latent_groups, data.latent_names)
    info = measured_information(options, data, units=units, normalizer=options["normalizer"])
    return settle_counted(
        info,
        partial(lead_over_factors, normalizer=options["normalizer"]),
        notes,
        weigh=most_information if weights == "information" else None,
    )


def lead_over_factors(parts: Sequence[Information], normalizer: str) -> NDArray[np.float64]:
    """Return the lead of the factor that a latent knows best over the second best, as shares: (..., n_latents)."""
    info = parts[0]
    whole = info.latent_entropy if normalizer == "latent" else info.factor_entropy[..., None, :]
    return without_rounding(top_two_gap(np.swapaxes(ratio(info.mutual, whole), -1, -2)))
