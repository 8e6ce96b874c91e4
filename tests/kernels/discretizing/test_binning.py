"""Binning equals numpy.digitize value for value, above all on the edges and one rounding step beside them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from disentangle_metrics.kernels.discretizing import binning
from disentangle_metrics.kernels.discretizing.binning import bin_by_edges, bin_uniform
from disentangle_metrics.kernels.discretizing.discretizers import uniform_edges

FLOATS = [np.float64, np.float32, np.float16, np.longdouble]
floats = pytest.mark.parametrize("dtype", FLOATS, ids=lambda dtype: dtype.__name__)


@pytest.fixture(autouse=True)
def _small(monkeypatch):
    """Small arrays go the way of large ones, in several chunks."""
    monkeypatch.setattr(binning, "_CHUNK", 1000)
    monkeypatch.setattr(binning, "_FEW", 0)


def expected(values, inner):
    return np.digitize(values.astype(np.float64), inner)


def check_uniform(values, n_bins):
    edges = uniform_edges(float(values.min()), float(values.max()), n_bins)
    np.testing.assert_array_equal(edges, np.linspace(float(values.min()), float(values.max()), n_bins + 1))
    codes = bin_uniform(values, edges)
    np.testing.assert_array_equal(codes, expected(values, edges[1:-1]))
    assert codes.dtype.kind == "u"


def on_and_beside(edges, dtype):
    """The values of a type that are nearest to some edges, with those next to them on either side."""
    nearest = edges.astype(dtype)
    beside = [np.nextafter(nearest, dtype(sign * np.inf)) for sign in (-1, 1)]
    values = np.concatenate([nearest, *beside])
    return values[(values >= nearest[0]) & (values <= nearest[-1])]


@floats
@pytest.mark.parametrize("n_bins", [2, 3, 7, 20, 255, 256, 1000, 1024, 1025, 65535, 65536])
@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (-3.7, 4.1), (-1e-3, 2.0), (1000.0, 1001.0), (-8.0, -0.1)])
def test_values_on_edges_and_next_to_them(dtype, n_bins, low, high):
    ends = np.array([low, high]).astype(dtype).astype(np.float64)
    check_uniform(on_and_beside(np.linspace(*ends, n_bins + 1), dtype), n_bins)


@floats
@pytest.mark.parametrize("n_bins", [2, 20, 333])
def test_random_values(dtype, n_bins):
    rng = np.random.default_rng(0)
    for values in (rng.normal(size=5000), rng.exponential(size=5000), rng.integers(21, size=5000) / 20):
        check_uniform(values.astype(dtype), n_bins)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("offset", [0.0, 1e3, -1e6, 3e7, 1e9])
@pytest.mark.parametrize("scale", [1e-30, 1e-3, 1.0, 1e5, 1e28])
def test_any_offset_and_scale_that_leaves_room_for_bins(dtype, offset, scale):
    values = ((np.random.default_rng(0).normal(size=3000) + offset) * scale).astype(dtype)
    values = np.append(values, values.max() + (values.max() - values.min()))
    if values.min() < values.max():
        check_uniform(values, 20)


@pytest.mark.parametrize("offset", [1e10, -1e12, 1e13, 1e15])
def test_edges_that_are_rounded_because_the_values_are_so_large(offset):
    values = np.random.default_rng(0).integers(-50, 50, size=3000) + offset
    for n_bins in (3, 7, 19):
        edges = np.linspace(values.min(), values.max(), n_bins + 1)
        check_uniform(np.append(values, on_and_beside(edges, np.float64)), n_bins)


@pytest.mark.parametrize("scale", [1e-320, 1e-310, 1e-290, 2.0**-910, 2.0**899, 1e307])
def test_the_smallest_and_the_largest_floats(scale):
    check_uniform(np.random.default_rng(0).integers(2000, size=3000) / 300 * scale, 20)


def test_single_precision_near_its_limits():
    values = np.random.default_rng(0).integers(-2000, 2000, size=3000).astype(np.float32)
    for scale in (2.0**-140, 2.0**-126, 2.0**-104, 2.0**90, 2.0**116):
        check_uniform(values * np.float32(scale), 20)


@pytest.mark.parametrize(
    "dtype", [np.bool_, np.int8, np.uint8, np.int16, np.uint16, np.int32, np.uint32, np.int64, np.uint64]
)
@pytest.mark.parametrize("n_bins", [2, 20, 51, 300])
def test_whole_numbers(dtype, n_bins):
    values = np.random.default_rng(0).integers(100, size=3000).astype(dtype)
    check_uniform(values if dtype is np.bool_ else values - dtype(0), n_bins)
    if np.dtype(dtype).kind == "i":
        check_uniform(values - dtype(100), n_bins)


@pytest.mark.parametrize("dtype", [np.int32, np.uint32, np.int64])
def test_whole_numbers_that_single_precision_does_not_hold(dtype):
    values = np.random.default_rng(0).integers(2**30, 2**30 + 200, size=3000).astype(dtype)
    check_uniform(values, 20)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@given(
    values=hnp.arrays(np.int64, st.integers(2, 40), elements=st.integers(-30, 30)),
    n_bins=st.integers(2, 40),
    scale=st.sampled_from([1.0, 0.1, 1 / 3, 7.3e-5]),
    shift=st.sampled_from([0.0, 0.7, -12.3]),
)
def test_values_on_a_lattice(dtype, values, n_bins, scale, shift):
    values = (values * scale + shift).astype(dtype)
    if values.min() < values.max():
        check_uniform(values, n_bins)


def test_few_values_and_values_of_no_fast_type_take_the_slow_way_to_the_same_bins(monkeypatch):
    values = np.random.default_rng(0).normal(size=2000)
    edges = uniform_edges(values.min(), values.max(), 20)
    fast = bin_uniform(values, edges)
    monkeypatch.setattr(binning, "_FEW", 5000)
    np.testing.assert_array_equal(bin_uniform(values, edges), fast)


EDGES = {
    "even": np.linspace(-1.0, 1.0, 19),
    "uneven": np.sort(np.random.default_rng(1).normal(size=30)),
    "crowded": np.sort(np.concatenate([np.linspace(0.0, 1e-9, 8), [-1.0, 1.0]])),
    "neighbors": np.array([0.5, np.nextafter(0.5, 1)]),
    "one": np.array([0.25]),
    "none": np.array([]),
    "too many for parts": np.sort(np.random.default_rng(2).normal(size=1000)),
    "as wide as floats": np.array([-1.7e308, 0.0, 1.7e308]),
    "denormal": np.array([0.0, 5e-324, 1e-323]),
}


@floats
@pytest.mark.parametrize("edges", EDGES.values(), ids=EDGES)
def test_edges_of_any_spacing(dtype, edges):
    rng = np.random.default_rng(0)
    with np.errstate(over="ignore"):
        near = np.concatenate([edges, np.nextafter(edges, -np.inf), np.nextafter(edges, np.inf)]).astype(dtype)
    near = near[np.isfinite(near)]
    values = np.concatenate([near, rng.normal(size=5000).astype(dtype), 100 * rng.normal(size=50).astype(dtype)])
    np.testing.assert_array_equal(bin_by_edges(values, edges), expected(values, edges))


def test_values_as_far_out_as_there_are():
    values = np.resize([-1.7e308, -1.0, 0.0, 0.1, 1.0, 1.7e308], 6000)
    for edges in ([-0.5, 0.05, 0.5], [-1.7e308, -1.69e308], [1.69e308, 1.7e308]):
        np.testing.assert_array_equal(bin_by_edges(values, np.array(edges)), expected(values, np.array(edges)))
