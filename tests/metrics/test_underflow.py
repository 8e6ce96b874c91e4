"""Metrics under numpy settings of the caller that make every floating-point event an error."""

import numpy as np
import pytest

from disentangle_metrics import mig, mig_posterior, sap

RNG = np.random.default_rng(0)
FACTORS = RNG.integers(3, size=(60, 2))
LATENTS = 100.0 * FACTORS + RNG.normal(size=(60, 2))


def posterior():
    return mig_posterior(LATENTS, np.full(LATENTS.shape, -8.0), FACTORS)


@pytest.mark.parametrize(
    "score",
    [
        lambda: mig(LATENTS, FACTORS),
        lambda: sap(LATENTS, FACTORS),
        lambda: sap(LATENTS, FACTORS, probe="linear-svm"),
        lambda: sap(LATENTS, FACTORS, probe="multinomial"),
        posterior,
    ],
)
def test_a_callers_settings_move_no_number_and_stop_none(score):
    expected = score()
    with np.errstate(all="raise"):
        assert score() == expected
