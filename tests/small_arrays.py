"""Small arrays, good ones, that tests of bad input spoil."""

import numpy as np
import pytest

from disentangle_metrics import mig, sap

rng = np.random.default_rng(0)
FACTORS = rng.integers(3, size=(40, 2))
LATENTS = FACTORS[:, [0, 1, 0]] + 0.3 * rng.normal(size=(40, 3))

both_metrics = pytest.mark.parametrize("metric", [mig, sap])
