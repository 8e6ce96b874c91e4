"""Medians of processor time, measured side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from statistics import median
from time import perf_counter, process_time
from typing import Any, NamedTuple


class Timing(NamedTuple):
    """Median of processor seconds over repetitions, and what was returned last."""

    seconds: float
    answer: Any


def interleaved(
    subjects: Mapping[str, Callable[[], Any]], *, repeats: int, patience: float, warm: bool = True
) -> dict[str, Timing]:
    """Call each in turn, and again, so that all see the same machine.

    Parameters
    ----------
    subjects : mapping from name to callable
    repeats : int
        Rounds at most.
    patience : float
        Seconds after which no new round begins; the first is always finished.
    warm : bool, default True
        Call each once before the clock runs, for what is compiled or cached on the first call.
    """
    if warm:
        for call in subjects.values():
            call()
    times: dict[str, list[float]] = {name: [] for name in subjects}
    answers: dict[str, Any] = {}
    start = perf_counter()
    for _ in range(repeats):
        for name, call in subjects.items():
            before = process_time()
            answers[name] = call()
            times[name].append(process_time() - before)
        if perf_counter() - start > patience:
            break
    return {name: Timing(median(seconds), answers[name]) for name, seconds in times.items()}
