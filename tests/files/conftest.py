"""Files that tests of this room read."""

import pytest
from saved import V, Z, save


@pytest.fixture
def latents(tmp_path):
    return save(tmp_path / "latents.npz", latents=Z)


@pytest.fixture
def factors(tmp_path):
    return save(tmp_path / "factors.npz", factors=V)
