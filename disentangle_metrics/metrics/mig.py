"""Mutual information gap (MIG), Chen et al. 2018."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..data.kinds import FactorKinds
from ..data.latent_groups import LatentGroups, resolve_units
from ..data.representation import Representation
from ..data.targets import Targets, resolve_targets
from ..errors import OptionError
from ..kernels.discretizing.discretizers import Discretizer, discretize_uniform
from ..kernels.entropy.table import Entropy
from ..kernels.information.estimators import KSG, Gaussian
from ..options import Choice, resolve_seed
from ..reductions.gaps import Aggregate
from ..reductions.halves import check_choice_of_latents, note_on_negative
from ..reductions.shares import normalized_gaps
from ..registry import register
from ..scores.counting import measured_information
from ..scores.declared import Options, checked
from ..scores.notes import no_targets
from ..scores.recipe import Debiasing
from ..scores.score import Note, Score
from ..scores.settle import prepare, settle

NORMALIZERS = ("factor", "latent", "log-cardinality", "none", "correlation", "self-information")

# Options that say on which rows latents are chosen, which a signature shows where they were.
_CHOSEN = ("select_on", "random_state")


def _bounds(options: Mapping[str, Any]) -> tuple[float, float]:
    """Return between which values the gap lies: nats, and a share of an entropy of other bins, have no end."""
    high = 1.0 if options["normalizer"] != "none" and options["estimator"] == "binned" else np.inf
    return 0.0 if options["select_on"] is options["targets"] is None else -high, high


@register(
    measures="compactness",
    source="Chen et al. 2018, arXiv:1802.04942, sec. 4",
    range=(0.0, 1.0),
    bounds=_bounds,
    higher_is_better=True,
    traits={"gap", "counts"},
    seconds=0.008,
    options={
        "inactive": Choice(names=("keep", "collapsed")),
        "normalizer": Choice(names=NORMALIZERS),
    },
    invariances={"row-order", "latent-order", "factor-order", "factor-relabel"},
)
def mig(
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
    select_on: str | None = None,
    random_state: int | np.random.Generator | None = 42,
    one_hot: bool = False,
    targets: Targets = None,
    inactive: str = "keep",
) -> Score:
    r"""Mutual information gap: for each factor, the lead of the latent with the most information about it.

    .. math:: \frac{1}{K} \sum_k \frac{1}{H(v_k)} \left( I(z_{j_k}; v_k) - \max_{j \ne j_k} I(z_j; v_k) \right),
       \quad j_k = \arg\max_j I(z_j; v_k)

    MIG is 1 if one latent has all information about each factor and no other latent has any. It is 0 if the two best
    latents have equal information. Latents are first cut into bins. A latent in `n_bins` bins has at most
    log(`n_bins`) nats, so a perfect latent of a factor with 40 equally frequent values scores 0.80 with 20 bins.

    Parameters
    ----------
    latents : array-like of shape (n_samples, n_latents), n_latents >= 2
        Finite numbers; encoder means as a rule. A :class:`Representation` stands for both arrays.
    factors : array-like of shape (n_samples, n_factors)
        Ground-truth factors. A missing label leaves its row out for that factor, as if it were not there.
    discretizer : {"uniform", "quantile", "kmeans", "unique"}, Uniform, Edges or callable, default "uniform"
        How a latent is cut into bins: equal-width bins between its extremes (one outlier can ruin them);
        equal-frequency bins (unmoved by monotone maps); groups of values close to each other; each distinct value (for
        discrete latents). ``Uniform(quantiles=(0.01, 0.99))`` or ``Uniform(range=(-3, 3))`` cut a range of choice, and
        ``Edges((0.0, 0.5, 1.0))`` at given edges; values outside are in the end bins. A callable takes values ``(n,)``
        and `n_bins` and returns an integer per value.
    n_bins : int or "auto", default 20
        Bins per latent, 2 to 65536 (1024 for k-means). ``"auto"`` chooses for each latent by the rule of Freedman and
        Diaconis, at most the square root of the number of rows; ``settings["bins_per_latent"]`` holds what it chose.
    entropy : str, Dirichlet or callable, default "plugin"
        Estimator from counts, for latents, factors and pairs alike. ``"plugin"`` shows information where there is none;
        ``"miller-madow"``, ``"jackknife"``, ``"extrapolated"``, ``"grassberger"``, ``"chao-shen"`` and ``"nsb"``
        correct that and can make information negative. ``"james-stein"``, ``"jeffreys"``, ``"laplace"``, ``"perks"``,
        ``"minimax"`` and :class:`Dirichlet` take frequencies to be more equal than they were, by which information
        shrinks, that of a perfect latent too. A callable takes counts ``(..., m)`` and returns nats ``(...)``; empty
        cells may be left out. ``docs/entropy.md`` has the bias and the spread of each.
    normalizer : str, default "factor"
        What the gap is divided by: H(v_k), the paper's; the log of the number of values seen; nothing, for nats.
        ``"latent"`` divides each I(z_j; v_k) by H(z_j) before the gap is taken, as Carbonneau et al. 2022 do.
        ``"correlation"`` makes each I the correlation that a Gaussian would need for it, sqrt(1 - exp(-2 I)) (Linfoot
        1957), before the gap is taken. ``"self-information"`` divides by the estimate of I(v_k; v_k) that
        ``estimator="ksg"`` makes, which for a continuous factor grows with n.
    factor_kinds : str, sequence or mapping, optional
        ``"categorical"``, ``"ordinal"``, ``"continuous"``, ``"circular"``, :class:`Circular` or ``"identifier"`` (not
        scored), for all, per factor or by name; inferred by default. Ordinal labels count as labels do. Of a circular
        factor few angles are labels, and many are cut into `factor_bins` equal arcs.
    factor_bins : int, default 20
        Equal-width bins that a continuous factor is cut into, 2 to 65536; without bins, for its entropy alone.
    degenerate : {"drop", "zero", "raise"}, default "drop"
        A constant factor has no value: leave it out of the mean with a warning, count it as 0, or refuse.
    aggregate : {"mean", "median", "min"} or callable, default "mean"
        Makes one number of the defined values.
    estimator : str, KSG, Gaussian or GaussianCopula, default "binned"
        How I(z_j; v_k) is estimated: ``"binned"``; or without bins from nearest neighbors, ``"ksg"`` and ``"ksg2"``
        (Kraskov et al. 2004; Ross 2014 for a categorical factor) and ``"ksg-sklearn"`` (the same, rounded as
        scikit-learn does); or, for continuous factors alone, from the correlation of the values, ``"gaussian"``, or of
        their ranks, ``"gaussian-copula"``. Without bins `discretizer`, `n_bins` and `entropy` have no effect and must
        be left as they are, and H(v_k) is the plug-in entropy of labels, or of the `factor_bins` bins of a continuous
        factor: a latent may know more than that, and score above 1.
    latent_groups : sequence of sequences of int or str, or mapping from name to such a sequence, optional
        Latents that are scored together, ``[(0, 1), (2,)]`` or ``{"orientation": ["z0", "z1"], "x": ["z2"]}``: each
        group is one row of the matrix, and latents in no group are left out. The bins of a group are the cells of its
        members' bins that hold rows: many, so a group needs many rows (``docs/groups.md``). Without bins, neighbors are
        those in all members by the maximum norm; a Gaussian takes the multiple correlation.
    sample_weight : array-like of shape (n_samples,), optional
        How much each row counts; a row of weight 0 is as if it were not there. Bins are cut from rows, however much
        they weigh. Estimators made for counts of rows take whole numbers only; without bins ``"gaussian"`` alone takes
        weights. A :class:`Representation` may have weights of its own instead.
    select_on : {"half"}, optional
        Choose the two best latents of each factor on a random half of the rows and measure their gap on the other,
        then the other way round, and take the mean. The gap of noise is then 0 on average, so it can be negative; but
        entropies are those of half the rows.
    random_state : int, Generator or None, default 42
        Seed of the halves. A Generator or None draws one, which is recorded.
    one_hot : bool, default False
        Take each factor apart into its values, a binary factor for each, and weigh them by how often they occur: for
        sparse codes, which have a latent for each value.
    targets : mapping from factor to latent, optional
        The latent that is meant for a factor, by name or index: its gap is its lead over the best of the others, and
        negative if one of these knows more. Factors without a target have the gap of the best latent.
    inactive : {"keep", "collapsed"}, default "keep"
        Inactive latents count as they are, or as constant: a mean KL from the prior below 0.01 nats where the posterior
        is known, else a variance below a fiftieth of the largest.

    Returns
    -------
    Score
        Dimensionless, in [0, 1] for the plug-in entropy (nats for ``normalizer="none"``), higher is better.
        ``per_factor`` (n_factors,); ``matrix`` (n_latents or n_groups, n_factors), mutual information in nats.

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
    Chen, Li, Grosse and Duvenaud (2018), Isolating Sources of Disentanglement in Variational Autoencoders,
    arXiv:1802.04942, section 4. There I is taken under the encoder's posterior; here, as in nearly every later paper,
    from binned means (Locatello et al. 2019, arXiv:1811.12359).

    Examples
    --------
    >>> v = [[0, 0], [0, 1], [1, 0], [1, 1]]
    >>> mig(v, v, n_bins=2)
    1.0
    >>> score = mig([[0, 0], [0, 0], [1, 0], [1, 0]], [[0], [1], [0], [1]], n_bins=2)
    >>> score.describe().splitlines()[0]
    'mig = 0.0000'
    """
    options = checked("mig", locals())
    normalizer, entropy = options["normalizer"], options["entropy"]
    _check_together(options)
    seed = resolve_seed(random_state, 1) if options["select_on"] else None

    data, notes_on_data = prepare(options, latents, factors)
    units = resolve_units(latent_groups, data.latent_names)
    meant = resolve_targets(targets, data.factor_names, units.names if units else data.latent_names)
    info = measured_information(options, data, units=units, halves_seed=seed, normalizer=normalizer)

    def notes(gaps: NDArray[np.float64]) -> list[Note]:
        on_groups = units.notes() if units else []
        on_leads = meant.notes(gaps) if meant else note_on_negative(gaps)
        return [*notes_on_data, *on_groups, *info.notes(gaps[0]), *on_leads]

    plain = normalizer == "factor" and entropy == "plugin" and seed is None and options["estimator"] == "binned"
    counted = info.resolved.get("n_bins", options["n_bins"]) if plain and options["n_bins"] != "auto" else None
    return settle(
        options,
        info.statistic,
        partial(normalized_gaps, normalizer=normalizer, targets=meant and meant.rows),
        resolved={**info.resolved, "random_state": seed, "targets": meant and meant.setting},
        always=(*info.always, *_CHOSEN),
        notes=notes,
        units=units,
        debias=None if meant else partial(_less_bias, normalizer=normalizer),
        no_ceiling=no_targets(meant is not None) or info.no_ceiling,
        most=partial(_most, n_bins=counted, factor_bins=options["factor_bins"]) if counted else None,
    )


def _most(data: Representation, n_bins: int, factor_bins: int) -> tuple[float, ...]:
    """Return the largest gap that a latent in so many bins can have on each factor, min(1, log(n_bins) / H(v_k))."""
    most = np.full(data.n_factors, np.nan)
    for group in data.groups():
        for k in group.factors:
            counts = data.factor(group, k, discretize_uniform, factor_bins).counts
            share = counts[counts > 0] / counts.sum()
            most[k] = min(1.0, np.log(n_bins) / (float(-(share @ np.log(share))) or np.inf))
    return tuple(most.tolist())


def _less_bias(counts: Any, normalizer: str) -> Debiasing:
    from ..debiasing.counted_gaps import CountedGaps

    return CountedGaps(counts, normalizer)


def _check_together(options: Options) -> None:
    """Raise OptionError if an option was given that would have no meaning beside the others."""
    normalizer, binless = options["normalizer"], options.use("estimator")
    check_choice_of_latents(options["targets"], options["select_on"])
    if binless is None and normalizer == "self-information":
        raise OptionError("normalizer='self-information' needs estimator='ksg'; bins have normalizer='factor'.")
    if binless is not None and normalizer == "latent":
        raise OptionError(
            f"normalizer='latent' needs bins, and not estimator={binless}: the entropy of numbers without bins is no "
            "share of anything. Use normalizer='factor', 'correlation' or 'none'."
        )
