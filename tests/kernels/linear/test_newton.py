import numpy as np
import pytest
import slow
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import minimize as scipy_minimize

from disentangle_metrics.kernels.linear.logistic import row_derivatives
from disentangle_metrics.kernels.linear.newton import middle, minimize, shift_by_error


def problem(x, y, loss, C):
    sign = np.where(y, -1.0, 1.0)

    def derivatives(chosen, slope, height):
        visited.append((float(slope[0]), float(height[0])))
        _, first, second = loss(sign * (slope[0] * x + height[0]))
        first, second = C * sign * first, C * second
        return np.array([[first @ x], [first.sum()], [second @ x**2], [second @ x], [second.sum()]])

    def objective(line):
        w, h = line
        return 0.5 * (w**2 + h**2) + C * loss(sign * (w * x + h))[0].sum()

    visited = []
    return derivatives, objective, visited


@pytest.mark.parametrize("loss", [slow.logistic, slow.squared_hinge])
@given(seed=st.integers(0, 2**32 - 1), start=st.sampled_from([0.0, 3.0, -40.0]), C=st.sampled_from([0.01, 1.0, 1e4]))
def test_no_step_that_is_kept_raises_the_objective(loss, seed, start, C):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=30)
    y = x + rng.normal(size=30) > 0.5
    derivatives, objective, _ = problem(x, y, loss, C)
    ends = np.array([[x.min()], [x.max()]])
    safe = 1.79 if loss is slow.logistic else 0.0
    options = {"safe": safe, "tolerance": 1e-9}
    values = []
    for steps in range(1, 60):
        line, arrived = minimize(derivatives, np.zeros(1), ends, np.full((2, 1), start), max_steps=steps, **options)
        values.append(objective(line[:, 0]))
        if arrived[0]:
            break
    assert arrived[0]
    assert np.all(np.diff(values) <= 1e-9 * np.abs(values[:-1]))
    found = scipy_minimize(objective, (0.0, 0.0), method="BFGS", options={"gtol": 1e-8})
    assert values[-1] <= found.fun * (1 + 1e-10)


def test_steps_that_lead_too_far_are_taken_back():
    """From far out a logistic loss is nearly flat, and Newton's step leads further out on the other side."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=50), rng.random(50) < 0.5
    derivatives, objective, visited = problem(x, y, slow.logistic, 100.0)
    start = np.array([[-8.0], [0.0]])
    place = np.zeros(1), np.array([[x.min()], [x.max()]]), start
    _, arrived = minimize(derivatives, *place, safe=1.79, tolerance=1e-9, max_steps=100)
    assert arrived[0]
    assert max(objective(v) for v in visited) > objective(start[:, 0])  # it was tried, and not kept


def test_lines_are_followed_on_their_own():
    """Those that have arrived are not asked for again, and each has its own latent's center."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=40)
    y = x > 0
    asked = []

    def derivatives(chosen, slope, height):
        asked.append(len(chosen))
        each = zip(chosen, slope, height, strict=True)
        return np.stack([row_derivatives(x, y, 10.0**i, 10.0**i, w, h) for i, w, h in each], axis=1)

    ends = np.repeat([[x.min()], [x.max()]], 4, axis=1)
    center = np.array([0.0, 5.0, 0.0, -5.0])
    options = {"safe": 1.79, "tolerance": 1e-9, "max_steps": 100}
    line, arrived = minimize(derivatives, center, ends, np.zeros((2, 4)), **options)
    assert arrived.all()
    assert asked[0] == 4
    assert asked[-1] < 4
    for i in range(4):
        sign = np.where(y, -1.0, 1.0)

        def objective(p, i=i, sign=sign):
            w, b = p
            return 0.5 * (w**2 + b**2) + 10.0**i * slow.logistic(sign * (w * (x + center[i]) + b))[0].sum()

        intercept = line[1, i] - center[i] * line[0, i]
        found = scipy_minimize(objective, (0.0, 0.0), method="BFGS", options={"gtol": 1e-7})
        assert objective((line[0, i], intercept)) <= found.fun * (1 + 1e-10)


def test_an_error_of_the_gradient_shifts_a_line_by_no_more_than_is_said():
    rng = np.random.default_rng(0)
    x = rng.normal(size=100) + 3
    y = x > 3
    ends = np.array([[x.min()], [x.max()]])
    options = {"safe": 1.79, "tolerance": 1e-12, "max_steps": 100}
    error = 1e-6
    for center in (0.0, 2.0):
        for sign in ((1, 1), (1, -1), (-1, 1)):

            def exact(chosen, slope, height):
                return row_derivatives(x, y, 1.0, 1.0, slope[0], height[0])[:, None]

            def wrong(chosen, slope, height, sign=sign):
                return exact(chosen, slope, height) + np.array(
                    [[sign[0] * error * x.max()], [sign[1] * error], [0], [0], [0]]
                )

            place = np.array([center]), ends, np.zeros((2, 1))
            (w, h), _ = minimize(exact, *place, **options)
            (w2, h2), _ = minimize(wrong, *place, **options)
            shift = np.abs((w2 - w) * ends[:, 0] + h2 - h).max()
            bound = shift_by_error(exact(None, w, h), place[0], ends, np.array([[error * x.max()], [error]]))[0]
            assert shift <= 1.001 * bound
    assert bound < 1e-2


def test_the_middle_lies_among_most_values_and_is_a_constant_itself():
    x = np.stack([np.full(3000, 0.1), np.append(np.random.default_rng(0).normal(size=2999), 1e9)])
    center = middle(x)
    assert center[0] == 0.1
    assert abs(center[1]) < 0.2
