"""Output of a result: formats of files, checks before the work, texts and plots."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click

from ..errors import FileFormatError, MissingDependencyError, OptionError
from ..files.load import check_writable, split_key, write_bytes, write_text
from ..options import choice
from .console import in_color, stderr

_BY_SUFFIX = {".json": "json", ".csv": "csv", ".md": "markdown", ".tex": "latex", ".txt": "table", "": "table"}

_PICTURES = (".png", ".pdf", ".svg")


def target_of(
    given: str | None, output: Path | None, formats: Iterable[str], sources: Iterable[str]
) -> tuple[str, Path | None]:
    """Return the format and the file of a result; the format is that of ``--format``, else that of the file's ending.

    Parameters
    ----------
    given : str or None
        The value of ``--format``.
    output : Path or None
        ``-`` is standard output, as None is.
    formats : iterable of str
        The formats of the verb.
    sources : iterable of str
        Input files, which must not be overwritten.

    Raises
    ------
    OptionError
        If there is no such format, if neither the ending nor the option names one, or if an input would be overwritten.
    MissingFileError, FileFormatError
        If no file can be written there.
    """
    if output is None or str(output) == "-":
        return choice("--format", given or "table", formats), None
    check_target(output, sources)
    endings = [ending for ending, form in _BY_SUFFIX.items() if ending and form in formats]
    ending = output.suffix.lower()
    if given is None and ending not in ("", *endings):
        raise OptionError(
            f"-o {output} ends in {output.suffix!r}, which is none of the formats that can be written. "
            f"Use one of {', '.join(endings)}, or name the format: --format {_BY_SUFFIX[endings[0]]}."
        )
    return choice("--format", given or _BY_SUFFIX[ending], formats), output


def check_target(target: Path, sources: Iterable[str]) -> None:
    """Raise an error unless the target can be written and is no input file."""
    check_writable(target)
    for source in sources:
        if target.exists() and target.resolve() == split_key(source)[0].resolve():
            raise OptionError(f"{target} would overwrite an input. Name another file.")


def check_plot(path: Path | None, sources: Iterable[str]) -> None:
    """Raise an error unless the plot can be written, or no plot was requested."""
    if path is None:
        return
    check_target(path, sources)
    if path.suffix.lower() not in _PICTURES:
        raise FileFormatError(f"--plot {path} ends in {path.suffix!r}. Use one of {', '.join(_PICTURES)}.")
    if find_spec("matplotlib") is None:
        raise MissingDependencyError(
            "--plot needs matplotlib. Install it with: pip install 'disentangle-metrics[plot]'"
        )


def emit(text: str, output: Path | None, styled: Callable[[str], str] | None = None) -> None:
    """Write a text to a file and report it, or print the text.

    Parameters
    ----------
    text : str
    output : Path or None
        None is the terminal.
    styled : callable, optional
        Gives a line its colors, if the terminal shows colors.
    """
    if output is not None:
        write_text(output, text + "\n")
        stderr().print(f"wrote {output}", markup=False)
    elif styled is not None and in_color():
        for line in text.splitlines():
            click.echo(styled(line), color=True)
    else:
        click.echo(text)


def dimmed(line: str) -> str:
    """Return a line, dimmed if it is a signature."""
    return click.style(line, dim=True) if "|v:" in line else line


def draw(result: Any, path: Path | None) -> None:
    """Write the plot of a result, whole or not at all, and report it, if a plot was requested."""
    if path is None:
        return
    picture = io.BytesIO()
    result.figure().savefig(picture, format=path.suffix[1:].lower(), dpi=150)
    write_bytes(path, picture.getvalue())
    stderr().print(f"wrote {path}", markup=False)
