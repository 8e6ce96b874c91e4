"""Notes that say the same: of several factors on one line, and of several scores once."""

from __future__ import annotations

import re
from ast import literal_eval
from collections.abc import Mapping, Sequence
from typing import TypeVar

# The same note of this many factors, or of more, is one line.
_SEVERAL = 3
# Factors that such a line names at most.
_NAMED = 4

T = TypeVar("T")

_ABOUT = re.compile(r"(?P<word>factor|latent) (?P<name>'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\") (?:\(column \d+\) )?")
_NUMBER = re.compile(r"(?<![\w.])\d[\d,]*(?:\.\d+)?(?:e[+-]?\d+)?(?![\w.]*[A-Za-z])")


def by_factor(notes: Sequence[T | str]) -> list[T | str]:
    """Return notes with those that say the same of several factors, or latents, made one, in the place of the first.

    A note that is no text yet stays as it is.

    Examples
    --------
    >>> by_factor([f"factor {name!r} is scored on the {n} rows that have a label" for n, name in enumerate("abcde", 5)])
    ['5 factors (a, b, c, d, ...): each is scored on the 5 to 9 rows that have a label']
    """
    alike: dict[tuple[str, str], list[tuple[int, str, str]]] = {}
    for place, note in enumerate(notes):
        if isinstance(note, str) and (match := _ABOUT.match(note)):
            word, name = match["word"], str(literal_eval(match["name"]))
            rest = note[match.end() :]
            alike.setdefault((word, _NUMBER.sub("#", rest)), []).append((place, name, rest))
    said = dict(enumerate(notes))
    for (word, _), found in alike.items():
        if len(found) < _SEVERAL:
            continue
        for place, _, _ in found:
            del said[place]
        named = [name for _, name, _ in found]
        listed = ", ".join([*named[:_NAMED], *(["..."] if len(named) > _NAMED else [])])
        said[found[0][0]] = f"{len(found)} {word}s ({listed}): each {_ranging([rest for _, _, rest in found])}"
    return [said[place] for place in sorted(said)]


def _ranging(texts: Sequence[str]) -> str:
    """Return texts that differ in their numbers as one, with the smallest and the largest of each."""
    columns = zip(*(_NUMBER.findall(text) for text in texts), strict=True)
    shown = iter([_range(column) for column in columns])
    return _NUMBER.sub(lambda _: next(shown), texts[0])


def _range(numbers: Sequence[str]) -> str:
    low, high = (choose(numbers, key=lambda text: float(text.replace(",", ""))) for choose in (min, max))
    return low if low == high else f"{low} to {high}"


def by_score(notes: Mapping[str, Sequence[str]]) -> dict[tuple[str, ...], list[str]]:
    """Return notes by the names of the scores that have them, each once, in the order in which they come.

    Examples
    --------
    >>> by_score({"mig": ["one", "both"], "sap": ["both", "other"]})
    {('mig',): ['one'], ('mig', 'sap'): ['both'], ('sap',): ['other']}
    """
    owners: dict[str, list[str]] = {}
    for name, own in notes.items():
        for note in dict.fromkeys(own):
            owners.setdefault(note, []).append(name)
    found: dict[tuple[str, ...], list[str]] = {}
    for note, names in owners.items():
        found.setdefault(tuple(names), []).append(note)
    return found
