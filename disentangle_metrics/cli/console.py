"""What goes to the terminal: results on standard output, everything else on standard error."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from rich.console import Console
from rich.text import Text

from ..errors import DisentangleWarning
from ..progress import shown_by


def stdout() -> Console:
    """Return the console for results: no guessing at what to color, no line broken by its width."""
    return Console(highlight=False, soft_wrap=True)


def stderr() -> Console:
    """Return the console for messages and progress."""
    return Console(stderr=True, highlight=False, soft_wrap=True)


def complain(message: str) -> None:
    """Print an error."""
    stderr().print(Text.assemble(("error: ", "bold red"), message))


@contextmanager
def warnings_as_lines(hide_ours: bool) -> Iterator[None]:
    """Print each warning once as a line, and hide our own where the result will show them as notes."""
    seen: set[str] = set()

    def show(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        if str(message) in seen or (hide_ours and issubclass(category, DisentangleWarning)):
            return
        seen.add(str(message))
        stderr().print(Text.assemble(("warning: ", "bold yellow"), str(message)))

    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.showwarning = show
        yield


@contextmanager
def working_on(what: str) -> Iterator[None]:
    """Show what is being done while it takes long, if anyone is there to look."""
    if not sys.stderr.isatty():
        yield
        return
    status = stderr().status(Text(what))
    with status, shown_by(lambda done, total: status.update(Text(f"{what}: {done / total:.0%}"))):
        yield
