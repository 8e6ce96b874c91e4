"""R2: scikit-learn written out, blocks, and what it does where there is little to predict."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.metrics import r2_score
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler
from strategies import labelled

from disentangle_metrics import (
    Circular,
    InputError,
    OptionError,
    evaluate,
    get_metric,
    r2,
    rescore,
)

quiet = pytest.mark.filterwarnings(
    "ignore::disentangle_metrics.DegenerateFactorWarning",
    "ignore::disentangle_metrics.InactiveLatentWarning",
)
RNG = np.random.default_rng(0)
V = RNG.normal(size=(300, 4))
MIXED = V @ RNG.normal(size=(4, 5)) + 0.5 * RNG.normal(size=(300, 5))


def by_hand(latents, factors, model=None, **split):
    z, z_test, v, v_test = train_test_split(latents, factors, **{"test_size": 0.5, "random_state": 42, **split})
    scaler = StandardScaler().fit(z)
    fit = (model or LinearRegression()).fit(scaler.transform(z), v)
    return r2_score(v_test, fit.predict(scaler.transform(z_test)), multioutput="raw_values")


@pytest.mark.parametrize("split", [{}, {"test_size": 0.2}, {"test_size": 60}, {"random_state": 7}])
def test_linear_r2_equals_scikit_learn(split):
    score = r2(MIXED, V, **split)
    np.testing.assert_allclose(score.per_factor, by_hand(MIXED, V, **split), atol=1e-10)
    np.testing.assert_allclose(score.matrix, [score.per_factor])
    assert score.latent_names == ("all latents",)


def test_rows_in_order_and_all_rows():
    fit = LinearRegression().fit(MIXED[:150], V[:150])
    expected = r2_score(V[150:], fit.predict(MIXED[150:]), multioutput="raw_values")
    np.testing.assert_allclose(r2(MIXED, V, shuffle=False).per_factor, expected)
    fit = LinearRegression().fit(MIXED, V)
    score = r2(MIXED, V, evaluate_on="train")
    np.testing.assert_allclose(score.per_factor, r2_score(V, fit.predict(MIXED), multioutput="raw_values"))
    assert "evaluate_on:train" in score.signature
    assert "random_state" not in score.signature
    np.testing.assert_allclose(r2(MIXED, V, evaluate_on="train", root=True).per_factor ** 2, score.per_factor)


def test_a_regressor_of_scikit_learn_is_fitted_to_one_factor_at_a_time():
    np.testing.assert_allclose(r2(MIXED, V, model=Ridge(3.0)).per_factor, by_hand(MIXED, V, Ridge(3.0)), atol=1e-10)
    forest = RandomForestRegressor(5)
    assert r2(MIXED, V, model=forest) == r2(MIXED, V, model=forest)
    with pytest.raises(OptionError, match="needs a regressor"):
        r2(MIXED, V, model=LogisticRegression())
    with pytest.raises(OptionError, match="belongs to model='kernel'"):
        r2(MIXED, V, kernel_rows=50)
    with pytest.raises(OptionError, match="model='liner' is not known"):
        r2(MIXED, V, model="liner")


def test_an_invertible_linear_map_scores_1_whatever_its_scales_and_offsets():
    mixed = V @ RNG.normal(size=(4, 4)) * [1e-4, 1, 1, 1e3] + [1e7, 0, -1e5, 0]
    assert r2(mixed, V) > 0.9999
    square = RNG.uniform(-1, 1, size=(300, 1))
    assert r2(square, np.abs(square), model="kernel") > 0.95
    assert r2(square, np.abs(square)) < 0.1


def test_latents_of_small_scale_are_not_dropped():
    factors = np.random.default_rng(0).integers(5, size=(2000, 3))
    latents = (factors + 0.1 * np.random.default_rng(1).normal(size=(2000, 3))) * [1e-4, 1, 1e8]
    assert LinearRegression().fit(latents, factors).score(latents, factors) == pytest.approx(0.33, abs=0.01)
    score = r2(latents, factors, factor_kinds="continuous", evaluate_on="train")
    assert score == pytest.approx(0.995, abs=5e-4)


@quiet
@settings(max_examples=30)
@given(data=labelled(min_rows=12), scale=st.sampled_from([-3.0, 0.5, 1024.0]))
def test_scales_of_latents_do_not_matter(data, scale):
    latents, factors = data
    score = r2(latents, factors)
    np.testing.assert_allclose(r2(latents * scale, factors).matrix, score.matrix, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("scale", [-3.0, 1024.0])
def test_scales_of_latents_do_not_matter_to_a_kernel(scale):
    score = r2(MIXED, V, model="kernel")
    np.testing.assert_allclose(r2(MIXED * scale, V * scale + 1, model="kernel").matrix, score.matrix, atol=1e-8)


@quiet
@settings(max_examples=40)
@given(data=labelled(), seed=st.integers(0, 99))
def test_the_order_of_latents_does_not_matter(data, seed):
    latents, factors = data
    order = np.random.default_rng(seed).permutation(latents.shape[1])
    score = r2(latents, factors)
    np.testing.assert_allclose(r2(latents[:, order], factors).per_factor, score.per_factor, atol=1e-9)


def test_copies_and_dead_latents_change_nothing():
    more = np.column_stack([MIXED, MIXED[:, :2] * -3, np.full(300, 0.1)])
    np.testing.assert_allclose(r2(more, V).per_factor, r2(MIXED, V).per_factor, atol=1e-9)
    with pytest.warns(UserWarning, match="every latent is constant"):
        assert r2(np.ones((300, 2)), V) == 0.0


def test_blocks_of_latents_and_factors_make_a_table():
    latents = np.column_stack([V[:, :2] @ [[1, 1], [1, -1]], V[:, 2:] + 0.3 * RNG.normal(size=(300, 2))])
    groups = {"latent_groups": {"c": [0, 1], "s": ["z2", "z3"]}, "factor_groups": {"content": [0, 1], "style": [2]}}
    score = r2(latents, V, **groups)
    assert score.latent_names == ("c", "s")
    assert score.factor_names == ("content", "style")
    content, style = (r2(latents[:, part], V).matrix[0] for part in (slice(2), slice(2, None)))
    np.testing.assert_allclose(
        score.matrix, [[content[:2].mean(), content[2]], [style[:2].mean(), style[2]]], atol=1e-10
    )
    np.testing.assert_allclose(score.per_factor, score.matrix.max(axis=0))
    assert score.parts() == {"content": score.per_factor[0], "style": score.per_factor[1]}
    assert any("factor 'v3' is in no group and left out" in note for note in score.notes)
    assert rescore(score.signature, latents, V)["r2"] == score
    assert score.to_frame().shape == (2, 2)


def test_one_group_is_a_block_and_groups_are_checked():
    score = r2(MIXED, V, latent_groups=[(0, 1)])
    assert score.latent_names == ("z0+z1",)
    np.testing.assert_allclose(score.per_factor, np.maximum(by_hand(MIXED[:, :2], V), 0), atol=1e-10)
    with pytest.raises(OptionError, match="factor_groups names 'hue', and no factor has that name"):
        r2(MIXED, V, factor_groups=[("v0", "hue")])
    with pytest.raises(OptionError, match=r"factor 'v0' \(column 0\) is named twice in factor_groups"):
        r2(MIXED, V, factor_groups=[(0,), (0, 1)])
    with pytest.raises(OptionError, match="factor_groups has 0 groups"):
        r2(MIXED, V, factor_groups=[])


def test_a_constant_factor_is_left_out_of_its_group_and_a_group_of_such_has_no_value():
    factors = np.column_stack([V[:, :2], np.ones(300), np.zeros(300)])
    groups = {"factor_groups": {"a": [0, 2], "b": [1], "c": [3]}, "factor_kinds": "continuous"}
    with pytest.warns(UserWarning, match="single value"):
        score = r2(MIXED, factors, **groups)
    alone = r2(MIXED, V[:, :2]).per_factor
    np.testing.assert_allclose(score.per_factor, [*alone, np.nan], atol=1e-10)
    assert np.isnan(score.matrix[0, 2])
    assert r2(MIXED, factors, degenerate="zero", **groups) == pytest.approx(alone.sum() / 3)


def test_a_negative_r2_stays_in_the_matrix_and_counts_as_0():
    noise = np.random.default_rng(1).normal(size=(60, 8))
    score = r2(noise, V[:60, :2], factor_kinds="continuous")
    assert score.matrix.max() < 0
    assert score == 0.0
    assert any("2 of 2 R2 are negative, worse than the mean of the test rows, and count as 0" in n for n in score.notes)


def test_more_latents_than_training_rows_are_noted_and_the_advice_helps():
    latents = np.column_stack([V[:30, :2], RNG.normal(size=(30, 20))])
    score = r2(latents, V[:30, :2], factor_kinds="continuous")
    assert any("22 latents fit the 15 training rows whole" in note for note in score.notes)
    assert score < 0.8
    assert r2(latents[:, :2], V[:30, :2], factor_kinds="continuous") == pytest.approx(1.0)
    more = np.column_stack([V[:, :2], RNG.normal(size=(300, 20))])
    assert r2(more, V[:, :2]) == pytest.approx(1.0)


def test_noise_scores_what_the_note_says_on_its_training_rows():
    noise = np.random.default_rng(1).normal(size=(300, 30))
    score = r2(noise, V, evaluate_on="train")
    [note] = [note for note in score.notes if "latents of noise score" in note]
    assert "30 latents of noise score 0.1 on 300 rows" in note
    assert score == pytest.approx(0.1, abs=0.03)
    assert r2(noise, V) < 0.01


def test_labels_are_indicators_and_the_advice_for_numbers_helps():
    labels = RNG.integers(5, size=(600, 2))
    score = r2(labels * 1.0, labels)
    targets = [labels[:, k][:, None] == np.arange(5) for k in range(2)]
    z, z_test, *v = train_test_split(labels, *targets, test_size=0.5, random_state=42)
    for k in range(2):
        fit = LinearRegression().fit(z, v[2 * k])
        expected = r2_score(v[2 * k + 1], fit.predict(z_test), multioutput="variance_weighted")
        assert score.per_factor[k] == pytest.approx(expected)
    [note] = [note for note in score.notes if "an indicator of each class" in note]
    assert "labels of v0, v1" in note
    for kinds in ("continuous", "ordinal"):
        assert r2(labels * 1.0, labels, factor_kinds=kinds) == pytest.approx(1.0)
    assert r2(labels * 1.0, labels, model="kernel") > 0.99
    renamed = np.array(list("badec"))[labels]
    assert r2(labels * 1.0, renamed, factor_kinds="categorical") == pytest.approx(score)


def test_two_classes_are_numbers_and_angles_are_cosine_and_sine():
    binary = (V[:, :1] > 0) * 1
    assert r2(MIXED, np.array(["a", "b"])[binary]) == pytest.approx(by_hand(MIXED, binary)[0])
    angles = RNG.integers(12, size=(300, 1))
    columns = np.column_stack([np.cos(angles * np.pi / 6), np.sin(angles * np.pi / 6)])
    kinds = {"factor_kinds": Circular(period=12)}
    assert r2(columns @ [[1, 2], [3, 4]], angles, **kinds) == pytest.approx(1.0)
    assert r2(angles * 1.0, angles, **kinds) < 0.7


def test_too_many_classes_are_refused_with_what_mends_it():
    labels = np.repeat(np.arange(1001), 2)[RNG.permutation(2002)]
    latents = np.column_stack([labels, RNG.normal(size=2002)])
    with pytest.raises(InputError, match="1001 classes, and R2 takes an indicator of each, up to 1000"):
        r2(latents, labels)
    assert r2(latents, labels, factor_kinds="continuous") == pytest.approx(1.0)


def test_missing_labels_leave_out_their_rows_for_that_factor():
    factors = V.copy()
    factors[:100, 1] = np.nan
    score = r2(MIXED, factors, factor_kinds="continuous")
    assert score.per_factor[1] == pytest.approx(by_hand(MIXED[100:], V[100:])[1])
    assert score.per_factor[0] == pytest.approx(by_hand(MIXED, V)[0])
    kernel = r2(MIXED, factors, factor_kinds="continuous", model="kernel", factor_groups=[(0, 1), (2,)])
    assert kernel.per_factor.min() > 0.5


def test_test_rows_of_one_value_score_0():
    factors = np.column_stack([np.r_[V[:150, 0], np.ones(150)], V[:, 1]])
    score = r2(MIXED, factors, shuffle=False, factor_kinds="continuous")
    assert score.per_factor[0] == 0.0


def test_a_row_of_weight_w_counts_as_w_rows_in_its_part():
    weight = RNG.integers(1, 4, size=300)
    times = np.concatenate([np.repeat(part, weight[part]) for part in (np.arange(150), np.arange(150, 300))])
    weighted = r2(MIXED, V, sample_weight=weight, shuffle=False)
    repeated = r2(MIXED[times], V[times], shuffle=False, test_size=int(weight[150:].sum()))
    np.testing.assert_allclose(weighted.per_factor, repeated.per_factor, atol=1e-10)
    assert r2(MIXED, V, sample_weight=weight, model="kernel") != r2(MIXED, V, model="kernel")


def test_a_kernel_trains_on_the_rows_that_the_signature_names():
    score = r2(MIXED, V, model="kernel", kernel_rows=50)
    assert "|kernel_rows:50|" in score.signature
    assert any("50 of 150 training rows train the kernel" in note for note in score.notes)
    assert rescore(score.signature, MIXED, V)["r2"] == score
    more = r2(MIXED, V, model="kernel")
    assert more > score
    assert more == r2(MIXED, V, model="kernel", kernel_rows="all")
    assert not any("train the kernel" in note for note in more.notes)
    assert r2(MIXED, V, model="kernel", kernel_rows=50, random_state=1) != score
    in_order = r2(MIXED, V, model="kernel", kernel_rows=50, shuffle=False)
    assert "random_state:42" in in_order.signature
    assert "random_state" not in r2(MIXED, V, shuffle=False).signature


@pytest.mark.parametrize(
    ("model", "method"), [("linear", "half-samples"), ("kernel", "bias-corrected bootstrap of test rows")]
)
def test_interval_chance_and_ceiling(model, method):
    asked = {"confidence": 0.95, "chance": True, "ceiling": True, "n_permutations": 2, "n_boot": 50}
    score = evaluate(MIXED, V, metrics="r2", options={"r2": {"model": model}}, **asked)["r2"]
    assert score.interval.method == method
    assert score.interval.low < score < score.interval.high
    assert any("keeps the split and the fitted models" in note for note in score.notes) == (model == "kernel")
    assert score.chance < 0.05
    assert score.ceiling.value > 0.99


def test_intervals_of_resampled_errors_are_those_of_drawn_test_rows():
    statistic = r2(MIXED, V, model=LinearRegression()).recipe.statistic()
    [tested] = statistic.tested
    draw = np.random.default_rng(0).integers(len(tested.rows), size=len(tested.rows))
    weights = np.bincount(tested.rows[draw], minlength=300)[None].astype(np.uint16)
    [drawn] = statistic.resampled().reweighted(weights)
    fit = LinearRegression().fit(*[np.delete(x, tested.rows, axis=0) for x in (MIXED, V)])
    rows = tested.rows[draw]
    expected = r2_score(V[rows], fit.predict(MIXED[rows]), multioutput="raw_values")
    np.testing.assert_allclose(drawn[0, 0], expected, atol=1e-10)
    assert r2(MIXED, V, evaluate_on="train", model=Ridge()).recipe.statistic().resampled() is None
    assert r2(MIXED, V).recipe.statistic().resampled() is None


def test_a_half_of_the_rows_tests_as_large_a_part():
    score = r2(MIXED, V, test_size=100)
    assert score.recipe.again(score.recipe.data.take(np.arange(150))).settings["test_size"] == 50


def test_its_facts():
    spec = get_metric("r2")
    assert spec.needs == {"factors"}
    assert spec.measures == "explicitness"


def test_groups_beside_a_protocol_are_read_back_from_the_signature():
    groups = {"factor_groups": {"content": [0, 1], "style": ["v2"]}, "latent_groups": [(0, 1), (2, 3, 4)]}
    score = evaluate(MIXED, V, metrics="r2", protocol="zimmermann2021", options={"r2": groups})["r2"]
    assert "+factor_groups:content=v0+v1,style=v2" in score.signature
    again = rescore(score.signature, MIXED, V)["r2"]
    assert again == score
    assert again.signature == score.signature


@pytest.mark.parametrize("options", [{}, {"evaluate_on": "train"}, {"model": Ridge()}])
def test_many_columns_are_predicted_a_few_at_a_time(options, monkeypatch):
    factors = np.column_stack([RNG.integers([4, 3, 2], size=(300, 3)), V[:, 0]])
    whole = r2(MIXED, factors, **options)
    monkeypatch.setattr("disentangle_metrics.statistics.regressions._NUMBERS", 1500)
    parts = r2(MIXED, factors, **options)
    assert len(parts.recipe.statistic().tested) == 3
    np.testing.assert_allclose(parts.matrix, whole.matrix, atol=1e-12)
