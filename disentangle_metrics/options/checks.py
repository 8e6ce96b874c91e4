"""Checks of option values: one message style for every metric, and strategies by name or by hand."""

from __future__ import annotations

import operator
from collections import Counter
from collections.abc import Iterable
from typing import Any, TypeVar

import numpy as np

from ..errors import OptionError, nearest

T = TypeVar("T")


def choice(option: str, value: object, known: Iterable[str]) -> str:
    """Return `value` if it is one of the `known` names; an underscore stands for a hyphen."""
    known = sorted(known)
    for name in (value, hyphened(value)):
        if isinstance(name, str) and name in known:
            return name
    raise OptionError(f"{option}={value!r} is not known. Use one of {known}.{nearest(value, known)}")


def repeated(names: Iterable[str]) -> list[str]:
    """Return the names that occur more than once, in order."""
    return [name for name, count in Counter(names).items() if count > 1]


def hyphened(value: Any) -> Any:
    """Return a name as we spell it, ``miller-madow`` for ``miller_madow``, and anything else as it is."""
    return value.replace("_", "-") if isinstance(value, str) else value


def integer(option: str, value: Any, low: int, high: int | None = None) -> int:
    """Return `value` as an int between `low` and `high`, both included."""
    limits = f"between {low} and {high}" if high is not None else f"of at least {low}"
    try:
        number = operator.index(value)
    except TypeError:
        raise OptionError(f"{option}={value!r} is not a whole number. Use one {limits}.") from None
    if isinstance(value, (bool, np.bool_)) or number < low or (high is not None and number > high):
        raise OptionError(f"{option}={value!r} is out of range. Use a whole number {limits}.")
    return number


def share_or_count(option: str, value: Any) -> int | float:
    """Return `value` as a float strictly between 0 and 1, which is a share of the rows, or as an int of at least 1."""
    is_count = isinstance(value, (int, np.integer)) and not isinstance(value, bool) and value >= 1
    is_share = isinstance(value, (float, np.floating)) and 0 < value < 1
    if not is_count and not is_share:
        raise OptionError(
            f"{option}={value!r} is out of range. Use a number between 0 and 1, both excluded, for a share of the "
            "rows, or a whole number of rows of at least 1."
        )
    return int(value) if is_count else float(value)


def a_number(option: str, value: Any) -> float:
    """Return, as a float, the value that the callable given for an option returned; it must be one finite number."""
    array = np.asarray(value)
    if array.shape == () and array.dtype.kind in "biuf" and np.isfinite(array):
        return float(array)
    raise OptionError(f"the callable given for {option} returned {value!r}; it must return one finite number.")


def flag(option: str, value: Any) -> bool:
    """Return `value` if it is True or False; 1 and 0 are refused."""
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    raise OptionError(f"{option}={value!r} is not known. Use True or False.")


def real(option: str, value: Any, low: float, high: float = np.inf) -> float:
    """Return `value` as a float strictly between `low` and `high`."""
    is_number = isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)
    if not is_number or not low < float(value) < high:
        limits = f"above {low:g}" if high == np.inf else f"between {low:g} and {high:g}, both excluded"
        raise OptionError(f"{option}={value!r} is out of range. Use a number {limits}.")
    return float(value)


def resolve_seed(random_state: int | np.random.Generator | None, n_repeats: int) -> int:
    """Return the seed of the first repeat; later ones count up from it.

    A Generator or None draws one, so that it can be recorded and the number be had again.
    """
    if random_state is None:
        import secrets

        return secrets.randbits(31)
    if not isinstance(random_state, int):  # which it is mostly: numpy.random takes 5 ms to be imported
        if isinstance(random_state, np.random.Generator):
            return int(random_state.integers(1 << 31))
        if isinstance(random_state, np.random.RandomState):
            raise OptionError("random_state is a RandomState. Use a whole number, a numpy.random.Generator or None.")
    return integer("random_state", random_state, 0, (1 << 32) - n_repeats)
