"""DCIMIG, the 3CharM score of Sepliarskaia et al. 2019."""

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
from ..reductions.concentration import ratio
from ..reductions.gaps import top_two_gap
from ..reductions.shares import without_rounding
from ..registry import register
from ..scores.counting import measured_information, settle_counted
from ..scores.declared import checked
from ..scores.score import Score
from ..scores.settle import prepare


@register(
    measures="modularity",
    source="Sepliarskaia et al. 2019, arXiv:1910.05587, sec. 5",
    range=(0.0, 1.0),
    higher_is_better=True,
    needs={"factors", "two factors"},
    traits={"counts"},
    seconds=0.03,
    invariances={"row-order", "latent-order", "factor-order", "factor-relabel"},
)
def dcimig(
    latents: ArrayLike | Representation,
    factors: ArrayLike | None = None,
    *,
    discretizer: str | Discretizer = "uniform",
    n_bins: int | str = 20,
    entropy: str | Entropy = "plugin",
    factor_kinds: FactorKinds = None,
    factor_bins: int = 20,
    degenerate: str = "drop",
    latent_groups: LatentGroups = None,
    sample_weight: ArrayLike | None = None,
) -> Score:
    r"""DCIMIG: the share of the factors' entropy that latents hold which have information about one factor only.

    .. math:: \frac{\sum_k \max_{j: k_j = k} g_j}{\sum_k H(v_k)}, \quad
       g_j = I(z_j; v_{k_j}) - \max_{k \ne k_j} I(z_j; v_k), \quad k_j = \arg\max_k I(z_j; v_k)

    Each latent is assigned to the factor that it has the most information about, and has the gap g over the next
    factor. Each factor counts the largest gap of its latents. So a code scores 1 if each factor has a latent with all
    information about this factor and none about another. Copies of a latent and latents of noise do not lower it.

    Parameters
    ----------
    latents : array-like of shape (n_samples, n_latents)
        Finite numbers; encoder means as a rule. A :class:`Representation` stands for both arrays.
    factors : array-like of shape (n_samples, n_factors)
        Ground-truth factors, two of which vary. A missing label leaves its row out for that factor.
    discretizer : {"uniform", "quantile", "kmeans", "unique"}, Uniform, Edges or callable, default "uniform"
        How a latent is cut into bins: as by :func:`mig`.
    n_bins : int or "auto", default 20
        Bins per latent, 2 to 65536, as by :func:`mig`. A latent in 20 bins has at most log(20) nats, so a perfect
        latent of a factor with 40 equally frequent values counts 0.81.
    entropy : str, Dirichlet or callable, default "plugin"
        Estimator from counts, for latents, factors and pairs alike. ``"miller-madow"`` corrects the information of few
        rows, and corrected information below 0 counts as 0.
    factor_kinds : str, sequence or mapping, optional
        ``"categorical"``, ``"ordinal"``, ``"continuous"``, ``"circular"``, :class:`Circular` or ``"identifier"`` (not
        scored), for all, per factor or by name; inferred by default.
    factor_bins : int, default 20
        Equal-width bins that a continuous factor is cut into, 2 to 65536.
    degenerate : {"drop", "zero", "raise"}, default "drop"
        A constant factor has no value: leave it out of the mean with a warning, count it as 0, or refuse. It has no
        entropy, by which factors are weighed, so ``"zero"`` does not change the score.
    latent_groups : sequence of sequences of int or str, or mapping from name to such a sequence, optional
        Latents that are scored together, ``[(0, 1), (2,)]`` or ``{"orientation": ["z0", "z1"], "x": ["z2"]}``: each
        group is one row of the matrix, and latents in no group are left out.
    sample_weight : array-like of shape (n_samples,), optional
        How much each row counts; a row of weight 0 is as if it were not there.

    Returns
    -------
    Score
        Dimensionless, in [0, 1] for the plug-in entropy, higher is better. ``per_factor`` (n_factors,), the largest gap
        of the factor's latents divided by the factor's entropy: the score is their mean, weighted by these entropies.
        ``matrix`` (n_latents, n_factors), mutual information in nats.

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
    Sepliarskaia, Kiseleva and de Rijke (2019), How to Not Measure Disentanglement, arXiv:1910.05587. The name DCIMIG is
    that of Carbonneau et al. (2022), arXiv:2012.09276.

    Examples
    --------
    >>> v = [[0, 0], [0, 1], [1, 0], [1, 1]]
    >>> dcimig(v, v, n_bins=2)
    1.0
    >>> first = [[0], [0], [1], [1]]  # the first factor alone
    >>> dcimig(first, v, n_bins=2).describe().splitlines()[:2]
    ['dcimig = 0.5000', '  v0 1.00   v1 0.00']
    """
    options = checked("dcimig", locals())
    data, notes = prepare(options, latents, factors)
    units = resolve_units(latent_groups, data.latent_names)
    info = measured_information(options, data, units=units)
    return settle_counted(info, largest_gaps, notes, weigh=lambda parts: parts[0].factor_entropy)


def largest_gaps(parts: Sequence[Information]) -> NDArray[np.float64]:
    """Return the largest gap of the latents of each factor, as a share of the factor's entropy: (..., n_factors)."""
    known, n_factors = parts[0].mutual, parts[0].mutual.shape[-1]
    gaps = top_two_gap(np.swapaxes(known, -1, -2))
    its_own = known.argmax(axis=-1)[..., None] == np.arange(n_factors)  # (..., n_latents, n_factors)
    largest = np.where(its_own, gaps[..., None], 0.0).max(axis=-2)
    return without_rounding(ratio(largest, parts[0].factor_entropy))
