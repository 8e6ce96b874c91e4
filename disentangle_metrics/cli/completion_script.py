"""The script by which a shell completes words of ``dmetrics``, and the files of a user that it is kept in."""

from __future__ import annotations

import os
from pathlib import Path

import click
from click.shell_completion import get_completion_class

from ..errors import MissingFileError, OptionError
from ..options import choice

# Where each shell looks for the script, and the lines of its own file that lead there.
_HOMES = {
    "bash": (".bash_completions/dmetrics.sh", ".bashrc", ["source ~/.bash_completions/dmetrics.sh"]),
    "zsh": (".zfunc/_dmetrics", ".zshrc", ["fpath+=~/.zfunc", "autoload -Uz compinit && compinit"]),
    "fish": (".config/fish/completions/dmetrics.fish", None, []),
}


def script(app: click.Command, shell: str) -> str:
    """Return the script by which a shell completes a command; the user's own shell if none is named."""
    kind = get_completion_class(_known(shell))
    if kind is None:
        raise OptionError(f"click {click.__version__} writes no completion for {shell}.")
    return kind(app, {}, "dmetrics", "_DMETRICS_COMPLETE").source().strip()


def install(app: click.Command, shell: str) -> str:
    """Write the script where a shell finds it, and return what was done."""
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
            f"{error.filename} cannot be written: {error.strerror}. Write the script into a file of yours: "
            f"dmetrics --show-completion {shell}"
        ) from None
    return f"{shell} completes dmetrics in every new terminal (wrote {target})"


def _append(settings: Path, lines: list[str]) -> None:
    """Append the lines that a file lacks."""
    before = settings.read_text(encoding="utf-8", errors="replace") if settings.exists() else ""
    missing = [line for line in lines if line not in before.splitlines()]
    if missing:
        with settings.open("a", encoding="utf-8") as end:
            end.write("".join(f"{line}\n" for line in ["", *missing]))


def _known(shell: str) -> str:
    option = "the shell" if shell else "the shell of this terminal ($SHELL)"
    return choice(option, shell or Path(os.environ.get("SHELL", "")).name, _HOMES)
