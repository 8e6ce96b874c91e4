"""The noise that keeps equal values apart: how large it is, by a recipe written from the documentation."""

import numpy as np
import pytest

from disentangle_metrics import KSG
from disentangle_metrics.kernels.information.ksg import ksg

TURN = np.sqrt(12)  # a circle so long that values all around it have a standard deviation of 1


@pytest.mark.parametrize("mean", [0.1, 0.7])
def test_angles_get_as_much_noise_as_their_mean_is_large(mean):
    rng = np.random.default_rng(0)
    parts = rng.uniform(0, 2 * mean, 60) % 1
    x = np.cos(2 * np.pi * parts)[:, None]
    found = KSG(jitter=0.05, random_state=3).with_angles(x, parts[:, None])
    draws = np.random.RandomState(3)
    of_latent, of_factor = draws.standard_normal(60), draws.standard_normal(60)
    z = x[:, 0] / x.std()
    z = z + 0.05 * max(1, np.abs(z).mean()) * of_latent
    angle = (TURN * parts + 0.05 * max(1, (TURN * parts).mean()) * of_factor) % TURN
    assert found[0, 0] == pytest.approx(ksg(z[:, None], angle, 3, 1, TURN), abs=1e-12)
