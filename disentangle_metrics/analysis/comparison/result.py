"""What a comparison of two models holds."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ..._version import __version__
from ...kernels.resampling.multiple_testing import holm
from . import text as forms

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Difference:
    """By how much two models differ, in the score itself or in one factor; NaN where that has no gap.

    Attributes
    ----------
    a, b : float
        What each model scores; over seeds, the means.
    value : float
        ``a - b``.
    low, high : float
        Interval for the difference that infinitely many rows, or seeds, would show.
    p_value : float
        How often chance alone makes models that do not differ look as different as these, or more: two-sided.
    p_adjusted : float
        The same, adjusted by Holm's method for how many were tested together: factors of one comparison, or pairs of
        models.
    standard_error : float
    center : float
        The difference less its bias from few rows, which the interval holds. Over seeds it is the difference.
    effect : float
        The difference in its standard errors: of SAP less its bias.
    standardized : float
        The difference in standard deviations of a single seed (Hedges' g), or of what a single row adds to it.
    """

    a: float
    b: float
    value: float
    low: float
    high: float
    p_value: float
    p_adjusted: float
    standard_error: float
    center: float
    effect: float
    standardized: float


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
            "overall": _plain(self.overall),
            "per_factor": {name: _plain(difference) for name, difference in self.per_factor.items()},
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
        return forms.as_json(self.to_dict())

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
        from .plot import draw_pair

        return draw_pair(self)


def together(comparisons: list[Comparison]) -> tuple[Comparison, ...]:
    """Return comparisons of several pairs with the p-values of their scores, and of each factor, adjusted for all."""
    overall = holm([c.overall.p_value for c in comparisons])
    by_factor = {name: holm([c.per_factor[name].p_value for c in comparisons]) for name in comparisons[0].per_factor}
    return tuple(
        replace(
            c,
            overall=replace(c.overall, p_adjusted=float(p)),
            per_factor={
                name: replace(difference, p_adjusted=float(by_factor[name][i]))
                for name, difference in c.per_factor.items()
            },
        )
        for i, (c, p) in enumerate(zip(comparisons, overall, strict=True))
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


def _plain(difference: Difference) -> dict[str, float | None]:
    return {name: value if math.isfinite(value) else None for name, value in asdict(difference).items()}
