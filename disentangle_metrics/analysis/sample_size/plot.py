"""Plot of a curve: the score against the number of rows, with the fitted law and its limit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from ...rendering.text import one_line
from .metric_curve import MetricCurve

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# Blue and orange are safe for color blindness; the law is also dashed.
_SCORES, _LAW = "#0072b2", "#d55e00"


def draw(curves: Mapping[str, MetricCurve], confidence: float) -> Figure:
    """Return a figure with a panel for each metric and a logarithmic number of rows; bands have level `confidence`."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 0.4 + 3.2 * len(curves)), layout="constrained")
    panels = figure.subplots(len(curves), 1, squeeze=False)[:, 0]
    for panel, (name, curve) in zip(panels, curves.items(), strict=True):
        _panel(panel, name, curve, confidence)
    return figure


def _panel(axes: Axes, name: str, curve: MetricCurve, confidence: float) -> None:
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullFormatter, NullLocator

    points, fit = curve.points, curve.fit
    n, mean = [point.n for point in points], [point.mean for point in points]
    low, high = [point.low for point in points], [point.high for point in points]
    covered = f"{confidence:.0%} of scores of n rows"
    axes.fill_between(n, low, high, color=_SCORES, alpha=0.15, linewidth=0, label=covered)
    for point in points[:-1]:
        axes.plot([point.n] * len(point.scores), point.scores, ".", color=_SCORES, markersize=3, alpha=0.4)
    axes.plot(n, mean, "o-", color=_SCORES, markersize=4, linewidth=1, label="mean")
    law = np.geomspace(fit.first, n[-1], 100)
    axes.plot(law, fit.limit + fit.slope / law, "--", color=_LAW, linewidth=1.5, label="s + b/n, fitted")
    beyond = n[-1] * 1.35  # the position of infinitely many rows, to the right of all rows
    error = [[fit.limit - curve.interval[0]], [curve.interval[1] - fit.limit]]
    axes.errorbar([beyond], [fit.limit], yerr=error, fmt="D", color=_LAW, markersize=5, capsize=3)
    axes.set_xscale("log")
    axes.xaxis.set_major_locator(FixedLocator([*n, beyond]))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: "\N{INFINITY}" if x > n[-1] * 1.1 else f"{x:,.0f}"))
    axes.tick_params(axis="x", labelsize=8)
    axes.set_title(one_line(name), loc="left", fontweight="bold")
    axes.set_xlabel("rows")
    axes.set_ylabel("score")
    axes.legend(fontsize=8, frameon=False)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
