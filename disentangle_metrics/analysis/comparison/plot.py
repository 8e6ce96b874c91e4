"""Forest plot of differences and their intervals, with a vertical line for no difference."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ...rendering.numbers import IN_WORDS, number, p_value, percent
from ...rendering.text import one_line
from .difference import Difference

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# A significant difference has a dark and filled mark, so that color is not the only sign.
_DIFFERS, _MAY_NOT = "#0072b2", "#8c8c8c"


def forest(
    title: str, lines: Sequence[tuple[str, Difference]], level: float, sides: tuple[str, str] = ("", ""), apart: int = 0
) -> Figure:
    """Return a forest plot with a line for each difference.

    Parameters
    ----------
    title : str
    lines : sequence of (str, Difference)
        Label and difference of each line, from the top down.
    level : float
        Level of the intervals.
    sides : tuple of str
        The meaning of a difference to the left, and to the right.
    apart : int, default 0
        The number of first lines that are set apart from the others.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 1.5 + 0.32 * len(lines)), layout="constrained")
    axes = figure.subplots()
    for row, (_, d) in enumerate(lines):
        differs = d.p_adjusted < 1 - level + 1e-12
        color = _DIFFERS if differs else _MAY_NOT
        if math.isnan(d.value):
            axes.annotate(IN_WORDS, (0, row), xytext=(4, 0), textcoords="offset points", va="center", fontsize=8)
            continue
        axes.plot([d.low, d.high], [row, row], color=color, linewidth=2.2 if row < apart else 1.4, zorder=2)
        face = color if differs else "white"
        axes.plot(d.value, row, "D" if row < apart else "o", color=color, markerfacecolor=face, markersize=6, zorder=3)
    for row, (_, d) in enumerate(lines):  # in a column of its own at the right, whatever the intervals
        text = f"{number(d.value, sign='+')}   p {p_value(d.p_adjusted)}"
        axes.annotate(
            text, (1, row), xycoords=("axes fraction", "data"), xytext=(8, 0), textcoords="offset points",
            va="center", fontsize=8, annotation_clip=False,
        )  # fmt: skip
    axes.axvline(0, color="black", linewidth=0.8, zorder=1)
    if apart:
        axes.axhline(apart - 0.5, color="#cccccc", linewidth=0.8)
    axes.set_yticks(range(len(lines)), [one_line(label) for label, _ in lines])
    axes.set_ylim(len(lines) - 0.5, -0.5)
    axes.set_title(one_line(title), loc="left", fontweight="bold")
    left, right = sides
    arrows = f"\N{LEFTWARDS ARROW} {one_line(left)}     {one_line(right)} \N{RIGHTWARDS ARROW}\n" if left else ""
    axes.set_xlabel(f"{arrows}difference with {percent(level)} interval; filled: p adjusted below {1 - level:g}")
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    return figure
