"""Minimality and sufficiency, Almudevar and Ortega 2024."""

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
from ..reductions.concentration import most_information, ratio
from ..reductions.gaps import Aggregate
from ..registry import register
from ..scores.counting import measured_information, settle_counted
from ..scores.declared import INACTIVE_LATENTS, checked
from ..scores.report import Report
from ..scores.settle import prepare


@register(
    measures="compactness",
    source="Almudevar and Ortega 2024, arXiv:2408.07016",
    range=(0.0, 1.0),
    higher_is_better=True,
    needs={"factors"},
    traits={"counts", "dependence"},
    seconds=0.03,
    options={"inactive": INACTIVE_LATENTS},
    invariances={"row-order", "latent-order", "factor-order", "factor-relabel"},
    parts={
        "minimality": {"measures": "modularity", "unit": "latent"},
        "sufficiency": {"measures": "explicitness", "unit": "factor"},
    },
)
def min_suf(
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
    latent_groups: LatentGroups = None,
    sample_weight: ArrayLike | None = None,
) -> Report:
    r"""Minimality and sufficiency: how far each latent is about one factor only, and each factor is in one latent.

    .. math:: \text{minimality} = \frac{1}{D} \sum_j \max_k \frac{I(z_j; v_k)}{H(z_j)}, \quad
       \text{sufficiency} = \frac{1}{K} \sum_k \max_j \frac{I(z_j; v_k)}{H(v_k)}

    A latent is minimal if some factor determines it, so that it has no information beyond that factor. A factor is
    sufficiently represented if some latent determines it. Both hold whether or not factors depend on each other, so a
    perfect code scores 1 also if they do. Neither asks whether other latents repeat the information, as :func:`mig`
    does. A latent of noise is not minimal: it counts 0.

    Parameters
    ----------
    latents : array-like of shape (n_samples, n_latents)
        Finite numbers; encoder means as a rule. A :class:`Representation` stands for both arrays.
    factors : array-like of shape (n_samples, n_factors)
        Ground-truth factors. A missing label leaves its row out for that factor.
    discretizer : {"uniform", "quantile", "kmeans", "unique"}, Uniform, Edges or callable, default "uniform"
        How a latent is cut into bins: as by :func:`mig`.
    n_bins : int or "auto", default 20
        Bins per latent, 2 to 65536, as by :func:`mig`. More bins show more of the noise within a latent, which lowers
        minimality.
    entropy : str, Dirichlet or callable, default "plugin"
        Estimator from counts, for latents, factors and pairs alike. ``"miller-madow"`` corrects the information of few
        rows; corrected information below 0 counts as 0, and a share above 1 as 1.
    weights : {"uniform", "information"}, default "uniform"
        How much each latent counts in the mean: all alike, or by its largest information with a factor. Latents of
        noise then count little. This is about minimality; the factors of sufficiency count alike.
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
        A constant factor has no value: leave it out of the mean with a warning, count it as 0, or refuse. Minimality
        has values of latents, so ``"zero"`` leaves it out there too.
    aggregate : {"mean", "median", "min"} or callable, default "mean"
        Makes one number of the defined values.
    latent_groups : sequence of sequences of int or str, or mapping from name to such a sequence, optional
        Latents that are scored together, ``[(0, 1), (2,)]`` or ``{"orientation": ["z0", "z1"], "x": ["z2"]}``: each
        group is one row of the matrix, and latents in no group are left out.
    sample_weight : array-like of shape (n_samples,), optional
        How much each row counts; a row of weight 0 is as if it were not there.

    Returns
    -------
    Report
        ``min_suf.minimality``, with ``per_latent`` (n_latents,), NaN for latents that are left out, and
        ``min_suf.sufficiency``, with ``per_factor`` (n_factors,). Dimensionless, in [0, 1], higher is better.
        ``matrix`` (n_latents, n_factors) is mutual information in nats.

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
    Almudevar and Ortega (2024), Defining and Measuring Disentanglement for non-Independent Factors of Variation,
    arXiv:2408.07016. Their definitions are of any part of a representation; here, as in their program, of each latent.

    Examples
    --------
    >>> v = [[0, 0], [0, 1], [1, 0], [1, 1]]
    >>> min_suf(v, v, n_bins=2)
    Report(min_suf.minimality=1.0000, min_suf.sufficiency=1.0000)
    >>> both = [[0], [1], [2], [3]]  # one latent with all information about both factors
    >>> min_suf(both, v, n_bins=4)
    Report(min_suf.minimality=0.5000, min_suf.sufficiency=1.0000)
    """
    options = checked("min_suf", locals())
    data, notes = prepare(options, latents, factors)
    units = resolve_units(latent_groups, data.latent_names)
    info = measured_information(options, data, units=units)
    reductions = {"minimality": minimality, "sufficiency": sufficiency}
    return Report(
        {
            f"min_suf.{part}": settle_counted(
                info,
                reduce,
                notes,
                part=part,
                weigh=most_information if part == "minimality" and weights == "information" else None,
            )
            for part, reduce in reductions.items()
        }
    )


def minimality(parts: Sequence[Information]) -> NDArray[np.float64]:
    """Return the largest share of the entropy of each latent that is about one factor: (..., n_latents)."""
    return np.asarray(_share(parts[0].mutual, parts[0].latent_entropy).max(axis=-1))


def sufficiency(parts: Sequence[Information]) -> NDArray[np.float64]:
    """Return the largest share of the entropy of each factor that is in one latent: (..., n_factors)."""
    return np.asarray(_share(parts[0].mutual, parts[0].factor_entropy[..., None, :]).max(axis=-2))


def _share(known: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return known / whole, not below 0 and not above 1."""
    return np.clip(ratio(known, whole), 0.0, 1.0)
