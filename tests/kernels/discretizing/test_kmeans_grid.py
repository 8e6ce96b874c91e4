"""Cuts that the search of many values begins with: nowhere far apart, by values or by their number."""

import numpy as np
import pytest

from disentangle_metrics.kernels.discretizing import kmeans


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("offset", [0.0, 100.0])
def test_groups_of_the_grid_are_neither_wide_nor_large(sign, offset, monkeypatch):
    monkeypatch.setattr(kmeans, "MAX_CUTS", 64)
    x = np.sort(offset + sign * np.random.default_rng(0).lognormal(sigma=2, size=3000))
    cuts = kmeans._grid(kmeans._Sums.of(x, np.ones(3000, dtype=int)))
    assert (cuts[0], cuts[-1]) == (0, 3000)
    assert len(cuts) <= 65
    assert np.diff(cuts).max() <= np.ceil(3000 / 31) + 1
    widths = x[cuts[1:] - 1] - x[cuts[:-1]]  # from the first to the last value of each
    assert widths.max() <= (x[-1] - x[0]) / 31 * (1 + 1e-9)
