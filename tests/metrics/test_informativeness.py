"""Informativeness: accuracies of scikit-learn on the same rows, the score of guessing, degenerate data and notes."""

import numpy as np
import pytest
from hypothesis import given, settings
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.metrics import balanced_accuracy_score, r2_score
from sklearn.model_selection import train_test_split
from sklearn.neighbors import KNeighborsClassifier
from sklearn.tree import DecisionTreeClassifier
from strategies import labelled

import disentangle_metrics as dm
from disentangle_metrics import informativeness

quiet = pytest.mark.filterwarnings("ignore::disentangle_metrics.DisentangleWarning")


def codes(n=400, noise=0.5, seed=0):
    rng = np.random.default_rng(seed)
    v = rng.integers([3, 5], size=(n, 2))
    return v + noise * rng.normal(size=v.shape), v


def split(z, y):
    x, x_test, y, y_test = train_test_split(z, y, test_size=0.2, random_state=42)
    return (x - x.mean(axis=0)) / x.std(axis=0), (x_test - x.mean(axis=0)) / x.std(axis=0), y, y_test


def test_it_is_the_accuracy_of_scikit_learn_on_the_same_rows():
    z, v = codes()
    for k, y in enumerate(v.T):
        x, x_test, y_train, y_test = split(z, y)
        predicted = LogisticRegression(solver="newton-cholesky").fit(x, y_train).predict(x_test)
        assert informativeness(z, v).per_factor[k] == np.mean(predicted == y_test)
        balanced = informativeness(z, v, scoring="balanced-accuracy").per_factor[k]
        assert balanced == pytest.approx(balanced_accuracy_score(y_test, predicted))


@pytest.mark.parametrize("probe", [KNeighborsClassifier(), DecisionTreeClassifier(max_depth=3)], ids=["knn", "tree"])
def test_any_classifier_sees_all_latents(probe):
    rng = np.random.default_rng(0)
    z = rng.normal(size=(400, 2))
    v = (z[:, :1] * z[:, 1:] > 0).astype(int)  # no line, and no single latent, knows it
    assert informativeness(z, v, probe=probe) > 0.85
    assert informativeness(z, v) < 0.65
    x, x_test, y, y_test = split(z, v[:, 0])
    assert informativeness(z, v, probe=probe) == np.mean(probe.fit(x, y).predict(x_test) == y_test)


def test_continuous_factors_have_r2_by_ridge_by_trees_or_by_a_regressor():
    rng = np.random.default_rng(0)
    z = rng.normal(size=(300, 2))
    y = z[:, :1] ** 2
    kinds = {"factor_kinds": "continuous"}
    assert informativeness(z, y, **kinds) < 0.1
    trees = informativeness(z, y, probe="gbt", **kinds)
    x, x_test, y_train, y_test = split(z, y[:, 0])
    expected = r2_score(y_test, GradientBoostingRegressor(random_state=42).fit(x, y_train).predict(x_test))
    assert trees == pytest.approx(expected)
    assert trees.settings["scoring"] is None
    line = informativeness(z, z[:, :1] + 3, probe=LinearRegression(), **kinds)
    assert line == pytest.approx(1.0)
    noted = informativeness(z, y, probe=KNeighborsClassifier(), **kinds)
    assert "v0: R2 of a ridge regression, since the probe is a classifier" in noted.notes


def test_a_mean_over_accuracies_and_r2_is_noted():
    rng = np.random.default_rng(0)
    z = rng.normal(size=(200, 2))
    v = np.c_[z[:, 0] > 0, z[:, 1]]
    score = informativeness(z, v, factor_kinds=["categorical", "continuous"])
    assert "the mean runs over accuracies and, for v1, over R2 of a ridge regression" in score.notes


def test_a_regressor_takes_labels_as_numbers_with_a_warning():
    z, v = codes()
    with pytest.warns(dm.BiasWarning, match="takes the labels of v0, v1 as numbers"):
        score = informativeness(z, v, probe=LinearRegression())
    assert 0.5 < score < 1.0


def test_a_note_gives_the_score_of_guessing_and_noise_scores_it():
    rng = np.random.default_rng(0)
    v = (rng.random((1000, 2)) < 0.8).astype(int)
    score = informativeness(rng.normal(size=(1000, 3)), v)
    most = np.mean([np.mean(split(v, y)[3] == 1) for y in v.T])
    assert f"who always guesses the most frequent class scores {most:.2f} on average" in score.notes
    assert score == pytest.approx(most, abs=0.02)
    continuous = informativeness(v + 0.0, rng.normal(size=(1000, 1)), factor_kinds="continuous")
    assert not [note for note in continuous.notes if "guesses" in note]


@pytest.mark.parametrize("n", [500, 2000])
def test_one_class_of_nine_in_ten_is_noted_and_balanced_accuracy_sees_the_other(n):
    rng = np.random.default_rng(0)
    v = (rng.random((n, 1)) < 0.05).astype(int)
    z = rng.normal(size=(n, 3))
    score = informativeness(z, v)
    [note] = [note for note in score.notes if "are of one class" in note]
    assert "no lead" not in note
    assert note.endswith("; take scoring='balanced-accuracy', by which classes count alike")
    assert score > 0.9
    balanced = informativeness(z, v, scoring="balanced-accuracy")
    assert balanced == 0.5
    assert not [note for note in balanced.notes if "are of one class" in note]
    seen = informativeness(np.c_[z, v], v, scoring="balanced-accuracy")
    assert seen == 1.0


def test_a_class_without_training_rows_is_an_error_each_time():
    z, v = codes(100, noise=0.0)
    v = v[:, :1].copy()
    v[80:90] = 7
    assert informativeness(z, v, shuffle=False) == 0.5


@pytest.mark.filterwarnings("ignore:every latent is constant")
def test_one_latent_a_dead_latent_and_a_constant_factor():
    z, v = codes()
    assert 0.2 < informativeness(np.full((400, 1), 3.7), v) < 0.4
    assert informativeness(np.c_[z, np.full(400, 3.7)], v) == informativeness(z, v)
    with pytest.warns(dm.DegenerateFactorWarning):
        assert informativeness(z, np.c_[v, np.ones(400)]) == informativeness(z, v)


@quiet
@settings(max_examples=30)
@given(data=labelled(min_rows=10))
def test_adding_labels_of_training_makes_no_row_wrong(data):
    z, v = data
    many = np.hstack([z, *(5.0 * (v == c) for c in range(5))])
    assert informativeness(many, v, evaluate_on="train", C=1e4) == 1.0


def test_seeds_of_probes_that_draw():
    z, v = codes(100, noise=1.0)
    one = informativeness(z, v, probe="forest", random_state=1)
    assert one == informativeness(z, v, probe="forest", random_state=1)
    assert one.settings["random_state"] == 1
    train = informativeness(z, v, probe="forest", evaluate_on="train")
    assert train == 1.0
    assert train.settings["random_state"] == 42
    assert informativeness(z, v, evaluate_on="train").settings["random_state"] is None


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"probe": "gbt", "C": 1.0}, r"C=1 belongs to the probes \['multinomial', 'ovr'\] and not to 'gbt'"),
        ({"probe": LogisticRegression}, "is a class"),
        ({"probe": "svm"}, "probe='svm' is not known"),
        ({"probe": "ovr-raw"}, "not known"),
        ({"scoring": "auc"}, "scoring='auc'"),
    ],
)
def test_options_without_an_effect_or_a_meaning_are_refused(options, words):
    with pytest.raises(dm.OptionError, match=words):
        informativeness(*codes(50), **options)


def test_interval_chance_and_ceiling():
    z, v = codes(600, noise=1.0)
    options = {"confidence": 0.95, "chance": True, "n_permutations": 8, "ceiling": True, "n_boot": 200}
    score = dm.evaluate(z, v, "informativeness", **options)["informativeness"]
    assert score.interval.low < score < score.interval.high
    assert score.chance == pytest.approx(np.mean([1 / 3, 1 / 5]), abs=0.08)
    assert score.ceiling.value == 1.0
