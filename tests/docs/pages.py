"""What stands on the pages of the documentation: blocks, figures in sentences, rows of tables."""

import re

from conftest import ROOT

NUMBER = r"[+-]?(?:\d[\d,]*(?:\.\d+)?|\.\d+)"


def text_of(page):
    return (ROOT / page).read_text(encoding="utf-8")


def blocks(page):
    """Return language and text of each fenced block."""
    return re.findall(r"^```(\w*)\n(.*?)^```$", text_of(page), flags=re.DOTALL | re.MULTILINE)


def as_number(shown):
    return float(shown.replace(",", ""))


def figures(page, sentence):
    """Return the figures, as text, that a page has at each {} of a sentence; where lines end does not matter."""
    pattern = f"({NUMBER})".join(re.escape(part) for part in " ".join(sentence.split()).split("{}"))
    found = re.findall(pattern, " ".join(text_of(page).split()))
    assert len(found) == 1, f"{page} has {len(found)} times: {sentence}"
    return [found[0]] if isinstance(found[0], str) else list(found[0])


def half_a_digit(shown):
    """Return by how much a figure may be off: half of its last digit, and what rounding to it may add."""
    return 0.5 * 10.0 ** -len(shown.partition(".")[2]) + 1e-9


def wrong(page, sentence, *values):
    """Return the figures of a sentence that are not these values, as rounded as they stand there."""
    shown = figures(page, sentence)
    assert len(shown) == len(values), sentence
    pairs = zip(shown, values, strict=True)
    return [(text, float(value)) for text, value in pairs if abs(as_number(text) - value) > half_a_digit(text)]


def row_of(page, *first):
    """Return the other cells of the first line of a table whose cells begin with these."""
    start = f"| {' | '.join(first)} |"
    line = next(line for line in text_of(page).splitlines() if line.startswith(start))
    return [cell.strip() for cell in line[len(start) :].strip("|").split("|")]
