"""The command itself: its verbs, the options of all verbs, and the message and exit code of an error."""

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
    """A verb of this package: its module, its command, and its line in the list of verbs."""

    module: str
    command: str
    line: str


# A verb's module is imported when the verb is used; the list of verbs needs none of them.
VERBS = {
    "score": Verb("score", "score", "Score latents against ground-truth factors."),
    "batch": Verb("batch", "batch", "Score many files of latents into a table with a row for each."),
    "compare": Verb("compare", "compare", "Test whether models differ by more than chance."),
    "explain": Verb("explain", "explain", "Show which option changes a score between two protocols."),
    "curve": Verb("curve", "curve", "Score subsamples, to show whether there are enough rows."),
    "list": Verb("list", "list_", "List the metrics, the groups of metrics and the protocols."),
    "show": Verb(
        "show", "show", "Show the options of a metric, the metrics of a group, or the settings of a protocol."
    ),
}

# Shells for which click can write a completion script.
SHELLS = ("bash", "zsh", "fish")


class Shell(click.Group):
    """Verbs of this package and of other packages, each loaded when it is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all verbs, first those of this package."""
        return list(self._lines())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a verb, loaded; None if there is no verb of that name."""
        if cmd_name not in VERBS:
            from .plugins import load

            return load(cmd_name)
        from ..runtime.interrupts import uninterrupted

        verb = VERBS[cmd_name]
        with uninterrupted():
            command: click.Command = getattr(import_module(f"{__package__}.{verb.module}"), verb.command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of verbs without loading them."""
        with formatter.section("Verbs"):
            formatter.write_dl(list(self._lines().items()))

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[Any]:
        """Return the verbs, without loading them, and the options before a verb, for completion."""
        from click.shell_completion import CompletionItem

        verbs = [CompletionItem(name, help=line) for name, line in self._lines().items() if name.startswith(incomplete)]
        return [*verbs, *click.Command.shell_complete(self, ctx, incomplete)]

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """Return the verb of the first word, or fail with the nearest name."""
        if not ctx.resilient_parsing and self.get_command(ctx, args[0]) is None:
            from ..errors import nearest

            ctx.fail(f"No such command {args[0]!r}.{nearest(args[0], self.list_commands(ctx))}")
        resolved = super().resolve_command(ctx, args)
        if not gc.isenabled():  # see main: loaded modules stay, and from now on garbage is collected
            gc.freeze()
            gc.enable()
        return resolved

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
        sys.exit(code if isinstance(code, int) else 0)  # a verb of another package may return any value

    def _lines(self) -> dict[str, str]:
        """Return the line of every verb by its name."""
        from .plugins import lines

        brought = {name: line for name, line in lines().items() if name not in VERBS}
        return {**{name: verb.line for name, verb in VERBS.items()}, **brought}


def _tell(error: Exception, debug: bool) -> None:
    """Print the message of an error, or its traceback with --debug."""
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
            "This is a bug: please report it with the output of dmetrics --debug ..."
        )


def _refuse(error: click.ClickException) -> int:
    """Print the wrong word of the command line and the way to its help, and return the exit code."""
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
@click.version_option(__version__, message="dmetrics %(version)s", help="Print the version and exit.")
@click.option("--debug", is_flag=True, help="Show a traceback if an error occurs.")
@_for_shell("install", "Install tab completion for a shell:")
@_for_shell("show", "Print the tab completion script of a shell:")
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
