"""What a reader should know of the information of latents with each other."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

import numpy as np

from ..data.posterior import Posterior
from ..data.representation import Representation
from ..errors import DisentangleError
from ..kernels.entropy.table import ENTROPIES
from ..rendering.numbers import number
from ..statistics.base import Floats
from ..statistics.latent_pairs import LatentPairs, Pairs
from .score import Note, Score

# Share of the score that independent latents show in so few rows, from which a note says so.
_MUCH_BY_CHANCE = 0.05
# How far the samples of the posterior have to be from the means to be worth a note.
_MUCH = 0.01
# Seed of samples of the posterior that no file holds: one that nobody drew the means with.
_SEED = 0x70C0

# From information of pairs to the score.
Reduce = Callable[[Pairs], Floats]


def on_information(reduce: Reduce) -> Note:
    """Return the notes on a score of pairs of latents, which are made when they are first read.

    `reduce` makes the score from the information of pairs.
    """

    def when_read(score: Score) -> Iterable[str]:
        if score.recipe is None:
            return  # its notes were made before the recipe was taken away
        statistic = score.recipe.statistic()
        if isinstance(statistic, LatentPairs):
            yield from on_negative(statistic)
            yield from on_few_rows(statistic, reduce)
            yield from on_samples(statistic, reduce)

    return when_read


def on_few_rows(statistic: LatentPairs, reduce: Reduce) -> list[str]:
    """Return a note on the plug-in information that independent latents show in so few rows, if that is much of it."""
    [pairs] = statistic.values
    if statistic.entropy is not ENTROPIES["plugin"] or pairs.active.sum() < 2:
        return []
    chance = np.array(pairs.by_chance)
    np.fill_diagonal(chance, np.diagonal(pairs.mutual))
    found, by_chance = (float(reduce(pairs._replace(mutual=mutual))[0]) for mutual in (pairs.mutual, chance))
    if not by_chance > _MUCH_BY_CHANCE * found:
        return []
    data = statistic.data
    n = data.n_effective() or float(data.n_samples)
    bins = max(np.count_nonzero(np.bincount(codes)) for codes, _ in statistic.binned)
    return [
        f"few rows for so many bins: independent latents would score about {number(by_chance)} (up to {bins} bins "
        f"each, in {n:,.0f} rows). Take entropy='nsb', or confidence=0.95 for a corrected score"
    ]


def on_negative(statistic: LatentPairs) -> list[str]:
    """Return a note on estimates below 0."""
    mutual = statistic.values[0].mutual
    above = mutual[np.triu_indices(len(mutual), 1)]
    count = int((above < -1e-12).sum())
    return [f"{count} of {len(above)} information estimates are negative, and count as they are"] if count else []


def on_samples(statistic: LatentPairs, reduce: Reduce) -> list[str]:
    """Return a note on the score of samples from the posterior, where latents are its means and the two differ."""
    data = statistic.data
    if not isinstance(data, Posterior) or data.weights is not None or statistic.values[0].active.sum() < 2:
        return []
    try:
        samples = data.samples
        if samples is None:
            noise = np.random.default_rng(_SEED).normal(size=data.latents.shape)
            samples = data.latents + np.exp(np.asarray(data.logvar, dtype=np.float64) / 2) * noise
        drawn = replace(statistic, data=Representation(samples, latent_names=data.latent_names))
    except DisentangleError as error:
        return [f"samples of the posterior cannot be used, and are not compared with these means: {error}"]
    mean, sample = float(reduce(statistic.values[0])[0]), float(reduce(drawn.values[0])[0])
    if not abs(mean - sample) > _MUCH:
        return []
    return [f"these are means of the posterior: samples from it score {number(sample)}"]
