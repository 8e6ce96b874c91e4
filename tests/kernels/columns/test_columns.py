"""Arrays by columns: for every layout and dtype the extremes and the columns equal those of numpy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from disentangle_metrics.kernels.columns import columns as module
from disentangle_metrics.kernels.columns.columns import columns, extremes

DTYPES = [
    *(np.float64, np.float32, np.float16, np.longdouble, ">f4"),
    *(np.int64, np.int8, np.uint8, np.uint64, np.bool_, ">i8"),
]
LAYOUTS = {
    "C": np.ascontiguousarray,
    "Fortran": np.asfortranarray,
    "every other column": lambda x: np.repeat(x, 2, axis=1)[:, ::2],
    "every other row": lambda x: np.repeat(x, 2, axis=0)[::2],
    "rows backwards": lambda x: x[::-1].copy()[::-1],
    "columns backwards": lambda x: x[:, ::-1].copy()[:, ::-1],
    "one row over and over": lambda x: np.broadcast_to(x[:1], x.shape),
}
arrays = st.tuples(st.integers(1, 50), st.integers(1, 6)).flatmap(
    lambda shape: hnp.arrays(np.int64, shape, elements=st.integers(0, 100))
)
layouts = pytest.mark.parametrize("lay", LAYOUTS.values(), ids=LAYOUTS)


def sizes(patch, chunk, tile, row):
    """Cut the work into pieces of so many bytes, so that small arrays have many."""
    patch.setattr(module, "_CHUNK", chunk)
    patch.setattr(module, "_TILE", tile)
    patch.setattr(module, "_LONG_ROW", row)


pieces = st.tuples(st.sampled_from([1, 100, 1 << 20]), st.sampled_from([1, 1000, 1 << 20]), st.sampled_from([1, 9, 99]))


@layouts
@settings(max_examples=60)
@given(x=arrays, dtype=st.sampled_from(DTYPES), pieces=pieces)
def test_extremes_are_those_of_each_column(lay, x, dtype, pieces):
    array = lay(x.astype(dtype))
    with pytest.MonkeyPatch.context() as patch:
        sizes(patch, *pieces)
        low, high = extremes(array)
    np.testing.assert_array_equal(low, array.min(axis=0))
    np.testing.assert_array_equal(high, array.max(axis=0))


@layouts
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16])
@pytest.mark.parametrize(("value", "is_bad"), [(np.nan, np.isnan), (np.inf, np.isinf), (-np.inf, np.isinf)])
def test_a_value_that_is_not_finite_shows_in_the_extremes_wherever_it_is(lay, dtype, value, is_bad):
    for n, row in ((40, 39), *((6000, row) for row in (0, 700, 5998, 5999))):
        array = np.zeros((n, 3), dtype=dtype)
        array[row, 1] = value
        low, high = extremes(lay(array))
        bad = is_bad(low) | is_bad(high)
        assert bad.tolist() == [False, lay is not LAYOUTS["one row over and over"] or row == 0, False]


@layouts
@settings(max_examples=60)
@given(x=arrays, dtype=st.sampled_from(DTYPES), pieces=pieces, some=st.data())
def test_columns_are_those_of_the_array(lay, x, dtype, pieces, some):
    array = lay(x.astype(dtype))
    chosen = some.draw(st.none() | hnp.arrays(np.bool_, len(x)))
    rows = slice(None) if chosen is None or not chosen.any() else np.flatnonzero(chosen)
    with pytest.MonkeyPatch.context() as patch:
        sizes(patch, *pieces)
        found = [column.copy() for column in columns(array, rows)]
    assert len(found) == array.shape[1]
    np.testing.assert_array_equal(np.stack(found, axis=1), array[rows])


@layouts
@pytest.mark.parametrize("dtype", DTYPES, ids=lambda dtype: np.dtype(dtype).str)
def test_columns_are_contiguous_in_a_type_that_processors_have(lay, dtype):
    array = lay(np.ones((40, 3)).astype(dtype))
    for column in columns(array):
        assert column.flags.c_contiguous
        assert column.dtype.isnative
        assert column.dtype != np.float16


def test_columns_in_fortran_order_are_not_copied():
    array = np.asfortranarray(np.ones((40, 3)))
    assert all(np.shares_memory(column, array) for column in columns(array))
