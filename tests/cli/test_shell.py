"""The shell around the verbs: its list of them, verbs of other packages, codes, hints, and completion."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from conftest import ROOT
from shell import FACTORS, LATENTS, PLAIN, offered, run, spawn

import disentangle_metrics as dm
import disentangle_metrics.cli.score as verb
from disentangle_metrics.cli.app import SHELLS, VERBS, Shell, app
from reference_models import command_lines


def first_paragraph(command):
    return " ".join(command.help.partition("\n\n")[0].split())


# --- the list of verbs


@pytest.mark.parametrize("name", VERBS)
def test_the_line_of_a_verb_is_how_its_help_begins(name):
    command = app.get_command(click.Context(app), name)
    assert command.name == name
    assert VERBS[name].line == first_paragraph(command)


def test_the_lines_of_the_reference_models_are_how_their_help_begins():
    from reference_models import commands

    for name in ("train", "encode", "traverse", "sweep"):
        assert getattr(command_lines, name.upper()) == first_paragraph(getattr(commands, name))


def test_pyproject_names_a_line_for_every_verb_it_brings():
    points = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["entry-points"]
    verbs, lines = points["disentangle_metrics.commands"], points["disentangle_metrics.command_lines"]
    assert {name: f"reference_models.commands:{name}" for name in verbs} == verbs
    assert {name: f"reference_models.command_lines:{name.upper()}" for name in verbs} == lines


def loaded(*words):
    """Return the modules that are loaded once a command has run."""
    code = (
        f"import sys; sys.argv = {['dmetrics', *words]}\nfrom disentangle_metrics.cli import main\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code\nprint(*sys.modules, file=sys.stderr)"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    return set(result.stderr.split())


OURS = {"disentangle_metrics.kernels", "disentangle_metrics.metrics", "disentangle_metrics.evaluation", "numpy"}


@pytest.mark.parametrize("words", [["--help"], ["-h"], ["--version"], ["--debug", "--help"]], ids=" ".join)
def test_the_list_of_verbs_loads_no_verb_and_no_numbers(words):
    found = loaded(*words)
    assert not found & {*OURS, "rich.console", "reference_models.commands", "torch"}
    assert not found & {f"disentangle_metrics.cli.{name}" for name in VERBS}


def test_a_verb_loads_no_other():
    found = loaded("score", "--help")
    assert not found & {f"disentangle_metrics.cli.{name}" for name in VERBS if name != "score"}


# --- verbs that other packages bring


PLUGIN = """
import click

@click.command
@click.argument("what", default="None")
def good(what):
    return eval(what)

not_a_command = "good"
"""


@pytest.fixture
def brought(tmp_path):
    """An environment in which a package brings a good verb and several broken ones."""
    (tmp_path / "plug_in.py").write_text(PLUGIN)
    (tmp_path / "plug_in_lines.py").write_text("GOOD = 'Do something good.'\n")
    (tmp_path / "plug_in_that_raises.py").write_text("raise RuntimeError('[no] license')\n")
    (tmp_path / "plug_in_deep").mkdir()
    (tmp_path / "plug_in_deep" / "__init__.py").write_text("raise ValueError('too deep')\n")
    info = tmp_path / "plug_in-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: plug-in\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[disentangle_metrics.commands]\ngood = plug_in:good\nsilent = plug_in:good\nscore = plug_in:good\n"
        "gone = plug_in_gone.commands:gone\nlost = plug_in_gone:lost\nraises = plug_in_that_raises:verb\n"
        "deep = plug_in_deep.commands:deep\nlacks = plug_in:lacks\nother = plug_in:not_a_command\n"
        "[disentangle_metrics.command_lines]\ngood = plug_in_lines:GOOD\nlost = plug_in_lines:GOOD\n"
        "raises = plug_in_that_raises:LINE\nscore = plug_in_lines:GOOD\n"
    )
    paths = [str(tmp_path), *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    return {"PYTHONPATH": os.pathsep.join(paths), "COLUMNS": "200"}


def lines_of(shown):
    _, _, table = shown.partition("Verbs:\n")
    return dict(line.split(maxsplit=1) for line in table.splitlines() if line.startswith("  "))


def test_the_list_says_what_a_verb_of_another_package_does(brought):
    result = spawn("--help", env=brought)
    lines = lines_of(result.stdout)
    assert (result.returncode, result.stderr) == (0, "")
    assert lines["good"] == "Do something good."
    assert lines["silent"] == "A verb of plug_in."
    assert lines["score"] == VERBS["score"].line  # ours are not replaced
    assert list(lines)[: len(VERBS)] == list(VERBS)


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("gone", "No module named 'plug_in_gone'"),
        ("lost", "there is no module plug_in_gone"),
        ("raises", "RuntimeError: [no] license"),
        ("deep", "ValueError: too deep"),
    ],
)
def test_the_list_says_which_verb_cannot_be_loaded(name, why, brought):
    line = lines_of(spawn("--help", env=brought).stdout)[name]
    assert line.startswith("Cannot be loaded: ")
    assert why in line


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("gone", "ModuleNotFoundError: No module named 'plug_in_gone'"),
        ("raises", "RuntimeError: [no] license"),
        ("lacks", "AttributeError: module 'plug_in' has no attribute 'lacks'"),
        ("other", "which is str and not a click.Command"),
    ],
)
def test_a_verb_that_cannot_be_loaded_says_who_brings_it(name, why, brought):
    result = spawn(name, env=brought)
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith(f"error: {name} comes from plug_in")
    assert why in result.stderr
    assert "Traceback" not in result.stderr
    assert "This is a bug" not in result.stderr


def test_to_debug_a_verb_that_cannot_be_loaded_shows_where(brought):
    assert "plug_in_that_raises.py" in spawn("--debug", "raises", env=brought).stderr


@pytest.mark.parametrize(("returned", "code"), [("None", 0), ("0", 0), ("3", 3), ("'done'", 0), ("[1, 2]", 0)])
def test_a_verb_returns_its_code_or_anything(returned, code, brought):
    result = spawn("good", returned, env=brought)
    assert (result.returncode, result.stdout, result.stderr) == (code, "", "")


def test_verbs_of_other_packages_are_completed(brought):
    assert offered("go", env=brought) == ["gone", "good"]


# --- codes and messages


@pytest.mark.parametrize(
    ("words", "message", "page"),
    [
        (["scor"], "No such command 'scor'. Did you mean 'score'?", "dmetrics"),
        (["hel"], "No such command 'hel'.", "dmetrics"),
        (["--debg"], "No such option '--debg'. Did you mean '--debug'?", "dmetrics"),
        (["curve", "z.npz", "--size", "5"], "No such option '--size'. Did you mean '--sizes'?", "dmetrics curve"),
        (["batch"], "Missing argument 'LATENTS...'.", "dmetrics batch"),
        (["batch", "z.npz"], "Missing option '--output' / '-o'.", "dmetrics batch"),
        (
            ["curve", "z", "--repeats", "x"],
            "Invalid value for '--repeats': 'x' is not a valid integer.",
            "dmetrics curve",
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_wrong_use_is_an_error_and_says_where_help_is(words, message, page):
    result = run(*words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == f"error: {message}\nTry '{page} -h' for help.\n"


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (KeyboardInterrupt(), 130, ""),
        (EOFError("no data left"), 2, "error: unexpected EOFError: no data left. This is a bug"),
        (ZeroDivisionError("of [x]"), 2, "error: unexpected ZeroDivisionError: of [x]. This is a bug"),
        (dm.errors.OptionError("no"), 2, "error: no\n"),
        (SystemExit(5), 5, ""),
    ],
    ids=repr,
)
def test_what_goes_wrong_in_a_verb_is_a_code_and_a_message(error, code, message, monkeypatch):
    def fail(*_, **__):
        raise error

    monkeypatch.setattr(verb, "load_representation", fail)
    result = run("score", LATENTS, FACTORS)
    assert result.exit_code == code
    assert result.stderr.startswith(message) if message else not result.stderr


def test_without_a_verb_the_list_is_shown_and_the_code_is_2():
    result = run()
    assert (result.exit_code, result.stderr) == (2, "")
    assert result.stdout == run("--help").stdout


def test_every_path_of_the_shell_is_a_public_one_of_click():
    ours = {name for name in vars(Shell) if not name.startswith("_")}
    assert ours <= {name for name in dir(click.Group) if not name.startswith("_")}


def test_the_package_is_the_command():
    result = subprocess.run(
        [sys.executable, "-m", "disentangle_metrics", "--version"], capture_output=True, text=True, timeout=60
    )
    assert (result.returncode, result.stdout) == (0, f"dmetrics {dm.__version__}\n")


def test_help_says_what_is_meant_where_nothing_is_given():
    shown = " ".join(run("score", "--help").stdout.split())
    assert f"Default: {','.join(dm.selection.metrics_meant(None))}, or those of the protocol" in shown
    for name in dm.PROTOCOLS:
        assert name in shown
    assert "[default: 42]" in shown


TEXTS = {
    "score": ([LATENTS, FACTORS, "-m", "mig"], "mig", [" = ", click.style("0.1101", fg="cyan", bold=True)]),
    "curve": ([LATENTS, FACTORS, "-m", "mig", "--sizes", "500,1000", "--repeats", "2"], "mig", [" = "]),
    "explain": (["default", "locatello2019", LATENTS, FACTORS, "-m", "mig"], "mig", [": default 0."]),
    "compare": (["--scores", "docs/tradeoff/scores.csv", "--by", "beta", "4", "1"], "mig", [": beta=4 0."]),
}


@pytest.mark.parametrize("name", TEXTS)
def test_lines_have_colors_where_they_are_wanted(name, monkeypatch, tmp_path):
    words, bold, rest = TEXTS[name]
    monkeypatch.chdir(ROOT)
    plain = run(name, *words)
    assert plain.exit_code == 0
    assert "\x1b" not in plain.stdout
    colors = {**PLAIN, "NO_COLOR": None, "FORCE_COLOR": "1", "TERM": "xterm"}
    colored = CliRunner().invoke(app, [name, *map(str, words)], env=colors)
    assert click.unstyle(colored.stdout) == plain.stdout
    assert colored.stdout.startswith("".join([click.style(bold, bold=True), *rest]))
    written = CliRunner().invoke(app, [name, *map(str, words), "-o", str(tmp_path / "out")], env=colors)
    assert written.stdout == ""
    assert (tmp_path / "out").read_text().startswith(plain.stdout.partition("\n")[0])


# --- completion


@pytest.mark.parametrize("shell", SHELLS)
def test_the_script_of_a_shell_is_printed(shell):
    shown = spawn("--show-completion", shell)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert f"_DMETRICS_COMPLETE={shell}_complete" in shown.stdout
    assert spawn("--show-completion", env={"SHELL": f"/usr/bin/{shell}"}).stdout == shown.stdout
    assert spawn(env={"_DMETRICS_COMPLETE": f"{shell}_source"}).stdout.strip() == shown.stdout.strip()


@pytest.mark.parametrize("words", [["--install-completion"], ["--show-completion"]], ids=" ".join)
@pytest.mark.parametrize("shell", ["tcsh", "bsh", ""])
def test_a_shell_without_completion_is_named(words, shell):
    for result in (spawn(*words, env={"SHELL": shell and f"/bin/{shell}"}), *([spawn(*words, shell)] if shell else [])):
        assert (result.returncode, result.stdout) == (2, "")
        assert f"={shell!r} is not known. Use one of ['bash', 'fish', 'zsh']." in result.stderr


@pytest.mark.parametrize(
    ("shell", "place", "settings"),
    [
        ("bash", ".bash_completions/dmetrics.sh", ".bashrc"),
        ("zsh", ".zfunc/_dmetrics", ".zshrc"),
        ("fish", ".config/fish/completions/dmetrics.fish", None),
    ],
)
def test_completion_is_installed_where_a_shell_finds_it(shell, place, settings, tmp_path):
    env = {"HOME": str(tmp_path), "SHELL": f"/bin/{shell}"}
    if settings is not None:
        (tmp_path / settings).write_bytes(b"alias ll='ls -l' # gr\xf6\xdfe")
    for words in (["--install-completion"], ["--install-completion", shell]):  # twice is as good as once
        result = spawn(*words, env=env)
        assert (result.returncode, result.stderr) == (0, "")
        assert str(tmp_path / place) in result.stdout
    assert (tmp_path / place).read_text() == spawn("--show-completion", shell).stdout
    if settings is not None:
        before, *added = (tmp_path / settings).read_bytes().splitlines()
        assert before == b"alias ll='ls -l' # gr\xf6\xdfe"
        assert added
        assert len(set(added)) == len(added)


def test_bash_completes_what_was_installed(tmp_path):
    env = {"HOME": str(tmp_path)}
    spawn("--install-completion", "bash", env=env)
    (tmp_path / "dmetrics").write_text(f'#!/bin/sh\nexec {sys.executable} -m disentangle_metrics "$@"\n')
    (tmp_path / "dmetrics").chmod(0o755)
    script = (
        "shopt -s progcomp; . ~/.bashrc; COMP_WORDS=(dmetrics score z.npz -m m); COMP_CWORD=4\n"
        '_dmetrics_completion dmetrics; echo "${COMPREPLY[@]}"'
    )
    path = f"{tmp_path}{os.pathsep}{os.environ['PATH']}"
    shown = subprocess.run(
        ["bash", "-c", script], capture_output=True, text=True, timeout=60, env={**os.environ, **env, "PATH": path}
    )
    assert shown.stdout.split() == [spec.name for spec in dm.list_metrics() if spec.name.startswith("m")], shown.stderr


def test_a_home_that_cannot_be_written_is_a_message(tmp_path):
    (tmp_path / ".bash_completions").write_text("a file in the place of the folder")
    result = spawn("--install-completion", "bash", env={"HOME": str(tmp_path)})
    assert (result.returncode, result.stdout) == (2, "")
    assert result.stderr.startswith(f"error: {tmp_path}")
    assert "--show-completion bash" in result.stderr


@pytest.mark.parametrize(
    "words",
    [
        ["score", "la"], ["score", "z.npz", "fa"], ["batch", "la"], ["compare", "a.npz", "b"], ["curve", "la"],
        ["explain", "default", "chen2018", "la"], ["score", "z.npz", "-o", "ou"], ["score", "z.npz", "--weights", "w"],
        ["compare", "--scores", "s"], ["curve", "z.npz", "--plot", "p"], ["batch", "z.npz", "--factors", "f"],
    ],
    ids=" ".join,
)  # fmt: skip
def test_names_of_files_are_left_to_the_shell(words):
    env = {"_DMETRICS_COMPLETE": "bash_complete", "COMP_WORDS": " ".join(["dmetrics", *words])}
    shown = spawn(env={**env, "COMP_CWORD": str(len(words))}).stdout
    assert shown == f"file,{words[-1]}\n"


def test_the_project_needs_no_typer():
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert not [need for need in pyproject["project"]["dependencies"] if need.startswith(("typer", "pydantic"))]
    assert not [path for path in Path(dm.__file__).parent.rglob("*.py") if "import typer" in path.read_text()]
