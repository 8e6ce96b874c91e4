"""Ranking: the result of a comparison of several models."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from string import ascii_letters
from typing import TYPE_CHECKING, Any

import numpy as np

from ..._version import __version__
from ...kernels.resampling.multiple_testing import groups_alike
from ...rendering.plain import as_json, plain
from . import text as forms
from .result import Comparison

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Ranking:
    """Several models from the best down, with the differences between them.

    Attributes
    ----------
    metric : str
    names : tuple of str
        From the best score down.
    scores : mapping from str to float
        The score of each model; over seeds, the mean.
    errors : mapping from str to float
        The standard error of each score.
    pairs : tuple of Comparison
        Comparisons of all pairs, the better model first, or of each model with the baseline. Their p-values are
        adjusted together.
    letters : mapping from str to str
        Two models share a letter if, and only if, they do not differ significantly. Empty if there is a baseline.
    baseline : str or None
    signature : str
    notes : tuple of str
    """

    metric: str
    names: tuple[str, ...]
    scores: Mapping[str, float]
    errors: Mapping[str, float]
    pairs: tuple[Comparison, ...]
    letters: Mapping[str, str]
    baseline: str | None
    signature: str
    notes: tuple[str, ...] = field(default=())

    def legend(self) -> str:
        """Return the meaning of the letters or stars, as text."""
        share = f"{100 * (1 - self.pairs[0].level):g} %"
        if self.baseline is None:
            return f"models that share a letter are not told apart at the {share} level"
        return f"* differs from {self.baseline} at the {share} level"

    def describe(self) -> str:
        """Return the ranking as a block of text."""
        return forms.describe_ranking(self)

    def to_dict(self) -> dict[str, Any]:
        """Return the ranking as plain Python values, fit for strict JSON: an undefined value is None."""
        return {
            "version": __version__,
            "metric": self.metric,
            "models": [
                {
                    "name": name,
                    "score": self.scores[name],
                    "standard_error": self.errors[name],
                    "letters": self.letters.get(name),
                }
                for name in self.names
            ],
            "baseline": self.baseline,
            "pairs": [pair.to_dict() for pair in self.pairs],
            "signature": self.signature,
            "notes": list(self.notes),
        }

    def to_json(self) -> str:
        """Return the ranking as strict JSON."""
        return as_json(plain(self.to_dict()))

    def to_frame(self) -> pd.DataFrame:
        """Return a table with rows for each pair, see :meth:`Comparison.to_frame`."""
        return forms.frame(self.pairs)

    def to_csv(self) -> str:
        """Return the table of :meth:`to_frame` as comma-separated text; an undefined value is an empty field."""
        return forms.as_csv(self.pairs)

    def to_markdown(self) -> str:
        """Return Markdown tables of the models and of the pairs, with the rest below."""
        return forms.ranking_in_markdown(self)

    def to_latex(self) -> str:
        """Return a LaTeX tabular of the models for the booktabs package, with the rest as comments below."""
        return forms.ranking_in_latex(self)

    def figure(self) -> Figure:
        """Return a forest plot of all pairs, as a figure of matplotlib."""
        from .plot import forest

        lines = [(f"{pair.a} \N{MINUS SIGN} {pair.b}", pair.overall) for pair in self.pairs]
        return forest(f"{self.metric}: differences", lines, self.pairs[0].level)


def letters_of(names: tuple[str, ...], pairs: tuple[Comparison, ...]) -> dict[str, str]:
    """Return the letters of models; after 52 letters, each is a letter with a number, separated by commas."""
    place = {name: i for i, name in enumerate(names)}
    differ = np.zeros((len(names), len(names)), dtype=bool)
    for pair in pairs:
        i, j = place[pair.a], place[pair.b]
        differ[i, j] = differ[j, i] = pair.significant
    groups = groups_alike(differ)
    single = len(groups) <= len(ascii_letters)
    signs = ascii_letters if single else [f"a{i}" for i in range(1, len(groups) + 1)]
    return {
        name: ("" if single else ",").join(sign for sign, group in zip(signs, groups, strict=False) if i in group)
        for name, i in place.items()
    }


# Printed forms of a ranking, by their name in the command line.
FORMATS: dict[str, Callable[[Comparison | Ranking], str]] = {
    "table": lambda result: result.describe(),
    "json": lambda result: result.to_json(),
    "csv": lambda result: result.to_csv(),
    "markdown": lambda result: result.to_markdown(),
    "latex": lambda result: result.to_latex(),
}
