"""The table of options in the page of each metric, made from the metric's declarations and its docstring.

``python -m benchmarks.option_tables`` writes the tables into ``docs/metrics``.
"""

from __future__ import annotations

import re
from pathlib import Path

from disentangle_metrics.cli.show import sections
from disentangle_metrics.options import Option
from disentangle_metrics.registry import MetricSpec, list_metrics
from disentangle_metrics.scores.declared import declared

PAGES = Path(__file__).parents[1] / "docs" / "metrics"

HEAD = "| option | default | values | |\n|---|---|---|---|\n"

_TABLE = re.compile(r"\| option \| default \|.*\n(?:\|.*\n)+")


def table(spec: MetricSpec) -> str:
    """Return the table of a metric's options, in Markdown."""
    texts = sections(spec.doc)[1]
    rows = []
    for option, declaration in declared(spec).items():
        default = spec.options[option]
        cells = (
            f"`{option}`",
            "none" if default is None else f'`"{default}"`' if isinstance(default, str) else f"`{default}`",
            in_code(declaration),
            first_sentence(texts[option].partition("\n\n")[2])
            + (f" ([more](../{declaration.page}))" if declaration.page else ""),
        )
        rows.append(f"| {' | '.join(cells)} |\n")
    return HEAD + "".join(rows)


def in_code(option: Option) -> str:
    """Return the values of an option with its names and classes as code."""
    names = ", ".join(f'"{name}"' for name in option.names)
    bare = re.sub(r"^str\b", names, option.values) if names else option.values
    bare = bare.replace("{", "").replace("}", "")
    return re.sub(r'"[^"]*"|\b[A-Z]\w+\b', lambda name: f"`{name[0]}`", bare)


def first_sentence(text: str) -> str:
    """Return the first sentence of a reStructuredText as one line of Markdown."""
    line = " ".join(text.split())
    sentence = re.split(r"(?<=[.])\s(?=[A-Z`])", line, maxsplit=1)[0]
    return re.sub(r"`+([^`]+)`+", r"`\1`", re.sub(r":\w+:`~?([^`]*)`", r"`\1`", sentence))


def with_table(page: str, spec: MetricSpec) -> str:
    """Return the text of a page with the current table."""
    if not _TABLE.search(page):
        raise SystemExit(f"the page of {spec.name} has no table of options. Begin one with {HEAD.splitlines()[0]!r}.")
    return _TABLE.sub(lambda _: table(spec), page, count=1)


def main() -> None:
    """Write the tables into the pages."""
    for spec in list_metrics():
        path = PAGES / f"{spec.name}.md"
        path.write_text(with_table(path.read_text(encoding="utf-8"), spec), encoding="utf-8")


if __name__ == "__main__":
    main()
