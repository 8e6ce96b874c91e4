"""Differences and their intervals as a forest plot: a line for each, and one down the middle for no difference."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from .ranking import Ranking
from .result import Comparison, Difference
from .text import number, p_text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Told apart by a filled or hollow mark as well as by color: what differs is dark and full.
_DIFFERS, _MAY_NOT = "#0072b2", "#8c8c8c"


def draw_pair(c: Comparison) -> Figure:
    """Return the score's difference, and below it those of the factors."""
    lines = {c.metric: c.overall, **c.per_factor}
    title = f"{c.metric}: {c.a} \N{MINUS SIGN} {c.b}"
    return _draw(title, list(lines), list(lines.values()), c, (f"{c.b} is better", f"{c.a} is better"), apart=1)


def draw_ranking(r: Ranking) -> Figure:
    """Return a line for each pair."""
    labels = [f"{pair.a} \N{MINUS SIGN} {pair.b}" for pair in r.pairs]
    return _draw(f"{r.metric}: differences", labels, [pair.overall for pair in r.pairs], r.pairs[0], ("", ""), apart=0)


def _draw(
    title: str, labels: Sequence[str], lines: Sequence[Difference], how: Comparison, sides: tuple[str, str], apart: int
) -> Figure:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 1.5 + 0.32 * len(lines)), layout="constrained")
    axes = figure.subplots()
    for row, d in enumerate(lines):
        differs = d.p_adjusted < 1 - how.level + 1e-12
        color = _DIFFERS if differs else _MAY_NOT
        if math.isnan(d.value):
            axes.annotate("undefined", (0, row), xytext=(4, 0), textcoords="offset points", va="center", fontsize=8)
            continue
        axes.plot([d.low, d.high], [row, row], color=color, linewidth=2.2 if row < apart else 1.4, zorder=2)
        face = color if differs else "white"
        axes.plot(d.value, row, "D" if row < apart else "o", color=color, markerfacecolor=face, markersize=6, zorder=3)
    for row, d in enumerate(lines):  # in a column of its own at the right, whatever the intervals
        text = f"{number(d.value, '+')}   p {p_text(d.p_adjusted)}"
        axes.annotate(
            text, (1, row), xycoords=("axes fraction", "data"), xytext=(8, 0), textcoords="offset points",
            va="center", fontsize=8, annotation_clip=False,
        )  # fmt: skip
    axes.axvline(0, color="black", linewidth=0.8, zorder=1)
    if apart:
        axes.axhline(apart - 0.5, color="#cccccc", linewidth=0.8)
    axes.set_yticks(range(len(labels)), labels)
    axes.set_ylim(len(lines) - 0.5, -0.5)
    axes.set_title(title, loc="left", fontweight="bold")
    left, right = sides
    arrows = f"\N{LEFTWARDS ARROW} {left}     {right} \N{RIGHTWARDS ARROW}\n" if left else ""
    axes.set_xlabel(
        f"{arrows}difference with {100 * how.level:g} % interval; filled: p adjusted below {1 - how.level:g}"
    )
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    return figure
