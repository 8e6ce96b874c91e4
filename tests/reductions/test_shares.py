"""Gaps as shares: where rounding carries one past 1."""

import numpy as np

from disentangle_metrics.kernels.counting.information import Information
from disentangle_metrics.reductions.shares import normalized_gaps


def gap(known, whole, normalizer="factor"):
    mutual = np.array([[known], [0.0]])
    info = Information(mutual, np.ones((2, 1)), np.array([whole]), np.array([4]), np.zeros((2, 1)))
    return normalized_gaps([info], normalizer)[0]


def test_a_whole_share_that_was_rounded_is_1():
    whole = np.log(4.0)
    above = np.nextafter(whole, 2.0)
    assert above / whole > 1.0
    assert gap(above, whole) == 1.0


def test_what_is_more_than_rounding_stays():
    assert gap(1.0 + 1e-9, 1.0) == 1.0 + 1e-9
    assert gap(1.0 + 2e-16, 1.0, "none") == 1.0 + 2e-16
