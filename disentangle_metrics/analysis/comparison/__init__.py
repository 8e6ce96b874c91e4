"""Compare models: is one better than another, or is the difference chance."""

from __future__ import annotations

from .compare_many import compare_many
from .compare_two import compare, compare_seeds
from .difference import Difference
from .ranking import FORMATS, Ranking
from .result import Comparison

__all__ = ["FORMATS", "Comparison", "Difference", "Ranking", "compare", "compare_many", "compare_seeds"]
