"""Difference: by how much two models differ."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Difference:
    """Difference of two models, in the score itself or in one factor; NaN for a factor without a gap.

    Attributes
    ----------
    a, b : float
        The score of each model; over seeds, the mean.
    value : float
        ``a - b``.
    low, high : float
        Interval for the difference with infinitely many rows, or seeds.
    p_value : float
        Two-sided p-value: the probability of a difference at least as large by chance, if the models do not differ.
    p_adjusted : float
        The p-value adjusted by Holm's method for the number of tests: of the factors of one comparison, or of pairs of
        models.
    standard_error : float
    center : float
        The bias-corrected difference, which the interval contains. Over seeds it is the difference.
    effect : float
        The difference in units of its standard error; for SAP it is bias-corrected.
    standardized : float
        The difference in standard deviations over seeds (Hedges' g), or of a single row's contribution to it.
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
