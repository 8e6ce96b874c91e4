"""Arrays of a score are read-only copies in float64; and the width of its description."""

import numpy as np
import pytest

from disentangle_metrics import Representation, mig
from disentangle_metrics.scores.score import Score


@pytest.mark.parametrize("dtype", [np.int64, np.float32, bool])
def test_arrays_of_a_score_are_numbers_of_its_own(dtype):
    given = np.array([[0, 1], [1, 0]], dtype=dtype)
    score = Score(0.5, metric="mig", settings={}, per_factor=given[0], matrix=given)
    for array in (score.per_factor, score.matrix):
        assert array.dtype == np.float64
        assert not array.flags.writeable
    given[:] = 0
    assert score.matrix.tolist() == [[0.0, 1.0], [1.0, 0.0]]
    assert score.per_factor.tolist() == [0.0, 1.0]


def test_a_description_is_100_letters_wide():
    rng = np.random.default_rng(0)
    data = rng.normal(size=(50, 3)), rng.integers(3, size=(50, 20))
    scores = [mig(Representation(*data, factor_names=[f"{'f' * n}{k:02}" for k in range(20)])) for n in range(1, 12)]
    assert all(score.describe() == score.describe(width=100) for score in scores)
    assert any(score.describe() != score.describe(width=101) for score in scores)
