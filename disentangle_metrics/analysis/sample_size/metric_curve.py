"""The curve of one metric."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ...rendering.numbers import interval, number
from ...scores.score import Score
from .fit import Fit

# A bias, and a spread, smaller than this is none that anyone reports.
SMALL = 0.01

_BOTH = ("bias", "spread")


@dataclass(frozen=True)
class Point:
    """What scores of n rows are like.

    Attributes
    ----------
    n : int
        Number of rows.
    mean : float
        Of the scores.
    low, high : float
        Where a score of n rows lies: mean -+ t times `spread`, cut to what a score can be.
    spread : float
        Standard deviation of a score of n rows over all rows that there could have been: that of the subsamples, and
        what they cannot show because they share rows.
    bias : float
        By the fitted law, b / n.
    scores : tuple of float
        Of each subsample; of all rows, of each random split, or one.
    """

    n: int
    mean: float
    low: float
    high: float
    spread: float
    bias: float
    scores: tuple[float, ...]


@dataclass(frozen=True)
class MetricCurve:
    """The curve of one metric.

    Attributes
    ----------
    score : Score
        Of all rows.
    points : tuple of Point
        By rising n, all rows last.
    fit : Fit
        The law s + b / n.
    interval : tuple of float
        Of the score at infinitely many rows.
    notes : tuple of str
        Where the law is a poor one, and what else to know.
    bounds : tuple of float
        Between which values a score lies.
    """

    score: Score
    points: tuple[Point, ...]
    fit: Fit
    interval: tuple[float, float]
    notes: tuple[str, ...] = ()
    bounds: tuple[float, float] = (-math.inf, math.inf)

    @property
    def corrected(self) -> float:
        """The score at infinitely many rows, by the law, cut to what a score can be."""
        return min(max(self.fit.limit, self.bounds[0]), self.bounds[1])

    @property
    def enough(self) -> dict[str, int]:
        """From how many rows on, by the fitted law, a score is good enough, by what is asked of it.

        ``bias_below_spread``, ``bias_below_0.01`` and ``spread_below_0.01``. No less than the smallest size that was
        fitted, below which nothing is known.
        """
        slope, last = abs(self.fit.slope), self.points[-1]
        per_row = last.spread**2 * last.n
        wanted = {
            "bias_below_spread": slope**2 / per_row if per_row > 0 else math.inf if slope > 1e-9 else 0.0,
            f"bias_below_{SMALL:g}": slope / SMALL,
            f"spread_below_{SMALL:g}": per_row / SMALL**2,
        }
        return {name: max(math.ceil(n), self.fit.first) for name, n in wanted.items() if math.isfinite(n)}

    def advice(self) -> list[str]:
        """Return what the curve says of the number of rows, in sentences."""
        last, fit = self.points[-1], self.fit
        seen = abs(fit.slope) > 2 * fit.slope_error
        found = [
            f"corrected, at infinitely many rows: {number(self.corrected)} {interval(*self.interval)}",
            f"bias of all {last.n:,} rows: {number(last.bias, sign='+')} +- {number(fit.slope_error / last.n)}, "
            f"spread {number(last.spread)}" + ("" if seen else "; no bias to be seen"),
        ]
        names = {"bias_below_spread": "bias below the spread", **{f"{x}_below_0.01": f"{x} below 0.01" for x in _BOTH}}
        rows = [f"{names[name]} {self._from(n)}" for name, n in self.enough.items()]
        return [*found, "; ".join(rows)]

    def _from(self, n: int) -> str:
        if n <= self.fit.first:
            return f"at all sizes from {self.fit.first:,}"
        return f"from {n:,} rows" + (" (more than there are)" if n > self.points[-1].n else "")
