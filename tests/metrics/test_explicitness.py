"""Explicitness: closed forms, slow oracles, degenerate data, and notes whose advice helps."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression
from strategies import labelled

import disentangle_metrics as dm
from disentangle_metrics import explicitness

quiet = pytest.mark.filterwarnings("ignore::disentangle_metrics.DisentangleWarning")


def codes(n=400, noise=0.5, seed=0):
    rng = np.random.default_rng(seed)
    v = rng.integers([3, 5], size=(n, 2))
    return v + noise * rng.normal(size=v.shape), v


def slow(z, v, train, test):
    """Mean over factors and classes of 2 AUC - 1, pair by pair, from scikit-learn's probabilities."""
    mean, std = z[train].mean(axis=0), z[train].std(axis=0)
    x = (z - mean) / np.where(std > 0, std, 1.0)
    factors = []
    for y in v.T:
        model = LogisticRegression(solver="newton-cholesky", tol=1e-10).fit(x[train], y[train])
        shares, classes = model.predict_proba(x[test]), []
        for c in np.intersect1d(model.classes_, y[test]):
            own, other = (shares[y[test] == c, c][:, None], shares[y[test] != c, c])
            classes.append(np.mean((own > other) + 0.5 * (own == other)))
        factors.append(2 * np.mean(classes) - 1)
    return factors


def test_it_is_the_mean_over_classes_of_ordered_pairs():
    z, v = codes()
    score = explicitness(z, v, shuffle=False, test_size=0.25)
    np.testing.assert_allclose(score.per_factor, slow(z, v, slice(0, 300), slice(300, 400)), atol=1e-12)
    assert score == pytest.approx(score.per_factor.mean())


@quiet
def test_closed_forms():
    z, v = codes(noise=0.0)
    assert explicitness(z, v) == 1.0
    assert explicitness(z, v, rescale=False) == 1.0
    nothing = explicitness(np.ones_like(z), v)
    assert nothing == 0.0  # every row has the same probabilities
    assert explicitness(np.ones_like(z), v, rescale=False) == 0.5
    binary = np.array([0, 0, 1, 1] * 50)[:, None]
    order = np.array([0.0, 2.0, 1.0, 3.0] * 50)[:, None]  # three of four pairs are in order
    assert explicitness(order, binary, evaluate_on="train") == pytest.approx(0.5)


def test_a_line_finds_the_middle_class_if_classes_compete():
    v = np.arange(300)[:, None] % 3
    assert explicitness(v, v) == 1.0
    assert explicitness(v, v, multiclass="ovr") == 1.0
    raw = explicitness(v, v, multiclass="ovr-raw")
    assert 0.5 < raw < 0.9
    assert raw.settings["multiclass"] == "ovr-raw"


def test_noise_scores_nothing_on_average():
    rng = np.random.default_rng(0)
    scores = [explicitness(rng.normal(size=(500, 5)), rng.integers([2, 5, 9], size=(500, 3))) for _ in range(20)]
    assert abs(np.mean(scores)) < 0.02
    assert min(scores) < 0 < max(scores)
    trained = explicitness(rng.normal(size=(500, 5)), rng.integers(9, size=(500, 1)), evaluate_on="train")
    assert trained > 0.1


@quiet
@settings(max_examples=40)
@given(data=labelled(min_rows=20), scale=st.sampled_from([1e-4, 0.5, 1e6]), shift=st.sampled_from([-3.0, 0.0, 2.0**20]))
def test_affine_maps_of_a_latent_do_not_matter(data, scale, shift):
    z, v = data
    assert explicitness(z * scale + shift, v) == pytest.approx(explicitness(z, v), abs=1e-9)


@quiet
@settings(max_examples=40)
@given(data=labelled(min_rows=10))
def test_rotations_and_dead_latents_do_not_matter(data):
    z, v = data
    dead = np.column_stack([z, np.full(len(z), 3.7)])
    assert explicitness(dead, v) == pytest.approx(explicitness(z, v), abs=1e-12)
    turned = z[:, :2] @ np.array([[0.0, -1.0], [1.0, 0.0]])
    assert explicitness(turned, v) == pytest.approx(explicitness(z[:, :2], v), abs=1e-12)


def test_one_latent_and_one_factor_are_enough():
    v = np.arange(100)[:, None] % 4
    assert explicitness(v, v) == 1.0
    assert explicitness(v[:, 0][:, None], v[:, 0]).per_factor.shape == (1,)


def test_a_class_without_test_rows_or_without_training_rows_is_left_out_and_noted():
    z, v = codes(100)
    v[:, 0] = np.arange(100) % 2
    z[:, 0] = v[:, 0]
    v[80, 0] = 2  # a class with a test row only
    v[3, 0] = 3  # a class with a training row only
    score = explicitness(z, v, shuffle=False)
    assert "2 of 4 classes of v0" in next(note for note in score.notes if note.startswith("left out of the mean"))
    assert 0.9 < score.per_factor[0] <= 1.0
    assert not [note for note in explicitness(*codes()).notes if note.startswith("left out")]


@pytest.mark.parametrize("seed", range(3))
def test_the_advice_for_classes_that_are_left_out_helps(seed):
    rng = np.random.default_rng(seed)
    v = np.append(np.repeat(np.arange(10), 3), np.full(30, 10))[:, None]
    z = v + 0.01 * rng.normal(size=v.shape)

    def left_out(rows=slice(None), **options):
        notes = explicitness(z[rows], v[rows], random_state=seed, **options).notes
        [note] = [note for note in notes if note.startswith("left out of the mean")] or [""]
        return int(note.split(": ")[1].split(" of ")[0]) if note else 0, note

    several, note = left_out()
    assert note.endswith("take cv=5, or encode more rows")
    one, still = left_out(cv=5)
    assert one < several / 2
    assert "cv=5" not in still
    assert left_out(np.tile(np.arange(60), 10))[0] == 0


def test_a_factor_whose_test_rows_are_of_one_class_scores_as_chance():
    z, v = codes(100)
    v[80:, 0] = 1
    score = explicitness(z, v, shuffle=False)
    assert score.per_factor[0] == 0.0
    assert explicitness(z, v, shuffle=False, rescale=False).per_factor[0] == 0.5
    [note] = [note for note in score.notes if note.startswith("no area can be measured for v0")]
    assert "cv=5" in note
    assert explicitness(z, v, cv=5).per_factor[0] > 0.3


def test_a_continuous_factor_is_scored_by_ridge_regression():
    rng = np.random.default_rng(0)
    y = rng.normal(size=2000)
    z = np.c_[y + rng.normal(size=2000), rng.normal(size=2000)]
    score = explicitness(z, y[:, None], factor_kinds="continuous")
    assert score == pytest.approx(0.5, abs=0.06)  # of the variance, half is signal
    assert "v0: R2 of a ridge regression on test rows, in place of areas under ROC curves" in score.notes
    assert score.settings["multiclass"] is None
    binned = explicitness(z, y[:, None], factor_kinds="continuous", factor_bins=4)
    assert not [note for note in binned.notes if "ridge" in note]
    assert binned.settings["multiclass"] == "multinomial"
    noise = explicitness(rng.normal(size=(100, 40)), y[:100, None], factor_kinds="continuous")
    assert noise == 0.0
    assert "1 held-out R2 are negative and count as 0" in noise.notes


def test_a_circle_is_its_cosine_and_sine():
    angle = np.random.default_rng(0).uniform(0, 360, size=1000)
    z = np.c_[np.cos(np.radians(angle)), np.sin(np.radians(angle))]
    kinds = [dm.Circular(period=360)]
    score = dm.evaluate(z, angle[:, None], "explicitness", factor_kinds=kinds, ceiling=True)["explicitness"]
    assert score == pytest.approx(1.0, abs=1e-4)
    assert score.ceiling is None
    assert explicitness(angle[:, None], angle[:, None], factor_kinds=kinds) < 0.7
    few = explicitness(np.round(z, 3), angle[:, None] // 45 * 45, factor_kinds=kinds)
    assert few > 0.9
    assert not [note for note in few.notes if "ridge" in note]


def test_folds_and_repeats():
    z, v = codes(200, noise=1.0)
    folds = explicitness(z, v, cv=5)
    assert folds.settings["test_size"] is None
    assert folds == pytest.approx(float(explicitness(z, v, n_repeats=20)), abs=0.05)
    repeated = explicitness(z, v, n_repeats=3)
    each = [float(explicitness(z, v, random_state=42 + r)) for r in range(3)]
    np.testing.assert_allclose(repeated.per_repeat, each)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"shuffle": False, "n_repeats": 2}, "needs shuffle=True"),
        ({"evaluate_on": "train", "cv": 5}, "of no use with evaluate_on='train'"),
        ({"standardize": "minmax"}, "Use True, False, or 'min-max'"),
        ({"multiclass": "one-vs-rest"}, "Use one of"),
        ({"C": 0}, "C=0"),
    ],
)
def test_options_without_an_effect_or_a_meaning_are_refused(options, words):
    with pytest.raises(dm.OptionError, match=words):
        explicitness(*codes(50), **options)


def test_scales_that_the_penalty_sees():
    z, v = codes()
    small = explicitness(z * 1e-6, v, standardize=False, multiclass="ovr")
    assert small < explicitness(z, v, multiclass="ovr")
    assert explicitness(z * 1e-6, v, standardize="min-max") == pytest.approx(explicitness(z, v, standardize="min-max"))


def test_sorted_rows_and_training_rows_are_noted():
    z, v = codes()
    order = np.argsort(v[:, 0], kind="stable")
    notes = explicitness(z[order], v[order], shuffle=False).notes
    assert "rows were split in order, and the test rows lack most values of v0: shuffle the rows first" in notes
    trained = explicitness(z, v, evaluate_on="train").notes
    assert "scored on the rows that trained the probes, which also count what they fitted of the noise" in trained


def test_interval_chance_and_ceiling():
    z, v = codes(600, noise=1.0)
    options = {"confidence": 0.95, "chance": True, "n_permutations": 8, "ceiling": True, "n_boot": 200}
    score = dm.evaluate(z, v, "explicitness", **options)["explicitness"]
    assert score.interval.low < score < score.interval.high
    assert score.interval.method == "bias-corrected bootstrap of test rows"
    assert abs(score.chance) < 0.1
    assert score.ceiling.value == 1.0


def test_few_rows_are_noted_without_words_on_accuracy():
    [note] = [note for note in explicitness(*codes(30)).notes if note.startswith("few test rows")]
    assert "6 of 30 rows test the probes, so that other rows would score otherwise; take cv=5" in note


@pytest.mark.parametrize(
    "options",
    [
        {"multiclass": "ovr", "class_weight": "balanced", "standardize": "min-max", "evaluate_on": "train"},
        {"cv": 4, "standardize": False, "rescale": False},
        {"test_size": 50, "n_repeats": 2},
    ],
    ids=["train", "folds", "repeats"],
)
def test_a_signature_is_enough_to_score_again(options):
    z, v = codes(200)
    score = explicitness(z, v, **options)
    again = dm.rescore(score.signature, z, v)["explicitness"]
    assert again == score
    assert again.signature == score.signature
