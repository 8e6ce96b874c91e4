"""Arrays of a score: float64 whatever they were made of, copies, and read-only; and how wide it is described."""

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
    names = tuple(f"factor {k:02}" for k in range(20))
    rng = np.random.default_rng(0)
    score = mig(Representation(rng.normal(size=(50, 3)), rng.integers(3, size=(50, 20)), factor_names=names))
    assert score.describe() == score.describe(width=100)
    widths = {max(map(len, score.describe(width=width).splitlines())) for width in range(90, 111)}
    assert max(widths) <= 110
    assert len(widths) > 1
