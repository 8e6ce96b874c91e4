"""A signature gives its number back, to the last bit; or it is said what differs."""

import inspect
import math
import warnings

import numpy as np
import pytest
from conftest import plain
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from disentangle_metrics import (
    KNN,
    KSG,
    PROTOCOLS,
    Circular,
    Dirichlet,
    DisentangleError,
    Edges,
    Gaussian,
    GaussianCopula,
    Histogram,
    OptionError,
    Posterior,
    Representation,
    ShapeError,
    SignatureWarning,
    Tree,
    Uniform,
    UnknownMetricError,
    __version__,
    evaluate,
    get_metric,
    mig,
    mig_posterior,
    rescore,
    sap,
)
from disentangle_metrics.rescoring import _protocol
from disentangle_metrics.signature import Signature, quoted, read_groups, read_value, spelled, split, unquoted

# Names that a shell, JSON, Python and a signature itself would each take for something else.
NAMES = ("z0", "a+b=c, d", "p|q:r", 'it\'s "x" \\u007c', "mig(1)  two")
RNG = np.random.default_rng(7)
ANGLES = RNG.integers(8, size=70) * 45.0
FACTORS = np.column_stack([RNG.integers(3, size=70), RNG.normal(size=70), ANGLES])
LATENTS = FACTORS @ RNG.normal(size=(3, 5)) * [1, 1, 0, 0.1, 1] + RNG.normal(size=(70, 5))
LOGVAR = RNG.normal(size=(70, 5)) - 2
SAMPLES = LATENTS + np.exp(LOGVAR / 2) * RNG.normal(size=(70, 5))
FACTOR_NAMES = ("shape", "a|b", "hue")


def data(names=NAMES, **more):
    return Posterior(LATENTS, LOGVAR, FACTORS, latent_names=names, factor_names=FACTOR_NAMES, **more)


def assert_comes_out_again(score, fresh):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        again = rescore(f"  {score.signature}\n", fresh)[score.metric]
    np.testing.assert_equal(float(again), float(score))
    np.testing.assert_equal(again.per_factor, score.per_factor)
    np.testing.assert_equal(again.matrix, score.matrix)
    assert again.signature == score.signature
    assert "'" not in score.signature  # a shell takes it in single quotes
    assert score.signature.count("|") == len(Signature.of(score.signature).options) + 4


def scored(*args, **options):
    """Score, or leave the example out if these options do not go together."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            (score,) = evaluate(*args, **options).values()
        except DisentangleError:
            assume(False)
    return score


floats = st.floats(0.01, 3, allow_subnormal=False)
kind = st.sampled_from(["categorical", "ordinal", "continuous", "circular", "circular:360", Circular(2 * math.pi / 3)])
kinds = st.one_of(
    st.none(),
    kind,
    st.tuples(kind, kind, kind).map(list),
    st.dictionaries(st.sampled_from(FACTOR_NAMES), kind, min_size=1),
)
groups = st.sampled_from(
    [
        None,
        [(0, 1), (2,)],
        [3, 1, (4, 2)],
        {"one=two, +": [NAMES[1], NAMES[2]], "x": 0},
        {"it's": (0, 3), 'a "b"': (1, 2), "plain": 4},
        ["z0+" + NAMES[4], NAMES[3]],
    ]
)
SHARED = {
    "factor_kinds": kinds,
    "degenerate": st.sampled_from(["drop", "zero"]),
    "aggregate": st.sampled_from(["mean", "median", "min"]),
    "random_state": st.integers(0, 2**32 - 4),
}
RANGES = st.builds(lambda low, width: (-low, width), floats, floats)
DISCRETIZERS = st.one_of(
    st.sampled_from(["uniform", "quantile", "kmeans", "unique", Uniform(), Uniform(quantiles=(0.01, 1 / 1.01))]),
    RANGES.map(lambda ends: Uniform(range=ends)),
    RANGES.map(lambda ends: Edges((-math.inf, *ends, math.inf))),
    RANGES.map(lambda ends: Edges({name: (-99, ends[0] - i, ends[1]) for i, name in enumerate(NAMES)})),
    st.just(Edges([np.linspace(-3, 3, 9 + j) for j in range(5)])),
)
BINNED = {
    "discretizer": DISCRETIZERS,
    "n_bins": st.one_of(st.integers(2, 30), st.just("auto")),
    "entropy": st.one_of(st.sampled_from(["nsb", "miller_madow", "james-stein"]), floats.map(Dirichlet)),
    "normalizer": st.sampled_from(["factor", "latent", "log-cardinality", "none", "correlation"]),
}
BINLESS = {
    "estimator": st.one_of(
        st.sampled_from(["ksg", "ksg2", "ksg-sklearn", "gaussian", Gaussian(True), GaussianCopula(False)]),
        st.builds(KSG, k=st.integers(1, 6), jitter=st.floats(1e-12, 1e-3), random_state=st.integers(0, 99)),
    ),
    "normalizer": st.sampled_from(["factor", "none", "correlation", "self-information"]),
}
ON_LATENTS = {
    "one_hot": st.booleans(),
    "targets": st.sampled_from([None, {FACTOR_NAMES[0]: NAMES[1]}, {FACTOR_NAMES[1]: 4, FACTOR_NAMES[2]: 0}]),
}
OF_MIG = {
    **ON_LATENTS,
    **{"factor_bins": st.integers(2, 30), "latent_groups": groups, "select_on": st.sampled_from([None, "half"])},
    "inactive": st.sampled_from(["keep", "collapsed"]),
}
PROBES = st.sampled_from(
    [
        *("logistic", "linear_svm", "threshold", "tree", "tree-cv", "r2", "gaussian-nb", "histogram"),
        *(Tree(max_depth="tuned", min_samples_leaf=2), Tree(3), KNN(k=np.int64(3)), KNN("tuned"), Histogram(7)),
    ]
)
OF_SAP = {
    **ON_LATENTS,
    "probe": PROBES,
    "C": st.sampled_from([1e-3, 0.1, 1 / 3, 1.0]),
    "class_weight": st.sampled_from([None, "none", "balanced"]),
    "standardize": st.booleans(),
    "scoring": st.sampled_from(["accuracy", "balanced_accuracy"]),
    "evaluate_on": st.sampled_from(["test", "train"]),
    "test_size": st.floats(0.1, 0.9),
    "shuffle": st.booleans(),
    "cv": st.sampled_from([None, 2, 3]),
    "n_repeats": st.integers(1, 2),
    "validation_size": st.floats(0.1, 0.5),
    "latent_bins": st.sampled_from([None, 5]),
    "factor_bins": st.sampled_from([None, 4]),
    "inactive": st.one_of(st.sampled_from(["keep", "zero"]), floats),
    "latent_groups": groups,
    "select_on": st.sampled_from([None, "half"]),
}
OF_POSTERIOR = {
    "n_draws": st.integers(2, 100),
    "normalizer": st.sampled_from(["factor", "log-cardinality", "none"]),
    "factor_bins": st.integers(2, 30),
}


def some_of(options, most=5):
    """A few options, so that they go together more often than not."""
    names = st.lists(st.sampled_from(sorted(options)), unique=True, max_size=most)
    return names.flatmap(lambda chosen: st.fixed_dictionaries({name: options[name] for name in chosen}))


few = settings(max_examples=60)


@few
@given(options=st.one_of(some_of({**SHARED, **OF_MIG, **BINNED}), some_of({**SHARED, **OF_MIG, **BINLESS})))
def test_every_mig_comes_out_again(options):
    assert_comes_out_again(scored(data(), metrics="mig", options={"mig": options}), data())


@few
@given(options=some_of({**SHARED, **OF_SAP}))
def test_every_sap_comes_out_again(options):
    assert_comes_out_again(scored(data(), metrics="sap", options={"sap": options}), data())


@few
@given(options=some_of({**SHARED, **OF_POSTERIOR}), samples=st.sampled_from([None, SAMPLES]))
def test_every_mig_posterior_comes_out_again(options, samples):
    score = scored(data(samples=samples), metrics="mig_posterior", options={"mig_posterior": options})
    assert_comes_out_again(score, data(samples=samples))


@settings(max_examples=40)
@given(draw=st.data(), protocol=st.sampled_from(sorted(PROTOCOLS)))
def test_every_protocol_comes_out_again_with_what_was_changed_of_it(draw, protocol):
    whole = draw.draw(st.sampled_from(sorted(PROTOCOLS[protocol].metrics)))
    metric = draw.draw(st.sampled_from(get_metric(whole).names))
    own = {"mig": {**OF_MIG, **BINNED}, "sap": {**OF_SAP, "C": st.sampled_from([None, 0.3])}}
    own["mig_posterior"] = OF_POSTERIOR
    known = {name: values for name, values in SHARED.items() if name in get_metric(whole).options}
    known |= own.get(metric, {})
    options = draw.draw(some_of(known, most=3)) if known else {}
    score = scored(data(), metrics=metric, protocol=protocol, options={metric: options})
    assert f"|protocol:{protocol}" in score.signature
    assert_comes_out_again(score, data())


def test_what_was_changed_of_a_protocol_may_hold_plus_signs():
    text = 'do2020+C:1e+09+latent_groups:x=z0+"a+cv:2",z1+cv:3'
    changes = {"C": 1e9, "latent_groups": {"x": ["z0", "a+cv:2"], "z1": ["z1"]}, "cv": 3}
    assert _protocol(get_metric("sap"), text) == ("do2020", changes)


def test_no_option_of_a_metric_is_left_out_of_these_tests():
    drawn = {"mig": {**SHARED, **OF_MIG, **BINNED, **BINLESS}, "sap": {**SHARED, **OF_SAP}}
    drawn["mig_posterior"] = {**SHARED, **OF_POSTERIOR}
    for metric, options in drawn.items():
        assert set(get_metric(metric).options) - {"sample_weight"} == set(options)


def test_an_exact_number_of_a_float_option_is_in_the_signature():
    one, other = (sap(LATENTS, FACTORS[:, :1], C=C) for C in (1 / 3, 0.33333333))
    assert "|C:0.3333333333333333|" in one.signature
    assert one.signature != other.signature


@pytest.mark.parametrize("option", ["validation_size", "test_size"])
def test_an_option_that_is_nearly_its_default_is_not_the_default(option):
    score = sap(LATENTS, FACTORS[:, :1], C="tuned", **{option: 0.2 + 1e-9})
    assert f"|{option}:0.200000001|" in score.signature


def test_many_edges_are_spelled_out():
    edges = Edges(np.linspace(-4, 4, 200))
    score = mig(data(), discretizer=edges)
    assert "sha256" not in score.signature
    assert_comes_out_again(score, data())


def test_a_seed_that_decides_between_latents_of_a_group_is_in_the_signature():
    options = {"probe": "tree", "evaluate_on": "train", "latent_groups": [(0, 1), (2, 3)], "random_state": 7}
    score = scored(data(), metrics="sap", options={"sap": options})
    assert "|random_state:7|" in score.signature
    assert_comes_out_again(score, data())


@pytest.mark.filterwarnings("ignore::disentangle_metrics.BiasWarning")
def test_kinds_given_with_the_data_are_in_the_signature():
    v = np.random.default_rng(0).normal(size=(100, 1))
    z = np.hstack([v, v[::-1]])
    labels = Representation(z, v, factor_kinds="categorical")
    score = mig(labels)
    assert "|factor_kinds:categorical|" in score.signature
    assert float(rescore(score.signature, z, v)["mig"]) == float(score) != float(mig(z, v))


def test_kinds_that_would_be_inferred_are_not_in_the_signature():
    assert "factor_kinds" not in mig(Representation(LATENTS, FACTORS[:, :1], factor_kinds="categorical")).signature


@pytest.mark.parametrize(
    ("made", "printed"),
    [
        (Dirichlet(np.float64(1)), "Dirichlet(alpha=1.0)"),
        (KSG(k=np.int64(4)), 'KSG(k=4, variant=1, jitter=1e-10, random_state=42, distances="exact")'),
        (Tree(np.int32(4), np.int8(2)), "Tree(max_depth=4, min_samples_leaf=2)"),
        (Gaussian(np.True_), "Gaussian(bias_correction=True)"),
        (Histogram(np.int64(4)), "Histogram(n_bins=4)"),
        (KNN(np.int64(4)), "KNN(k=4)"),
    ],
    ids=plain,
)
def test_numbers_of_numpy_in_a_strategy_are_printed_as_numbers(made, printed):
    assert spelled(made) == printed


@given(value=st.floats(allow_nan=False))
def test_a_float_reads_back_exactly(value):
    assert float(spelled(value)) == value
    assert math.isinf(value) or read_value(spelled(value)) == value


@given(name=st.text())
def test_a_name_reads_back_exactly(name):
    assert unquoted(quoted(name)) == name
    assert not any(character in quoted(name) for character in "'\n")
    assert split(f"{quoted(name)}+x", "+") == [quoted(name), "x"]


@given(groups=st.dictionaries(st.text(min_size=1), st.lists(st.text(min_size=1), min_size=1), min_size=1))
def test_groups_read_back_exactly(groups):
    text = ",".join(f"{quoted(name)}={'+'.join(map(quoted, latents))}" for name, latents in groups.items())
    assert read_groups(text) == groups


# --- what differs

OF_MIG_HERE = f"n:70|d:5|k:3|v:{__version__}"
KINDS = ["categorical", "continuous", "circular:360"]
WHOLE = (
    f"mig|discretizer:uniform|n_bins:20|entropy:plugin|normalizer:factor|factor_kinds:{','.join(KINDS)}|{OF_MIG_HERE}"
)


def test_another_version_is_told_and_the_number_is_made():
    with pytest.warns(
        SignatureWarning, match=rf"is from version 0\.1\.0, and this is version {__version__}: see CHANGELOG, Scores"
    ):
        (score,) = rescore(WHOLE.replace(f"v:{__version__}", "v:0.1.0"), data()).values()
    assert float(score) == float(mig(data(), factor_kinds=KINDS))
    assert score.signature == WHOLE


@pytest.mark.parametrize(("letter", "value"), [("n", 71), ("d", 6), ("k", 2)])
def test_other_sizes_are_an_error_that_names_all(letter, value):
    sizes = {"n": 70, "d": 5, "k": 3}
    text = WHOLE.replace(f"{letter}:{sizes[letter]}", f"{letter}:{value}")
    with pytest.raises(ShapeError) as error:
        rescore(text, data())
    for name, size in sizes.items():
        assert f"{value if name == letter else size} in the signature and {size} in the data" in str(error.value)


@pytest.mark.parametrize(
    ("text", "error", "fragment"),
    [
        ("", OptionError, "does not begin with the name of a metric"),
        ("|", OptionError, "does not begin with the name of a metric"),
        ("n_bins:20|n:70|d:5|k:3|v:1", OptionError, "does not begin with the name of a metric"),
        ("mig", OptionError, "has no n, d, k, v"),
        ("mig|n_bins:20|n:70|d:5|k:3", OptionError, "has no v"),
        ("mig|n_bins|n:70|d:5|k:3|v:1", OptionError, "'n_bins' in the signature"),
        ("mig||n:70|d:5|k:3|v:1", OptionError, "is not NAME:VALUE"),
        ("mig|n_bins:|n:70|d:5|k:3|v:1", OptionError, "is not NAME:VALUE"),
        ("mig|n_bins:2|n_bins:3|n:70|d:5|k:3|v:1", OptionError, "has n_bins twice"),
        ("mig|n:many|d:5|k:3|v:1", OptionError, "not whole numbers"),
        ("mig|n:-70|d:5|k:3|v:1", OptionError, "not whole numbers"),
        (f"mig|n:{'9' * 9999}|d:5|k:3|v:1", OptionError, "not whole numbers"),
        (WHOLE.replace("mig|", "mgi|"), UnknownMetricError, "Did you mean 'mig'?"),
        (WHOLE.replace("n_bins", "n_bin"), OptionError, "not an option of mig.*Did you mean 'n_bins'?"),
        (WHOLE.replace("uniform", "unifrom"), OptionError, "Did you mean 'uniform'?"),
        (WHOLE.replace("uniform", "Unifrom(range=(0, 1))"), OptionError, "Did you mean 'Uniform'?"),
        (WHOLE.replace("uniform", "Uniform(rnge=(0, 1))"), OptionError, "Did you mean 'range'?"),
        (WHOLE.replace("uniform", "Uniform(range=(0, 1)"), OptionError, "has no text form"),
        (WHOLE.replace("uniform", "Uniform((0, 1), None, 3)"), OptionError, "whose parameters are"),
        (WHOLE.replace("uniform", "Uniform(range=(1, 0))"), OptionError, "two rising finite numbers"),
        (WHOLE.replace("n_bins:20", "n_bins:" + "9" * 9999), OptionError, "n_bins"),
        (WHOLE.replace("mig|", "mig|protocol:locatelo2019|"), UnknownMetricError, "Did you mean 'locatello2019'?"),
        (WHOLE.replace("mig|", "mig|protocol:do2020+n_bin:3|"), OptionError, "Did you mean 'n_bins'?"),
        (WHOLE.replace("mig|", "mig|protocol:do2020+oops|"), OptionError, "the form protocol:NAME"),
        (WHOLE.replace("mig|", 'mig|latent_groups:"a+z0,b|'), OptionError, "not fully in quotes"),
        (WHOLE.replace("|entropy:plugin", ""), OptionError, "entropy:\\(none\\) there, plugin here"),
        (WHOLE.replace("|n:70", "|random_state:3|n:70"), OptionError, "random_state:3 there, \\(none\\) here"),
    ],
    ids=lambda value: plain(value)[:60],
)
def test_text_that_is_no_whole_signature_is_an_error(text, error, fragment):
    with pytest.raises(error, match=f"(?s){fragment}"):
        rescore(text, data())


@pytest.mark.parametrize("given", [3, None, ["mig", 3], []], ids=str)
def test_what_is_no_signature_is_an_error(given):
    with pytest.raises((OptionError, TypeError)):
        rescore(given, data())


def by_hand(values, n_bins):
    return np.digitize(values, np.linspace(values.min(), values.max(), n_bins)[1:-1])


@pytest.mark.parametrize(
    ("option", "value"),
    [("aggregate", np.mean), ("aggregate", lambda gaps: 0.5), ("discretizer", by_hand), ("entropy", np.sum)],
    ids=["numpy", "lambda", "function", "sum"],
)
def test_a_callable_is_refused_by_the_name_of_its_option(option, value):
    signature = mig(data(), **{option: value}).signature
    with pytest.raises(OptionError, match=rf"(?s){option}:.*Pass it in Python: evaluate\(.*'{option}'"):
        rescore(signature, data())


def test_an_estimator_of_scikit_learn_is_refused():
    from sklearn.neighbors import KNeighborsClassifier

    signature = sap(LATENTS, FACTORS[:, :1], probe=KNeighborsClassifier(weights="distance")).signature
    with pytest.raises(OptionError, match=r"probe:KNeighborsClassifier\(.*Pass it in Python"):
        rescore(signature, LATENTS, FACTORS[:, :1])


def test_weights_are_passed_again_and_compared():
    z, v, weight = LATENTS, FACTORS[:, :1], np.arange(70.0)
    score = mig(z, v, sample_weight=weight)
    assert float(rescore(score.signature, z, v, sample_weight=weight)["mig"]) == float(score)
    with pytest.raises(ShapeError):  # a row of weight 0 is none
        rescore(score.signature, z, v)
    with pytest.raises(OptionError, match=r"sample_weight:\w{8} and the data have \(none\).*--weights"):
        rescore(score.signature, z[1:], v[1:])
    with pytest.raises(OptionError, match=r"sample_weight:\w{8} and the data have \w{8}"):
        rescore(score.signature, z, v, sample_weight=weight * 2)
    with pytest.raises(OptionError, match="Leave the weights out"):
        rescore(mig(z, v).signature, z, v, sample_weight=np.ones(70))


def test_samples_that_are_missing_are_told():
    signature = mig_posterior(data(samples=SAMPLES)).signature
    with pytest.raises(OptionError, match="samples:given there, drawn here"):
        rescore(signature, data())


def test_a_protocol_that_has_changed_gives_way_to_the_options():
    score = evaluate(data(), metrics="mig", protocol="do2020")["mig"]
    told = score.signature.replace("do2020", "roth2023")
    with pytest.warns(SignatureWarning, match="protocol in the signature of mig has other settings here"):
        again = rescore(told, data())["mig"]
    assert float(again) == float(score)
    assert "protocol" not in again.signature


def test_a_protocol_that_is_gone_gives_way_to_the_options_of_another_version():
    score = evaluate(data(), metrics="mig", protocol="do2020")["mig"]
    told = score.signature.replace("do2020", "gone").replace(f"v:{__version__}", "v:0.0.1")
    with pytest.warns(SignatureWarning) as warned:
        again = rescore(told, data())["mig"]
    assert ["version" in str(w.message) for w in warned] == [True, False]
    assert float(again) == float(score)


def test_options_of_another_version_that_come_out_otherwise_are_told():
    told = WHOLE.replace("|entropy:plugin", "").replace(f"v:{__version__}", "v:0.0.1")
    with pytest.warns(SignatureWarning) as warned:
        rescore(told, data())
    assert "differs in this version: entropy:(none) there, plugin here" in str(warned[1].message)


def test_several_signatures_make_a_report_in_their_order():
    scores = evaluate(data(), metrics=["sap", "mig"])
    again = rescore([score.signature for score in scores.values()], data())
    assert list(again) == ["sap", "mig"]
    assert {name: float(score) for name, score in again.items()} == {n: float(s) for n, s in scores.items()}


def test_two_signatures_of_one_metric_are_refused():
    with pytest.raises(OptionError, match=r"two signatures are of mig"):
        rescore([WHOLE, WHOLE], data())


def test_an_interval_stands_beside_the_number():
    score = evaluate(data(), metrics="mig", confidence=0.9, n_boot=20, chance=True, n_permutations=5)["mig"]
    again = rescore(score.signature, data(), confidence=0.9, n_boot=20, chance=True, n_permutations=5)["mig"]
    assert (again.interval, again.chance) == (score.interval, score.chance)


def test_what_is_passed_beside_is_what_evaluate_takes_beside():
    said = {"metrics", "protocol", "options", "factor_kinds", "latent_groups", "one_hot", "targets"}
    parameters = set(inspect.signature(evaluate).parameters) - {"latents", "factors", "sample_weight", "align"}
    for name in parameters - said:
        assert f"`{name}`" in rescore.__doc__
    for name in said:
        with pytest.raises(OptionError, match=f"rescore takes no {name}"):
            rescore(WHOLE, data(), **{name: None})


@pytest.mark.parametrize("around", ["  {}", "- `{}`", "% {}", '"{}"', "'{}'\r\n"])
def test_a_line_that_was_copied_with_what_stands_around_it(around):
    assert rescore(around.format(WHOLE), data())["mig"].signature == WHOLE


def test_quotes_that_a_shell_took_off_are_not_missed():
    score = sap(LATENTS, FACTORS[:, :1], probe=Tree("cv"))
    assert rescore(score.signature.replace('"', ""), LATENTS, FACTORS[:, :1])["sap"].signature == score.signature
    assert rescore(score.signature.replace('"', "'"), LATENTS, FACTORS[:, :1])["sap"].signature == score.signature
