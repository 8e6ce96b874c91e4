"""Progress of long work: a bar on the terminal, unless the caller shows the progress in another way."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from time import perf_counter

Step = Callable[[int, int], None]

# Seconds after which a bar appears.
_LONG = 2.0

_SHOWN: ContextVar[Step | None] = ContextVar("shown", default=None)


@contextmanager
def shown_by(step: Step) -> Iterator[None]:
    """Let `step` show the progress of work in this block. It is called with the work done and the whole work."""
    token = _SHOWN.set(step)
    try:
        yield
    finally:
        _SHOWN.reset(token)


@contextmanager
def progress(what: str) -> Iterator[Step]:
    """Yield a function to call with the amount of work done and the whole amount.

    A bar is shown on standard error if that is a terminal and the work takes more than two seconds.
    """
    step = _SHOWN.get()
    if step is not None:
        yield step
        return
    with ExitStack() as stack:
        yield _bar(what, stack) if sys.stderr.isatty() else _silent


def _silent(done: int, total: int) -> None:
    pass


def _bar(what: str, stack: ExitStack) -> Step:
    start = perf_counter()
    update: Step | None = None

    def step(done: int, total: int) -> None:
        nonlocal update
        if update is None and perf_counter() - start > _LONG:
            update = _opened(what, stack)
        if update is not None:
            update(done, total)

    return step


def _opened(what: str, stack: ExitStack) -> Step:
    from rich.console import Console
    from rich.progress import Progress

    bar = stack.enter_context(Progress(console=Console(stderr=True), transient=True))
    task = bar.add_task(what)
    return lambda done, total: bar.update(task, completed=done, total=total)
