"""Several metrics at once: their order, their options, published protocols, and the work they share."""

import subprocess
import sys
from types import MappingProxyType

import numpy as np
import pytest

from disentangle_metrics import (
    PROTOCOLS,
    DegenerateFactorWarning,
    OptionError,
    Report,
    Representation,
    ShapeError,
    Tree,
    UnknownMetricError,
    get_metric,
    get_protocol,
    list_metrics,
    mig,
    protocols,
    registry,
    sap,
)
from disentangle_metrics.evaluation import evaluate
from disentangle_metrics.kernels.counting import information
from disentangle_metrics.protocols import Protocol

# Those that two arrays are enough for; tests/metrics/test_mig_posterior.py has the other.
NAMES = [name for spec in list_metrics() if "posterior" not in spec.needs for name in spec.names]


@pytest.fixture
def data():
    """Three latents, of which two say something of the two factors."""
    rng = np.random.default_rng(0)
    v = rng.integers(3, size=(200, 2))
    return Representation(v @ [[1, 0, 1], [0, 2, 1]] + rng.normal(size=(200, 3)), v, factor_names=["shape", "size"])


def assert_same(score, other):
    assert score == other
    assert score.signature == other.signature
    np.testing.assert_array_equal(score.per_factor, other.per_factor)
    np.testing.assert_array_equal(score.matrix, other.matrix)


# --- which metrics


def test_the_default_metrics_are_mig_and_sap(data):
    assert list(evaluate(data)) == ["mig", "sap"]


@pytest.mark.parametrize("metrics", [["sap", "mig"], ("mig", "sap"), ["sap"]])
def test_scores_come_in_the_order_asked_for(metrics, data):
    assert list(evaluate(data, metrics=metrics)) == list(metrics)


def test_one_metric_may_be_named_alone(data):
    assert list(evaluate(data, metrics="sap")) == ["sap"]


def test_a_metric_may_be_given_as_the_table_has_it(data):
    assert list(evaluate(data, metrics=map(get_metric, NAMES))) == NAMES


def test_metrics_may_come_from_a_generator(data):
    assert list(evaluate(data, metrics=(name for name in ["sap", "mig"]))) == ["sap", "mig"]


def test_a_metric_asked_for_twice_is_scored_once(data):
    assert list(evaluate(data, metrics=["mig", "mig"])) == ["mig"]


def test_an_unknown_metric_says_what_is_near(data):
    with pytest.raises(UnknownMetricError, match=r"metric 'migg' is not known.*Did you mean 'mig'\?"):
        evaluate(data, metrics=["sap", "migg"])


def test_no_metric_at_all_is_an_error(data):
    with pytest.raises(OptionError, match="no metric was named"):
        evaluate(data, metrics=[])


def test_the_result_is_a_report(data):
    assert isinstance(evaluate(data), Report)


@pytest.mark.parametrize("name", NAMES)
def test_evaluating_equals_calling_the_metrics_one_by_one(name, data):
    assert_same(evaluate(data, metrics=NAMES)[name], get_metric(name).function(data))


@pytest.mark.parametrize("name", ["mig", "sap"])
def test_evaluating_with_options_equals_calling_the_metric_with_them(name, data):
    options = {"mig": {"n_bins": 5, "aggregate": "min"}, "sap": {"probe": "threshold", "test_size": 0.5}}
    assert_same(evaluate(data, options=options)[name], get_metric(name).function(data, **options[name]))


def test_two_arrays_are_scored_as_their_representation(data):
    plain = Representation(data.latents, data.factors)
    assert evaluate(data.latents, data.factors).to_dict() == evaluate(plain).to_dict()


def test_a_representation_leaves_no_room_for_factors(data):
    with pytest.raises(OptionError, match="Pass it alone"):
        evaluate(data, data.factors)


def test_latents_alone_are_an_error(data):
    with pytest.raises(OptionError, match="factors are missing"):
        evaluate(data.latents)


def test_arrays_that_do_not_match_are_an_error(data):
    with pytest.raises(ShapeError, match="axis 0 must be samples in both"):
        evaluate(data.latents, data.factors[:100])


def test_a_constant_factor_is_warned_of(data):
    v = np.column_stack([data.factors, np.ones(200)])
    with pytest.warns(DegenerateFactorWarning, match=r"factor 'v2' \(column 2\) has the single value 1"):
        evaluate(data.latents, v, metrics="mig")


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("constant", [0.0, 1e-300, 1e15, 1e300])
def test_a_constant_latent_is_ordinary_whatever_its_value(constant, name, data):
    latents = np.column_stack([data.latents, np.full(200, constant)])
    score = evaluate(latents, data.factors, metrics=name)[name]
    without = evaluate(data, metrics=name)[name]
    assert score == pytest.approx(float(without), rel=1e-6)
    if score.per_factor is not None:
        np.testing.assert_allclose(score.per_factor, without.per_factor, rtol=1e-6)


# --- options


def test_an_option_is_passed_on(data):
    assert evaluate(data, options={"mig": {"n_bins": 5}})["mig"].settings["n_bins"] == 5


def test_options_are_left_as_they_were(data):
    options = {"sap": {"probe": {"name": "tree", "max_depth": 3}}}
    evaluate(data, options=options)
    assert options == {"sap": {"probe": {"name": "tree", "max_depth": 3}}}


def test_options_may_be_any_mapping(data):
    options = MappingProxyType({"mig": MappingProxyType({"n_bins": 5})})
    assert evaluate(data, options=options)["mig"].settings["n_bins"] == 5


def test_an_unknown_option_lists_those_that_are_known(data):
    with pytest.raises(OptionError, match=r"mig has no option 'bins'. Use one of \['aggregate', 'degenerate', "):
        evaluate(data, options={"mig": {"bins": 5}})


def test_an_unknown_option_says_what_is_near(data):
    with pytest.raises(OptionError, match=r"Did you mean 'n_bins'\?"):
        evaluate(data, options={"mig": {"n_bin": 5}})


def test_the_arrays_are_not_options(data):
    with pytest.raises(OptionError, match="mig has no option 'factors'"):
        evaluate(data, options={"mig": {"factors": data.factors}})


def test_an_unknown_value_lists_those_that_are_known(data):
    with pytest.raises(OptionError, match=r"discretizer='quantiles' is not known.*Did you mean 'quantile'\?"):
        evaluate(data, options={"mig": {"discretizer": "quantiles"}})


def test_options_of_a_metric_not_asked_for_are_an_error(data):
    with pytest.raises(OptionError, match=r"options are given for 'sap', which is not among the metrics \['mig'\]"):
        evaluate(data, metrics="mig", options={"sap": {"C": 1.0}})


def test_options_of_an_unknown_metric_are_an_error(data):
    with pytest.raises(UnknownMetricError, match="'migg' is not known"):
        evaluate(data, options={"migg": {"n_bins": 5}})


@pytest.mark.parametrize("chosen", [None, 5, "n_bins"])
def test_options_that_are_no_mapping_say_what_to_pass(chosen, data):
    with pytest.raises(OptionError, match=r"Pass a mapping, for example \{'n_bins': 50\}"):
        evaluate(data, options={"mig": chosen})


@pytest.mark.parametrize(
    "probe", [{"max_depth": 3}, {"name": "tree", "max_depth": 3}, {"max_depth": 3, "min_samples_leaf": 1}]
)
def test_parameters_of_a_probe_make_a_tree(probe, data):
    assert_same(evaluate(data, options={"sap": {"probe": probe}})["sap"], sap(data, probe=Tree(max_depth=3)))


@pytest.mark.parametrize(
    "probe", [{"max_dept": 3}, {"name": "logistic", "max_depth": 3}, {"name": "tree", "n_estimators": 3}]
)
def test_parameters_that_fit_no_probe_list_those_that_do(probe, data):
    with pytest.raises(OptionError, match=r"'tree': \['max_depth', 'min_samples_leaf'\]"):
        evaluate(data, options={"sap": {"probe": probe}})


@pytest.mark.parametrize(
    "probe",
    [{"max_depth": 0}, {"max_depth": 2.5}, {"max_depth": "deep"}, {"min_samples_leaf": 0}, {"max_depth": True}],
    ids=str,
)
def test_a_parameter_of_a_probe_that_is_out_of_range_is_named(probe, data):
    (name,) = probe
    with pytest.raises(OptionError, match=name):
        evaluate(data, options={"sap": {"probe": probe}})


def test_kinds_of_factors_are_passed_to_every_metric(data):
    report = evaluate(data, factor_kinds={"size": "continuous"})
    assert {score.settings["factor_kinds"] for score in report.values()} == {("categorical", "continuous")}


def test_kinds_given_to_one_metric_beat_those_for_all(data):
    report = evaluate(data, factor_kinds="continuous", options={"mig": {"factor_kinds": "categorical"}})
    assert [score.settings["factor_kinds"] for score in report.values()] == ["categorical", "continuous"]


@pytest.mark.parametrize("kinds", ["smooth", ["categorical"], {"shap": "continuous"}, ["a", "b"], 3], ids=str)
def test_unknown_kinds_are_an_error(kinds, data):
    with pytest.raises(OptionError, match="factor_kinds"):
        evaluate(data, factor_kinds=kinds)


# --- protocols


@pytest.mark.parametrize(
    ("protocol", "name"), [(p.name, m) for p in PROTOCOLS.values() for m in p.metrics if m in NAMES]
)
def test_a_protocol_is_a_metric_with_its_options(name, protocol, data):
    score = evaluate(data, metrics=name, protocol=protocol)[name]
    expected = get_metric(name).function(data, **PROTOCOLS[protocol][name])
    assert float(score) == float(expected)
    np.testing.assert_array_equal(score.per_factor, expected.per_factor)


def test_the_signature_says_the_protocol_first(data):
    score = evaluate(data, protocol="locatello2019")["mig"]
    assert score.signature.startswith("mig|protocol:locatello2019|discretizer:uniform|n_bins:20|")
    assert score.settings["protocol"] == "locatello2019"


def test_without_a_protocol_the_signature_says_nothing_of_one(data):
    assert "protocol" not in evaluate(data)["mig"].signature


def test_an_option_beats_the_protocol(data):
    score = evaluate(data, metrics="mig", protocol="locatello2019", options={"mig": {"n_bins": 50}})["mig"]
    assert float(score) == float(mig(data, **{**PROTOCOLS["locatello2019"]["mig"], "n_bins": 50}))


def test_the_signature_says_what_beat_the_protocol(data):
    options = {"mig": {"n_bins": 50, "entropy": "miller-madow"}}
    score = evaluate(data, metrics="mig", protocol="locatello2019", options=options)["mig"]
    assert score.signature.startswith(
        "mig|protocol:locatello2019+n_bins:50+entropy:miller-madow|discretizer:uniform|n_bins:50|entropy:miller-madow|"
    )


def test_kinds_beat_the_protocol(data):
    score = evaluate(data, metrics="mig", protocol="locatello2019", factor_kinds="continuous")["mig"]
    assert score.settings["factor_kinds"] == "continuous"
    assert "|protocol:locatello2019+factor_kinds:continuous|" in score.signature


def test_what_beats_the_protocol_of_one_metric_leaves_the_other(data):
    report = evaluate(data, protocol="locatello2019", options={"mig": {"n_bins": 50}})
    assert report["sap"].settings["protocol"] == "locatello2019"


def test_a_probe_that_beats_the_protocol_needs_the_penalty_taken_back(data):
    options = {"sap": {"probe": "tree", "C": None, "class_weight": None}}
    score = evaluate(data, metrics="sap", protocol="locatello2019", options=options)["sap"]
    assert float(score) == float(sap(data, probe="tree", standardize=False, test_size=1 / 3, shuffle=False))


def test_an_unknown_protocol_lists_those_that_are_known(data):
    with pytest.raises(UnknownMetricError, match=r"protocol 'nobody' is not known. Use one of \[.*'carbonneau2022', "):
        evaluate(data, protocol="nobody")


def test_an_unknown_protocol_says_what_is_near():
    with pytest.raises(UnknownMetricError, match=r"Did you mean 'locatello2019'\?"):
        get_protocol("locatello2018")


def test_a_protocol_that_says_nothing_of_a_metric_is_an_error(data, monkeypatch):
    half = Protocol("half", "nowhere", {"mig": {"n_bins": 10}})
    monkeypatch.setattr(protocols, "PROTOCOLS", {"half": half})
    with pytest.raises(OptionError, match=r"'half' has no settings for 'sap'; it has settings for \['mig'\]"):
        evaluate(data, metrics=["mig", "sap"], protocol="half")
    assert list(evaluate(data, protocol="half")) == ["mig"]  # those that it has, where none is named


def test_a_protocol_that_says_nothing_of_other_metrics_serves_its_own(data, monkeypatch):
    half = Protocol("half", "nowhere", {"mig": {"n_bins": 10}})
    monkeypatch.setattr(protocols, "PROTOCOLS", {"half": half})
    assert evaluate(data, metrics="mig", protocol="half")["mig"] == mig(data, n_bins=10)


@pytest.mark.parametrize("name", PROTOCOLS)
def test_a_protocol_names_its_source(name):
    assert len(PROTOCOLS[name].source) > 20


@pytest.mark.parametrize("name", PROTOCOLS)
def test_a_protocol_sets_options_that_exist(name):
    for metric, options in PROTOCOLS[name].metrics.items():
        assert set(options) <= set(get_metric(metric).options)


@pytest.mark.parametrize("name", PROTOCOLS)
def test_a_protocol_cannot_be_changed(name):
    for metric in PROTOCOLS[name].metrics:
        with pytest.raises(TypeError):
            PROTOCOLS[name][metric]["degenerate"] = "zero"


# --- shared work


@pytest.fixture
def cuts(monkeypatch):
    """Count the columns that are cut into bins."""
    found = []
    cut = information.uniform_tables

    def counting(latents, *args):
        found.extend(latents.T)
        return cut(latents, *args)

    monkeypatch.setattr(information, "uniform_tables", counting)
    return found


@pytest.fixture
def twin(monkeypatch):
    """A second metric that needs the bins of the first."""
    list_metrics()
    monkeypatch.setattr(registry, "_METRICS", dict(registry._METRICS))

    def twin(latents, factors=None, *, n_bins=20):
        """Mutual information gap in nats."""
        return mig(latents, factors, n_bins=n_bins, normalizer="none")

    registry.register(measures="compactness", source="here", range=(0.0, np.inf), higher_is_better=True)(twin)


def test_metrics_that_share_their_bins_cut_each_latent_once(data, cuts, twin):
    evaluate(data.latents, data.factors, metrics=["mig", "twin"])
    assert len(cuts) == data.n_latents


def test_metrics_with_bins_of_their_own_cut_each_latent_again(data, cuts, twin):
    evaluate(data.latents, data.factors, metrics=["mig", "twin"], options={"twin": {"n_bins": 5}})
    assert len(cuts) == 2 * data.n_latents


def test_a_representation_remembers_its_bins(data, cuts):
    evaluate(data)
    evaluate(data)
    assert len(cuts) == data.n_latents


def test_what_is_remembered_changes_no_score(data, twin):
    fresh = Representation(data.latents, data.factors, factor_names=data.factor_names)
    evaluate(data, metrics=["twin", "sap", "mig"])
    assert_same(evaluate(data, metrics="mig")["mig"], mig(fresh))


# --- the public name


@pytest.mark.parametrize(
    "first",
    [
        "import disentangle_metrics.evaluation",
        "from disentangle_metrics.evaluation import evaluate",
        "import disentangle_metrics.cli.app",
        "import disentangle_metrics; disentangle_metrics.mig",
        "pass",
    ],
)
def test_evaluate_is_the_function_whatever_was_imported_before(first):
    code = f"{first}\nimport disentangle_metrics as dm\nassert callable(dm.evaluate), dm.evaluate"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert result.returncode == 0, result.stderr
