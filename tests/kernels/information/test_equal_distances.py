"""Distances that differ by rounding only are equal: lattices in any unit and at any offset equal whole numbers."""

import numpy as np
import pytest

from disentangle_metrics.kernels.information.ksg import ksg
from disentangle_metrics.kernels.information.ross import ross

SLACK = 2.0**-44


@pytest.fixture(scope="module")
def whole():
    rng = np.random.default_rng(0)
    x = rng.integers(12, size=(150, 2)).astype(float)
    return x, x + rng.integers(-3, 4, size=(150, 2))


@pytest.mark.parametrize("variant", [1, 2])
@pytest.mark.parametrize(("x_at", "y_at"), [(0, 0), (1e4, 0), (0, 1e4)])
@pytest.mark.parametrize("together", [1, 2])
def test_a_lattice_in_tenths_has_the_information_of_whole_numbers(whole, variant, x_at, y_at, together):
    x, y = (part[:, :together] for part in whole)
    expected = ksg(x, y, 3, variant)
    assert ksg(0.1 * x + x_at, 0.1 * y + y_at, 3, variant, slack=SLACK) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("offset", [0, 1e4])
def test_labels_and_a_lattice_in_tenths_have_the_information_of_whole_numbers(whole, offset):
    x, labels = whole[0], whole[1][:, 0].astype(int) + 3
    tenths = 0.1 * x + [offset, 0]
    assert ross(tenths, labels, 3, slack=SLACK) == pytest.approx(ross(x, labels, 3), abs=1e-12)
    assert ross(tenths[:, :1], labels, 3, slack=SLACK) == pytest.approx(ross(x[:, :1], labels, 3), abs=1e-12)


@pytest.mark.parametrize("variant", [1, 2])
def test_angles_in_a_unit_that_rounds_have_the_information_of_whole_numbers(whole, variant):
    x, angle = whole[0][:, :1], whole[1][:, :1] % 12
    expected = ksg(x, angle, 3, variant, period=12.0)
    assert ksg(0.1 * x, 0.1 * angle, 3, variant, period=1.2, slack=SLACK) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("variant", [1, 2])
def test_distances_that_differ_by_more_than_rounding_stay_apart(whole, variant):
    rng = np.random.default_rng(1)
    x, y = (part + 1e-5 * rng.normal(size=part.shape) for part in whole)
    x[0] = y[0] = 1e7  # what is equal is so for each point, however far another one lies
    assert ksg(x, y, 3, variant, slack=SLACK) == pytest.approx(ksg(x, y, 3, variant), abs=1e-12)
