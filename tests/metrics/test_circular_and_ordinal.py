"""MIG and SAP of circular and ordinal factors: closed forms, scikit-learn, and what must not matter."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import spearmanr
from sklearn.linear_model import LinearRegression
from sklearn.metrics import mutual_info_score, r2_score
from sklearn.model_selection import train_test_split
from sklearn.tree import DecisionTreeRegressor
from strategies import labelled

from disentangle_metrics import BiasWarning, Circular, OptionError, mig, sap

quiet = pytest.mark.filterwarnings(
    "ignore::disentangle_metrics.DegenerateFactorWarning", "ignore::disentangle_metrics.InactiveLatentWarning"
)
FULL = 2 * np.pi


@st.composite
def angles(draw):
    """Latents of quarters, and more than 64 angles (n,) at the middle of 8 parts of each of 16 arcs."""
    n = draw(st.integers(66, 90))
    seed = draw(st.integers(0, 999))
    rng = np.random.default_rng(seed)
    steps = rng.permutation(128)[:n]
    return rng.integers(-8, 9, size=(n, 3)) / 4, (steps + 0.5) / 128


@given(angles(), st.integers(-40, 40), st.sampled_from([1.0, FULL, 360.0]), st.integers(-3, 3))
def test_turning_by_whole_bins_and_by_whole_turns_changes_nothing(drawn, n_bins, period, n_turns):
    latents, part = drawn
    options = {"factor_kinds": Circular(period), "factor_bins": 16}
    score = mig(latents, period * part, **options)
    turned = period * (part + n_bins / 16) + n_turns * period
    assert mig(latents, turned, **options) == pytest.approx(score, abs=1e-12)


@quiet
@given(labelled(), st.integers(0, 4), st.integers(-2, 2))
def test_labels_on_a_circle_may_be_turned_too(drawn, step, n_turns):
    latents, factors = drawn
    for metric in (mig, sap):
        if metric is sap and step:
            continue  # of classes that tie the first is taken, and which is the first depends on where a turn begins
        score = metric(latents, factors, factor_kinds=Circular(5))
        assert metric(latents, factors + step + 5 * n_turns, factor_kinds=Circular(5)) == pytest.approx(
            score, abs=1e-12
        )


def test_many_angles_are_cut_into_arcs():
    rng = np.random.default_rng(0)
    degrees = rng.uniform(-720, 720, 500)
    z = np.column_stack([degrees % 360, rng.normal(size=500)])
    arcs = np.floor(degrees % 360 / 30)
    binned = mig(z, degrees, factor_kinds="circular:360", factor_bins=12)
    bins = [np.clip(np.floor((x - x.min()) / (np.ptp(x) / 20)), 0, 19) for x in z.T]
    np.testing.assert_allclose(binned.matrix[:, 0], [mutual_info_score(b, arcs) for b in bins], atol=1e-12)


def test_both_ends_of_a_turn_are_one_label():
    angle = np.repeat(np.linspace(0, FULL, 5), 4)
    once = angle.copy()
    once[-4:] = 0.0
    z = np.column_stack([np.arange(20.0) % 7, np.arange(20.0)])
    score = mig(z, angle, factor_kinds="circular")
    assert score == mig(z, once)
    assert score != mig(z, angle)


@pytest.mark.parametrize("estimator", ["ksg", "ksg2"])
def test_neighbors_around_a_circle_find_the_information_of_a_wrapped_code(estimator):
    rng = np.random.default_rng(1)
    angle = rng.uniform(0, FULL, 3000)
    # a latent that turns twice as fast, less a turn where it passes one, and even noise a tenth of its turn wide
    z = (2 * angle + rng.uniform(0, FULL / 10, 3000)) % FULL
    for shift in (0.0, 2.0):
        score = mig(np.column_stack([z, rng.normal(size=3000)]), (angle + shift) % FULL, factor_kinds="circular",
                    estimator=estimator, normalizer="none")  # fmt: skip
        assert score.matrix[0, 0] == pytest.approx(np.log(10), abs=0.1)
        assert abs(score.matrix[1, 0]) < 0.05


def test_a_gaussian_takes_the_correlation_with_cosine_and_sine():
    rng = np.random.default_rng(2)
    angle = rng.uniform(0, FULL, 400)
    z = np.column_stack([np.cos(angle) + 0.5 * rng.normal(size=400), rng.normal(size=400)])
    score = mig(z, angle, factor_kinds="circular", estimator="gaussian")
    r2 = sap(z, angle, factor_kinds="circular").matrix
    np.testing.assert_allclose(score.matrix, -0.5 * np.log(1 - r2), atol=1e-12)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"estimator": "gaussian-copula"}, r"factor 'v0' \(column 0\) is circular: a copula needs ranks"),
        (
            {"estimator": "ksg", "normalizer": "self-information"},
            r"factor 'v0' \(column 0\) is circular, and normalizer",
        ),
    ],
)
def test_what_is_made_for_lines_refuses_circles(options, message):
    angle = np.random.default_rng(0).uniform(0, 6, (200, 1))
    with pytest.raises(OptionError, match=message):
        mig(np.hstack([angle, -angle]), angle, factor_kinds="circular", **options)


@pytest.mark.parametrize("probe", ["r2", "logistic"])
def test_many_angles_are_scored_by_the_circular_linear_correlation(probe):
    angle = FULL * (np.arange(20_000) + 0.5) / 20_000
    z = np.column_stack([np.cos(angle - 1), angle, np.cos(2 * angle)])
    score = sap(z, angle, probe=probe, factor_kinds="circular")
    np.testing.assert_allclose(score.matrix[:, 0], [1, 6 / np.pi**2, 0], atol=1e-6)
    assert score.settings["correlation"] == {"circular": "circular-linear"}
    assert score.settings["scoring"] is None


@given(st.floats(-10, 10), st.integers(0, 99))
def test_r2_on_a_circle_does_not_depend_on_where_it_begins(shift, seed):
    rng = np.random.default_rng(seed)
    angle, z = rng.uniform(0, FULL, 80), rng.normal(size=(80, 2))
    z[:, 0] += np.cos(angle)
    score = sap(z, angle, probe="r2", factor_kinds="circular")
    assert sap(z, angle + shift, probe="r2", factor_kinds=Circular()) == pytest.approx(score, abs=1e-9)


def test_few_angles_are_classes_for_a_classifier():
    rng = np.random.default_rng(3)
    steps = rng.integers(9, size=600)
    z = np.column_stack([steps % 8 + 0.1 * rng.normal(size=600), rng.normal(size=600)])
    angle = steps * FULL / 8
    for probe in ("logistic", "threshold", "knn"):
        assert sap(z, angle, probe=probe, factor_kinds="circular") == sap(z, steps % 8, probe=probe)


def test_arcs_are_classes_where_bins_are_asked_for():
    rng = np.random.default_rng(4)
    degrees = rng.uniform(0, 720, 500)
    z = np.column_stack([degrees % 360, rng.normal(size=500)])
    score = sap(z, degrees, probe="knn", factor_kinds="circular:360", factor_bins=6)
    assert score == sap(z, (degrees % 360 // 60).astype(int), probe="knn")


def test_a_regressor_predicts_cosine_and_sine():
    rng = np.random.default_rng(5)
    angle = rng.uniform(0, FULL, 300)
    z = np.column_stack([angle + 0.1 * rng.normal(size=300), rng.normal(size=300)])
    model = DecisionTreeRegressor(max_depth=4, random_state=0)
    score = sap(z, angle, probe=model, factor_kinds="circular")
    target = np.column_stack([np.cos(angle), np.sin(angle)])
    for j in range(2):
        a, b, fit, test = train_test_split(z[:, [j]], target, test_size=0.2, random_state=42)
        a, b = (a - a.mean()) / a.std(), (b - a.mean()) / a.std()
        predicted = np.column_stack([model.fit(a, fit[:, i]).predict(b) for i in range(2)])
        assert score.matrix[j, 0] == pytest.approx(r2_score(test, predicted, multioutput="variance_weighted"), abs=1e-9)


@quiet
@given(labelled(), st.sampled_from([lambda v: 3 * v - 7, lambda v: v**3, lambda v: 10**17 * v, np.exp]))
def test_ordinal_labels_may_be_renumbered_in_order(drawn, renumber):
    latents, factors = drawn
    for options in ({}, {"probe": "threshold"}, {"probe": "r2"}, {"probe": LinearRegression()}):
        score = sap(latents, factors, factor_kinds="ordinal", **options)
        assert sap(latents, renumber(factors), factor_kinds="ordinal", **options) == pytest.approx(score, abs=1e-12)
    assert mig(latents, renumber(factors), factor_kinds="ordinal") == mig(latents, factors)


@quiet
@given(labelled())
def test_r2_of_an_ordinal_factor_is_the_squared_spearman_correlation(drawn):
    latents, factors = drawn
    score = sap(latents, factors, probe="r2", factor_kinds="ordinal")  # a warning would fail
    for j, k in np.ndindex(score.matrix.shape):
        z, v = latents[:, j], factors[:, k]
        if np.ptp(v):
            expected = spearmanr(z, v).statistic ** 2 if np.ptp(z) else 0.0
            assert score.matrix[j, k] == pytest.approx(expected, abs=1e-12)
    assert score.settings["correlation"] == {"ordinal": "spearman"}


def test_r2_of_an_ordinal_factor_looks_at_the_rows_that_have_a_label():
    rng = np.random.default_rng(6)
    v = rng.integers(5, size=100).astype(float)
    z = v[:, None] + rng.normal(size=(100, 3))
    v[::7] = np.nan
    kept = ~np.isnan(v)
    score = sap(z, v, probe="r2", factor_kinds="ordinal")
    expected = [spearmanr(x[kept], v[kept]).statistic ** 2 for x in z.T]
    np.testing.assert_allclose(score.matrix[:, 0], expected, atol=1e-12)


def best_in_order(x, y, n_classes):
    """The highest balanced accuracy of any cuts with classes in order, up or down: by trying them all."""
    places = np.unique(x)
    best = 0.0
    for order in (range(n_classes), range(n_classes)[::-1]):
        for first in range(len(places) + 1):
            for second in range(first, len(places) + 1):
                segment = np.searchsorted(np.array([first, second]), np.searchsorted(places, x), side="right")
                predicted = np.array(order)[segment]
                best = max(best, np.mean([np.mean(predicted[y == c] == c) for c in np.unique(y)]))
    return best


@given(st.integers(0, 200))
def test_the_threshold_probe_keeps_classes_in_their_order_up_or_down(seed):
    rng = np.random.default_rng(seed)
    y = np.append([0, 1, 2], rng.integers(3, size=20))
    x = np.round(rng.permutation([0.0, 1.0, 2.0])[y] + rng.normal(size=23), 1)  # in any order of medians
    latents = np.column_stack([x, -x])
    options = {"probe": "threshold", "scoring": "balanced-accuracy", "evaluate_on": "train"}
    score = sap(latents, y, factor_kinds="ordinal", **options)
    np.testing.assert_allclose(score.matrix[:, 0], best_in_order(x, y, 3), atol=1e-12)


def test_order_costs_the_threshold_probe_what_lies_out_of_order():
    y = np.repeat([0, 1, 2], 20)
    z = np.column_stack([np.array([0.0, 2.0, 1.0])[y], y])
    options = {"probe": "threshold", "evaluate_on": "train"}
    assert sap(z, y, **options).matrix[:, 0].tolist() == [1.0, 1.0]
    assert sap(z, y, factor_kinds="ordinal", **options).matrix[:, 0].tolist() == [pytest.approx(2 / 3), 1.0]


def test_r2_still_warns_of_categories():
    z = np.arange(40.0).reshape(20, 2) % 7
    with pytest.warns(BiasWarning, match="R2 takes the labels of v1 as numbers"):
        score = sap(z, z.astype(int), probe="r2", factor_kinds=["ordinal", "categorical"])
    assert score.settings["correlation"] == {"ordinal": "spearman", "categorical": "pearson"}
