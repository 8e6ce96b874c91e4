"""Difference between a score and a stored one, whose rows are no longer there: from their two intervals alone."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, NamedTuple

from ...errors import OptionError
from ...rendering.numbers import interval, number
from ...scores.score import Score
from ...signature import Signature

_WRITE = "Write it with dmetrics score --confidence 0.95 -o scores.json."


class Change(NamedTuple):
    """The difference between a score and its baseline, with an interval.

    Attributes
    ----------
    metric : str
    value : float
        Score - baseline, both bias-corrected.
    low, high : float
        The ends of its interval.
    level : float
    higher_is_better : bool
    """

    metric: str
    value: float
    low: float
    high: float
    level: float
    higher_is_better: bool

    @property
    def is_worse(self) -> bool:
        """Whether the whole interval is on the worse side of 0."""
        return self.high < 0 if self.higher_is_better else self.low > 0

    @property
    def is_undefined(self) -> bool:
        """Whether the difference cannot be judged, since a score or an interval is not a number."""
        return not all(map(math.isfinite, (self.value, self.low, self.high)))

    def __str__(self) -> str:
        ends = interval(self.low, self.high, sign="+")
        return f"{self.metric} - baseline = {number(self.value, sign='+')}  {ends} {self.level * 100:g} %"


def change_since(score: Score, baseline: Mapping[str, Any], higher_is_better: bool) -> Change:
    r"""Return the difference between a score and a stored one.

    The interval is made from the two intervals by the method of variance estimates recovery (Zou and Donner 2008,
    doi:10.1002/sim.3095), for independent samples of rows:

    .. math:: L = a - b - \sqrt{(a - l_a)^2 + (u_b - b)^2}, \quad U = a - b + \sqrt{(u_a - a)^2 + (b - l_b)^2}

    If both were scored on the same rows, the interval is too wide rather than too narrow.

    Parameters
    ----------
    score : Score
        With an interval.
    baseline : mapping
        The same score as ``Report.to_dict`` has it.
    higher_is_better : bool

    Raises
    ------
    OptionError
        If an interval is missing, their levels differ, or the two scores have other options.

    Examples
    --------
    >>> from disentangle_metrics.scores.attachments import Interval
    >>> from disentangle_metrics import mig
    >>> now = mig([[0, 0], [0, 1], [1, 0], [1, 1]], [[0], [0], [1], [1]], n_bins=2)
    >>> now = now.replace(interval=Interval(0.44, 0.56, 0.95, "bootstrap", center=0.5))
    >>> then = {"value": 0.6, "interval": {"low": 0.52, "high": 0.68, "level": 0.95, "center": 0.6}}
    >>> print(change_since(now, then, higher_is_better=True))
    mig - baseline = -0.1000  [-0.2000, +0.0000] 95 %
    """
    stored = baseline.get("interval")
    if not isinstance(stored, Mapping):
        raise OptionError(f"the baseline of {score.metric} has no interval. {_WRITE}")
    here = score.interval
    if here is None:
        raise OptionError(f"{score.metric} has no interval here, so it cannot be compared with a baseline.")
    if here.level != stored["level"]:
        raise OptionError(
            f"the interval of the baseline has the level {stored['level']:g}, and the one here {here.level:g}. Leave "
            f"--confidence out, or pass {stored['level']:g}."
        )
    _check_options(score, baseline)
    (a, low_a, high_a), (b, low_b, high_b) = (
        _around(float(score), here.center, here.low, here.high),
        _around(float(baseline["value"]), stored.get("center"), float(stored["low"]), float(stored["high"])),
    )
    return Change(
        score.metric,
        a - b,
        a - b - math.hypot(a - low_a, high_b - b),
        a - b + math.hypot(high_a - a, b - low_b),
        here.level,
        higher_is_better,
    )


def _around(value: float, center: float | None, low: float, high: float) -> tuple[float, float, float]:
    """Return the middle of an interval and its ends; the ends are cut to possible scores, and the middle with them."""
    return min(max(value if center is None else center, low), high), low, high


def _check_options(score: Score, baseline: Mapping[str, Any]) -> None:
    """Raise OptionError if the two scores were made by other options."""
    there = baseline.get("signature")
    if there is None:  # a score made by hand
        return
    ours, theirs = (_options_of(Signature.of(signature)) for signature in (score.signature, there))
    if differing := sorted(name for name in {**ours, **theirs} if ours.get(name) != theirs.get(name)):
        name = differing[0]
        raise OptionError(
            f"{score.metric} has {name}:{ours.get(name, '(none)')} here and {name}:{theirs.get(name, '(none)')} in the "
            "baseline. Score with the same options, or write a new baseline."
        )


def _options_of(signature: Signature) -> dict[str, str]:
    """Return the options of a signature, with the number of factors; weights belong to the rows, which may differ."""
    options = {**signature.options, "k": str(signature.sizes[2])}
    return {**options, "sample_weight": "given"} if "sample_weight" in options else options
