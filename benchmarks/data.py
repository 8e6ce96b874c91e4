"""Arrays with the shapes of typical studies."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

# Numbers of values of the factors, those of dSprites; further factors repeat them.
SIZES = (3, 6, 40, 32, 32)


class Case(NamedTuple):
    """Latents (n, d) float32 and factors (n, k) int64."""

    latents: NDArray[np.float32]
    factors: NDArray[np.int64]

    @property
    def name(self) -> str:
        """Name in the tables: ``n x d x k``."""
        n, d = self.latents.shape
        return f"{n:,} x {d} x {self.factors.shape[1]}"


def make_case(n: int, d: int, k: int, seed: int = 0) -> Case:
    """Return random factors and latents: each latent of the first half is a factor plus noise, the others are noise."""
    rng = np.random.default_rng(seed)
    sizes = [SIZES[i % len(SIZES)] for i in range(k)]
    factors = np.stack([rng.integers(size, size=n) for size in sizes], axis=1)
    latents = rng.standard_normal((n, d), dtype=np.float32)
    for j in range(d // 2):
        latents[:, j] *= 0.3
        latents[:, j] += 2.0 * factors[:, j % k] / sizes[j % k]
    return Case(latents, factors)
