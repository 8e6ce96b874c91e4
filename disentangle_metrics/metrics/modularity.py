"""Modularity of latents, Ridgeway and Mozer 2018."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..data.kinds import FactorKinds
from ..data.latent_groups import LatentGroups, resolve_units
from ..data.representation import Representation
from ..kernels.counting.information import Information
from ..kernels.discretizing.discretizers import Discretizer
from ..kernels.entropy.table import Entropy
from ..kernels.information.estimators import KSG, Gaussian
from ..reductions.concentration import most_information, ratio, some_information
from ..reductions.gaps import Aggregate
from ..registry import register
from ..scores.counting import measured_information, settle_counted
from ..scores.declared import INACTIVE_LATENTS, checked
from ..scores.score import Score
from ..scores.settle import prepare


@register(
    measures="modularity",
    source="Ridgeway and Mozer 2018, arXiv:1802.05312, sec. 3",
    range=(0.0, 1.0),
    higher_is_better=True,
    needs={"factors"},
    unit="latent",
    traits={"chance", "counts"},
    seconds=0.08,
    options={"inactive": INACTIVE_LATENTS},
    invariances={"row-order", "latent-order", "factor-order", "factor-relabel"},
)
def modularity(
    latents: ArrayLike | Representation,
    factors: ArrayLike | None = None,
    *,
    discretizer: str | Discretizer = "uniform",
    n_bins: int | str = 20,
    entropy: str | Entropy = "plugin",
    weights: str = "uniform",
    inactive: str = "drop",
    factor_kinds: FactorKinds = None,
    factor_bins: int = 20,
    degenerate: str = "drop",
    aggregate: str | Aggregate = "mean",
    estimator: str | KSG | Gaussian = "binned",
    latent_groups: LatentGroups = None,
    sample_weight: ArrayLike | None = None,
) -> Score:
    r"""Modularity: for each latent, how far its information is about a single factor.

    .. math:: \frac{1}{D} \sum_j \left( 1 - \frac{\sum_{k \ne k_j} I(z_j; v_k)^2}{(K - 1) \, I(z_j; v_{k_j})^2} \right),
       \quad k_j = \arg\max_k I(z_j; v_k)

    A latent scores 1 if it has information about one factor only, and 0 if it has equally much about every factor.
    Modularity does not ask how much information that is: latents of noise score far above 0, because the information
    that few rows show by chance is not the same for every factor. A note gives their score at the size of the data.

    Parameters
    ----------
    latents : array-like of shape (n_samples, n_latents)
        Finite numbers; encoder means as a rule. A :class:`Representation` stands for both arrays.
    factors : array-like of shape (n_samples, n_factors)
        Ground-truth factors. A missing label leaves its row out for that factor.
    discretizer : {"uniform", "quantile", "kmeans", "unique"}, Uniform, Edges or callable, default "uniform"
        How a latent is cut into bins: as by :func:`mig`.
    n_bins : int or "auto", default 20
        Bins per latent, 2 to 65536, as by :func:`mig`.
    entropy : str, Dirichlet or callable, default "plugin"
        Estimator from counts, for latents, factors and pairs alike. ``"miller-madow"`` corrects the information of few
        rows, and corrected information below 0 counts as 0.
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
    estimator : str, KSG, Gaussian or GaussianCopula, default "binned"
        How I(z_j; v_k) is estimated: ``"binned"``, or without bins, as by :func:`mig`. Estimates below 0 count as 0:
        where nearest neighbors show information about one factor only, a latent of noise scores 1.
    latent_groups : sequence of sequences of int or str, or mapping from name to such a sequence, optional
        Latents that are scored together, ``[(0, 1), (2,)]`` or ``{"orientation": ["z0", "z1"], "x": ["z2"]}``: each
        group is one row of the matrix, and latents in no group are left out.
    sample_weight : array-like of shape (n_samples,), optional
        How much each row counts; a row of weight 0 is as if it were not there.

    Returns
    -------
    Score
        Dimensionless, in [0, 1], higher is better. ``per_latent`` (n_latents,), NaN for latents that are left out;
        ``matrix`` (n_latents, n_factors), mutual information in nats. With a single factor that varies every latent
        with information scores 1.

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
    Ridgeway and Mozer (2018), Learning Deep Disentangled Embeddings with the F-Statistic Loss, arXiv:1802.05312,
    section 3.

    Examples
    --------
    >>> v = [[0, 0], [0, 1], [1, 0], [1, 1]]
    >>> modularity(v, v, n_bins=2)
    1.0
    >>> both = [[0], [1], [2], [3]]  # one latent with all information about both factors
    >>> modularity(both, v, n_bins=4)
    0.0
    """
    options = checked("modularity", locals())
    data, notes = prepare(options, latents, factors)
    units = resolve_units(latent_groups, data.latent_names)
    info = measured_information(options, data, units=units, normalizer="information")
    return settle_counted(info, concentration, notes, weigh=most_information if weights == "information" else None)


def concentration(parts: Sequence[Information]) -> NDArray[np.float64]:
    """Return 1 minus the mean squared information with other factors, as a share of the largest: (..., n_latents)."""
    square = some_information(parts[0].mutual) ** 2
    top = square.max(axis=-1)
    others = max(int(np.count_nonzero(parts[0].factor_values > 1)) - 1, 1)
    return np.where(top > 0, np.maximum(1 - ratio(square.sum(axis=-1) - top, top) / others, 0.0), 0.0)
