"""Options of metrics: checks of their values in one style, and what a metric declares of each."""

from .checks import (
    a_number,
    choice,
    flag,
    hyphened,
    integer,
    real,
    repeated,
    resolve_seed,
    share_or_count,
)
from .declarations import Choice, Flag, Integer, Integers, Number, Option, Seed, ShareOrCount, Strategy

__all__ = [
    "Choice",
    "Flag",
    "Integer",
    "Integers",
    "Number",
    "Option",
    "Seed",
    "ShareOrCount",
    "Strategy",
    "a_number",
    "choice",
    "flag",
    "hyphened",
    "integer",
    "real",
    "repeated",
    "resolve_seed",
    "share_or_count",
]
