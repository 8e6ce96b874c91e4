"""What a curve holds, and the forms it is printed in."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..._version import __version__
from ...scores.score import Score, one_line
from .fit import Fit

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

# A bias, and a spread, smaller than this is none that anyone reports.
SMALL = 0.01


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
        Where a score of n rows lies: mean -+ t times `spread`.
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
    """

    score: Score
    points: tuple[Point, ...]
    fit: Fit
    interval: tuple[float, float]
    notes: tuple[str, ...] = ()

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
            f"at infinitely many rows: {fit.limit:.4f} [{self.interval[0]:.4f}, {self.interval[1]:.4f}]",
            f"bias of all {last.n:,} rows: {last.bias:+.4f} +- {fit.slope_error / last.n:.4f}, spread {last.spread:.4f}"
            + ("" if seen else "; no bias to be seen"),
        ]
        names = {"bias_below_spread": "bias below the spread", **{f"{x}_below_0.01": f"{x} below 0.01" for x in _BOTH}}
        rows = [f"{names[name]} {self._from(n)}" for name, n in self.enough.items()]
        return [*found, "; ".join(rows)]

    def _from(self, n: int) -> str:
        if n <= self.fit.first:
            return f"at all sizes from {self.fit.first:,}"
        return f"from {n:,} rows" + (" (more than there are)" if n > self.points[-1].n else "")


_BOTH = ("bias", "spread")


class Curve(Mapping[str, MetricCurve]):
    """Scores against the number of rows, by metric.

    Parameters
    ----------
    curves : mapping from str to MetricCurve
    n_repeats : int
        Subsamples of each size.
    confidence : float
        Level of the intervals.
    random_state : int
        Seed of the subsamples.
    """

    def __init__(self, curves: Mapping[str, MetricCurve], n_repeats: int, confidence: float, random_state: int) -> None:
        self._curves = dict(curves)
        self.n_repeats, self.confidence, self.random_state = n_repeats, confidence, random_state

    def __getitem__(self, metric: str) -> MetricCurve:
        return self._curves[metric]

    def __iter__(self) -> Iterator[str]:
        return iter(self._curves)

    def __len__(self) -> int:
        return len(self._curves)

    def __repr__(self) -> str:
        parts = ", ".join(f"{name} of {len(curve.points)} sizes" for name, curve in self.items())
        return f"Curve({parts})"

    @property
    def rows(self) -> list[dict[str, Any]]:
        """A row for each metric and number of rows."""
        columns = COLUMNS[1:-1]
        return [
            {"metric": name, **{column: getattr(point, column) for column in columns}, "scores": len(point.scores)}
            for name, curve in self.items()
            for point in curve.points
        ]

    def describe(self) -> str:
        """Return a table for each metric, and what it says, as text."""
        blocks = ["\n".join([*_block(name, curve), f"  {curve.score.signature}"]) for name, curve in self.items()]
        return "\n\n".join([*blocks, self._legend()])

    def _legend(self) -> str:
        return (
            f"mean of {self.n_repeats} subsamples of n rows, drawn without replacement (seed {self.random_state}), of "
            "all rows of as many random splits, if there are any; low, high: where "
            f"{self.confidence:.0%} of scores of n rows lie; bias: b/n of the fitted s + b/n."
        )

    def to_dict(self) -> dict[str, Any]:
        """Return the curves as plain Python values, fit for strict JSON."""
        return {
            "version": __version__,
            "n_repeats": self.n_repeats,
            "confidence": self.confidence,
            "random_state": self.random_state,
            "metrics": {
                name: {
                    "points": [{**vars(point), "scores": list(point.scores)} for point in curve.points],
                    "fit": vars(curve.fit),
                    "interval": list(curve.interval),
                    "enough": curve.enough,
                    "signature": curve.score.signature,
                    "notes": list(curve.notes),
                }
                for name, curve in self.items()
            },
        }

    def to_json(self) -> str:
        """Return the curves as strict JSON."""
        return json.dumps(self.to_dict(), indent=2, allow_nan=False)

    def to_frame(self) -> pd.DataFrame:
        """Return a row per metric and number of rows."""
        import pandas as pd

        return pd.DataFrame(self.rows, columns=list(COLUMNS))

    def to_csv(self) -> str:
        """Return the table of :meth:`to_frame` as comma-separated text."""
        text = io.StringIO()
        writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(self.rows)
        return text.getvalue().rstrip("\n")

    def to_markdown(self) -> str:
        """Return a Markdown table, with what it says below."""
        lines = [f"| {' | '.join(COLUMNS)} |", f"| --- |{' ---: |' * (len(COLUMNS) - 1)}"]
        lines += [f"| {row['metric']} | {' | '.join(_cells(row))} | {row['scores']} |" for row in self.rows]
        for name, curve in self.items():
            said = [*curve.advice(), *curve.notes]
            lines += ["", *(f"- {name}: {one_line(text)}" for text in said), f"- `{curve.score.signature}`"]
        return "\n".join([*lines, "", f"- {self._legend()}"])

    def figure(self) -> Figure:
        """Return a panel for each metric, as a figure of matplotlib."""
        from .plot import draw

        return draw(self)


COLUMNS = ("metric", "n", "mean", "low", "high", "spread", "bias", "scores")

# Forms a curve can be written in, by the name the command line gives them.
FORMATS: dict[str, Callable[[Curve], str]] = {
    "table": Curve.describe,
    "json": Curve.to_json,
    "csv": Curve.to_csv,
    "markdown": Curve.to_markdown,
}


def _cells(row: Mapping[str, Any]) -> list[str]:
    return [str(row["n"]), *(f"{row[name]:.4f}" for name in COLUMNS[2:6]), f"{row['bias']:+.4f}"]


def _block(name: str, curve: MetricCurve) -> list[str]:
    """Return the table of one metric, and below what it says."""
    table = [list(COLUMNS[1:-1]), *(_cells(vars(point)) for point in curve.points)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    lines = ["  " + "  ".join(c.rjust(w) for c, w in zip(row, widths, strict=True)) for row in table]
    said = [*curve.advice(), *map(one_line, curve.notes)]
    return [f"{name} = {curve.score:.4f}", *lines, *(f"  {text}" for text in said)]
