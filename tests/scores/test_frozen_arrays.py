"""Arrays of a score: float64 whatever they were made of, copies, and read-only."""

import numpy as np
import pytest

from disentangle_metrics import mig
from disentangle_metrics.scores.score import Score


@pytest.mark.parametrize("dtype", [np.int64, np.float32, bool])
def test_arrays_of_a_score_are_numbers_of_its_own(dtype):
    given = np.array([[0, 1], [1, 0]], dtype=dtype)
    score = Score(0.5, metric="mig", settings={}, per_factor=given[0], matrix=given, latent_names=("a", "b"), factor_names=("c", "d"))
    for array in (score.per_factor, score.matrix):
        assert array.dtype == np.float64
        assert not array.flags.writeable
    given[:] = 0
    assert score.matrix.tolist() == [[0.0, 1.0], [1.0, 0.0]]
    assert score.per_factor.tolist() == [0.0, 1.0]
    assert mig(np.eye(3)[[0, 1, 2, 0, 1]], [0, 1, 2, 0, 1]).matrix.dtype == np.float64
