"""Differences whose sign is that of the bias of few rows."""

import numpy as np
import pytest

from disentangle_metrics import compare

RNG = np.random.default_rng(0)
V = RNG.integers([3, 5, 4], size=(600, 3))
TURNED = V @ np.array([[1.0, 0.4, 0.0], [0.0, 1.0, 0.4], [0.4, 0.0, 1.0]])
MODELS = {"mixed": TURNED + 0.1 * RNG.normal(size=V.shape), "noisy": V + 2.5 * RNG.normal(size=V.shape)}


@pytest.mark.parametrize("metric", ["med.disentanglement", "med.completeness"])
def test_a_difference_that_the_bias_turns_round_is_shown_by_neither_test(metric):
    found = compare(*(MODELS[name] for name in ("mixed", "noisy")), V, metric=metric, n_boot=200).overall
    assert found.value * found.center < 0
    assert found.low < 0 < found.high
    assert found.p_value == 1
