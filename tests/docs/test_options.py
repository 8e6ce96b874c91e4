"""Docstrings and pages say of each option what its declaration says."""

import pytest

from benchmarks import option_tables
from disentangle_metrics.cli.show import sections
from disentangle_metrics.registry import list_metrics
from disentangle_metrics.scores.declared import declared

METRICS = list_metrics()
every_metric = pytest.mark.parametrize("spec", METRICS, ids=lambda spec: spec.name)
every_option = pytest.mark.parametrize(
    ("spec", "option"),
    [(spec, option) for spec in METRICS for option in spec.options],
    ids=lambda value: value if isinstance(value, str) else value.name,
)


def said(spec, option):
    """Return the type and the text that a docstring has for an option."""
    kind, _, text = sections(spec.doc)[1][option].partition("\n\n")
    return kind, " ".join(text.split())


@every_option
def test_the_docstring_has_the_values_and_the_default(spec, option):
    default = spec.options[option]
    shown = f'"{default}"' if isinstance(default, str) else default
    values = declared(spec)[option].values
    assert said(spec, option)[0] == (f"{values}, optional" if default is None else f"{values}, default {shown}")


@every_option
def test_the_docstring_begins_with_the_sentence_that_all_metrics_share(spec, option):
    assert said(spec, option)[1].startswith(declared(spec)[option].meaning)


@every_metric
def test_the_page_has_the_table_of_the_declarations(spec):
    page = (option_tables.PAGES / f"{spec.name}.md").read_text(encoding="utf-8")
    assert option_tables.table(spec) in page, "python -m benchmarks.option_tables writes it"


@every_metric
def test_defaults_are_allowed_and_canonical(spec):
    for option, declaration in declared(spec).items():
        default = spec.options[option]
        assert default is None or declaration.check(option, default) == default


@every_metric
def test_names_are_allowed(spec):
    for option, declaration in declared(spec).items():
        assert [declaration.check(option, name) for name in declaration.names] == list(declaration.names)
        assert [declaration.check(option, name.replace("-", "_")) for name in declaration.names] == list(
            declaration.names
        )
