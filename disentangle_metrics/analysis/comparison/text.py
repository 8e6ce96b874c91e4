"""Comparisons as text: blocks for the terminal, Markdown, LaTeX, CSV and JSON."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ...scores.report import tex
from ...scores.score import one_line

if TYPE_CHECKING:
    import pandas as pd

    from .ranking import Ranking
    from .result import Comparison, Difference

COLUMNS = (
    *("metric", "a", "b", "factor", "score_a", "score_b", "difference", "low", "high", "p_value", "p_adjusted"),
    *("standard_error", "center", "effect", "standardized"),
)


def as_json(values: dict[str, Any]) -> str:
    """Return strict JSON."""
    return json.dumps(values, indent=2, allow_nan=False)


def rows(comparisons: Sequence[Comparison]) -> list[tuple[Any, ...]]:
    """Return a row for each pair's score, whose factor is empty, and for each of its factors."""
    return [
        (
            *(c.metric, c.a, c.b, factor, d.a, d.b, d.value, d.low, d.high, d.p_value, d.p_adjusted),
            *(d.standard_error, d.center, d.effect, d.standardized),
        )
        for c in comparisons
        for factor, d in {"": c.overall, **c.per_factor}.items()
    ]


def frame(comparisons: Sequence[Comparison]) -> pd.DataFrame:
    """Return these rows for pandas."""
    import pandas as pd

    return pd.DataFrame(rows(comparisons), columns=list(COLUMNS))


def as_csv(comparisons: Sequence[Comparison]) -> str:
    """Return these rows as comma-separated text; an undefined value is an empty field."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in rows(comparisons):
        writer.writerow([cell if isinstance(cell, str) else "" if math.isnan(cell) else repr(cell) for cell in row])
    return text.getvalue().rstrip("\n")


def describe_pair(c: Comparison) -> str:
    """Return one pair as a block of text."""
    d = c.overall
    verdict = "they differ" if c.significant else "no difference shown"
    chance = f"p = {p_text(d.p_value)}".replace("= <", "< ")
    head = f"{c.metric}: {c.a} {number(d.a)}   {c.b} {number(d.b)}   difference {number(d.value, '+')}"
    lines = [f"{head}  {_interval(d)} {_percent(c)}   {chance}   {verdict}"]
    if c.per_factor:
        head_of_factors = ("factor", c.a, c.b, "difference", f"{_percent(c)} interval", "p", "p adjusted")
        lines += _aligned([head_of_factors, *(_cells(name, part) for name, part in c.per_factor.items())], 1)
    lines += [f"  effect: {_effect(c)}", f"  {c.method()}", *(f"  {one_line(note)}" for note in c.notes)]
    return "\n".join([*lines, *([f"  {c.signature}"] if c.signature else [])])


def describe_ranking(r: Ranking) -> str:
    """Return several models as a table from the best down, and their pairs."""
    lines = [f"{r.metric}: {len(r.names)} models, {_percent(r.pairs[0])} intervals, p adjusted by Holm's method"]
    lines += _aligned([_ranking_head(r), *_ranking_cells(r)], 1)
    pair = ("a", "b", "difference", f"{_percent(r.pairs[0])} interval", "p", "p adjusted")
    lines += ["", *_aligned([pair, *map(_pair_cells, r.pairs)], 2), "", f"  {r.legend()}"]
    lines += [f"  {r.pairs[0].method()}", *(f"  {one_line(note)}" for note in r.notes)]
    return "\n".join([*lines, *([f"  {r.signature}"] if r.signature else [])])


def pair_in_markdown(c: Comparison) -> str:
    """Return one pair as a Markdown table."""
    head = ("", c.a, c.b, "difference", f"{_percent(c)} interval", "p", "p adjusted")
    table = [head, _cells(c.metric, c.overall), *(_cells(name, part) for name, part in c.per_factor.items())]
    return "\n".join([*_markdown(table, 1), "", *_list([f"effect: {_effect(c)}", c.method(), *c.notes], c.signature)])


def ranking_in_markdown(r: Ranking) -> str:
    """Return several models, and their pairs, as Markdown tables."""
    pair = ("a", "b", "difference", f"{_percent(r.pairs[0])} interval", "p", "p adjusted")
    models, pairs = [_ranking_head(r), *_ranking_cells(r)], [pair, *map(_pair_cells, r.pairs)]
    notes = [r.legend(), r.pairs[0].method(), *r.notes]
    return "\n".join([*_markdown(models, 1), "", *_markdown(pairs, 2), "", *_list(notes, r.signature)])


def pair_in_latex(c: Comparison) -> str:
    """Return one pair as a LaTeX tabular."""
    head = ("", c.a, c.b, "difference", f"{_percent(c)} interval", "$p$", "$p$ adjusted")
    table = [_cells(c.metric, c.overall), *(_cells(name, part) for name, part in c.per_factor.items())]
    return _latex(head, table, 1, [f"effect: {_effect(c)}", c.method(), *c.notes, c.signature])


def ranking_in_latex(r: Ranking) -> str:
    """Return several models as a LaTeX tabular, with letters as superscripts."""
    head = ("model", r.metric, "s.e.", f"difference from {r.baseline}", "$p$ adjusted")[
        : 3 if r.baseline is None else 5
    ]
    table = []
    for cells in _ranking_cells(r):
        name, score, error, *rest = cells
        table.append((name, rf"{score}\textsuperscript{{{rest[0]}}}", error) if r.baseline is None else cells)
    return _latex(head, table, 1, [r.legend(), r.pairs[0].method(), *r.notes, r.signature], raw=r.baseline is None)


def _ranking_head(r: Ranking) -> tuple[str, ...]:
    last = ("differ",) if r.baseline is None else (f"difference from {r.baseline}", "p adjusted")
    return ("model", r.metric, "s.e.", *last)


def _ranking_cells(r: Ranking) -> list[tuple[str, ...]]:
    table: list[tuple[str, ...]] = []
    for name in r.names:
        cells = (name, number(r.scores[name]), number(r.errors[name]))
        if r.baseline is None:
            table.append((*cells, r.letters[name]))
        elif name == r.baseline:
            table.append((*cells, "", ""))
        else:
            pair = next(pair for pair in r.pairs if pair.a == name)
            mark = " *" if pair.significant else ""
            table.append((*cells, number(pair.difference, "+"), p_text(pair.overall.p_adjusted) + mark))
    return table


def _pair_cells(c: Comparison) -> tuple[str, ...]:
    return (c.a, c.b, *_cells("", c.overall)[3:])


def _cells(name: str, d: Difference) -> tuple[str, ...]:
    p = p_text(d.p_value), p_text(d.p_adjusted)
    return (one_line(name), number(d.a), number(d.b), number(d.value, "+"), _interval(d), *p)


def number(value: float, sign: str = "") -> str:
    """Return a score, or with a sign a difference, as text."""
    return "--" if math.isnan(value) else f"{value:{sign}.4f}"


def p_text(p: float) -> str:
    """Return a p-value as text, with no more digits than it is worth."""
    if math.isnan(p):
        return "--"
    return "<0.0001" if p < 0.0001 else f"{p:.4f}" if p < 0.01 else f"{p:.3f}"


def _interval(d: Difference) -> str:
    return "--" if math.isnan(d.low) else f"[{d.low:+.4f}, {d.high:+.4f}]"


def _percent(c: Comparison) -> str:
    return f"{100 * c.level:g} %"


def _effect(c: Comparison) -> str:
    each = "of a seed" if c.unit == "seeds" else "of what a row adds"
    if c.test.startswith("paired"):
        each = "of a pair's difference"
    return f"{c.overall.effect:+.2f} standard errors, {c.overall.standardized:+.3f} standard deviations {each}"


def _aligned(table: Sequence[Sequence[str]], n_left: int) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    lines = []
    for row in table:
        cells = [c.ljust(w) if i < n_left else c.rjust(w) for i, (c, w) in enumerate(zip(row, widths, strict=True))]
        lines.append("  " + "  ".join(cells).rstrip())
    return lines


def _markdown(table: Sequence[Sequence[str]], n_left: int) -> list[str]:
    lines = [f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |" for row in table]
    width = len(table[0])
    return [lines[0], f"|{' --- |' * n_left}{' ---: |' * (width - n_left)}", *lines[1:]]


def _list(notes: Sequence[str], signature: str) -> list[str]:
    return [*(f"- {one_line(note)}" for note in notes), *([f"- `{signature}`"] if signature else [])]


def _latex(
    head: Sequence[str], table: Sequence[Sequence[str]], n_left: int, comments: Sequence[str], raw: bool = False
) -> str:
    """Return a tabular; `raw` leaves the second column, which holds commands, as it is."""
    body = [[cell if raw and i == 1 else tex(cell) for i, cell in enumerate(row)] for row in table]
    titles = [cell if cell.startswith("$p$") else tex(cell) for cell in head]
    lines = [" & ".join(row) + r" \\" for row in [titles, *body]]
    columns = "l" * n_left + "r" * (len(head) - n_left)
    return "\n".join(
        [
            *(rf"\begin{{tabular}}{{{columns}}}", r"\toprule", lines[0], r"\midrule", *lines[1:], r"\bottomrule"),
            *(r"\end{tabular}", *(f"% {one_line(comment)}" for comment in comments if comment)),
        ]
    )
