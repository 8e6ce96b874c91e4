"""Comparisons of models: whether one is better than another, or only by chance."""

from __future__ import annotations

from .compare_many import compare_many
from .compare_metrics import compare_metrics
from .compare_two import compare, compare_seeds
from .comparisons import COMPARISONS_FORMATS, Comparisons
from .difference import Difference
from .ranking import FORMATS, Ranking
from .result import Comparison

__all__ = [
    "COMPARISONS_FORMATS",
    "FORMATS",
    "Comparison",
    "Comparisons",
    "Difference",
    "Ranking",
    "compare",
    "compare_many",
    "compare_metrics",
    "compare_seeds",
]
