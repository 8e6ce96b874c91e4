"""Waterfall plot of an explanation: a bar for the score at each end, and a floating bar for every step."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from ...rendering.numbers import number
from ...rendering.text import one_line
from .walk import Walk

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Place and color tell steps apart: a step up grows to the right. Blue and orange are safe for color blindness.
_END, _UP, _DOWN = "#7f7f7f", "#0072b2", "#d55e00"

_LONGEST = 40  # characters of a label


def draw(walks: Mapping[str, Walk], a: str, b: str) -> Figure:
    """Return a figure with a panel for each metric: its walk from protocol `a` to protocol `b`, from top to bottom."""
    from matplotlib.figure import Figure

    heights = [4 + sum(max(len(step.options), 2) for step in walk.steps) for walk in walks.values()]
    figure = Figure(figsize=(8, 0.2 * sum(heights) + 0.7 * len(heights)), layout="constrained")
    axes = figure.subplots(len(walks), 1, squeeze=False, height_ratios=heights)[:, 0]
    for panel, (name, walk) in zip(axes, walks.items(), strict=True):
        _panel(panel, name, walk, a, b)
    return figure


def _panel(axes: Axes, name: str, walk: Walk, a: str, b: str) -> None:
    labels = [one_line(a), *(_label(step.options) for step in walk.steps), one_line(b)]
    values = [float(walk.start), *(step.value for step in walk.steps), float(walk.end)]
    values = [0.0 if math.isnan(value) else value for value in values]
    starts = [0.0, *values[:-2], 0.0]
    for row, (low, high) in enumerate(zip(starts, values, strict=True)):
        is_end = row in (0, len(values) - 1)
        color = _END if is_end else _UP if high >= low else _DOWN
        axes.barh(row, high - low, left=low, color=color, height=0.7)
        text = number(high) if is_end else number(high - low, sign="+")
        axes.annotate(text, (max(low, high), row), xytext=(4, 0), textcoords="offset points", va="center", fontsize=8)
        if row + 1 < len(values):  # a line from the end of this bar to the next
            axes.plot([high, high], [row + 0.35, row + 0.65], color="black", linewidth=0.8)
    axes.set_yticks(range(len(labels)), labels)
    axes.invert_yaxis()
    axes.axvline(0, color="black", linewidth=0.8)
    low, high = min(0.0, *values), max(0.0, *values)
    axes.set_xlim(low - 0.02 * (high - low) * (low < 0), low + 1.12 * (high - low or 1.0))  # room for the last text
    axes.set_title(name, loc="left", fontweight="bold")
    axes.set_xlabel("score")
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def _label(options: Mapping[str, tuple[str, str]]) -> str:
    """Return the label of a step: a line for each option that it changes."""
    lines = [one_line(f"{option}: {old} \N{RIGHTWARDS ARROW} {new}") for option, (old, new) in options.items()]
    return "\n".join(line if len(line) <= _LONGEST else f"{line[: _LONGEST - 3]}..." for line in lines)
