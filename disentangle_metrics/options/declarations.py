"""What a metric declares of an option: which values it takes, how they are written, and what they stand for.

A declaration is all that knows an option: the check of a value, its canonical form (which settings and signatures
keep), the words for docstrings, ``dmetrics show`` and the table in the metric's page, and the names that the shell
completes. The default stands in the function's signature; an option whose default is None may be left out, and None is
not checked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..errors import OptionError, nearest
from ..rendering.text import listed
from .checks import choice, flag, hyphened, integer, real, resolve_seed, share_or_count

# A docstring lists as many names as this; of more it says that they are text.
_LISTED = 5


@dataclass(frozen=True, kw_only=True)
class Option:
    """An option of any value; the metric checks it together with its data.

    Attributes
    ----------
    values : str
        The values it takes, as a docstring says it.
    names : tuple of str
        The values that are names.
    strategies : mapping
        The classes whose instances are values, by the name under which a mapping of parameters selects each.
    meaning : str
        For an option of several metrics, the sentences with which each docstring begins.
    page : str
        The page of the documentation that tells more, in ``docs``.
    as_text : bool
        Whether a value can be written as text, in a shell or in a signature.
    read : callable, optional
        From the text in a signature to the value, where that is neither JSON nor the name of a strategy.
    """

    values: str = ""
    names: tuple[str, ...] = ()
    strategies: Mapping[str, type] = field(default_factory=dict, repr=False)
    meaning: str = ""
    page: str = ""
    as_text: bool = True
    read: Callable[[str], Any] | None = None

    def check(self, option: str, value: Any) -> Any:
        """Return the canonical form of a value; raise OptionError if it is not allowed."""
        return value

    def use(self, value: Any) -> Any:
        """Return the thing that a checked value stands for."""
        return value


@dataclass(frozen=True, kw_only=True)
class Choice(Option):
    """One of several names."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", _set_of(self.names))

    def check(self, option: str, value: Any) -> str:
        """Return the name."""
        return choice(option, value, self.names)


@dataclass(frozen=True, kw_only=True)
class Integer(Option):
    """A whole number from `low` to `high`, or a name."""

    low: int
    high: int | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", _or_names("int", self.names))

    def check(self, option: str, value: Any) -> Any:
        """Return the number as an int, or the name."""
        return _name_or(
            self.names, option, value, "a whole number", lambda: integer(option, value, self.low, self.high)
        )


@dataclass(frozen=True, kw_only=True)
class Integers(Option):
    """A whole number of at least `low`, or a name, or several of these in order; as text they stand between commas."""

    low: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", f"{_or_names('int', self.names).replace(' or ', ', ')} or sequence of these")
        object.__setattr__(self, "read", str)

    def check(self, option: str, value: Any) -> Any:
        """Return one entry as it is, several as a tuple."""
        if isinstance(value, str) and hyphened(value) not in self.names:
            value = [int(part) if part.isdecimal() else part for part in map(str.strip, value.split(","))]
        if isinstance(value, str) or np.ndim(value) == 0:
            return self._entry(option, value)
        entries = tuple(self._entry(option, entry) for entry in value)
        if not entries or len(set(entries)) < len(entries):
            raise OptionError(f"{option}={value!r} is empty or names an entry twice. Pass each entry once.")
        return entries if len(entries) > 1 else entries[0]

    def _entry(self, option: str, value: Any) -> Any:
        return _name_or(self.names, option, value, "a whole number", lambda: integer(option, value, self.low))


@dataclass(frozen=True, kw_only=True)
class Number(Option):
    """A number strictly between `low` and `high`, or a name."""

    low: float
    high: float = np.inf

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", _or_names("float", self.names))

    def check(self, option: str, value: Any) -> Any:
        """Return the number as a float, or the name."""
        return _name_or(self.names, option, value, "a number", lambda: real(option, value, self.low, self.high))


@dataclass(frozen=True, kw_only=True)
class ShareOrCount(Option):
    """A share of the rows, or a number of rows."""

    values: str = "float or int"

    def check(self, option: str, value: Any) -> float | int:
        """Return the share as a float, or the number as an int."""
        return share_or_count(option, value)


@dataclass(frozen=True, kw_only=True)
class Flag(Option):
    """True or False, or a name."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", _or_names("bool", self.names))

    def check(self, option: str, value: Any) -> Any:
        """Return the bool, or the name."""
        return _name_or(self.names, option, value, "True, False", lambda: flag(option, value))


@dataclass(frozen=True, kw_only=True)
class Seed(Option):
    """A seed, or a source that draws one."""

    values: str = "int, Generator or None"

    def check(self, option: str, value: Any) -> Any:
        """Return the seed as an int, or its source."""
        draws = value is None or isinstance(value, np.random.Generator)
        return value if draws else resolve_seed(value, 1)


@dataclass(frozen=True, kw_only=True)
class Strategy(Option):
    """A procedure, given by name, as an instance of a class with parameters, or as an object of the user's.

    Attributes
    ----------
    table : mapping
        From each name to the procedure.
    accepts : callable
        Whether an object is allowed.
    objects : str
        The word for such an object, with its article; empty if there are none.
    """

    table: Mapping[str, Any] = field(repr=False)
    accepts: Callable[[Any], bool] = field(default=callable, repr=False)
    objects: str = "a callable"

    def __post_init__(self) -> None:
        classes = [cls.__name__ for cls in self.strategies.values()]
        objects = self.objects.partition(" ")[2]
        object.__setattr__(self, "names", tuple(self.table))
        object.__setattr__(self, "values", listed([*filter(None, (_set_of(self.names), *classes, objects))]))

    def check(self, option: str, value: Any) -> Any:
        """Return the name, or the object as it is."""
        name = hyphened(value)
        if isinstance(name, str) and name in self.table:
            return name
        if isinstance(value, type):
            raise OptionError(
                f"{option}={value.__name__} is a class. Pass an instance, for example {value.__name__}(...)."
            )
        if isinstance(value, tuple(self.strategies.values())) or (not isinstance(value, str) and self.accepts(value)):
            return value
        known = [f"one of {sorted(self.table)}", *(f"{cls.__name__}(...)" for cls in self.strategies.values())]
        raise OptionError(
            f"{option}={value!r} is not known. Use {listed([*known, *filter(None, [self.objects])])}."
            f"{nearest(value, self.table)}"
        )

    def use(self, value: Any) -> Any:
        """Return the procedure."""
        return self.table[value] if isinstance(value, str) else value


def _name_or(names: tuple[str, ...], option: str, value: Any, kind: str, check: Callable[[], Any]) -> Any:
    """Return a value that is one of the names, and the result of the check for a number of some kind."""
    if not isinstance(value, str) or not names:
        return check()
    if hyphened(value) in names:
        return hyphened(value)
    raise OptionError(
        f"{option}={value!r} is not known. Use {kind}, or {listed(map(repr, names))}.{nearest(value, names)}"
    )


def _or_names(kind: str, names: tuple[str, ...]) -> str:
    """Return a type and names as a docstring lists them: ``int or "auto"``, ``{"keep", "zero"} or float``."""
    if not names:
        return kind
    return f'{kind} or "{names[0]}"' if len(names) == 1 else f"{_set_of(names)} or {kind}"


def _set_of(names: tuple[str, ...]) -> str:
    """Return names as a docstring lists them: ``{"a", "b"}``."""
    return "{" + ", ".join(f'"{name}"' for name in names) + "}" if len(names) <= _LISTED else "str"
