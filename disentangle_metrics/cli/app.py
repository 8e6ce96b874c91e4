"""The command itself: its verbs, its options for all verbs, and what it does with errors."""

from __future__ import annotations

import gc
import traceback
from collections.abc import Callable
from importlib import import_module
from types import TracebackType
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from .._version import __version__
from ..errors import DisentangleError
from ..runtime.interrupts import uninterrupted
from . import INTERRUPTED
from .console import complain
from .plain import Verb, unconverted

# Our own verbs: the module of each, and the function in it. A verb's module is imported when the verb is used.
VERBS = {
    **{"score": "score", "batch": "batch", "compare": "compare", "explain": "explain"},
    **{"curve": "curve", "list": "list_", "show": "show"},
}

# Where other packages, the reference models among them, offer verbs of their own.
COMMANDS = "disentangle_metrics.commands"


class _NoTraceback:
    """Turn what goes wrong inside into a message (or a traceback, to debug) on standard error and exit code 2.

    A context manager and not an ``except`` clause: it sees every error, and lets those of the command line's own
    library and a closed pipe pass to whoever handles them.
    """

    def __init__(self, debug: bool) -> None:
        self.debug = debug

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if isinstance(error, KeyboardInterrupt):
            raise typer.Exit(INTERRUPTED) from None
        if not isinstance(error, Exception) or isinstance(error, (typer.Abort, BrokenPipeError)):
            return
        if hasattr(error, "exit_code"):  # a usage error, or a verb that ends with a code of its own
            return
        if self.debug:
            traceback.print_exception(error)
        elif isinstance(error, DisentangleError):
            complain(str(error))
        elif isinstance(error, MemoryError):
            complain(f"not enough memory: {error}. Score fewer rows, or latents of a smaller dtype.")
        else:
            complain(
                f"unexpected {type(error).__name__}: {error}. "
                "This is a fault of ours: please report it with what dmetrics --debug ... prints."
            )
        raise typer.Exit(2) from None


class _Group(TyperGroup):
    """The verbs of this package, and those that entry points bring, each loaded when it is asked for."""

    def get_params(self, ctx: Any) -> Any:
        return unconverted(super().get_params(ctx), {})

    def list_commands(self, ctx: Any) -> list[str]:
        from importlib.metadata import entry_points

        return [*VERBS, *(name for name in sorted(entry_points(group=COMMANDS).names) if name not in VERBS)]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        found = _own(cmd_name) if cmd_name in VERBS else _brought(cmd_name)
        if found is None:
            return None
        command = typer.main.get_command(found)
        command.name = cmd_name
        return command

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        found = super().resolve_command(ctx, args)
        if not gc.isenabled():  # see main: all that is loaded by now stays, and what the verb leaves is garbage again
            gc.freeze()
            gc.enable()
        return found

    def invoke(self, ctx: Any) -> Any:
        with _NoTraceback(debug=ctx.params["debug"]):
            return super().invoke(ctx)


def _own(name: str) -> typer.Typer:
    """Return an application with one of our verbs in it."""
    with uninterrupted():
        function: Callable[..., Any] = getattr(import_module(f"{__package__}.{name}"), VERBS[name])
    verb = typer.Typer(pretty_exceptions_enable=False)
    verb.command(name, cls=Verb)(function)
    return verb


def _brought(name: str) -> Any:
    """Return the application of a verb that another package brings, None if there is none."""
    from importlib.metadata import entry_points

    for entry in entry_points(group=COMMANDS, name=name):
        return entry.load()
    return None


app = typer.Typer(
    name="dmetrics",
    cls=_Group,
    help="How well do latents separate the factors behind the data? Every number says how it was made.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"dmetrics {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and leave.")
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show a traceback when something goes wrong.")] = False,
) -> None:
    """Take the options that stand before a verb."""
