"""Every page as a reader's browser shows it: code inside of fences, fences that close, links that lead somewhere."""

import re

import pytest
from conftest import ROOT

FOLDERS = ("docs", "tests", "benchmarks", "disentangle_metrics", "reference_models")
PAGES = sorted([*ROOT.glob("*.md"), *(page for folder in FOLDERS for page in (ROOT / folder).rglob("*.md"))])
every_page = pytest.mark.parametrize("page", PAGES, ids=[page.relative_to(ROOT).as_posix() for page in PAGES])


def parts(text):
    """Return the lines of prose and those of fenced blocks, and whether the last fence closes."""
    prose, code, inside = [], [], False
    for line in text.splitlines():
        if line.lstrip().startswith("```"):
            inside = not inside
        else:
            (code if inside else prose).append(line)
    return prose, code, not inside


def anchors(text):
    """Return GitHub's anchor of each heading: lower case, without punctuation, hyphens for blanks."""
    headings = [line.lstrip("#") for line in parts(text)[0] if re.match(r"#+ ", line)]
    return {re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-") for heading in headings}


def broken_links(folder, text):
    """Return the links of a page in a folder to files and headings that are not there; other sites are not asked."""
    broken = []
    for link in re.findall(r"\]\(([^)\s]+)\)", re.sub(r"`[^`\n]*`", "", "\n".join(parts(text)[0]))):
        file, _, heading = link.partition("#")
        target = folder / file
        there = target.exists() and (not heading or heading in anchors(target.read_text() if file else text))
        if not there and not re.match(r"https?:", link):
            broken.append(link)
    return broken


@every_page
def test_code_stands_inside_of_fences_that_close(page):
    text = page.read_text(encoding="utf-8")
    prose, _, closes = parts(text)
    assert closes
    assert not re.search(r"^```\n>>>", text, flags=re.MULTILINE), "say that it is python"
    assert not [line for line in prose if line.lstrip().startswith((">>>", "... "))]


@every_page
def test_links_lead_to_files_and_headings_that_are_there(page):
    assert not broken_links(page.parent, page.read_text(encoding="utf-8"))


def test_what_is_broken_is_seen():
    prose, code, closes = parts("a\n>>> 1\n```python\n>>> 2\n\n```\nb\n```\n")
    assert prose == ["a", ">>> 1", "b"]
    assert code == [">>> 2", ""]
    assert not closes
    text = "# How it is, `made`\n[a](#how-it-is-made) [b](#no) [c](none.md) [d](README.md#nothing) [e](https://x.org)"
    assert anchors(text) == {"how-it-is-made"}
    assert broken_links(ROOT, text) == ["#no", "none.md", "README.md#nothing"]
