"""Models scored on halves of the rows: what a difference owes to bins, probes and splits, which the rows have set.

Draws of rows keep all this as it is. Two halves share no row, and each sets its own: half of their squared difference
is on average the variance of the score of half as many rows. What it has beyond the variance of draws, which is twice
as large on half the rows, comes of what was set. It need not fall with the number of rows, as where the largest value
sets the bins, or where a line falls between two of few values; so it is counted in full.

A split, or a line, can also be lucky once and nowhere else. Then halves show nothing of the difference on average.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...scores.score import Score
from ...uncertainty.replicates import group_codes, recipe_of

Floats = NDArray[np.float64]

# Ways in which the rows are cut in two. Each costs two scores of every model.
CUTS = 8
# Cuts of the same rows share what is unusual in them, such as the largest value, so that their squares are worth fewer
# than they are: Student's t of these degrees of freedom has the room that a normal distribution has not.
FREEDOM = 5
T_VARIANCE = FREEDOM / (FREEDOM - 2)
# A difference that is there shows in half as many rows by less as a rule, and hardly by less than a third.
_SHOWN = 3.0


class InHalves(NamedTuple):
    """What halves say of a score, or of a difference of two, and of each part of it.

    Attributes
    ----------
    variance : ndarray of shape (1 + k,)
        Of what the rows have set, beyond that of draws.
    mean : ndarray of shape (1 + k,)
        Over all halves.
    """

    variance: Floats
    mean: Floats

    def shown(self, value: Floats) -> Floats:
        """Return values, or three times the mean of halves where that is nearer to 0: 0 where it has another sign."""
        return np.asarray(np.sign(value) * np.clip(_SHOWN * self.mean * np.sign(value), 0.0, np.abs(value)))


def scored_on_halves(score: Score, seed: int, groups: ArrayLike | None) -> Floats:
    """Return the parts of a score on both halves of each cut: (CUTS, 2, k); the same seed cuts the same rows.

    A part that is undefined on some halves has the mean of the others there.

    Raises
    ------
    DisentangleError
        If so few rows cannot be scored by these options.
    """
    recipe = recipe_of(score)
    data = recipe.data
    units = np.arange(data.n_samples) if groups is None else group_codes(groups, data.n_samples)
    rng = np.random.default_rng([seed, CUTS])
    parts = np.empty((CUTS, 2, len(recipe.parts)))
    for cut in parts:
        side = (rng.permutation(int(units.max()) + 1) % 2)[units]
        for half in (0, 1):
            rows = np.flatnonzero(side == half)
            cut[half] = recipe.parts_of(recipe.again(data.on_rows(rows, rows)))
    known = ~np.isnan(parts)
    mean = np.where(known, parts, 0.0).sum(axis=(0, 1)) / np.maximum(known.sum(axis=(0, 1)), 1)
    return np.where(known, parts, np.where(known.any(axis=(0, 1)), mean, recipe.parts))


def in_halves(halves: Floats, drawn: Floats) -> InHalves:
    """Return what halves (CUTS, 2, 1 + k) say, given the variance of draws (1 + k,).

    Squares vary by half by luck alone, and luck that is counted as variance hides differences. So what they have beyond
    the draws is counted in full where they are twice as large, in a part or on average over all, and less of it where
    they are less.
    """
    squares, expected = ((halves[:, 0] - halves[:, 1]) ** 2).mean(axis=0) / 2, 2 * drawn
    ratio = np.divide(squares, expected, out=np.full_like(squares, np.nan), where=expected > 0)
    ratio = np.where((expected == 0) & (squares > 0), 2.0, ratio)
    of_all = ratio[~np.isnan(ratio)]
    beyond = np.fmax(ratio, of_all.mean() if len(of_all) else 1.0) - 1
    return InHalves(np.clip(beyond, 0.0, 1.0) * np.maximum(squares - expected, 0.0), halves.mean(axis=(0, 1)))
