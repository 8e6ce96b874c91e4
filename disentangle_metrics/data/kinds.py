"""Kinds of factors: whether the distances and the order of a factor's values have a meaning."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import OptionError, nearest
from ..options import choice, real

KINDS = ("categorical", "circular", "continuous", "identifier", "ordinal")


@dataclass(frozen=True)
class Circular:
    """A factor that comes back to where it began: an orientation, a hue, an hour. Values count modulo the period.

    Prints as ``circular:360``, which is also how it is written in the shell.

    Parameters
    ----------
    period : float, optional
        A full turn in the units of the factor, above 0. By default 2 pi. For whole numbers the default is one step more
        than their range, so that 0, ..., K - 1 have the period K, and 0, 90, 180 and 270 have the period 360.

    Examples
    --------
    >>> str(Circular(period=360))
    'circular:360'
    """

    period: float | None = None

    def __post_init__(self) -> None:
        if self.period is not None:
            object.__setattr__(self, "period", real("period", self.period, 0.0))

    def __str__(self) -> str:
        return "circular" if self.period is None else f"circular:{repr(self.period).removesuffix('.0')}"

    @property
    def turn(self) -> float:
        """Period; 2 pi if none was given."""
        return 2 * math.pi if self.period is None else self.period


Kind = str | Circular
FactorKinds = Kind | Sequence[Kind] | Mapping[str, Kind] | None


def kinds_by_factor(kinds: FactorKinds, names: tuple[str, ...]) -> tuple[Kind | None, ...]:
    """Return the given kind of each factor, None if the kind is to be inferred."""
    if kinds is None:
        return (None,) * len(names)
    if isinstance(kinds, (str, Circular)):
        return (_kind(kinds),) * len(names)
    if isinstance(kinds, Mapping):
        known = set(names)
        for name in kinds:
            if name not in known:
                raise OptionError(
                    f"a key of factor_kinds={name!r} is not known. Use one of {sorted(names)}.{nearest(name, names)}"
                )
        return tuple(_kind(kinds[name]) if name in kinds else None for name in names)
    if not isinstance(kinds, Sequence) and not isinstance(kinds, np.ndarray):
        raise OptionError(
            f"factor_kinds={kinds!r} is not known. Use one of {sorted(KINDS)}, Circular(period=...), "
            "a list or a mapping."
        )
    if len(kinds) != len(names):
        raise OptionError(
            f"factor_kinds has {len(kinds)} entries and there are {len(names)} factors. "
            "Pass one kind for all, one per factor, or a mapping from names to kinds."
        )
    return tuple(_kind(kind) for kind in kinds)


def _kind(value: Any) -> Kind:
    """Return a kind given by name, as ``circular:360``, or as :class:`Circular`."""
    if isinstance(value, Circular):
        return value
    if isinstance(value, str) and value.startswith("circular:"):
        text = value.partition(":")[2]
        try:
            period = float(text)
        except ValueError:
            raise OptionError(f"factor_kinds={value!r}: period {text!r} is not a number. Use circular:360.") from None
        return Circular(period)
    name = choice("factor_kinds", value, KINDS)
    return Circular() if name == "circular" else name


def default_period(values: NDArray[np.float64]) -> float:
    """Return the default period of distinct ascending values (m,): see `Circular`."""
    if not len(values) or np.any(values != np.floor(values)) or np.abs(values).max() > 2.0**53:
        return 2 * math.pi
    steps = (values[1:] - values[0]).astype(np.int64)
    return float(max(steps.max(), 0) + np.gcd.reduce(steps)) if len(steps) else 1.0
