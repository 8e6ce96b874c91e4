"""Backend dispatch: the one place that decides whether numpy or compiled code computes.

A kernel under ``@swappable`` is written in numpy. Under ``config.backend = "fast"`` every call goes to the function of
the same name in `kernels.fast` instead. Under ``"auto"`` a call goes there if its arrays are so large that it is faster
even when the compiled code must first be loaded. Only the call decides, not the time of earlier calls. Compilation
takes up to half a minute, so nothing is compiled under ``"auto"``: numpy computes what no ``"fast"`` run has compiled.
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

# Nanoseconds to load numba and compiled code.
_TO_LOAD = 1e9


class DamagedCacheError(MissingDependencyError):
    """The compiled code that numba keeps on disk cannot be read."""


class NotCompiledError(Exception):
    """A kernel was not compiled yet for arrays of these types."""


class _Compiled:
    """The reason why compiled code cannot be used, as a call has shown; empty if it can."""

    problem = ""


def swappable(saves: float) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Return the decorator that replaces a kernel by its compiled twin if ``config`` says so.

    Parameters
    ----------
    saves : float
        Nanoseconds that compiled code saves for each number in the arguments, roughly, on one thread and over all calls
        of a metric. A kernel that takes one latent at a time has about ten such calls.
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
    """Return the number of threads of kernels for calls of any size: one, unless all kernels are compiled."""
    return config.threads if config.backend == "fast" else 1


def _pays(saves: float, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    return _installed() and saves * (_size(args) + _size(tuple(kwargs.values()))) > _TO_LOAD


def _size(argument: Any) -> int:
    """Return the number of numbers in the arrays of an argument."""
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
    """Return the reason why the compiled code of a module cannot be loaded; empty if it can."""
    try:
        import_module("numba")
    except (ImportError, AttributeError, OSError) as error:  # numba needs another numpy, or lacks its library
        return str(error)
    try:
        import_module(f"{__package__}.fast.{module}")
    except RuntimeError as error:  # from numba, if no folder can hold its cache
        return f"{error} Set NUMBA_CACHE_DIR to a folder that can be written to."
    return ""


@cache
def _warn_once(problem: str) -> None:
    warn(f"numba is installed and does not work here, so numpy computes instead: {problem}", DisentangleWarning)


@cache
def _installed() -> bool:
    return find_spec("numba") is not None
