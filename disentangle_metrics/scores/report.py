"""Report: several scores of one representation, and their printed forms."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from .._version import __version__
from ..rendering.numbers import number
from ..rendering.plain import as_json
from ..rendering.tables import Table, in_csv, in_latex, in_markdown
from ..rendering.text import one_line
from .attachments import after_parts, after_score
from .grouped_notes import by_score
from .score import Score

if TYPE_CHECKING:
    import pandas as pd

# Version of the form. It rises when a field is renamed, is removed or changes its meaning, not for new fields.
SCHEMA_VERSION = 2


class Report(Mapping[str, Score]):
    """Scores by the name of their metric, in the order of the request.

    Examples
    --------
    >>> from disentangle_metrics import evaluate
    >>> v = [[0, 0], [0, 1], [1, 0], [1, 1]]
    >>> report = evaluate(v, v, metrics="mig", options={"mig": {"n_bins": 2}})
    >>> print(report.to_csv())
    metric,factor,value,signature
    mig,,1.0,mig|discretizer:uniform|n_bins:2|entropy:plugin|normalizer:factor|n:4|d:2|k:2|v:...
    mig,v0,1.0,mig|...
    mig,v1,1.0,mig|...
    """

    def __init__(self, scores: Mapping[str, Score], left_out: Mapping[str, str] | None = None) -> None:
        self._scores = dict(scores)
        self._left_out = dict(left_out or {})

    def __getitem__(self, name: str) -> Score:
        return self._scores[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._scores)

    def __len__(self) -> int:
        return len(self._scores)

    def __repr__(self) -> str:
        return f"Report({', '.join(f'{name}={score:.4f}' for name, score in self.items())})"

    @property
    def left_out(self) -> Mapping[str, str]:
        """The metrics of a group that could not score the data, each with the reason."""
        return MappingProxyType(self._left_out)

    def describe(self, width: int = 100) -> str:
        """Return the text block of each score, see :meth:`Score.describe`, and then the notes of several scores."""
        shared = {names: notes for names, notes in self._notes_by_score().items() if len(names) > 1}
        said = {note for notes in shared.values() for note in notes}
        blocks = [
            f"{one_line(name)}{score.describe(width, said).removeprefix(score.metric)}" for name, score in self.items()
        ]
        for names, notes in shared.items():
            blocks.append("\n".join([f"{one_line(', '.join(names))}:", *(f"  {one_line(note)}" for note in notes)]))
        return "\n\n".join(blocks)

    def _notes_by_score(self) -> dict[tuple[str, ...], list[str]]:
        return by_score({name: score.notes for name, score in self.items()})

    def to_dict(self) -> dict[str, Any]:
        """Return the report as plain Python values, in the form that ``report.schema.json`` describes."""
        return {
            "schema_version": SCHEMA_VERSION,
            "version": __version__,
            "scores": {name: score.to_dict() for name, score in self.items()},
            **({"left_out": dict(self.left_out)} if self.left_out else {}),
        }

    def to_json(self) -> str:
        """Return the report as strict JSON: an undefined value is null."""
        return as_json(self.to_dict())

    def to_frame(self) -> pd.DataFrame:
        """Return the report as a long table: metric, factor (empty for the score itself), value, signature.

        If a metric has values for latents, a column ``latent`` names them. The columns ``corrected``, ``low``,
        ``high``, ``chance`` and ``ceiling`` come before the signature if any score has them.
        """
        import pandas as pd

        head, rows = self._table()
        return pd.DataFrame(rows, columns=head)

    def to_csv(self) -> str:
        """Return the table of :meth:`to_frame` as comma-separated text; an undefined value is an empty field."""
        return in_csv(*self._table())

    def to_markdown(self) -> str:
        """Return a Markdown table, a row per metric and a column per factor, with the signatures below."""
        signatures = [f"- `{one_line(score.signature)}`" for score in self.values()]
        return "\n".join(
            [*in_markdown(self._grid()), "", *(f"- {one_line(note)}" for note in self._notes()), *signatures]
        )

    def to_latex(self) -> str:
        """Return a LaTeX tabular for the booktabs package, with notes and signatures as comments below."""
        return in_latex(self._grid(), [*self._notes(), *(score.signature for score in self.values())])

    def _notes(self) -> list[str]:
        """Return all notes, each once, after the names of its scores."""
        return [f"{', '.join(names)}: {note}" for names, notes in self._notes_by_score().items() for note in notes]

    def _table(self) -> tuple[list[str], list[list[Any]]]:
        """Return the long table: a head, and a row for each score and each of its parts."""
        extra = self._extra()
        units = ["factor", *(["latent"] if any(score.per_latent is not None for score in self.values()) else [])]
        rows = []
        for name, score in self.items():
            signature = score.signature
            of_part = "factor" if score.per_latent is None else "latent"
            cells = [("", float(score), score.beside())]
            cells += [(part, value, score.beside(i)) for i, (part, value) in enumerate(score.parts().items())]
            for part, value, beside in cells:
                named = [part if unit == of_part else "" for unit in units]
                more = [beside.get(column, math.nan) for column in extra]
                rows.append([name, *named, value, *more, signature])
        return ["metric", *units, "value", *extra, "signature"], rows

    def _extra(self) -> list[str]:
        """Return the names of the additional columns."""
        names = [name for score in self.values() for name in score.beside()]
        return [name for name in ("corrected", "low", "high", "chance", "ceiling", "adjusted") if name in names]

    def _grid(self) -> Table:
        """Return a table with a row per metric: its score, the additional columns, then its parts under all names."""
        of_each = {name: score.parts() for name, score in self.items()}
        parts = list(dict.fromkeys(part for names in of_each.values() for part in names))
        extra = [name for name in self._extra() if name not in ("corrected", "low", "high")]
        rows = []
        for name, score in self.items():
            after = after_parts(of_each[name], score.interval, 3)
            cells = [number(of_each[name].get(part, math.nan), 3) + after.get(part, "") for part in parts]
            more = [number(score.beside().get(column, math.nan), 3) for column in extra]
            rows.append([name, number(score, 4) + after_score(score, score.interval, 4), *more, *cells])
        return Table(["metric", "score", *extra, *parts], rows)


# Printed forms of a report, by their name in the command line.
FORMATS: dict[str, Callable[[Report], str]] = {
    "table": Report.describe,
    "json": Report.to_json,
    "csv": Report.to_csv,
    "markdown": Report.to_markdown,
    "latex": Report.to_latex,
}


def json_schema() -> dict[str, Any]:
    """Return the JSON schema (draft 2020-12) of :meth:`Report.to_json`."""
    import json
    from importlib.resources import files

    text = files("disentangle_metrics").joinpath("report.schema.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema
