"""The tab completion script of ``dmetrics`` for a shell, and the user's files that hold it."""

from __future__ import annotations

import os
from pathlib import Path

import click
from click.shell_completion import get_completion_class

from ..errors import MissingFileError, OptionError
from ..options import choice

# For each shell, the place of the script, and the lines of the shell's settings file that load it.
_HOMES = {
    "bash": (".bash_completions/dmetrics.sh", ".bashrc", ["source ~/.bash_completions/dmetrics.sh"]),
    "zsh": (".zfunc/_dmetrics", ".zshrc", ["fpath+=~/.zfunc", "autoload -Uz compinit && compinit"]),
    "fish": (".config/fish/completions/dmetrics.fish", None, []),
}


def script(app: click.Command, shell: str) -> str:
    """Return the tab completion script of a command for a shell, by default the user's shell."""
    kind = get_completion_class(_known(shell))
    if kind is None:
        raise OptionError(f"click {click.__version__} writes no completion for {shell}.")
    return kind(app, {}, "dmetrics", "_DMETRICS_COMPLETE").source().strip()


def install(app: click.Command, shell: str) -> str:
    """Write the script to the place where the shell finds it, and return a message."""
    shell = _known(shell)
    text = script(app, shell)
    place, file, lines = _HOMES[shell]
    target = Path.home() / place
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text + "\n", encoding="utf-8")
        if file is not None:
            _append(Path.home() / file, lines)
    except OSError as error:
        raise MissingFileError(
            f"{error.filename} cannot be written: {error.strerror}. Write the script into another file: "
            f"dmetrics --show-completion {shell}"
        ) from None
    return f"{shell} completes dmetrics in every new terminal (wrote {target})"


def _append(settings: Path, lines: list[str]) -> None:
    """Append the lines that are missing in a file."""
    before = settings.read_text(encoding="utf-8", errors="replace") if settings.exists() else ""
    missing = [line for line in lines if line not in before.splitlines()]
    if missing:
        with settings.open("a", encoding="utf-8") as end:
            end.write("".join(f"{line}\n" for line in ["", *missing]))


def _known(shell: str) -> str:
    option = "the shell" if shell else "the shell of this terminal ($SHELL)"
    return choice(option, shell or Path(os.environ.get("SHELL", "")).name, _HOMES)
