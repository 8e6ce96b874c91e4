"""Medians of processor time of several calls, measured in turn."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from statistics import median
from time import perf_counter, process_time
from typing import Any, NamedTuple

# A shorter call is timed several times in a row, and the mean counts: the time of a single call varies too much.
_SECONDS, _MANY = 0.05, 100


class Timing(NamedTuple):
    """Time of a call.

    Attributes
    ----------
    seconds : float
        Median of processor seconds over rounds; a round of short calls is the mean of several in a row.
    alone : float
        Median of the first call of each round: other calls have replaced its memory and code in the caches.
    answer : object
        Result of the last call.
    """

    seconds: float
    alone: float
    answer: Any


def interleaved(
    subjects: Mapping[str, Callable[[], Any]], *, repeats: int, patience: float, warm: bool = True
) -> dict[str, Timing]:
    """Return the time of each call; the calls take turns, so that all meet the same state of the machine.

    Parameters
    ----------
    subjects : mapping from name to callable
    repeats : int
        Largest number of rounds.
    patience : float
        Seconds after which no new round begins; the first round is always finished.
    warm : bool, default True
        Whether each is called before the clock runs: code is then compiled and cached, and its time known.
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
    """Return the number of calls in a row that take long enough together to be timed."""
    call()
    before = process_time()
    call()
    return int(min(max(_SECONDS / max(process_time() - before, 1e-9), 1), _MANY))
