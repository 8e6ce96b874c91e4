"""One table of metrics, that evaluate, the command line and the docs read."""

import inspect
import re

import pytest
from conftest import ROOT

import disentangle_metrics as dm
from disentangle_metrics import UnknownMetricError, get_metric, list_metrics, registry
from disentangle_metrics.registry import INVARIANCES, MEASURES, NEEDS, TRAITS, UNITS, register

NAMES = [spec.name for spec in list_metrics()]

every_metric = pytest.mark.parametrize("spec", list_metrics(), ids=lambda spec: spec.name)


@pytest.fixture
def table(monkeypatch):
    """A copy of the table, to enter metrics that nobody else shall see."""
    list_metrics()
    monkeypatch.setattr(registry, "_METRICS", dict(registry._METRICS))


def entered(function, **changes):
    parts = {"measures": "modularity", "source": "nobody", "range": (0.0, 1.0), "higher_is_better": True}
    return register(**{**parts, **changes})(function)


def zeta(latents, factors=None, *, depth=3, mode="soft"):
    """Say nothing of anything.

    More on that.
    """


def test_every_file_of_a_metric_is_listed():
    files = (ROOT / "disentangle_metrics" / "metrics").glob("*.py")
    assert {spec.name for spec in list_metrics()} == {file.stem for file in files} - {"__init__"}


def test_metrics_are_listed_in_alphabetical_order(table):
    before = [spec.name for spec in list_metrics()]
    entered(zeta)

    def alpha(latents, factors=None): ...

    entered(alpha)
    assert [spec.name for spec in list_metrics()] == sorted([*before, "alpha", "zeta"])


@every_metric
def test_a_metric_is_found_by_its_name(spec):
    assert get_metric(spec.name) is spec


@every_metric
def test_a_metric_is_public_under_its_name(spec):
    assert getattr(dm, spec.name) is spec.function
    assert spec.name in dm.__all__
    assert spec.name in dir(dm)


@every_metric
def test_a_metrics_name_is_its_functions(spec):
    assert spec.function.__name__ == spec.name


@every_metric
def test_options_are_the_keyword_only_parameters_with_their_defaults(spec):
    assert spec.options == (inspect.getfullargspec(spec.function).kwonlydefaults or {})


@every_metric
def test_a_metric_takes_two_arrays_or_one_representation(spec):
    arrays = ["mean", "logvar", "factors", "samples"] if "posterior" in spec.needs else ["latents", "factors"]
    assert inspect.getfullargspec(spec.function).args == arrays


@every_metric
def test_every_option_is_documented(spec):
    for option in spec.options:
        assert re.search(rf"^{option} : ", spec.doc, re.MULTILINE), option


@every_metric
def test_a_summary_is_one_sentence(spec):
    assert spec.summary == spec.doc.splitlines()[0]
    assert spec.summary.endswith(".")


@every_metric
def test_a_metric_says_what_it_measures_and_where_it_comes_from(spec):
    assert spec.measures in MEASURES
    assert re.search(r"\d{4}", spec.source)


@every_metric
def test_a_range_goes_from_low_to_high(spec):
    low, high = spec.range
    assert low < high


@every_metric
def test_a_metric_promises_what_the_contract_tests_know(spec):
    assert spec.invariances <= INVARIANCES
    assert spec.traits <= TRAITS
    assert spec.needs <= NEEDS
    assert spec.unit in UNITS


@every_metric
def test_what_the_table_says_of_a_metric_cannot_be_changed(spec):
    with pytest.raises(AttributeError):
        spec.name = "other"


@pytest.mark.parametrize("name", ["nope", "", "mig ", 3, None])
def test_an_unknown_metric_lists_those_that_are_known(name):
    with pytest.raises(UnknownMetricError, match=re.escape(f"is not known. Use one of {NAMES}")):
        get_metric(name)


def test_an_unknown_metric_says_what_is_near():
    with pytest.raises(UnknownMetricError, match=r"metric 'migg' is not known.*Did you mean 'mig'\?"):
        get_metric("migg")


def test_an_unknown_metric_is_the_builtin_error_too():
    with pytest.raises(LookupError):
        get_metric("nope")


def test_a_name_that_the_package_does_not_have_is_an_attribute_error():
    with pytest.raises(AttributeError, match="has no attribute 'nope'"):
        dm.nope  # noqa: B018


def test_registering_returns_the_function_unchanged(table):
    assert entered(zeta) is zeta


def test_registering_enters_the_metric(table):
    entered(zeta)
    assert get_metric("zeta").function is zeta


def test_registering_keeps_what_was_said(table):
    entered(zeta, range=(-1.0, 2.0), higher_is_better=False, invariances=["row-order"], needs=["posterior"])
    spec = get_metric("zeta")
    assert (spec.range, spec.higher_is_better) == ((-1.0, 2.0), False)
    assert (spec.invariances, spec.needs) == ({"row-order"}, {"posterior"})


def test_bounds_may_depend_on_options(table):
    entered(zeta, bounds=lambda options: (0.0, float(options["depth"])))
    assert get_metric("zeta").bounds({"depth": 3}) == (0.0, 3.0)
    assert get_metric("zeta").range == (0.0, 1.0)


def test_a_metric_of_several_parts_has_a_score_for_each(table):
    entered(zeta, parts={"one": {}, "two": {"unit": "latent", "measures": "compactness"}})
    spec = get_metric("zeta")
    assert spec.names == ("zeta.one", "zeta.two")
    part = get_metric("zeta.two")
    assert (part.name, part.unit, part.measures, part.whole.name) == ("zeta.two", "latent", "compactness", "zeta")
    assert part.options == spec.options == {"depth": 3, "mode": "soft"}
    assert spec not in [s for s in list_metrics() if s.whole]


def test_a_registered_metric_has_the_options_of_its_function(table):
    entered(zeta)
    assert get_metric("zeta").options == {"depth": 3, "mode": "soft"}


def test_a_registered_metric_has_the_documentation_of_its_function(table):
    entered(zeta)
    spec = get_metric("zeta")
    assert (spec.summary, spec.doc) == ("Say nothing of anything.", "Say nothing of anything.\n\nMore on that.")


def test_a_metric_without_documentation_has_an_empty_summary(table):
    def bare(latents, factors=None): ...

    entered(bare)
    assert get_metric("bare").summary == ""
