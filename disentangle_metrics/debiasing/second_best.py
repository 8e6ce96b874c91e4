"""The second best of many latents: the largest of several true values that are seen with errors.

The largest of many estimates is too large, by luck. How much so depends on how the true values lie: if they are all
alike, luck is all there is; if one is far ahead, there is next to none. So their distribution is estimated from all of
them (Kiefer and Wolfowitz 1956, Annals of Mathematical Statistics 27, 887-906: no shape is assumed), and the largest is
an expectation given that distribution and what was seen (empirical Bayes).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Places where a true value may lie, and steps of the EM algorithm, after which coverage no longer moves.
_PLACES, _STEPS = 60, 100
# Latents that know nothing are common: as if this many more had been seen with a value of 0.
_AT_ZERO = 1.0
# Logarithm of a ratio of likelihoods that is nearly 1, as that of one place and of two comes to by chance.
_NEARLY = 3.0
# A share of the second best that is none.
_LITTLE = 0.01


class SecondBest(NamedTuple):
    """The largest of several true values.

    Attributes
    ----------
    value : float
        Its expectation.
    weights : ndarray of shape (m,)
        By how much it rises with each of the values that were seen.
    known : ndarray of shape (m,)
        How probable it is that each true value is above 0.
    """

    value: float
    weights: Floats
    known: Floats


def second_best(seen: Floats, variance: Callable[[Floats], Floats]) -> SecondBest:
    """Return the largest of some true values, none of them negative, that are seen with normal errors.

    Where few compete for the largest place their distribution is hardly known, and shrinking them to one another makes
    the largest too small. There the largest that was seen has a say: all of it where one value is ahead of the others,
    and 1/m where m compete.

    Parameters
    ----------
    seen : ndarray of shape (m,)
    variance : callable
        From true values (p,) to the variance of each that is seen: (m, p).
    """
    first = int(seen.argmax())
    if seen[first] <= 0:
        return SecondBest(0.0, np.zeros_like(seen), np.zeros_like(seen))
    places = np.linspace(0.0, seen[first], _PLACES)
    chance = _posterior(seen, places, np.maximum(variance(places), (places[1] / 2) ** 2))
    below = np.cumsum(chance, axis=1)
    largest = below.prod(axis=0)
    value = float(np.diff(largest, prepend=0.0) @ places)
    # how probable each is the largest, and not 0
    leads = (chance * np.divide(largest, below, out=np.zeros_like(below), where=below > 0))[:, 1:].sum(axis=1)
    if not leads.sum() > 0:
        return SecondBest(value, np.zeros_like(seen), 1.0 - chance[:, 0])
    competing = leads / leads.sum()
    alone = float(competing @ competing)  # one over how many compete
    # a place is where the mean of those is that may lie there, so each moves with all of them
    alike = chance[:, 1:] / np.maximum(chance.sum(axis=0)[1:], 1e-9)
    weights = (1 - alone) * (1 - largest[0]) * (competing @ chance[:, 1:] @ alike.T)
    weights[first] += alone
    weights[weights < _LITTLE] = 0.0
    return SecondBest(value + alone * (float(seen[first]) - value), weights, 1.0 - chance[:, 0])


def _posterior(seen: Floats, places: Floats, variance: Floats) -> Floats:
    """Return how probable each true value lies at each place: (m, p).

    All at one place, if that explains what was seen nearly as well as any distribution: of many alike some always look
    a little better. Else by the EM algorithm.
    """
    log = -0.5 * ((seen[:, None] - places) ** 2 / variance + np.log(variance))
    likelihood = np.exp(log - log.max(axis=1, keepdims=True))
    share = np.full(len(places), 1 / len(places))
    for _ in range(_STEPS):
        total = _of_rows(likelihood * share).sum(axis=0)
        total[0] += _AT_ZERO
        share = total / total.sum()
    alike = (log - log.max(axis=1, keepdims=True)).sum(axis=0)
    one = int(alike.argmax())
    if one > 0 and np.log((likelihood * share).sum(axis=1)).sum() - alike[one] < _NEARLY:
        return np.tile(np.arange(len(places)) == one, (len(seen), 1)).astype(np.float64)
    return _of_rows(likelihood * share)


def _of_rows(parts: Floats) -> Floats:
    return np.asarray(parts / parts.sum(axis=1, keepdims=True))
