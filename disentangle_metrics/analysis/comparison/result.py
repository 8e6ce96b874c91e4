"""Comparison: the result of a comparison of two models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ..._version import __version__
from ...kernels.resampling.multiple_testing import holm
from ...rendering.plain import as_json, plain
from . import text as forms
from .difference import Difference

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Comparison:
    """Difference of two models, and whether it could be chance.

    Attributes
    ----------
    metric : str
    a, b : str
        The names of the models.
    unit : {"rows", "seeds"}
        The unit that was drawn or relabeled. The p-value is about other rows of these two models, or about other seeds.
    test : {"bootstrap", "sign-flip", "permutation", "paired permutation", "t", "paired t"}
    overall : Difference
        Difference in the score itself.
    per_factor : mapping from str to Difference
    level : float
        Level of the intervals, 0.95 for 95 %.
    n_a, n_b : int
        Number of rows, or seeds, of each model.
    n_draws : int
        Draws or relabelings; 0 for a test by a formula.
    exact : bool
        Whether all relabelings were tried.
    random_state : int or None
        Seed of the draws.
    signature : str
        The settings of both scores.
    notes : tuple of str
    """

    metric: str
    a: str
    b: str
    unit: str
    test: str
    overall: Difference
    per_factor: Mapping[str, Difference]
    level: float
    n_a: int
    n_b: int
    n_draws: int
    exact: bool
    random_state: int | None
    signature: str
    notes: tuple[str, ...] = field(default=())

    @property
    def difference(self) -> float:
        """Score of the first model minus the score of the second."""
        return self.overall.value

    @property
    def p_value(self) -> float:
        """P-value of the difference of the scores."""
        return self.overall.p_value

    @property
    def significant(self) -> bool:
        """Whether the p-value, adjusted if there are several pairs, is below 1 - level."""
        return self.overall.p_adjusted < 1 - self.level + 1e-12

    @property
    def least_p(self) -> float:
        """Smallest p-value that the test can give with so few seeds or draws."""
        if self.test in ("t", "paired t"):
            return 0.0
        if not self.exact:
            return 1 / (1 + self.n_draws)
        # the observed labels, and their mirror image if both models have equally many seeds
        return (1 if self.test == "permutation" and self.n_a != self.n_b else 2) / self.n_draws

    def method(self) -> str:
        """Return the method of the p-value, as a phrase."""
        seed = "" if self.random_state is None or self.exact else f", seed {self.random_state}"
        many = f"all {self.n_draws:,}" if self.exact else f"{self.n_draws:,}"
        if self.test == "t":
            return f"Welch's t of {self.n_a} and {self.n_b} seeds"
        if self.test == "paired t":
            return f"Student's t of {self.n_a} pairs of seeds"
        if self.test == "permutation":
            return f"permutation of {self.n_a} and {self.n_b} seeds ({many} relabelings{seed})"
        if self.unit == "seeds":
            return f"sign flips of {self.n_a} pairs of seeds ({many} flips{seed})"
        if self.test == "sign-flip":
            seed = f", seed {self.random_state}"  # of the blocks
            return f"sign flips of the contributions of blocks of rows, {self.n_a:,} rows in all ({many} flips{seed})"
        return f"paired bootstrap of {self.n_a:,} rows ({many} draws{seed})"

    def describe(self) -> str:
        """Return the comparison as a block of text."""
        return forms.describe_pair(self)

    def to_dict(self) -> dict[str, Any]:
        """Return the comparison as plain Python values, fit for strict JSON: an undefined value is None."""
        return {
            "version": __version__,
            "metric": self.metric,
            "a": self.a,
            "b": self.b,
            "unit": self.unit,
            "test": self.test,
            "level": self.level,
            "overall": plain(vars(self.overall)),
            "per_factor": {name: plain(vars(part)) for name, part in self.per_factor.items()},
            "n_a": self.n_a,
            "n_b": self.n_b,
            "n_draws": self.n_draws,
            "exact": self.exact,
            "random_state": self.random_state,
            "signature": self.signature,
            "notes": list(self.notes),
        }

    def to_json(self) -> str:
        """Return the comparison as strict JSON."""
        return as_json(self.to_dict())

    def to_frame(self) -> pd.DataFrame:
        """Return a table with a row for the score (its factor is empty) and a row for each factor."""
        return forms.frame([self])

    def to_csv(self) -> str:
        """Return the table of :meth:`to_frame` as comma-separated text; an undefined value is an empty field."""
        return forms.as_csv([self])

    def to_markdown(self) -> str:
        """Return a Markdown table, with notes, the method and the signature below."""
        return forms.pair_in_markdown(self)

    def to_latex(self) -> str:
        """Return a LaTeX tabular for the booktabs package, with the rest as comments below."""
        return forms.pair_in_latex(self)

    def figure(self) -> Figure:
        """Return a forest plot of the score and each factor, as a figure of matplotlib."""
        from .plot import forest

        lines = [(self.metric, self.overall), *self.per_factor.items()]
        title = f"{self.metric}: {self.a} \N{MINUS SIGN} {self.b}"
        return forest(title, lines, self.level, (f"{self.b} is better", f"{self.a} is better"), apart=1)


def together(comparisons: list[Comparison]) -> tuple[Comparison, ...]:
    """Return comparisons of several pairs, with p-values of scores and of each factor adjusted for all pairs."""
    overall = holm([c.overall.p_value for c in comparisons])
    by_factor = {name: holm([c.per_factor[name].p_value for c in comparisons]) for name in comparisons[0].per_factor}
    return tuple(
        with_adjusted(c, overall[i], {name: by_factor[name][i] for name in c.per_factor})
        for i, c in enumerate(comparisons)
    )


def with_adjusted(comparison: Comparison, overall: float, per_factor: Mapping[str, float]) -> Comparison:
    """Return a comparison with the adjusted p-values of its score and of each factor."""
    return replace(
        comparison,
        overall=replace(comparison.overall, p_adjusted=float(overall)),
        per_factor={
            name: replace(difference, p_adjusted=float(per_factor[name]))
            for name, difference in comparison.per_factor.items()
        },
    )


def adjusted(differences: list[Difference]) -> list[Difference]:
    """Return the score's difference unchanged, and the factors' differences with adjusted p-values."""
    p = np.concatenate([[differences[0].p_value], holm([d.p_value for d in differences[1:]])])
    return [replace(d, p_adjusted=float(value)) for d, value in zip(differences, p, strict=True)]


def out_of_reach(pairs: Sequence[Comparison]) -> list[str]:
    """Return a note if no p-value can be small enough, because there are too few seeds or draws for so many pairs."""
    least = max(pair.least_p for pair in pairs)
    share = 1 - pairs[0].level
    if least * len(pairs) < share + 1e-12:
        return []
    of_pairs = f" and {len(pairs)} pairs" if len(pairs) > 1 else ""
    if pairs[0].exact:
        return [f"with so few seeds{of_pairs} no p below {least * len(pairs):.3g} is possible: run more seeds"]
    wanted = int(len(pairs) / share) + 1
    return [f"with so few draws{of_pairs} no p below {least * len(pairs):.3g} is possible: draw at least {wanted:,}"]
