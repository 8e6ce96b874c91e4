"""Probes of a class on the k latents that differ most between its rows and as many other rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...errors import InputError
from ..linear.binary import fit_binary
from .splits import Split, standardize

Floats = NDArray[np.float64]
Codes = NDArray[np.intp]

_LARGEST = 1e100  # beyond this a sum of squares overflows float64
_DIGITS = 9  # of strengths and heights, relative to the largest: what differs by less differs by rounding
_ROUNDED = 1e-12  # part of a mean square: a variance below it is none
_CELLS = 1 << 22  # numbers held at a time where all latents are looked at
_FIT_CELLS = 1 << 18  # numbers of the problems that are fitted together, so that they stay in the cache


class Balanced(NamedTuple):
    """Rows of a class and as many other rows, the rows of the class first.

    Attributes
    ----------
    train, test : ndarray of int of shape (2a,) and (2b,)
        Numbers of rows; empty if the rows are all of the class, or none is.
    """

    train: Codes
    test: Codes

    @property
    def can_be_trained(self) -> bool:
        """Whether training rows are of the class, and others are not."""
        return len(self.train) > 0


class Said(NamedTuple):
    """What probes on several numbers of latents say of the test rows of a class.

    Attributes
    ----------
    rows : ndarray of int of shape (2b,)
        Numbers of the test rows, those of the class first.
    heights : ndarray of shape (q, 2b)
        Above 0 for the class, below 0 for the rest, 0 if undecided; in whole steps of the rounding.
    trained : bool
        Whether there were training rows of the class, and others.
    converged : bool
    """

    rows: Codes
    heights: Floats
    trained: bool
    converged: bool


def balanced(codes: NDArray[np.integer], label: int, split: Split) -> Balanced:
    """Return training and test rows of a class with as many of the other rows.

    The other rows are those that follow the rows of the class in an order at random: not the same for all classes, so
    that the scores of the classes do not err together. They do not depend on the names of classes either. If a part has
    more rows of the class than others, the class is cut down in the same way.

    Parameters
    ----------
    codes : ndarray of int of shape (n,)
        The class of each row; -1 for a row without.
    label : int
    split : pair of ndarrays of int
        Training and test rows, in that order.
    """

    def of(rows: Codes) -> Codes:
        own, others = (np.flatnonzero(of_part) for of_part in (codes[rows] == label, codes[rows] != label))
        others = others[codes[rows[others]] >= 0]
        if len(own) < len(others):
            others = _following(own, others)
        else:
            own = _following(others, own)
        return np.concatenate([rows[own], rows[others]])

    return Balanced(of(split[0]), of(split[1]))


def _following(places: Codes, others: Codes) -> Codes:
    """Return as many of other places as there are places, both ascending: each the next one that is left."""
    each = np.arange(len(places))
    following = np.maximum.accumulate(np.searchsorted(others, places) - each) + each
    return others[np.minimum(following, len(others) - len(places) + each)]


def strengths(latents: NDArray[Any], problems: Sequence[Balanced], train: Codes, in_units: bool) -> Floats:
    """Return by how much each latent differs between both halves of each problem's training rows: (m, d).

    Parameters
    ----------
    latents : ndarray of shape (n, d)
    problems : sequence of Balanced, of length m
    train : ndarray of int
        The training rows of all problems.
    in_units : bool
        Whether the difference of the means counts as it is, in the units of the latents. Otherwise it is divided by the
        pooled standard deviation. In that case the result is the correlation of the latent with the class, which has
        the same order and stays finite.
    """
    found = np.empty((len(problems), latents.shape[1]))
    place = np.zeros(len(latents), dtype=np.intp)
    place[train] = np.arange(len(train))
    many = max(1, _CELLS // (2 * len(train)))
    width = max(1, _CELLS // len(train))
    for first in range(0, len(problems), many):
        some = problems[first : first + many]
        halves = np.zeros((2, len(some), len(train)))
        for i, problem in enumerate(some):
            for half, rows in zip(halves, np.split(problem.train, 2), strict=True):
                half[i, place[rows]] = 1.0 / max(len(rows), 1)
        for start in range(0, latents.shape[1], width):
            block = slice(start, start + width)
            found[first : first + many, block] = _differences(
                _raw(latents[:, block], train, slice(None)), halves, in_units
            )
    return found


def _differences(x: Floats, halves: Floats, in_units: bool) -> Floats:
    """Return the strengths of latents (d, n) for problems whose halves are weights of the rows (2, m, n): (m, d)."""
    z, _ = standardize(x, x[:, :1])
    own, others = halves @ z.T
    if in_units:
        extent = np.ptp(z, axis=1)
        scale = np.divide(np.ptp(x, axis=1), extent, out=np.zeros(len(z)), where=extent > 0)
        return np.asarray(np.abs(own - others) * scale)
    square = (halves @ (z * z).T).mean(axis=0)
    variance = square - ((own + others) / 2) ** 2
    varies = variance > _ROUNDED * square
    difference = np.abs(own - others) / 2
    scale = np.sqrt(np.where(varies, variance, 1.0))
    return np.asarray(np.divide(difference, scale, out=np.zeros_like(own), where=varies))


def strongest(strength: Floats, k: int) -> Codes:
    """Return the k latents of each problem that differ most, the first ones of those that tie: (m, d) -> (m, k)."""
    largest = strength.max(axis=1, keepdims=True)
    rounded = np.round(strength / np.where(largest > 0, largest, 1.0), _DIGITS)
    return np.argsort(-rounded, axis=1, kind="stable")[:, :k]


def probe_classes(
    latents: NDArray[Any],
    problems: Sequence[Balanced],
    train: Codes,
    numbers: Sequence[int],
    *,
    in_units: bool,
    standardized: bool,
    C: float,
) -> list[Said]:
    """Return what logistic regressions on the k strongest latents say of each problem's test rows.

    Parameters
    ----------
    latents : ndarray of shape (n, d)
    problems : sequence of Balanced
    train : ndarray of int
        The training rows of all problems.
    numbers : sequence of int
        The values of k, from 1 to d.
    in_units : bool
        As for `strengths`.
    standardized : bool
        Whether each latent is standardized on the training rows of its problem.
    C : float
    """
    said = [
        Said(problem.test, np.zeros((len(numbers), len(problem.test))), problem.can_be_trained, True)
        for problem in problems
    ]
    fitted = [i for i, problem in enumerate(problems) if problem.can_be_trained]
    if not fitted:
        return said
    d = latents.shape[1]
    strength = strengths(latents, [problems[i] for i in fitted], train, in_units)
    ranked = dict(zip(fitted, strongest(strength, max((k for k in numbers if k < d), default=0)), strict=True))
    for alone in (False, True):  # all latents are looked at by themselves, since they may be many
        ks = sorted({k for k in numbers if (k == d) == alone})
        for block in _blocks(problems, fitted, max(ks, default=0)):
            columns = [np.arange(d) if alone else ranked[i] for i in block]
            these = _standardized(latents, [problems[i] for i in block], columns, standardized)
            for k, heights, converged in _heights(these, ks, C):
                places = [place for place, number in enumerate(numbers) if number == k]
                for i, height in zip(block, heights, strict=True):
                    said[i].heights[places] = _rounded(height[: len(problems[i].test)])
                    said[i] = said[i]._replace(converged=said[i].converged and converged)
    return said


def _heights(these: Standardized, ks: Sequence[int], C: float) -> Iterator[tuple[int, Floats, bool]]:
    """Yield each k, the heights of the planes at the test rows (m, t), and whether they converged."""
    planes = None
    for k in ks:
        planes = fit_binary(these.x[:, :k], these.sign, these.weight, these.penalty[:, :k], C, planes)
        yield k, planes.heights(these.x_test[:, :k]), planes.converged


def _rounded(heights: Floats) -> Floats:
    """Return heights in whole steps, small against the largest: the heights of equal rows are then equal."""
    return np.asarray(np.rint(heights / (10.0**-_DIGITS * (1.0 + np.abs(heights).max(initial=0.0)))))


def _blocks(problems: Sequence[Balanced], fitted: Sequence[int], k: int) -> Iterator[list[int]]:
    """Yield the problems that are fitted together, of about the same number of rows."""
    by_size = sorted(fitted, key=lambda i: len(problems[i].train)) if k else []
    while by_size:
        n_rows = len(problems[by_size[-1]].train)
        n = max(1, _FIT_CELLS // (n_rows * (k + 1)))
        # rows of weight 0 fill up the shorter problems: at most as many as there are rows that count
        block = [i for i in by_size[-n:] if 2 * len(problems[i].train) >= n_rows]
        yield block
        del by_size[-len(block) :]


class Standardized(NamedTuple):
    """Problems with the latents in which they are fitted, best first; rows of weight 0 fill up the shorter ones.

    Attributes
    ----------
    x, x_test : ndarray of shape (m, k, n) and (m, k, t)
    sign, weight : ndarray of shape (m, n)
    penalty : ndarray of shape (m, k)
    """

    x: Floats
    x_test: Floats
    sign: Floats
    weight: Floats
    penalty: Floats


def _standardized(
    latents: NDArray[Any], problems: Sequence[Balanced], columns: Sequence[Codes], standardized: bool
) -> Standardized:
    """Return some problems; a penalty other than 1 takes the place of latents that are not standardized."""
    m, k = len(problems), len(columns[0])
    x = np.zeros((m, k, max(len(problem.train) for problem in problems)))
    x_test = np.zeros((m, k, max(len(problem.test) for problem in problems)))
    weight, sign = np.zeros((2, m, x.shape[2]))
    penalty = np.ones((m, k))
    for i, (problem, chosen) in enumerate(zip(problems, columns, strict=True)):
        n_train, n_test = len(problem.train), len(problem.test)
        both = _raw(latents, np.concatenate(problem), chosen)
        raw, raw_test = both[:, :n_train], both[:, n_train:]
        z, z_test = standardize(raw, raw_test if n_test else raw[:, :1])
        x[i, :, :n_train], x_test[i, :, :n_test] = z, z_test[:, :n_test]
        sign[i, : n_train // 2], sign[i, n_train // 2 :] = 1.0, -1.0
        weight[i, :n_train] = 1.0
        if not standardized:
            extent = np.ptp(raw, axis=1)
            penalty[i] = np.divide(np.ptp(z, axis=1), extent, out=np.ones(k), where=extent > 0) ** 2
    return Standardized(x, x_test, sign, weight, penalty)


def _raw(latents: NDArray[Any], rows: Codes, columns: Codes | slice) -> Floats:
    """Return some rows and columns of latents as float64: (d, m)."""
    if isinstance(columns, slice) or len(columns) == latents.shape[1]:
        part = latents.take(rows, axis=0)[:, columns if isinstance(columns, slice) else slice(None)]
    else:
        part = latents[rows[:, None], columns]
    x = np.array(part.T, dtype=np.float64, order="C")
    low, high = x.min(axis=1), x.max(axis=1)
    if np.any((np.maximum(high, -low) > _LARGEST) & (low < high)):
        raise InputError(f"latents beyond {_LARGEST:g} cannot be squared. Rescale them.")
    x[low == high] = 0.0  # whatever the value of a constant latent, it tells nothing
    return x
