"""``dmetrics score`` with options, protocols, kinds of factors and groups of latents."""

import pytest
from shell import score_of

from disentangle_metrics import PROTOCOLS, Edges, Tree, Uniform, get_metric, load_representation, mig, sap


@pytest.mark.parametrize(
    ("setting", "expected"),
    [
        ("mig.n_bins=50", {"n_bins": 50}),
        ("mig.discretizer=quantile", {"discretizer": "quantile"}),
        ("mig.entropy=miller-madow", {"entropy": "miller-madow"}),
        ('mig.normalizer="none"', {"normalizer": "none"}),
        ("mig.factor_kinds=null", {"factor_kinds": "categorical"}),
        ('mig.factor_kinds=["continuous","categorical"]', {"factor_kinds": ["continuous", "categorical"]}),
        ("mig.factor_kinds.pos_x=continuous", {"factor_kinds": ["categorical", "continuous"]}),
        ("sap.C=0.5", {"C": 0.5}),
        ("sap.C=null", {"C": 0.1}),
        ("sap.C=tuned", {"C": "tuned"}),
        ("sap.standardize=false", {"standardize": False}),
        ("sap.probe=linear-svm", {"probe": "linear-svm", "C": 0.01}),
        ("sap.probe=linear_svm", {"probe": "linear-svm"}),
        ("sap.test_size=0.3", {"test_size": 0.3}),
        ("sap.test_size=30", {"test_size": 30}),
        ("sap.cv=3", {"cv": 3, "test_size": None}),
        ("sap.random_state=7", {"random_state": 7}),
    ],
)
def test_an_option_is_set(setting, expected, data):
    metric = setting.partition(".")[0]
    settings = score_of(data, "-m", metric, "--set", setting, metric=metric)["settings"]
    assert {name: settings[name] for name in expected} == expected


def test_an_option_changes_the_score_as_in_python(data):
    found = score_of(data, "-m", "mig", "--set", "mig.n_bins=5")
    assert found["value"] == float(mig(load_representation(data), n_bins=5))


def test_options_of_two_metrics_are_set_together(data):
    args = [data, "--set", "mig.n_bins=5", "--set", "sap.C=1", "--set", "mig.entropy=miller-madow"]
    assert score_of(*args)["settings"]["n_bins"] == 5
    assert score_of(*args, metric="sap")["settings"]["C"] == 1


def test_of_an_option_set_twice_the_last_counts(data):
    assert score_of(data, "--set", "mig.n_bins=5", "--set", "mig.n_bins=9")["settings"]["n_bins"] == 9


@pytest.mark.parametrize(
    "settings",
    [
        ["sap.probe.max_depth=4"],
        ["sap.probe=tree", "sap.probe.max_depth=4"],
        ["sap.probe.max_depth=4", "sap.probe=tree"],
        ["sap.probe.max_depth=7", "sap.probe.max_depth=4"],
        ['sap.probe={"max_depth": 4}'],
    ],
    ids=" ".join,
)
def test_a_strategys_own_option_is_set(settings, data):
    args = [part for setting in settings for part in ("--set", setting)]
    expected = sap(load_representation(data), probe=Tree(max_depth=4))
    found = score_of(data, "-m", "sap", *args, metric="sap")
    assert (found["value"], found["signature"]) == (float(expected), expected.signature)


@pytest.mark.parametrize(
    ("settings", "options"),
    [
        (["n_bins=auto"], {"n_bins": "auto"}),
        (["discretizer=kmeans", "n_bins=5"], {"discretizer": "kmeans", "n_bins": 5}),
        (["discretizer.quantiles=[0.01,0.99]"], {"discretizer": Uniform(quantiles=(0.01, 0.99))}),
        (["discretizer=uniform", "discretizer.range=[-3, 3]"], {"discretizer": Uniform(range=(-3, 3))}),
        (["discretizer.edges=[0,0.5,1]"], {"discretizer": Edges((0, 0.5, 1))}),
        (["discretizer.edges=[[0,1,2],[0,0.5,1],[0,0.5,1]]"], {"discretizer": Edges([(0, 1, 2), *[(0, 0.5, 1)] * 2])}),
    ],
    ids=str,
)
def test_bins_are_set(settings, options, data):
    args = [part for setting in settings for part in ("--set", f"mig.{setting}")]
    expected = mig(load_representation(data), **options)
    found = score_of(data, "-m", "mig", *args)
    assert (found["value"], found["signature"]) == (float(expected), expected.signature)


def test_two_of_a_strategys_options_are_set_together(data):
    settings = ["--set", "sap.probe.max_depth=2", "--set", "sap.probe.min_samples_leaf=5"]
    found = score_of(data, "-m", "sap", *settings, metric="sap")
    assert "probe:Tree(max_depth=2, min_samples_leaf=5)" in found["signature"]


@pytest.mark.parametrize(
    ("protocol", "metric"), [(p.name, m) for p in PROTOCOLS.values() for m in p.metrics if m in ("mig", "sap")]
)
def test_a_protocol_sets_its_options(protocol, metric, data):
    found = score_of(data, "-m", metric, "--protocol", protocol, metric=metric)
    expected = get_metric(metric).function(load_representation(data), **PROTOCOLS[protocol][metric])
    assert found["value"] == float(expected)
    assert f"{metric}|protocol:{protocol}|" in found["signature"]


def test_an_option_beats_the_protocol_and_the_signature_says_so(data):
    found = score_of(data, "-m", "mig", "--protocol", "locatello2019", "--set", "mig.n_bins=50")
    assert found["settings"]["n_bins"] == 50
    assert found["signature"].startswith("mig|protocol:locatello2019+n_bins:50|discretizer:uniform|n_bins:50|")


def test_a_kind_is_given_for_all_factors(data):
    found = score_of(data, "-m", "mig", "--factor-kind", "continuous")
    assert found["settings"]["factor_kinds"] == "continuous"


def test_kinds_are_given_by_name(data):
    kinds = ["--factor-kind", "pos_x=continuous", "--factor-kind", "shape=categorical"]
    assert score_of(data, "-m", "mig", *kinds)["settings"]["factor_kinds"] == ["categorical", "continuous"]


def test_a_kind_given_for_one_factor_leaves_the_others_inferred(data):
    found = score_of(data, "-m", "mig", "--factor-kind", "pos_x=continuous")
    assert found["settings"]["factor_kinds"] == ["categorical", "continuous"]


def test_a_kind_may_have_a_period(data):
    kinds = ["--factor-kind", "pos_x=circular:32", "--factor-kind", "shape=ordinal"]
    assert score_of(data, "-m", "mig", *kinds)["settings"]["factor_kinds"] == ["ordinal", "circular:32"]


def test_latents_are_scored_in_groups(data):
    found = score_of(data, "-m", "mig", "--latent-group", "z0+z1", "--latent-group", "other=z2")
    assert found["latent_names"] == ["z0+z1", "other"]
    assert found["settings"]["latent_groups"] == ["z0+z1", "other=z2"]
    as_json = score_of(data, "-m", "mig", "--set", "mig.latent_groups=[[0,1],[2]]")
    assert as_json["value"] == found["value"]
    both = ["--latent-group", "z0", "--latent-group", "z1", "--set", 'mig.latent_groups={"a":["z0","z1"],"b":2}']
    assert score_of(data, "-m", "mig", *both)["latent_names"] == ["a", "b"]


def test_a_kind_beats_the_protocol_and_the_signature_says_so(data):
    found = score_of(data, "-m", "mig", "--protocol", "locatello2019", "--factor-kind", "continuous")
    assert "|protocol:locatello2019+factor_kinds:continuous|" in found["signature"]
