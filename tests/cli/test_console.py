"""Names with brackets, progress and colors on a terminal."""

import io
import os
import sys
import time

import pytest
from shell import FACTORS, LATENTS, run, spawn, uncolored

from disentangle_metrics.cli import console


def test_names_with_brackets_are_printed_as_they_are(tmp_path, data):
    assert run("score", data, "-o", tmp_path / "[red].csv").stderr == f"wrote {tmp_path}/[red].csv\n"


def test_a_missing_file_with_brackets_is_printed_as_it_is():
    assert "there is no file [bold]a[/x].npz." in run("score", "[bold]a[/x].npz").stderr


def on_a_terminal(work, seconds, monkeypatch):
    """Return the output of a terminal during work of a few seconds."""
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm")
    with console.working_on(work):
        time.sleep(seconds)
    return uncolored(sys.stderr.getvalue())


def test_progress_shows_names_with_brackets_as_they_are(monkeypatch):
    monkeypatch.setattr(console, "_PATIENCE", 0.0)
    assert "reading [bold]a[/x].npz" in on_a_terminal("reading [bold]a[/x].npz", 0.5, monkeypatch)


def test_work_that_is_soon_done_shows_no_progress(monkeypatch):
    assert on_a_terminal("reading z.npz", 0.0, monkeypatch) == ""


@pytest.mark.parametrize("args", [["show", "mig"], ["list", "-f", "json"], ["score", LATENTS, FACTORS, "-m", "mig"]])
def test_a_pipe_that_closes_early_is_no_error_to_read_about(args):
    reader, writer = os.pipe()
    os.close(reader)
    try:
        assert spawn(*args, stdout=writer).stderr == ""
    finally:
        os.close(writer)


@pytest.mark.parametrize(("variable", "colored"), [("FORCE_COLOR", True), ("NO_COLOR", False)])
def test_colors_follow_the_environment(variable, colored, data):
    result = spawn("score", data, "-m", "mig", env={"NO_COLOR": None, variable: "1"})
    assert ("\x1b[" in result.stdout) == colored
    assert uncolored(result.stdout) == run("score", data, "-m", "mig").stdout
