"""Dependency-aware latent information gap (DLIG), Watcharasupat 2021."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..data.kinds import FactorKinds
from ..data.latent_groups import LatentGroups
from ..data.representation import Representation
from ..data.targets import Targets
from ..kernels.discretizing.discretizers import Discretizer
from ..kernels.entropy.table import Entropy
from ..kernels.information.estimators import KSG, Gaussian
from ..reductions.dependent_gaps import over_second_factor
from ..reductions.gaps import Aggregate
from ..registry import register
from ..scores.declared import INACTIVE_LATENTS, checked
from ..scores.dependent_gaps import ENTROPY_OF_FACTORS, score_of_gap
from ..scores.score import Score


def _bounds(options: Mapping[str, Any]) -> tuple[float, float]:
    """Return between which values the gap lies: it is negative if a latent knows less of the factor it is meant for."""
    high = 1.0 if options["estimator"] == "binned" else np.inf
    return 0.0 if options["targets"] is None else -np.inf, high


@register(
    measures="modularity",
    source="Watcharasupat 2021, arXiv:2110.05587 and latte-metrics",
    range=(0.0, 1.0),
    bounds=_bounds,
    higher_is_better=True,
    needs={"factors"},
    unit="latent",
    traits={"counts", "dependence"},
    seconds=0.05,
    options={"inactive": INACTIVE_LATENTS, "normalizer": ENTROPY_OF_FACTORS},
    invariances={"row-order", "latent-order", "factor-order", "factor-relabel"},
)
def dlig(
    latents: ArrayLike | Representation,
    factors: ArrayLike | None = None,
    *,
    discretizer: str | Discretizer = "uniform",
    n_bins: int | str = 20,
    entropy: str | Entropy = "plugin",
    normalizer: str = "factor",
    weights: str = "uniform",
    factor_kinds: FactorKinds = None,
    factor_bins: int = 20,
    degenerate: str = "drop",
    aggregate: str | Aggregate = "mean",
    estimator: str | KSG | Gaussian = "binned",
    latent_groups: LatentGroups = None,
    sample_weight: ArrayLike | None = None,
    targets: Targets = None,
    inactive: str = "drop",
) -> Score:
    r"""Dependency-aware latent information gap: how much more each latent knows of its first factor than of its second.

    .. math:: \frac{1}{D} \sum_j \frac{I(z_j; v_{a_j}) - I(z_j; v_{b_j})}{H(v_{a_j} \mid v_{b_j})},
       \quad a_j = \arg\max_k I(z_j; v_k), \quad b_j = \arg\max_{k \ne a_j} I(z_j; v_k)

    A latent that equals its factor knows something of each factor that this one depends on, and it can know only
    H(v_a | v_b) more of its own. So it scores 1 for dependent factors too, which :func:`modularity` and `mig_sup` give
    less. A latent that knows equally much of two factors scores 0, and so does a latent of noise.

    Parameters
    ----------
    latents : array-like of shape (n_samples, n_latents)
        Finite numbers; encoder means as a rule. A :class:`Representation` stands for both arrays.
    factors : array-like of shape (n_samples, n_factors)
        Ground-truth factors. A missing label leaves its row out for that factor, and for a pair of factors.
    discretizer : {"uniform", "quantile", "kmeans", "unique"}, Uniform, Edges or callable, default "uniform"
        How a latent is cut into bins: as by :func:`mig`.
    n_bins : int or "auto", default 20
        Bins per latent, 2 to 65536, as by :func:`mig`.
    entropy : str, Dirichlet or callable, default "plugin"
        Estimator from counts, for latents, factors and pairs alike. ``"miller-madow"`` corrects the information of few
        rows, and corrected information or entropy below 0 counts as 0.
    normalizer : {"factor", "self-information"}, default "factor"
        The entropies of factors that the gap is divided by: by counts of labels, and of `factor_bins` bins of a
        continuous factor; or, for ``estimator="ksg"`` only, the estimate of the information of a factor with itself.
    weights : {"uniform", "information"}, default "uniform"
        How much each latent counts in the mean: all alike, or by its largest information with a factor. Latents of
        noise then count little.
    factor_kinds : str, sequence or mapping, optional
        ``"categorical"``, ``"ordinal"``, ``"continuous"``, ``"circular"``, :class:`Circular` or ``"identifier"`` (not
        scored), for all, per factor or by name; inferred by default.
    factor_bins : int, default 20
        Equal-width bins that a continuous factor is cut into, 2 to 65536; without bins, for its entropy alone.
    degenerate : {"drop", "zero", "raise"}, default "drop"
        A constant factor has no value: leave it out of the mean with a warning, count it as 0, or refuse. Latents have
        the values here, so ``"zero"`` leaves it out too.
    aggregate : {"mean", "median", "min"} or callable, default "mean"
        Makes one number of the defined values.
    estimator : str, KSG, Gaussian or GaussianCopula, default "binned"
        How I(z_j; v_k) is estimated: ``"binned"``, or without bins, as by :func:`mig`.
    latent_groups : sequence of sequences of int or str, or mapping from name to such a sequence, optional
        Latents that are scored together, ``[(0, 1), (2,)]`` or ``{"orientation": ["z0", "z1"], "x": ["z2"]}``: each
        group is one row of the matrix, and latents in no group are left out.
    sample_weight : array-like of shape (n_samples,), optional
        How much each row counts; a row of weight 0 is as if it were not there.
    targets : mapping from factor to latent, optional
        The latent that is meant for a factor, by name or index: its gap is its lead over the best of the others, and
        negative if one of these knows more. Only the
        latents that are named are scored then: each by its lead on the factor that it is meant for.
    inactive : {"drop", "keep", "collapsed"}, default "drop"
        Inactive latents, which are constant, are left out of the mean or count as 0; ``"collapsed"`` leaves those out
        as well whose mean KL from the prior is below 0.01 nats or, without a posterior, whose variance is below a
        fiftieth of the largest.

    Returns
    -------
    Score
        Dimensionless, in [0, 1] without `targets` for the plug-in entropy, higher is better. ``per_latent``
        (n_latents,), NaN for latents that are left out; ``matrix`` (n_latents or n_groups, n_factors), mutual
        information in nats.

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
    Watcharasupat and Lerch (2021), Evaluation of Latent Space Disentanglement in the Presence of Interdependent
    Attributes, arXiv:2110.05587. The formula is that of the package latte (Watcharasupat et al. 2021,
    arXiv:2112.10638), in which factor k is meant for latent k.

    Examples
    --------
    >>> v = [[0, 0], [0, 0], [0, 1], [1, 0], [1, 1], [1, 1]]  # two dependent factors
    >>> dlig(v, v, n_bins=2)
    1.0
    >>> dlig([[0], [1], [2], [3]], [[0, 0], [0, 1], [1, 0], [1, 1]], n_bins=4)  # one latent of both
    0.0
    """
    return score_of_gap(checked("dlig", locals()), latents, factors, over_second_factor)
