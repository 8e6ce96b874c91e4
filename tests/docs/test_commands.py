"""Every command of a page whose output stands below it: it is run, and prints that."""

import json
import re
import shlex
from doctest import ELLIPSIS, NORMALIZE_WHITESPACE, OutputChecker
from functools import lru_cache
from itertools import pairwise

import pytest
from click.testing import CliRunner
from conftest import EXAMPLES, ROOT
from pages import blocks

from disentangle_metrics.cli.app import app

PLAIN = {"NO_COLOR": "1", "TERM": "dumb", "COLUMNS": "100", "FORCE_COLOR": None, "PY_COLORS": None}
TRAINED = "runs/"  # files of a training run
PAGES = sorted(page.relative_to(ROOT).as_posix() for page in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])


def is_output(block):
    return block.startswith(("mig = ", "mig: ", "sap = ", "sap: "))


def commands(block):
    """Return the commands of a block of the shell, without what goes before them on the line and comments."""
    lines = [line.partition("dmetrics ")[2].partition(" #")[0] for line in block.splitlines() if "dmetrics " in line]
    return [line.strip() for line in lines]


def examples(page):
    """Return each command with its output, which stands in the next block, or below it after a $."""
    texts = [("", "")] + [(language, text) for language, text in blocks(page) if language != "python"]
    found = []
    for (_, before), (_, block) in pairwise(texts):
        if is_output(block):
            assert commands(before), f"no command stands above: {block}"
            found.append((commands(before)[-1], block))
        elif block.startswith("$ dmetrics "):
            command, _, output = block.partition("\n")
            found.append((commands(command)[0], output))
    return [(page, command, output) for command, output in found if TRAINED not in command]  # see test_docs_figures.py


SHOWN = [example for page in PAGES for example in examples(page)]


@lru_cache
def printed(command):
    """Return the output of a command, without its picture; files without a folder are the example files."""
    command = re.sub(r" --plot \S+", "", command)
    words = [str(EXAMPLES / word) if word in ("latents.npz", "factors.npz") else word for word in shlex.split(command)]
    result = CliRunner().invoke(app, words, env=PLAIN, prog_name="dmetrics")
    assert result.exit_code == 0, result.stderr
    return result.stdout


@pytest.mark.parametrize(("page", "command", "output"), SHOWN, ids=[f"{page}: {command}" for page, command, _ in SHOWN])
def test_a_command_prints_what_stands_below_it(page, command, output):
    got = printed(command)
    assert OutputChecker().check_output(output, got, NORMALIZE_WHITESPACE | ELLIPSIS), got


def test_the_pages_show_outputs_of_many_verbs():
    assert {command.split()[0] for _, command, _ in SHOWN} == {"score", "compare", "curve", "explain"}
    assert {"README.md", "docs/compare.md", "docs/samples.md", "docs/uncertainty.md"} <= {page for page, *_ in SHOWN}


def stands_for(shown, real):
    """Whether a shortened piece of JSON stands for the real one: "..." is the rest, and numbers are rounded."""
    if isinstance(shown, dict):
        assert isinstance(real, dict)
        rest = shown.keys() - {"..."}
        return ("..." in shown or rest == real.keys()) and all(stands_for(shown[key], real[key]) for key in rest)
    if isinstance(shown, list):
        kept = [item for item in shown if item != "..."]
        return (len(kept) < len(shown) or len(kept) == len(real)) and all(map(stands_for, kept, real))
    return shown == (round(real, 4) if isinstance(real, float) else real)


def test_the_json_is_that_of_the_example():
    (shown,) = (json.loads(block) for _, block in blocks("docs/json.md") if block.startswith("{"))
    assert stands_for(shown, json.loads(printed("score latents.npz factors.npz -m mig -f json")))
    shown["scores"]["mig"]["per_factor"][1] = 0.2218
    assert not stands_for(shown, json.loads(printed("score latents.npz factors.npz -m mig -f json")))
