"""Downstream accuracy by the number of training rows, and its efficiency: closed forms, an oracle, and the rules."""

import numpy as np
import pytest
from hypothesis import given, settings
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import r2_score
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier
from strategies import labelled

from disentangle_metrics import OptionError, Representation, downstream, evaluate

quiet = pytest.mark.filterwarnings(
    "ignore::disentangle_metrics.DegenerateFactorWarning",
    "ignore::disentangle_metrics.InactiveLatentWarning",
    "ignore::disentangle_metrics.BiasWarning",
)


def noisy(n=600, n_latents=4, noise=0.7, seed=0):
    """Return latents that follow two factors of three classes but for noise, and the factors."""
    rng = np.random.default_rng(seed)
    factors = rng.integers(3, size=(n, 2))
    latents = rng.normal(size=(n, n_latents)) * noise
    latents[:, :2] += factors
    return latents, factors


def split(n, seed=42):
    order = np.random.RandomState(seed).permutation(n)
    n_test = int(np.ceil(0.2 * n))
    return order[n_test:], order[:n_test]


def by_hand(latents, labels, size, C=1.0):
    """Return the accuracy of a multinomial regression on the first training rows, by scikit-learn."""
    train, test = split(len(latents))
    train = train[:size]
    scaler = StandardScaler().fit(latents[train])
    model = LogisticRegression(C=C, tol=1e-10, max_iter=10_000).fit(scaler.transform(latents[train]), labels[train])
    return model.score(scaler.transform(latents[test]), labels[test])


def test_the_slow_oracle_agrees():
    latents, factors = noisy()
    score = downstream(latents, factors, sizes=(20, 100, "all"))["downstream.accuracy"]
    assert score.steps == ("20 rows", "100 rows", "all rows")
    expected = [[by_hand(latents, labels, size) for labels in factors.T] for size in (20, 100, None)]
    np.testing.assert_allclose(score.matrix, expected, atol=1e-12)
    np.testing.assert_array_equal(score.per_factor, score.matrix[-1])
    assert score == pytest.approx(np.mean(expected[-1]), abs=1e-12)


def test_the_efficiency_is_the_ratio_of_the_means():
    latents, factors = noisy()
    report = downstream(latents, factors, sizes=(20, "all"), few=50)
    means = report["downstream.accuracy"].matrix.mean(axis=1)
    assert report["downstream.efficiency"].steps == ("20 rows", "50 rows", "all rows")
    assert report["downstream.efficiency"] == pytest.approx(means[1] / means[2], abs=1e-12)


def test_a_perfect_code_needs_few_rows():
    factors = np.random.default_rng(0).integers(3, size=(2000, 2))
    report = downstream(factors, factors)
    assert report["downstream.accuracy"] == 1.0
    assert report["downstream.efficiency"] > 0.97


def test_the_efficiency_of_latents_that_know_something_has_no_note():
    assert not [note for note in downstream(*noisy())["downstream.efficiency"].notes if "guess, " in note]


def test_noise_scores_like_a_guess():
    rng = np.random.default_rng(0)
    report = downstream(rng.normal(size=(5000, 5)), rng.integers(4, size=(5000, 2)))
    assert report["downstream.accuracy"] == pytest.approx(0.25, abs=0.03)
    assert "who always guesses the most frequent class scores 0.26 on average" in report["downstream.accuracy"].notes
    efficiency = report["downstream.efficiency"]
    assert efficiency > 0.8
    [note] = [note for note in efficiency.notes if "hardly above a guess" in note]
    assert note not in report["downstream.accuracy"].notes


def test_all_training_rows_take_the_place_of_larger_sizes():
    latents, factors = noisy()
    score = downstream(latents, factors)["downstream.accuracy"]
    assert score.steps == ("10 rows", "100 rows", "all rows")
    assert "there are 480 training rows, and they take the place of larger sizes: 1,000, 10,000" in score.notes
    means = ", ".join(f"{m:.4f} ({n})" for m, n in zip(score.matrix.mean(axis=1), (10, 100, 480), strict=True))
    assert f"mean score by training rows: {means}" in score.notes
    np.testing.assert_array_equal(
        downstream(latents, factors, sizes=480)["downstream.accuracy"].matrix[-1], score.matrix[-1]
    )
    smaller = downstream(latents, factors, sizes=(200, 10))["downstream.accuracy"]
    assert smaller.steps == ("10 rows", "100 rows", "200 rows")
    assert smaller == pytest.approx(np.mean([by_hand(latents, labels, 200) for labels in factors.T]), abs=1e-12)


@pytest.mark.parametrize(("sizes", "n"), [((10, 50), 600), ((10, 10_000), 100)])
def test_without_more_rows_than_few_there_is_no_efficiency(sizes, n):
    report = downstream(*noisy(n=n), sizes=sizes)
    efficiency = report["downstream.efficiency"]
    assert efficiency == 0.0
    [note] = [note for note in efficiency.notes if note.startswith("the efficiency is 0")]
    assert note not in report["downstream.accuracy"].notes
    assert "a smaller number for few" in note
    assert downstream(*noisy(n=n), sizes=sizes, few=20)["downstream.efficiency"] > 0


def test_ten_training_rows_may_lack_a_class():
    rng = np.random.default_rng(0)
    factors = rng.integers(20, size=(400, 1))
    score = downstream(factors + 0.01 * rng.normal(size=(400, 1)), factors, sizes=10, few=1)["downstream.accuracy"]
    train, test = split(400)
    assert score <= np.isin(factors[test], factors[train[:10]]).mean()
    one = downstream(factors, factors, sizes=(1, "all"), few=1)["downstream.accuracy"]
    assert one.matrix[0, 0] == np.mean(factors[test] == factors[train[0]])  # the only class is always predicted


def test_a_continuous_factor_is_scored_by_r2():
    rng = np.random.default_rng(0)
    latents = rng.normal(size=(500, 3))
    factor = latents[:, 0] + 0.3 * rng.normal(size=500)
    report = downstream(latents, factor, sizes=(5, 100, "all"))
    train, test = split(500)
    scaler = StandardScaler().fit(latents[train[:100]])
    model = Ridge(alpha=1.0).fit(scaler.transform(latents[train[:100]]), factor[train[:100]])
    expected = r2_score(factor[test], model.predict(scaler.transform(latents[test])))
    assert report["downstream.accuracy"].matrix[1, 0] == pytest.approx(expected, abs=1e-9)
    means = np.maximum(report["downstream.accuracy"].matrix[:, 0], 0)
    assert report["downstream.efficiency"] == pytest.approx(means[1] / means[2])


def test_a_negative_r2_counts_as_0():
    rng = np.random.default_rng(0)
    report = downstream(rng.normal(size=(300, 5)), rng.normal(size=300), sizes=(10, 100, "all"))
    assert (report["downstream.accuracy"].matrix < 0).any()
    assert report["downstream.accuracy"] >= 0
    assert report["downstream.efficiency"] == 0.0


def test_the_choice_of_c_is_that_of_logistic_regression_cv():
    from sklearn.linear_model import LogisticRegressionCV
    from sklearn.model_selection import KFold

    latents, factors = noisy(n=150, noise=1.5)
    train, test = split(150)
    chosen = LogisticRegressionCV(
        Cs=10,
        cv=KFold(5),
        tol=1e-8,
        max_iter=10_000,
        l1_ratios=(0,),
        scoring="accuracy",
        use_legacy_attributes=False,
    ).fit(latents[train], factors[train, 0])
    score = downstream(latents, factors[:, 0], sizes="all", C="cv", standardize=False)["downstream.accuracy"]
    assert score == pytest.approx(chosen.score(latents[test], factors[test, 0]), abs=1e-12)
    at_one = downstream(latents, factors[:, 0], sizes="all", C=chosen.C_, standardize=False)["downstream.accuracy"]
    assert score == at_one
    assert "C was chosen for each factor and size from 0.0001 ... 10000 in 5 folds" in score.notes


def test_c_is_chosen_for_numbers_too():
    rng = np.random.default_rng(0)
    latents = rng.normal(size=(60, 30))
    factor = latents[:, 0] + rng.normal(size=60)
    options = {"sizes": "all", "factor_kinds": "continuous"}
    tuned, weak = (downstream(latents, factor, C=C, **options)["downstream.accuracy"] for C in ("cv", 1e4))
    assert tuned > weak + 0.1


def test_a_classifier_and_a_forest_may_predict():
    latents, factors = noisy()
    train, test = split(600)
    tree = DecisionTreeClassifier(max_depth=3, random_state=0)
    score = downstream(latents, factors[:, :1], probe=tree, sizes=(50, "all"), standardize=False)["downstream.accuracy"]
    expected = [tree.fit(latents[t], factors[t, 0]).score(latents[test], factors[test, 0]) for t in (train[:50], train)]
    np.testing.assert_allclose(score.matrix[[0, 2], 0], expected)
    assert downstream(latents, factors[:, :1], probe="forest", sizes=50, few=10)["downstream.accuracy"] > 0.4


def test_informativeness_shares_the_fit_of_all_rows(monkeypatch):
    from disentangle_metrics.kernels.probes import together

    calls = []
    fit = together.fit_softmax
    monkeypatch.setattr(together, "fit_softmax", lambda *args: calls.append(len(args[0])) or fit(*args))
    data = Representation(*noisy())
    report = evaluate(data, metrics=["informativeness", "downstream"])
    assert report["downstream.accuracy"] == report["informativeness"]
    assert sorted(calls) == [10, 10, 100, 100, 480, 480]
    calls.clear()
    assert downstream(data, sizes=(10, 50))["downstream.accuracy"] < 1
    assert sorted(calls) == [50, 50]


def test_rows_without_a_label_are_left_out():
    latents, factors = noisy()
    factors = factors.astype(float)
    factors[::5, 0] = np.nan
    there = ~np.isnan(factors[:, 0])
    both = downstream(latents, factors, sizes=(50, "all"), factor_kinds="categorical")["downstream.accuracy"]
    alone = downstream(latents[there], factors[there], sizes=(50, "all"))["downstream.accuracy"]
    np.testing.assert_array_equal(both.matrix[:, 0], alone.matrix[:, 0])


@quiet
@settings(max_examples=30)
@given(data=labelled())
def test_any_data_have_a_score(data):
    report = downstream(*data)
    assert 0 <= report["downstream.accuracy"] <= 1
    assert 0 <= report["downstream.efficiency"] < np.inf


@quiet
def test_one_latent_one_factor_and_four_rows():
    report = downstream([[0.0], [1.0], [2.0], [3.0]], [0, 1, 0, 1])
    assert report["downstream.accuracy"].steps == ("all rows",)
    labels = np.arange(300) % 2
    assert downstream(labels[:, None], labels)["downstream.accuracy"] == 1.0
    assert downstream(np.ones((300, 1)), labels)["downstream.accuracy"] < 0.7


def test_interval_chance_and_ceiling():
    data = Representation(*noisy())
    options = {"downstream": {"sizes": (50, 200)}}
    report = evaluate(
        data, metrics="downstream", options=options, confidence=0.95, chance=True, ceiling=True, adjusted=True
    )
    accuracy = report["downstream.accuracy"]
    assert accuracy.interval.low < accuracy < accuracy.interval.high
    assert accuracy.chance == pytest.approx(1 / 3, abs=0.05)
    assert accuracy.ceiling.value == 1.0
    assert 0 < accuracy.adjusted < 1
    efficiency = report["downstream.efficiency"]
    assert efficiency.interval.low < efficiency < efficiency.interval.high


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"sizes": 0}, "sizes=0 is out of range"),
        ({"sizes": "every"}, "sizes='every' is not known"),
        ({"few": 0}, "few=0 is out of range"),
        ({"C": "tuned"}, "C='tuned' is not known"),
        ({"C": "cv", "probe": "gbt"}, "C=cv belongs to the probes"),
        ({"C": 2.0, "probe": "forest"}, "C=2 belongs to the probes"),
        ({"probe": "knn"}, "probe='knn' is not known"),
        ({"n_repeats": 2, "shuffle": False}, "n_repeats=2 needs shuffle=True"),
        ({"test_size": 600}, "leave none to train"),
    ],
)
def test_options_that_mean_nothing_are_refused(options, message):
    with pytest.raises(OptionError, match=message):
        downstream(*noisy(), **options)
