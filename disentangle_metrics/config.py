"""How the package computes: by numpy or by compiled code, and on how many threads.

>>> import disentangle_metrics as dm
>>> with dm.config.using(backend="numpy", threads=1):
...     round(dm.mig([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 0, 1, 1], n_bins=2), 2)
1.0

Settings come from the environment when they are first asked for: ``DISENTANGLE_METRICS_BACKEND`` (``auto``, ``numpy``
or ``fast``) and ``DISENTANGLE_METRICS_THREADS``.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from .options import choice, integer

BACKENDS = ("auto", "fast", "numpy")

BACKEND_VARIABLE = "DISENTANGLE_METRICS_BACKEND"
THREADS_VARIABLE = "DISENTANGLE_METRICS_THREADS"


class Config:
    """Settings of the whole process. No setting moves a number: both backends count alike."""

    def __init__(self) -> None:
        self._backend: str | None = None
        self._threads: int | None = None

    @property
    def backend(self) -> str:
        """Who computes: ``"numpy"``; ``"fast"``, compiled by numba; or ``"auto"``, whichever is sooner done."""
        if self._backend is None:
            self.backend = os.environ.get(BACKEND_VARIABLE) or "auto"
        return str(self._backend)

    @backend.setter
    def backend(self, value: str) -> None:
        self._backend = choice("backend", value, BACKENDS)

    @property
    def threads(self) -> int:
        """How many threads compiled code uses; by default ``OMP_NUM_THREADS``, else every processor there is."""
        return self.threads_given or _from_environment("OMP_NUM_THREADS") or _processors()

    @threads.setter
    def threads(self, value: int) -> None:
        self._threads = integer("threads", value, 1)

    @property
    def threads_given(self) -> int | None:
        """The number of threads that was asked for, here or by the environment; None if it was not."""
        given = os.environ.get(THREADS_VARIABLE)
        if self._threads is None and given:
            self._threads = integer(THREADS_VARIABLE, int(given) if given.strip().isdecimal() else given, 1)
        return self._threads

    @contextmanager
    def using(self, *, backend: str | None = None, threads: int | None = None) -> Iterator[None]:
        """Set some settings for the length of a ``with`` block."""
        before = self._backend, self._threads
        try:
            if backend is not None:
                self.backend = backend
            if threads is not None:
                self.threads = threads
            yield
        finally:
            self._backend, self._threads = before

    def __repr__(self) -> str:
        return f"Config(backend={self.backend!r}, threads={self.threads})"


def _from_environment(variable: str) -> int | None:
    given = os.environ.get(variable, "")
    return int(given) if given.isdecimal() and int(given) > 0 else None


def _processors() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


config = Config()
