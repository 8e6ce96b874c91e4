"""Compare models: is one better than another, or is the difference chance."""

from __future__ import annotations

from .models import compare_many
from .ranking import FORMATS, Ranking
from .result import Comparison, Difference
from .two import compare, compare_seeds

__all__ = ["FORMATS", "Comparison", "Difference", "Ranking", "compare", "compare_many", "compare_seeds"]
