"""Explanation: the result of a walk between protocols, and its printed forms."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..._version import __version__
from ...rendering.numbers import IN_WORDS, number
from ...rendering.plain import as_json, plain
from ...rendering.tables import Table, in_csv, in_markdown, in_text
from ...rendering.text import one_line
from .walk import Walk

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Explanation:
    """Explanation of why two protocols give two numbers.

    Attributes
    ----------
    a, b : str
        The protocols.
    walks : mapping from str to Walk
        The walk of each metric.
    notes : tuple of str
        The parts that were left out, and the reasons.
    """

    a: str
    b: str
    walks: Mapping[str, Walk]
    notes: tuple[str, ...] = ()

    def describe(self) -> str:
        """Return a table for each metric, as text."""
        blocks = [_block(self.a, self.b, name, walk) for name, walk in self.walks.items()]
        return "\n\n".join([*blocks, "\n".join([_LEGEND, *map(one_line, self.notes)])])

    def to_dict(self) -> dict[str, Any]:
        """Return the explanation as plain Python values, fit for strict JSON: an undefined value is None."""
        return {
            "version": __version__,
            "a": self.a,
            "b": self.b,
            "metrics": {
                name: {
                    "a": plain(float(walk.start)),
                    "b": plain(float(walk.end)),
                    "signature_a": walk.start.signature,
                    "signature_b": walk.end.signature,
                    "steps": [
                        {
                            "options": {option: list(change) for option, change in step.options.items()},
                            "value": plain(step.value),
                            "change": plain(step.change),
                            "first": plain(step.first),
                            "last": plain(step.last),
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
        return as_json(self.to_dict())

    def to_frame(self) -> pd.DataFrame:
        """Return a table with a row per step, and a row for the start of each metric."""
        import pandas as pd

        return pd.DataFrame(self._rows(), columns=list(_COLUMNS))

    def to_csv(self) -> str:
        """Return the table of :meth:`to_frame` as comma-separated text; an undefined value is an empty field."""
        return in_csv(_COLUMNS, self._rows())

    def to_markdown(self) -> str:
        """Return a Markdown table, with notes below."""
        rows = [
            (*map(str, row[:5]), number(row[5]), *(number(cell, sign="+") for cell in row[6:])) for row in self._rows()
        ]
        notes = [f"- {one_line(note)}" for note in (_LEGEND, *self.notes)]
        return "\n".join([*in_markdown(Table(_COLUMNS, rows, left=5)), "", *notes])

    def figure(self) -> Figure:
        """Return a waterfall for each metric, as a figure of matplotlib."""
        from .plot import draw

        return draw(self.walks, self.a, self.b)

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

_LEGEND = "change: in this order. first, last: the same change before, and after, all other changes."

# Printed forms of an explanation, by their name in the command line.
FORMATS: dict[str, Callable[[Explanation], str]] = {
    "table": Explanation.describe,
    "json": Explanation.to_json,
    "csv": Explanation.to_csv,
    "markdown": Explanation.to_markdown,
}


def _block(a: str, b: str, name: str, walk: Walk) -> str:
    """Return one metric's walk as a table of text."""
    start, end = (number(score, undefined=IN_WORDS) for score in (walk.start, walk.end))
    difference = number(float(walk.end) - float(walk.start), sign="+", undefined=IN_WORDS)
    lines = [f"{name}: {one_line(a)} {start} -> {one_line(b)} {end}   ({difference})"]
    rows: list[tuple[str, ...]] = []
    for step in walk.steps:
        first, last = (number(change, sign="+") for change in (step.first, step.last))
        numbers = (number(step.change, sign="+"), number(step.value), first, last)
        for i, (option, change) in enumerate(step.options.items()):
            rows.append((option, *change, *(numbers if i == 0 else ("",) * 4)))
    head = ("option", "from", "to", "change", "score", "first", "last")
    lines += in_text(Table(head, rows, left=3)) if rows else ["  the same settings"]
    lines += [f"  {', '.join(step.options)}: {one_line(step.note)}" for step in walk.steps if step.note]
    return "\n".join(lines)
