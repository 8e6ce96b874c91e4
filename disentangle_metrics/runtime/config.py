"""How the package computes: by numpy or by compiled code, and on how many threads.

>>> import disentangle_metrics as dm
>>> with dm.config.using(backend="numpy", threads=1):
...     round(dm.mig([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 0, 1, 1], n_bins=2), 2)
1.0

A ``with`` block counts for its thread. A setting outside of a block counts for the whole process. A setting is read
from the environment when it is first used: ``DISENTANGLE_METRICS_BACKEND`` (``auto``, ``numpy`` or ``fast``) and
``DISENTANGLE_METRICS_THREADS``.

Under ``"auto"`` the size of a call's arrays decides whether compiled code computes it. To load compiled code takes a
second, so only large arrays are worth it. The same call always runs the same code; earlier calls do not matter. Under
``"auto"`` nothing is compiled: only code is used that a run under ``"fast"`` has compiled and kept on disk.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple

from ..options import choice, integer

BACKENDS = ("auto", "fast", "numpy")

BACKEND_VARIABLE = "DISENTANGLE_METRICS_BACKEND"
THREADS_VARIABLE = "DISENTANGLE_METRICS_THREADS"


class _Settings(NamedTuple):
    """Settings of a process or a block; None where a setting was not given."""

    backend: str | None = None
    threads: int | None = None


class Config:
    """Settings of the process, and of ``with`` blocks of its threads. No setting changes a score."""

    def __init__(self) -> None:
        self._process = _Settings()
        # Blocks of two threads may overlap in any order, so each thread has its own block; None outside of all blocks.
        self._block: ContextVar[_Settings | None] = ContextVar("block", default=None)

    def _set(self, **changes: str | int) -> None:
        """Set values until the block ends; outside of a block, set them for the process."""
        if (block := self._block.get()) is None:
            self._process = self._process._replace(**changes)  # type: ignore[arg-type]
        else:
            self._block.set(block._replace(**changes))  # type: ignore[arg-type]

    @property
    def backend(self) -> str:
        """Backend: ``"numpy"``; ``"fast"``, code compiled by numba; or ``"auto"``, compiled code for large arrays."""
        block = self._block.get()
        if block is not None and block.backend is not None:
            return block.backend
        if self._process.backend is None:
            backend = choice("backend", os.environ.get(BACKEND_VARIABLE) or "auto", BACKENDS)
            self._process = self._process._replace(backend=backend)
        return str(self._process.backend)

    @backend.setter
    def backend(self, value: str) -> None:
        self._set(backend=choice("backend", value, BACKENDS))

    @property
    def threads(self) -> int:
        """Number of threads of compiled code; by default ``OMP_NUM_THREADS``, else the number of processors."""
        return self.threads_given or _from_environment("OMP_NUM_THREADS") or _processors()

    @threads.setter
    def threads(self, value: int) -> None:
        self._set(threads=integer("threads", value, 1))

    @property
    def threads_given(self) -> int | None:
        """Number of threads that was set, here or in the environment; None if it was not set."""
        block = self._block.get()
        if block is not None and block.threads is not None:
            return block.threads
        given = os.environ.get(THREADS_VARIABLE)
        if self._process.threads is None and given:
            threads = integer(THREADS_VARIABLE, int(given) if given.strip().isdecimal() else given, 1)
            self._process = self._process._replace(threads=threads)
        return self._process.threads

    @contextmanager
    def using(self, *, backend: str | None = None, threads: int | None = None) -> Iterator[None]:
        """Set the backend, the number of threads or both for a ``with`` block, in this thread alone."""
        token = self._block.set(self._block.get() or _Settings())
        try:
            if backend is not None:
                self.backend = backend
            if threads is not None:
                self.threads = threads
            yield
        finally:
            self._block.reset(token)

    def __repr__(self) -> str:
        return f"Config(backend={self.backend!r}, threads={self.threads})"


def _from_environment(variable: str) -> int | None:
    given = os.environ.get(variable, "")
    return int(given) if given.isdecimal() and int(given) > 0 else None


def _processors() -> int:
    """Return the number of processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


config = Config()
