"""Comparisons as text: blocks for the terminal, Markdown, LaTeX, CSV and JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ...rendering.numbers import IN_WORDS, interval, number, p_value, percent
from ...rendering.tables import Table, Tex, in_csv, in_latex, in_markdown, in_text
from ...rendering.text import one_line
from .difference import Difference

if TYPE_CHECKING:
    import pandas as pd

    from .ranking import Ranking
    from .result import Comparison

COLUMNS = (
    *("metric", "a", "b", "factor", "score_a", "score_b", "difference", "low", "high", "p_value", "p_adjusted"),
    *("standard_error", "center", "effect", "standardized"),
)

# Column heads that are a formula in LaTeX.
_P_IN_LATEX = (Tex("$p$"), Tex("$p$ adjusted"))


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
    """Return the rows of `rows` as a pandas table."""
    import pandas as pd

    return pd.DataFrame(rows(comparisons), columns=list(COLUMNS))


def as_csv(comparisons: Sequence[Comparison]) -> str:
    """Return the rows of `rows` as comma-separated text; an undefined value is an empty field."""
    return in_csv(COLUMNS, rows(comparisons))


def describe_pair(c: Comparison) -> str:
    """Return one pair as a block of text."""
    d = c.overall
    verdict = "they differ" if c.significant else "no difference shown"
    chance = f"p = {p_value(d.p_value)}".replace("= <", "< ")
    a, b = (f"{one_line(name)} {number(n, undefined=IN_WORDS)}" for name, n in ((c.a, d.a), (c.b, d.b)))
    difference = f"{number(d.value, sign='+', undefined=IN_WORDS)}  {_interval(d)} {percent(c.level)}"
    lines = [f"{c.metric}: {a}   {b}   difference {difference}   {chance}   {verdict}"]
    if c.per_factor:
        lines += in_text(Table(("factor", c.a, c.b, *_columns(c)), [_cells(*part) for part in c.per_factor.items()]))
    return "\n".join([*lines, *_below((f"effect: {_effect(c)}", c.method(), *c.notes, c.signature))])


def describe_ranking(r: Ranking) -> str:
    """Return several models as a table from the best down, and their pairs."""
    level = percent(r.pairs[0].level)
    head = f"{r.metric}: {len(r.names)} models, {level} intervals, p adjusted by Holm's method"
    said = _below((r.legend(), r.pairs[0].method(), *r.notes, r.signature))
    return "\n".join([head, *in_text(_models(r)), "", *in_text(_pairs(r)), "", *said])


def pair_in_markdown(c: Comparison) -> str:
    """Return one pair as a Markdown table."""
    notes = (f"effect: {_effect(c)}", c.method(), *c.notes)
    return "\n".join([*in_markdown(_pair(c)), "", *_list(notes, c.signature)])


def ranking_in_markdown(r: Ranking) -> str:
    """Return several models, and their pairs, as Markdown tables."""
    notes = _list((r.legend(), r.pairs[0].method(), *r.notes), r.signature)
    return "\n".join([*in_markdown(_models(r)), "", *in_markdown(_pairs(r)), "", *notes])


def pair_in_latex(c: Comparison) -> str:
    """Return one pair as a LaTeX tabular."""
    table = _pair(c)
    table = table._replace(head=(*table.head[:-2], *_P_IN_LATEX))
    return in_latex(table, _said((f"effect: {_effect(c)}", c.method(), *c.notes, c.signature)))


def ranking_in_latex(r: Ranking) -> str:
    """Return several models as a LaTeX tabular, with letters as superscripts."""
    table = _models(r)
    if r.baseline is not None:
        table = table._replace(head=(*table.head[:-1], _P_IN_LATEX[1]))
    else:
        rows = [(name, Tex(rf"{n}\textsuperscript{{{letters}}}"), error) for name, n, error, letters in table.rows]
        table = Table(table.head[:3], rows)
    return in_latex(table, _said((r.legend(), r.pairs[0].method(), *r.notes, r.signature)))


def _pair(c: Comparison) -> Table:
    """Return the score and the factors of one pair."""
    lines = [(c.metric, c.overall), *c.per_factor.items()]
    return Table(("", c.a, c.b, *_columns(c)), [_cells(*line) for line in lines])


def _pairs(r: Ranking) -> Table:
    """Return the score of each pair."""
    return Table(("a", "b", *_columns(r.pairs[0])), [(c.a, c.b, *_cells("", c.overall)[3:]) for c in r.pairs], left=2)


def _models(r: Ranking) -> Table:
    """Return the score of each model, and its letters or its difference from the baseline."""
    last = ("differ",) if r.baseline is None else (f"difference from {r.baseline}", "p adjusted")
    rows: list[tuple[str, ...]] = []
    for name in r.names:
        cells = (name, number(r.scores[name]), number(r.errors[name]))
        if r.baseline is None:
            rows.append((*cells, r.letters[name]))
        elif name == r.baseline:
            rows.append((*cells, "", ""))
        else:
            pair = next(pair for pair in r.pairs if pair.a == name)
            mark = " *" if pair.significant else ""
            rows.append((*cells, number(pair.difference, sign="+"), p_value(pair.overall.p_adjusted) + mark))
    return Table(("model", r.metric, "s.e.", *last), rows)


def _columns(c: Comparison) -> tuple[str, ...]:
    """Return the names of the columns of a difference."""
    return ("difference", f"{percent(c.level)} interval", "p", "p adjusted")


def _cells(name: str, d: Difference) -> tuple[str, ...]:
    p = p_value(d.p_value), p_value(d.p_adjusted)
    return (name, number(d.a), number(d.b), number(d.value, sign="+"), _interval(d), *p)


def _interval(d: Difference) -> str:
    return interval(d.low, d.high, sign="+")


def _effect(c: Comparison) -> str:
    each = "over seeds" if c.unit == "seeds" else "of a row's contribution"
    if c.test.startswith("paired"):
        each = "of a pair's difference"
    effect, standardized = number(c.overall.effect, 2, "+"), number(c.overall.standardized, 3, "+")
    return f"{effect} standard errors, {standardized} standard deviations {each}"


def _said(texts: Sequence[str]) -> list[str]:
    """Return the texts that are not empty: plain numbers have no signature."""
    return [one_line(text) for text in texts if text]


def _below(texts: Sequence[str]) -> list[str]:
    return [f"  {text}" for text in _said(texts)]


def _list(notes: Sequence[str], signature: str) -> list[str]:
    return [f"- {text}" for text in (*_said(notes), *(f"`{text}`" for text in _said([signature])))]
