"""Permutation tests with all relabelings if they are few, else with a given number of random relabelings."""

from __future__ import annotations

from itertools import combinations, product
from math import comb

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Statistics that differ by less than this share of the observed statistic differ by rounding only.
_ROUNDING = 1e-9
# A variance below this, of values up to 1, may have lost half its digits to rounding.
_LITTLE = 1e-8
# The number of signs that are held at a time.
_HELD = 1 << 22


def relabelings(n_a: int, n_b: int, most: int, rng: np.random.Generator) -> tuple[NDArray[np.bool_], bool]:
    """Return relabelings of ``n_a + n_b`` scores: for each, whether a score belongs to the first model.

    Returns
    -------
    inside : ndarray of bool of shape (r, n_a + n_b)
        All ways to choose `n_a` scores if there are at most `most`, else `most` random ways.
    exact : bool
        Whether these are all ways.
    """
    n = n_a + n_b
    if comb(n, n_a) <= most:
        chosen = np.array(list(combinations(range(n), n_a)), dtype=np.intp)
        inside = np.zeros((len(chosen), n), dtype=bool)
        np.put_along_axis(inside, chosen, True, axis=1)
        return inside, True
    inside = np.zeros((most, n), dtype=bool)
    inside[:, :n_a] = True
    return rng.permuted(inside, axis=1), False


def flips(n: int, most: int, rng: np.random.Generator) -> tuple[Floats, bool]:
    """Return signs of n differences: all ``2**n`` if there are at most `most`, else `most` random ones: (r, n)."""
    if n < 63 and 2**n <= most:
        return np.array(list(product((1.0, -1.0), repeat=n))), True
    return rng.choice((-1.0, 1.0), size=(most, n)), False


def welch(values: Floats, inside: NDArray[np.bool_]) -> Floats:
    """Return Welch's t between the scores inside and outside, for each relabeling.

    Parameters
    ----------
    values : ndarray of shape (n, k)
    inside : ndarray of bool of shape (r, n)
        At least two inside, and two outside.

    Returns
    -------
    ndarray of shape (r, k)
        Infinite if scores vary in neither group, and 0 if all scores are equal.
    """
    middle = values.mean(axis=0)
    size = np.abs(values - middle).max(axis=0)
    x = (values - middle) / np.where(size > 0, size, 1.0)  # between -1 and 1, so that a zero can be recognized
    means, errors = [], []
    for group in (inside, ~inside):
        weights = group.astype(np.float64)
        n = weights[0].sum()
        mean = weights @ x / n
        means.append(mean)
        errors.append(_variances(x, group, mean) / (n - 1))
    difference, square = means[0] - means[1], errors[0] + errors[1]
    difference = np.where(np.abs(difference) < 1e-13, 0.0, difference)
    flat = square < 1e-24
    t = np.divide(difference, np.sqrt(square), out=np.zeros_like(difference), where=~flat)
    return np.asarray(np.where(flat & (difference != 0), np.copysign(np.inf, difference), t))


def _variances(x: Floats, group: NDArray[np.bool_], mean: Floats) -> Floats:
    """Return the mean square of values between -1 and 1 (n, k) around their means (r, k), for each relabeling (r, n).

    Mean squares minus squared means are fast. If the difference is small, it may be a rounding error, and equal values
    would seem to vary: in that case the means are subtracted first.
    """
    weights = group.astype(np.float64)
    n = weights[0].sum()
    variances = weights @ x**2 / n - mean**2
    for k, column in enumerate(x.T):
        small = np.flatnonzero(variances[:, k] < _LITTLE)
        around = np.where(group[small], column - mean[small, k, None], 0.0)
        variances[small, k] = (around**2).sum(axis=1) / n
    return np.asarray(variances)


def relabeled_p(values: Floats, n_a: int, most: int, rng: np.random.Generator) -> tuple[Floats, int, bool]:
    """Return two-sided p-values (k,) of scores (n, k); the first `n_a` rows are of one model, the rest of the other.

    Returns
    -------
    p_values : ndarray of shape (k,)
    n_relabelings : int
    exact : bool
    """
    inside, exact = relabelings(n_a, len(values) - n_a, most, rng)
    observed = welch(values, np.arange(len(values))[None] < n_a)[0]
    return p_of(_reached(welch(values, inside), observed), len(inside), exact), len(inside), exact


def flipped_p(differences: Floats, most: int, rng: np.random.Generator) -> tuple[Floats, int, bool]:
    """Return two-sided p-values (k,) of differences (n, k) that under the null may have either sign.

    The statistic is the sum of the differences; Student's t would give the same p-values.
    """
    n = len(differences)
    observed = differences.sum(axis=0)
    if n < 63 and 2**n <= most:
        signs, _ = flips(n, most, rng)
        return p_of(_reached(signs @ differences, observed), len(signs), True), len(signs), True
    reached = np.zeros(differences.shape[1], dtype=np.int64)
    step = max(1, _HELD // n)
    for start in range(0, most, step):
        signs, _ = flips(n, min(step, most - start), rng)
        reached += _reached(signs @ differences, observed)
    return p_of(reached, most, False), most, False


def _reached(statistics: Floats, observed: Floats) -> NDArray[np.int64]:
    """Return the number of statistics (r, k) at least as far from 0 as the observed ones (k,): (k,)."""
    return np.asarray((np.abs(statistics) >= np.abs(observed) * (1 - _ROUNDING)).sum(axis=0))


def p_of(reached: NDArray[np.int64], n: int, exact: bool) -> Floats:
    """Return p-values from the number of n statistics that reach the observed one.

    All statistics include the observed one. Random statistics may not, so one is added for it. Then a p-value is never
    0, and a true null hypothesis is not rejected too often, however few are drawn (Phipson and Smyth 2010).
    """
    return reached / n if exact else (1 + reached) / (1 + n)
