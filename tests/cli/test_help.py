"""Help and version."""

from importlib.metadata import entry_points

import pytest
from shell import run, spawn, uncolored

from disentangle_metrics import __version__
from disentangle_metrics.cli.app import VERBS


def test_the_version_is_printed():
    assert run("--version").stdout == f"dmetrics {__version__}\n"


@pytest.mark.parametrize("flag", ["--help", "-h"])
@pytest.mark.parametrize(
    ("verb_of", "words"),
    [
        ([], ["score", "list", "show", "--version", "--debug"]),
        (
            ["score"],
            [
                "--metric",
                "--protocol",
                "--set",
                "--factor-kind",
                "--format",
                "--output",
                "--fail-under",
                ".safetensors",
            ],
        ),
        (["list"], ["--format", "json"]),
        (["show"], ["metric", "protocol"]),
    ],
    ids=["dmetrics", "score", "list", "show"],
)
def test_help_names_the_options(verb_of, words, flag):
    result = run(*verb_of, flag)
    assert result.exit_code == 0
    for word in words:
        assert word in uncolored(result.stdout)


@pytest.mark.parametrize("columns", [60, 80])
@pytest.mark.parametrize("words", [[], *([name] for name in VERBS)], ids=lambda words: " ".join(words) or "dmetrics")
def test_help_fits_a_narrow_terminal(words, columns):
    shown = spawn(*words, "--help", env={"COLUMNS": str(columns)})
    assert shown.returncode == 0
    assert max(map(len, shown.stdout.splitlines())) <= columns


def test_without_a_verb_help_is_shown():
    assert "Usage: dmetrics" in uncolored(run().output)


def test_the_command_is_installed():
    (command,) = entry_points(group="console_scripts", name="dmetrics")
    assert command.value == "disentangle_metrics.cli:main"
