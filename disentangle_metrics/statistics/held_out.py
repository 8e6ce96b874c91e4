"""Statistic of probes that are tested on rows which they have not seen."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass

from .base import Statistic
from .predictability import Plan


@dataclass(frozen=True, eq=False, kw_only=True)
class HeldOut(Statistic):
    """Scores of probes on held-out rows, for each repeat of the split.

    Parameters
    ----------
    data : Representation
    plan : Plan
    seeds : tuple of int or None
        The seed of each repeat; None without a shuffle.
    """

    plan: Plan
    seeds: tuple[int | None, ...]

    @property
    @abstractmethod
    def classified(self) -> list[int]:
        """Factors that are predicted by classes; the others are taken as numbers."""

    @property
    @abstractmethod
    def converged(self) -> bool:
        """Whether every probe converged."""
