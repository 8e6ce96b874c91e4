"""Notes of a curve on its law and on numbers of rows, for curves made by hand."""

import numpy as np
import pytest

from disentangle_metrics import mig
from disentangle_metrics.analysis.sample_size.fit import Fit
from disentangle_metrics.analysis.sample_size.metric_curve import MetricCurve, Point
from disentangle_metrics.analysis.sample_size.notes import remarks

FACTORS = np.random.default_rng(0).integers(3, size=(400, 2))
SCORE = mig(FACTORS, FACTORS, discretizer="unique")


def fit(first=100, misfit=0.5, slope=-8.0, slope_error=1.0):
    return Fit(limit=0.5, limit_error=0.02, slope=slope, slope_error=slope_error, first=first, misfit=misfit)


def points(spreads=(0.25, 0.125, 0.0625), sizes=(100, 200, 400), slope=-8.0):
    return tuple(Point(n, 0.4, 0.3, 0.5, s, slope / n, (0.4,)) for n, s in zip(sizes, spreads, strict=True))


def curve(**of_fit):
    return MetricCurve(SCORE, points(slope=of_fit.get("slope", -8.0)), fit(**of_fit), (0.46, 0.54))


def test_where_the_law_begins_and_where_it_does_not_hold_is_said():
    begins = "s + b/n holds from 200 rows on; smaller sizes are left out of the fit"
    assert remarks(SCORE, points(), fit(), [0, 0, 0], (0, 1)) == []
    assert remarks(SCORE, points(), fit(first=200), [0, 0, 0], (0, 1)) == [begins]
    [note] = remarks(SCORE, points(), fit(misfit=0.0012), [0, 0, 0], (0, 1))
    assert note.startswith("s + b/n does not hold (from 100 rows on")
    assert "have a probability of 0.001)" in note
    [note] = remarks(SCORE, points()[1:], fit(first=200, misfit=None), [0, 0], (0, 1))
    assert "one size below all rows" in note


def test_sizes_that_lose_a_factor_and_sizes_above_half_are_said():
    sizes = (100, 200, 201, 400)
    some = points((0.2, 0.1, 0.1, 0.05), sizes)
    lost, near = remarks(SCORE, some, fit(), [1, 0, 0, 0], (0, 1))
    assert lost.startswith("in 1 of 1 subsamples of 100 rows a factor has a single value")
    assert near.startswith("subsamples of 201 rows have more than half of their rows in common")


def test_enough_is_where_the_law_meets_the_spread_of_all_rows():
    # the spread of n rows is sqrt(per_row / n) with per_row = 400 / 16^2, the bias 8 / n
    assert curve().enough == {"bias_below_spread": 100, "bias_below_0.01": 800, "spread_below_0.01": 15_625}
    assert curve(slope=-20.0).enough["bias_below_spread"] == 100  # by the law 256, but no size of the table fails
    assert curve(first=200).enough["bias_below_spread"] == 200  # below it nothing is known


@pytest.mark.parametrize(("slope", "there"), [(-8.0, False), (0.0, True), (1e-10, True)])
def test_without_any_spread_a_bias_is_never_below_it(slope, there):
    flat = MetricCurve(SCORE, points((0.0, 0.0, 0.0)), fit(slope=slope), (0.5, 0.5))
    assert ("bias_below_spread" in flat.enough) is there


def test_advice_is_on_all_rows():
    limit, bias, enough = curve().advice()
    assert limit == "corrected, at infinitely many rows: 0.5000 [0.4600, 0.5400]"
    assert bias == "bias of all 400 rows: -0.0200 +- 0.0025, spread 0.0625"
    assert enough == (
        "bias below the spread at all sizes from 100; bias below 0.01 from 800 rows (more than there are); "
        "spread below 0.01 from 15,625 rows (more than there are)"
    )
    assert "; no " in curve(slope_error=4.1).advice()[1]  # a slope of less than two standard errors
    assert "; no " not in curve(slope_error=3.9).advice()[1]
