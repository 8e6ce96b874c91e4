import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from disentangle_metrics.kernels.linear import correlation
from disentangle_metrics.kernels.linear.correlation import squared_correlation

EVERY = slice(None)


def by_numpy(latents, numbers):
    with np.errstate(all="ignore"):
        d = latents.shape[1]
        return np.nan_to_num(np.corrcoef(latents.T, np.stack(numbers))[:d, d:] ** 2)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int16, np.uint8, bool])
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("rows", [5, 4096, 10_000])
def test_it_is_numpys_squared(dtype, order, rows):
    rng = np.random.default_rng(0)
    latents = np.asarray(3 * rng.random(size=(rows, 4)), dtype=dtype, order=order)
    numbers = [latents[:, 0] + rng.normal(size=rows), rng.normal(size=rows), latents[:, 3] * 1.0]
    found = squared_correlation(latents, numbers, EVERY)
    np.testing.assert_allclose(found, by_numpy(latents.astype(float), numbers), rtol=0, atol=1e-12)
    assert found.max() <= 1


@given(seed=st.integers(0, 2**32 - 1), n=st.integers(2, 50))
def test_rows_in_pieces_and_in_any_order_are_the_same_rows(seed, n):
    rng = np.random.default_rng(seed)
    latents = rng.integers(-4, 5, size=(n, 3)) / 4
    numbers = [rng.integers(3, size=n).astype(float)]
    rows = rng.permutation(n)[: n // 2 + 1]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(correlation, "_CELLS", 7 * 4)
        found = squared_correlation(latents, numbers, rows)
    np.testing.assert_allclose(found, by_numpy(latents[rows], [v[rows] for v in numbers]), rtol=0, atol=1e-12)


def test_scale_and_offset_cost_no_digits():
    """Powers of two take nothing off any digit, so the squares are those of the numbers near one."""
    rng = np.random.default_rng(0)
    near = rng.integers(-(2**20), 2**20, size=(10_000, 7)) / 2.0**20
    near[:, 6] = 1.0
    y = near @ np.arange(7.0)
    scale = 2.0 ** np.array([0, -1000, 1020, -540, 530, 0, 0])
    offset = np.array([0, 0, 0, 0, 0, 2.0**32, 0.1])
    found = squared_correlation(near * scale + offset, [y, y * 2.0**-900, np.full(10_000, 0.1)], EVERY)
    expected = by_numpy(near[:, :6], [y])
    np.testing.assert_allclose(found[:6, :2], np.hstack([expected, expected]), rtol=0, atol=1e-13)
    assert np.all(found[6] == 0)
    assert np.all(found[:, 2] == 0)


def test_squares_too_small_for_all_their_digits_cost_none():
    """Sums of squares about 1e-312, of which float64 keeps four digits."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(2, 100))
    found = squared_correlation(x[:, None] * 2.0**-520, [y, y * 2.0**-520], EVERY)
    expected = np.corrcoef(x, y)[0, 1] ** 2
    np.testing.assert_allclose(found, [[expected, expected]], rtol=1e-12)


def test_first_rows_far_from_the_others_cost_few_digits():
    rng = np.random.default_rng(0)
    latents = rng.normal(size=(100_000, 2))
    latents[:22_000] += 1e6  # the first piece
    y = latents[:, 0] + rng.normal(size=100_000)
    np.testing.assert_allclose(squared_correlation(latents, [y], EVERY), by_numpy(latents, [y]), rtol=0, atol=1e-12)
