"""Squared-hinge lines (liblinear's linear SVM) on single latents, from sums over sorted values.

The loss of a line is a sum, over the rows on the wrong side of its margin, of a quadratic in slope and height. On one
latent those rows lie to one side of a value, so the loss and its derivatives follow from how many of the sorted rows
lie there and from the sums of their values and squares, over the line's own class and over the rest. These are added up
in blocks of rows once; a step of Newton's method then costs a search and a part of one block, whatever the number of
rows.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..dispatch import swappable
from .newton import Floats, Indices, middle, minimize
from .one_vs_rest import OneVsRest

_TOLERANCE = 1e-9  # of the last step: where no row changes sides it ends at the optimum
_TINY = 1e-200  # replaces smaller slopes: the margin of such a line lies beyond all values
_CELLS = 1 << 16  # values looked at in one go, to stay in cache
_ROWS = 1 << 15
_SUMS = 1 << 18  # of lines held at a time


class Sorted(NamedTuple):
    """Rows of latents in ascending order, in blocks.

    Attributes
    ----------
    x : ndarray of shape (n_latents, n_blocks, size)
        Centered values; the last block is filled up with the largest.
    codes : ndarray of int of shape (n_factors, n_latents, n_blocks, size)
        Class of each row.
    n_rows : int
    weight : ndarray of shape (n_latents, n_blocks, size) or None
        How much each row counts, 0 where a block is filled up; None if every row counts once.
    """

    x: Floats
    codes: NDArray[np.integer]
    n_rows: int
    weight: Floats | None = None


class Problems(NamedTuple):
    """Lines to fit: latent, factor and class of each, where it stands in `block_sums`, and its weights, with C."""

    latent: Indices
    factor: Indices
    label: Indices
    column: Indices
    own: Floats
    rest: Floats

    def pick(self, which: Indices | slice) -> Problems:
        """Return the chosen problems."""
        columns = self.latent[which], self.factor[which], self.label[which], self.column[which]
        return Problems(*columns, self.own[which], self.rest[which])


def squared_hinge_loss(margin: Floats) -> tuple[Floats, Floats, Floats]:
    """Loss of a row on the wrong side by `margin`, max(0, 1 + margin)^2, and its first two derivatives."""
    excess = np.maximum(1.0 + margin, 0.0)
    return excess**2, 2.0 * excess, np.where(excess > 0, 2.0, 0.0)


@swappable(saves=200)
def fit_hinge(x: Floats, y: OneVsRest, C: Floats, max_steps: int) -> tuple[Floats, Floats, bool]:
    """Fit the lines of every latent, for each of some C.

    Parameters
    ----------
    x : ndarray of shape (n_latents, n)
    y : OneVsRest
    C : ndarray of shape (n_latents, n_strengths, n_factors)
    max_steps : int
        Of Newton's method.

    Returns
    -------
    slope, intercept : ndarray of shape (n_latents, n_strengths, n_lines)
    converged : bool
    """
    center = middle(x)
    data = sort_rows(x, center, y)
    shape = (*C.shape[:2], len(y.factor))
    slope, height = np.empty(shape), np.empty(shape)
    converged = True
    step = max(1, _SUMS // (data.x.shape[0] * data.x.shape[1]))
    for first in range(0, shape[2], step):
        lines = slice(first, min(first + step, shape[2]))
        indices = np.indices((*shape[:2], lines.stop - first)).reshape(3, -1)
        latent, strength, column = indices
        line = first + column
        weight = C[latent, strength, y.factor[line]]
        problems = Problems(latent, y.factor[line], y.label[line], column, weight * y.own[line], weight * y.rest[line])
        sums = block_sums(data, y, lines)
        solved, arrived = _solve(data, sums, problems, center[latent], max_steps)
        slope[:, :, lines], height[:, :, lines] = solved.reshape(2, *shape[:2], -1)
        converged &= bool(arrived.all())
    return slope, height - center[:, None, None] * slope, converged


def _solve(
    data: Sorted, sums: Floats, problems: Problems, center: Floats, max_steps: int
) -> tuple[Floats, NDArray[np.bool_]]:
    """Return slope and height of the lines (2, m), and whether each is at its optimum."""
    ends = data.x.reshape(len(data.x), -1)[:, [0, -1]].T[:, problems.latent]

    def derivatives(chosen: Indices, slope: Floats, height: Floats) -> Floats:
        return hinge_derivatives(data, sums, problems.pick(chosen), slope, height)

    start = np.zeros((2, len(center)))
    return minimize(derivatives, center, ends, start, safe=0.0, tolerance=_TOLERANCE, max_steps=max_steps)


def sort_rows(x: Floats, center: Floats, layout: OneVsRest) -> Sorted:
    """Return the sorted rows of each latent (n_latents, n), minus its center, with their classes and weights."""
    y, weight = layout.y, layout.weight
    n_latents, n = x.shape
    size = block_size(n)
    n_blocks = n // size + 1
    values = np.empty((n_latents, n_blocks * size))
    codes = np.zeros((len(y), n_latents, n_blocks * size), dtype=y.dtype)
    weights = None if weight is None else np.zeros((n_latents, n_blocks * size))
    for i in range(n_latents):
        order = (np.argsort(x[i]) if layout.order is None else layout.order(i)).astype(np.intp, copy=False)
        np.take(x[i], order, out=values[i, :n], mode="clip")
        for k, labels in enumerate(y):
            np.take(labels, order, out=codes[k, i, :n], mode="clip")
        if weights is not None and weight is not None:
            weights[i, :n] = np.take(weight, order)
        values[i, n:] = values[i, n - 1]
    values -= center[:, None]
    shape = (n_latents, n_blocks, size)
    weights = None if weights is None else weights.reshape(shape)
    return Sorted(values.reshape(shape), codes.reshape(-1, *shape), n, weights)


def block_size(n: int) -> int:
    """Return the number of rows of a block, so that reading parts of blocks takes about as long as summing them."""
    return int(min(max(2 ** round(math.log2(n) / 2), 16), 1024))


def block_sums(data: Sorted, y: OneVsRest, lines: slice) -> Floats:
    """Return sums over all blocks before each block, for the chosen lines: (2, 3, n_latents, n_blocks + 1, n_lines).

    The sums are the number of rows, their sum and their sum of squares: first over the rows of all other classes, then
    over the rows of the line's own class. If rows have weights, each row counts by its weight.
    """
    n_latents, n_blocks, size = data.x.shape
    sums = np.zeros((2, 3, n_latents, n_blocks + 1, lines.stop - lines.start))
    step = max(1, _ROWS // (n_latents * size))
    for first in range(0, n_blocks, step):
        part = slice(first, first + step)
        n_some = min(step, n_blocks - first)
        n_rows = min(n_some * size, data.n_rows - first * size)
        x = data.x[:, part].reshape(n_latents, -1)[:, :n_rows].reshape(-1)
        weights: tuple[Floats | None, Floats, Floats] = (None, x, x * x)
        if data.weight is not None:
            w = data.weight[:, part].reshape(n_latents, -1)[:, :n_rows].reshape(-1)
            weights = (w, w * x, w * x * x)
        block = np.repeat(np.arange(n_some), size)[:n_rows] + n_some * np.arange(n_latents)[:, None]
        for codes, line_of, (start, stop) in zip(data.codes, y.line_of, pairwise(y.starts), strict=True):
            start, stop = max(start, lines.start), min(stop, lines.stop)
            if start >= stop:
                continue
            # rows of a class without a line, or with one that is not asked for, come first
            wanted = (start <= line_of) & (line_of < stop)
            cell = np.where(wanted, line_of.astype(np.intp) - (start - 1), 0)[
                codes[:, part].reshape(n_latents, -1)[:, :n_rows]
            ]
            cell += (stop - start + 1) * block
            at = np.s_[:, first + 1 : first + 1 + n_some, start - lines.start : stop - lines.start]
            for power, weight in enumerate(weights):
                own = np.bincount(cell.reshape(-1), weight, minlength=n_latents * n_some * (stop - start + 1))
                own = own.reshape(n_latents, n_some, -1)
                sums[0, power][at] = _of_the_others(own)
                sums[1, power][at] = own[:, :, 1:]
    for block in range(n_blocks):
        sums[:, :, :, block + 1] += sums[:, :, :, block]
    return sums


def _of_the_others(own: NDArray[Any]) -> Floats:
    """Return for each class but the first the sum over all others (..., n_classes): (..., n_classes - 1).

    The whole sum minus that of a class would lose small values of the other classes to the rounding of a large value
    in that class.
    """
    before = np.cumsum(own, axis=-1)
    after = np.cumsum(own[..., :0:-1], axis=-1)[..., ::-1]
    others: Floats = before[..., :-1].astype(np.float64)
    others[..., :-1] += after[..., 1:]
    return others


def hinge_derivatives(data: Sorted, sums: Floats, problems: Problems, slope: Floats, height: Floats) -> Floats:
    """Return the derivatives of the squared-hinge loss of some lines, as `newton.Derivatives` does: (5, m)."""
    result = np.empty((5, len(slope)))
    step = max(1, _CELLS // (2 * data.x.shape[2]))
    for start in range(0, len(slope), step):
        part = slice(start, start + step)
        w, h = slope[part], height[part]
        rest, own = _beyond_margin(data, sums, problems.pick(part), w, h)
        # a row of another class counts by (1 + line)^2, a row of the line's own class by (1 - line)^2
        rest *= 2.0 * problems.rest[part]
        own *= 2.0 * problems.own[part]
        result[0, part] = (1 + h) * rest[1] + w * rest[2] - (1 - h) * own[1] + w * own[2]
        result[1, part] = (1 + h) * rest[0] + w * rest[1] - (1 - h) * own[0] + w * own[1]
        result[2:, part] = (rest + own)[::-1]
    return result


def _beyond_margin(data: Sorted, sums: Floats, problems: Problems, slope: Floats, height: Floats) -> Floats:
    """Return number, sum and sum of squares of the rest's rows above -1 and of the own rows below 1: (2, 3, m)."""
    n_latents, n_blocks, size = data.x.shape
    steep = np.where(np.abs(slope) < _TINY, _TINY, slope)
    margin = np.stack([(-1 - height) / steep, (1 - height) / steep])
    rank = np.empty(margin.shape, dtype=np.intp)
    bounds = np.searchsorted(problems.latent, np.arange(n_latents + 1))
    for values, (start, stop) in zip(data.x.reshape(n_latents, -1), pairwise(bounds.tolist()), strict=True):
        rank[:, start:stop] = np.searchsorted(values, margin[:, start:stop])
    block, inside = np.divmod(rank, size)
    beyond = rank >= data.n_rows
    block[beyond], inside[beyond] = n_blocks, 0
    # all blocks left of the margin
    n_columns, flat = sums.shape[-1], sums.reshape(2, 3, -1)
    before = problems.latent * (n_blocks + 1) * n_columns + problems.column
    left = np.stack([flat[i].take(before + block[i] * n_columns, axis=1) for i in range(2)])
    # and of the block that it cuts, the rows left of it: of the rest (0), or of the line's own class (1)
    which, cut = np.nonzero(inside)
    at = problems.latent[cut] * n_blocks + block[which, cut]
    codes = data.codes.reshape(-1, size).take(problems.factor[cut] * n_latents * n_blocks + at, axis=0)
    counted = (codes == problems.label[cut, None].astype(codes.dtype)) == (which[:, None] == 1)
    counted &= np.arange(size) < inside[which, cut, None]
    x = data.x.reshape(-1, size).take(at, axis=0)
    if data.weight is None:
        x *= counted
        sums_of_part = np.count_nonzero(counted, axis=1), x.sum(axis=1), np.einsum("ri,ri->r", x, x)
    else:
        w = data.weight.reshape(-1, size).take(at, axis=0) * counted
        sums_of_part = w.sum(axis=1), np.einsum("ri,ri->r", w, x), np.einsum("ri,ri,ri->r", w, x, x)
    left[which, :, cut] += np.stack(sums_of_part, axis=1)
    # A rising line is above -1 right of its margin and below 1 left of it; a falling one the other way round.
    right = np.stack([steep > 0, steep < 0])
    return np.where(right[:, None], flat.take(before + n_blocks * n_columns, axis=2) - left, left)
