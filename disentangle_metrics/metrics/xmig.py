"""Dependency-blind mutual information gap (XMIG), Watcharasupat 2021."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..data.kinds import FactorKinds
from ..data.latent_groups import LatentGroups
from ..data.representation import Representation
from ..data.targets import Targets
from ..kernels.counting.information import Information
from ..kernels.discretizing.discretizers import Discretizer
from ..kernels.entropy.table import Entropy
from ..kernels.information.estimators import KSG, Gaussian
from ..options import Choice
from ..reductions.dependent_gaps import Gap, free_latents, over_free_latents
from ..reductions.gaps import Aggregate
from ..registry import register
from ..scores.declared import checked
from ..scores.dependent_gaps import ENTROPY_OF_FACTORS, score_of_gap
from ..scores.score import Score


def _bounds(options: Mapping[str, Any]) -> tuple[float, float]:
    """Return between which values the gap lies: it is negative if another latent than the one that is meant leads."""
    high = 1.0 if options["estimator"] == "binned" else np.inf
    return 0.0 if options["targets"] is None else -high, high


@register(
    measures="compactness",
    source="Watcharasupat 2021, arXiv:2110.05587 and latte-metrics",
    range=(0.0, 1.0),
    bounds=_bounds,
    higher_is_better=True,
    traits={"gap", "counts", "dependence"},
    seconds=0.05,
    options={"inactive": Choice(names=("keep", "collapsed")), "normalizer": ENTROPY_OF_FACTORS},
    invariances={"row-order", "latent-order", "factor-order", "factor-relabel"},
)
def xmig(
    latents: ArrayLike | Representation,
    factors: ArrayLike | None = None,
    *,
    discretizer: str | Discretizer = "uniform",
    n_bins: int | str = 20,
    entropy: str | Entropy = "plugin",
    normalizer: str = "factor",
    factor_kinds: FactorKinds = None,
    factor_bins: int = 20,
    degenerate: str = "drop",
    aggregate: str | Aggregate = "mean",
    estimator: str | KSG | Gaussian = "binned",
    latent_groups: LatentGroups = None,
    sample_weight: ArrayLike | None = None,
    targets: Targets = None,
    inactive: str = "keep",
) -> Score:
    r"""Dependency-blind mutual information gap: the lead on each factor over the latents that lead on no factor.

    .. math:: \frac{1}{K} \sum_k \frac{I(z_{j_k}; v_k) - \max_{j \in F} I(z_j; v_k)}{H(v_k)},
       \quad j_k = \arg\max_j I(z_j; v_k)

    The free latents F lead on no factor: for each factor another latent has more information, and `targets` names
    others. Latents of other factors are not held against the code, so a perfect code scores 1 whether or not factors
    depend on each other. XMIG only asks whether the rest of the code repeats a factor. If no latent is free, nothing is
    subtracted, and the score is the share of each factor that its best latent has; a note says so.

    Parameters
    ----------
    latents : array-like of shape (n_samples, n_latents), n_latents >= 2
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
    factor_kinds : str, sequence or mapping, optional
        ``"categorical"``, ``"ordinal"``, ``"continuous"``, ``"circular"``, :class:`Circular` or ``"identifier"`` (not
        scored), for all, per factor or by name; inferred by default.
    factor_bins : int, default 20
        Equal-width bins that a continuous factor is cut into, 2 to 65536; without bins, for its entropy alone.
    degenerate : {"drop", "zero", "raise"}, default "drop"
        A constant factor has no value: leave it out of the mean with a warning, count it as 0, or refuse.
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
        negative if one of these knows more. Factors without
        a target have the best latent.
    inactive : {"keep", "collapsed"}, default "keep"
        Inactive latents count as they are, or as constant: a mean KL from the prior below 0.01 nats where the posterior
        is known, else a variance below a fiftieth of the largest.

    Returns
    -------
    Score
        Dimensionless, in [0, 1] without `targets` for the plug-in entropy, higher is better. ``per_factor``
        (n_factors,); ``matrix`` (n_latents or n_groups, n_factors), mutual information in nats.

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
    >>> z = [[a, b, 0] for a, b in v]  # and a free latent that knows nothing
    >>> z[0][2] = 1
    >>> print(f"{xmig(z, v, n_bins=2):.2f}")
    0.81
    """
    return score_of_gap(checked("xmig", locals()), latents, factors, _gap, _on_free_latents)


def _gap(info: Information, left: NDArray[np.float64], targets: Sequence[int] | None) -> Gap:
    return over_free_latents(info, targets)


def _on_free_latents(info: Information, targets: Sequence[int] | None) -> list[str]:
    if free_latents(info, targets).any():
        return []
    return ["no latent is free of factors, so nothing is subtracted: this is the share that the best latents have"]
