"""The one command that makes the docs' figures: it knows them all, and makes those that cost little."""

import re
import subprocess
import sys

import click
import pytest
from conftest import ROOT

from benchmarks.docs import STEPS, argv, main

DOCS = ROOT / "docs"
PICTURES = sorted(p.relative_to(ROOT).as_posix() for p in DOCS.rglob("*.png") if DOCS / "_build" not in p.parents)
MADE = [made for step in STEPS.values() for made in step.makes]


def test_every_picture_is_made_by_a_step_and_shown_on_a_page():
    kept = [p for p in PICTURES if p in MADE or not re.fullmatch(r"docs/tradeoff/b\d+s\d+/.*", p)]  # others are local
    assert sorted(p for p in MADE if p.endswith(".png")) == kept
    for picture in kept:
        pages = [page for page in (ROOT / "docs").rglob("*.md") if (ROOT / picture).is_relative_to(page.parent)]
        links = [(ROOT / picture).relative_to(page.parent).as_posix() for page in pages]
        assert any(f"]({link})" in page.read_text(encoding="utf-8") for page, link in zip(pages, links, strict=True))


def test_every_page_that_names_a_script_is_filled_by_a_step():
    for page in (ROOT / "docs").rglob("*.md"):
        for script in re.findall(r"<!-- \w+: (python -m benchmarks\.\w+) -->", page.read_text(encoding="utf-8")):
            makes = [step.makes for step in STEPS.values() if step.command == script]
            assert makes == [(page.relative_to(ROOT).as_posix(),)]


@pytest.mark.parametrize("name", ["explain", "compare"])
def test_pictures_come_out_of_their_commands(name, tmp_path):
    step = STEPS[name]
    picture = tmp_path / "made.png"
    command = argv(step.command.replace(step.makes[0], str(picture)))
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    assert picture.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"


def test_the_list_names_every_step(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "300")
    main(["--list"], standalone_mode=False)
    shown = capsys.readouterr().out
    assert all(name in shown and step.command in shown for name, step in STEPS.items())


def test_an_unknown_name_is_refused():
    with pytest.raises(click.BadParameter, match="speeed is not known"):
        main(["speeed"], standalone_mode=False)


def test_a_step_that_fails_is_named_and_does_not_stop_the_others(monkeypatch, capsys):
    monkeypatch.setattr(
        "benchmarks.docs.STEPS",
        {
            name: STEPS["explain"]._replace(command=f"python -c 'raise SystemExit({code})'")
            for name, code in (("bad", 3), ("good", 0))
        },
    )
    assert main([], standalone_mode=False) == 1
    said = capsys.readouterr().err
    assert "not made: bad" in said
    assert said.count("made in") == 1


def test_programs_are_those_of_this_interpreter():
    assert argv("python -m benchmarks") == [sys.executable, "-m", "benchmarks"]
