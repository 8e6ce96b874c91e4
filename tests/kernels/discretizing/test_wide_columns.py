"""Bins of values near the ends of their type, against numpy's digitize."""

import numpy as np
import pytest

from disentangle_metrics.kernels.discretizing.binning import bin_uniform


def by_numpy(values, edges):
    return np.stack([np.digitize(v.astype(float), e[1:-1]) for v, e in zip(values, edges, strict=True)])


def spread(low, high, n_bins=20):
    return np.linspace(low, high, n_bins + 1)


@pytest.mark.parametrize(
    ("dtype", "ends"),
    [
        (np.float32, [(-3e38, 3e38)]),
        (np.float32, [(-3e38, 3e38), (0, 1)]),
        (np.float32, [(0, 1e-36)]),
        (np.float64, [(0, 1e290), (0, 1)]),
        (np.float64, [(0, 1e-290), (0, 1)]),
        (np.float64, [(-8e307, 8e307)]),
        (np.float64, [(0, 1e-290), (0, 1e290)]),
    ],
    ids=str,
)
def test_bins_are_those_of_numpy_however_wide_they_are(dtype, ends):
    rng = np.random.default_rng(0)
    edges = np.stack([spread(*pair) for pair in ends])
    shares = np.sort(rng.random((len(ends), 400)))
    low, high = edges[:, :1], edges[:, -1:]
    values = np.clip(low * (1 - shares) + high * shares, low, high).astype(dtype)
    np.testing.assert_array_equal(bin_uniform(values, edges), by_numpy(values, edges))
