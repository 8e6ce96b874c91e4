"""Intervals, chance and ceilings of groups of latents, and of circular and ordinal factors: all by hand."""

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression

from disentangle_metrics import (
    Circular,
    OptionError,
    Representation,
    compare,
    evaluate,
    get_metric,
    mig,
    replicates,
    sap,
)
from disentangle_metrics.kernels.resampling.bootstrap import draw_rows
from disentangle_metrics.uncertainty.replicates import drawn_parts

pytestmark = pytest.mark.filterwarnings("ignore::disentangle_metrics.BiasWarning")

PAIR = [(0, 1), (2, 3)]
TURN = 2 * np.pi


@pytest.fixture(scope="module")
def data():
    """Cosine and sine of 200 angles, a noisy size of five steps, and noise."""
    rng = np.random.default_rng(0)
    angle, size = rng.uniform(0, TURN, size=200), rng.integers(5, size=200)
    z = np.column_stack([np.cos(angle), np.sin(angle), size + 0.6 * rng.normal(size=200), rng.normal(size=200)])
    return Representation(z, np.column_stack([angle, size]), factor_kinds=[Circular(TURN), "ordinal"])


def resampled(data, metric, **options):
    """The recipe of a score, and the statistic that it is drawn from."""
    recipe = get_metric(metric).function(data, **options).recipe
    return recipe, recipe.statistic().resampled()


def halves(n, n_boot, seed=42):
    rng = np.random.default_rng(seed)
    return [np.sort(rng.permutation(n)[: (n + 1) // 2]) for _ in range(n_boot)]


# Intervals


@pytest.mark.parametrize("options", [{}, {"entropy": "miller-madow"}, {"normalizer": "latent"}], ids=str)
def test_groups_are_not_drawn_from_the_bins_of_single_latents(data, options):
    assert resampled(data, "mig", **options)[1] is not None
    assert resampled(data, "mig", latent_groups=PAIR, **options)[1] is None


@pytest.mark.parametrize("options", [{}, {"probe": "tree"}, {"factor_bins": 4}, {"probe": "r2"}], ids=str)
def test_groups_are_not_drawn_from_the_probes_of_single_latents(data, options):
    assert resampled(data, "sap", latent_groups=PAIR, **options)[1] is None


@pytest.mark.parametrize(
    ("options", "held"),
    [
        ({}, False),  # the angles are scored by a correlation with a circle
        ({"factor_bins": 4}, True),
        ({"probe": "r2", "factor_kinds": "ordinal"}, False),
        ({"probe": "r2", "factor_kinds": "continuous"}, True),
        ({"factor_kinds": ["continuous", "ordinal"]}, True),
        ({"probe": LinearRegression(), "factor_kinds": "continuous"}, False),
    ],
    ids=str,
)
def test_correlations_of_ranks_and_with_circles_are_not_drawn_from_sums(data, options, held):
    assert (resampled(data, "sap", **options)[1] is not None) is held


@pytest.mark.parametrize("metric", ["mig", "sap"])
def test_an_interval_of_groups_is_made_of_scores_of_half_of_the_rows(data, metric):
    options = {"latent_groups": PAIR, "n_bins": 4} if metric == "mig" else {"latent_groups": PAIR}
    drawn = replicates(data, metric, options, n_boot=3)
    assert drawn.method == "half-samples"
    kinds = {"factor_kinds": data.factor_kinds}
    for rows, per_factor in zip(halves(200, 3), drawn.per_factor, strict=True):
        again = get_metric(metric).function(data.latents[rows], data.factors[rows], **options, **kinds)
        np.testing.assert_array_equal(per_factor, again.per_factor)


@pytest.mark.parametrize("metric", ["mig", "sap"])
def test_a_group_of_one_each_has_the_interval_of_a_score_on_halves(data, metric):
    alone = replicates(data, metric, {"latent_groups": [0, 1, 2, 3]}, n_boot=3)
    for rows, per_factor in zip(halves(200, 3), alone.per_factor, strict=True):
        half = data.on_rows(rows, rows)
        np.testing.assert_array_equal(per_factor, get_metric(metric).function(half).per_factor)


@pytest.mark.parametrize("kind", ["ordinal", "circular"])
def test_an_interval_of_ranks_and_circles_is_made_of_scores_of_half_of_the_rows(data, kind):
    factors = data.factors[:, 1] if kind == "ordinal" else data.factors[:, 0]
    one = Representation(data.latents, factors, factor_kinds=Circular(TURN) if kind == "circular" else kind)
    drawn = replicates(one, "sap", {"probe": "r2"}, n_boot=3)
    for rows, per_factor in zip(halves(200, 3), drawn.per_factor, strict=True):
        half = sap(data.latents[rows], factors[rows], probe="r2", factor_kinds=one.factor_kinds)
        np.testing.assert_array_equal(per_factor, half.per_factor)


def test_draws_of_mig_with_arcs_are_its_value_on_repeated_rows_with_the_edges_held(data):
    edges = [np.linspace(x.min(), x.max(), 21) for x in data.latents.T]
    bins = np.stack([np.digitize(x, e[1:-1]) for x, e in zip(data.latents.T, edges, strict=True)], axis=1)
    drawn = replicates(data, "mig", {"factor_bins": 6}, n_boot=5)
    arcs = np.column_stack([np.floor(data.factors[:, 0] / TURN * 6), data.factors[:, 1]])
    for weights, per_factor in zip(np.concatenate(list(draws(5))), drawn.per_factor, strict=True):
        rows = np.repeat(np.arange(200), weights)
        again = mig(bins[rows], arcs[rows], discretizer="unique")
        np.testing.assert_allclose(per_factor, again.per_factor, atol=1e-12)


def draws(n_boot):
    return draw_rows(np.random.default_rng(42), 200, n_boot, None)


@pytest.mark.parametrize("options", [{"probe": "threshold"}, {"cv": 3, "probe": "threshold"}, {}], ids=str)
def test_every_row_once_is_sap_itself_with_classes_in_order(options):
    rng = np.random.default_rng(1)
    v = rng.integers(5, size=(200, 2))
    z = np.column_stack([np.abs(v[:, 0] - 2.2), v[:, 1]]) + 0.3 * rng.normal(size=(200, 2))
    score = sap(z, v, factor_kinds="ordinal", **options)
    one = np.ones((1, 200), dtype=np.uint16)
    data = Representation(z, v, factor_kinds="ordinal")
    gaps, matrix, _ = drawn_parts(*resampled(data, "sap", **options), [one])
    np.testing.assert_allclose(matrix[0], score.matrix, atol=1e-12)
    np.testing.assert_allclose(gaps[0], score.per_factor, atol=1e-12)
    if options.get("probe") == "threshold":
        assert not np.allclose(matrix[0], sap(z, v, **options).matrix)


def test_half_of_the_rows_take_angles_as_all_of_them_do():
    rng = np.random.default_rng(2)
    v = rng.integers(70, size=1000)  # of 70 angles fewer than 64 are left in few rows
    data = Representation(rng.normal(size=(1000, 2)), v, factor_kinds=Circular(70))
    some = np.arange(100)
    assert data.measured == data.on_rows(some, some).measured == (True,)
    assert Representation(data.latents[some], v[some], factor_kinds=Circular(70)).measured == (False,)
    many = rng.integers(80, size=10_000)  # and of many rows 80 are few
    data = Representation(rng.normal(size=(10_000, 2)), many, factor_kinds=Circular(80))
    half = data.on_rows(np.arange(4000), np.arange(4000))
    assert data.measured == half.measured == (False,)
    assert half.labels(0).values.tolist() == list(range(80))


def test_a_comparison_of_groups_is_of_scores_of_half_of_the_rows(data):
    other = Representation(data.latents[:, ::-1] ** 2, data.factors, factor_kinds=data.factor_kinds)
    given = {"options": {"sap": {"latent_groups": PAIR}}, "metric": "sap"}
    found = compare(data, other, n_boot=4, **given).overall
    drawn = [replicates(one, "sap", given["options"]["sap"], n_boot=4).values for one in (data, other)]
    assert found.standard_error == pytest.approx(np.std(drawn[0] - drawn[1], ddof=1), abs=1e-12)
    with pytest.raises(OptionError, match="full new score"):
        compare(data, other, test="sign-flip", **given)


# Chance


@pytest.mark.parametrize("metric", ["mig", "sap"])
def test_chance_of_groups_is_their_score_beside_rows_in_another_order(data, metric):
    options = {"latent_groups": PAIR} | ({"n_bins": 4} if metric == "mig" else {})
    score = evaluate(data, metrics=metric, options={metric: options}, chance=True, n_permutations=3)[metric]
    rng = np.random.default_rng(42)
    kinds = {"factor_kinds": data.factor_kinds}
    by_hand = [
        get_metric(metric).function(data.latents[rng.permutation(200)], data.factors, **options, **kinds)
        for _ in range(3)
    ]
    assert score.null.method == "refitted"
    assert score.chance == pytest.approx(np.mean(by_hand), abs=1e-12)
    np.testing.assert_allclose(score.null.matrix, np.mean([s.matrix for s in by_hand], axis=0), atol=1e-12)
    assert np.shape(score.null.matrix) == (2, 2)


def test_chance_of_arcs_by_counts_is_chance_by_scores(data):
    rng = np.random.default_rng(42)
    score = evaluate(data, metrics="mig", chance=True, n_permutations=5)["mig"]
    orders = [rng.permutation(200) for _ in range(5)]
    by_hand = [mig(data.latents, data.factors[order], factor_kinds=data.factor_kinds) for order in orders]
    assert score.null.method == "recounted"
    np.testing.assert_allclose(score.null.matrix, np.mean([s.matrix for s in by_hand], axis=0), atol=1e-12)


@pytest.mark.parametrize("kind", ["continuous", "ordinal"])
def test_kinds_that_an_option_names_hold_for_chance_too(kind):
    rng = np.random.default_rng(3)
    z, v = rng.normal(size=(300, 2)), rng.integers(4, size=(300, 2))
    given = {"options": {"sap": {"factor_kinds": kind, "probe": "r2"}}, "chance": True, "n_permutations": 2}
    named = evaluate(z, v, "sap", **given)["sap"]
    of_data = evaluate(Representation(z, v, factor_kinds=kind), None, "sap", **given)["sap"]
    assert named.null == of_data.null
    assert np.max(named.null.matrix) < 0.1


def test_kinds_that_an_option_names_hold_for_halves_and_ceilings_too(data):
    plain = Representation(data.latents, data.factors)
    given = {"metrics": "mig", "confidence": 0.9, "n_boot": 4, "ceiling": True}
    options = {"estimator": "ksg", "normalizer": "correlation"}
    named = evaluate(plain, factor_kinds=data.factor_kinds, options={"mig": options}, **given)["mig"]
    of_data = evaluate(data, options={"mig": options}, **given)["mig"]
    assert (named.interval, named.ceiling) == (of_data.interval, of_data.ceiling)
    assert named.ceiling is not None


# Ceilings


@pytest.mark.parametrize("metric", ["mig", "sap"])
def test_groups_have_no_ceiling(data, metric):
    score = evaluate(data, metrics=metric, latent_groups=PAIR, ceiling=True)[metric]
    assert score.ceiling is None
    assert "no ceiling: the groups name these latents, and the perfect representation has other latents" in score.notes


@pytest.mark.parametrize(
    ("metric", "options"),
    [
        ("sap", {}),
        ("sap", {"probe": LinearRegression()}),
        ("mig", {"estimator": "gaussian", "normalizer": "correlation"}),
    ],
    ids=str,
)
def test_no_latent_is_a_perfect_code_of_cosine_and_sine(data, metric, options):
    angle = Representation(data.latents, data.factors[:, 0], factor_kinds=Circular(TURN))
    score = evaluate(angle, metrics=metric, options={metric: options}, ceiling=True)[metric]
    assert score.ceiling is None
    assert any(note.startswith("no ceiling: a circular factor") for note in score.notes)


def test_angles_in_arcs_and_ranks_have_a_ceiling(data):
    angle = Representation(data.latents, data.factors[:, 0], factor_kinds=Circular(TURN))
    size = Representation(data.latents, data.factors[:, 1], factor_kinds="ordinal")
    assert evaluate(angle, metrics="mig", options={"mig": {"factor_bins": 4}}, ceiling=True)["mig"].ceiling.value > 0.8
    ceiling = evaluate(size, metrics="sap", options={"sap": {"probe": "r2"}}, ceiling=True)["sap"].ceiling
    assert ceiling.value == pytest.approx(1.0, abs=0.1)  # the column of noise beside it is a little alike
