"""The ``dmetrics`` command: one module per verb."""

from __future__ import annotations


def main() -> None:
    """Run the command line."""
    import io
    import sys

    from .app import app

    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal that lacks a letter of some factor's name
    app(prog_name="dmetrics")
