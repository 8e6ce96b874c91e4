"""Permutation tests: all relabelings where they are few, else as many drawn ones as wanted."""

from __future__ import annotations

from itertools import combinations, product
from math import comb

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Statistics that differ by less than this share of the observed one are the same, rounded otherwise.
_ROUNDING = 1e-9
# A variance below this, of values up to 1, may have lost half its digits to rounding.
_LITTLE = 1e-8
# Signs that are held at a time.
_HELD = 1 << 22


def relabelings(n_a: int, n_b: int, most: int, rng: np.random.Generator) -> tuple[NDArray[np.bool_], bool]:
    """Return which of ``n_a + n_b`` scores stand under the first name, relabeled again and again.

    Returns
    -------
    inside : ndarray of bool of shape (r, n_a + n_b)
        All ways to choose `n_a` of them if there are no more than `most`, else `most` drawn at random.
    exact : bool
        Whether it is all.
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
    """Return signs of n differences: all ``2**n`` if there are no more than `most`, else `most` drawn: (r, n)."""
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
        Infinite where scores do not vary within either, and 0 where they do not vary at all.
    """
    middle = values.mean(axis=0)
    size = np.abs(values - middle).max(axis=0)
    x = (values - middle) / np.where(size > 0, size, 1.0)  # between -1 and 1, so that what is nothing can be told
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

    Mean squares less squared means are quick. Where little is left of them, rounding might be all there is, and values
    that are equal would vary: there the means are taken off first.
    """
    weights = group.astype(np.float64)
    n = weights[0].sum()
    found = weights @ x**2 / n - mean**2
    for k, column in enumerate(x.T):
        some = np.flatnonzero(found[:, k] < _LITTLE)
        around = np.where(group[some], column - mean[some, k, None], 0.0)
        found[some, k] = (around**2).sum(axis=1) / n
    return np.asarray(found)


def relabeled_p(values: Floats, n_a: int, most: int, rng: np.random.Generator) -> tuple[Floats, int, bool]:
    """Return two-sided p-values (k,) of scores (n, k), whose first `n_a` rows are of one model, the rest of the other.

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

    The statistic is their sum; Student's t of them would give the same p-values.
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


def _reached(found: Floats, observed: Floats) -> NDArray[np.int64]:
    """Return how many statistics (r, k) are as far from 0 as the observed ones (k,): (k,)."""
    return np.asarray((np.abs(found) >= np.abs(observed) * (1 - _ROUNDING)).sum(axis=0))


def p_of(reached: NDArray[np.int64], n: int, exact: bool) -> Floats:
    """Return p-values from how many of n statistics reach the observed one.

    All of them hold the observed one itself; drawn ones need not, and one is added for it: a p-value is never 0, and a
    true null is not rejected too often however few are drawn (Phipson and Smyth 2010).
    """
    return reached / n if exact else (1 + reached) / (1 + n)
