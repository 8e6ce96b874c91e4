"""Where compiled kernels take the place of numpy's: the one place that decides who computes.

A kernel under ``@swappable`` is numpy's. Under ``config.backend = "fast"`` every call goes to the function of the same
name in `kernels.fast` instead. Under ``"auto"`` a call goes there if its arrays are so large that this pays even where
the compiled code has yet to be loaded. Only the call decides, not the time that earlier calls took. Nothing is compiled
under ``"auto"``, which takes up to half a minute: code that no ``"fast"`` run has compiled is left to numpy.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, wraps
from importlib import import_module
from importlib.util import find_spec
from typing import Any, ParamSpec, TypeVar

import numpy as np

from ..errors import DisentangleWarning, MissingDependencyError, warn
from ..runtime.config import config

P = ParamSpec("P")
R = TypeVar("R")

# Nanoseconds that loading numba and compiled code takes.
_TO_LOAD = 1e9


class DamagedCacheError(MissingDependencyError):
    """The code that numba has compiled and keeps on disk cannot be read."""


class NotCompiledError(Exception):
    """A kernel was not compiled yet for arrays of these types."""


class _Compiled:
    """The reason why compiled code cannot be used after all, as a call has shown; empty if it can."""

    problem = ""


def swappable(saves: float) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Return the decorator that lets a compiled kernel take the place of this one where ``config`` says so.

    Parameters
    ----------
    saves : float
        Nanoseconds that compiled code saves for each number in the arguments, roughly, on one thread and in all calls
        that a metric makes: of a kernel that takes a latent at a time, about ten.
    """

    def decorator(function: Callable[P, R]) -> Callable[P, R]:
        module, name = function.__module__.rpartition(".")[2], function.__name__

        @wraps(function)
        def kernel(*args: P.args, **kwargs: P.kwargs) -> R:
            backend = config.backend
            if backend == "fast" or (backend == "auto" and _pays(saves, args, kwargs) and _works(module)):
                try:
                    result: Any = _compiled(module, name)(*args, **kwargs)
                except NotCompiledError:
                    result = NotImplemented
                except DamagedCacheError as error:
                    if backend == "fast":
                        raise
                    _Compiled.problem = str(error)
                    _warn_once(_Compiled.problem)
                    result = NotImplemented
                if result is not NotImplemented:
                    return result  # type: ignore[no-any-return]
            return function(*args, **kwargs)

        return kernel

    return decorator


def threads() -> int:
    """Return on how many threads kernels work whatever the size of a call: one, unless all are compiled."""
    return config.threads if config.backend == "fast" else 1


def _pays(saves: float, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    return _installed() and saves * (_size(args) + _size(tuple(kwargs.values()))) > _TO_LOAD


def _size(argument: Any) -> int:
    """Return how many numbers the arrays in an argument hold."""
    if isinstance(argument, np.ndarray):
        return argument.size
    return sum(map(_size, argument)) if isinstance(argument, (tuple, list)) else 0


def _works(module: str) -> bool:
    if problem := _Compiled.problem or _problem(module):
        _warn_once(problem)
    return not problem


@cache
def _compiled(module: str, name: str) -> Callable[..., Any]:
    if not _installed():
        raise MissingDependencyError(
            "backend='fast' needs numba. Install it with: pip install 'disentangle-metrics[fast]'"
        )
    if problem := _problem(module):
        raise MissingDependencyError(f"backend='fast' needs numba, which does not work here: {problem}")
    twin: Callable[..., Any] = getattr(import_module(f"{__package__}.fast.{module}"), name)
    return twin


@cache
def _problem(module: str) -> str:
    """Return why the compiled code of a module cannot be loaded; nothing if it can."""
    try:
        import_module("numba")
    except (ImportError, AttributeError, OSError) as error:  # of a numba that wants another numpy, or lacks its library
        return str(error)
    try:
        import_module(f"{__package__}.fast.{module}")
    except RuntimeError as error:  # from numba, where it may write its cache nowhere
        return f"{error} Set NUMBA_CACHE_DIR to a folder that can be written to."
    return ""


@cache
def _warn_once(problem: str) -> None:
    warn(f"numba is installed and does not work here, so numpy goes on computing: {problem}", DisentangleWarning)


@cache
def _installed() -> bool:
    return find_spec("numba") is not None
