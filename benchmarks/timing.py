"""Medians of processor time, measured side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from statistics import median
from time import perf_counter, process_time
from typing import Any, NamedTuple

# Calls shorter than this are timed several in a row, and their mean is what counts: one alone is a matter of chance.
_SECONDS, _MANY = 0.05, 100


class Timing(NamedTuple):
    """How long a call takes.

    Attributes
    ----------
    seconds : float
        Median of processor seconds over repetitions, each the mean of several calls in a row where one is short.
    alone : float
        Median of the first call of each repetition, whose memory and code the others' work has driven from the caches.
    answer : object
        What was returned last.
    """

    seconds: float
    alone: float
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
        Call each before the clock runs, for what is compiled or cached on the first call, and to see how long it takes.
    """
    in_a_row = {name: _calls(call) if warm else 1 for name, call in subjects.items()}
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in subjects}
    answers: dict[str, Any] = {}
    start = perf_counter()
    for _ in range(repeats):
        for name, call in subjects.items():
            before = process_time()
            answers[name] = call()
            alone = process_time() - before
            for _ in range(in_a_row[name] - 1):
                call()
            times[name].append(((process_time() - before) / in_a_row[name], alone))
        if perf_counter() - start > patience:
            break
    return {name: Timing(*map(median, zip(*pairs, strict=True)), answers[name]) for name, pairs in times.items()}


def _calls(call: Callable[[], Any]) -> int:
    """Return how many calls in a row are timed: as many as take long enough together."""
    call()
    before = process_time()
    call()
    return int(min(max(_SECONDS / max(process_time() - before, 1e-9), 1), _MANY))
