"""By how much two models differ."""

from __future__ import annotations

from dataclasses import dataclass


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
        The difference of the corrected scores, less their bias from few rows; the interval holds it. Over seeds it is
        the difference.
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
