"""A Score is a float wherever one is expected, cannot be changed, and says how it was made."""

import copy
import json
import math
import pickle
import statistics

import numpy as np
import pandas as pd
import pytest
from conftest import plain

from disentangle_metrics import Ceiling, Interval, Score, Tree, __version__, get_metric, mig, sap


def a_score(value=0.5, **changes):
    parts = {
        "metric": "mig",
        "matrix": np.array([[0.5, 0.0], [0.25, 1.0], [0.0, 0.0]]),
        "per_factor": np.array([0.75, 0.25]),
        "latent_names": ("z0", "z1", "z2"),
        "factor_names": ("shape", "pos_x"),
        "settings": {"n_bins": 20, "aggregate": "mean", "n_samples": 4, "n_latents": 3, "n_factors": 2, "version": "1"},
        "signature_options": ("n_bins",),
    }
    return Score(value, **{**parts, **changes})


def a_full_score(**changes):
    parts = {
        "per_latent": np.array([0.1, np.nan, 0.3]),
        "per_repeat": np.array([0.4, 0.6]),
        "notes": ("1 of 3 latents is constant",),
        "interval": Interval(0.4, 0.6, 0.95, "bootstrap"),
        "chance": 0.003,
    }
    return a_score(**{**parts, **changes})


@pytest.fixture
def arrays():
    """Three latents, of which two say something of the two factors."""
    rng = np.random.default_rng(0)
    v = rng.integers(3, size=(200, 2))
    return v @ [[1, 0, 1], [0, 2, 1]] + rng.normal(size=(200, 3)), v


# --- a float


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (a_score() == 0.5, True),
        (a_score() == a_score(), True),
        (a_score() != a_score(0.25), True),
        (a_score() > 0.3, True),
        (0.3 < a_score() <= 0.5, True),
        (a_score() + 1, 1.5),
        (1 - a_score(), 0.5),
        (a_score() * a_score(), 0.25),
        (a_score() / 2, 0.25),
        (a_score() ** 2, 0.25),
        (-a_score(), -0.5),
        (abs(a_score(-0.5)), 0.5),
        (round(a_score(0.12345), 2), 0.12),
        (int(a_score(2.5)), 2),
        (bool(a_score(0.0)), False),
        (sum([a_score(), a_score(0.25)]), 0.75),
        (math.sqrt(a_score(0.25)), 0.5),
        (math.isnan(a_score(math.nan)), True),
        (np.mean([a_score(), a_score(0.25)]), 0.375),
        (pd.Series([a_score(), a_score(0.25)]).mean(), 0.375),
        ({a_score(): "found"}[0.5], "found"),
        (a_score() in {0.5}, True),
    ],
)
def test_a_score_counts_as_its_value(found, expected):
    assert found == expected


@pytest.mark.parametrize("function", [statistics.mean, statistics.fmean, statistics.median, statistics.stdev])
def test_the_statistics_of_the_standard_library_take_scores(function):
    values = [0.5, 0.25, 0.75, 0.625]
    assert function([a_score(value) for value in values]) == function(values)


def test_a_score_is_a_float():
    assert isinstance(a_score(), float)


def test_what_is_computed_from_a_score_is_a_plain_float():
    assert type(a_score() + 1) is float


def test_the_largest_of_some_scores_still_says_how_it_was_made():
    assert max(a_score(), a_score(0.75, notes=("best",))).notes == ("best",)


def test_a_list_of_scores_is_an_array_of_floats():
    assert np.array([a_score(), a_score()]).dtype == np.float64


def test_a_score_hashes_as_its_value():
    assert hash(a_score()) == hash(0.5)


def test_a_score_is_a_number_in_json():
    assert json.dumps({"mig": a_score()}) == '{"mig": 0.5}'


@pytest.mark.parametrize("text", [repr(a_score()), str(a_score()), f"{a_score()}", "%s" % a_score()])  # noqa: UP031
def test_a_score_prints_as_its_value(text):
    assert text == "0.5"


def test_a_score_prints_every_digit():
    assert repr(a_score(0.1 + 0.2)) == "0.30000000000000004"


@pytest.mark.parametrize("text", [f"{a_score():.3f}", format(a_score(), ".3f"), "%.3f" % a_score()])  # noqa: UP031
def test_a_score_is_formatted_as_its_value(text):
    assert text == "0.500"


# --- read-only


@pytest.mark.parametrize("name", [*sorted(vars(a_full_score())), "signature", "spread", "anything"])
def test_nothing_of_a_score_can_be_set(name):
    with pytest.raises(AttributeError, match="read-only"):
        setattr(a_score(), name, None)


def test_nothing_of_a_score_can_be_deleted():
    with pytest.raises(AttributeError, match="read-only"):
        del a_score().matrix


@pytest.mark.parametrize("name", ["matrix", "per_factor", "per_latent", "per_repeat"])
def test_arrays_of_a_score_cannot_be_written(name):
    with pytest.raises(ValueError, match="read-only"):
        getattr(a_full_score(), name)[0] = 1.0


def test_settings_of_a_score_cannot_be_written():
    with pytest.raises(TypeError):
        a_score().settings["n_bins"] = 5


def test_a_score_keeps_its_own_copy_of_an_array():
    matrix = np.zeros((3, 2))
    score = a_score(matrix=matrix)
    matrix[:] = 1
    assert not score.matrix.any()


def test_a_score_keeps_its_own_copy_of_the_settings():
    settings = dict(a_score().settings)
    score = a_score(settings=settings)
    settings["n_bins"] = 5
    assert score.settings["n_bins"] == 20


def test_names_and_notes_are_tuples_whatever_was_given():
    score = a_score(latent_names=["a", "b", "c"], factor_names=["f", "g"], notes=["a note"])
    assert (score.latent_names, score.factor_names, score.notes) == (("a", "b", "c"), ("f", "g"), ("a note",))


@pytest.mark.parametrize("metric", [mig, sap])
def test_a_metrics_score_does_not_hold_the_data(metric, arrays):
    latents, factors = arrays
    score = metric(latents, factors)
    before = score.to_dict()
    latents[:] = factors[:] = 0
    assert score.to_dict() == before


# --- copies


def assert_whole(score, other):
    assert type(other) is Score
    assert float(other) == float(score)
    assert set(vars(other)) == set(vars(score))
    for name, part in vars(score.detach()).items():  # a recipe is kept by copies and left behind by pickles
        np.testing.assert_equal(vars(other.detach())[name], part)


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_a_score_is_pickled_whole(protocol):
    assert_whole(a_full_score(), pickle.loads(pickle.dumps(a_full_score(), protocol)))


@pytest.mark.parametrize("how", [copy.copy, copy.deepcopy, Score.replace])
def test_a_score_is_copied_whole(how):
    assert_whole(a_full_score(), how(a_full_score()))


@pytest.mark.parametrize("how", [copy.copy, copy.deepcopy, lambda score: pickle.loads(pickle.dumps(score))])
def test_a_copy_is_read_only_too(how):
    score = how(a_full_score())
    with pytest.raises(AttributeError, match="read-only"):
        score.metric = "other"
    assert not score.matrix.flags.writeable


def test_a_score_made_with_a_strategy_is_pickled_whole(arrays):
    score = sap(*arrays, probe=Tree(max_depth=3), aggregate=np.max, n_repeats=2)
    assert_whole(score, pickle.loads(pickle.dumps(score)))


def test_an_undefined_score_is_pickled_whole():
    score = pickle.loads(pickle.dumps(a_full_score(value=math.nan)))
    assert math.isnan(score)
    assert score.notes == a_full_score().notes


def test_replacing_a_part_leaves_the_others():
    score = a_full_score().replace(notes=("changed",), chance=None)
    assert (score.notes, score.chance, float(score)) == (("changed",), None, 0.5)
    assert score.signature == a_full_score().signature


def test_replacing_a_part_leaves_the_original():
    score = a_full_score()
    score.replace(notes=())
    assert score.notes == a_full_score().notes


def test_an_unknown_part_cannot_be_replaced():
    with pytest.raises(TypeError, match="colour"):
        a_score().replace(colour="red")


# --- settings and signature


def test_the_signature_of_mig(arrays):
    assert mig(*arrays).signature == (
        f"mig|discretizer:uniform|n_bins:20|entropy:plugin|normalizer:factor|n:200|d:3|k:2|v:{__version__}"
    )


def test_the_signature_of_sap(arrays):
    assert sap(*arrays).signature == (
        "sap|probe:logistic|C:0.1|standardize:true|scoring:accuracy|test_size:0.2|random_state:42"
        f"|n:200|d:3|k:2|v:{__version__}"
    )


def test_the_signature_has_the_options_named_then_the_context():
    score = a_score(signature_options=("aggregate", "n_bins"))
    assert score.signature == "mig|aggregate:mean|n_bins:20|n:4|d:3|k:2|v:1"


OTHER_OPTIONS = [
    (mig, {"discretizer": "quantile"}, "discretizer:quantile"),
    (mig, {"n_bins": 5}, "n_bins:5"),
    (mig, {"entropy": "miller-madow"}, "entropy:miller-madow"),
    (mig, {"entropy": "miller_madow"}, "entropy:miller-madow"),
    (mig, {"normalizer": "none"}, "normalizer:none"),
    (mig, {"factor_kinds": "continuous"}, "factor_kinds:continuous"),
    (mig, {"factor_kinds": {"v1": "continuous"}}, "factor_kinds:categorical,continuous"),
    (mig, {"factor_bins": 5, "factor_kinds": "continuous"}, "factor_bins:5"),
    (mig, {"degenerate": "zero"}, "degenerate:zero"),
    (mig, {"aggregate": "min"}, "aggregate:min"),
    (mig, {"aggregate": np.max}, "aggregate:numpy.max"),
    (sap, {"probe": "threshold"}, "probe:threshold"),
    (sap, {"probe": "linear_svm"}, "probe:linear-svm"),
    (sap, {"probe": Tree(max_depth=4)}, "probe:Tree(max_depth=4, min_samples_leaf=1)"),
    (sap, {"probe": "tree"}, "probe:Tree(max_depth=9, min_samples_leaf=1)"),
    (sap, {"C": 1.0}, "C:1"),
    (sap, {"C": "tuned"}, "C:tuned"),
    (sap, {"class_weight": "balanced"}, "class_weight:balanced"),
    (sap, {"probe": "linear-svm", "class_weight": "none"}, "class_weight:none"),
    (sap, {"standardize": False}, "standardize:false"),
    (sap, {"scoring": "balanced-accuracy"}, "scoring:balanced-accuracy"),
    (sap, {"test_size": 0.3}, "test_size:0.3"),
    (sap, {"test_size": 1 / 3}, "test_size:0.3333333333333333"),
    (mig, {"aggregate": np.mean}, "aggregate:numpy.mean"),
    (sap, {"probe": "tree-cv"}, 'probe:Tree(max_depth="cv", min_samples_leaf=1)'),
    (sap, {"shuffle": False}, "shuffle:false"),
    (sap, {"cv": 3}, "cv:3"),
    (sap, {"n_repeats": 2}, "n_repeats:2"),
    (sap, {"inactive": "zero"}, "inactive:zero"),
    (sap, {"aggregate": "median"}, "aggregate:median"),
    (sap, {"random_state": 7}, "random_state:7"),
]
other_options = pytest.mark.parametrize(
    ("metric", "options", "field"),
    OTHER_OPTIONS,
    ids=[plain(f"{metric.__name__}-{o}") for metric, o, _ in OTHER_OPTIONS],
)


@other_options
def test_an_option_that_differs_from_its_default_is_in_the_signature(metric, options, field, arrays):
    assert field in metric(*arrays, **options).signature.split("|")


@other_options
def test_options_that_differ_make_signatures_that_differ(metric, options, field, arrays):
    # Only the options under test are changed: a probe is compared with itself under its own defaults.
    base = {name: options[name] for name in ("probe", "factor_kinds") if name in options and len(options) > 1}
    assert metric(*arrays, **options).signature != metric(*arrays, **base).signature


@pytest.mark.parametrize(
    "options",
    [
        {"C": 0.1},
        {"C": None},
        {"class_weight": None},
        {"standardize": True},
        {"standardize": np.True_},
        {"shuffle": True},
        {"shuffle": np.True_},
        {"n_repeats": np.int64(1)},
        {"test_size": np.float64(0.2)},
        {"random_state": np.int64(42)},
        {"aggregate": "mean", "inactive": "keep", "degenerate": "drop"},
    ],
    ids=plain,
)
def test_an_option_that_says_the_default_leaves_the_signature_as_it_is(options, arrays):
    assert sap(*arrays, **options).signature == sap(*arrays).signature


def test_an_option_that_has_no_effect_is_not_in_the_signature(arrays):
    assert sap(*arrays, cv=3, test_size=0.3).signature == sap(*arrays, cv=3).signature


def test_the_matrix_of_a_tree_is_not_said_to_have_a_penalty(arrays):
    assert "|C:" not in sap(*arrays, probe="tree").signature


@pytest.mark.parametrize("metric", [mig, sap])
def test_settings_hold_every_option(metric, arrays):
    assert set(get_metric(metric.__name__).options) < set(metric(*arrays).settings)


@pytest.mark.parametrize("metric", [mig, sap])
def test_settings_hold_the_sizes_and_the_version(metric, arrays):
    settings = metric(*arrays).settings
    sizes = {name: settings[name] for name in ("n_samples", "n_latents", "n_factors", "version")}
    assert sizes == {"n_samples": 200, "n_latents": 3, "n_factors": 2, "version": __version__}


def test_settings_hold_the_kinds_that_were_inferred(arrays):
    assert mig(*arrays).settings["factor_kinds"] == "categorical"


def test_settings_hold_what_an_option_stands_for(arrays):
    settings = sap(*arrays, probe="linear-svm").settings
    assert (settings["C"], settings["class_weight"]) == (0.01, "balanced")


@pytest.mark.parametrize("random_state", [None, np.random.default_rng(3)], ids=["none", "generator"])
def test_a_seed_that_was_drawn_is_recorded_and_gives_the_number_again(random_state, arrays):
    score = sap(*arrays, random_state=random_state)
    again = sap(*arrays, random_state=score.settings["random_state"])
    assert (again, again.signature) == (score, score.signature)


# --- describe


def test_a_score_describes_itself():
    score = a_full_score(value=0.43214, per_repeat=None, interval=Interval(0.41871, 0.44598, 0.95, "bootstrap"))
    assert score.describe().splitlines() == [
        "mig = 0.4321  [0.4187, 0.4460] 95 % bootstrap   chance 0.003",
        "  shape 0.75   pos_x 0.25",
        "  1 of 3 latents is constant",
        "  mig|n_bins:20|n:4|d:3|k:2|v:1",
    ]


def test_a_bare_score_describes_itself():
    assert a_score().describe() == "mig = 0.5000\n  shape 0.75   pos_x 0.25\n  mig|n_bins:20|n:4|d:3|k:2|v:1"


def test_the_spread_over_repeats_is_described():
    head = a_score(per_repeat=np.array([0.4, 0.5, 0.6])).describe().splitlines()[0]
    assert head == "mig = 0.5000  +- 0.1000 over 3 splits"


def test_a_level_is_described_as_a_percentage():
    head = a_score(interval=Interval(0.4, 0.6, 0.999, "jackknife")).describe().splitlines()[0]
    assert head == "mig = 0.5000  [0.4000, 0.6000] 99.9 % jackknife"


def test_an_undefined_part_is_described_as_such():
    assert "shape undefined   pos_x 0.25" in a_score(per_factor=np.array([np.nan, 0.25])).describe()


def test_an_undefined_score_is_described_as_such():
    assert a_score(math.nan).describe().splitlines()[0] == "mig = undefined"


def test_a_score_of_each_latent_is_described_by_their_names():
    score = a_score(per_factor=None, per_latent=np.array([0.1, 0.2, 0.3]))
    assert score.describe().splitlines()[1] == "  z0 0.10   z1 0.20   z2 0.30"


def test_every_note_is_a_line():
    assert a_score(notes=("one", "two")).describe().splitlines()[2:4] == ["  one", "  two"]


def test_parts_are_wrapped_at_the_width():
    score = a_score(per_factor=np.full(20, 0.5), factor_names=[f"factor{k}" for k in range(20)])
    lines = [line for line in score.describe(width=40).splitlines() if "factor" in line]
    assert len(lines) == 10
    assert max(map(len, lines)) <= 40


def test_no_part_is_lost_by_wrapping():
    score = a_score(per_factor=np.full(20, 0.5), factor_names=[f"factor{k}" for k in range(20)])
    words = score.describe(width=40).split()
    assert [word for word in words if word.startswith("factor")] == [f"factor{k}" for k in range(20)]


def test_a_name_longer_than_the_width_has_a_line_of_its_own():
    score = a_score(factor_names=("f" * 50, "g"))
    assert score.describe(width=20).splitlines()[1:3] == [f"  {'f' * 50} 0.75", "  g 0.25"]


def test_a_name_of_two_lines_stays_on_one():
    assert len(a_score(factor_names=("a\nb", "c")).describe().splitlines()) == 3


def test_the_signature_is_never_broken(arrays):
    score = mig(*arrays)
    assert score.describe(width=20).splitlines()[-1] == f"  {score.signature}"


def test_parts_are_those_of_the_factors():
    assert a_full_score().parts() == {"shape": 0.75, "pos_x": 0.25}


# --- spread, to_dict, to_frame, Interval


def test_the_spread_is_the_standard_deviation_over_repeats(arrays):
    score = sap(*arrays, n_repeats=3)
    assert score.spread == pytest.approx(np.std(score.per_repeat, ddof=1))


def test_without_repeats_there_is_no_spread(arrays):
    assert sap(*arrays).spread is None


def test_to_dict_is_the_score_in_plain_values():
    assert a_full_score().to_dict() == {
        "metric": "mig",
        "value": 0.5,
        "interval": {"low": 0.4, "high": 0.6, "level": 0.95, "method": "bootstrap"},
        "chance": 0.003,
        "per_factor": [0.75, 0.25],
        "per_latent": [0.1, None, 0.3],
        "per_repeat": [0.4, 0.6],
        "spread": pytest.approx(0.2 / math.sqrt(2)),
        "matrix": [[0.5, 0.0], [0.25, 1.0], [0.0, 0.0]],
        "latent_names": ["z0", "z1", "z2"],
        "factor_names": ["shape", "pos_x"],
        "settings": {"n_bins": 20, "aggregate": "mean", "n_samples": 4, "n_latents": 3, "n_factors": 2, "version": "1"},
        "notes": ["1 of 3 latents is constant"],
        "signature": "mig|n_bins:20|n:4|d:3|k:2|v:1",
    }


@pytest.mark.parametrize(
    "changes",
    [
        {"value": math.nan},
        {"value": math.inf},
        {"per_factor": np.array([np.nan, -np.inf])},
        {"matrix": np.full((3, 2), np.nan)},
        {"chance": math.nan},
        {"per_repeat": np.array([np.nan, 0.5])},
        {"interval": Interval(math.nan, math.nan, 0.95, "bootstrap")},
        {"settings": {**a_score().settings, "C": math.inf}},
    ],
    ids=lambda changes: "-".join(changes),
)
def test_to_dict_is_strict_json_whatever_is_undefined(changes):
    json.dumps(a_full_score(**changes).to_dict(), allow_nan=False)


@pytest.mark.parametrize("name", ["per_factor", "per_latent", "per_repeat", "spread", "interval", "chance"])
def test_what_a_score_has_not_is_none(name):
    changes = {"per_factor": None} if name == "per_factor" else {}
    assert a_score(**changes).to_dict()[name] is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (("a", "b"), ["a", "b"]),
        ({"a": (1, math.nan)}, {"a": [1, None]}),
        (np.float64(0.25), 0.25),
        (Tree(), "Tree(max_depth=9, min_samples_leaf=1)"),
        (mig, "mig"),
    ],
    ids=plain,
)
def test_a_setting_is_a_plain_value_in_to_dict(value, expected):
    assert a_score(settings={**a_score().settings, "C": value}).to_dict()["settings"]["C"] == expected


def test_to_frame_is_the_matrix_under_its_names():
    frame = a_score().to_frame()
    assert (list(frame.index), list(frame.columns)) == (["z0", "z1", "z2"], ["shape", "pos_x"])
    assert (frame.index.name, frame.columns.name) == ("latent", "factor")
    np.testing.assert_array_equal(frame, a_score().matrix)


def test_to_frame_may_be_written_to():
    score = a_score()
    frame = score.to_frame()
    frame.loc["z0", "shape"] = 9.0
    assert score.matrix[0, 0] == 0.5


def test_an_interval_holds_its_ends_its_level_and_its_method():
    interval = Interval(low=0.4, high=0.6, level=0.95, method="bootstrap")
    assert (interval.low, interval.high, interval.level, interval.method) == (0.4, 0.6, 0.95, "bootstrap")


def test_intervals_compare_by_value():
    assert Interval(0.4, 0.6, 0.95, "bootstrap") == Interval(0.4, 0.6, 0.95, "bootstrap")


def test_an_interval_is_read_only():
    with pytest.raises(AttributeError):
        Interval(0.4, 0.6, 0.95, "bootstrap").low = 0.0


def test_what_is_undefined_beside_a_score_is_said():
    head = (
        a_score(value=math.nan, null=None, ceiling=Ceiling(math.nan, ()), adjusted=math.nan).describe().split("\n")[0]
    )
    assert head == "mig = undefined   ceiling undefined   adjusted undefined"
