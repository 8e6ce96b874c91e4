import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.optimize import brentq, minimize
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from disentangle_metrics.kernels.linear import univariate as lines
from disentangle_metrics.kernels.linear.univariate import (
    Lines,
    fit_lines,
    logistic_loss,
    predict_lines,
    squared_hinge_loss,
)

LOSSES = {"logistic": logistic_loss, "squared hinge": squared_hinge_loss}


def objective(parameters, x, sign, weight, loss):
    w, b = parameters
    return 0.5 * (w**2 + b**2) + np.sum(weight * loss(-sign * (w * x + b))[0])


@pytest.mark.parametrize("name", LOSSES)
def test_losses_are_what_they_are_called(name):
    m = np.array([-800.0, -2.0, -1.0, 0.0, 0.5, 3.0, 800.0])
    expected = np.logaddexp(0, m) if name == "logistic" else np.maximum(0, 1 + m) ** 2
    np.testing.assert_allclose(LOSSES[name](m)[0], expected, rtol=1e-14)


@pytest.mark.parametrize("name", LOSSES)
@given(m=st.floats(-30, 30).filter(lambda m: abs(m + 1) > 1e-3))
def test_derivatives_are_those_of_the_loss(name, m):
    h = 1e-5
    around = LOSSES[name](np.array([m - h, m, m + h]))
    slope = (around[0][2] - around[0][0]) / (2 * h)
    curve = (around[1][2] - around[1][0]) / (2 * h)
    assert around[1][1] == pytest.approx(slope, rel=1e-5, abs=1e-7)
    assert around[2][1] == pytest.approx(curve, rel=1e-5, abs=1e-7)


problems = st.integers(3, 40).flatmap(
    lambda n: st.tuples(
        hnp.arrays(np.int64, n, elements=st.integers(-8, 8)).map(lambda x: x / 4.0),
        hnp.arrays(np.intp, n, elements=st.integers(0, 3)),
    )
)


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("balanced", [False, True])
@given(problem=problems, C=st.sampled_from([1e-3, 0.1, 1.0, 100.0]))
def test_every_line_is_the_optimum_of_its_own_problem(name, balanced, problem, C):
    x, y = problem
    loss = LOSSES[name]
    fit = fit_lines(x, y, 4, loss, C, balanced)
    assert fit.converged
    present, count = np.unique(y, return_counts=True)
    assert np.all(np.isneginf(fit.intercept) == ~np.isin(np.arange(4), present))
    if len(present) == 1:
        return
    size = dict(zip(present.tolist(), count.tolist(), strict=True))
    for c in present if len(present) > 2 else present[1:]:
        sign = np.where(y == c, 1.0, -1.0)
        own = len(y) / (len(present) * size[c]) if balanced else 1.0
        rest = len(y) / (2 * size[present[0]]) if balanced and len(present) == 2 else 1.0
        weight = C * np.where(y == c, own, rest)
        ours = objective((fit.slope[c], fit.intercept[c]), x, sign, weight, loss)
        found = minimize(objective, (0.0, 0.0), (x, sign, weight, loss), method="BFGS", options={"gtol": 1e-9})
        assert ours <= found.fun * (1 + 1e-10) + 1e-12


@pytest.mark.parametrize("C", [1e-4, 1.0, 1e6])
@pytest.mark.parametrize("spread", [1e-3, 1.0, 1e6])
@pytest.mark.parametrize("name", LOSSES)
def test_hard_problems_converge(name, C, spread):
    rng = np.random.default_rng(0)
    x = np.append(rng.normal(size=300), spread)
    y = (x > 0.1).astype(np.intp) + (x > 1)
    fit = fit_lines(x, y, 3, LOSSES[name], C, True)
    assert fit.converged
    assert np.isfinite(fit.slope).all()


@pytest.mark.parametrize("C", [0.1, 1e4, 1e6])
@pytest.mark.parametrize("n", [5_000, 100_000])
def test_a_perfect_code_reaches_the_optimum_it_has_on_paper(C, n):
    """Two values, m rows each: slope and intercept solve two equations that scipy solves to the last digit."""
    x = np.where(np.arange(n) % 2, 1.0, -1.0)
    fit = fit_lines(x, (x > 0).astype(np.intp), 2, logistic_loss, C, False)
    # by symmetry the intercept is 0, and the slope solves w = C n / (1 + exp(w))
    slope = brentq(lambda w: w - C * n * expit(-w), 0, 100, xtol=1e-14)
    assert fit.converged
    assert fit.slope[1] == pytest.approx(slope, rel=1e-9)
    assert fit.intercept[1] == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("C", [0.1, 1e4, 1e6])
def test_a_constant_latent_that_is_not_zero_converges(C):
    y = np.arange(3000) % 3
    fit = fit_lines(np.full(3000, 3.0), y, 3, logistic_loss, C, False)
    assert fit.converged
    value = fit.slope * 3.0 + fit.intercept
    np.testing.assert_allclose(value, value[0], atol=1e-9)


def test_a_fit_that_runs_out_of_steps_says_so(monkeypatch):
    monkeypatch.setattr(lines, "_MAX_STEPS", 1)
    rng = np.random.default_rng(0)
    assert not fit_lines(rng.normal(size=50), rng.integers(3, size=50), 3, logistic_loss, 10.0, False).converged


def test_work_in_blocks_changes_nothing(monkeypatch):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=500), rng.integers(7, size=500)
    whole = fit_lines(x, y, 7, logistic_loss, 0.1, False)
    predicted = predict_lines(x, whole)
    monkeypatch.setattr(lines, "_BLOCK", 50)
    np.testing.assert_allclose(fit_lines(x, y, 7, logistic_loss, 0.1, False).slope, whole.slope, atol=1e-12)
    np.testing.assert_array_equal(predict_lines(x, whole), predicted)


def test_two_classes_are_one_line_against_zero():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=100), rng.integers(2, size=100)
    fit = fit_lines(x, y, 2, logistic_loss, 0.1, False)
    model = LogisticRegression(solver="liblinear", C=0.1, tol=1e-10).fit(x[:, None], y)
    assert (fit.slope[0], fit.intercept[0]) == (0.0, 0.0)
    assert fit.slope[1] == pytest.approx(model.coef_[0, 0], abs=1e-6)
    assert fit.intercept[1] == pytest.approx(model.intercept_[0], abs=1e-6)


def test_the_largest_line_wins_and_the_first_of_those_that_tie():
    fit = Lines(np.array([0.0, 1.0, 0.0, 0.0]), np.array([0.0, 0.0, 1e-12, -np.inf]), True, 1.0)
    assert predict_lines(np.array([-1.0, 0.0, 1e-11, 1.0]), fit).tolist() == [0, 0, 0, 1]


@pytest.mark.parametrize(("lead", "winner"), [(3e-10, 0), (3e-9, 1)])
def test_lines_tie_within_a_billionth_of_what_they_differ_by(lead, winner):
    fit = Lines(np.array([0.0, 0.0]), np.array([0.0, lead]), True, 1.0)
    assert predict_lines(np.array([-1.0, 2.0]), fit).tolist() == [winner, winner]


def test_lines_that_rounding_parted_tie_where_they_differ_by_nothing():
    """A constant latent has no range, so that there is no part of it to be nearer than."""
    fit = Lines(np.array([0.0, 0.0]), np.array([0.3, 0.1 + 0.2]), True, 0.0)
    assert predict_lines(np.array([3.0]), fit).tolist() == [0]
