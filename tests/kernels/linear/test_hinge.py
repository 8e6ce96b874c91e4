import numpy as np
import pytest
import slow
from hypothesis import given
from hypothesis import strategies as st

from disentangle_metrics.kernels.linear import hinge
from disentangle_metrics.kernels.linear.hinge import Problems, block_sums, hinge_derivatives, sort_rows
from disentangle_metrics.kernels.linear.one_vs_rest import one_vs_rest


def derivatives_by_rows(x, mine, own, rest, slope, height):
    sign, weight = np.where(mine, -1.0, 1.0), np.where(mine, own, rest)
    _, first, second = slow.squared_hinge(sign * (slope * x + height))
    first, second = weight * sign * first, weight * second
    return [first @ x, first.sum(), second @ x**2, second @ x, second.sum()]


@given(
    n=st.integers(1, 200),
    seed=st.integers(0, 2**32 - 1),
    size=st.sampled_from([0.0, 1e-9, 0.3, 1.0, 50.0]),
    lattice=st.booleans(),
)
def test_derivatives_are_the_sums_over_all_rows(n, seed, size, lattice):
    rng = np.random.default_rng(seed)
    x = rng.integers(-4, 5, size=(2, n)) / 4 if lattice else rng.normal(size=(2, n))
    y = np.stack([rng.integers(3, size=n), rng.integers(2, size=n)])
    layout = one_vs_rest(y, (3, 2), True)
    n_lines = len(layout.factor)
    data = sort_rows(x, np.zeros(2), layout)
    latent, column = np.indices((2, n_lines)).reshape(2, -1)
    slope, height = size * rng.normal(size=(2, len(latent)))
    slope[rng.random(len(slope)) < 0.2] = 0.0
    # a margin just on a value is on one side or the other of a kink; the derivatives there are either's
    on_a_value = np.abs(np.abs(slope[:, None] * x[latent] + height[:, None]) - 1).min(axis=1) < 1e-9
    own, rest = rng.random((2, len(latent)))
    problems = Problems(latent, layout.factor[column], layout.label[column], column, own, rest)
    found = hinge_derivatives(data, block_sums(data, layout, slice(0, n_lines)), problems, slope, height)
    for i in np.flatnonzero(~on_a_value):
        mine = y[layout.factor[column[i]]] == layout.label[column[i]]
        expected = derivatives_by_rows(x[latent[i]], mine, own[i], rest[i], slope[i], height[i])
        np.testing.assert_allclose(found[:, i], expected, rtol=1e-11, atol=1e-11 * n * (1 + size))


def test_rows_that_are_all_a_class_of_its_own_leave_nothing_to_the_rest():
    """Sums of the rest that are rounding alone would be multiplied by C."""
    x = np.concatenate([np.linspace(-2, -1, 1000), np.linspace(1, 2, 1000)]) / 3
    y = (x > 0).astype(np.intp)[None] * 2
    y[0, :3] = 1
    layout = one_vs_rest(y, (3,), False)
    data = sort_rows(x[None], np.zeros(1), layout)
    sums = block_sums(data, layout, slice(0, 3))
    size = data.x.shape[2]
    right = -(-1000 // size)  # the first block right of 0
    assert np.all(sums[0, :, 0, -1, 2] == sums[0, :, 0, right, 2])


def test_lines_are_fitted_in_groups_where_there_are_many(monkeypatch):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(2, 300)), rng.integers(20, size=(2, 300))
    y[1] = np.minimum(y[1], 1)
    layout = one_vs_rest(y, (20, 2), True)
    C = np.full((2, 2, 2), 0.5)
    whole = hinge.fit_hinge(x, layout, C, 100)
    monkeypatch.setattr(hinge, "_SUMS", 100)
    monkeypatch.setattr(hinge, "_CELLS", 50)
    monkeypatch.setattr(hinge, "_ROWS", 64)
    parts = hinge.fit_hinge(x, layout, C, 100)
    np.testing.assert_allclose(parts[0], whole[0], atol=1e-12)
    np.testing.assert_allclose(parts[1], whole[1], atol=1e-12)
    assert parts[2]


@pytest.mark.parametrize("n", [100, 5000, 200_000])
def test_a_step_looks_at_few_rows(n):
    """The size of a block, and the part of it that is kept, grow with the square root of the rows."""
    data = sort_rows(np.arange(float(n))[None], np.zeros(1), one_vs_rest(np.zeros((1, n), dtype=np.int8), (1,), False))
    _, n_blocks, size = data.x.shape
    assert max(n_blocks, size) < 3 * np.sqrt(n) + 16
