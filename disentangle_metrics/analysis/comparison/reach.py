"""How small a p-value can be: as many draws as a family of tests needs, and a note where none can be small."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from math import ceil, comb, isnan

from .result import Comparison

# Draws by default are so many times those with which a p-value of a family can be small at all ...
_ROOM = 2
# ... and at most so many times those for one test.
_MOST = 10


def default_draws(usual: int, n_tests: int, level: float) -> int:
    """Return the number of draws for tests whose p-values are adjusted together, given that for a single test."""
    return max(usual, min(ceil(round(_ROOM * n_tests / (1 - level), 6)), _MOST * usual))


def of_one(found: Comparison) -> list[str]:
    """Return notes for one comparison: its score is one test, and its factors are tested together."""
    return [*_note([found], 1, "", "p"), *_of_factors([found], "factors")]


def of_pairs(pairs: Sequence[Comparison]) -> list[str]:
    """Return notes for pairs of models that are tested together, by the score and factor by factor."""
    return _note(pairs, len(pairs), "pairs", "p")


def of_metrics(pairs: Sequence[Comparison]) -> list[str]:
    """Return notes for comparisons by several metrics: scores are tested together, and factors of all metrics."""
    return [*_note(pairs, len(pairs), "metrics", "p"), *_of_factors(pairs, "factors of metrics")]


def _of_factors(pairs: Sequence[Comparison], what: str) -> list[str]:
    tested = [d for pair in pairs for d in pair.per_factor.values() if not isnan(d.p_value)]
    return _note(pairs, len(tested), what, "adjusted p of a factor")


def _note(pairs: Sequence[Comparison], n_tests: int, what: str, which: str) -> list[str]:
    """Return a note if no p-value of so many tests can be below one less the level."""
    hardest = max(pairs, key=lambda pair: pair.least_p)
    share = 1 - hardest.level
    least = hardest.least_p * n_tests
    if least < share + 1e-12:
        return []
    of_rows, of_seeds = ("draws", "flips"), ("relabelings", "seeds")
    few = (of_rows if hardest.unit == "rows" else of_seeds)[hardest.exact]
    family = f" and {n_tests} {what}" if n_tests > 1 else ""
    return [f"with so few {few}{family} no {which} below {least:.3g} is possible: {_advice(hardest, n_tests, share)}"]


def _advice(found: Comparison, n_tests: int, share: float) -> str:
    """Return the least that makes a small p-value possible."""
    if found.unit == "rows" and found.exact:
        return "take test='bootstrap'"
    if found.exact:
        paired = found.test.startswith("paired")
        ways = (2**n if paired else comb(2 * n, n) for n in count(2))
        n_seeds = next(n for n, many in enumerate(ways, 2) if 2 * n_tests / many < share - 1e-12)
        return f"run at least {n_seeds} seeds of each"
    draws = next(n for n in count(int(n_tests / share) - 1) if n_tests / (1 + n) < share - 1e-12)
    return f"draw at least {draws:,} ({'n_boot' if found.unit == 'rows' else 'n_permutations'})"
