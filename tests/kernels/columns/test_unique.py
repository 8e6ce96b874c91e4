"""Distinct values of a column and their places equal those of numpy.unique, by every method."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from disentangle_metrics import config
from disentangle_metrics.kernels.columns import unique as module
from disentangle_metrics.kernels.columns.unique import distinct, of_columns, sort

rng = np.random.default_rng(0)
SMALL = rng.integers(40, size=6000)
COLUMNS = {
    "int64": SMALL,
    "int8 from its least to its largest": rng.integers(-128, 128, size=6000).astype(np.int8),
    "uint8 from 0 to 255": rng.integers(256, size=6000).astype(np.uint8),
    "uint64 beyond int64": SMALL.astype(np.uint64) + np.uint64(2**63),
    "the least int64": SMALL + np.iinfo(np.int64).min,
    "negative": SMALL - 1000,
    "gaps": 13 * SMALL,
    "large and far apart": (SMALL - 20) * 10**15,
    "row numbers": np.arange(6000),
    "row numbers far apart": np.arange(6000) * 10**12,
    "bool": SMALL > 10,
    "True alone": np.ones(6000, dtype=bool),
    "whole floats": SMALL.astype(float),
    "whole floats far apart": SMALL * 1e15,
    "floats beyond whole numbers": SMALL * 1e30,
    "the largest floats": (SMALL - 20) * 8e306,
    "the least floats": SMALL * 5e-324,
    "fractions": SMALL / 7,
    "float16": (SMALL / 8).astype(np.float16),
    "float32": (SMALL / 7).astype(np.float32),
    "longdouble": SMALL.astype(np.longdouble) / 7,
    "big-endian": (SMALL / 7).astype(">f8"),
    "fractions close together": 1 + SMALL * 2.0**-52,
    "many fractions close together": np.append(1 + SMALL * 2.0**-52, [0.0, 1e9]),
    "a rare fraction": np.where(np.arange(6000) == 4321, 0.123, SMALL / 7),
    "many rare fractions": np.where(np.arange(6000) % 30 == 7, np.arange(6000) / 6007, SMALL / 7),
    "too many rare fractions": np.where(np.arange(6000) % 6 == 0, SMALL / 7, np.arange(6000) / 6007),
    "measurements": rng.normal(size=6000),
    "both zeros": np.where(SMALL > 10, 0.0, -0.0),
    "text": np.array([f"v{i}" for i in range(40)])[SMALL],
    "a rare text": np.where(np.arange(6000) == 4321, "zzz", np.array([f"v{i}" for i in range(40)])[SMALL]),
    "bytes": SMALL.astype("S2"),
    "objects": SMALL.astype(object),
    "large objects": np.array([2**70 + int(i) for i in SMALL], dtype=object),
    "nothing": np.array([]),
    "one": np.array([0.5]),
    "constant": np.full(6000, 0.1),
    "a constant beyond whole numbers": np.full(6000, -1e30),
}


@pytest.fixture(params=["numpy", "fast"], scope="module")
def backend(request):
    with config.using(backend=request.param):
        yield request.param


def check(column):
    same_as_numpy(column, *distinct(column))


def same_as_numpy(column, values, codes, counts):
    expected, inverse, times = np.unique(column, return_inverse=True, return_counts=True)
    np.testing.assert_array_equal(values, expected)
    assert values.dtype.newbyteorder("=") == column.dtype.newbyteorder("=")
    if codes is None:
        assert column.dtype.kind == "f"
        codes = sort(column)[1]
    np.testing.assert_array_equal(codes, inverse.reshape(-1))
    assert codes.dtype.kind == "u"
    if counts is not None:
        np.testing.assert_array_equal(counts, times)


@pytest.mark.parametrize("column", COLUMNS.values(), ids=COLUMNS)
@pytest.mark.parametrize("chunk", [700, 1 << 15])
def test_they_are_those_of_numpy(backend, column, chunk, monkeypatch):
    monkeypatch.setattr(module, "_CHUNK", chunk)
    check(column)
    check(column[:50])


def test_few_values_take_a_byte_each():
    for name in ("int64", "uint64 beyond int64", "gaps", "large and far apart", "bool", "fractions", "text"):
        assert distinct(COLUMNS[name]).codes.itemsize == 1, name


def test_measurements_are_not_coded():
    assert distinct(COLUMNS["measurements"]).codes is None


@given(
    x=hnp.arrays(np.int64, st.integers(1, 60), elements=st.integers(-9, 9)),
    scale=st.sampled_from([1, 3, 10**6, 10**17, 0.5, 1e-9, 1e300, np.float32(0.1)]),
)
def test_they_are_those_of_numpy_in_small(backend, x, scale):
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {"_RANGE": 8, "_SHORT": 2, "_SAMPLE": 2, "_FEW": 9, "_PARTS": 8, "_CHUNK": 7}.items():
            patch.setattr(module, name, value)
        check(x * scale)


# Columns of whole numbers that are looked at together.
TABLES = {
    "few": [SMALL, SMALL % 3, -SMALL],
    "a late one below the others": [SMALL, np.append(SMALL[1:], -7), SMALL],
    "a late one far above the others": [SMALL, np.append(SMALL[1:], 3000), SMALL],
    "too many for a byte": [SMALL, 100 * SMALL, SMALL],
    "a late one further than two bytes": [SMALL, np.append(SMALL[1:], 70_000), SMALL],
    "one far apart among others": [SMALL, SMALL * 10**12, SMALL % 3],
    "row numbers among others": [np.arange(6000)[::-1], SMALL, SMALL],
    "the ends of int64": [SMALL, np.where(SMALL > 20, np.iinfo(np.int64).max, np.iinfo(np.int64).min), SMALL],
    "the largest int64 and late the least": [
        np.where(np.arange(6000) == 5000, np.iinfo(np.int64).min, np.iinfo(np.int64).max - SMALL % 2)
    ],
    "big-endian": [SMALL.astype(">u4"), (SMALL % 3).astype(">u4")],
    "many, and one long": [SMALL % 300 + 8 * SMALL, *([SMALL] * 40)],
    "the largest int64": [SMALL, np.iinfo(np.int64).max - SMALL, SMALL],
}


@pytest.mark.parametrize("columns", TABLES.values(), ids=TABLES)
@pytest.mark.parametrize("layout", ["C", "F"])
def test_those_of_several_columns_are_those_of_each(backend, columns, layout):
    table = np.asarray(np.column_stack(columns), order=layout)
    for last in (6000, 50, 1):
        rows = table[-last:]
        for column, found in zip(rows.T, of_columns(rows), strict=True):
            if int(column.max()) - int(column.min()) >= max(4096, last):
                assert found is None
            else:
                same_as_numpy(column, *found)
