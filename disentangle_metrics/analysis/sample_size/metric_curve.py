"""The curve of one metric."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ...rendering.numbers import interval, number
from ...scores.score import Score
from .fit import Fit

# A smaller bias or spread is too small to report.
SMALL = 0.01

_BOTH = ("bias", "spread")


@dataclass(frozen=True)
class Point:
    """Scores of n rows: their mean, spread and bias.

    Attributes
    ----------
    n : int
        Number of rows.
    mean : float
        Mean of the scores.
    low, high : float
        Range of a score of n rows: mean -+ t times `spread`.
    spread : float
        Standard deviation of a score of n rows over all possible samples: that of the subsamples, corrected for the
        rows that subsamples share.
    bias : float
        Bias by the fitted law, b / n.
    scores : tuple of float
        Scores of each subsample; for all rows, of each random split, or a single score.
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
    """Curve of one metric.

    Attributes
    ----------
    score : Score
        Score of all rows.
    points : tuple of Point
        Points by ascending n, all rows last.
    fit : Fit
        The law s + b / n.
    interval : tuple of float
        Interval of the score at infinitely many rows.
    notes : tuple of str
        Notes on a poor fit of the law and on other limits.
    """

    score: Score
    points: tuple[Point, ...]
    fit: Fit
    interval: tuple[float, float]
    notes: tuple[str, ...] = ()

    @property
    def enough(self) -> dict[str, int]:
        """Smallest number of rows that is enough, by the fitted law, for each of three requirements.

        The requirements are ``bias_below_spread``, ``bias_below_0.01`` and ``spread_below_0.01``. A number is at least
        the smallest fitted size, since nothing is known below it.
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
        """Return the conclusions on the number of rows, as sentences."""
        last, fit = self.points[-1], self.fit
        seen = abs(fit.slope) > 2 * fit.slope_error
        sentences = [
            f"at infinitely many rows: {number(fit.limit)} {interval(*self.interval)}",
            f"bias of all {last.n:,} rows: {number(last.bias, sign='+')} +- {number(fit.slope_error / last.n)}, "
            f"spread {number(last.spread)}" + ("" if seen else "; no significant bias"),
        ]
        names = {"bias_below_spread": "bias below the spread", **{f"{x}_below_0.01": f"{x} below 0.01" for x in _BOTH}}
        rows = [f"{names[name]} {self._from(n)}" for name, n in self.enough.items()]
        return [*sentences, "; ".join(rows)]

    def _from(self, n: int) -> str:
        if n <= self.fit.first:
            return f"at all sizes from {self.fit.first:,}"
        return f"from {n:,} rows" + (" (more than there are)" if n > self.points[-1].n else "")
