"""Where compiled kernels take the place of numpy's: the one place that decides who computes.

A kernel under ``@swappable`` is numpy's. If ``config.backend`` says so, a call goes to the function of the same name in
`kernels.fast` instead. Under ``"auto"`` that happens when numpy has worked for as long as it takes to load the compiled
code: whoever scores one small file never waits for it, and no work takes more than twice as long as it needs to.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache, wraps
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter
from typing import Any, ParamSpec, TypeVar

from ..errors import DisentangleWarning, MissingDependencyError, warn
from ..runtime.config import config

P = ParamSpec("P")
R = TypeVar("R")

# Seconds of numpy's work after which compiled code is loaded, if it was compiled before; or compiled.
_TO_LOAD, _TO_COMPILE = 0.7, 20.0
# The compiled module that stands for all: whether it was compiled before, and whether it can be loaded.
_LANDMARK = "uniform_tables"


class DamagedCacheError(MissingDependencyError):
    """The code that numba has compiled and keeps on disk cannot be read."""


class _Clock:
    """Seconds that numpy's kernels have worked since the process began."""

    seconds = 0.0


class _Compiled:
    """Why compiled code cannot be used after all, as a call has shown; nothing if it can."""

    problem = ""


def swappable(function: Callable[P, R]) -> Callable[P, R]:
    """Let a compiled kernel take the place of this one where ``config`` says so."""
    module, name = function.__module__.rpartition(".")[2], function.__name__

    @wraps(function)
    def kernel(*args: P.args, **kwargs: P.kwargs) -> R:
        backend = config.backend
        if _compiled_is_used(backend):
            try:
                result: Any = _compiled(module, name)(*args, **kwargs)
            except DamagedCacheError as error:
                if backend == "fast":
                    raise
                _Compiled.problem = str(error)
                _warn_once(_Compiled.problem)
                result = NotImplemented
            if result is not NotImplemented:
                return result  # type: ignore[no-any-return]
        if backend == "numpy":
            return function(*args, **kwargs)
        start = perf_counter()
        try:
            return function(*args, **kwargs)
        finally:
            _Clock.seconds += perf_counter() - start

    return kernel


def threads() -> int:
    """Return how many threads kernels use at this time: one, unless they are compiled."""
    return config.threads if _compiled_is_used(config.backend) else 1


def _compiled_is_used(backend: str) -> bool:
    return backend == "fast" or (backend == "auto" and _worth_loading())


@cache
def _compiled(module: str, name: str) -> Callable[..., Any]:
    if not _installed():
        raise MissingDependencyError(
            "backend='fast' needs numba. Install it with: pip install 'disentangle-metrics[fast]'"
        )
    if problem := _problem():
        raise MissingDependencyError(f"backend='fast' needs numba, which does not work here: {problem}")
    found: Callable[..., Any] = getattr(import_module(f"{__package__}.fast.{module}"), name)
    return found


@cache
def _problem() -> str:
    """Return why compiled code cannot be loaded; nothing if it can."""
    try:
        import_module("numba")
    except (ImportError, AttributeError, OSError) as error:  # of a numba that wants another numpy, or lacks its library
        return str(error)
    try:
        import_module(f"{__package__}.fast.{_LANDMARK}")
    except RuntimeError as error:  # from numba, where it may write its cache nowhere
        return f"{error} Set NUMBA_CACHE_DIR to a folder that can be written to."
    return ""


def _worth_loading() -> bool:
    if not (_Clock.seconds > _TO_LOAD and _installed() and _Clock.seconds > _start_up()):
        return False
    if problem := _Compiled.problem or _problem():
        _warn_once(problem)
    return not problem


@cache
def _warn_once(problem: str) -> None:
    warn(f"numba is installed and does not work here, so numpy goes on computing: {problem}", DisentangleWarning)


@cache
def _installed() -> bool:
    return find_spec("numba") is not None


@cache
def _start_up() -> float:
    """Return how long it takes, roughly, until compiled code is ready: numba keeps it in one of these folders."""
    source = Path(__file__).parent / "fast" / f"{_LANDMARK}.py"
    places = [source.parent / "__pycache__"]
    if os.environ.get("NUMBA_CACHE_DIR"):
        places.append(Path(os.environ["NUMBA_CACHE_DIR"]))
    kept = (path for place in places for path in place.rglob(f"{_LANDMARK}.*.nbi"))
    ready = any(_changed(path) >= source.stat().st_mtime for path in kept)
    return _TO_LOAD if ready else _TO_COMPILE


def _changed(path: Path) -> float:
    """Return when a file was changed; 0 if that cannot be told, as of one that another process has just replaced."""
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
