"""Parallel work by joblib: in processes or threads here, or on a cluster."""

from __future__ import annotations

import os
from collections.abc import Generator
from functools import partial

from ..runtime.config import config
from ..runtime.interrupts import uninterrupted
from .tasks import Task
from .worker import Computing, Result, Settings, score_file

# Number of files that a worker gets at once from pools that return their results only when all are done.
_AT_ONCE = 16


def scored_by_workers(tasks: list[Task], settings: Settings, n_jobs: int | None) -> Generator[Result]:
    """Yield results as they come from the backend of joblib."""
    with uninterrupted():  # an interrupt during an import may be lost
        from joblib import Parallel, delayed, effective_n_jobs

    n_workers = effective_n_jobs(n_jobs)
    score = delayed(partial(score_file, settings=settings, computing=_computing(n_workers)))
    calls = [score(task) for task in tasks]
    try:
        stream = Parallel(n_jobs=n_jobs, return_as="generator_unordered")
    except ValueError:  # pools of multiprocessing, also Ray's, return lists only
        parallel, size = Parallel(n_jobs=n_jobs), _AT_ONCE * n_workers
        for start in range(0, len(calls), size):
            yield from parallel(calls[start : start + size])
        return
    # joblib would warn of unused work if we stop between files
    stream._warn_exit_early = lambda: None
    if n_workers > 1:
        _start_tracker()
    results = None
    try:
        with uninterrupted():  # workers that start meanwhile ignore the interrupt
            results = stream(calls)
        for result in results:  # noqa: UP028 - `yield from` would close it by itself, and joblib would warn
            yield result
    finally:
        if results is not None:
            with uninterrupted():
                results.close()


def _start_tracker() -> None:
    """Start Python's resource tracker process now, because its start ends a delay of Ctrl-C."""
    if os.name == "posix":
        from multiprocessing import resource_tracker

        with uninterrupted():
            resource_tracker.ensure_running()


def _computing(n_workers: int) -> Computing:
    """Return the settings of workers: those of this process, with one thread each if several share a machine."""
    return Computing(config.backend, config.threads_given or (1 if n_workers > 1 else None))
