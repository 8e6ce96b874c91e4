"""Conditions under which ``dmetrics score`` ends with code 1: a limit that is passed, a score worse than a baseline."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from ..errors import OptionError
from ..options import choice
from ..registry import get_metric
from ..scores.report import Report
from ..signature import Signature, read_value
from .console import stderr
from .stored import stored_scores


class Gate(NamedTuple):
    """The conditions of one call.

    Attributes
    ----------
    under, over : mapping from str to float
        The limit of each metric.
    baseline : mapping from str to mapping
        The stored scores, by metric; empty if there is no baseline.
    """

    under: Mapping[str, float]
    over: Mapping[str, float]
    baseline: Mapping[str, Any]

    @classmethod
    def of(
        cls, fail_under: Sequence[str], fail_over: Sequence[str], baseline: Path | None, metrics: tuple[str, ...]
    ) -> Gate:
        """Return the gate of the values of ``--fail-under``, ``--fail-over`` and ``--baseline``."""
        under, over = (
            parse_limits(option, items, metrics)
            for option, items in (("--fail-under", fail_under), ("--fail-over", fail_over))
        )
        stored = {} if baseline is None else stored_scores("--baseline", baseline)
        if baseline is not None and (missing := [name for name in metrics if name not in stored]):
            raise OptionError(
                f"--baseline {baseline} has no score of {missing[0]}, only of {', '.join(stored)}. Name these with -m, "
                "or write a new baseline."
            )
        return cls(under, over, {name: stored[name] for name in metrics if name in stored})

    def level(self, confidence: float | None) -> float | None:
        """Return the level of the intervals: the one that was asked for, else that of the baseline."""
        stored = [score.get("interval") for score in self.baseline.values()]
        return confidence if confidence is not None or not stored or not stored[0] else float(stored[0]["level"])

    def code(self, report: Report) -> int:
        """Return 1 and print the reasons if a score fails, else 0."""
        below = [(name, "below", limit) for name, limit in self.under.items() if not report[name] >= limit]
        above = [(name, "above", limit) for name, limit in self.over.items() if not report[name] <= limit]
        for name, side, limit in below + above:
            stderr().print(f"{name} = {report[name]:.4f} is {side} {limit:g}", markup=False)
        return int(bool(below + above) | self._is_worse(report))

    def _is_worse(self, report: Report) -> bool:
        """Return whether a score is worse than its baseline, having printed the difference of each."""
        if not self.baseline:
            return False
        from ..analysis.comparison.baseline import change_since

        changes = [
            change_since(score, self.baseline[name], get_metric(name).higher_is_better)
            for name, score in report.items()
        ]
        for change in changes:
            verdict = ", undefined" if change.is_undefined else ", worse than the baseline" if change.is_worse else ""
            stderr().print(f"{change}{verdict}", markup=False, highlight=False)
        self._print_versions(report)
        return any(change.is_worse or change.is_undefined for change in changes)

    def _print_versions(self, report: Report) -> None:
        """Print a line for each other version of this package that scored the baseline."""
        here = Signature.of(next(iter(report.values())).signature).version
        for there in sorted({Signature.of(self.baseline[name]["signature"]).version for name in report} - {here}):
            line = f"the baseline was scored by version {there}, and this is {here}: see CHANGELOG, Scores"
            stderr().print(line, markup=False, highlight=False)


def parse_limits(option: str, items: Sequence[str], metrics: tuple[str, ...]) -> dict[str, float]:
    """Return the limit of each metric from ``metric=limit``."""
    limits = {}
    for item in items:
        name, _, text = item.partition("=")
        limit = read_value(text)
        if isinstance(limit, bool) or not isinstance(limit, (int, float)) or not math.isfinite(limit):
            raise OptionError(f"{option} {item!r} is not METRIC=LIMIT, for example {option} mig=0.3.")
        limits[choice(option, name, metrics)] = float(limit)
    return limits
