"""The advice of a curve agrees with its table, and every score of it lies within the bounds of the metric."""

import numpy as np
import pytest

from disentangle_metrics import evaluate, sample_size_curve
from disentangle_metrics.analysis.sample_size import Fit, MetricCurve, Point


def curve_of(spreads, slope=0.0, first=0):
    points = tuple(
        Point(n, 0.5, 0.4, 0.6, spread, slope / n, (0.5,))
        for n, spread in zip((100, 200, 400, 800), spreads, strict=True)
    )
    return MetricCurve(None, points, Fit(0.5, 0.01, slope, 0.1, first, None), (0.4, 0.6))


@pytest.mark.parametrize(
    ("spreads", "least", "most"),
    [
        ((0.004, 0.005, 0.0101, 0.006), 401, 800),  # small at first, as where a factor is hardly seen
        ((0.02, 0.009, 0.008, 0.001), 101, 200),
        ((0.02, 0.015, 0.012, 0.02), 801, 10**6),
        ((0.009, 0.008, 0.007, 0.006), 100, 288),
        ((0.02, 0.02, 0.02, 0.001), 401, 800),
    ],
)
def test_a_spread_is_small_from_where_all_rows_of_the_table_have_it_small(spreads, least, most):
    n = curve_of(spreads, first=100).enough["spread_below_0.01"]
    assert least <= n <= most
    assert all(spread <= 0.01 for size, spread in zip((100, 200, 400, 800), spreads, strict=True) if size >= n)


def test_the_bias_is_below_the_spread_from_where_the_table_shows_it():
    curve = curve_of((0.5, 0.001, 0.5, 0.5), slope=10.0)
    n = curve.enough["bias_below_spread"]
    assert n == 201
    assert all(abs(point.bias) <= point.spread for point in curve.points if point.n >= n)


def test_no_score_is_below_what_the_metric_can_be():
    rng = np.random.default_rng(0)
    rng.integers(0, 4, 400), rng.normal(size=400), rng.normal(size=(400, 2))  # a draw whose law leads below 0
    z, v = rng.normal(size=(400, 3)), rng.integers(0, 4, (400, 2))
    curve = sample_size_curve(z, v, "mig", n_repeats=5)["mig"]
    assert min(point.low for point in curve.points) == 0.0
    assert curve.fit.limit < 0 == curve.corrected == curve.interval[0]
    said = "\n".join([*curve.advice(), *curve.notes])
    assert "at infinitely many rows: 0.0000 [0.0000, " in said
    assert f"s + b/n leads to {curve.fit.limit:.4f} at infinitely many rows, and 0 is the least a score can be" in said


@pytest.mark.parametrize(
    ("options", "factors", "method"),
    [
        ({"probe": "r2"}, 2, "bias-corrected bootstrap"),
        ({}, 2, "bias-corrected bootstrap of all rows for R2, of test rows"),
        ({}, 1, "bias-corrected bootstrap of test rows"),
    ],
    ids=["R2 alone", "both", "a probe alone"],
)
def test_an_interval_says_which_rows_were_drawn(options, factors, method):
    rng = np.random.default_rng(0)
    v = np.column_stack([rng.integers(0, 3, 300), rng.normal(size=300)])[:, :factors]
    score = evaluate(
        rng.normal(size=(300, 3)),
        v,
        "sap",
        options={"sap": options},
        confidence=0.9,
        n_boot=10,
        factor_kinds="continuous" if options else None,
    )["sap"]
    assert score.interval.method == method
