"""Latents cut and counted in one go, one by one and two by two have the counts of a loop, by numpy and compiled."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from disentangle_metrics import config
from disentangle_metrics.kernels.counting import uniform_tables as tables
from disentangle_metrics.kernels.counting.merged_factors import Factor
from disentangle_metrics.kernels.counting.uniform_tables import uniform_tables
from disentangle_metrics.kernels.discretizing.discretizers import edges_of_columns, uniform_edges

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
    alone = np.zeros((latents.shape[1], n_bins), dtype=int)
    joint = np.zeros((latents.shape[1], len(labels), 5, n_bins), dtype=int)
    for j, z in enumerate(latents.T.astype(np.float64)):
        edges = np.linspace(z.min(), z.max(), n_bins + 1)
        codes = np.digitize(z, edges[1:-1]) if z.min() < z.max() else np.zeros(len(z), dtype=int)
        np.add.at(alone, (j, codes), 1)
        for k, label in enumerate(labels):
            np.add.at(joint, (j, k, label, codes), 1)
    return np.column_stack([alone, joint.reshape(len(alone), -1)])


def counted(latents, labels, n_bins, rows=slice(None)):
    edges, _ = edges_of_columns(latents[rows].min(axis=0), latents[rows].max(axis=0), n_bins)
    factors = [Factor(label.astype(np.uint8), np.bincount(label, minlength=5)) for label in labels]
    return uniform_tables(latents, rows, edges, factors)


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


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("part", [-1.0, -0.6, -0.4, -1e-30, 0.0, 1e-30, 0.4, 0.6, 1.0])
def test_a_constant_latent_is_in_its_first_bin_however_large_it_is(backend, dtype, part):
    rng = np.random.default_rng(0)
    latents = rng.normal(size=(3000, 3)).astype(dtype)
    latents[:, 1] = part * np.finfo(dtype).max
    for n_bins in (5, 300):
        found = counted(latents, rng.integers(5, size=(1, 3000)), n_bins)
        assert found[1, :n_bins].tolist() == [3000] + [0] * (n_bins - 1)
        assert (found[:, :n_bins].sum(axis=1) == 3000).all()


@pytest.mark.parametrize("sizes", [[2, 3, 2, 5], [40, 6, 32, 3, 32], [300, 2, 7]], ids=str)
@pytest.mark.parametrize("n_bins", [7, 300, 1500])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_merged_factors_are_counted_as_each_is_alone(backend, dtype, n_bins, sizes):
    rng = np.random.default_rng(0)
    latents = np.column_stack([rng.integers(4 * n_bins, size=20_000) / n_bins, rng.normal(size=(20_000, 3))])
    latents = latents.astype(dtype)
    factors = [rng.integers(size, size=20_000) for size in sizes]
    edges, _ = edges_of_columns(latents.min(axis=0), latents.max(axis=0), n_bins)
    with pytest.MonkeyPatch.context() as patch:
        if backend == "fast":  # of as many threads as there are rows for
            patch.setattr("disentangle_metrics.kernels.fast.uniform_tables._SHARE", 1 << 12)
        given = [Factor(v.astype(np.min_scalar_type(v.max())), np.bincount(v)) for v in factors]
        found = uniform_tables(latents, slice(None), edges, given)
    for j, row in enumerate(found):
        codes = np.digitize(latents[:, j].astype(float), edges[j, 1:-1])
        joint = [
            np.bincount(v * n_bins + codes, minlength=size * n_bins) for v, size in zip(factors, sizes, strict=True)
        ]
        np.testing.assert_array_equal(row, np.concatenate([np.bincount(codes, minlength=n_bins), *joint]))


@pytest.mark.parametrize(("scale", "offset"), [(1, 0), (1e-300, 0), (1e300, 0), (1e-3, 1e6), (1e-9, 1e3), (1, 1e5)])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_large_offsets_and_tiny_ranges_are_cut_like_any_other(backend, scale, offset, dtype):
    rng = np.random.default_rng(0)
    latents = rng.integers(21, size=(3000, 2)) / 20 * scale + offset
    if dtype == np.float32:
        with np.errstate(over="ignore"):
            latents = np.clip(latents, -1e38, 1e38).astype(dtype)
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
