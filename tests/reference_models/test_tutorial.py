"""The tutorial, as a reader would follow it, with less training: its commands are run and its examples compared."""

import doctest
import re

import pytest
from click.testing import CliRunner

from disentangle_metrics.cli.app import app

# What takes a reader half an hour takes seconds here.
SHORTER = {
    "--preset quick": "--preset quick --steps 300",
    "--betas 1,2,4,8,16": "--betas 1,16",
    "--seeds 5,6,7,8,9": "--seeds 5",
}


def blocks(text):
    return re.findall(r"^```(\w*)\n(.*?)^```$", text, flags=re.DOTALL | re.MULTILINE)


def follow(command):
    for long, short in SHORTER.items():
        command = command.replace(long, short)
    result = CliRunner().invoke(app, command.split()[1:])
    assert result.exit_code == 0, (command, result.stderr)


@pytest.fixture
def tutorial(request):
    return (request.config.rootpath / "docs" / "tutorial.md").read_text(encoding="utf-8")


def test_the_tutorial_does_what_it_says(tutorial, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "runs").mkdir()
    names = {}
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS)
    ran = []
    for language, block in blocks(tutorial):
        if language == "python":
            example = doctest.DocTestParser().get_doctest(block, names, "tutorial.md", "tutorial.md", 0)
            assert example.examples
            runner.run(example, clear_globs=False)
            names = example.globs
        elif block.startswith("dmetrics "):
            ran += [line.split()[1] for line in block.splitlines()]
            for line in block.splitlines():
                follow(line)
    assert runner.summarize().failed == 0
    assert ran == ["train", "traverse", "sweep", "train"]
    assert {path.name for path in (tmp_path / "runs").iterdir()} == {
        "annealed", "b4s5", "scale.png", "scale.gif",
    }  # fmt: skip


def test_its_pictures_and_links_are_there(tutorial, request):
    targets = re.findall(r"\]\(([^)#:]+)\)", tutorial)
    assert len(targets) >= 5
    for target in targets:
        assert (request.config.rootpath / "docs" / target).is_file(), target


def test_its_table_is_that_of_the_sweep(tutorial, request):
    summary = (request.config.rootpath / "docs" / "tradeoff" / "summary.md").read_text(encoding="utf-8")
    means = summary.partition("## Mean over seeds")[2].partition("##")[0]
    theirs = [
        re.findall(r"(\d+\.\d+) ± (\d+\.\d+)", line) for line in means.splitlines() if "±" in line and "|" in line
    ]
    ours = [re.findall(r"(\d*\.\d+) ± (\d*\.\d+)", line) for line in tutorial.splitlines() if "±" in line]
    assert len(ours) == len(theirs) == 5
    for mine, whole in zip(ours, theirs, strict=True):
        kept = [whole[0], *whole[3:]]  # without KL and active latents
        for (mean, spread), (exact, exact_spread) in zip(mine, kept, strict=True):
            assert float(mean) == pytest.approx(float(exact), abs=0.0051)
            assert float(spread) == pytest.approx(float(exact_spread), abs=0.0051)
