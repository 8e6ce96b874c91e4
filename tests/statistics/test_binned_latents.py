"""Latents replaced by the numbers of their bins: 1, ..., n, which a penalty on the intercept can tell from others."""

import numpy as np
import pytest

from disentangle_metrics import sap


@pytest.mark.parametrize("n_bins", [3, 300])
@pytest.mark.parametrize("missing", [False, True])
def test_bins_are_numbered_from_1(n_bins, missing):
    rng = np.random.default_rng(0)
    factors = rng.integers(3, size=(120, 1)).astype(float)
    latents = factors + 0.5 * rng.normal(size=(120, 3))
    factors[:30] = np.where(missing, np.nan, factors[:30])
    seen = latents[30:] if missing else latents
    inner = [np.linspace(z.min(), z.max(), n_bins + 1)[1:-1] for z in seen.T]
    numbers = np.stack([1 + np.digitize(z, edges) for z, edges in zip(latents.T, inner, strict=True)], axis=1)
    options = {"standardize": False, "C": 0.1}
    found = sap(latents, factors, latent_bins=n_bins, **options)
    np.testing.assert_array_equal(found.matrix, sap(numbers, factors, **options).matrix)
    if n_bins == 3 and not missing:
        assert (found.matrix != sap(numbers + 1, factors, **options).matrix).any()
