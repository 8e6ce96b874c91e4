"""Chance: the scores of the same latents without information: with permuted rows of the factors, or of each latent."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..options import integer, resolve_seed
from ..scores.attachments import Null
from ..scores.recipe import stacked
from ..scores.score import Score
from .replicates import recipe_of

Floats = NDArray[np.float64]

# Default numbers of permutations: if each takes a count, and if each takes a full new score.
MANY, FEW = 200, 20
QUANTILES = (0.05, 0.5, 0.95)


def with_chance(score: Score, n_permutations: int | None, random_state: int | np.random.Generator | None) -> Score:
    """Return the score with its chance level.

    One order serves all factors, so that they keep their dependence on each other; latents keep theirs. Of a metric
    without factors the rows of each latent have an order of their own, so that latents know nothing of each other.
    """
    recipe = recipe_of(score)
    if recipe.no_chance:
        return score.noted(f"no chance level: {recipe.no_chance}")
    seed = resolve_seed(random_state, 1)
    rng = np.random.default_rng(seed)
    recounted = recipe.recounted()
    count = integer("n_permutations", n_permutations or (FEW if recounted is None else MANY), 1)
    shuffled = recounted or recipe.refitted()
    drawn = [shuffled(recipe.order(rng)) for _ in range(count)]
    parts = np.array([draw.parts for draw in drawn])
    undefined = np.isnan(recipe.parts)
    parts[:, undefined] = np.nan
    values = recipe.whole(parts, stacked(draw.weights for draw in drawn))
    low, middle, high = (float(q) for q in np.quantile(values, QUANTILES))
    p = np.where(undefined, np.nan, p_value(parts, recipe.parts, recipe.reaches))
    null = Null(
        mean=float(values.mean()),
        quantiles=(low, middle, high),
        p_value=float(p_value(values, np.array(float(score)), recipe.reaches)),
        **recipe.by_unit(per_factor=tuple(parts.mean(axis=0).tolist()), per_factor_p=tuple(p.tolist())),
        matrix=tuple(map(tuple, np.mean([draw.matrix for draw in drawn], axis=0).tolist())),
        n_permutations=count,
        random_state=seed,
        method="refitted" if recounted is None else "recounted",
    )
    return score.replace(chance=null.mean, null=null)


def p_value(null: Floats, observed: Floats, upwards: bool = True) -> Floats:
    """Return p-values (1 + null values that reach the observed one) / (1 + null values): (B, ...) -> (...).

    A null value reaches the observed one from below, or from above unless `upwards`.

    The observed order is one of the orders too, so 1 is added (Phipson and Smyth 2010, Statistical Applications in
    Genetics and Molecular Biology 9, 39). A null value that differs by rounding only counts as equal.
    """
    reached = np.sum(null >= observed - 1e-12 if upwards else null <= observed + 1e-12, axis=0)
    return np.asarray((1.0 + reached) / (1.0 + len(null)))
