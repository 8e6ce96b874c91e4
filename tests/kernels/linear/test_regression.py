"""Shares of variance: closed forms of the circular-linear correlation, and scikit-learn's regression."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.special import ndtri
from scipy.stats import rankdata
from sklearn.linear_model import LinearRegression

from disentangle_metrics.kernels.discretizing.circle import cos_sin
from disentangle_metrics.kernels.information.gaussian import gaussian_bias, gaussian_pairs, gaussian_vectors
from disentangle_metrics.kernels.linear.regression import centered, directions, explained, mid_ranks

tables = st.integers(5, 20).flatmap(
    lambda n: st.tuples(
        hnp.arrays(np.int64, (n, 3), elements=st.integers(-4, 4)),
        hnp.arrays(np.int64, (n, 2), elements=st.integers(-4, 4)),
    )
)


def mardias(x, angle):
    """The squared circular-linear correlation from three Pearson correlations, as its paper has it."""
    c, s = np.cos(angle), np.sin(angle)
    xc, xs, cs = np.corrcoef(x, c)[0, 1], np.corrcoef(x, s)[0, 1], np.corrcoef(c, s)[0, 1]
    return (xc**2 + xs**2 - 2 * xc * xs * cs) / (1 - cs**2)


def circular_linear(x, angle):
    return explained(directions(cos_sin(angle / (2 * np.pi))), x[:, None])


def test_it_is_mardias_formula():
    rng = np.random.default_rng(0)
    angle = rng.vonmises(1.0, 0.7, size=500)
    x = np.sin(angle) + angle + rng.normal(size=500)
    assert circular_linear(x, angle) == pytest.approx(mardias(x, angle), abs=1e-12)
    assert circular_linear(1e150 * x + 1e155, angle) == pytest.approx(mardias(x, angle), abs=1e-6)


def test_an_angle_unrolled_on_a_line_keeps_6_over_pi_squared():
    angle = 2 * np.pi * (np.arange(100_000) + 0.5) / 100_000
    assert circular_linear(angle, angle) == pytest.approx(6 / np.pi**2, abs=1e-8)


@pytest.mark.parametrize("deviation", [0.3, 1.0, 2.0])
def test_a_wrapped_normal_keeps_its_variance_over_its_hyperbolic_sine(deviation):
    x = deviation * ndtri((np.arange(400_000) + 0.5) / 400_000)
    assert circular_linear(x, x % (2 * np.pi)) == pytest.approx(deviation**2 / np.sinh(deviation**2), abs=1e-4)


@pytest.mark.parametrize(("amplitude", "noise"), [(1.0, 0.5), (2.0, 1.0), (1.0, 0.0)])
def test_a_cosine_with_noise_keeps_its_share_of_the_variance(amplitude, noise):
    angle = np.repeat(2 * np.pi * np.arange(12) / 12, 2)  # noise of one size and both signs at every angle
    x = amplitude * np.cos(angle - 1) + noise * np.tile([1.0, -1.0], 12)
    expected = amplitude**2 / 2 / (amplitude**2 / 2 + noise**2)
    assert circular_linear(x, angle) == pytest.approx(expected, abs=1e-12)


@given(tables)
def test_it_is_what_a_regression_explains(drawn):
    x, y = (part.astype(float) for part in drawn)
    residual = y - LinearRegression().fit(x, y).predict(x)
    whole = ((y - y.mean(axis=0)) ** 2).sum()
    expected = 1 - (residual**2).sum() / whole if whole else 0.0
    assert explained(directions(x), y) == pytest.approx(expected, abs=1e-9)


def test_an_offset_that_is_large_beside_the_spread_costs_no_digits():
    steps = np.array([0.0, 1, 1, 4, 2, 7, 3])
    y = np.array([2.0, 0, 1, 5, 1, 3, 0])
    expected = np.corrcoef(steps, y)[0, 1] ** 2
    far = 2.0**45 - steps  # exact, and in units of its largest value too
    assert explained(directions(far[:, None]), y[:, None]) == pytest.approx(expected, abs=1e-13)
    assert explained(directions(y[:, None]), far[:, None]) == pytest.approx(expected, abs=1e-13)


def test_a_direction_is_kept_unless_it_is_what_rounding_left():
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 50))
    # Of b there is so little in the second column that its direction is a millionth as long as the first
    assert explained(directions(np.column_stack([a, a + 1e-6 * b])), b[:, None]) == pytest.approx(1.0, abs=1e-8)
    assert directions(np.column_stack([a, 0.1 * a, 0.7 * a + 3])).shape[1] == 1


@given(tables, st.floats(0, 6.3))
def test_turning_the_columns_among_themselves_changes_nothing(drawn, angle):
    x, y = (part.astype(float) for part in drawn)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    turned = np.column_stack([x[:, :2] @ turn, x[:, 2]])
    assert explained(directions(turned), y) == pytest.approx(explained(directions(x), y), abs=1e-7)


@given(hnp.arrays(np.int64, st.integers(1, 30), elements=st.integers(-3, 3)))
def test_ranks_are_those_of_scipy(values):
    np.testing.assert_array_equal(mid_ranks(values), rankdata(values))


def test_information_of_gaussian_vectors_is_that_of_their_determinants():
    rng = np.random.default_rng(1)
    mixed = rng.normal(size=(300, 5)) @ rng.normal(size=(5, 5)) + [1e6, 0, 0, 0, 0]
    x, y = mixed[:, :3], mixed[:, 3:]
    det = np.linalg.det
    expected = 0.5 * np.log(det(np.cov(x.T)) * det(np.cov(y.T)) / det(np.cov(mixed.T)))
    assert gaussian_vectors(x, y) == pytest.approx(expected, abs=1e-8)
    assert gaussian_vectors(x[:, :1], y[:, :1]) == pytest.approx(gaussian_pairs(x[:, :1], y[:, :1])[0, 0], abs=1e-12)


def test_the_bias_of_gaussian_vectors_is_what_independent_ones_show():
    rng = np.random.default_rng(2)
    n, p, q = 30, 3, 2
    shown = [gaussian_vectors(rng.normal(size=(n, p)), rng.normal(size=(n, q))) for _ in range(4000)]
    assert gaussian_bias(n, p, q) == pytest.approx(np.mean(shown), abs=4 * np.std(shown) / np.sqrt(4000))


# --- offsets


def exactly(values):
    return [Fraction(float(value)) for value in values]


def share_explained(columns, y):
    """The R2 of y on some columns and a constant, in fractions, by the normal equations."""

    def centered(values):
        mean = sum(values) / len(values)
        return [value - mean for value in values]

    def dot(a, b):
        return sum(p * q for p, q in zip(a, b, strict=True))

    basis = []  # orthogonal
    for column in map(centered, map(exactly, columns)):
        for other in basis:
            part = dot(column, other) / dot(other, other)
            column = [p - part * q for p, q in zip(column, other, strict=True)]
        basis.append(column)
    y = centered(exactly(y))
    return float(sum(dot(y, b) ** 2 / dot(b, b) for b in basis) / dot(y, y))


OFFSETS = [(0.0, 1.0), (1e8, 1.0), (1e8, 1e-4), (1e6, 1e-8), (-1e300, 1e290), (1.7e308, -1e305), (1e-300, 1e-310)]


@pytest.mark.parametrize(("offset", "scale"), OFFSETS)
def test_an_offset_costs_no_digits(offset, scale):
    rng = np.random.default_rng(3)
    part = rng.uniform(size=12)
    x = offset + scale * (np.cos(2 * np.pi * part) + rng.normal(size=12))
    y = rng.normal(size=12) + (x - x[0]) / scale
    circle = share_explained(cos_sin(part).T, x)
    assert explained(directions(cos_sin(part)), x[:, None]) == pytest.approx(circle, abs=1e-13)
    other = rng.normal(size=12)
    group = share_explained([x, other], y)
    assert explained(directions(np.stack([x, other], axis=1)), y[:, None]) == pytest.approx(group, abs=1e-13)
    r2 = share_explained([x], y)
    shared = gaussian_pairs(x[:, None], y[:, None])[0, 0]
    assert 1 - np.exp(-2 * shared) == pytest.approx(r2, abs=1e-13)
    assert gaussian_vectors(x[:, None], y[:, None]) == pytest.approx(shared, abs=1e-12)


@pytest.mark.parametrize(("offset", "scale"), OFFSETS)
def test_an_offset_costs_no_digits_beside_weights(offset, scale):
    rng = np.random.default_rng(4)
    weight = rng.integers(1, 4, size=9)
    part, twice = rng.uniform(size=9), np.repeat(np.arange(9), weight)
    x = offset + scale * (np.sin(2 * np.pi * part) + rng.normal(size=9))
    expected = share_explained(cos_sin(part)[twice].T, x[twice])
    found = explained(directions(cos_sin(part), weight), x[:, None], weight)
    assert found == pytest.approx(expected, abs=1e-13)


def test_columns_in_one_unit_keep_their_sizes():
    rng = np.random.default_rng(5)
    x, y = rng.normal(size=(2, 12))
    z = np.stack([1e8 + x, 1e8 + 1e-3 * y], axis=1)
    of_each = [share_explained([y + x], column) for column in z.T]
    variance = [np.var(column - column[0]) for column in z.T]
    found = explained(directions((y + x)[:, None]), z)
    assert found == pytest.approx(np.average(of_each, weights=variance), abs=1e-13)


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.float16])
def test_values_of_any_type_are_centered(dtype):
    x = np.array([-128, 0, 127, 5] if dtype == np.int8 else [0, 200, 250, 5]).astype(dtype)[:, None]
    np.testing.assert_array_equal(centered(x), centered(x.astype(np.float64)))
    assert explained(directions(x), x) == pytest.approx(1.0)
