"""Checks of option values, and seeds."""

import numpy as np
import pytest

from disentangle_metrics.errors import OptionError
from disentangle_metrics.options import resolve_seed


def test_seeds_are_kept_and_drawn():
    assert resolve_seed(5, 3) == 5
    assert resolve_seed(np.int64(5), 1) == 5
    assert resolve_seed(np.random.default_rng(1), 1) == resolve_seed(np.random.default_rng(1), 1)
    assert resolve_seed(None, 1) != resolve_seed(None, 1)


@pytest.mark.parametrize("seed", [-1, 2.5, "7", True, 1 << 32, np.random.RandomState(0)])
def test_a_seed_that_is_none_is_refused(seed):
    with pytest.raises(OptionError, match="random_state"):
        resolve_seed(seed, 1)
