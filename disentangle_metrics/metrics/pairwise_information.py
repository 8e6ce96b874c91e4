"""Mean mutual information of two latents, Locatello et al. 2019."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..data.representation import Representation
from ..kernels.discretizing.discretizers import MAX_BINS, Discretizer
from ..kernels.entropy.table import Entropy
from ..options import Choice, Integer
from ..reductions.pairs import DIVISORS, mean_of_pairs
from ..registry import register
from ..scores.counting import BINS, binning, on_bins
from ..scores.declared import INACTIVE_LATENTS, checked
from ..scores.on_dependence import on_active
from ..scores.on_pairs import on_information
from ..scores.recipe import Debiasing
from ..scores.score import Score
from ..scores.settle import prepare, settle
from ..statistics.latent_pairs import LatentPairs, Pairs


def _bounds(options: Mapping[str, Any]) -> tuple[float, float]:
    """Return the lowest and the highest information: nats have no end, nor do shares by a corrected entropy."""
    return 0.0, 1.0 if options["normalizer"] != "none" and options["entropy"] == "plugin" else np.inf


@register(
    measures="independence",
    source="Locatello et al. 2019, arXiv:1811.12359; disentanglement_lib, unsupervised_metrics.py",
    range=(0.0, np.inf),
    bounds=_bounds,
    higher_is_better=False,
    needs={"two latents"},
    unit="whole",
    columns="latents",
    seconds=0.015,
    options={
        "n_bins": Integer(low=2, high=MAX_BINS, names=("auto",)),
        "normalizer": Choice(
            names=tuple(DIVISORS),
            meaning="What the information of two latents is divided by: nothing, for nats; or the geometric or "
            "arithmetic mean, the smaller or the larger of their entropies.",
        ),
        "inactive": INACTIVE_LATENTS,
    },
    invariances={"row-order", "latent-order"},
)
def pairwise_information(
    latents: ArrayLike | Representation,
    factors: ArrayLike | None = None,
    *,
    discretizer: str | Discretizer = "uniform",
    n_bins: int | str = 20,
    entropy: str | Entropy = "plugin",
    normalizer: str = "none",
    inactive: str = "drop",
    sample_weight: ArrayLike | None = None,
) -> Score:
    r"""Pairwise information: how much a latent tells of another one on average, in nats.

    .. math:: \frac{2}{D (D - 1)} \sum_{i < j} I(z_i; z_j)

    I is the mutual information of two latents that are cut into bins, as those of :func:`mig` are. Unlike correlations
    it shows any dependence of two latents, and none of three at once. It needs no factors, and says nothing of them.

    Parameters
    ----------
    latents : array-like of shape (n_samples, n_latents), n_latents >= 2
        Finite numbers; encoder means as a rule. Samples score another number, see the page of this metric.
    factors : array-like of shape (n_samples, n_factors), optional
        Not used.
    discretizer : {"uniform", "quantile", "kmeans", "unique"}, Uniform, Edges or callable, default "uniform"
        How a latent is cut into bins: as by :func:`mig`.
    n_bins : int or "auto", default 20
        Bins per latent, 2 to 65536, as by :func:`mig`.
    entropy : str, Dirichlet or callable, default "plugin"
        Estimator from counts, for latents, factors and pairs alike. By ``"plugin"`` independent latents have
        information, about (bins - 1)^2 / 2n nats; ``"nsb"`` takes most of it off. A mean below 0 counts as 0.
    normalizer : {"none", "geometric", "arithmetic", "min", "max"}, default "none"
        What the information of two latents is divided by: nothing, for nats; or the geometric or arithmetic mean, the
        smaller or the larger of their entropies.
    inactive : {"drop", "keep", "collapsed"}, default "drop"
        Inactive latents, which are constant, are left out of the mean or count as 0; by ``"collapsed"`` latents that
        the encoder does not use are left out too: a mean KL from the prior below 0.01 nats where the posterior is
        known, else a variance below a fiftieth of the largest.
    sample_weight : array-like of shape (n_samples,), optional
        How much each row counts; a row of weight 0 is as if it were not there.

    Returns
    -------
    Score
        ``matrix`` (n_latents, n_latents), mutual information in nats, and entropies on the diagonal.

    Raises
    ------
    ShapeError, DTypeError, NonFiniteError
        If `latents` is not a table of finite numbers with two columns or more.
    OptionError
        If an option or one of its values is not known.
    InputError
        If a latent cannot be cut into so many bins, or weights are no weights.

    References
    ----------
    Locatello et al. (2019), Challenging Common Assumptions in the Unsupervised Learning of Disentangled
    Representations, arXiv:1811.12359.

    Examples
    --------
    >>> z = np.repeat([[0, 0, 0], [0, 0, 1], [1, 1, 0], [1, 1, 1]], 5, axis=0)  # the first two latents are the same
    >>> score = pairwise_information(z, n_bins=2)
    >>> round(score, 4), round(float(np.log(2) / 3), 4)
    (0.231, 0.231)
    >>> score.to_frame().abs().round(2).rename_axis(index=None, columns=None)
          z0    z1    z2
    z0  0.69  0.69  0.00
    z1  0.69  0.69  0.00
    z2  0.00  0.00  0.69
    """
    options = checked("pairwise_information", locals())
    data, notes = prepare(options, latents, factors)
    binned, resolved = binning(options, data)
    statistic = LatentPairs(data=data, **binned)
    how = {"normalizer": options["normalizer"], "keep": options["inactive"] == "keep"}
    reduce = partial(_mean, **how)
    notes = [
        *notes,
        *on_active(data),
        *on_bins(options, data, "every other latent"),
        on_information(reduce),
    ]
    return settle(
        options,
        statistic,
        reduce,
        notes=notes,
        resolved=resolved,
        always=(*BINS, "normalizer"),
        debias=partial(_less_bias, **how),
    )


def _mean(pairs: Pairs, normalizer: str, keep: bool) -> NDArray[np.float64]:
    return mean_of_pairs(pairs.mutual, pairs.active, normalizer, keep)


def _less_bias(counts: Any, **how: Any) -> Debiasing:
    from ..debiasing.counted_pairs import CountedPairs

    return CountedPairs(counts, **how)
