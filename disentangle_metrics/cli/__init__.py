"""The ``dmetrics`` command: one module per verb."""

from __future__ import annotations


def main() -> None:
    """Run the command line."""
    import gc
    import io
    import sys

    gc.disable()  # until a verb runs, nothing is garbage that is worth looking for
    from .app import app

    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal that lacks a letter of some factor's name
    try:
        app(prog_name="dmetrics")
    finally:
        gc.freeze()  # nor is anything in a process that ends
