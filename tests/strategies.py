"""Data for the property-based tests: latents and factors on small lattices, so that ties, values on bin edges, constant
columns and rare classes are common."""

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp


@st.composite
def labelled(draw, min_rows=4, max_rows=40, max_latents=4, max_factors=3):
    """Latents (n, d) of quarters between -2 and 2, and factors (n, k) of labels 0 ... 4, the first one not constant."""
    n = draw(st.integers(min_rows, max_rows))
    d = draw(st.integers(2, max_latents))
    k = draw(st.integers(1, max_factors))
    latents = draw(hnp.arrays(np.int64, (n, d), elements=st.integers(-8, 8))) / 4.0
    factors = draw(hnp.arrays(np.int64, (n, k), elements=st.integers(0, 4)))
    factors[0, 0], factors[1, 0] = 0, 1
    return latents, factors


def perfect_codes():
    """A full grid of factor values with every combination as often as any other, its columns scaled and shifted."""
    sizes = st.lists(st.integers(2, 5), min_size=1, max_size=3)
    return st.builds(
        _grid, sizes, st.integers(1, 3), st.sampled_from([0.5, 1.0, 3.0]), st.sampled_from([-1.0, 0.0, 10.0])
    )


def _grid(sizes, repeats, scale, shift):
    grid = np.stack(np.meshgrid(*map(np.arange, sizes), indexing="ij"), axis=-1).reshape(-1, len(sizes))
    factors = np.tile(grid, (repeats, 1))
    latents = factors * scale + shift
    return (np.hstack([latents, np.zeros((len(latents), 1))]) if len(sizes) == 1 else latents), factors
