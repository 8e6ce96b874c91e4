"""Measured tables between two marks of a page."""

from __future__ import annotations

from pathlib import Path

import click


def write_between(page: Path, begin: str, end: str, made: str, what: str = "tables stand") -> None:
    """Replace the text between two marks of a page.

    Raises
    ------
    BadParameter
        If the page lacks a mark.
    """
    before, found, rest = check_marks(page, begin, end, what)
    page.write_text(f"{before}{found}\n\n{made}\n\n{end}{rest}", encoding="utf-8")


def check_marks(page: Path, begin: str, end: str, what: str = "tables stand") -> tuple[str, str, str]:
    """Return the text before the first mark, that mark, and the text after the second mark."""
    before, found, rest = page.read_text(encoding="utf-8").partition(begin)
    _, closed, after = rest.partition(end)
    if not (found and closed):
        raise click.BadParameter(f"{page} lacks the marks {begin!r} and {end!r} between which the {what}.")
    return before, found, after
