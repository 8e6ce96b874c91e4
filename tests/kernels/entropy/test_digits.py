"""Series of entropies to the last digit, against sums that math.fsum rounds once."""

import math

import numpy as np
import pytest

from disentangle_metrics.kernels.entropy.corrections import grassberger_g


@pytest.mark.parametrize("n", [60, 62, 64, 66, 68, 72, 100, 1000])
def test_grassbergers_g_has_all_its_digits_where_the_series_begins(n):
    # G(2k) = 2 (1 + 1/3 + ... + 1/(2k - 1)) - gamma - log 2
    exact = math.fsum([*(2 / i for i in range(1, n, 2)), -np.euler_gamma, -math.log(2)])
    assert grassberger_g(np.array([n]))[0] == pytest.approx(exact, abs=2e-15)
