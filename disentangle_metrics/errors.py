"""Errors and warnings.

Every error derives from :class:`DisentangleError` and from the builtin that a caller would expect, so both
``except DisentangleError`` and ``except ValueError`` work. Every message says which value came, which one was expected
and how to mend it.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from difflib import get_close_matches
from pathlib import Path

from .rendering.text import printable

_PACKAGE = str(Path(__file__).parent)

_QUIET: ContextVar[bool] = ContextVar("quiet", default=False)
_SAID: ContextVar[set[str] | None] = ContextVar("said", default=None)


class DisentangleError(Exception):
    """Base of every error that this package raises on purpose.

    The message may quote the names of files and factors, which may come from a stranger. So control characters are
    spelled out.
    """

    def __str__(self) -> str:
        return printable(super().__str__())


class InputError(DisentangleError, ValueError):
    """The arrays cannot be scored as they are."""


class ShapeError(InputError):
    """An array has the wrong number of axes, rows or columns."""


class DTypeError(InputError, TypeError):
    """An array holds values that are neither numbers nor labels."""


class NonFiniteError(InputError):
    """An array that must be finite holds NaN or infinities."""


class OverwrittenError(InputError):
    """The arrays of a score were changed after it was computed."""


class OptionError(DisentangleError, ValueError):
    """An option or one of its values is not known, or does not fit the data."""


class UnknownMetricError(DisentangleError, LookupError):
    """No metric, or no protocol, has this name."""


class FileFormatError(DisentangleError, ValueError):
    """A file exists but does not hold the array or table that was asked for."""


class MissingFileError(DisentangleError, FileNotFoundError):
    """A file, or the folder to write one into, does not exist."""


class MissingDependencyError(DisentangleError, ImportError):
    """An optional library is needed and not installed."""


class DisentangleWarning(UserWarning):
    """Base of every warning of this package. Each warning about a score is also a line in its ``Score.notes``."""


class DegenerateFactorWarning(DisentangleWarning):
    """A factor has a single value, so its gap is undefined."""


class BiasWarning(DisentangleWarning):
    """The score is known to mislead on such data."""


class ConvergenceWarning(DisentangleWarning):
    """A probe stopped before it reached its optimum."""


class InactiveLatentWarning(DisentangleWarning):
    """No latent varies, so there is nothing to score."""


class SignatureWarning(DisentangleWarning):
    """A signature comes from another version, or its settings differ from those of its protocol."""


class LeftOutWarning(DisentangleWarning):
    """A metric of a group cannot score the data, and the report lacks it."""


def warn(message: str, category: type[DisentangleWarning]) -> None:
    """Warn at the line of the user's code that called this package."""
    said = _SAID.get()
    if _QUIET.get() or (said is not None and message in said):
        return
    if said is not None:
        said.add(message)
    depth, frame = 1, sys._getframe()
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        depth, frame = depth + 1, frame.f_back
    warnings.warn(printable(message), category, stacklevel=depth)


@contextmanager
def quiet() -> Iterator[None]:
    """Give none of this package's warnings in this block; other threads still give them.

    ``warnings.catch_warnings`` changes the filters of the whole process. If blocks of two threads overlap, the block
    that ends last restores the filters of the other one, and warnings stay off for good.
    """
    token = _QUIET.set(True)
    try:
        yield
    finally:
        _QUIET.reset(token)


@contextmanager
def once() -> Iterator[None]:
    """Give each warning of ours once in this block, whoever gives it: what several metrics find is found once."""
    token = _SAID.set(_SAID.get() or set())
    try:
        yield
    finally:
        _SAID.reset(token)


def shortened(text: str) -> str:
    """Return the text cut to 80 characters, because a quoted cell may be very long."""
    return text if len(text) <= 80 else f"{text[:77]}..."


def nearest(value: object, known: Iterable[str]) -> str:
    """Return `` Did you mean 'x'?`` for the known name nearest to `value`, or an empty text if no name is near."""
    near = get_close_matches(str(value), list(known), n=1)
    return f" Did you mean {near[0]!r}?" if near else ""
