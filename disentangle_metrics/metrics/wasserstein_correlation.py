"""Gaussian Wasserstein correlation of latents, Locatello et al. 2019."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from ..data.representation import Representation
from ..options import Choice, Flag
from ..reductions.dependence import wasserstein
from ..registry import register
from ..scores.declared import checked
from ..scores.on_dependence import on_active, on_moments
from ..scores.score import Score
from ..scores.settle import prepare, settle
from ..statistics.latent_moments import LatentMoments


def _bounds(options: Mapping[str, Any]) -> tuple[float, float]:
    """Return the lowest and the highest distance: a share of the variance is at most twice the whole."""
    return 0.0, 2.0 if options["normalizer"] == "trace" else np.inf


@register(
    measures="independence",
    source="Locatello et al. 2019, arXiv:1811.12359; disentanglement_lib, unsupervised_metrics.py",
    range=(0.0, np.inf),
    bounds=_bounds,
    higher_is_better=False,
    needs={"two latents"},
    unit="whole",
    columns="latents",
    seconds=0.005,
    options={
        "standardize": Flag(meaning="Divide each latent by its standard deviation"),
        "normalizer": Choice(
            names=("none", "trace"), meaning="What the distance is divided by: nothing; the sum of the variances."
        ),
        "inactive": Choice(
            names=("drop", "collapsed"), meaning="Inactive latents, which are constant, take no part; or also"
        ),
    },
    invariances={"row-order", "latent-order"},
)
def wasserstein_correlation(
    latents: ArrayLike | Representation,
    factors: ArrayLike | None = None,
    *,
    standardize: bool = True,
    normalizer: str = "none",
    inactive: str = "drop",
    sample_weight: ArrayLike | None = None,
) -> Score:
    r"""Wasserstein correlation: how far latents are from independent ones, as the distance of two normal distributions.

    .. math:: 2 \operatorname{tr} S - 2 \operatorname{tr} (S^{1/2} D S^{1/2})^{1/2}

    S are the covariances of the latents and D their variances alone. It is the squared 2-Wasserstein distance of a
    normal distribution with these covariances to one of independent latents: 0 if no two latents are correlated, and,
    unlike :func:`total_correlation`, finite for copies. It needs no factors, and says nothing of them.

    Parameters
    ----------
    latents : array-like of shape (n_samples, n_latents), n_latents >= 2
        Finite numbers; encoder means as a rule. Samples score another number, see the page of this metric.
    factors : array-like of shape (n_samples, n_factors), optional
        Not used.
    standardize : bool, default True
        Divide each latent by its standard deviation, so that its unit does not matter. Without it, as published, the
        score has the squared unit of the latents, and wide latents count most.
    normalizer : {"none", "trace"}, default "none"
        What the distance is divided by: nothing; the sum of the variances.
    inactive : {"drop", "collapsed"}, default "drop"
        Inactive latents, which are constant, take no part; or also, by ``"collapsed"``, latents that the encoder does
        not use: a mean KL from the prior below 0.01 nats where the posterior is known, else a variance below a fiftieth
        of the largest.
    sample_weight : array-like of shape (n_samples,), optional
        How much each row counts; a row of weight 0 is as if it were not there.

    Returns
    -------
    Score
        ``matrix`` (n_latents, n_latents), correlations, or covariances if latents are not standardized.

    Raises
    ------
    ShapeError, DTypeError, NonFiniteError
        If `latents` is not a table of finite numbers with two columns or more.
    OptionError
        If an option or one of its values is not known.
    InputError
        If weights are no weights.

    References
    ----------
    Locatello et al. (2019), Challenging Common Assumptions in the Unsupervised Learning of Disentangled
    Representations, arXiv:1811.12359. Dowson and Landau (1982), The Frechet distance between multivariate normal
    distributions, Journal of Multivariate Analysis 12, 450-455.

    Examples
    --------
    >>> z = np.random.default_rng(0).normal(size=(10_000, 2)) @ [[1, 0.6], [0, 0.8]]
    >>> round(wasserstein_correlation(z), 4), round(4 - 2 * (1.6**0.5 + 0.4**0.5), 4)
    (0.1994, 0.2053)
    >>> round(wasserstein_correlation(z, normalizer="trace"), 4)
    0.0997
    """
    options = checked("wasserstein_correlation", locals())
    data, notes = prepare(options, latents, factors)
    statistic = LatentMoments(data=data, standardize=options["standardize"])
    distance = partial(wasserstein, standardize=options["standardize"], normalizer=options["normalizer"])
    in_nats = options["standardize"] and options["normalizer"] == "none"
    notes = [*notes, *on_active(data), on_moments(distance, by_chance=in_nats)]
    return settle(options, statistic, distance, notes=notes, always=("standardize", "normalizer"))
