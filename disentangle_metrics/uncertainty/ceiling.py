"""Ceiling: what the perfect code of these very factors scores by the same options."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..context import Ceiling
from ..kernels.cuts import Edges, Uniform
from ..kernels.discretize import discretize_uniform
from ..kernels.estimators import KSG, Gaussian
from ..kernels.merging import Factor
from ..kinds import Circular
from ..oracles import noise
from ..representation import Representation
from ..score import Score
from .rows import Asked, scored

Floats = NDArray[np.float64]

# A score and its ceiling are equal, where they differ in rounding alone.
_ROUNDING = 1e-9


def with_ceiling(asked: Asked) -> Score:
    """Return the score with its ceiling, or with a note that says why there is none."""
    if why := _not_defined(asked):
        return _noted(asked.score, f"no ceiling: {why}")
    best = scored(asked, perfect_code(asked.data))
    per_factor = () if best.per_factor is None else tuple(best.per_factor.tolist())
    score = asked.score.replace(ceiling=Ceiling(float(best), per_factor, _bound(asked)))
    if not _passes(score, float(best)):
        return score
    return _noted(score, f"the score passes the ceiling, {best:.4f}, so the ceiling is no bound here")


def _noted(score: Score, note: str) -> Score:
    return score.replace(notes=(*score.notes, note))


def _passes(score: Score, ceiling: float) -> bool:
    return float(score) > ceiling + _ROUNDING


def perfect_code(data: Representation) -> Representation:
    """Return the factors of a representation with themselves as latents: each a number, in its own order.

    Numbers are kept, other labels are numbered in the order they are sorted in; each has mean 0 and deviation 1. Where
    a label is missing the latent is 0. A single factor has a column of noise beside it, since a gap needs two.
    """
    columns = [_numbers(data, k) for k in range(data.n_factors)]
    names = [f"perfect {name}" for name in data.factor_names]
    if len(columns) == 1:
        columns.append(noise(np.zeros((data.n_samples, 1), dtype=int), [1], n_latents=1)[:, 0])
        names.append("noise")
    return Representation(
        np.stack(columns, axis=1),
        data.factors,
        latent_names=names,
        factor_names=data.factor_names,
        factor_kinds=data.factor_kinds,
    )


def _numbers(data: Representation, k: int) -> Floats:
    labels = data.labels(k)
    there = np.ones(data.n_samples, dtype=bool) if labels.missing is None else ~labels.missing
    numeric = labels.values.dtype.kind in "biuf"
    x = (labels.numbers() if numeric else labels.codes).astype(np.float64)[there]
    found = np.zeros(data.n_samples)
    if len(x) and x.max() > x.min():
        x = x / 2 - x.min() / 2
        x /= x.max()
        found[there] = (x - x.mean()) / x.std()
    return found


def _not_defined(asked: Asked) -> str | None:
    """Return why the perfect code cannot be scored by these options, None if it can."""
    if asked.spec.requires:
        return f"{asked.spec.name} needs {', '.join(sorted(asked.spec.requires))}, which a code of labels does not have"
    discretizer = asked.options.get("discretizer")
    if isinstance(discretizer, Edges) or (isinstance(discretizer, Uniform) and discretizer.range is not None):
        return "bins at given places are made for these latents, and not for the perfect ones"
    if asked.options.get("latent_groups") is not None:
        return "groups are of these latents, and not of the perfect ones"
    if _knows_without_bound(asked):
        return (
            "without bins no entropy bounds what a factor knows of itself. Use normalizer='correlation', or "
            "'self-information' with estimator='ksg'"
        )
    if _takes_circles_as_two(asked):
        return "a circular factor is taken as cosine and sine, of which no single latent is a perfect code"
    return None


def _knows_without_bound(asked: Asked) -> bool:
    """Whether the information of a factor with itself is estimated without bins, and nothing brings it to 1."""
    settings = asked.score.settings
    without_bins = isinstance(settings.get("estimator"), (KSG, Gaussian))
    return without_bins and settings["normalizer"] not in ("correlation", "self-information")


def _takes_circles_as_two(asked: Asked) -> bool:
    """Whether a circular factor is correlated with, or predicted as, its cosine and sine."""
    varying = (kind for k, kind in enumerate(asked.data.factor_kinds) if k not in asked.data.degenerate)
    if not any(isinstance(kind, Circular) for kind in varying):
        return False
    settings = asked.score.settings
    by_numbers = "circular" in settings.get("correlation", ()) or settings.get("scoring", "") is None
    return by_numbers or isinstance(settings.get("estimator"), Gaussian)


def _bound(asked: Asked) -> tuple[float, ...] | None:
    """Return min(1, log(n_bins) / H(v_k)) for gaps that are divided by H(v_k); None where that does not hold."""
    bins = asked.score.settings.get("n_bins")
    settings = asked.score.settings
    if not isinstance(bins, int) or settings["normalizer"] != "factor" or settings["entropy"] != "plugin":
        return None
    if settings["select_on"] is not None:  # H(v_k) is then that of half the rows
        return None
    data = Representation.of(asked.data, None, asked.options["factor_kinds"])
    bound = np.full(data.n_factors, np.nan)
    for group in data.groups():
        for k in group.factors:
            bound[k] = min(
                1.0, np.log(bins) / _entropy(data.factor(group, k, discretize_uniform, settings["factor_bins"]))
            )
    return tuple(bound.tolist())


def _entropy(factor: Factor) -> float:
    share = factor.counts[factor.counts > 0] / factor.counts.sum()
    return float(-(share @ np.log(share))) or np.inf


def adjust(score: Score) -> Score:
    """Return the score with (score - chance) / (ceiling - chance) beside it, or with a note that says why not."""
    if score.ceiling is None or score.chance is None:
        return _noted(score, "not adjusted: there is no ceiling")
    span = score.ceiling.value - score.chance
    if not span > _ROUNDING:
        return _noted(
            score,
            f"not adjusted: the ceiling, {score.ceiling.value:.4f}, is not above chance, {score.chance:.4f}. Take more "
            "rows, other bins or another probe",
        )
    if _passes(score, score.ceiling.value):
        return _noted(score, "not adjusted: the score passes the ceiling")
    return score.replace(adjusted=min(1.0, (float(score) - score.chance) / span))
