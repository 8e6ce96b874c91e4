"""What a reader of a curve should know beside its numbers: where its law is a poor one, and what was left out."""

from __future__ import annotations

from collections.abc import Sequence

from ...scores.score import Score
from .fit import Fit
from .metric_curve import Point


def remarks(
    score: Score, points: Sequence[Point], fit: Fit, lacking: Sequence[int], bounds: tuple[float, float]
) -> list[str]:
    """Return the notes of the curve of one metric.

    Parameters
    ----------
    score : Score
        Of all rows.
    points : sequence of Point
    fit : Fit
    lacking : sequence of int
        Of each size, how many scores leave out a factor that the score of all rows has.
    bounds : tuple of float
        Between which values a score lies.
    """
    return [*_on_law(points, fit), *_on_bounds(fit, bounds), *_on_settings(score), *_on_rows(points, lacking)]


def _on_law(points: Sequence[Point], fit: Fit) -> list[str]:
    notes = []
    if len(points) == 2:
        notes.append("one size below all rows leaves nothing to see by whether s + b/n holds; ask for more sizes")
    elif fit.holds and fit.first > points[0].n:
        notes.append(f"s + b/n holds from {fit.first} rows on; smaller sizes are left out of the fit")
    elif not fit.holds:
        notes.append(
            f"s + b/n does not hold (from {fit.first} rows on such residuals have a probability of {fit.misfit:.1g}): "
            "the score at infinitely many rows, and the sizes below, are a guess"
        )
    return notes


def _on_bounds(fit: Fit, bounds: tuple[float, float]) -> list[str]:
    """Say where the law leads to a score that there is not."""
    low, high = bounds
    if low <= fit.limit <= high:
        return []
    end, word = (low, "least") if fit.limit < low else (high, "most")
    return [f"s + b/n leads to {fit.limit:.4f} at infinitely many rows, and {end:g} is the {word} a score can be"]


def _on_settings(score: Score) -> list[str]:
    """Say by which options what is estimated moves with n itself, so that there is no one limit to come near to."""
    moves = {
        "C": "a penalty of fixed C weighs less the more rows there are, so more rows mean another probe",
        "n_bins": "n_bins='auto' takes more bins of more rows, so more rows mean another discretizer",
        "discretizer": "equal-width bins run from the smallest to the largest value, which more rows move apart",
    }
    settings = score.settings
    found = {
        "C": isinstance(settings.get("C"), (int, float)),
        "n_bins": settings.get("n_bins") == "auto",
        "discretizer": settings.get("discretizer") == "uniform",
    }
    return [f"{moves[name]}: s + b/n can only be rough" for name, does in found.items() if does]


def _on_rows(points: Sequence[Point], lacking: Sequence[int]) -> list[str]:
    notes = []
    for point, count in zip(points, lacking, strict=True):
        if count:
            notes.append(
                f"in {count} of {len(point.scores)} subsamples of {point.n} rows a factor has a single value and is "
                "left out, which makes these scores another mean"
            )
    total = points[-1].n
    if near := [point.n for point in points[:-1] if point.n > total / 2]:
        notes.append(
            f"subsamples of {', '.join(map(str, near))} rows have more than half of their rows in common; their spread "
            "is corrected for that, by a larger factor than it is known to"
        )
    return notes
