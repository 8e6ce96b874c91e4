"""What a reader should know of the dependence of latents by their second moments."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import NDArray

from ..data.posterior import Posterior
from ..data.representation import Representation
from ..errors import DisentangleError
from ..kernels.linear.moments import Floats, Moments
from ..reductions.dependence import SINGULAR, of_independent
from ..rendering.numbers import number
from ..statistics.latent_moments import LatentMoments, added_by_samples
from .on_latents import first_names, some_names
from .score import Note, Score

# One less a correlation up to which two latents are the same, in other units.
_SAME = 1e-11
# Share of a latent in a linear relation of latents from which the note names it.
_TAKES_PART = 1e-6
# Share of the score that independent latents show in so few rows, from which a note says so.
_MUCH_BY_CHANCE = 0.05
# How far the samples of the posterior have to be from the means to be worth a note.
_MUCH = 0.01

# From moments to the score.
Reduce = Callable[[Moments], Floats]


def on_moments(reduce: Reduce, by_chance: bool = True) -> Note:
    """Return the notes on a score of second moments, which are made when they are first read.

    Parameters
    ----------
    reduce : callable
        From moments to the score.
    by_chance : bool
        Whether independent latents score as they do by their total correlation, to first order.
    """

    def when_read(score: Score) -> Iterable[str]:
        if score.recipe is None:
            return  # its notes were made before the recipe was taken away
        statistic = score.recipe.statistic()
        if isinstance(statistic, LatentMoments):
            yield from on_copies(statistic, reduce) if score == np.inf else ()
            yield from on_few_rows(statistic, float(score)) if by_chance else ()
            yield from on_samples(statistic, reduce)

    return when_read


def on_active(data: Representation) -> list[str]:
    """Return a note if fewer than two latents vary, so that nothing can depend on anything."""
    n_active = int((~data.inactive).sum())
    return ["fewer than two latents vary: the score is 0, and says nothing"] if n_active < 2 else []


def on_copies(statistic: LatentMoments, reduce: Reduce) -> list[str]:
    """Return the note on an infinite score: latents that are linear maps of others, and the score without them."""
    data, [found] = statistic.data, statistic.values
    correlation = found.correlation
    active, n = statistic.active, data.n_samples
    if n <= len(active):
        return [
            f"{n} rows are no more than the {len(active)} latents that vary, so that latents are linear maps of one "
            f"another by chance. Pass more than {len(active)} rows"
        ]
    kept = _independent(correlation)
    rest = reduce(Moments(found.covariance[np.ix_(kept, kept)], found.exponents[kept]))
    dropped = some_names(data, np.delete(active, kept).tolist())
    pairs = np.argwhere(np.triu(np.abs(correlation) >= 1 - _SAME, 1))
    if len(pairs):
        same = [f"{data.latent_names[i]} and {data.latent_names[j]}" for i, j in active[pairs].tolist()]
        what = f"latents that are the same in other units: {', '.join(first_names(same))}"
    else:
        values, vectors = np.linalg.eigh(correlation)
        within = (vectors[:, values * SINGULAR <= values[-1]] ** 2).sum(axis=1) > _TAKES_PART
        what = f"latents that are linear maps of one another: {', '.join(some_names(data, active[within].tolist()))}"
    return [f"{what}. Without {', '.join(dropped)} the score is {number(float(rest[0]))}"]


def _independent(correlation: Floats) -> NDArray[np.intp]:
    """Return latents of which none is a linear map of the others, in ascending order, by pivoted Cholesky."""
    rest, kept = np.array(correlation), []
    left = np.diagonal(rest).copy()
    while left.max() > len(left) / SINGULAR * 10:
        j = int(left.argmax())
        kept.append(j)
        column = rest[:, j] / np.sqrt(rest[j, j])
        rest -= column[:, None] * column
        left = np.diagonal(rest).copy()
        left[kept] = 0.0
    return np.sort(np.array(kept, dtype=np.intp))


def on_few_rows(statistic: LatentMoments, nats: float) -> list[str]:
    """Return a note on the score of independent latents in so few rows, if that is much of the score."""
    data, d = statistic.data, len(statistic.active)
    n = data.n_effective() or data.n_samples
    if d < 2 or not np.isfinite(nats):
        return []
    by_chance = of_independent(n, d)
    if not by_chance > _MUCH_BY_CHANCE * nats:
        return []
    shown = "infinity" if np.isinf(by_chance) else number(by_chance)
    return [
        f"few rows: independent normal latents would score about {shown} ({d} latents in {n:,.0f} rows); "
        "confidence=0.95 adds a corrected score, and chance=True the score of these latents if they were independent"
    ]


def on_samples(statistic: LatentMoments, reduce: Reduce) -> list[str]:
    """Return a note on the score of samples from the posterior, where latents are its means and the two differ."""
    data, [found] = statistic.data, statistic.values
    if not isinstance(data, Posterior) or len(statistic.active) < 2:
        return []
    try:
        with np.errstate(over="ignore"):
            variance = np.average(np.exp(data.logvar[:, statistic.active]), axis=0, weights=data.weights_of())
    except DisentangleError as error:
        return [f"log-variances cannot be used, so samples are not compared with these means: {error}"]
    mean, sample = (float(reduce(m)[0]) for m in (found, added_by_samples(np.asarray(variance), found)))
    if not abs(mean - sample) > _MUCH * max(sample, 1.0):
        return []
    return [f"these are means of the posterior: samples from it would score {number(sample)}"]
