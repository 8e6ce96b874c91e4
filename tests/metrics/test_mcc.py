"""MCC: closed forms, the definition written out slowly, and what it does where there is little to correlate."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr
from sklearn.linear_model import LinearRegression
from strategies import labelled

from disentangle_metrics import Circular, OptionError, Representation, evaluate, get_metric, mcc, rescore
from disentangle_metrics.reductions.matching import matched
from disentangle_metrics.statistics.correlations import Correlations

quiet = pytest.mark.filterwarnings(
    "ignore::disentangle_metrics.DegenerateFactorWarning", "ignore::disentangle_metrics.InactiveLatentWarning"
)
RNG = np.random.default_rng(0)
V = RNG.normal(size=(400, 3))
NUMBERS = {"factor_kinds": "continuous"}


def by_hand(correlation):
    """The best mean absolute correlation over all assignments; a factor without latent counts 0."""
    d, k = correlation.shape
    square = np.zeros((max(d, k),) * 2)
    square[:d, :k] = np.abs(correlation)
    return max(sum(square[j, i] for i, j in enumerate(p)) for p in itertools.permutations(range(len(square)))) / k


def pearson(x, y):
    return 0.0 if np.ptp(x) == 0 or np.ptp(y) == 0 else np.corrcoef(x, y)[0, 1]


def eta(x, codes):
    if np.ptp(x) == 0:
        return 0.0
    between = sum((codes == c).sum() * (x[codes == c].mean() - x.mean()) ** 2 for c in np.unique(codes))
    return np.sqrt(between / ((x - x.mean()) ** 2).sum())


def table(latents, factors, of):
    return np.array([[of(z, v) for v in factors.T] for z in latents.T])


@quiet
@given(data=labelled())
def test_labels_are_scored_by_the_correlation_ratio_written_out(data):
    latents, factors = data
    kept = [k for k, v in enumerate(factors.T) if np.ptp(v) > 0]
    expected = table(latents, factors[:, kept], eta)
    score = mcc(latents, factors)
    assert score == pytest.approx(by_hand(expected), abs=1e-9)
    np.testing.assert_allclose(np.abs(score.matrix[:, kept]), expected, atol=1e-7)


@quiet
@given(data=labelled(), ranks=st.booleans())
def test_numbers_are_scored_by_the_definition_written_out(data, ranks):
    latents, factors = data
    kept = [k for k, v in enumerate(factors.T) if np.ptp(v) > 0]

    def of(z, v):
        return 0.0 if np.ptp(z) == 0 else spearmanr(z, v)[0] if ranks else pearson(z, v)

    expected = table(latents, factors[:, kept], of)
    score = mcc(latents, factors, correlation="spearman" if ranks else "pearson", factor_kinds="continuous")
    assert score == pytest.approx(by_hand(expected), abs=1e-9)
    np.testing.assert_allclose(score.matrix[:, kept], expected, atol=1e-9)


@quiet
@settings(max_examples=30)
@given(data=labelled(), scale=st.sampled_from([-3.0, 0.5, 1024.0]), shift=st.sampled_from([0.0, -7.0, 2.0**20]))
def test_sign_scale_and_offset_of_latents_do_not_matter(data, scale, shift):
    latents, factors = data
    for options in ({}, {"mapping": "linear"}, {"held_out": True}):
        score = mcc(latents, factors, **options)
        assert mcc(latents * scale + shift, factors, **options) == pytest.approx(score, abs=1e-7)


def test_permuted_negated_and_shifted_factors_score_1():
    latents = -2 * V[:, [2, 0, 1]] + 1e6
    for options in ({}, {"correlation": "spearman"}, {"mapping": "linear"}, {"mapping": "cca"}, {"held_out": True}):
        assert mcc(latents, V, **options) == pytest.approx(1.0, abs=1e-6)
    np.testing.assert_allclose(mcc(latents, V).matrix.round(6)[[0, 1, 2], [2, 0, 1]], -1.0)


def test_a_rotation_by_45_degrees_scores_the_root_of_a_half_and_1_with_a_mapping():
    grid = np.stack(np.meshgrid(np.arange(5.0), np.arange(5.0)), -1).reshape(-1, 2)
    rotated = grid @ [[1, 1], [1, -1]]
    assert mcc(rotated, grid, **NUMBERS) == pytest.approx(np.sqrt(0.5))
    for mapping in ("linear", "cca"):
        assert mcc(rotated, grid, mapping=mapping, **NUMBERS) == pytest.approx(1.0)
        assert mcc(rotated, grid, mapping=mapping, held_out=True, **NUMBERS) == pytest.approx(1.0)


def test_copies_of_latents_change_nothing():
    latents = V + RNG.normal(size=V.shape)
    for options in ({}, {"mapping": "linear"}, {"mapping": "cca"}, {"held_out": True}):
        twice = mcc(np.hstack([latents, latents]), V, **options)
        np.testing.assert_allclose(twice.per_factor, mcc(latents, V, **options).per_factor, atol=1e-9)


def test_monotone_maps_change_nothing_for_ranks():
    latents = V + RNG.normal(size=V.shape)
    score = mcc(latents, V, correlation="spearman")
    assert mcc(np.exp(latents), V**3, correlation="spearman") == pytest.approx(score, abs=1e-12)


def test_a_linear_mapping_is_the_multiple_correlation():
    latents = V @ RNG.normal(size=(3, 5)) + RNG.normal(size=(400, 5))
    score = mcc(latents, V, mapping="linear")
    r2 = [LinearRegression().fit(latents, v).score(latents, v) for v in V.T]
    np.testing.assert_allclose(score.per_factor, np.sqrt(r2))
    assert score.latent_names == ("fit of v0", "fit of v1", "fit of v2")
    np.testing.assert_allclose(np.diag(score.matrix), score.per_factor)


def test_perfect_fits_of_labels_have_the_ranks_of_the_labels():
    labels = RNG.integers(5, size=(300, 2))
    mixed = labels @ RNG.normal(size=(2, 3))
    assert mcc(mixed, labels, mapping="linear", correlation="spearman", factor_kinds="ordinal") == pytest.approx(1.0)


def test_canonical_correlations_count_for_the_factors_that_they_are_made_of():
    latents = np.column_stack([V[:, 0] + 0.1 * V[:, 1], RNG.normal(size=400)])
    score = mcc(latents, V, mapping="cca")
    assert score.per_factor[0] > 0.97
    assert score.per_factor[1:].max() < 0.1
    assert mcc(latents, V, mapping="cca", average="matched") == pytest.approx(float(score) * 3 / 2)


def draws_of_noise(n_latents, n_draws, factors, held_out, **how):
    """Scores of latents that know nothing of the factors, by the statistic alone, which takes a tenth of the time."""
    rng = np.random.default_rng(1)
    options = {"correlation": "auto", "mapping": None, "halves_seed": 0 if held_out else None, **how}
    for _ in range(n_draws):
        data = Representation(rng.normal(size=(60, n_latents)), factors(rng), factor_kinds=options.get("kinds"))
        statistic = Correlations(data=data, **{name: value for name, value in options.items() if name != "kinds"})
        yield matched(statistic.values[0]).mean()


@pytest.mark.parametrize(
    ("n_latents", "options"),
    [(12, {}), (3, {"correlation": "spearman"}), (3, {"mapping": "linear"}), (3, {"mapping": "cca"})],
)
def test_noise_scores_0_on_average_if_other_rows_choose(n_latents, options):
    def factors(rng):
        return rng.normal(size=(60, 3))

    held_out, in_sample = (
        np.array(list(draws_of_noise(n_latents, 60, factors, held, kinds="continuous", **options)))
        for held in (True, False)
    )
    assert abs(held_out.mean()) < 3 * held_out.std() / np.sqrt(60)
    assert in_sample.mean() > 0.1


@pytest.mark.parametrize("mapping", [None, "linear"])
def test_noise_of_classes_and_angles_scores_0_on_average_if_other_rows_choose(mapping):
    kinds = ["categorical", "categorical", Circular(period=12)]

    def factors(rng):
        return rng.integers([5, 2, 12], size=(60, 3))

    scores = np.array(list(draws_of_noise(3, 60, factors, True, kinds=kinds, mapping=mapping)))
    assert abs(scores.mean()) < 3 * scores.std() / np.sqrt(60)


def test_held_out_correlations_keep_the_sign_of_the_half_that_chose():
    latents = V + 0.5 * RNG.normal(size=V.shape)
    score = mcc(-latents, V, held_out=True)
    assert score == pytest.approx(mcc(latents, V), abs=0.02)
    assert score.recipe.bounds == (-1.0, 1.0)
    negative = mcc(np.random.default_rng(5).normal(size=(400, 3)), V, held_out=True)
    assert negative.per_factor.min() < 0
    [note] = [note for note in negative.notes if "negative correlation" in note]
    assert "on rows that did not choose" in note


def test_two_halves_are_averaged_and_the_seed_is_recorded():
    latents = V + 0.5 * RNG.normal(size=V.shape)
    score = mcc(latents, V, held_out=True, random_state=7)
    assert score != mcc(latents, V, held_out=True)
    assert rescore(score.signature, latents, V)["mcc"] == score
    assert "held_out:true" in score.signature
    assert "random_state:7" in score.signature


def test_fewer_latents_than_factors_count_as_0_or_are_left_out():
    latents = V[:, :1]
    score = mcc(latents, V)
    np.testing.assert_allclose(score.per_factor, [1, 0, 0], atol=1e-12)
    assert score == pytest.approx(1 / 3)
    assert any("2 without a latent of their own are counted as 0" in note for note in score.notes)
    alone = mcc(latents, V, average="matched")
    assert alone == pytest.approx(1.0)
    assert any("2 without a latent of their own are left out" in note for note in alone.notes)
    with pytest.raises(OptionError, match="average='matched' is a mean"):
        mcc(latents, V, average="matched", aggregate="min")


def test_dead_latents_and_constant_factors_correlate_with_nothing():
    dead = np.column_stack([V, np.full(400, 0.1)])
    assert mcc(dead, V) == pytest.approx(mcc(V, V))
    np.testing.assert_array_equal(mcc(dead, V).matrix[3], 0.0)
    with pytest.warns(UserWarning, match="single value"):
        score = mcc(V[:, :2], np.column_stack([V[:, :2], np.ones(400)]))
    assert score == pytest.approx(1.0)
    assert np.isnan(score.matrix[:, 2]).all()
    assert score.per_factor[2].__repr__() == "np.float64(nan)"


def test_one_latent_and_one_factor_are_enough():
    assert mcc(V[:, :1], V[:, :1]) == pytest.approx(1.0)
    assert mcc(V[:, :1], V[:, :1], mapping="cca") == pytest.approx(1.0)


def test_classes_have_no_order_and_no_numbers():
    labels = RNG.integers(4, size=(400, 2))
    with pytest.raises(OptionError, match=r"4 classes without an order\. Use correlation='eta'"):
        mcc(labels, labels, correlation="pearson")
    shuffled = np.array([2, 0, 3, 1])[labels]
    for correlation in ("eta", "auto"):
        assert mcc(shuffled, labels, correlation=correlation) == pytest.approx(1.0)
    assert mcc(shuffled, labels, correlation="pearson", factor_kinds="continuous") < 0.9
    assert mcc(labels**3, labels, correlation="spearman", factor_kinds="ordinal") == pytest.approx(1.0)
    mixed = np.column_stack([labels[:, 0], V[:, 0]])
    with pytest.raises(OptionError, match=r"'v1' \(column 1\) is continuous\. Use correlation='auto'"):
        mcc(mixed, mixed, correlation="eta")
    score = mcc(mixed, mixed, correlation="auto")
    assert any("eta for categorical factors, pearson for continuous factors" in note for note in score.notes)


def test_two_classes_are_numbers():
    labels = RNG.integers(2, size=(400, 1))
    latents = labels + RNG.normal(size=(400, 2))
    score = mcc(latents, np.array(["blue", "red"])[labels])
    assert score.matrix[0, 0] == pytest.approx(np.corrcoef(latents[:, 0], labels[:, 0])[0, 1])
    assert score == mcc(latents, labels, correlation="pearson")
    assert score == pytest.approx(mcc(latents, labels, correlation="eta"))


def test_angles_are_scored_by_their_best_cosine():
    angles = RNG.integers(12, size=(400, 1))
    kinds = Circular(period=12)
    for shift in (0.0, 2.5):
        latents = np.cos((angles - shift) * 2 * np.pi / 12)
        for correlation in ("auto", "pearson"):
            assert mcc(latents, angles, factor_kinds=kinds, correlation=correlation) == pytest.approx(1.0)
    assert mcc(angles, angles, factor_kinds=kinds) < 0.9
    assert mcc(angles, angles, factor_kinds=kinds, correlation="eta") == pytest.approx(1.0)


def test_missing_labels_leave_out_their_rows_for_that_factor():
    factors = V.copy()
    factors[:100, 1] = np.nan
    latents = V + RNG.normal(size=V.shape)
    score = mcc(latents, factors, factor_kinds="continuous")
    assert score.matrix[0, 1] == pytest.approx(np.corrcoef(latents[100:, 0], V[100:, 1])[0, 1])
    assert score.matrix[0, 0] == pytest.approx(np.corrcoef(latents[:, 0], V[:, 0])[0, 1])
    ranked = mcc(latents, factors, factor_kinds="continuous", correlation="spearman")
    assert ranked.matrix[2, 1] == pytest.approx(spearmanr(latents[100:, 2], V[100:, 1])[0])


@pytest.mark.parametrize("correlation", ["pearson", "spearman"])
@pytest.mark.parametrize("mapping", [None, "linear", "cca"])
def test_a_row_of_weight_w_counts_as_w_rows(correlation, mapping):
    weight = RNG.integers(0, 4, size=400)
    latents = V + RNG.normal(size=V.shape)
    options = {"correlation": correlation, "mapping": mapping}
    weighted = mcc(latents, V, sample_weight=weight, **options)
    times = np.repeat(np.arange(400), weight)
    np.testing.assert_allclose(weighted.per_factor, mcc(latents[times], V[times], **options).per_factor, atol=1e-9)


def test_interval_chance_and_ceiling_are_quick_and_hold_the_score():
    latents = V + RNG.normal(size=V.shape)
    report = evaluate(latents, V, metrics="mcc", confidence=0.95, chance=True, ceiling=True)
    score = report["mcc"]
    assert score.interval.method == "bias-corrected bootstrap"
    assert score.interval.low < score < score.interval.high
    assert score.null.method == "recounted"
    assert 0 < score.chance < 0.1
    assert score.ceiling.value == pytest.approx(1.0)


def test_chance_by_permuted_correlations_is_that_of_new_scores():
    latents = V + RNG.normal(size=V.shape)
    score = evaluate(latents, V, metrics="mcc", chance=True, n_permutations=3)["mcc"]
    rng = np.random.default_rng(42)
    again = [mcc(latents, V[rng.permutation(400)]) for _ in range(3)]
    assert score.chance == pytest.approx(np.mean(again))


def test_its_facts():
    spec = get_metric("mcc")
    assert spec.needs == {"factors"}
    assert spec.bounds({**spec.options, "held_out": True}) == (-1.0, 1.0)
    assert mcc(Representation(V, V)).settings["correlations"] == {"continuous": "pearson"}
