"""Notes on a curve: where the law is a poor fit, and what was left out."""

from __future__ import annotations

from collections.abc import Sequence

from ...scores.score import Score
from .fit import Fit
from .metric_curve import Point


def remarks(score: Score, points: Sequence[Point], fit: Fit, lacking: Sequence[int]) -> list[str]:
    """Return the notes of the curve of one metric.

    Parameters
    ----------
    score : Score
        Score of all rows.
    points : sequence of Point
    fit : Fit
    lacking : sequence of int
        For each size, the number of scores that leave out a factor of the score of all rows.
    """
    return [*_on_law(points, fit), *_on_settings(score), *_on_rows(points, lacking)]


def _on_law(points: Sequence[Point], fit: Fit) -> list[str]:
    notes = []
    if len(points) == 2:
        notes.append("with one size below all rows, s + b/n cannot be checked; pass more sizes")
    elif fit.holds and fit.first > points[0].n:
        notes.append(f"s + b/n holds from {fit.first} rows on; smaller sizes are left out of the fit")
    elif not fit.holds:
        notes.append(
            f"s + b/n does not hold (from {fit.first} rows on, the residuals have a probability of {fit.misfit:.1g}): "
            "the score at infinitely many rows, and the numbers of rows below, are rough guesses"
        )
    return notes


def _on_settings(score: Score) -> list[str]:
    """Return notes on options whose effect depends on n, so that the scores do not approach one limit."""
    moves = {
        "C": "with a fixed C the penalty weighs less for more rows, so the probe changes with the number of rows",
        "n_bins": "n_bins='auto' gives more bins for more rows, so the bins change with the number of rows",
        "discretizer": "equal-width bins cover the range of the values, which grows with the number of rows",
    }
    settings = score.settings
    applies = {
        "C": isinstance(settings.get("C"), (int, float)),
        "n_bins": settings.get("n_bins") == "auto",
        "discretizer": settings.get("discretizer") == "uniform",
    }
    return [f"{moves[name]}: s + b/n is only a rough law" for name, does in applies.items() if does]


def _on_rows(points: Sequence[Point], lacking: Sequence[int]) -> list[str]:
    notes = []
    for point, count in zip(points, lacking, strict=True):
        if count:
            notes.append(
                f"in {count} of {len(point.scores)} subsamples of {point.n} rows a factor has a single value and is "
                "left out, so these scores are means over fewer factors"
            )
    total = points[-1].n
    if near := [point.n for point in points[:-1] if point.n > total / 2]:
        notes.append(
            f"subsamples of {', '.join(map(str, near))} rows have more than half of their rows in common; their spread "
            "is corrected for that, but the large correction is uncertain"
        )
    return notes
