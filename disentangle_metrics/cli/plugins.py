"""Verbs of other packages, by entry points; also those of the reference models."""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from typing import Any

import click

from ..errors import MissingDependencyError

# A click command by the name of its verb, and the verb's line in the list of verbs, as text. The text is in a separate
# module that imports fast.
COMMANDS = "disentangle_metrics.commands"
LINES = "disentangle_metrics.command_lines"


def lines() -> dict[str, str]:
    """Return the line of each verb by its name; the line of a broken verb says so. No verb is loaded."""
    points = entry_points()
    texts = {entry.name: entry for entry in points.select(group=LINES)}
    verbs = {entry.name: entry for entry in points.select(group=COMMANDS)}
    return {name: _line(verbs[name], texts.get(name)) for name in sorted(verbs)}


def load(name: str) -> click.Command | None:
    """Return the command of a verb, None if no package has it.

    Raises
    ------
    MissingDependencyError
        If the package of the verb is broken.
    """
    for entry in entry_points(group=COMMANDS, name=name):
        command = _loaded(entry)
        if isinstance(command, click.Command):
            return command
        raise MissingDependencyError(
            f"{name} comes from {entry.value}, which is {type(command).__name__} and not a click.Command. Install the "
            "version of that package that fits this one, or remove it."
        )
    return None


def _line(verb: EntryPoint, text: EntryPoint | None) -> str:
    try:
        if find_spec(verb.module) is None:
            return f"Cannot be loaded: there is no module {verb.module}."
        return f"A verb of {verb.module.partition('.')[0]}." if text is None else str(text.load())
    except Exception as error:  # noqa: BLE001 - whatever another package does
        return f"Cannot be loaded: {type(error).__name__}: {error}"


def _loaded(entry: EntryPoint) -> Any:
    """Return the object of an entry point."""
    try:
        return entry.load()
    except Exception as error:  # whatever another package does
        raise MissingDependencyError(
            f"{entry.name} comes from {entry.value}, which cannot be loaded: {type(error).__name__}: {error}. "
            "Install the package of that module again, or remove it."
        ) from error
