"""Arrays of every library: the same values, the same names and the same score as from an ndarray."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
import torch
import xarray as xr
from numpy.lib.recfunctions import unstructured_to_structured
from scipy import sparse

from disentangle_metrics import DTypeError, InputError, ShapeError, mig
from disentangle_metrics.data.arrays import column_names, to_numpy

rng = np.random.default_rng(0)
# Quarters, which every floating type holds exactly.
FACTORS = rng.integers(3, size=(48, 2))
LATENTS = FACTORS[:, [0, 1, 0]] + rng.integers(-2, 3, size=(48, 3)) / 4

needs_variable_width_strings = pytest.mark.skipif(
    not hasattr(np.dtypes, "StringDType"), reason="numpy has StringDType from 2.0 on"
)


class Table(pd.DataFrame):
    """A table of a library built on pandas."""


class Tensor(torch.Tensor):
    """A tensor of a library built on torch."""


def same(x, dtype, values):
    array = to_numpy(x)
    assert type(array) is np.ndarray
    assert array.dtype == dtype
    assert repr(array.tolist()) == repr(values)  # unlike ==, it tells 1 from True and from 1.0, and NaN is itself


def foreign(module, **methods):
    """An object of a library that is not installed: its module's name, and these methods alone."""
    return type("Foreign", (), {"__module__": module, **methods})()


def refuse(self, *args, **kwargs):
    raise TypeError("implicit conversion is not allowed")


def like_jax(x):
    return foreign("jaxlib._jax", __array__=lambda self, dtype=None, copy=None: x)


def like_tensorflow(x):
    return foreign("tensorflow.python.framework.ops", numpy=lambda self: x, __array__=refuse)


def like_cupy(x):
    return foreign("cupy._core.core", get=lambda self: x, __array__=refuse)


def with_array_alone(x):
    return foreign("a_library", __array__=lambda self, dtype=None, copy=None: x)


def with_dlpack_alone(x):
    return foreign(
        "a_library",
        __dlpack__=lambda self, **options: x.__dlpack__(**options),
        __dlpack_device__=lambda self: x.__dlpack_device__(),
    )


LIBRARIES = {
    "nested lists": np.ndarray.tolist,
    "nested tuples": lambda x: tuple(map(tuple, x.tolist())),
    "list of ndarrays": list,
    "list of tensors": lambda x: [torch.tensor(row) for row in x],
    "list of lists of tensors": lambda x: [[torch.tensor(value) for value in row] for row in x.tolist()],
    "list of cupy rows": lambda x: [like_cupy(row) for row in x],
    "pandas": pd.DataFrame,
    "pandas nullable": lambda x: pd.DataFrame(x).convert_dtypes(),
    "polars": lambda x: pl.DataFrame(x, orient="row"),
    "xarray": xr.DataArray,
    "torch": torch.tensor,
    "torch sparse": lambda x: torch.tensor(x).to_sparse(),
    "torch transposed": lambda x: torch.tensor(x.T.copy()).T,
    "masked array": np.ma.masked_array,
    "structured array": unstructured_to_structured,
    "record array": lambda x: np.rec.fromarrays(list(x.T)),
    "sparse matrix": sparse.csr_matrix,
    "sparse array": sparse.coo_array,
    "big-endian": lambda x: x.astype(x.dtype.newbyteorder(">")),
    "Fortran order": np.asfortranarray,
    "__array__": with_array_alone,
    "__dlpack__": with_dlpack_alone,
    "jax": like_jax,
    "tensorflow": like_tensorflow,
    "cupy": like_cupy,
}


@pytest.mark.parametrize("give", LIBRARIES.values(), ids=LIBRARIES)
def test_mig_is_the_same_from_every_library(give):
    score, expected = mig(give(LATENTS), give(FACTORS)), mig(LATENTS, FACTORS)
    assert score == expected
    assert score.matrix.tolist() == expected.matrix.tolist()


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.float16, torch.bfloat16])
def test_mig_is_the_same_from_every_floating_type_that_holds_the_values(dtype):
    assert mig(torch.tensor(LATENTS, dtype=dtype), torch.tensor(FACTORS, dtype=dtype)) == mig(LATENTS, FACTORS)


@pytest.mark.parametrize(
    "give",
    [
        np.ndarray.tolist,
        lambda x: x.astype(object),
        pd.DataFrame,
        lambda x: pd.DataFrame(x).astype("category"),
        lambda x: pd.DataFrame(x).astype("string"),
        lambda x: pl.DataFrame(x, orient="row"),
        lambda x: pl.DataFrame(x, orient="row").cast(pl.Enum(["blue", "green", "red"])),
        xr.DataArray,
        np.ma.masked_array,
        unstructured_to_structured,
        pytest.param(
            lambda x: x.astype(np.dtypes.StringDType()), marks=needs_variable_width_strings, id="variable-width strings"
        ),
    ],
)
def test_text_labels_score_as_their_codes_from_every_library(give):
    text = np.array(["blue", "green", "red"])[FACTORS]
    assert mig(LATENTS, give(text)) == mig(LATENTS, FACTORS)


@pytest.mark.parametrize("give", [np.ndarray.tolist, lambda x: x.astype(object)], ids=["nested lists", "objects"])
def test_labels_of_bytes_score_as_those_in_an_ndarray(give):
    labels = FACTORS.astype("S1")
    assert mig(LATENTS, give(labels)) == mig(LATENTS, labels)


@pytest.mark.parametrize(
    "give",
    [
        lambda x, names: pd.DataFrame(x, columns=names),
        lambda x, names: pl.DataFrame(x, schema=names, orient="row"),
        lambda x, names: xr.DataArray(x, dims=("row", "column"), coords={"column": names}),
        lambda x, names: unstructured_to_structured(x, names=names),
    ],
    ids=["pandas", "polars", "xarray", "structured array"],
)
def test_a_score_has_the_names_of_the_columns(give):
    score = mig(give(LATENTS, ["x", "y", "size"]), give(FACTORS, ["shape", "color"]))
    assert score.latent_names == ("x", "y", "size")
    assert score.factor_names == ("shape", "color")


@pytest.mark.parametrize(
    ("x", "dtype", "values"),
    [
        pytest.param([[1, 2], [3, 4]], np.int64, [[1, 2], [3, 4]], id="ints"),
        pytest.param(((1, 2.5), (3, 4)), np.float64, [[1.0, 2.5], [3.0, 4.0]], id="tuples"),
        pytest.param([True, False], bool, [True, False], id="bools"),
        pytest.param([["a"], ["b"]], object, [["a"], ["b"]], id="text"),
        pytest.param([[10, "red"], [9, "blue"]], object, [[10, "red"], [9, "blue"]], id="numbers-and-text"),
        pytest.param([[1, None], [2, 3]], object, [[1, None], [2, 3]], id="missing"),
        pytest.param(
            [torch.tensor([1.0, 2.0]), [3.0, 4.0]], np.float64, [[1.0, 2.0], [3.0, 4.0]], id="tensor-and-list"
        ),
        pytest.param(
            [torch.ones(2, dtype=torch.bfloat16, requires_grad=True)], np.float32, [[1.0, 1.0]], id="bfloat16-rows"
        ),
        pytest.param(
            [[torch.tensor(1.0, requires_grad=True), torch.tensor(2.0)]],
            np.float32,
            [[1.0, 2.0]],
            id="scalars-with-a-gradient",
        ),
        pytest.param(
            [[torch.tensor(1.0, dtype=torch.bfloat16)] * 2], np.float32, [[1.0, 1.0]], id="scalars-of-bfloat16"
        ),
        pytest.param([pd.Series([1, 2]), pd.Series([3, 4])], np.int64, [[1, 2], [3, 4]], id="rows-of-pandas"),
        pytest.param([np.ma.masked_array([1.0, 2.0], [0, 1])] * 2, np.float64, [[1.0, np.nan]] * 2, id="masked-rows"),
    ],
)
def test_nested_lists_keep_each_value(x, dtype, values):
    same(x, dtype, values)


@pytest.mark.parametrize(
    ("x", "dtype", "values"),
    [
        pytest.param({"a": [1, 2], "b": [3, 4]}, np.int64, [[1, 3], [2, 4]], id="ints"),
        pytest.param({"a": [1, 2], "b": [0.5, np.nan]}, np.float64, [[1.0, 0.5], [2.0, np.nan]], id="ints-and-floats"),
        pytest.param({"a": [True, False]}, bool, [[True], [False]], id="bools"),
        pytest.param({"a": [True, False], "b": [2, 3]}, np.int64, [[1, 2], [0, 3]], id="bools-and-ints"),
        pytest.param({"a": [1, 2], "b": ["x", "y"]}, object, [[1, "x"], [2, "y"]], id="mixed"),
        pytest.param({"a": ["x", None]}, object, [["x"], [None]], id="text-missing"),
        pytest.param({"a": pd.Categorical(["y", "x"])}, object, [["y"], ["x"]], id="categories"),
        pytest.param({"a": pd.Categorical(["y", None])}, object, [["y"], [None]], id="categories-missing"),
        pytest.param({"a": pd.Categorical([3, 1])}, np.int64, [[3], [1]], id="categories-of-numbers"),
        pytest.param({"a": pd.array([1, 2], "Int64")}, np.int64, [[1], [2]], id="Int64"),
        pytest.param({"a": pd.array([1, None], "Int64")}, object, [[1], [None]], id="Int64-missing"),
        pytest.param({"a": pd.array([1.5, None], "Float64")}, np.float64, [[1.5], [np.nan]], id="Float64-missing"),
        pytest.param({"a": pd.array([True, False], "boolean")}, bool, [[True], [False]], id="boolean"),
        pytest.param({"a": pd.array([True, None], "boolean")}, object, [[True], [None]], id="boolean-missing"),
        pytest.param({"a": pd.array(["x", None], "string")}, object, [["x"], [None]], id="string-missing"),
    ],
)
def test_a_pandas_table_keeps_each_value(x, dtype, values):
    same(pd.DataFrame(x), dtype, values)


@pytest.mark.parametrize(
    ("x", "dtype", "values"),
    [
        pytest.param({"a": [1, 2], "b": [3, 4]}, np.int64, [[1, 3], [2, 4]], id="ints"),
        pytest.param({"a": [1, 2], "b": [0.5, 0.25]}, np.float64, [[1.0, 0.5], [2.0, 0.25]], id="ints-and-floats"),
        pytest.param({"a": [True, False]}, bool, [[True], [False]], id="bools"),
        pytest.param({"a": [1, 2], "b": ["x", "y"]}, object, [[1, "x"], [2, "y"]], id="mixed"),
        pytest.param({"a": [1, None]}, object, [[1], [None]], id="ints-null"),
        pytest.param({"a": [1.5, None]}, np.float64, [[1.5], [np.nan]], id="floats-null"),
        pytest.param({"a": [True, None]}, object, [[True], [None]], id="bools-null"),
        pytest.param({"a": ["x", None]}, object, [["x"], [None]], id="strings-null"),
        pytest.param({"a": pl.Series(["y", "x"], dtype=pl.Categorical)}, object, [["y"], ["x"]], id="categories"),
    ],
)
def test_a_polars_table_keeps_each_value(x, dtype, values):
    same(pl.DataFrame(x), dtype, values)


def test_integers_of_128_bits_keep_each_value():
    assert to_numpy(pl.DataFrame({"a": pl.Series([1, 2**100], dtype=pl.Int128)})).tolist() == [[1], [2**100]]


@pytest.mark.parametrize("series", [pd.Series([1, 2], name="a"), pl.Series("a", [1, 2])], ids=["pandas", "polars"])
def test_a_series_has_one_axis(series):
    same(series, np.int64, [1, 2])


@pytest.mark.parametrize(
    ("x", "dtype", "values"),
    [
        pytest.param(torch.tensor([1.5, 2.0]), np.float32, [1.5, 2.0], id="cpu"),
        pytest.param(torch.tensor([1.5, 2.0], requires_grad=True) * 2, np.float32, [3.0, 4.0], id="in-a-graph"),
        pytest.param(torch.nn.Parameter(torch.tensor([1.5])), np.float32, [1.5], id="parameter"),
        pytest.param(torch.tensor([1.5, 2.0], dtype=torch.bfloat16), np.float32, [1.5, 2.0], id="bfloat16"),
        pytest.param(torch.tensor([1.5, 2.0], dtype=torch.float16), np.float32, [1.5, 2.0], id="float16"),
        pytest.param(torch.tensor([1.5, 2.0]).to(torch.float8_e5m2), np.float32, [1.5, 2.0], id="float8"),
        pytest.param(torch.tensor([True, False]), bool, [True, False], id="bool"),
        pytest.param(torch.tensor([-1, 2], dtype=torch.int8), np.int8, [-1, 2], id="int8"),
        pytest.param(torch.tensor([0.0, 2.0]).to_sparse(), np.float32, [0.0, 2.0], id="sparse"),
        pytest.param(torch.tensor([1 + 2j]).conj(), np.complex64, [1 - 2j], id="conjugate-view"),
        pytest.param(torch.tensor([1 + 2j]).conj().imag, np.float32, [-2.0], id="negative-view"),
    ],
)
def test_a_torch_tensor_keeps_each_value(x, dtype, values):
    same(x, dtype, values)


@pytest.mark.parametrize(
    ("x", "dtype", "values"),
    [
        pytest.param(np.ma.masked_array([1, 2], [False, False]), np.int64, [1, 2], id="nothing-masked"),
        pytest.param(np.ma.masked_array([1, 2], [False, True]), object, [1, None], id="ints"),
        pytest.param(np.ma.masked_array([1.5, 2.5], [False, True]), np.float64, [1.5, np.nan], id="floats"),
        pytest.param(
            np.ma.masked_array(np.float32([1.5, 2.5]), [False, True]), np.float32, [1.5, np.nan], id="single-precision"
        ),
        pytest.param(np.ma.masked_array(["x", "y"], [False, True]), object, ["x", None], id="text"),
        pytest.param(np.ma.masked_array([True, False], [False, True]), object, [True, None], id="bools"),
        pytest.param(
            np.ma.masked_array([(1, 2.5), (3, 4.5)], [(False, True), (False, False)], [("a", int), ("b", float)]),
            np.float64,
            [[1.0, np.nan], [3.0, 4.5]],
            id="records",
        ),
    ],
)
def test_a_masked_value_is_missing(x, dtype, values):
    same(x, dtype, values)


@pytest.mark.parametrize(
    ("x", "dtype", "values"),
    [
        pytest.param(
            np.array([(1, 2.5), (3, 4.5)], dtype=[("a", int), ("b", float)]),
            np.float64,
            [[1.0, 2.5], [3.0, 4.5]],
            id="numbers",
        ),
        pytest.param(
            np.array([(1, "x"), (3, "y")], dtype=[("a", int), ("b", "U1")]), object, [[1, "x"], [3, "y"]], id="mixed"
        ),
    ],
)
def test_the_fields_of_a_structured_array_are_columns(x, dtype, values):
    same(x, dtype, values)


@needs_variable_width_strings
def test_variable_width_strings_become_objects():
    strings = np.array([["x"], [None]], dtype=np.dtypes.StringDType(na_object=None))
    same(strings, object, [["x"], [None]])


def test_a_sparse_matrix_becomes_dense():
    same(sparse.csr_matrix([[1, 0], [0, 2]]), np.int64, [[1, 0], [0, 2]])


@pytest.mark.parametrize(
    "table",
    [
        pd.DataFrame({"identity": [2**60, 2**60 + 1], "size": [0.5, 1.5]}),
        pl.DataFrame({"identity": [2**60, 2**60 + 1], "size": [0.5, 1.5]}),
        np.array([(2**60, 0.5), (2**60 + 1, 1.5)], dtype=[("identity", int), ("size", float)]),
        [[2**60, 0.5], [2**60 + 1, 1.5]],
        [[2**63, -1], [2**63 + 1, -2]],
    ],
    ids=["pandas", "polars", "structured array", "nested lists", "nested lists of unsigned and signed"],
)
def test_integers_that_a_float_cannot_hold_stay_apart(table):
    first, second = to_numpy(table)[:, 0]
    assert second - first == 1


@pytest.mark.parametrize(
    "give",
    [np.asarray, torch.from_numpy, xr.DataArray, np.ma.masked_array, like_jax, with_dlpack_alone],
    ids=["numpy", "torch", "xarray", "masked array", "__array__", "__dlpack__"],
)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_memory_that_can_be_shared_is_not_copied(give, dtype):
    array = LATENTS.astype(dtype)
    assert np.shares_memory(to_numpy(give(array)), array)


def test_a_memory_map_is_read_where_it_is(tmp_path):
    np.save(tmp_path / "latents.npy", LATENTS)
    mapped = np.load(tmp_path / "latents.npy", mmap_mode="r")
    assert np.shares_memory(to_numpy(mapped), mapped)
    assert mig(mapped, FACTORS) == mig(LATENTS, FACTORS)


@pytest.mark.parametrize(
    "x",
    [Table({"a": pd.array([1, 2], "Int64")}), torch.tensor([[1.0], [2.0]], requires_grad=True).as_subclass(Tensor)],
    ids=["pandas", "torch"],
)
def test_a_subclass_is_read_as_its_parent(x):
    assert to_numpy(x).tolist() == [[1], [2]]


@pytest.mark.parametrize(
    ("x", "names"),
    [
        pytest.param(pd.DataFrame({"a": [1], "b": [2]}), ("a", "b"), id="pandas"),
        pytest.param(pd.DataFrame([[1, 2]]), None, id="pandas-without-names"),
        pytest.param(pd.DataFrame([[1, 2]], columns=[3, 7]), ("3", "7"), id="pandas-numbers"),
        pytest.param(pd.DataFrame({"a": [1], "b": [2]})[["b"]], ("b",), id="pandas-one-column"),
        pytest.param(pd.Series([1], name="a"), ("a",), id="pandas-series"),
        pytest.param(pd.Series([1]), None, id="pandas-series-without-name"),
        pytest.param(Table({"a": [1], "b": [2]}), ("a", "b"), id="pandas-subclass"),
        pytest.param(pl.DataFrame({"a": [1], "b": [2]}), ("a", "b"), id="polars"),
        pytest.param(pl.Series("a", [1]), ("a",), id="polars-series"),
        pytest.param(pl.Series([1]), None, id="polars-series-without-name"),
        pytest.param(xr.DataArray([[1, 2]], dims=("n", "z"), coords={"z": ["a", "b"]}), ("a", "b"), id="xarray"),
        pytest.param(xr.DataArray([[1, 2]], dims=("n", "z")), None, id="xarray-without-coordinate"),
        pytest.param(
            xr.DataArray([[1, 2]], dims=("n", "z"), coords={"n": ["r"]}), None, id="xarray-with-names-of-rows-alone"
        ),
        pytest.param(xr.DataArray([1, 2]), None, id="xarray-one-axis"),
        pytest.param(xr.Variable(("n", "z"), [[1, 2]]), None, id="xarray-variable"),
        pytest.param(np.zeros(1, dtype=[("a", int), ("b", int)]), ("a", "b"), id="structured-array"),
        pytest.param(np.zeros((1, 2)), None, id="ndarray"),
        pytest.param([[1, 2]], None, id="list"),
        pytest.param(torch.zeros(1, 2), None, id="torch"),
    ],
)
def test_columns_have_names_only_if_they_were_given_some(x, names):
    assert column_names(x) == names


@pytest.mark.parametrize(
    ("x", "name"),
    [("latents.npz", "str"), (b"12", "bytes"), (None, "NoneType"), (3, "int"), ({1}, "set")],
)
def test_what_is_no_array_is_named(x, name):
    with pytest.raises(DTypeError, match=f"expected an array and got {name}. Pass an ndarray, a tensor, a table or"):
        to_numpy(x)


@pytest.mark.parametrize(
    ("x", "name"),
    [
        (torch.nn.Linear(2, 2), "Linear"),
        (torch.utils.data.TensorDataset(torch.zeros(2, 2)), "TensorDataset"),
        (pl.DataFrame({"a": [1]}).lazy(), "LazyFrame"),
        (pd.DataFrame({"a": [1]}).groupby("a"), "DataFrameGroupBy"),
        (xr.Dataset({"a": ("n", [1])}), "Dataset"),
        (foreign("tensorflow.python.data.ops.dataset_ops"), "Foreign"),
        (foreign("cupy.random._generator"), "Foreign"),
        (np.ndarray, "type"),
        (pd.DataFrame, "type"),
    ],
    ids=lambda x: x if isinstance(x, str) else type(x).__name__,
)
def test_what_is_no_array_is_named_even_if_its_library_is_known(x, name):
    with pytest.raises(DTypeError, match=name):
        to_numpy(x)


@pytest.mark.parametrize(
    "x",
    [
        [[1, 2], [3]],
        [["a", "b"], ["c"]],
        [[1, 2], 3],
        [torch.zeros(2), torch.zeros(3)],
        [np.zeros(2), np.zeros(3)],
    ],
    ids=["numbers", "text", "rows-and-numbers", "tensors", "ndarrays"],
)
def test_ragged_rows_are_refused(x):
    with pytest.raises(ShapeError, match=r"rows have unequal lengths.*Pass a rectangular array"):
        to_numpy(x)


def test_raw_bytes_of_no_known_type_are_refused():
    with pytest.raises(DTypeError, match=r"dtype \|V4 cannot be read. Pass numbers or labels"):
        to_numpy(np.zeros(3, dtype="V4"))


@pytest.mark.parametrize(
    "x", [torch.zeros(2, 2, device="meta"), pd.MultiIndex.from_tuples([(1, 2), (3, 4)])], ids=["meta", "MultiIndex"]
)
def test_an_array_whose_values_cannot_be_read_is_refused(x):
    with pytest.raises(InputError):
        to_numpy(x)


def test_an_array_that_is_not_in_main_memory_is_refused():
    def refuse(self, **options):
        raise BufferError("not on the CPU")

    with pytest.raises(InputError):
        to_numpy(foreign("a_library", __dlpack__=refuse, __dlpack_device__=lambda self: (2, 0)))


@pytest.mark.parametrize(
    "table",
    [
        pd.DataFrame(),
        pd.DataFrame({"a": pd.Series([], dtype=float), "b": pd.Series([], dtype=float)}),
        pd.DataFrame({"a": pd.Series([], dtype=int), "b": pd.Series([], dtype=float)}),
        pl.DataFrame(),
        pl.DataFrame(schema={"a": pl.Float64, "b": pl.Int64}),
        [],
        [[], []],
    ],
    ids=["pandas", "pandas-floats", "pandas-mixed", "polars", "polars-mixed", "list", "lists"],
)
def test_a_table_without_values_is_refused(table):
    with pytest.raises(ShapeError, match=r"latents (is empty|has shape)"):
        mig(table, table)
