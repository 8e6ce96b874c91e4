"""Data that tests of this room score."""

import numpy as np
import pytest

from disentangle_metrics import Representation


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    v = rng.integers([3, 5], size=(600, 2))
    z = np.column_stack([v + rng.normal(size=v.shape), rng.normal(size=(600, 2))])
    return Representation(z, v)
