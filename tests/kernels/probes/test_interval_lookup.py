from functools import partial

import numpy as np
import pytest
import slow
from hypothesis import given
from hypothesis import strategies as st

from disentangle_metrics.kernels.linear.univariate import Lines, predict_lines
from disentangle_metrics.kernels.probes import interval_lookup as cells
from disentangle_metrics.kernels.probes.interval_lookup import predictions
from disentangle_metrics.kernels.probes.threshold import Cuts, predict_cuts


@given(
    seed=st.integers(0, 2**32 - 1),
    n_classes=st.integers(1, 30),
    spread=st.sampled_from([0.0, 1e-12, 1e-6, 0.1, 5.0]),
    lattice=st.booleans(),
)
def test_rows_that_are_not_looked_at_have_the_class_that_looking_gives(seed, n_classes, spread, lattice):
    """Lines that cross on values, lines on top of each other, and lines that no row could tell apart."""
    rng = np.random.default_rng(seed)
    x = rng.integers(-8, 9, size=2000) / 4 if lattice else rng.normal(size=2000)
    slope, intercept = spread * rng.integers(-3, 4, size=(2, n_classes)) / 4
    intercept[rng.random(n_classes) < 0.1] = -np.inf
    intercept[0] = 0.0
    lines = Lines(slope, intercept, True, float(np.ptp(slope) * np.ptp(x)))
    [found] = predictions(x, [partial(predict_lines, lines=lines)])
    np.testing.assert_array_equal(found, slow.predict(x, lines))


@given(step=st.floats(1e-3, 10), low=st.integers(-50, 50), n_values=st.sampled_from([5, 62, 123, 245]))
def test_a_class_that_starts_on_a_value_holds_that_value(step, low, n_values):
    """3000 rows have 244 cells, so the values lie on ends of cells but for rounding."""
    values = step * np.arange(low, low + n_values)
    x = np.resize(values, 3000)
    rules = [partial(predict_cuts, cuts=Cuts(values[[i]], np.array([0, 1]))) for i in range(n_values)]
    for start, found in zip(values, predictions(x, rules), strict=True):
        np.testing.assert_array_equal(found, x >= start)


def test_only_rows_of_cells_whose_ends_differ_are_asked_for():
    asked = []

    def rule(values):
        asked.append(len(values))
        return np.searchsorted([-1.0, 0.3, 2.0], values)

    x = np.random.default_rng(0).normal(size=100_000)
    [found] = predictions(x, [rule])
    np.testing.assert_array_equal(found, np.searchsorted([-1.0, 0.3, 2.0], x))
    assert sum(asked) < 5000


@pytest.mark.parametrize("x", [np.full(2000, 0.1), np.repeat([0.0, 1e300], 1000), np.linspace(0, 5e-324, 2000)])
def test_any_range_can_be_cut_into_cells(x):
    rules = [partial(predict_cuts, cuts=Cuts(np.array([0.05, 3.0]), np.array([4, 0, 2])))] * 2
    for found in predictions(x, rules):
        np.testing.assert_array_equal(found, rules[0](x))


def test_few_rows_are_asked_for_one_by_one(monkeypatch):
    monkeypatch.setattr(cells, "FEW", 10)
    x = np.arange(10.0)
    [found] = predictions(x, [lambda values: np.where(values % 2 == 0, 1, 0)])  # no intervals: only asking can tell
    assert found.tolist() == [1, 0] * 5
