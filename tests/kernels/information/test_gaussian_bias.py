"""What Gaussian information is too high by on average: by drawing."""

import numpy as np
import pytest

from disentangle_metrics import Gaussian


@pytest.mark.parametrize("units", [None, [(0, 1), (2, 3)]], ids=str)
def test_corrected_information_of_noise_is_0_on_average(units):
    rng = np.random.default_rng(0)
    found = {True: [], False: []}
    for _ in range(150):
        latents, factors = rng.normal(size=(12, 4)), rng.normal(size=(12, 3))
        for corrected, values in found.items():
            values.append(Gaussian(bias_correction=corrected).with_numbers(latents, factors, units))
    error = np.std(found[False], axis=0).mean() / np.sqrt(150 * 6)
    assert np.mean(found[True]) == pytest.approx(0, abs=4 * error)
    assert np.mean(found[False]) > 0.03
