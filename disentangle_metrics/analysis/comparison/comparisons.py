"""Comparisons: two models by several metrics, with p-values adjusted for all metrics together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ..._version import __version__
from ...kernels.resampling.multiple_testing import holm
from ...rendering.plain import as_json
from . import text as forms
from .result import Comparison, with_adjusted

if TYPE_CHECKING:
    import pandas as pd


class Comparisons(Mapping[str, Comparison]):
    """Comparisons of the same two models by the name of the score, in the order of the request."""

    def __init__(self, comparisons: Mapping[str, Comparison]) -> None:
        self._comparisons = dict(comparisons)

    def __getitem__(self, name: str) -> Comparison:
        return self._comparisons[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._comparisons)

    def __len__(self) -> int:
        return len(self._comparisons)

    def __repr__(self) -> str:
        return f"Comparisons({', '.join(f'{name}={c.difference:+.4f}' for name, c in self.items())})"

    def describe(self) -> str:
        """Return the text block of each comparison, see :meth:`Comparison.describe`."""
        return "\n\n".join(comparison.describe() for comparison in self.values())

    def to_dict(self) -> dict[str, Any]:
        """Return the comparisons as plain Python values, fit for strict JSON: an undefined value is None."""
        return {"version": __version__, "comparisons": {name: c.to_dict() for name, c in self.items()}}

    def to_json(self) -> str:
        """Return the comparisons as strict JSON."""
        return as_json(self.to_dict())

    def to_frame(self) -> pd.DataFrame:
        """Return a table with a row for each score (its factor is empty) and a row for each of its factors."""
        return forms.frame(list(self.values()))

    def to_csv(self) -> str:
        """Return the table of :meth:`to_frame` as comma-separated text; an undefined value is an empty field."""
        return forms.as_csv(list(self.values()))

    def to_markdown(self) -> str:
        """Return a Markdown table for each comparison."""
        return "\n\n".join(comparison.to_markdown() for comparison in self.values())

    def to_latex(self) -> str:
        """Return a LaTeX tabular for each comparison."""
        return "\n\n".join(comparison.to_latex() for comparison in self.values())


# Printed forms of comparisons, by their name in the command line.
COMPARISONS_FORMATS: dict[str, Callable[[Comparisons], str]] = {
    "table": Comparisons.describe,
    "json": Comparisons.to_json,
    "csv": Comparisons.to_csv,
    "markdown": Comparisons.to_markdown,
    "latex": Comparisons.to_latex,
}


def adjusted_together(comparisons: Sequence[Comparison]) -> list[Comparison]:
    """Return comparisons with p-values adjusted by Holm's method: of the scores, and of metrics x factors."""
    overall = holm([c.overall.p_value for c in comparisons])
    places = [(i, name) for i, c in enumerate(comparisons) for name in c.per_factor]
    of_factors = holm([comparisons[i].per_factor[name].p_value for i, name in places])
    adjusted = dict(zip(places, of_factors, strict=True))
    return [
        with_adjusted(c, overall[i], {name: adjusted[i, name] for name in c.per_factor})
        for i, c in enumerate(comparisons)
    ]
