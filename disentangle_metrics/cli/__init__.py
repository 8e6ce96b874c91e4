"""The ``dmetrics`` command: one module per verb."""

from __future__ import annotations

# The exit code of a command that was stopped by Ctrl-C.
INTERRUPTED = 130


def main() -> None:
    """Run the command line."""
    import gc
    import io
    import signal
    import sys

    from ..runtime.interrupts import uninterrupted

    gc.disable()  # no garbage collection until a verb runs: there is little to collect
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal may lack a letter of a factor's name
    try:
        with uninterrupted():  # an interrupt during an import may be lost
            from .app import app
        app.main(prog_name="dmetrics")
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process ends in any case
        gc.freeze()  # so its garbage need not be collected
