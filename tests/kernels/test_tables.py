"""Latents cut and counted in one go, one by one and two by two have the counts of a loop, by numpy and compiled."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from disentangle_metrics import config
from disentangle_metrics.kernels import tables
from disentangle_metrics.kernels.discretize import edges_of_columns, uniform_edges
from disentangle_metrics.kernels.tables import uniform_tables

WAYS = {
    "together": {},
    "one by one": {"_FEW": 0, "_ROWS_PER_CELL": 1 << 40},
    "two by two": {"_FEW": 0, "_ROWS_PER_CELL": 0.001},
    "column by column": {"_FEW": 0, "_AT_ONCE": 0, "_ROWS_PER_CELL": 0.001},
}
grids = st.tuples(st.integers(2, 40), st.integers(1, 5), st.integers(1, 3)).flatmap(
    lambda size: st.tuples(
        hnp.arrays(np.int64, size[:2], elements=st.integers(-10, 10)),
        hnp.arrays(np.int64, size[::2], elements=st.integers(0, 4)),
    )
)


def by_a_loop(latents, labels, n_bins):
    found = np.zeros((5 * len(labels), latents.shape[1], n_bins), dtype=int)
    for j, z in enumerate(latents.T.astype(np.float64)):
        edges = np.linspace(z.min(), z.max(), n_bins + 1)
        codes = np.digitize(z, edges[1:-1]) if z.min() < z.max() else np.zeros(len(z), dtype=int)
        for g, label in enumerate(labels):
            np.add.at(found, (5 * g + label, j, codes), 1)
    return found


def counted(latents, labels, n_bins, rows=slice(None)):
    edges, _ = edges_of_columns(latents[rows].min(axis=0), latents[rows].max(axis=0), n_bins)
    shifted = (labels + 5 * np.arange(len(labels))[:, None]).astype(np.uint16)
    return uniform_tables(latents, rows, edges, shifted, tuple(range(0, 5 * len(labels) + 1, 5)))


@pytest.fixture(params=["numpy", "fast"], scope="module")
def backend(request):
    with config.using(backend=request.param, threads=2):
        yield request.param


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16, np.int8, np.longdouble, ">f4"], ids=str)
@settings(max_examples=25)
@given(data=grids, step=st.sampled_from([1, 0.1, 1 / 3]), n_bins=st.sampled_from([2, 5, 20]), some=st.booleans())
def test_counts_are_those_of_a_loop(backend, way, dtype, data, step, n_bins, some):
    grid, factors = data
    latents = (grid * step).astype(dtype)
    rows = np.arange(0, len(latents), 2) if some else slice(None)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in way.items():
            patch.setattr(tables, name, value)
        found = counted(latents, factors[rows].T, n_bins, rows)
    np.testing.assert_array_equal(found, by_a_loop(latents[rows], factors[rows].T, n_bins))
    assert found.dtype == np.int64


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_counts_of_many_rows_are_those_of_a_loop(backend, dtype, order):
    rng = np.random.default_rng(0)
    latents = np.column_stack([rng.normal(size=70_000), rng.integers(21, size=70_000) / 20, np.full(70_000, 0.1)])
    latents = np.asarray(latents, dtype=dtype, order=order)
    labels = rng.integers(5, size=(2, 70_000))
    np.testing.assert_array_equal(counted(latents, labels, 20), by_a_loop(latents, labels, 20))


def test_large_offsets_and_tiny_ranges_are_cut_like_any_other(backend):
    rng = np.random.default_rng(0)
    grid = rng.integers(20, size=(3000, 5)) / 20
    latents = grid * [1.0, 1e-300, 1e300, 1e-3, 1e-9] + [0.0, 0.0, 0.0, 1e6, 1e3]
    labels = rng.integers(5, size=(1, 3000))
    np.testing.assert_array_equal(counted(latents, labels, 20), by_a_loop(latents, labels, 20))


@given(
    low=hnp.arrays(np.float64, 4, elements=st.floats(-1e300, 1e300)),
    width=hnp.arrays(np.float64, 4, elements=st.sampled_from([0.0, 1e-310, 1e-12, 1 / 3, 1.0, 1e9, 1e300])),
    n_bins=st.sampled_from([2, 7, 20]),
)
def test_edges_of_columns_are_those_of_each(low, width, n_bins):
    high = low + width
    edges, bad = edges_of_columns(low, high, n_bins)
    for j in range(4 if bad is None else bad):
        if low[j] < high[j]:
            np.testing.assert_array_equal(edges[j], uniform_edges(low[j], high[j], n_bins))
        else:
            assert edges[j].tolist() == [low[j], *[np.inf] * n_bins]
    if bad is not None:
        with pytest.raises(ValueError, match="leave no room"):
            uniform_edges(low[bad], high[bad], n_bins)
