"""MIG under the posterior against what beta-tcvae printed for all samples of a full grid."""

import numpy as np
import pytest
from conftest import GOLDEN

from disentangle_metrics import PROTOCOLS, mig_posterior
from disentangle_metrics.kernels.counting.merged_factors import Factor
from disentangle_metrics.kernels.information.posterior import entropies

TCVAE = "beta-tcvae 1a3577d (torch 2.13.0+cpu cpu, all samples)"
CASE = "c22_qzx_grid"

# Its arithmetic is float32's: differences of entropies near 1.
TOLERANCE = 1e-6


@pytest.fixture
def theirs(golden):
    return golden[CASE][TCVAE]["mig from q(z|x)"]


@pytest.fixture
def arrays():
    with np.load(GOLDEN / f"{CASE}.npz") as archive:
        return {name: archive[name] for name in archive.files}


def test_it_equals_the_recorded_number(arrays, theirs):
    score = mig_posterior(
        arrays["latents"],
        arrays["logvar"],
        arrays["factors"],
        arrays["samples"],
        **PROTOCOLS["chen2018"]["mig_posterior"],
    )
    assert score == pytest.approx(theirs["mig"], abs=TOLERANCE)
    np.testing.assert_allclose(score.per_factor, theirs["mig_per_factor"], rtol=0, atol=TOLERANCE)
    np.testing.assert_allclose(score.matrix.T, theirs["MI_factor_x_latent"], rtol=0, atol=TOLERANCE)


def test_its_entropies_equal_the_recorded_ones(arrays, theirs):
    factors = [Factor(column, np.bincount(column)) for column in arrays["factors"].T]
    found = entropies(arrays["samples"], np.arange(720), arrays["latents"], arrays["logvar"], factors)
    np.testing.assert_allclose(found.latent, theirs["H_z"], rtol=0, atol=TOLERANCE)
    np.testing.assert_allclose(found.given.T, theirs["H_z_given_v"], rtol=0, atol=TOLERANCE)
