"""Numbers as text."""

from __future__ import annotations

import math

# The text of an undefined number: the word after a name or in a sentence, the dashes in a cell of a table.
IN_WORDS, IN_CELLS = "undefined", "--"


def number(value: float | None, digits: int = 4, sign: str = "", undefined: str = IN_CELLS) -> str:
    """Return a number as text.

    Parameters
    ----------
    value : float or None
        None gives an empty text.
    digits : int, default 4
        Digits after the decimal point.
    sign : {"", "+"}
        ``"+"`` writes the sign of a positive number too, which suits a difference.
    undefined : str, default "--"
        The text of NaN.

    Examples
    --------
    >>> number(0.25), number(0.25, 2, "+"), number(float("nan")), number(None)
    ('0.2500', '+0.25', '--', '')
    """
    if value is None:
        return ""
    return undefined if math.isnan(value) else f"{float(value):{sign}.{digits}f}"


def interval(low: float, high: float, digits: int = 4, sign: str = "", undefined: str = IN_CELLS) -> str:
    """Return the two ends of an interval in brackets, as text. The interval is undefined if one end is."""
    if math.isnan(low) or math.isnan(high):
        return undefined
    return f"[{number(low, digits, sign)}, {number(high, digits, sign)}]"


def p_value(p: float) -> str:
    """Return a p-value as text, with its significant digits only."""
    return "<0.0001" if p < 0.0001 else number(p, 4 if p < 0.01 else 3)


def percent(share: float) -> str:
    """Return a share as a percentage: ``95 %`` for 0.95."""
    return f"{100 * share:g} %"


def duration(seconds: float | None) -> str:
    """Return seconds as text with one digit that counts, because times of other machines differ; "?" for None.

    Examples
    --------
    >>> duration(0.0082), duration(0.3), duration(8.4), duration(180), duration(None)
    ('8 ms', '300 ms', '8 s', '3 min', '?')
    """
    if seconds is None:
        return "?"
    for unit, size in (("min", 60.0), ("s", 1.0)):
        if seconds >= size:
            return f"{float(f'{seconds / size:.1g}'):g} {unit}"
    return f"{float(f'{seconds / 1e-3:.1g}'):g} ms"
