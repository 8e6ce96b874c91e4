"""Walk: the steps of a metric from one protocol to another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ...scores.score import Score


@dataclass(frozen=True)
class Step:
    """One step of the walk.

    Attributes
    ----------
    options : mapping from str to (str, str)
        The options that change, with their old and new values.
    value : float
        The score after the step.
    change : float
        The change of the score by the step.
    first, last : float or None
        The change of the score if the step is taken before all other steps, and after all other steps; None if such a
        combination cannot be scored. If the two are far apart, options depend on each other.
    note : str
        The reason why options did not change one by one.
    """

    options: Mapping[str, tuple[str, str]]
    value: float
    change: float
    first: float | None
    last: float | None
    note: str = ""


@dataclass(frozen=True)
class Walk:
    """Walk of one metric from a protocol to another: its score under both, and the steps between them."""

    start: Score
    end: Score
    steps: tuple[Step, ...]
