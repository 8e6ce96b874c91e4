"""Numbers as text."""

from __future__ import annotations

import math

# What stands for an undefined number: the word beside a name or in a sentence, the dashes in a cell of a table.
IN_WORDS, IN_CELLS = "undefined", "--"


def number(value: float | None, digits: int = 4, sign: str = "", undefined: str = IN_CELLS) -> str:
    """Return a number as text.

    Parameters
    ----------
    value : float or None
        None, which is no number at all, is no text.
    digits : int, default 4
        After the point.
    sign : {"", "+"}
        ``"+"`` writes the sign of a positive number too, as a difference has it.
    undefined : str, default "--"
        What stands for NaN.

    Examples
    --------
    >>> number(0.25), number(0.25, 2, "+"), number(float("nan")), number(None)
    ('0.2500', '+0.25', '--', '')
    """
    if value is None:
        return ""
    return undefined if math.isnan(value) else f"{float(value):{sign}.{digits}f}"


def interval(low: float, high: float, digits: int = 4, sign: str = "", undefined: str = IN_CELLS) -> str:
    """Return the two ends of an interval in brackets; it is undefined if an end is."""
    if math.isnan(low) or math.isnan(high):
        return undefined
    return f"[{number(low, digits, sign)}, {number(high, digits, sign)}]"


def p_value(p: float) -> str:
    """Return a p-value with no more digits than it is worth."""
    return "<0.0001" if p < 0.0001 else number(p, 4 if p < 0.01 else 3)


def percent(share: float) -> str:
    """Return a share as a percentage: ``95 %`` for 0.95."""
    return f"{100 * share:g} %"
