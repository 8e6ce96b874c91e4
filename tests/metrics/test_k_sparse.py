"""k-sparse probing: closed forms, a slow oracle by scikit-learn, and the rules for data that lack classes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from slow_sparse import by_hand
from strategies import labelled

from disentangle_metrics import Circular, InputError, OptionError, Representation, evaluate, k_sparse

quiet = pytest.mark.filterwarnings(
    "ignore::disentangle_metrics.DegenerateFactorWarning", "ignore::disentangle_metrics.InactiveLatentWarning"
)


def sparse_code(n=600, n_classes=5, n_latents=30, fires=0.9, seed=0):
    """Return a code with a latent for each class, which fires on a part of its rows, and the classes."""
    rng = np.random.default_rng(seed)
    v = rng.integers(n_classes, size=n)
    z = np.maximum(rng.normal(size=(n, n_latents)) - 1.5, 0)
    z[np.arange(n), v] += 2.0 * (rng.random(n) < fires)
    return z, v


@pytest.mark.parametrize("n_best", [1, 3, 12])
@pytest.mark.parametrize("options", [{}, {"select": "mean-difference", "standardize": False}, {"C": 0.01}])
def test_the_slow_oracle_agrees(n_best, options):
    latents, labels = sparse_code(n_latents=12, fires=0.6)
    latents = latents * np.linspace(0.1, 3, 12)
    report = k_sparse(latents, labels, n_best=n_best, **options)
    accuracy, area = by_hand(
        latents,
        labels,
        n_best,
        in_units=options.get("select") == "mean-difference",
        standardize=options.get("standardize", True),
        C=options.get("C", 1.0),
    )
    assert report["k_sparse.accuracy"] == pytest.approx(accuracy, abs=1e-12)
    assert report["k_sparse.auc"] == pytest.approx(area, abs=1e-12)


def test_a_latent_for_each_class_scores_1():
    labels = np.arange(400) % 4
    report = k_sparse(np.eye(4)[labels], labels)
    assert report["k_sparse.accuracy"] == report["k_sparse.auc"] == 1.0
    assert (report["k_sparse.accuracy"].matrix == 1.0).all()


def test_a_latent_that_fires_on_half_of_its_class_is_right_on_three_rows_of_four():
    labels = np.random.default_rng(0).integers(4, size=40_000)
    fires = np.random.default_rng(1).random((40_000, 1)) < 0.5
    report = k_sparse(np.eye(4)[labels] * fires, labels, n_best=1)
    assert report["k_sparse.accuracy"] == pytest.approx(0.75, abs=0.01)
    assert report["k_sparse.auc"] == pytest.approx(0.75, abs=0.01)


def test_a_class_that_needs_two_latents_scores_more_with_two():
    rng = np.random.default_rng(0)
    labels = rng.integers(2, size=20_000)
    which = rng.integers(2, size=20_000)
    latents = np.eye(2)[which] * labels[:, None]  # either latent fires for the class
    score = k_sparse(latents, labels, n_best=(1, 2))["k_sparse.accuracy"]
    assert score == pytest.approx(0.75, abs=0.01)
    assert score.matrix[1, 0] == 1.0


def test_noise_scores_a_half():
    rng = np.random.default_rng(0)
    report = k_sparse(rng.normal(size=(20_000, 20)), rng.integers(4, size=(20_000, 3)))
    for score in report.values():
        assert score.matrix == pytest.approx(0.5, abs=0.03)


def test_the_scores_of_many_classes_do_not_err_together():
    """With the same other rows for every class, the mean of 40 classes of noise has a deviation of .03."""
    rng = np.random.default_rng(0)
    latents, labels = rng.normal(size=(4000, 3)), rng.integers(40, size=4000)
    scores = [k_sparse(latents, labels, n_best=1, random_state=seed)["k_sparse.accuracy"] for seed in range(8)]
    assert np.std(scores) < 0.015


def test_the_curve_has_a_row_for_each_number_and_the_score_is_that_of_the_first():
    latents, labels = sparse_code(fires=0.5)
    score = k_sparse(latents, labels, n_best=(5, 1, "all"))["k_sparse.accuracy"]
    assert score.steps == ("best 5", "best 1", "all")
    assert score.matrix.shape == (3, 1)
    assert score == score.matrix[0, 0]
    for n_best, row in zip((5, 1, "all"), score.matrix, strict=True):
        assert k_sparse(latents, labels, n_best=n_best)["k_sparse.accuracy"] == pytest.approx(row[0], abs=1e-12)
    shown = ", ".join(f"{value:.4f} ({k})" for k, value in zip((5, 1, "all"), score.matrix[:, 0], strict=True))
    assert f"mean accuracy on the best latents: {shown}" in score.notes
    assert list(score.to_frame().index) == ["best 5", "best 1", "all"]


def test_more_latents_than_there_are_become_all_with_a_note():
    latents, labels = sparse_code(n_latents=6)
    score = k_sparse(latents, labels, n_best=(9, "all"))["k_sparse.accuracy"]
    assert score.matrix[0, 0] == score.matrix[1, 0]
    assert "n_best=9: there are only 6 latents, so all of them are taken" in score.notes


def test_many_latents_are_all_taken():
    latents, labels = sparse_code(n_latents=150, fires=0.5)
    score = k_sparse(latents, labels, n_best="all")
    assert score["k_sparse.accuracy"] == pytest.approx(by_hand(latents, labels, 150)[0], abs=1e-12)
    assert score["k_sparse.auc"] == pytest.approx(by_hand(latents, labels, 150)[1], abs=1e-3)


@settings(max_examples=20)
@given(seed=st.integers(0, 99))
def test_order_scale_and_offset_of_latents_do_not_matter(seed):
    latents, labels = sparse_code(n=120, n_classes=3, n_latents=6, fires=0.6)
    latents += 0.01 * np.random.default_rng(seed).normal(size=latents.shape)  # so that no two latents tie
    order = np.random.default_rng(seed).permutation(6)
    moved = latents[:, order] * np.linspace(-3, 4, 6) + 1e3
    for one, other in zip(k_sparse(latents, labels).values(), k_sparse(moved, labels).values(), strict=True):
        np.testing.assert_allclose(other.matrix, one.matrix, atol=1e-12)


def test_sparse_dead_and_copied_latents_change_nothing():
    latents, labels = sparse_code()
    score = k_sparse(latents, labels, n_best=(1, 3))["k_sparse.accuracy"]
    more = np.hstack([latents, np.zeros((600, 2)), np.full((600, 1), 1e7 / 3)])
    np.testing.assert_array_equal(k_sparse(more, labels, n_best=(1, 3))["k_sparse.accuracy"].matrix, score.matrix)
    copied = k_sparse(np.hstack([latents, latents]), labels, n_best=1)["k_sparse.accuracy"]
    assert copied == score


@pytest.mark.parametrize("kind", ["float32", "huge", "offset"])
def test_type_scale_and_offset(kind):
    latents, labels = sparse_code(fires=0.7)
    score = k_sparse(latents, labels)["k_sparse.accuracy"]
    changed = {"float32": latents.astype(np.float32), "huge": latents * 1e90, "offset": latents + 1e7}[kind]
    np.testing.assert_allclose(k_sparse(changed, labels)["k_sparse.accuracy"].matrix, score.matrix, atol=0.01)


def test_a_binary_factor_is_one_problem_whichever_class_is_rare():
    latents, _ = sparse_code()
    rare = latents[:, 0] > 2
    one, other = (k_sparse(latents, labels)["k_sparse.accuracy"] for labels in (rare, ~rare))
    np.testing.assert_array_equal(one.matrix, other.matrix)


def test_a_continuous_factor_has_two_classes():
    rng = np.random.default_rng(0)
    v = rng.exponential(size=1000)
    report = k_sparse(np.stack([v, rng.normal(size=1000)], axis=1), v, n_best=1)
    assert report["k_sparse.accuracy"] > 0.97
    assert "v0: the two classes are the numbers above the median and the others" in report["k_sparse.accuracy"].notes
    above = (v > np.median(v)).astype(int)
    assert report["k_sparse.auc"] == k_sparse(v[:, None], above, n_best=1)["k_sparse.auc"]


def test_a_continuous_factor_whose_largest_value_is_most_common():
    rng = np.random.default_rng(0)
    v = np.minimum(rng.normal(size=500), -0.3)
    assert np.median(v) == v.max()
    assert k_sparse(v[:, None], v, n_best=1, factor_kinds="continuous")["k_sparse.accuracy"] > 0.9


def test_a_circular_factor_has_the_halves_of_its_turn():
    angle = np.random.default_rng(0).uniform(0, 360, size=1000)
    latents = np.sin(np.deg2rad(angle))[:, None]  # above 0 in the first half
    report = k_sparse(latents, angle, n_best=1, factor_kinds=Circular(period=360))
    assert report["k_sparse.accuracy"] > 0.97


def test_rows_without_a_label_are_left_out():
    latents, labels = sparse_code()
    labels = labels.astype(float)
    labels[::7] = np.nan
    there = ~np.isnan(labels)
    score = k_sparse(latents, labels)["k_sparse.accuracy"]
    np.testing.assert_array_equal(score.matrix, k_sparse(latents[there], labels[there])["k_sparse.accuracy"].matrix)
    measured = np.where(there, latents[:, 0], np.nan)
    both = k_sparse(latents, measured, factor_kinds="continuous")["k_sparse.accuracy"]
    alone = k_sparse(latents[there], measured[there], factor_kinds="continuous")["k_sparse.accuracy"]
    np.testing.assert_array_equal(both.matrix, alone.matrix)


def test_a_class_without_training_rows_counts_as_a_half():
    latents = np.eye(3)[[0, 1] * 40 + [2] * 20]
    labels = np.array([0, 1] * 40 + [2] * 20)
    score = k_sparse(latents, labels, n_best=1, shuffle=False, test_size=0.2)["k_sparse.accuracy"]
    assert score == 0.5  # the test rows are all of class 2, so that nothing can be tested
    assert any("nothing is tested" in note for note in score.notes)
    rows = np.r_[0:60, 80:100, 60:80]  # classes 0 and 1 are tested too, and class 2 trains
    assert k_sparse(latents[rows], labels[rows], n_best=1, shuffle=False)["k_sparse.accuracy"] == 1.0
    rows = np.r_[0:70, 80:100, 70:80]
    late = k_sparse(latents[rows], labels[rows], shuffle=False, test_size=30)["k_sparse.accuracy"]
    assert 0.5 < late < 1  # the latents of classes 0 and 1 are seen to tell them apart, and that of class 2 is not
    assert any("no training row has" in note for note in late.notes)


@quiet
@given(data=labelled())
def test_any_data_have_a_score(data):
    latents, factors = data
    report = k_sparse(latents, factors)
    for score in report.values():
        assert 0 <= score <= 1
        assert not np.isnan(score.matrix[:, [k for k in range(factors.shape[1]) if np.ptp(factors[:, k])]]).any()


@quiet
def test_one_latent_one_factor_and_four_rows():
    assert 0 <= k_sparse([[0.0], [1.0], [2.0], [3.0]], [0, 1, 0, 1])["k_sparse.accuracy"] <= 1
    labels = np.arange(100) % 2
    assert k_sparse(labels[:, None], labels)["k_sparse.accuracy"] == 1.0
    assert k_sparse(np.ones((100, 1)), labels)["k_sparse.accuracy"] == 0.5


def test_few_test_rows_are_noted_and_repeats_help():
    latents, labels = sparse_code(n=100)
    score = k_sparse(latents, labels)["k_sparse.accuracy"]
    [note] = [note for note in score.notes if note.startswith("few test rows")]
    assert "n_repeats=10" in note
    repeated = k_sparse(latents, labels, n_repeats=10)["k_sparse.accuracy"]
    assert len(repeated.per_repeat) == 10
    assert repeated.spread > 0
    assert repeated.per_repeat[0] == score
    assert not [note for note in repeated.notes if note.startswith("few test rows")]


def test_latents_that_cannot_be_squared_are_refused():
    latents, labels = sparse_code()
    with pytest.raises(InputError, match="cannot be squared"):
        k_sparse(latents * 1e200, labels)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_best": 0}, "n_best=0 is out of range"),
        ({"n_best": "few"}, "n_best='few' is not known"),
        ({"n_best": (1, 1)}, "twice"),
        ({"n_best": ()}, "empty"),
        ({"select": "mean"}, "select='mean' is not known"),
        ({"test_size": 600}, "leave none to train"),
    ],
)
def test_options_that_mean_nothing_are_refused(options, message):
    with pytest.raises(OptionError, match=message):
        k_sparse(*sparse_code(), **options)


def test_probes_are_fitted_once_for_both_parts(monkeypatch):
    from disentangle_metrics.statistics import sparse_probes

    calls = []
    probe_classes = sparse_probes.probe_classes
    monkeypatch.setattr(
        sparse_probes, "probe_classes", lambda *args, **options: calls.append(1) or probe_classes(*args, **options)
    )
    data = Representation(*sparse_code())
    evaluate(data, metrics=["k_sparse"])
    assert len(calls) == 1


def test_interval_chance_and_ceiling():
    latents, labels = sparse_code(n=1500, fires=0.6)
    report = evaluate(
        latents,
        labels,
        metrics="k_sparse",
        options={"k_sparse": {"n_best": (1, 2)}},
        confidence=0.95,
        chance=True,
        ceiling=True,
        adjusted=True,
    )
    for score in report.values():
        assert score.interval.low < score < score.interval.high
        assert score.chance == pytest.approx(0.5, abs=0.03)
        assert score.ceiling.value == 1.0
        assert score.adjusted == pytest.approx((score - score.chance) / (1 - score.chance))


def test_the_ceiling_is_a_code_with_a_latent_for_each_value():
    labels = np.random.default_rng(0).integers(6, size=600)
    ordered = evaluate(labels[:, None], labels, metrics="k_sparse", ceiling=True)["k_sparse.accuracy"]
    assert ordered < 0.95  # a line on ordered latents picks no class from the middle
    assert ordered.ceiling.value == 1.0
