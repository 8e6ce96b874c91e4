"""Have files scored by joblib: in processes or threads here, or on a cluster."""

from __future__ import annotations

import signal
import threading
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from functools import partial

from .files import Task
from .worker import QUIET, Result, Settings, score_file

# How many files a worker gets at once from pools that return their results only when all are done.
_AT_ONCE = 16


def scored_by_workers(tasks: list[Task], settings: Settings, n_jobs: int | None) -> Generator[Result]:
    """Yield results as they come from whatever joblib is set to use."""
    from joblib import Parallel, delayed, effective_n_jobs

    calls = [delayed(partial(score_file, settings=settings))(task) for task in tasks]
    try:
        stream = Parallel(n_jobs=n_jobs, return_as="generator_unordered")
    except ValueError:  # pools of multiprocessing, Ray's among them, return lists only
        parallel, size = Parallel(n_jobs=n_jobs), _AT_ONCE * effective_n_jobs(n_jobs)
        for start in range(0, len(calls), size):
            yield from parallel(calls[start : start + size])
    else:
        with _deaf_to_interrupts():
            results = stream(calls)
        try:
            for result in results:  # noqa: UP028 - `yield from` would close it by itself, and joblib would warn
                yield result
        finally:
            with QUIET:  # joblib warns of work that was begun for nothing
                results.close()


@contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    """Have processes that start meanwhile ignore Ctrl-C: we see it and stop them, and they need not print a traceback.

    A Ctrl-C in this moment itself, some milliseconds, is lost.
    """
    before = signal.getsignal(signal.SIGINT)
    if before is None or threading.current_thread() is not threading.main_thread():  # not ours, or not to be set here
        yield
        return
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
