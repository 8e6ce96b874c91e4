import numpy as np
import pytest
import slow
from hypothesis import given
from hypothesis import strategies as st

from disentangle_metrics.kernels.linear import logistic
from disentangle_metrics.kernels.linear import quadrature as nodes
from disentangle_metrics.kernels.linear.one_vs_rest import one_vs_rest
from disentangle_metrics.kernels.linear.quadrature import (
    LARGEST_RISE,
    mean_nodes,
    node_derivatives,
    panel_nodes,
    row_nodes,
)
from disentangle_metrics.kernels.linear.univariate import fit_lines


def sums_over_rows(x, slope, height):
    _, first, second = slow.logistic(slope * x + height)
    return np.array([first @ x, first.sum(), second @ x**2, second @ x, second.sum()])


@given(seed=st.integers(0, 2**32 - 1), n_panels=st.integers(1, 9), size=st.sampled_from([0.0, 0.1, 1.0]))
def test_nodes_stand_for_the_rows_of_any_line_that_is_not_too_steep(seed, n_panels, size):
    rng = np.random.default_rng(seed)
    x = rng.choice([rng.normal(size=500), rng.integers(3, size=500) - 1.0, rng.standard_t(1.5, size=500)])
    steepest = n_panels * LARGEST_RISE / np.ptp(x)
    slope = np.append(size * steepest * rng.uniform(-1, 1, size=20), [steepest, -steepest])
    height = 10 * size * rng.normal(size=22)
    found = node_derivatives(panel_nodes(x, n_panels))(slope, height)
    for i in range(22):
        expected = sums_over_rows(x, slope[i], height[i])
        # 1e-13 for each row by the bound; that of the second derivatives is larger, and would only slow Newton's method
        np.testing.assert_allclose(found[:2, i], expected[:2], rtol=0, atol=1e-13 * 500 * (1 + np.abs(x).max()))
        np.testing.assert_allclose(found[2:, i], expected[2:], rtol=0, atol=1e-11 * 500 * (1 + np.abs(x).max()) ** 2)


def test_a_line_too_steep_for_the_nodes_is_not_theirs_to_sum():
    """The bound is not far from the truth: at eight times the rise the error is in the third digit."""
    x = np.random.default_rng(0).normal(size=500)
    slope = np.array([8 * LARGEST_RISE / np.ptp(x)])
    error = node_derivatives(panel_nodes(x, 1))(slope, np.zeros(1))[1, 0] - sums_over_rows(x, slope[0], 0.0)[1]
    assert abs(error) > 1e-6


@pytest.mark.parametrize("make", [row_nodes, lambda x: panel_nodes(x, 1), lambda x: panel_nodes(x, 5)])
def test_lines_so_steep_that_rounding_is_all_there_is_have_no_negative_curvature(make):
    x = np.random.default_rng(0).normal(size=500)
    slope, height = (a.reshape(-1) for a in np.meshgrid([0.0, 1.0, 30.0, 1e3, 1e6], [0.0, 40.0, -700.0, 1e5]))
    assert node_derivatives(make(x))(slope, height)[[2, 4]].min() >= 0


@pytest.mark.parametrize("make", [row_nodes, lambda x: mean_nodes(x, 8), lambda x: panel_nodes(x, 3)])
def test_nodes_have_the_number_and_the_mean_of_the_rows(make):
    for x in (np.random.default_rng(0).normal(size=1000), np.full(1000, 0.1), np.repeat([-1.0, 1.0], 500)):
        weights = make(x).weights
        assert weights[:, 0].sum() == pytest.approx(1000, rel=1e-15)
        assert weights[:, 1].sum() == pytest.approx(x.sum(), abs=1e-11)


def test_work_in_pieces_changes_nothing(monkeypatch):
    rng = np.random.default_rng(0)
    x, slope, height = rng.normal(size=1000), rng.normal(size=9), rng.normal(size=9)
    whole = node_derivatives(panel_nodes(x, 8))(slope, height)
    monkeypatch.setattr(nodes, "_ROWS", 100)
    monkeypatch.setattr(nodes, "_CELLS", 300)
    np.testing.assert_allclose(node_derivatives(panel_nodes(x, 8))(slope, height), whole, rtol=1e-13, atol=1e-12)


CASES = {
    "flat": (lambda rng, y: rng.normal(size=len(y)), 0.1),
    "steep": (lambda rng, y: y + 0.05 * rng.normal(size=len(y)), 1e2),
    "separable": (lambda rng, y: y + 0.01 * rng.uniform(size=len(y)), 1e5),
    "heavy tails": (lambda rng, y: rng.standard_t(1.0, size=len(y)) + y, 10.0),
    "large scale": (lambda rng, y: 1e4 * (y + rng.normal(size=len(y))), 1.0),
}


@pytest.mark.parametrize("balanced", [False, True])
@pytest.mark.parametrize("case", CASES)
def test_lines_are_at_their_optimum_however_many_nodes_that_takes(case, balanced):
    make, C = CASES[case]
    rng = np.random.default_rng(0)
    y = rng.integers(4, size=3000)
    x = make(rng, y)
    fit = fit_lines(x, y, 4, logistic.logistic_loss, C, balanced)
    assert fit.converged
    oracle = slow.fit_lines(x, y, 4, slow.logistic, C, balanced)
    size = 1 + np.abs(oracle.intercept).max() + np.abs(oracle.slope).max() * np.abs(x).max()
    np.testing.assert_allclose(fit.slope * np.abs(x).max(), oracle.slope * np.abs(x).max(), rtol=0, atol=1e-8 * size)
    np.testing.assert_allclose(fit.intercept, oracle.intercept, rtol=0, atol=1e-8 * size)


@pytest.mark.parametrize("n", [200, 3000])
@pytest.mark.parametrize("weighted", [False, True])
def test_latents_fitted_together_have_the_lines_each_has_alone(n, weighted):
    """Some need many panels, some few, and one every row."""
    rng = np.random.default_rng(1)
    y = np.stack([rng.integers(4, size=n), rng.integers(2, size=n)])
    x = np.stack([make(rng, y[0]) for make, _ in CASES.values()] + [np.full(n, 0.3)])
    layout = one_vs_rest(y, (4, 2), False, rng.uniform(0.5, 2, size=n) if weighted else None)
    C = np.broadcast_to(np.array([1e-2, 1e2])[:, None], (len(x), 2, 2))
    slope, intercept, converged = logistic.fit_logistic(x, layout, C, 200)
    assert converged
    for i in range(len(x)):
        alone = logistic.fit_logistic(x[i : i + 1], layout, C[i : i + 1], 200)
        size = 1 + np.abs(alone[1]).max()
        np.testing.assert_allclose(
            slope[i] * np.abs(x[i]).max(), alone[0][0] * np.abs(x[i]).max(), rtol=1e-9, atol=size * 1e-9
        )
        np.testing.assert_allclose(intercept[i], alone[1][0], rtol=0, atol=size * 1e-9)


def test_panels_are_made_as_narrow_as_the_steepest_line_needs(monkeypatch):
    """And looked at again where a first, rough fit was too flat."""
    used = []
    original = logistic.panel_nodes
    monkeypatch.setattr(logistic, "panel_nodes", lambda x, n, w: used.append(n) or original(x, n, w))
    monkeypatch.setattr(logistic, "_ROUGH_GROUPS", 1)
    monkeypatch.setattr(logistic, "_FEW_PANELS", 2)
    rng = np.random.default_rng(0)
    y = rng.integers(2, size=20_000)
    x = y + 0.1 * rng.normal(size=20_000)
    fit = fit_lines(x, y, 2, logistic.logistic_loss, 1.0, False)
    assert fit.slope[1] * np.ptp(x) <= LARGEST_RISE * used[-1]
    assert len(used) > 1
    oracle = slow.fit_lines(x, y, 2, slow.logistic, 1.0, False)
    assert fit.slope[1] == pytest.approx(oracle.slope[1], rel=1e-10)


def test_sums_too_large_to_be_taken_from_each_other_are_not(monkeypatch):
    asked = []
    original = logistic.row_derivatives
    monkeypatch.setattr(logistic, "row_derivatives", lambda *args: asked.append(1) or original(*args))
    y = np.arange(3000) % 3
    x = y + 0.01 * np.random.default_rng(0).uniform(size=3000)
    fit_lines(x, y, 3, logistic.logistic_loss, 0.1, False)
    assert not asked
    fit_lines(x, y, 3, logistic.logistic_loss, 1e8, False)
    assert asked


@pytest.mark.parametrize("balanced", [False, True])
@pytest.mark.parametrize("n_classes", [2, 3, 4])
def test_one_vs_rest_weighs_rows_as_liblinear_does(n_classes, balanced):
    rng = np.random.default_rng(0)
    y = np.minimum(rng.geometric(0.5, size=200), n_classes) - 1
    layout = one_vs_rest(np.stack([np.zeros(200, dtype=int), y]), (2, 5), balanced)
    fitted, zero, own, rest = slow.problems(y, 5, 1.0, balanced)
    assert layout.starts == (0, 0, len(fitted))
    assert layout.zero == (0, -1 if zero is None else zero)
    np.testing.assert_array_equal(layout.label, fitted)
    np.testing.assert_allclose(layout.own, own)
    np.testing.assert_allclose(layout.rest, rest)
    assert layout.line_of[0].tolist() == [-1, -1]
    assert layout.line_of[1][fitted].tolist() == list(range(len(fitted)))
