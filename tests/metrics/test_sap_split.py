"""How many rows test a probe: a share of them, or a number."""

import numpy as np
import pytest
from sklearn.linear_model import Ridge
from sklearn.model_selection import train_test_split
from sklearn.naive_bayes import GaussianNB

from disentangle_metrics import OptionError, evaluate, explain, sap


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    factors = np.stack([rng.integers(size, size=600) for size in (2, 3, 6)], axis=1)
    informative = factors + rng.normal(scale=[0.3, 0.5, 1.0], size=factors.shape)
    return np.hstack([informative, rng.normal(size=(600, 2))]), factors


def by_hand(latents, factors, train, test):
    fit = [[GaussianNB().fit(z[train, None], v[train]) for v in factors.T] for z in latents.T]
    return np.array(
        [
            [np.mean(model.predict(z[test, None]) == v[test]) for model, v in zip(row, factors.T, strict=True)]
            for row, z in zip(fit, latents.T, strict=True)
        ]
    )


@pytest.mark.parametrize("n_test", [1, 37, 500, np.int32(200)])
def test_a_number_of_test_rows_is_scikit_learns(data, n_test):
    rows = train_test_split(np.arange(600), test_size=int(n_test), random_state=7)
    expected = by_hand(*data, *rows)
    score = sap(*data, probe="gaussian-nb", test_size=n_test, random_state=7)
    np.testing.assert_allclose(score.matrix, expected, rtol=0, atol=1e-12)
    assert f"|test_size:{n_test}|" in score.signature
    assert type(score.settings["test_size"]) is int


def test_a_number_of_rows_and_the_share_that_it_is_are_one_score(data):
    by_count, by_share = (sap(*data, test_size=size, n_repeats=3) for size in (150, 0.25))
    np.testing.assert_array_equal(by_count.per_repeat, by_share.per_repeat)
    assert by_count.signature != by_share.signature


def test_the_last_rows_test_where_the_order_is_kept(data):
    latents, factors = data
    expected = by_hand(latents, factors, np.arange(400), np.arange(400, 600))
    for size in (200, 1 / 3):
        score = sap(*data, probe="gaussian-nb", test_size=size, shuffle=False)
        np.testing.assert_allclose(score.matrix, expected, rtol=0, atol=1e-12)


def test_a_number_of_test_rows_is_of_the_labeled_ones(data):
    latents, factors = data
    labels = factors.astype(object)
    labels[100:, 0] = None
    labeled = sap(latents[:100], factors[:100, :1], test_size=60)
    np.testing.assert_array_equal(sap(latents, labels, test_size=60).matrix[:, :1], labeled.matrix)
    with pytest.raises(OptionError, match="test_size=100 rows leave none to train: 100 rows have a label"):
        sap(latents, labels, test_size=100)


def test_a_number_of_test_rows_has_no_effect_with_folds_or_without_test_rows(data):
    for options in ({"cv": 3}, {"evaluate_on": "train"}):
        score = sap(*data, test_size=50, **options)
        assert score.settings["test_size"] is None
        assert score.signature == sap(*data, **options).signature


def test_halves_of_the_rows_hold_out_as_large_a_part(data):
    """An interval by half-samples scores 300 of 600 rows: of 400 test rows there would be none to train on."""
    regressor = {"probe": Ridge(), "factor_kinds": "continuous"}
    by_count, by_share = (
        evaluate(*data, "sap", options={"sap": {**regressor, "test_size": size}}, confidence=0.9, n_boot=4)["sap"]
        for size in (400, 2 / 3)
    )
    assert by_count.interval == by_share.interval
    assert by_count.interval.method == "half-samples"


def test_an_interval_of_test_rows_takes_a_number_of_them(data):
    by_count, by_share = (
        evaluate(*data, "sap", options={"sap": {"test_size": size}}, confidence=0.9, n_boot=4)["sap"].interval
        for size in (120, 0.2)
    )
    assert by_count == by_share


def test_an_explanation_shows_a_third_as_a_step(data):
    changed = [step.options for step in explain(*data, b="locatello2019", metrics="sap").walks["sap"].steps]
    assert {"test_size": ("0.2", "0.333333")} in changed


def test_locatello2019_trains_on_10000_rows_and_tests_on_5000():
    """Beside the program's own steps: LinearSVC on each latent, the first rows train and the last test."""
    from sklearn.svm import LinearSVC

    rng = np.random.default_rng(3)
    v = rng.integers(3, size=(15_000, 1))
    z = v * [[1.0, 0.3]] + rng.normal(size=(15_000, 2))
    model = LinearSVC(C=0.01, class_weight="balanced", tol=1e-10, max_iter=10**6)
    theirs = [
        np.mean(model.fit(x[:10_000, None], v[:10_000, 0]).predict(x[10_000:, None]) == v[10_000:, 0]) for x in z.T
    ]
    found = evaluate(z, v, "sap", protocol="locatello2019")["sap"].matrix[:, 0]
    np.testing.assert_allclose(found, theirs, rtol=0, atol=1e-12)
