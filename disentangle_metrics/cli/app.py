"""The command itself: its verbs, its options for all verbs, and the message and the code that an error becomes."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any, NamedTuple, NoReturn

import click

from .._version import __version__
from . import INTERRUPTED


class Verb(NamedTuple):
    """A verb of ours: its module, the command in it, and its line in the list of verbs."""

    module: str
    command: str
    line: str


# A verb's module is imported when the verb is used; the list of verbs needs none of them.
VERBS = {
    "score": Verb("score", "score", "Score latents against ground-truth factors."),
    "batch": Verb("batch", "batch", "Score many files of latents, a row of a table for each."),
    "compare": Verb("compare", "compare", "Say whether models differ by more than chance."),
    "explain": Verb("explain", "explain", "Explain which option moves a score between two protocols."),
    "curve": Verb("curve", "curve", "Score subsamples, to see whether there are enough rows."),
    "list": Verb("list", "list_", "List the metrics and the protocols."),
    "show": Verb("show", "show", "Show the options of a metric, or what a protocol sets."),
}

# Shells whose completion click can write.
SHELLS = ("bash", "zsh", "fish")


class Shell(click.Group):
    """The verbs of this package and those that other packages bring, each loaded when it is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all verbs, ours first."""
        return list(self._lines())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load a verb; None if there is none of that name."""
        if cmd_name not in VERBS:
            from .plugins import load

            return load(cmd_name)
        from ..runtime.interrupts import uninterrupted

        verb = VERBS[cmd_name]
        with uninterrupted():
            command: click.Command = getattr(import_module(f"{__package__}.{verb.module}"), verb.command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of verbs, and load none of them."""
        with formatter.section("Verbs"):
            formatter.write_dl(list(self._lines().items()))

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[Any]:
        """Offer the verbs, and load none of them; and the options that stand before a verb."""
        from click.shell_completion import CompletionItem

        verbs = [CompletionItem(name, help=line) for name, line in self._lines().items() if name.startswith(incomplete)]
        return [*verbs, *click.Command.shell_complete(self, ctx, incomplete)]

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """Return the verb that is named first, or name the nearest."""
        if not ctx.resilient_parsing and self.get_command(ctx, args[0]) is None:
            from ..errors import nearest

            ctx.fail(f"No such command {args[0]!r}.{nearest(args[0], self.list_commands(ctx))}")
        found = super().resolve_command(ctx, args)
        if not gc.isenabled():  # see main: all that is loaded by now stays, and what the verb leaves is garbage again
            gc.freeze()
            gc.enable()
        return found

    def invoke(self, ctx: click.Context) -> Any:
        """Run a verb and return its code. An error of any kind becomes a message, and code 2."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
            raise  # for click, and for main
        except KeyboardInterrupt:
            return INTERRUPTED
        except Exception as error:  # noqa: BLE001 - the shell's last resort
            _tell(error, debug=ctx.params["debug"])
            return 2

    def main(self, *args: Any, **options: Any) -> NoReturn:
        """Run the command line, and end with the code of the verb. A wrong use becomes a message, and code 2."""
        try:
            code = super().main(*args, **{**options, "standalone_mode": False})
        except click.ClickException as error:
            code = _refuse(error)
        except click.Abort:
            code = INTERRUPTED
        sys.exit(code if isinstance(code, int) else 0)  # a verb that another package brings may return anything

    def _lines(self) -> dict[str, str]:
        """Return the line of every verb by its name."""
        from .plugins import lines

        brought = {name: line for name, line in lines().items() if name not in VERBS}
        return {**{name: verb.line for name, verb in VERBS.items()}, **brought}


def _tell(error: Exception, debug: bool) -> None:
    """Print a message, or a traceback to debug."""
    from ..errors import DisentangleError
    from .console import complain
    from .words import in_shell

    if debug:
        import traceback

        traceback.print_exception(error)
    elif isinstance(error, DisentangleError):
        complain(in_shell(str(error)))
    elif isinstance(error, MemoryError):
        complain(f"not enough memory: {error}. Score fewer rows, or latents of a smaller dtype.")
    else:
        complain(
            f"unexpected {type(error).__name__}: {error}. "
            "This is a fault of ours: please report it with what dmetrics --debug ... prints."
        )


def _refuse(error: click.ClickException) -> int:
    """Say which word of the command line is wrong and where its help is, and return the code."""
    from ..errors import nearest
    from .console import complain

    message = error.format_message()
    if isinstance(error, click.NoSuchOption):
        message = f"No such option {error.option_name!r}.{nearest(error.option_name, error.possibilities or ())}"
    if isinstance(error, click.UsageError) and error.ctx is not None:
        message += f"\nTry '{error.ctx.command_path} -h' for help."
    complain(message)
    return error.exit_code


def _for_shell(what: str, help_: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    return click.option(
        f"--{what}-completion", is_flag=False, flag_value="", metavar="[SHELL]", help=f"{help_} {', '.join(SHELLS)}."
    )


@click.group(
    "dmetrics",
    cls=Shell,
    invoke_without_command=True,
    subcommand_metavar="VERB ...",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100, "show_default": True},
)
@click.version_option(__version__, message="dmetrics %(version)s", help="Print the version and leave.")
@click.option("--debug", is_flag=True, help="Show a traceback when something goes wrong.")
@_for_shell("install", "Have a shell complete words on the tab key:")
@_for_shell("show", "Print the script by which a shell completes words:")
@click.pass_context
def app(ctx: click.Context, debug: bool, install_completion: str | None, show_completion: str | None) -> int:
    """How well do latents separate the factors behind the data? Every number says how it was made."""
    if install_completion is not None or show_completion is not None:
        from .completion_script import install, script

        if show_completion is not None:
            click.echo(script(app, show_completion))
        else:
            click.echo(install(app, install_completion or ""))
        ctx.exit()
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())
        return 2
    return 0
