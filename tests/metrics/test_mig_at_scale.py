"""MIG on arrays of every layout, type and size: the numbers of a slow loop, bounded memory, work done once."""

import gc
import tracemalloc
import weakref

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.metrics import mutual_info_score

from disentangle_metrics import Representation, evaluate, mig
from disentangle_metrics.kernels.columns import columns
from disentangle_metrics.kernels.counting import information
from disentangle_metrics.kernels.counting import joint_counts as counts
from disentangle_metrics.kernels.counting import merged_factors as merging
from disentangle_metrics.kernels.counting import uniform_tables as tables
from disentangle_metrics.kernels.discretizing import binning

quiet = pytest.mark.filterwarnings("ignore::disentangle_metrics.DisentangleWarning")

ENTROPIES = ("plugin", "miller-madow")
LAYOUTS = {
    "C": np.ascontiguousarray,
    "Fortran": np.asfortranarray,
    "strided": lambda x: np.repeat(np.repeat(x, 2, axis=1), 3, axis=0)[::3, ::2],
    "rows backwards": lambda x: x[::-1].copy()[::-1],
    "columns backwards": lambda x: x[:, ::-1].copy()[:, ::-1],
    "read-only": lambda x: read_only(x.copy()),
}
TYPES = [np.float64, np.float32, np.float16, np.int64, np.int8, np.bool_, ">f8"]
LABELS = {
    "as they are": lambda v: v,
    "uint8": lambda v: v.astype(np.uint8),
    "negative": lambda v: v - 3,
    "large": lambda v: (v - 2) * 10**15,
    "floats": lambda v: v.astype(np.float32),
    "fractions": lambda v: v / 7,
    "text": lambda v: np.array(["a", "b", "c", "d", "e"])[v],
}


def read_only(array):
    array.flags.writeable = False
    return array


def binned(z, n_bins):
    z = z.astype(np.float64)
    return np.digitize(z, np.linspace(z.min(), z.max(), n_bins + 1)[1:-1])


def by_a_loop(latents, factors, n_bins=20):
    return np.array([[mutual_info_score(v, binned(z, n_bins)) for v in factors.T] for z in latents.T])


def in_small_pieces(patch):
    """Give small arrays what large ones go through."""
    for module, name, value in (
        (columns, "_CHUNK", 200),
        (columns, "_TILE", 500),
        (columns, "_LONG_ROW", 8),
        (binning, "_CHUNK", 9),
        (binning, "_FEW", 0),
        (counts, "_CHUNK", 11),
        (tables, "_AT_ONCE", 30),
        (tables, "_FEW", 0),
        (tables, "_ROWS_PER_CELL", 0.01),
        (tables, "_CELLS", 1000),
        (tables, "_CHUNK", 13),
        (merging, "_ROWS_PER_VALUE", 1),
        (information, "_BLOCK", 200),
        (information, "_KEPT", 0),
    ):
        patch.setattr(module, name, value)


grids = st.tuples(st.integers(3, 40), st.integers(2, 5), st.integers(1, 4)).flatmap(
    lambda size: st.tuples(
        hnp.arrays(np.int64, size[:2], elements=st.integers(-10, 10)),
        hnp.arrays(np.int64, size[::2], elements=st.integers(0, 4)),
    )
)


@quiet
@pytest.mark.parametrize("pieces", [False, True], ids=["whole", "in small pieces"])
@pytest.mark.parametrize("lay", LAYOUTS.values(), ids=LAYOUTS)
@settings(max_examples=30)
@given(
    data=grids,
    dtype=st.sampled_from(TYPES),
    relabel=st.sampled_from(list(LABELS.values())),
    step=st.sampled_from([1, 0.1, 1 / 3]),
    n_bins=st.sampled_from([2, 5, 20]),
)
def test_information_is_that_of_the_loop(pieces, lay, data, dtype, relabel, step, n_bins):
    grid, labels = data
    assume(any(len(set(v)) > 1 for v in labels.T.tolist()))
    latents = lay((grid * step).astype(dtype))
    expected = by_a_loop(latents, labels, n_bins)
    with pytest.MonkeyPatch.context() as patch:
        if pieces:
            in_small_pieces(patch)
        matrix = mig(latents, lay(relabel(labels)), n_bins=n_bins, factor_kinds="categorical").matrix
    np.testing.assert_allclose(matrix, expected, rtol=0, atol=1e-12)


@quiet
@pytest.mark.parametrize("pieces", [False, True], ids=["whole", "in small pieces"])
@settings(max_examples=30)
@given(data=grids, some=st.data())
def test_missing_labels_leave_out_their_rows(pieces, data, some):
    grid, labels = data
    missing = some.draw(hnp.arrays(np.bool_, labels.shape))
    factors = np.where(missing, np.nan, labels)
    varying = [k for k, v in enumerate(factors.T) if len(set(v[~np.isnan(v)].tolist())) > 1]
    assume(varying)
    latents = (grid / 3).astype(np.float32)
    with pytest.MonkeyPatch.context() as patch:
        if pieces:
            in_small_pieces(patch)
        matrix = mig(latents, factors, factor_kinds="categorical").matrix
    for k in varying:
        there = ~missing[:, k]
        expected = by_a_loop(latents[there], labels[there][:, [k]])
        np.testing.assert_allclose(matrix[:, [k]], expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16])
def test_information_of_many_rows_is_that_of_the_loop(dtype):
    rng = np.random.default_rng(0)
    factors = np.column_stack([rng.integers(size, size=70_000) for size in (3, 6, 40, 256)]).astype(np.uint8)
    latents = np.column_stack(
        [factors[:, 0] / 7, factors[:, 2] + rng.normal(size=70_000), rng.integers(21, size=70_000) / 20]
    )
    latents = latents.astype(dtype)
    np.testing.assert_allclose(mig(latents, factors).matrix, by_a_loop(latents, factors), rtol=0, atol=1e-12)


@pytest.mark.parametrize("discretizer", ["uniform", "quantile", "unique", lambda z, n: np.digitize(z, [0.2, 0.7])])
@pytest.mark.parametrize("entropy", ["plugin", "miller-madow", lambda counts: np.log(counts.sum())])
def test_work_in_small_pieces_changes_no_score(discretizer, entropy, monkeypatch):
    rng = np.random.default_rng(0)
    factors = np.column_stack([rng.integers(4, size=90), rng.integers(7, size=90) / 3, rng.uniform(size=90)])
    factors[::9, 1] = np.nan
    latents = rng.integers(20, size=(90, 5)) / 20
    whole = mig(latents, factors, discretizer=discretizer, entropy=entropy)
    in_small_pieces(monkeypatch)
    pieces = mig(latents, factors, discretizer=discretizer, entropy=entropy)
    np.testing.assert_allclose(pieces.matrix, whole.matrix, rtol=0, atol=1e-13)
    assert pieces.signature == whole.signature


def added_by(latents, factors, **options):
    """The most memory in bytes that a score needs beside its arrays."""
    mig(latents[:200], factors[:200], **options)
    gc.collect()
    tracemalloc.start()
    try:
        mig(latents, factors, **options)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def big(n, d, dtype, label_dtype):
    rng = np.random.default_rng(0)
    factors = np.column_stack([np.resize(rng.integers(size, size=9973), n) for size in (3, 6, 40, 32, 32)])
    latents = np.resize(rng.integers(-500, 500, size=99_991).astype(dtype) / dtype(250), (n, d))
    return latents, factors.astype(label_dtype)


@pytest.mark.parametrize("options", [{}, {"discretizer": "quantile"}, {"entropy": "miller-madow"}], ids=str)
@pytest.mark.parametrize(
    ("dtype", "label_dtype"), [(np.float32, np.int64), (np.float64, np.uint8), (np.float64, np.float64)]
)
def test_all_of_dsprites_takes_less_than_64_megabytes(dtype, label_dtype, options):
    assert added_by(*big(737_280, 10, dtype, label_dtype), **options) < 64e6


def test_missing_labels_do_not_copy_the_latents():
    latents, factors = big(737_280, 10, np.float64, np.float64)
    for k in range(5):
        factors[k::11, k] = np.nan
    assert added_by(latents, factors) < 64e6


def test_measurements_are_not_copied_to_be_kept():
    latents, factors = big(737_280, 10, np.float32, np.float64)
    factors += np.random.default_rng(0).uniform(size=factors.shape)
    assert added_by(latents, factors) < 64e6


def test_memory_does_not_grow_with_the_number_of_latents():
    latents, factors = big(200_000, 128, np.float32, np.uint8)
    assert added_by(latents, factors) < 64e6


def test_arrays_are_let_go_when_they_have_been_scored():
    latents, factors = big(1000, 3, np.float64, np.int64)
    held = weakref.ref(latents)
    gc.disable()  # a reference cycle would keep the arrays until the collector comes
    try:
        mig(latents, factors)
        del latents
        assert held() is None
    finally:
        gc.enable()


@pytest.fixture
def counted(monkeypatch):
    """Every latent that is counted with the factors."""
    latents = []
    joint, uniform = information.joint_counts, information.uniform_tables

    def uniform_tables(z, *args):
        latents.extend(z.T)
        return uniform(z, *args)

    monkeypatch.setattr(information, "joint_counts", lambda *args: latents.append(args[0]) or joint(*args))
    monkeypatch.setattr(information, "uniform_tables", uniform_tables)
    return latents


def test_two_entropies_are_taken_from_the_same_counts(counted):
    data = Representation(*big(2000, 4, np.float64, np.int64))
    plugin, corrected = (evaluate(data, metrics="mig", options={"mig": {"entropy": e}})["mig"] for e in ENTROPIES)
    assert len(counted) == 4
    assert plugin != corrected
    assert corrected == mig(data.latents, data.factors, entropy="miller-madow")


def test_an_entropy_of_the_callers_own_is_taken_from_the_same_counts(counted):
    def plugin(counts):
        assert counts.ndim == 1
        p = counts[counts > 0] / counts.sum()
        return -np.sum(p * np.log(p))

    data = Representation(*big(2000, 4, np.float64, np.int64))
    np.testing.assert_allclose(mig(data, entropy=plugin).matrix, mig(data).matrix, rtol=0, atol=1e-12)
    assert len(counted) == 4


def test_other_bins_are_counted_anew(counted):
    data = Representation(*big(2000, 4, np.float64, np.int64))
    for options in ({"n_bins": 5}, {"n_bins": 6}, {"discretizer": "quantile", "n_bins": 5}):
        mig(data, **options)
    assert len(counted) == 12


def test_factors_in_other_bins_are_counted_anew(counted):
    data = Representation(*big(2000, 4, np.float64, np.float64), factor_kinds="continuous")
    for factor_bins in (2, 3, 2):
        assert mig(data, factor_bins=factor_bins) == mig(
            data.latents, data.factors, factor_kinds="continuous", factor_bins=factor_bins
        )
    assert len(counted) == 2 * 4 + 3 * 4


def test_counts_too_many_to_keep_are_made_again(counted, monkeypatch):
    monkeypatch.setattr(information, "_KEPT", 100)
    data = Representation(*big(2000, 4, np.float64, np.int64))
    for entropy in ENTROPIES:
        assert mig(data, entropy=entropy) == mig(data.latents, data.factors, entropy=entropy)
    assert len(counted) == 16
