"""Have files scored by joblib: in processes or threads here, or on a cluster."""

from __future__ import annotations

import os
from collections.abc import Generator
from functools import partial

from ..runtime.config import config
from ..runtime.interrupts import uninterrupted
from .tasks import Task
from .worker import Computing, Result, Settings, score_file

# How many files a worker gets at once from pools that return their results only when all are done.
_AT_ONCE = 16


def scored_by_workers(tasks: list[Task], settings: Settings, n_jobs: int | None) -> Generator[Result]:
    """Yield results as they come from whatever joblib is set to use."""
    with uninterrupted():  # an interrupt amid an import may be lost
        from joblib import Parallel, delayed, effective_n_jobs

    n_workers = effective_n_jobs(n_jobs)
    score = delayed(partial(score_file, settings=settings, computing=_computing(n_workers)))
    calls = [score(task) for task in tasks]
    try:
        stream = Parallel(n_jobs=n_jobs, return_as="generator_unordered")
    except ValueError:  # pools of multiprocessing, Ray's among them, return lists only
        parallel, size = Parallel(n_jobs=n_jobs), _AT_ONCE * n_workers
        for start in range(0, len(calls), size):
            yield from parallel(calls[start : start + size])
        return
    # joblib would warn of work that was begun for nothing, if we stop amid the files
    stream._warn_exit_early = lambda: None
    if n_workers > 1:
        _start_tracker()
    results = None
    try:
        with uninterrupted():  # workers that start meanwhile leave it to us
            results = stream(calls)
        for result in results:  # noqa: UP028 - `yield from` would close it by itself, and joblib would warn
            yield result
    finally:
        if results is not None:
            with uninterrupted():
                results.close()


def _start_tracker() -> None:
    """Start the process by which Python tidies up after others: as it starts, Ctrl-C is let in again for good."""
    if os.name == "posix":
        from multiprocessing import resource_tracker

        with uninterrupted():
            resource_tracker.ensure_running()


def _computing(n_workers: int) -> Computing:
    """Return how workers compute: as this process does, but on a thread each where several share a machine."""
    return Computing(config.backend, config.threads_given or (1 if n_workers > 1 else None))
