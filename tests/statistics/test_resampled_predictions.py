"""Scores of fitted probes on rows drawn again: by hand on the repeated rows, and with numpy's correlation."""

import numpy as np
import pytest

from disentangle_metrics import DegenerateFactorWarning, Representation, sap

N = 60


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def drawn(rng, n_draws=5):
    return np.stack([np.bincount(rng.integers(N, size=N), minlength=N) for _ in range(n_draws)]).astype(np.uint16)


def resampled(latents, factors, **options):
    return sap(Representation(latents, factors), **options).recipe.statistic().resampled()


def squared(x, y, w):
    """Squared correlation on repeated rows, 0 where one of both is constant there."""
    x, y = np.repeat(x, w), np.repeat(y, w)
    return np.corrcoef(x, y)[0, 1] ** 2 if np.ptp(x) > 0 and np.ptp(y) > 0 else 0.0


def squares(latents, factors, weights):
    return np.array([[[squared(x, y, w) for y in factors.T] for x in latents.T] for w in weights])


def by_r2(latents, factors, **options):
    return resampled(latents, factors, probe="r2", factor_kinds="continuous", **options)


def test_a_constant_column_knows_nothing_in_any_draw(rng):
    factors = rng.normal(size=(N, 2))
    latents = np.column_stack([factors[:, 0] + rng.normal(size=N), np.full(N, 0.1), rng.normal(size=N)])
    weights = drawn(rng)
    [(matrix,)] = by_r2(latents, factors).reweighted(weights)
    np.testing.assert_allclose(matrix, squares(latents, factors, weights), atol=1e-10)
    assert not matrix[:, 1].any()


def test_columns_that_are_constant_in_a_draw_know_nothing_there(rng):
    factors = np.column_stack([rng.normal(size=N), np.arange(N) == 7]).astype(float)
    latents = np.column_stack([factors[:, 0] + rng.normal(size=N), 0.1 + 0.1 * (np.arange(N) == 3)])
    weights = drawn(rng, 6)
    weights[::2, [3, 7]] = 0
    weights[1::2, [3, 7]] = 1
    [(matrix,)] = by_r2(latents, factors).reweighted(weights)
    np.testing.assert_allclose(matrix, squares(latents, factors, weights), atol=1e-10)
    assert not matrix[::2, 1].any()
    assert not matrix[::2, :, 1].any()
    assert (matrix[1::2] > 0).all()


def test_a_column_that_is_far_from_its_median_in_all_of_a_draw_is_constant_there(rng):
    low = np.arange(N) < 20
    latents, factors = np.column_stack([np.where(low, 0.1, 0.7), rng.normal(size=N)]), rng.normal(size=(N, 1))
    weights = drawn(rng, 20) * low.astype(np.uint16)
    [(matrix,)] = by_r2(latents, factors).reweighted(weights)
    assert not matrix[:, 0].any()
    np.testing.assert_allclose(matrix, squares(latents, factors, weights), atol=1e-10)


@pytest.mark.parametrize("options", [{}, {"probe": "r2", "factor_kinds": "continuous"}], ids=str)
def test_nothing_knows_a_constant_factor(rng, options):
    factors = np.column_stack([rng.integers(2, size=N), np.ones(N, dtype=int)])
    with pytest.warns(DegenerateFactorWarning):
        counts = resampled(factors + rng.normal(size=(N, 2)), factors, **options)
    [(matrix,)] = counts.reweighted(drawn(rng))
    assert not matrix[:, :, 1].any()
    assert (matrix[:, :, 0] > 0).all()


def test_a_draw_without_rows_knows_nothing(rng):
    latents, factors = rng.normal(size=(N, 2)), rng.normal(size=(N, 1))
    [(matrix,)] = by_r2(latents, factors).reweighted(np.zeros((1, N), dtype=np.uint16))
    assert not matrix.any()


def test_neither_offset_nor_unit_nor_a_far_row_costs_digits(rng):
    factors = rng.normal(size=(N, 2))
    latents = np.column_stack([factors[:, 0] + rng.normal(size=N), rng.normal(size=N)])
    factors[5, 1] = 1e6
    weights = drawn(rng)
    weights[0, 5] = 0
    [(matrix,)] = by_r2(2.0**-20 * latents.round(4) + 1e3, 1e100 * factors).reweighted(weights)
    expected = squares((2.0**-20 * latents.round(4) + 1e3 - 1e3), factors, weights)
    np.testing.assert_allclose(matrix, expected, atol=1e-9)


def test_latents_of_little_variance_are_inactive_in_every_draw(rng):
    factors = rng.normal(size=(N, 1))
    latents = np.column_stack([factors[:, 0], 0.1 * factors[:, 0]]) + 0.01 * rng.normal(size=(N, 2))
    weights = drawn(rng)
    [(matrix,)] = by_r2(latents, factors, inactive=0.1).reweighted(weights)
    expected = squares(latents, factors, weights)
    assert (expected > 0.8).all()
    np.testing.assert_allclose(matrix[:, 0], expected[:, 0], atol=1e-10)
    assert not matrix[:, 1].any()


def test_rows_without_a_label_count_for_the_other_factors_alone(rng):
    factors = rng.normal(size=(N, 2))
    latents = factors + rng.normal(size=(N, 2))
    factors[:20, 1] = np.nan
    weights = drawn(rng)
    [(matrix,)] = by_r2(latents, factors).reweighted(weights)
    np.testing.assert_allclose(matrix[:, :, :1], squares(latents, factors[:, :1], weights), atol=1e-10)
    labeled = squares(latents[20:], factors[20:, 1:], weights[:, 20:])
    np.testing.assert_allclose(matrix[:, :, 1:], labeled, atol=1e-10)


@pytest.mark.parametrize("scoring", ["accuracy", "balanced-accuracy"])
def test_predictions_are_scored_on_repeated_rows(rng, scoring):
    factors = rng.integers([3, 2], size=(N, 2))
    latents = factors + rng.normal(size=(N, 2))
    weights = drawn(rng)
    weights[0, factors[:, 0] == 2] = 0  # a draw without one of the classes
    weights[1:] = np.eye(N)[40:44]  # and some of one row each
    counts = resampled(latents, factors, probe="threshold", scoring=scoring, shuffle=False, test_size=20)
    [(matrix,)] = counts.reweighted(weights)
    [[tested]] = counts.repeats
    np.testing.assert_array_equal(tested.rows, np.arange(40, N))
    for r, j, k in np.ndindex(matrix.shape):
        rows = np.repeat(np.arange(20), weights[r, 40:])
        right, actual = tested.right[j, k, rows], factors[40 + rows, k]
        recalls = [right[actual == c].mean() for c in np.unique(actual)]
        expected = right.mean() if scoring == "accuracy" else np.mean(recalls)
        assert matrix[r, j, k] == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("scoring", ["accuracy", "balanced-accuracy"])
def test_a_draw_without_test_rows_has_none_right(rng, scoring):
    factors = rng.integers(2, size=(N, 1))
    counts = resampled(factors + rng.normal(size=(N, 2)), factors, scoring=scoring, shuffle=False, test_size=20)
    weights = np.ones((1, N), dtype=np.uint16)
    weights[0, 40:] = 0
    [(matrix,)] = counts.reweighted(weights)
    assert not matrix.any()


@pytest.mark.parametrize(("n_tested", "few"), [(100, True), (101, False)])
def test_a_hundred_test_rows_are_few(rng, n_tested, few):
    factors = rng.integers(2, size=(300, 1))
    latents = factors + rng.normal(size=(300, 2))
    notes = resampled(latents, factors, test_size=n_tested).notes()
    assert notes[0] == "the interval keeps the fitted probes; n_repeats shows the spread over splits"
    assert any(note.startswith(f"only {n_tested} test rows") for note in notes) is few


def test_where_all_rows_are_tested_or_none_there_is_no_split_to_speak_of(rng):
    factors = rng.integers(2, size=(300, 1))
    latents = factors + rng.normal(size=(300, 2))
    assert resampled(latents, factors, cv=3).notes() == []
    assert by_r2(latents, factors).notes() == []
