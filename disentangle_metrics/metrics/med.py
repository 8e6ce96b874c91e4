"""Disentanglement and completeness by mutual information (MED), Cao et al. 2022."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..data.kinds import FactorKinds
from ..data.latent_groups import LatentGroups, Units, resolve_units
from ..data.representation import Representation
from ..kernels.counting.information import Information
from ..kernels.discretizing.discretizers import Discretizer
from ..kernels.entropy.table import Entropy
from ..options import Integer
from ..reductions.importance import completeness, disentanglement, most_disentangled
from ..registry import register
from ..scores.counting import measured_information, settle_counted
from ..scores.declared import INACTIVE_LATENTS, checked
from ..scores.report import Report
from ..scores.settle import lacking_parts, prepare
from ..statistics.importance import InformationImportance, shares_of

Floats = NDArray[np.float64]


@register(
    measures="modularity",
    source="Cao et al. 2022, arXiv:2206.04756, sec. 4",
    range=(0.0, 1.0),
    higher_is_better=True,
    needs={"factors", "two latents"},
    traits={"counts"},
    seconds=0.03,
    options={
        "top_k": Integer(low=1, meaning="Count only so many latents of each factor,"),
        "inactive": INACTIVE_LATENTS,
    },
    invariances={"row-order", "latent-order", "factor-order", "factor-relabel"},
    parts={
        "disentanglement": {"unit": "latent", "needs": {"factors", "two latents", "two factors"}},
        "completeness": {"measures": "compactness"},
    },
)
def med(
    latents: ArrayLike | Representation,
    factors: ArrayLike | None = None,
    *,
    discretizer: str | Discretizer = "uniform",
    n_bins: int | str = 20,
    entropy: str | Entropy = "plugin",
    top_k: int | None = None,
    inactive: str = "drop",
    factor_kinds: FactorKinds = None,
    factor_bins: int = 20,
    degenerate: str = "drop",
    latent_groups: LatentGroups = None,
    sample_weight: ArrayLike | None = None,
) -> Report:
    r"""MED: disentanglement and completeness of latents, by their shares of the information about each factor.

    .. math:: R_{jk} = \frac{I(z_j; v_k)}{\sum_i I(z_i; v_k)}

    The disentanglement of latent j is 1 minus the entropy of its row of R, as shares, in base K; their mean has the
    weights :math:`\sum_k R_{jk}`. The completeness of factor k is 1 minus the entropy of its column of R in base D.
    These are the formulas of DCI (Eastwood and Williams 2018), with information in the place of the importances of a
    predictor: nothing is fitted. Few rows show information by chance about every factor, which lowers both:
    ``entropy="miller-madow"`` corrects that, and a note says by how much.

    Parameters
    ----------
    latents : array-like of shape (n_samples, n_latents), n_latents >= 2
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
    top_k : int, optional
        Count only so many latents of each factor, the most disentangled ones. A latent belongs to the factor that it
        is most important for. For codes of hundreds of latents: the other latents are left out of both scores, and the
        mean of completeness has the weights :math:`\sum_j R_{jk}` over the latents that count.
    inactive : {"drop", "keep", "collapsed"}, default "drop"
        Inactive latents, which are constant, are left out of the mean or count as 0; disentanglement is the same, and
        completeness has the base of all D latents if they count. ``"collapsed"`` leaves those out as well whose mean KL
        from the prior is below 0.01 nats or, without a posterior, whose variance is below a fiftieth of the largest.
    factor_kinds : str, sequence or mapping, optional
        ``"categorical"``, ``"ordinal"``, ``"continuous"``, ``"circular"``, :class:`Circular` or ``"identifier"`` (not
        scored), for all, per factor or by name; inferred by default.
    factor_bins : int, default 20
        Equal-width bins that a continuous factor is cut into, 2 to 65536.
    degenerate : {"drop", "zero", "raise"}, default "drop"
        A constant factor has no value: leave it out of the mean with a warning, count it as 0, or refuse.
    latent_groups : sequence of sequences of int or str, or mapping from name to such a sequence, optional
        Latents that are scored together, ``[(0, 1), (2,)]`` or ``{"orientation": ["z0", "z1"], "x": ["z2"]}``: each
        group is one row of the matrix, and latents in no group are left out.
    sample_weight : array-like of shape (n_samples,), optional
        How much each row counts; a row of weight 0 is as if it were not there.

    Returns
    -------
    Report
        ``med.disentanglement`` with ``per_latent`` (n_latents,), NaN for inactive latents, and ``med.completeness``
        with ``per_factor`` (n_factors,). Both are dimensionless, in [0, 1], higher is better. ``matrix``
        (n_latents, n_factors) is R, whose columns sum to 1. With one factor that varies there is no disentanglement,
        and ``left_out`` says so.

    Raises
    ------
    ShapeError, DTypeError, NonFiniteError
        If the arrays cannot be scored.
    OptionError
        If an option is not known.
    InputError
        If no factor varies, there is one latent, whose shares are 1, a latent's range is too small for `n_bins`
        distinct bins, or weights are no weights.

    References
    ----------
    Cao, Nai, Yang, Huang and Gao (2022), An Empirical Study on Disentanglement of Negative-free Contrastive Learning,
    arXiv:2206.04756. Eastwood and Williams (2018), A Framework for the Quantitative Evaluation of Disentangled
    Representations, section 2.

    Examples
    --------
    >>> v = [[0, 0], [0, 1], [1, 0], [1, 1]]
    >>> med(v, v, n_bins=2)
    Report(med.disentanglement=1.0000, med.completeness=1.0000)
    >>> twice = [[0, 0, 0], [0, 0, 1], [1, 1, 0], [1, 1, 1]]  # the first factor has two latents
    >>> report = med(twice, v, n_bins=2)
    >>> print(report["med.completeness"].describe().splitlines()[1])
      v0 0.37   v1 1.00
    """
    options = checked("med", locals())
    data, notes = prepare(options, latents, factors)
    left_out = lacking_parts(options.spec, data)
    units = resolve_units(latent_groups, data.latent_names)
    info = measured_information(options, data, units=units, kind=InformationImportance)
    scored = Importance(data.n_factors - len(data.degenerate), _n_latents(data, units, options["inactive"]), top_k)
    by_part = {
        "disentanglement": (scored.disentanglement, scored.of_latents),
        "completeness": (scored.completeness, None if top_k is None else scored.of_factors),
    }
    return Report(
        {
            f"med.{part}": settle_counted(info, reduce, notes, part=part, weigh=weigh)
            for part, (reduce, weigh) in by_part.items()
            if f"med.{part}" not in left_out
        },
        left_out,
    )


def _n_latents(data: Representation, units: Units | None, inactive: str) -> int:
    """Return the number of latents, or groups of latents, that can be important for a factor."""
    silent = data.inactive if units is None else units.inactive(data.inactive)
    return len(silent) if inactive == "keep" else int(np.count_nonzero(~silent))


@dataclass(frozen=True)
class Importance:
    """Both parts of the score as functions of information.

    Attributes
    ----------
    n_factors, n_latents : int
        The numbers of factors and latents that can have information.
    top_k : int or None
        The number of latents of each factor that count.
    """

    n_factors: int
    n_latents: int
    top_k: int | None

    def disentanglement(self, parts: Sequence[Information]) -> Floats:
        """Return the disentanglement of each latent, also of those that do not count: (..., n_latents)."""
        return disentanglement(shares_of(parts), self.n_factors)

    def completeness(self, parts: Sequence[Information]) -> Floats:
        """Return the completeness of each factor among the latents that count: (..., n_factors)."""
        kept = self._kept(parts)
        n_latents = self.n_latents if self.top_k is None else np.count_nonzero(kept.any(axis=-1), axis=-1)[..., None]
        return completeness(kept, np.maximum(n_latents, 2))

    def of_latents(self, parts: Sequence[Information]) -> Floats:
        """Return the importance of each latent, 0 for those that do not count: (..., n_latents)."""
        return np.asarray(self._kept(parts).sum(axis=-1))

    def of_factors(self, parts: Sequence[Information]) -> Floats:
        """Return the importance of the latents that count for each factor: (..., n_factors)."""
        return np.asarray(self._kept(parts).sum(axis=-2))

    def _kept(self, parts: Sequence[Information]) -> Floats:
        """Return the shares of the latents that count; those of the others are 0."""
        shares = shares_of(parts)
        if self.top_k is None:
            return shares
        return np.where(most_disentangled(shares, self.n_factors, self.top_k)[..., None], shares, 0.0)
