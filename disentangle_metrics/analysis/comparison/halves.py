"""Models scored on halves of the rows: the variance of a difference that comes from bins, probes and splits.

The rows set these, and draws of rows keep them. Two halves share no row, and each sets its own. So half the squared
difference of two halves is, on average, the variance of the score with half as many rows. On half as many rows the
variance of the draws is twice as large. The excess over it comes from what the rows set. The excess need not fall with
the number of rows, for example if the largest value sets the bins, or if a straight line lies between two of few
values. So it is counted in full.

A split or a line can also be lucky only once. Then the mean over halves does not show the difference.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ...scores.score import Score
from ...uncertainty.replicates import recipe_of, units_of

Floats = NDArray[np.float64]

# Number of times that the rows are cut into two halves. Each costs two scores of every model.
CUTS = 8
# All cuts share the unusual rows, such as the largest value, so their squares are not independent. Student's t with
# fewer degrees of freedom than cuts allows for it.
FREEDOM = 5
T_VARIANCE = FREEDOM / (FREEDOM - 2)
# With half as many rows a real difference is smaller as a rule, but seldom less than a third.
_SHOWN = 3.0


class InHalves(NamedTuple):
    """Results of halves for a score, or for a difference of two scores, and for each of its parts.

    Attributes
    ----------
    variance : ndarray of shape (1 + k,)
        Variance from what the rows set, in excess of the draws.
    mean : ndarray of shape (1 + k,)
        Mean over all halves.
    """

    variance: Floats
    mean: Floats

    def shown(self, value: Floats) -> Floats:
        """Return the values, cut to three times the mean of halves; 0 if that has the other sign."""
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
    units = units_of(data, groups)
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
    """Return the results of halves (CUTS, 2, 1 + k), given the variance of the draws (1 + k,).

    The squares of so few cuts vary by about half by chance, and chance that is counted as variance hides differences.
    So the excess over the draws is counted in full if the squares are twice as large, in a part or on average over all
    parts. If they are smaller, a smaller share of the excess is counted.
    """
    squares, expected = ((halves[:, 0] - halves[:, 1]) ** 2).mean(axis=0) / 2, 2 * drawn
    ratio = np.divide(squares, expected, out=np.full_like(squares, np.nan), where=expected > 0)
    ratio = np.where((expected == 0) & (squares > 0), 2.0, ratio)
    of_all = ratio[~np.isnan(ratio)]
    beyond = np.fmax(ratio, of_all.mean() if len(of_all) else 1.0) - 1
    return InHalves(np.clip(beyond, 0.0, 1.0) * np.maximum(squares - expected, 0.0), halves.mean(axis=(0, 1)))
