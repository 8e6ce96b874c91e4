"""Small files that verbs score."""

import numpy as np
import pytest


@pytest.fixture
def data(tmp_path):
    """A small file of two factors, three latents and names; the first latent is the first factor."""
    rng = np.random.default_rng(0)
    v = np.stack([np.arange(120) % 3, np.arange(120) // 3 % 2], axis=1)
    z = np.column_stack([v[:, 0], v[:, 1] + rng.normal(size=120), rng.normal(size=120)])
    np.savez(tmp_path / "data.npz", latents=z, factors=v, factor_names=["shape", "pos_x"])
    return tmp_path / "data.npz"


@pytest.fixture
def with_constant(tmp_path, data):
    """The same with a factor that never varies."""
    with np.load(data) as arrays:
        v = np.column_stack([arrays["factors"], np.ones(120, int)])
        np.savez(
            tmp_path / "constant.npz", latents=arrays["latents"], factors=v, factor_names=["shape", "a|b", "white"]
        )
    return tmp_path / "constant.npz"
