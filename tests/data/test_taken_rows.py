"""Parts of the rows of a representation, and limits of its input."""

import numpy as np
import pytest

from disentangle_metrics import InputError, Representation, mig, mig_posterior


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    factors = rng.integers(3, size=(100, 2))
    return factors + rng.normal(size=(100, 2)), factors, rng.integers(1, 4, size=100)


@pytest.mark.parametrize("fraction", [1, 0.5])
def test_rows_that_are_taken_keep_their_weights(data, fraction):
    latents, factors, weight = data
    rows = np.arange(20, 80)
    taken = Representation(latents, factors, sample_weight=fraction * weight).take(rows)
    np.testing.assert_array_equal(taken.weights_of(), fraction * weight[rows])
    assert mig(taken) == mig(latents[rows], factors[rows], sample_weight=fraction * weight[rows])


@pytest.mark.parametrize("value", [-301.0, 301.0])
def test_a_logarithm_of_a_variance_that_is_none_is_refused(data, value):
    latents, factors, _ = data
    logvar = np.full(latents.shape, -1.0)
    logvar[7, 1] = value
    with pytest.raises(InputError, match="logarithms of variances lie between -300 and 300"):
        mig_posterior(latents, logvar, factors)
    logvar[7, 1] = value / 301 * 300
    mig_posterior(latents, logvar, factors, n_draws=10)
