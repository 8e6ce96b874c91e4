"""Ceiling: what the perfect code of these very factors scores by the same options."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..data.representation import Representation
from ..oracles import noise
from ..scores.attachments import Ceiling
from ..scores.score import Score
from .replicates import recipe_of

Floats = NDArray[np.float64]

# A score and its ceiling are equal, where they differ in rounding alone.
_ROUNDING = 1e-9


def with_ceiling(score: Score) -> Score:
    """Return the score with its ceiling, or with a note that says why there is none."""
    recipe = recipe_of(score)
    if recipe.no_ceiling:
        return _noted(score, f"no ceiling: {recipe.no_ceiling}")
    data = recipe.data
    best = recipe.again(perfect_code(data))
    per_factor = () if best.per_factor is None else tuple(best.per_factor.tolist())
    score = score.replace(ceiling=Ceiling(float(best), per_factor, recipe.most(data) if recipe.most else None))
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
    if k in data.degenerate:
        return np.zeros(data.n_samples)
    there = np.ones(data.n_samples, dtype=bool) if labels.missing is None else ~labels.missing
    numeric = labels.values.dtype.kind in "biuf"
    x = (labels.numbers() if numeric else labels.codes).astype(np.float64)[there]
    found = np.zeros(data.n_samples)
    if len(x) and x.max() > x.min():
        x = x / 2 - x.min() / 2
        x /= x.max()
        found[there] = (x - x.mean()) / x.std()
    return found


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
