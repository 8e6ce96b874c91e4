"""The ``dmetrics`` command: one module per verb."""

from __future__ import annotations

# What a shell reports of a command that was stopped by Ctrl-C.
INTERRUPTED = 130


def main() -> None:
    """Run the command line."""
    import gc
    import io
    import signal
    import sys

    from ..runtime.interrupts import uninterrupted

    gc.disable()  # until a verb runs, nothing is garbage that is worth looking for
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal that lacks a letter of some factor's name
    try:
        with uninterrupted():  # an interrupt amid an import may be lost
            from .app import app
        app.main(prog_name="dmetrics")
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process ends in any case
        gc.freeze()  # and none of its garbage is worth looking for
