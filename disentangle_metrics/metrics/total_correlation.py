"""Gaussian total correlation of latents, Locatello et al. 2019."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ..data.representation import Representation
from ..options import Choice
from ..reductions.dependence import total_correlation as nats_of
from ..registry import register
from ..scores.declared import checked
from ..scores.on_dependence import on_active, on_moments
from ..scores.score import Score
from ..scores.settle import prepare, settle
from ..statistics.latent_moments import LatentMoments


@register(
    measures="independence",
    source="Locatello et al. 2019, arXiv:1811.12359, sec. 5.1; Watanabe 1960, IBM J. Res. Dev. 4, 66",
    range=(0.0, np.inf),
    higher_is_better=False,
    needs={"two latents"},
    unit="whole",
    columns="latents",
    seconds=0.005,
    options={
        "inactive": Choice(
            names=("drop", "collapsed"), meaning="Inactive latents, which are constant, take no part; or also"
        )
    },
    invariances={"row-order", "latent-order"},
)
def total_correlation(
    latents: ArrayLike | Representation,
    factors: ArrayLike | None = None,
    *,
    inactive: str = "drop",
    sample_weight: ArrayLike | None = None,
) -> Score:
    r"""Total correlation: how much latents depend on each other linearly, in nats.

    .. math:: -\tfrac12 \ln \det R = \tfrac12 \left( \sum_j \ln S_{jj} - \ln \det S \right)

    S are the covariances of the latents and R their correlations. It is the divergence of a normal distribution with
    these covariances from one of independent latents: 0 if no two latents are correlated, and infinite if a latent is
    a linear map of the others. It needs no factors, and says nothing of them.

    Parameters
    ----------
    latents : array-like of shape (n_samples, n_latents), n_latents >= 2
        Finite numbers; encoder means as a rule. Samples score another number, see the page of this metric.
    factors : array-like of shape (n_samples, n_factors), optional
        Not used.
    inactive : {"drop", "collapsed"}, default "drop"
        Inactive latents, which are constant, take no part; or also, by ``"collapsed"``, latents that the encoder does
        not use: a mean KL from the prior below 0.01 nats where the posterior is known, else a variance below a fiftieth
        of the largest.
    sample_weight : array-like of shape (n_samples,), optional
        How much each row counts; a row of weight 0 is as if it were not there.

    Returns
    -------
    Score
        ``matrix`` (n_latents, n_latents), correlations.

    Raises
    ------
    ShapeError, DTypeError, NonFiniteError
        If `latents` is not a table of finite numbers with two columns or more.
    OptionError
        If an option or one of its values is not known.
    InputError
        If weights are no weights.

    Notes
    -----
    Correlations whose largest eigenvalue is 1e12 times the smallest or more count as singular, which is about the
    rounding of float32. The score is then infinite, and a note names the latents.

    References
    ----------
    Locatello et al. (2019), Challenging Common Assumptions in the Unsupervised Learning of Disentangled
    Representations, arXiv:1811.12359, section 5.1. Watanabe (1960), Information theoretical analysis of multivariate
    correlation, IBM Journal of Research and Development 4, 66-82.

    Examples
    --------
    >>> z = np.random.default_rng(0).normal(size=(10_000, 2)) @ [[1, 0.6], [0, 0.8]]
    >>> round(total_correlation(z), 4), round(float(-np.log(1 - 0.6**2) / 2), 4)
    (0.2162, 0.2231)
    >>> total_correlation(np.column_stack([z, z[:, 0]])).notes
    ('latents that are the same in other units: z0 and z2. Without z2 the score is 0.2162',)
    """
    options = checked("total_correlation", locals())
    data, notes = prepare(options, latents, factors)
    statistic = LatentMoments(data=data)
    return settle(options, statistic, nats_of, notes=[*notes, *on_active(data), on_moments(nats_of)])
