"""Angles: which are the same, arcs of equal length, and distances around a circle."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import digamma

from disentangle_metrics.kernels.discretizing.circle import arcs, cos_sin, same_angles, turns
from disentangle_metrics.kernels.information.ksg import ksg

steps = st.lists(st.integers(-100, 100), min_size=1, max_size=30)


def test_turns_are_parts_of_the_period_from_0_to_below_1():
    assert turns(np.array([-90.0, 0.0, 90.0, 360.0, 450.0]), 360.0).tolist() == [0.75, 0.0, 0.25, 0.0, 0.25]
    assert turns(np.array([-1e-18, 2 * np.pi]), 2 * np.pi).tolist() == [0.0, 0.0]


@given(steps, st.integers(1, 12), st.floats(0.1, 1000))
def test_values_that_are_equal_modulo_the_period_are_one_angle(values, n_steps, period):
    part = turns(np.array(values) * (period / n_steps), period)
    angles, index = same_angles(part)
    expected, codes = np.unique(np.array(values) % n_steps, return_inverse=True)
    np.testing.assert_array_equal(index, codes.reshape(-1))
    np.testing.assert_allclose(angles, expected / n_steps, rtol=0, atol=1e-6)


def test_both_ends_of_a_turn_are_one_angle_in_single_precision_too():
    values = np.linspace(0, 2 * np.pi, 40).astype(np.float32).astype(np.float64)
    angles, index = same_angles(turns(values, 2 * np.pi))
    assert len(angles) == 39
    assert index[0] == index[-1] == 0


def test_angles_are_the_same_if_they_are_nearer_than_a_millionth_of_a_turn():
    assert len(same_angles(np.array([0.3, 0.3 + 0.9e-6]))[0]) == 1
    assert len(same_angles(np.array([0.3, 0.3 + 1.1e-6]))[0]) == 2


def test_angles_that_each_are_near_the_next_are_the_same_up_to_two_millionths():
    assert len(same_angles(0.3 + 0.9e-6 * np.arange(3))[0]) == 1
    assert same_angles(0.3 + 0.9e-6 * np.arange(4)) is None


def test_values_that_fill_an_arc_are_no_few_angles():
    assert same_angles(np.linspace(0.2, 0.3, 10**6)) is None
    assert same_angles(np.arange(4 * 10**6) / (4 * 10**6)) is None


def test_arcs_begin_at_0_and_hold_their_first_edge_however_it_was_rounded():
    assert arcs(np.array([0.0, 0.24, 0.25, 0.5, 0.999]), 4).tolist() == [0, 0, 1, 2, 3]
    for n in range(2, 200):  # of 49, the first edge is 0.9999999999999999 arcs from 0
        assert arcs(np.arange(n) / n, n).tolist() == list(range(n))
    assert arcs(turns(np.arange(40) * 0.1 * 3, 4.0), 40).tolist() == (np.arange(40) * 3 % 40).tolist()


def test_cosine_and_sine_lie_on_the_circle():
    np.testing.assert_allclose(cos_sin(np.array([0.0, 0.25, 0.5])), [[1, 0], [0, 1], [-1, 0]], atol=1e-15)


def around(a, b, period):
    return np.minimum(np.abs(a - b), period - np.abs(a - b))


@pytest.mark.parametrize("variant", [1, 2])
def test_neighbors_on_a_circle_are_those_of_the_equations(variant):
    rng = np.random.default_rng(variant)
    n, k, period = 150, 3, 3.5
    y = rng.uniform(0, period, n)
    x = np.stack([np.cos(2 * np.pi * y / period), rng.normal(size=n)], axis=1) + 0.1 * rng.normal(size=(n, 2))
    in_x = np.abs(x[:, None] - x[None]).max(axis=2)
    in_y = around(y[:, None], y[None], period)
    total = 0.0
    for i in range(n):
        others = np.arange(n) != i
        near = np.argsort(np.maximum(in_x[i], in_y[i])[others])[:k]
        if variant == 1:
            reach = np.maximum(in_x[i], in_y[i])[others][near].max()
            total += digamma((in_x[i][others] < reach).sum() + 1) + digamma((in_y[i][others] < reach).sum() + 1)
        else:
            reach = in_x[i][others][near].max(), in_y[i][others][near].max()
            total += digamma((in_x[i][others] <= reach[0]).sum()) + digamma((in_y[i][others] <= reach[1]).sum())
    expected = digamma(n) + digamma(k) - (variant - 1) / k - total / n
    assert ksg(x, y, k, variant, period) == pytest.approx(expected, abs=1e-12)


def test_a_circle_so_long_that_nobody_comes_round_is_a_line():
    rng = np.random.default_rng(0)
    y = rng.uniform(0, 1, 300)
    x = y + 0.2 * rng.normal(size=300)
    assert ksg(x, y, 3, 1, 1000.0) == pytest.approx(ksg(x, y, 3, 1), abs=1e-12)
