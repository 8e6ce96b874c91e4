"""What a comparison of two models holds."""

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
    """Two models, by how much they differ, and whether that could be chance.

    Attributes
    ----------
    metric : str
    a, b : str
        The names of the models.
    unit : {"rows", "seeds"}
        What was drawn or relabeled, and so what the p-value speaks of: other rows of these two models, or other seeds.
    test : {"bootstrap", "sign-flip", "permutation", "paired permutation", "t", "paired t"}
    overall : Difference
        In the score itself.
    per_factor : mapping from str to Difference
    level : float
        Of the intervals, 0.95 for 95 %.
    n_a, n_b : int
        Rows, or seeds, of each.
    n_draws : int
        Draws or relabelings; 0 for a test by a formula.
    exact : bool
        Whether all relabelings were tried.
    random_state : int or None
        Seed of the draws.
    signature : str
        How both were scored.
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
        """The score of the first model less that of the second."""
        return self.overall.value

    @property
    def p_value(self) -> float:
        """The p-value of the difference of the scores."""
        return self.overall.p_value

    @property
    def significant(self) -> bool:
        """Whether the p-value, adjusted if there were several pairs, is below one less the level."""
        return self.overall.p_adjusted < 1 - self.level + 1e-12

    @property
    def least_p(self) -> float:
        """The smallest p-value that the test could have found with so few seeds or draws."""
        if self.test in ("t", "paired t"):
            return 0.0
        if not self.exact:
            return 1 / (1 + self.n_draws)
        # the observed labels, and the same mirrored where both models have as many seeds
        return (1 if self.test == "permutation" and self.n_a != self.n_b else 2) / self.n_draws

    def method(self) -> str:
        """Return how the p-value was found, as a phrase."""
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
            return f"sign flips of what blocks of {self.n_a:,} rows add to the difference ({many} flips{seed})"
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
        """Return a row for the score (its factor is empty) and one for each factor."""
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
        """Return a forest plot, the score and each factor, as a figure of matplotlib."""
        from .plot import forest

        lines = [(self.metric, self.overall), *self.per_factor.items()]
        title = f"{self.metric}: {self.a} \N{MINUS SIGN} {self.b}"
        return forest(title, lines, self.level, (f"{self.b} is better", f"{self.a} is better"), apart=1)


def together(comparisons: list[Comparison]) -> tuple[Comparison, ...]:
    """Return comparisons of several pairs with the p-values of their scores, and of each factor, adjusted for all."""
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
    """Return the score's difference as it is, and those of the factors with p-values adjusted for their number."""
    p = np.concatenate([[differences[0].p_value], holm([d.p_value for d in differences[1:]])])
    return [replace(d, p_adjusted=float(value)) for d, value in zip(differences, p, strict=True)]


def out_of_reach(pairs: Sequence[Comparison]) -> list[str]:
    """Return a note where no p-value can be small enough, because seeds or draws are too few for so many pairs."""
    least = max(pair.least_p for pair in pairs)
    share = 1 - pairs[0].level
    if least * len(pairs) < share + 1e-12:
        return []
    of_pairs = f" and {len(pairs)} pairs" if len(pairs) > 1 else ""
    if pairs[0].exact:
        return [f"with so few seeds{of_pairs} no p below {least * len(pairs):.3g} is possible: run more seeds"]
    wanted = int(len(pairs) / share) + 1
    return [f"with so few draws{of_pairs} no p below {least * len(pairs):.3g} is possible: draw at least {wanted:,}"]
