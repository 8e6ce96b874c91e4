"""The way of a metric from one protocol to another."""

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
        Which options change: from what, and to what.
    value : float
        The score after the step.
    change : float
        What the step moved.
    first, last : float or None
        What the same change moves if it is made before all other steps, and after all other steps; None where such a
        combination cannot be scored. Where these are far apart, options depend on each other.
    note : str
        Why options that could have moved one by one did not.
    """

    options: Mapping[str, tuple[str, str]]
    value: float
    change: float
    first: float | None
    last: float | None
    note: str = ""


@dataclass(frozen=True)
class Walk:
    """The way of one metric from a protocol to another: its score under both, and the steps between them."""

    start: Score
    end: Score
    steps: tuple[Step, ...]
