"""Mutual information gap under the encoder's posterior, Chen et al. 2018."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..data.kinds import FactorKinds
from ..data.posterior import Posterior
from ..data.representation import Representation
from ..options import Choice, Integer, resolve_seed
from ..reductions.gaps import Aggregate, top_two_gap
from ..registry import register
from ..scores.declared import checked
from ..scores.score import Score
from ..scores.settle import notes_on, settle
from ..statistics.posterior import Known, PosteriorInformation

NORMALIZERS = ("factor", "log-cardinality", "none")

# Rows of a factor's rarest value below which a note says that so few posteriors describe it poorly.
_FEW_ROWS = 100


def _bounds(options: Mapping[str, Any]) -> tuple[float, float]:
    """Return between which values the gap lies: nats have no end."""
    return 0.0, np.inf if options["normalizer"] == "none" else 1.0


@register(
    measures="compactness",
    source="Chen et al. 2018, arXiv:1802.04942, sec. 4 and appendix C",
    range=(0.0, 1.0),
    bounds=_bounds,
    higher_is_better=True,
    invariances={"latent-order", "factor-order", "factor-relabel"},
    needs={"factors", "two latents", "posterior"},
    traits={"gap"},
    seconds=8.0,
    options={"n_draws": Integer(low=2), "normalizer": Choice(names=NORMALIZERS)},
)
def mig_posterior(
    mean: ArrayLike | Representation,
    logvar: ArrayLike | None = None,
    factors: ArrayLike | None = None,
    samples: ArrayLike | None = None,
    *,
    n_draws: int = 10_000,
    normalizer: str = "log-cardinality",
    factor_kinds: FactorKinds = None,
    factor_bins: int = 20,
    degenerate: str = "drop",
    aggregate: str | Aggregate = "mean",
    random_state: int | np.random.Generator | None = 42,
) -> Score:
    r"""Mutual information gap with information taken under the encoder's posterior, as its paper defines it.

    .. math:: \frac{1}{K} \sum_k \frac{1}{\log |V_k|} \left( I(z_{j_k}; v_k) - \max_{j \ne j_k} I(z_j; v_k) \right),
       \quad I(z_j; v_k) = H(z_j) - H(z_j | v_k)

    A latent is random here: :math:`q(z_j)` is the mean of :math:`q(z_j|x_n)` over all rows, and :math:`q(z_j|v_k)` is
    the mean over the rows with one value of the factor. Their entropies are means of :math:`-\log q` over samples. The
    noise of the encoder counts, unlike for :func:`mig` on means: a latent has no information if its mean follows a
    factor but its posterior is far wider than the range of the means.

    Parameters
    ----------
    mean : array-like of shape (n_samples, n_latents), n_latents >= 2
        Means of the Gaussians q(z|x). A :class:`Posterior` stands for all arrays.
    logvar : array-like of shape (n_samples, n_latents)
        Logarithms of their variances, between -300 and 300.
    factors : array-like of shape (n_samples, n_factors)
        Ground-truth factors; the paper takes every combination of their values once. Each value has
        the weight of its frequency. A missing label leaves its row out for that factor.
    samples : array-like of shape (n_samples, n_latents), optional
        One draw from each q(z|x); by default drawn here.
    n_draws : int, default 10000
        Rows, drawn at random without replacement, whose samples the entropies are means over; all rows if there are no
        more. The densities are always those of all rows.
    normalizer : {"factor", "log-cardinality", "none"}, default "log-cardinality"
        What the gap is divided by: H(v_k); the log of the number of values seen, which is the same on a full grid;
        nothing, for nats.
    factor_kinds : str, sequence or mapping, optional
        ``"categorical"``, ``"ordinal"``, ``"continuous"``, ``"circular"``, :class:`Circular` or ``"identifier"`` (not
        scored), for all, per factor or by name; inferred by default.
    factor_bins : int, default 20
        Equal-width bins that a continuous factor is cut into, 2 to 65536.
    degenerate : {"drop", "zero", "raise"}, default "drop"
        A constant factor has no value: leave it out of the mean with a warning, count it as 0, or refuse.
    aggregate : {"mean", "median", "min"} or callable, default "mean"
        Makes one number of the defined values.
    random_state : int, Generator or None, default 42
        Seed of the rows and of the samples. None draws a seed and records it.

    Returns
    -------
    Score
        Dimensionless, in [0, 1] (nats for ``normalizer="none"``), higher is better. ``per_factor`` (n_factors,);
        ``matrix`` (n_latents, n_factors), mutual information in nats, before estimates below 0 are raised to 0.

    Raises
    ------
    ShapeError, DTypeError, NonFiniteError
        If the arrays cannot be scored.
    OptionError
        If an option is not known, or an array is missing.
    InputError
        If there is no posterior, its log-variances are out of range, samples are not of it, or no factor varies.

    References
    ----------
    Chen, Li, Grosse and Duvenaud (2018), Isolating Sources of Disentanglement in Variational Autoencoders,
    arXiv:1802.04942, section 4, equations 5 and 6, and appendix C.

    Examples
    --------
    >>> import numpy as np
    >>> v = np.arange(400)[:, None] // [20, 1] % 20  # a full grid of two factors
    >>> round(mig_posterior(v, np.full(v.shape, -10.0), v), 3)
    1.0
    >>> round(mig_posterior(v, np.full(v.shape, 6.0), v), 2)  # standard deviations of 20, as wide as all the means
    0.02
    """
    options = checked("mig_posterior", locals())
    seed = resolve_seed(random_state, 1)

    data = Posterior.needed(mean, logvar, factors, samples, factor_kinds)
    data.refuse_weights("mig_posterior")
    before = notes_on(options, data)
    how = {name: options[name] for name in ("n_draws", "factor_bins")}
    statistic = PosteriorInformation(data=data, seed=seed, **how)
    return settle(
        options,
        statistic,
        partial(_gaps, normalizer=options["normalizer"]),
        resolved={
            "samples": "drawn" if data.samples is None else "given",
            "n_draws": min(n_draws, data.n_samples),
            "random_state": seed if data.samples is None or n_draws < data.n_samples else None,
        },
        always=("samples", "n_draws", "normalizer", "random_state"),
        notes=lambda _: [*before, *_notes(statistic.known, data.factor_names)],
    )


def _gaps(known: Known, normalizer: str) -> NDArray[np.float64]:
    """Return the lead of the latent that knows most of each factor, as a share of what there is to know: (k,)."""
    whole = np.ones(known.mutual.shape[1])
    for k, counts in known.counts.items():
        whole[k] = _whole(counts, normalizer)
    return top_two_gap(known.mutual) / whole


def _whole(counts: NDArray[np.int64], normalizer: str) -> float:
    """Return what there is to know of a factor, in nats, from how often each of its values occurs."""
    share = counts[counts > 0] / counts.sum()
    return {"factor": -float(share @ np.log(share)), "log-cardinality": float(np.log(len(share))), "none": 1.0}[
        normalizer
    ]


def _notes(known: Known, factor_names: tuple[str, ...]) -> list[str]:
    notes = []
    for factors in known.together:
        notes += _on_rows([factor_names[k] for k in factors], [known.counts[k] for k in factors])
    return notes


def _on_rows(names: list[str], counts: list[NDArray[np.int64]]) -> list[str]:
    notes = []
    uneven = [name for name, rows in zip(names, counts, strict=True) if len(np.unique(rows[rows > 0])) > 1]
    if uneven:
        notes.append(f"not a full grid: each value of {', '.join(uneven)} has the weight of its frequency")
    rarest = [int(rows[rows > 0].min()) for rows in counts]
    k = int(np.argmin(rarest))
    if rarest[k] < _FEW_ROWS:
        notes.append(
            f"a value of factor {names[k]!r} has {rarest[k]} rows only: so few posteriors, if they are narrow, "
            "seem to know the factor better than they do. Encode more rows."
        )
    return notes
