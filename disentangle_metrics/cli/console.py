"""Output to the terminal: results on standard output, everything else on standard error.

Rich is imported only where it is used: a printed score needs only colors.
"""

from __future__ import annotations

import os
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from ..errors import DisentangleWarning, LeftOutWarning, SignatureWarning
from ..rendering.text import printable
from ..runtime.progress import shown_by

if TYPE_CHECKING:
    from rich.console import Console

# Seconds of work before a status line appears, and seconds between two updates of it.
_PATIENCE, _OFTEN = 0.5, 0.1

# Warnings that no note of a score repeats.
_SHOWN = (LeftOutWarning, SignatureWarning)


def in_color() -> bool:
    """Return whether standard output shows colors, by the same environment variables as Rich."""
    if os.environ.get("FORCE_COLOR"):
        return True
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM", "").lower() in ("dumb", "unknown")
    return sys.stdout.isatty() and not plain


def stderr() -> Console:
    """Return the console for messages and progress, without automatic colors and without line breaks."""
    from rich.console import Console

    return Console(stderr=True, highlight=False, soft_wrap=True)


def complain(message: str) -> None:
    """Print an error."""
    _say("error: ", "bold red", message)


def caution(message: str) -> None:
    """Print a warning."""
    _say("warning: ", "bold yellow", message)


def _say(what: str, style: str, message: str) -> None:
    from rich.text import Text

    stderr().print(Text.assemble((what, style), printable(message)))


@contextmanager
def warnings_as_lines(hide_ours: bool) -> Iterator[None]:
    """Print each warning once as a line at the end; hide our own warnings if the result shows them as notes."""
    from ..scores.grouped_notes import by_factor
    from .words import in_shell

    seen: dict[str, None] = {}

    def show(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        a_note = issubclass(category, DisentangleWarning) and not issubclass(category, _SHOWN)
        if str(message) in seen or (hide_ours and a_note):
            return
        seen[str(message)] = None

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            warnings.showwarning = show
            yield
    finally:
        for message in by_factor([*seen]):
            caution(in_shell(message))


@contextmanager
def working_on(what: str) -> Iterator[None]:
    """Show the current work in a status line if it takes long and standard error is a terminal."""
    if not sys.stderr.isatty():
        yield
        return
    done, text = threading.Event(), [what]

    def show() -> None:
        if done.wait(_PATIENCE):
            return
        from rich.text import Text

        with stderr().status(Text(text[0])) as status:
            while not done.wait(_OFTEN):
                status.update(Text(text[0]))

    def step(n_done: int, n_all: int) -> None:
        text[0] = f"{what}: {n_done / n_all:.0%}"

    thread = threading.Thread(target=show, daemon=True)
    thread.start()
    try:
        with shown_by(step):
            yield
    finally:
        done.set()
        thread.join()
