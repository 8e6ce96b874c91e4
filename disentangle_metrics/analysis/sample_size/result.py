"""Curve: scores against the number of rows, and its printed forms."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ..._version import __version__
from ...rendering.numbers import IN_WORDS, number
from ...rendering.plain import as_json, plain
from ...rendering.tables import Table, in_csv, in_markdown, in_text
from ...rendering.text import one_line
from .metric_curve import MetricCurve

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure


class Curve(Mapping[str, MetricCurve]):
    """Scores against the number of rows, by metric.

    Parameters
    ----------
    curves : mapping from str to MetricCurve
    n_repeats : int
        Number of subsamples of each size.
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
        """Table rows, one for each metric and number of rows."""
        columns = COLUMNS[1:-1]
        return [
            {"metric": name, **{column: getattr(point, column) for column in columns}, "scores": len(point.scores)}
            for name, curve in self.items()
            for point in curve.points
        ]

    def describe(self) -> str:
        """Return a table for each metric, with its conclusions, as text."""
        blocks = [_block(name, curve) for name, curve in self.items()]
        return "\n\n".join([*blocks, self._legend()])

    def _legend(self) -> str:
        return (
            f"mean: over {self.n_repeats} subsamples of n rows, drawn without replacement (seed {self.random_state}); "
            "for all rows, over as many random splits if the metric splits rows; low, high: the range of "
            f"{self.confidence:.0%} of scores of n rows; bias: b/n of the fitted s + b/n."
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
                    "points": [plain(vars(point)) for point in curve.points],
                    "fit": plain(vars(curve.fit)),
                    "interval": plain(curve.interval),
                    "enough": curve.enough,
                    "signature": curve.score.signature,
                    "notes": list(curve.notes),
                }
                for name, curve in self.items()
            },
        }

    def to_json(self) -> str:
        """Return the curves as strict JSON."""
        return as_json(self.to_dict())

    def to_frame(self) -> pd.DataFrame:
        """Return a table with a row per metric and number of rows."""
        import pandas as pd

        return pd.DataFrame(self.rows, columns=list(COLUMNS))

    def to_csv(self) -> str:
        """Return the table of :meth:`to_frame` as comma-separated text."""
        return in_csv(COLUMNS, (row.values() for row in self.rows))

    def to_markdown(self) -> str:
        """Return a Markdown table, with the conclusions below."""
        rows = [(row["metric"], *_cells(row), str(row["scores"])) for row in self.rows]
        lines = in_markdown(Table(COLUMNS, rows))
        for name, curve in self.items():
            said = [*curve.advice(), *curve.notes]
            lines += ["", *(f"- {name}: {one_line(text)}" for text in said)]
            lines += [f"- `{one_line(curve.score.signature)}`"]
        return "\n".join([*lines, "", f"- {self._legend()}"])

    def figure(self) -> Figure:
        """Return a plot with a panel for each metric, as a figure of matplotlib."""
        from .plot import draw

        return draw(self._curves, self.confidence)


COLUMNS = ("metric", "n", "mean", "low", "high", "spread", "bias", "scores")

# Printed forms of a curve, by their name in the command line.
FORMATS: dict[str, Callable[[Curve], str]] = {
    "table": Curve.describe,
    "json": Curve.to_json,
    "csv": Curve.to_csv,
    "markdown": Curve.to_markdown,
}


def _cells(row: Mapping[str, Any]) -> list[str]:
    return [str(row["n"]), *(number(row[name]) for name in COLUMNS[2:6]), number(row["bias"], sign="+")]


def _block(name: str, curve: MetricCurve) -> str:
    """Return the table of one metric, with its conclusions below."""
    table = Table(COLUMNS[1:-1], [_cells(vars(point)) for point in curve.points], left=0)
    said = map(one_line, (*curve.advice(), *curve.notes, curve.score.signature))
    head = f"{name} = {number(curve.score, undefined=IN_WORDS)}"
    return "\n".join([head, *in_text(table), *(f"  {text}" for text in said)])
