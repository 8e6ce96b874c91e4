"""Latents chosen on other rows than they are measured on, and the note on too few rows."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import spearmanr
from sklearn.metrics import mutual_info_score
from sklearn.tree import DecisionTreeClassifier
from strategies import labelled

from disentangle_metrics import Circular, InputError, OptionError, Representation, Tree, evaluate, mig, replicates, sap
from disentangle_metrics.reductions.gaps import gap_of_chosen, top_two_gap

quiet = pytest.mark.filterwarnings(
    "ignore::disentangle_metrics.DegenerateFactorWarning", "ignore::disentangle_metrics.InactiveLatentWarning"
)
both = pytest.mark.parametrize("metric", [mig, sap])
# Half of the test rows are two at least.
large_enough = labelled(min_rows=12)


def chosen(metric, latents, factors, **options):
    return metric(latents, factors, select_on="half", **options)


# --- the gap of chosen latents


def test_the_gap_is_measured_where_it_was_not_chosen():
    choosing = np.array([[3.0, 0.0], [2.0, 1.0], [1.0, 5.0]])
    measuring = np.array([[10.0, 1.0], [4.0, 7.0], [50.0, 2.0]])
    assert gap_of_chosen(choosing, measuring).tolist() == [6.0, -5.0]


def test_two_that_tie_for_the_first_place_lead_by_nothing():
    assert gap_of_chosen(np.array([[2.0], [2.0], [1.0]]), np.array([[5.0], [1.0], [0.0]])) == 0.0


def test_those_that_tie_for_the_second_place_count_by_their_mean():
    assert gap_of_chosen(np.array([[3.0], [1.0], [1.0], [0.0]]), np.array([[5.0], [1.0], [2.0], [9.0]])) == 3.5


def test_what_rounding_made_is_no_choice():
    assert gap_of_chosen(np.array([[0.1 + 0.2], [0.3]]), np.array([[5.0], [1.0]])) == 0.0


def test_what_rounding_made_is_no_choice_of_a_second_either():
    choosing, measuring = np.array([[1.0], [0.1 + 0.2], [0.3]]), np.array([[5.0], [1.0], [2.0]])
    assert gap_of_chosen(choosing, measuring) == 3.5


@given(st.lists(st.lists(st.integers(-3, 3), min_size=2, max_size=2), min_size=2, max_size=5))
def test_a_matrix_that_chooses_for_itself_has_the_gap_of_the_two_best(rows):
    matrix = np.array(rows, dtype=float)
    np.testing.assert_allclose(gap_of_chosen(matrix, matrix), top_two_gap(matrix - matrix.min()), atol=1e-12)


# --- by hand


def halves_of(rows, seed=42):
    order = np.random.RandomState(seed).permutation(len(rows))
    return rows[np.sort(order[: len(rows) // 2])], rows[np.sort(order[len(rows) // 2 :])]


def leads(first, second):
    """The lead of the two best of one list in another."""
    order = np.argsort(first)
    return second[order[-1]] - second[order[-2]]


def test_mig_equals_a_slow_oracle():
    rng = np.random.default_rng(0)
    v = rng.integers(4, size=101)
    z = np.where(rng.random((101, 3)) < [0.6, 0.5, 0.1], v[:, None], rng.integers(4, size=(101, 3)))
    parts = halves_of(np.arange(101))
    known = [[mutual_info_score(column, v[part]) for column in z[part].T] for part in parts]
    whole = [mutual_info_score(v[part], v[part]) for part in parts]
    expected = (leads(known[0], known[1]) / whole[1] + leads(known[1], known[0]) / whole[0]) / 2
    assert chosen(mig, z, v, n_bins=4) == pytest.approx(expected, abs=1e-12)


def test_sap_equals_a_slow_oracle_that_fits_each_probe_once():
    rng = np.random.default_rng(1)
    v = rng.integers(3, size=200)
    z = v[:, None] * [0.9, 0.8, 0.0] + rng.normal(size=(200, 3))
    order = np.random.RandomState(42).permutation(200)
    test, train = order[:40], order[40:]
    fitted = [DecisionTreeClassifier(max_depth=3, random_state=42).fit(z[train, j : j + 1], v[train]) for j in range(3)]
    scores = [
        [np.mean(tree.predict(z[part, j : j + 1]) == v[part]) for j, tree in enumerate(fitted)]
        for part in halves_of(test)
    ]
    expected = (leads(scores[0], scores[1]) + leads(scores[1], scores[0])) / 2
    found = chosen(sap, z, v, probe=DecisionTreeClassifier(max_depth=3), standardize=False)
    assert found == pytest.approx(expected, abs=1e-12)
    np.testing.assert_allclose(found.matrix[:, 0], np.mean(scores, axis=0), atol=1e-12)


def test_a_continuous_factor_is_halved_over_all_its_rows():
    rng = np.random.default_rng(2)
    v = rng.normal(size=150)
    z = v[:, None] * [0.9, 0.8, 0.0] + rng.normal(size=(150, 3))
    squares = [[np.corrcoef(z[p, j], v[p])[0, 1] ** 2 for j in range(3)] for p in halves_of(np.arange(150))]
    expected = (leads(squares[0], squares[1]) + leads(squares[1], squares[0])) / 2
    assert chosen(sap, z, v, factor_kinds="continuous") == pytest.approx(expected, abs=1e-12)


# --- what it is for


@pytest.mark.parametrize(
    ("metric", "options"),
    [
        (mig, {}),
        (mig, {"entropy": "miller-madow"}),
        (mig, {"normalizer": "latent"}),
        (mig, {"discretizer": "quantile", "n_bins": 5}),
        (sap, {}),
        (sap, {"probe": "gaussian-nb"}),
    ],
)
def test_noise_scores_nothing_on_average_where_it_scored_something(metric, options):
    plain, halved = [], []
    for seed in range(200):
        rng = np.random.default_rng(seed)
        latents, factors = rng.normal(size=(120, 6)), rng.permutation(120) % 4
        plain.append(metric(latents, factors, **options))
        halved.append(chosen(metric, latents, factors, random_state=seed, **options))
    t = [np.mean(values) / (np.std(values, ddof=1) / np.sqrt(200)) for values in (plain, halved)]
    assert t[0] > 10
    assert abs(t[1]) < 2.6  # which a t of 199 degrees of freedom passes with a probability of 1 %
    assert min(halved) < 0


@both
def test_a_perfect_code_beside_nothing_scores_as_before(metric):
    v = np.arange(400) % 2
    latents = np.stack([v, np.zeros(400)], axis=1)
    options = {"inactive": "zero"} if metric is sap else {}
    assert chosen(metric, latents, v, **options) == metric(latents, v, **options) == 1.0


def test_a_perfect_code_of_many_rows_hardly_changes():
    v = np.random.default_rng(0).integers(5, size=(20_000, 3))
    assert chosen(mig, v, v) == pytest.approx(float(mig(v, v)), abs=2e-3)


def test_the_matrix_of_mig_is_that_of_all_rows(example):
    np.testing.assert_array_equal(mig(example, select_on="half").matrix, mig(example).matrix)


def test_without_bins_halves_choose_too():
    rng = np.random.default_rng(0)
    v = rng.normal(size=(400, 1))
    latents = np.hstack([v + 0.1 * rng.normal(size=(400, 1)), rng.normal(size=(400, 2))])
    score = chosen(mig, latents, v, estimator="gaussian", normalizer="correlation")
    assert score == pytest.approx(float(mig(latents, v, estimator="gaussian", normalizer="correlation")), abs=0.1)
    assert score > 0.8


# --- laws


@quiet
@both
@given(data=large_enough, seed=st.integers(0, 99))
def test_the_order_of_latents_and_factors_does_not_matter(metric, data, seed):
    latents, factors = data
    rng = np.random.default_rng(seed)
    z, v = rng.permutation(latents.shape[1]), rng.permutation(factors.shape[1])
    score, again = chosen(metric, latents, factors), chosen(metric, latents[:, z], factors[:, v])
    assert again == pytest.approx(score, abs=1e-12)
    np.testing.assert_allclose(again.per_factor, score.per_factor[v], atol=1e-12)


@quiet
@both
@given(data=large_enough)
def test_names_of_labels_do_not_matter_while_their_order_is_kept(metric, data):
    latents, factors = data
    renamed = np.array(["", "a", "blue", "ruby", "zinc"])[factors]
    assert chosen(metric, latents, renamed) == pytest.approx(chosen(metric, latents, factors), abs=1e-12)


@quiet
@given(data=large_enough)
def test_names_of_labels_do_not_matter_to_mig(data):
    latents, factors = data
    renamed = np.array([3, 0, 4, 1, 2])[factors]
    assert chosen(mig, latents, renamed) == pytest.approx(chosen(mig, latents, factors), abs=1e-12)


@quiet
@both
@given(data=large_enough)
def test_duplicated_latents_lead_by_nothing(metric, data):
    latents, factors = data
    assert chosen(metric, np.hstack([latents, latents]), factors) == 0.0


@quiet
@both
@given(data=large_enough)
def test_the_same_seed_gives_the_same_number_and_it_lies_between_minus_one_and_one(metric, data):
    score = chosen(metric, *data)
    assert score == chosen(metric, *data)
    assert -1 <= score <= 1


@both
def test_missing_labels_and_constant_factors_are_left_out(metric):
    rng = np.random.default_rng(0)
    factors = rng.integers(3, size=(120, 3)).astype(float)
    factors[:30, 0], factors[:, 1] = np.nan, 1
    latents = rng.normal(size=(120, 3))
    with pytest.warns(match="single value"):
        score = chosen(metric, latents, factors)
    assert np.isnan(score.per_factor[1])
    assert np.isfinite(score.per_factor[[0, 2]]).all()


# --- how it is recorded


@both
def test_the_choice_is_in_settings_and_signature(metric, example):
    score = metric(example, select_on="half", random_state=7)
    assert (score.settings["select_on"], score.settings["random_state"]) == ("half", 7)
    assert "|select_on:half|" in score.signature
    assert "|random_state:7|" in score.signature
    assert score != metric(example, select_on="half", random_state=8)


@both
def test_without_it_nothing_is_recorded_that_was_not_before(metric, example):
    assert "select_on" not in metric(example).signature
    assert metric(example).settings["select_on"] is None


def test_mig_records_no_seed_that_decides_nothing(example):
    assert mig(example, random_state=7).settings["random_state"] is None
    assert mig(example, random_state=7).signature == mig(example).signature


def test_a_seed_that_was_drawn_is_recorded(example):
    score = mig(example, select_on="half", random_state=np.random.default_rng(0))
    assert score == mig(example, select_on="half", random_state=score.settings["random_state"])


def test_rows_split_in_order_are_halved_at_random_all_the_same(example):
    score = sap(example, shuffle=False, select_on="half", random_state=3)
    assert score.settings["random_state"] == 3
    assert score == sap(example, shuffle=False, select_on="half", random_state=3)


def test_every_repeat_has_halves_of_its_own(example):
    repeats = sap(example, select_on="half", n_repeats=2).per_repeat
    assert repeats.tolist() == [float(sap(example, select_on="half", random_state=s)) for s in (42, 43)]


def test_negative_gaps_are_reported_and_explained():
    rng = np.random.default_rng(0)
    score = chosen(mig, rng.normal(size=(100, 5)), rng.integers(3, size=(100, 4)))  # noise: half of them, as a rule
    n_negative = int((score.per_factor < 0).sum())
    assert n_negative > 0
    assert f"the gaps of {n_negative} of 4 factors are negative: on rows that did not choose" in "".join(score.notes)


@pytest.mark.parametrize(
    ("metric", "options", "error", "message"),
    [
        (mig, {"select_on": "halves"}, OptionError, "Did you mean 'half'"),
        (sap, {"select_on": 0.5}, OptionError, "select_on=0.5 is not known"),
        (sap, {"select_on": "half", "evaluate_on": "train"}, OptionError, "needs test rows"),
        (mig, {"select_on": "half"}, InputError, "needs four rows and there are 3"),
        (sap, {"select_on": "half"}, OptionError, "needs two rows, to choose and to measure on, and there is 1"),
    ],
)
def test_what_cannot_be_halved_is_an_error(metric, options, error, message):
    with pytest.raises(error, match=message):
        metric([[0, 1], [1, 2], [2, 0]], [0, 1, 1], **options)


# --- beside weights, groups and kinds


@pytest.fixture
def noisy():
    rng = np.random.default_rng(5)
    v = rng.integers(4, size=(240, 2))
    return np.column_stack([v + rng.normal(size=v.shape), rng.normal(size=(240, 2))]), v


def both_ways(first, second):
    return (gap_of_chosen(first, second) + gap_of_chosen(second, first)) / 2


@pytest.mark.parametrize(
    "options",
    [
        {"sample_weight": np.arange(240) % 3},
        {"sample_weight": np.linspace(0.5, 2.0, 240)},
        {"latent_groups": [(0, 2), (1,), (3,)], "n_bins": 3},
        {"latent_groups": [(0, 2), (1, 3)], "n_bins": 3, "sample_weight": 1 + np.arange(240) % 3},
        {"latent_groups": [(0, 2), (1,)], "estimator": "ksg"},
        {"factor_kinds": Circular(period=4)},
        {"factor_kinds": "ordinal"},
    ],
    ids=lambda options: "-".join(options),
)
def test_each_half_is_scored_as_if_it_were_all_there_is(noisy, options):
    latents, factors = noisy
    weight = options.get("sample_weight")
    counting = np.arange(240) if weight is None else np.flatnonzero(weight)
    known = []
    for rows in halves_of(counting):
        own = options if weight is None else {**options, "sample_weight": weight[rows]}
        known.append(mig(latents[rows], factors[rows], normalizer="none", **own).matrix)
    score = chosen(mig, latents, factors, normalizer="none", **options)
    np.testing.assert_allclose(score.per_factor, both_ways(*known), atol=1e-12)


def test_a_half_looks_at_angles_as_all_rows_do():
    rng = np.random.default_rng(0)
    angles = rng.permutation(np.repeat(np.arange(200) * 1.7, 5))
    data = Representation(
        rng.normal(size=(1000, 2)), angles, factor_kinds=Circular(period=360), sample_weight=np.arange(1000)
    )
    half = data.take(np.arange(10))
    assert data.is_measured(0)
    assert half.is_measured(0)
    assert half.factor_kinds == data.factor_kinds
    assert half.weights_of().tolist() == list(range(1, 11))


def squared_correlations(x, y, weight):
    """By numpy: (d,)."""
    found = (np.cov(column, y, aweights=weight) for column in x.T)
    return [c[0, 1] ** 2 / (c[0, 0] * c[1, 1]) for c in found]


def test_weighted_r2_of_halves_is_that_of_numpy(noisy):
    latents, factors = noisy
    weight = np.linspace(0.5, 2.0, 240)
    known = [
        np.transpose([squared_correlations(latents[rows], factors[rows, k], weight[rows]) for k in range(2)])
        for rows in halves_of(np.arange(240))
    ]
    score = chosen(sap, latents, factors, probe="r2", factor_kinds="continuous", sample_weight=weight)
    np.testing.assert_allclose(score.per_factor, both_ways(*known), atol=1e-12)
    np.testing.assert_allclose(score.matrix, np.mean(known, axis=0), atol=1e-12)


def test_ordinal_factors_are_ranked_within_each_half(noisy):
    latents, factors = noisy
    known = [
        np.array([[spearmanr(z, v).statistic ** 2 for v in factors[rows].T] for z in latents[rows].T])
        for rows in halves_of(np.arange(240))
    ]
    score = chosen(sap, latents, factors, probe="r2", factor_kinds="ordinal")
    np.testing.assert_allclose(score.per_factor, both_ways(*known), atol=1e-12)


def test_a_circular_factor_is_correlated_within_each_half(noisy):
    latents, factors = noisy
    angles = np.column_stack([np.cos(factors[:, 0] * np.pi / 2), np.sin(factors[:, 0] * np.pi / 2)])
    known = []
    for rows in halves_of(np.arange(240)):
        circle = np.column_stack([np.ones(len(rows)), angles[rows]])
        fitted = circle @ np.linalg.lstsq(circle, latents[rows], rcond=None)[0]
        known.append((fitted.var(axis=0) / latents[rows].var(axis=0))[:, None])
    score = chosen(sap, latents, factors[:, :1], probe="r2", factor_kinds=Circular(period=4))
    np.testing.assert_allclose(score.per_factor, both_ways(*known), atol=1e-12)


def test_a_group_is_predicted_as_scikit_learn_does_from_its_columns(noisy):
    latents, factors = noisy
    order = np.random.RandomState(42).permutation(240)
    test, train = order[:48], order[48:]
    known = [np.empty((3, 2)), np.empty((3, 2))]
    for u, members in enumerate([[0, 2], [1], [3]]):
        for k in range(2):
            tree = DecisionTreeClassifier(max_depth=2, random_state=0).fit(
                latents[train][:, members], factors[train, k]
            )
            for matrix, rows in zip(known, halves_of(test), strict=True):
                matrix[u, k] = tree.score(latents[rows][:, members], factors[rows, k])
    options = {"probe": Tree(max_depth=2), "standardize": False, "latent_groups": [(0, 2), (1,), (3,)]}
    score = chosen(sap, latents, factors, **options)
    assert score.latent_names == ("z0+z2", "z1", "z3")
    np.testing.assert_allclose(score.per_factor, both_ways(*known), atol=1e-12)


# --- beside intervals


@pytest.mark.parametrize("metric", ["mig", "sap"])
def test_rows_are_drawn_again_by_scoring_halves_anew(noisy, metric):
    drawn = replicates(Representation(*noisy), metric, {"select_on": "half"}, n_boot=4)
    assert drawn.method == "half-samples"


def test_the_interval_of_noise_may_reach_below_zero():
    rng = np.random.default_rng(0)
    latents, factors = rng.normal(size=(200, 4)), rng.integers(3, size=(200, 3))
    options = {"mig": {"select_on": "half", "n_bins": 5}}
    score = evaluate(latents, factors, "mig", options=options, confidence=0.95, n_boot=30)["mig"]
    assert score.interval.low < 0 < score.interval.high


def test_the_ceiling_of_halves_names_no_bound(noisy):
    options = {"mig": {"select_on": "half"}}
    ceiling = evaluate(*noisy, "mig", options=options, ceiling=True)["mig"].ceiling
    assert ceiling.value > 0.9
    assert ceiling.bound is None


# --- few rows


def note_on_few_rows(latents, factors, **options):
    return "".join(note for note in mig(latents, factors, **options).notes if note.startswith("few rows"))


def noise(n, n_values, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, 3)), rng.permutation(n) % n_values


@pytest.mark.parametrize("discretizer", ["uniform", "quantile", "kmeans"])
def test_few_rows_are_noted_however_latents_are_cut(discretizer):
    note = note_on_few_rows(*noise(200, 40), discretizer=discretizer)
    assert "of factor 'v0'" in note
    assert "with 40 values in 200 rows" in note
    assert "entropy='nsb'" in note
    assert "dmetrics curve" in note
    assert note_on_few_rows(*noise(20_000, 40), discretizer=discretizer) == ""


def test_bins_chosen_by_rows_are_counted_as_they_were_chosen():
    latents, factors = noise(400, 20)
    bins = mig(latents, factors, n_bins="auto").settings["bins_per_latent"]
    assert f"({max(bins)} bins with 20 values in 400 rows)" in note_on_few_rows(latents, factors, n_bins="auto")


def test_a_factor_of_many_values_is_noted_by_its_name_beside_one_of_few():
    latents, few = noise(600, 3)
    data = Representation(latents, np.stack([few, np.arange(600) % 200], axis=1), factor_names=["shape", "identity"])
    assert "of factor 'identity' (20 bins with 200 values in 600 rows)" in note_on_few_rows(data, None)


def test_so_many_bins_as_the_note_allows_leave_no_note():
    latents, factors = noise(1000, 40)
    note = note_on_few_rows(latents, factors, discretizer="quantile")
    bins = int(note.partition("at most ")[2].split()[0])
    assert note_on_few_rows(latents, factors, discretizer="quantile", n_bins=bins) == ""
    assert note_on_few_rows(latents, factors, discretizer="quantile", n_bins=bins + 1) != ""


def test_bins_that_an_outlier_left_empty_are_not_counted():
    latents, factors = noise(500, 40)
    latents[0] = 1e6
    assert note_on_few_rows(latents, factors) == ""


def test_many_rows_for_each_pair_are_told_of_the_quick_entropy():
    assert "entropy='miller-madow'" in note_on_few_rows(*noise(1800, 40), discretizer="quantile")
