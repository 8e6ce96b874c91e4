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
CUTS = 6
# Their variance is known from as many squares, so Student's t has the room that a normal distribution has not.
FREEDOM = CUTS - 1
T_VARIANCE = FREEDOM / (FREEDOM - 2)
# Squares of halves are counted from so many times what draws say of them: so few vary by about half by luck alone, and
# luck that is counted as variance hides differences.
_BEYOND_LUCK = 2.0
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

    Where squares are no more than luck would have them, in a part and on average over all, nothing is counted.
    """
    squares, expected = ((halves[:, 0] - halves[:, 1]) ** 2).mean(axis=0) / 2, 2 * drawn
    varies = expected > 0
    ratios = squares[varies] / expected[varies]
    by_set = (squares > _BEYOND_LUCK * expected) | (ratios.sum() > _BEYOND_LUCK * len(ratios))
    return InHalves(np.where(by_set, np.maximum(squares - expected, 0.0), 0.0), halves.mean(axis=(0, 1)))
