"""The second best of many latents: the maximum of several true values that are observed with errors.

The maximum of many estimates is too large. How much depends on the true values: if they are equal, the maximum is the
luckiest of all; if one is far ahead, the maximum is nearly right. So the distribution of the true values is estimated
from all estimates (Kiefer and Wolfowitz 1956, Annals of Mathematical Statistics 27, 887-906: without assumptions on its
shape). The maximum is its expectation, given that distribution and the estimates (empirical Bayes).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Possible true values, and steps of the EM algorithm; more of either do not change the coverage.
_PLACES, _STEPS = 60, 100
# Latents without information are common: so many more with a true value of 0 are assumed.
_AT_ZERO = 1.0
# Log-likelihood that several true values have to gain over a single one.
_NEARLY = 3.0
# A share of the second best that is too small to count.
_LITTLE = 0.01


class SecondBest(NamedTuple):
    """The maximum of several true values.

    Attributes
    ----------
    value : float
        Its expectation.
    weights : ndarray of shape (m,)
        How much it rises with each estimate.
    known : ndarray of shape (m,)
        Probability that each true value is above 0.
    """

    value: float
    weights: Floats
    known: Floats


def second_best(seen: Floats, variance: Callable[[Floats], Floats]) -> SecondBest:
    """Return the maximum of several true values, none of them negative, that are observed with normal errors.

    If few compete for the maximum, their distribution is hardly known, and the expectation is too small. So the largest
    estimate has a share in the result: all of it if one value is ahead of the others, and 1/m if m compete.

    Parameters
    ----------
    seen : ndarray of shape (m,)
    variance : callable
        From true values (p,) to the variance of each estimate: (m, p).
    """
    first = int(seen.argmax())
    if seen[first] <= 0:
        return SecondBest(0.0, np.zeros_like(seen), np.zeros_like(seen))
    places = np.linspace(0.0, seen[first], _PLACES)
    chance = _posterior(seen, places, np.maximum(variance(places), (places[1] / 2) ** 2))
    below = np.cumsum(chance, axis=1)
    largest = below.prod(axis=0)
    value = float(np.diff(largest, prepend=0.0) @ places)
    # probability that each is the maximum, and not 0
    leads = (chance * np.divide(largest, below, out=np.zeros_like(below), where=below > 0))[:, 1:].sum(axis=1)
    if not leads.sum() > 0:
        return SecondBest(value, np.zeros_like(seen), 1.0 - chance[:, 0])
    competing = leads / leads.sum()
    alone = float(competing @ competing)  # one over how many compete
    # a place is the mean of the estimates that may belong to it, so it moves with all of them
    alike = chance[:, 1:] / np.maximum(chance.sum(axis=0)[1:], 1e-9)
    weights = (1 - alone) * (1 - largest[0]) * (competing @ chance[:, 1:] @ alike.T)
    weights[first] += alone
    weights[weights < _LITTLE] = 0.0
    return SecondBest(value + alone * (float(seen[first]) - value), weights, 1.0 - chance[:, 0])


def _posterior(seen: Floats, places: Floats, variance: Floats) -> Floats:
    """Return the probability of each place for each true value: (m, p).

    All true values are equal if that explains the estimates nearly as well as any distribution: the EM algorithm would
    spread them a little even then.
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
