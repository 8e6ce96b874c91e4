"""What an explanation holds, and the forms it is printed in."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..._version import __version__
from ...scores.score import Score

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Step:
    """One step of the walk.

    Attributes
    ----------
    options : mapping from str to (str, str)
        Which options change: from what, and to what.
    value : float
        The score after the step.
    change : float
        What the step moved.
    first, last : float or None
        What the same change moves if it is made before all other steps, and after all other steps; None where such a
        combination cannot be scored. Where these are far apart, options depend on each other.
    note : str
        Why options that could have moved one by one did not.
    """

    options: Mapping[str, tuple[str, str]]
    value: float
    change: float
    first: float | None
    last: float | None
    note: str = ""


@dataclass(frozen=True)
class Walk:
    """The way of one metric from a protocol to another: its score under both, and the steps between them."""

    start: Score
    end: Score
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Explanation:
    """Why two protocols give two numbers.

    Attributes
    ----------
    a, b : str
        The protocols.
    walks : mapping from str to Walk
        By metric.
    notes : tuple of str
        What was left out, and why.
    """

    a: str
    b: str
    walks: Mapping[str, Walk]
    notes: tuple[str, ...] = ()

    def describe(self) -> str:
        """Return a table for each metric, as text."""
        blocks = [_block(self.a, self.b, name, walk) for name, walk in self.walks.items()]
        return "\n\n".join([*blocks, "\n".join([_LEGEND, *self.notes])])

    def to_dict(self) -> dict[str, Any]:
        """Return the explanation as plain Python values, fit for strict JSON: an undefined value is None."""
        return {
            "version": __version__,
            "a": self.a,
            "b": self.b,
            "metrics": {
                name: {
                    "a": _nullable(float(walk.start)),
                    "b": _nullable(float(walk.end)),
                    "signature_a": walk.start.signature,
                    "signature_b": walk.end.signature,
                    "steps": [
                        {
                            "options": {option: list(change) for option, change in step.options.items()},
                            "value": _nullable(step.value),
                            "change": _nullable(step.change),
                            "first": _nullable(step.first),
                            "last": _nullable(step.last),
                            "note": step.note,
                        }
                        for step in walk.steps
                    ],
                }
                for name, walk in self.walks.items()
            },
            "notes": list(self.notes),
        }

    def to_json(self) -> str:
        """Return the explanation as strict JSON."""
        return json.dumps(self.to_dict(), indent=2, allow_nan=False)

    def to_frame(self) -> pd.DataFrame:
        """Return a row per step, and one for where each metric starts."""
        import pandas as pd

        return pd.DataFrame(self._rows(), columns=list(_COLUMNS))

    def to_csv(self) -> str:
        """Return the table of :meth:`to_frame` as comma-separated text; an undefined value is an empty field."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(_COLUMNS)
        writer.writerows([["" if _nullable(cell) is None else cell for cell in row] for row in self._rows()])
        return text.getvalue().rstrip("\n")

    def to_markdown(self) -> str:
        """Return a Markdown table, with notes below."""
        lines = [f"| {' | '.join(_COLUMNS)} |", f"|{' --- |' * 5}{' ---: |' * 4}"]
        for row in self._rows():
            cells = [*map(str, row[:5]), *(_shown(row[5], ""), *(_shown(cell, "+") for cell in row[6:]))]
            lines.append(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |")
        return "\n".join([*lines, "", f"- {_LEGEND}", *(f"- {note}" for note in self.notes)])

    def figure(self) -> Figure:
        """Return a waterfall for each metric, as a figure of matplotlib."""
        from .plot import draw

        return draw(self)

    def _rows(self) -> list[tuple[Any, ...]]:
        rows: list[tuple[Any, ...]] = []
        for name, walk in self.walks.items():
            rows.append((name, 0, self.a, "", "", float(walk.start), None, None, None))
            for i, step in enumerate(walk.steps, 1):
                old, new = (", ".join(side) for side in zip(*step.options.values(), strict=True))
                rows.append(
                    (name, i, ", ".join(step.options), old, new, step.value, step.change, step.first, step.last)
                )
        return rows


_COLUMNS = ("metric", "step", "option", "from", "to", "score", "change", "first", "last")

_LEGEND = "change: taken in this order. first, last: the same change made before, and after, all others."

# Forms an explanation can be written in, by the name the command line gives them.
FORMATS: dict[str, Callable[[Explanation], str]] = {
    "table": Explanation.describe,
    "json": Explanation.to_json,
    "csv": Explanation.to_csv,
    "markdown": Explanation.to_markdown,
}


def _nullable(value: Any) -> Any:
    return None if value is None or (isinstance(value, float) and not math.isfinite(value)) else value


def _shown(value: float | None, sign: str) -> str:
    return "" if value is None else "undefined" if math.isnan(value) else f"{value:{sign}.4f}"


def _block(a: str, b: str, name: str, walk: Walk) -> str:
    """Return one metric's walk as a table of text."""
    difference = _shown(float(walk.end) - float(walk.start), "+")
    head = f"{name}: {a} {_shown(walk.start, '')} -> {b} {_shown(walk.end, '')}   ({difference})"
    table: list[tuple[str, ...]] = [("option", "from", "to", "change", "score", "first", "last")]
    for step in walk.steps:
        numbers = (_shown(step.change, "+"), _shown(step.value, ""), *(_shown(x, "+") for x in (step.first, step.last)))
        for i, (option, change) in enumerate(step.options.items()):
            table.append((option, *change, *(numbers if i == 0 else ("",) * 4)))
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    lines = []
    for row in table if walk.steps else []:
        cells = [cell.ljust(w) if i < 3 else cell.rjust(w) for i, (cell, w) in enumerate(zip(row, widths, strict=True))]
        lines.append("  " + "  ".join(cells).rstrip())
    notes = [f"  {', '.join(step.options)}: {step.note}" for step in walk.steps if step.note]
    return "\n".join([head, *(lines or ["  the same settings"]), *notes])
