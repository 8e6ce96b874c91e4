"""Bad arrays: the class of the error, and the part of the message that says how to mend it."""

import re

import numpy as np
import pandas as pd
import pytest
from small_arrays import FACTORS, LATENTS, both_metrics

from disentangle_metrics import DisentangleError, DTypeError, InputError, NonFiniteError, OptionError, ShapeError, mig

DAYS = np.datetime64("2020-01-01") + FACTORS


def put(array, **values):
    """A copy of an array with some values replaced: row_7_1=... is row 7, column 1."""
    array = array.copy()
    for where, value in values.items():
        _, row, column = where.split("_")
        array[int(row), int(column)] = value
    return array


def objects(array, **values):
    return put(array.astype(object), **values)


BAD_SHAPES = {
    "latents transposed": (
        LATENTS.T,
        FACTORS,
        "latents has 3 samples and factors has 40 (shapes (3, 40) and (40, 2)); axis 0 must be samples in both. "
        "latents looks transposed: pass latents.T.",
    ),
    "factors transposed": (
        LATENTS,
        FACTORS.T,
        "latents has 40 samples and factors has 2 (shapes (40, 3) and (2, 40)); axis 0 must be samples in both. "
        "factors looks transposed: pass factors.T.",
    ),
    "both transposed": (LATENTS.T, FACTORS.T, "Both look transposed: pass latents.T and factors.T."),
    "both transposed to one shape": (
        LATENTS[:, :2].T,
        FACTORS.T,
        "both have shape (2, 40): 2 samples of 40 factors. Both look transposed: pass latents.T and factors.T.",
    ),
    "fewer rows of latents": (
        LATENTS[:30],
        FACTORS,
        "latents has 30 samples and factors has 40 (shapes (30, 3) and (40, 2)); axis 0 must be samples in both. "
        "Score the rows that both have, in the same order.",
    ),
    "no rows": (LATENTS[:0], FACTORS[:0], "latents is empty: shape (0, 3). Pass at least two samples."),
    "no latents": (LATENTS[:, :0], FACTORS, "latents is empty: shape (40, 0)."),
    "no factors": (LATENTS, FACTORS[:, :0], "factors is empty: shape (40, 0)."),
    "one row": (LATENTS[:1], FACTORS[:1], "there is 1 sample; a score needs at least two."),
    "one latent": (
        LATENTS[:, :1],
        FACTORS,
        "latents has 1 column (shape (40, 1)); ",
    ),
    "latents with one axis": (
        LATENTS[:, 0],
        FACTORS,
        "latents has shape (40,); expected 2 axes, (n_samples, n_latents). Pass an array with one row per sample.",
    ),
    "latents with three axes": (
        np.zeros((40, 3, 4)),
        FACTORS,
        "latents has shape (40, 3, 4); expected 2 axes, (n_samples, n_latents). "
        "Flatten the axes after the first, for example reshape(40, 12), or pick a slice.",
    ),
    "factors with three axes": (LATENTS, np.zeros((40, 2, 1)), "factors has shape (40, 2, 1); expected 2 axes"),
    "a number for latents": (np.float64(3), FACTORS, "latents has shape (); expected 2 axes"),
    "a number for factors": (LATENTS, np.float64(3), "factors has shape (); expected 2 axes"),
}


@both_metrics
@pytest.mark.parametrize(("latents", "factors", "message"), BAD_SHAPES.values(), ids=BAD_SHAPES)
def test_arrays_of_the_wrong_shape_are_refused(metric, latents, factors, message):
    with pytest.raises(ShapeError, match=re.escape(message)):
        metric(latents, factors)


BAD_LATENTS = {
    "NaN": (
        put(LATENTS, row_7_1=np.nan, row_9_0=np.nan, row_9_2=np.nan),
        NonFiniteError,
        r"3 NaN.* in 2 rows \(first at row 7, column 1.*Drop those rows from latents and factors alike",
    ),
    "infinite": (put(LATENTS, row_4_0=-np.inf), NonFiniteError, r"1 inf.* in 1 row.*\(first at row 4, column 0"),
    "NaN and infinite": (
        put(LATENTS, row_7_1=np.nan, row_3_2=np.inf),
        NonFiniteError,
        r"2 NaN or inf.* in 2 rows \(first at row 3, column 2",
    ),
    "NaN in single precision": (
        put(LATENTS, row_7_1=np.nan).astype(np.float32),
        NonFiniteError,
        r"1 NaN.* \(first at row 7, column 1",
    ),
    "a masked value": (
        np.ma.masked_values(LATENTS, LATENTS[7, 1]),
        NonFiniteError,
        r"1 NaN.* \(first at row 7, column 1",
    ),
    "numbers as objects": (objects(LATENTS), DTypeError, r"dtype object. Pass numbers, for example latents.astype"),
    "text among numbers": (
        objects(LATENTS, row_3_1="red"),
        DTypeError,
        r"dtype object. Column 1, 'z1', holds 'red' at row 3. Keep only the columns of numbers",
    ),
    "None among numbers": (
        objects(LATENTS, row_3_1=None),
        DTypeError,
        r"missing at row 3, column 1, 'z1'. Drop such rows from latents and factors alike",
    ),
    "a table with a column of text": (
        pd.DataFrame(LATENTS, columns=["x", "y", "z"]).assign(file="a.png"),
        DTypeError,
        r"Column 3, 'file', holds 'a.png' at row 0. Keep only the columns of numbers",
    ),
    "complex": (LATENTS + 1j, DTypeError, r"complex \(complex128\). Pass real numbers, for example np.hstack"),
    "text": (LATENTS.astype(str), DTypeError, r"dtype <U32. Pass numbers; text cannot be a latent"),
    "nested lists of text": (LATENTS.astype(str).tolist(), DTypeError, r"Column 0, 'z0', holds '.*' at row 0"),
    "dates": (DAYS, DTypeError, r"dtype datetime64\[D\]. Pass numbers"),
    "a file name": ("latents.npz", DTypeError, "expected an array and got str"),
    "a dict": ({"mean": LATENTS}, ShapeError, "Pass that array itself, or a mapping from names to columns"),
    "None": (None, DTypeError, "expected an array and got NoneType"),
    "ragged lists": ([[1, 2], [3]], ShapeError, "rows have unequal lengths"),
}


@both_metrics
@pytest.mark.parametrize(("latents", "error", "message"), BAD_LATENTS.values(), ids=BAD_LATENTS)
def test_latents_that_are_not_finite_numbers_are_refused(metric, latents, error, message):
    with pytest.raises(error, match=message):
        metric(latents, FACTORS)


BAD_FACTORS = {
    "infinite": (
        put(FACTORS.astype(float), row_5_1=np.inf),
        NonFiniteError,
        r"factor 'v1' has infinite labels \(first at row 5\). Mark missing labels by NaN, or drop the row",
    ),
    "infinite after NaN": (
        put(FACTORS.astype(float), row_2_1=np.nan, row_5_1=-np.inf),
        NonFiniteError,
        r"'v1' has infinite labels \(first at row 5\)",
    ),
    "infinite among objects": (objects(FACTORS, row_5_1=np.inf), NonFiniteError, r"'v1'.* \(first at row 5\)"),
    "complex": (FACTORS + 1j, DTypeError, r"complex \(complex128\). Pass real numbers or labels"),
    "complex among objects": (objects(FACTORS, row_5_1=1j), DTypeError, "'v1' holds values of type complex and int"),
    "dates": (DAYS, DTypeError, r"dtype datetime64\[D\]. Pass numbers, bools or text"),
    "durations": (DAYS - DAYS[0], DTypeError, r"dtype timedelta64\[D\]. Pass numbers, bools or text"),
    "dates in a table": (
        pd.DataFrame({"when": pd.to_datetime(DAYS[:, 0])}),
        DTypeError,
        "'when' holds values of type .*Labels must be all text or all numbers",
    ),
    "text among numbers": (
        objects(FACTORS, row_3_1="red"),
        DTypeError,
        "'v1' holds values of type int and str. Labels must be all text or all numbers",
    ),
    "a dict among numbers": (objects(FACTORS, row_3_1={}), DTypeError, "'v1' holds values of type dict and int"),
    "a set among text": (
        objects(FACTORS.astype(str), row_3_1={1}),
        DTypeError,
        "'v1' holds values of type set and str",
    ),
    "dicts": ([{"shape": 1}, {"shape": 2}] * 20, DTypeError, "'v0' holds values of type dict"),
    "a file name": ("factors.npz", DTypeError, "expected an array and got str"),
    "None": (None, OptionError, "factors are missing. Pass two arrays, or one Representation"),
    "all constant": (
        np.full((40, 2), 7),
        InputError,
        r"'v0' \(column 0\) has the single value 7, .*No factor varies: there is nothing to separate",
    ),
    "all missing": (np.full((40, 2), np.nan), InputError, r"'v0' \(column 0\) has no label at all.*No factor varies"),
}


@both_metrics
@pytest.mark.parametrize(("factors", "error", "message"), BAD_FACTORS.values(), ids=BAD_FACTORS)
def test_factors_that_are_not_labels_are_refused(metric, factors, error, message):
    with pytest.raises(error, match=message):
        metric(LATENTS, factors)


@both_metrics
def test_text_cannot_be_continuous(metric):
    colors = np.array(["blue", "green", "red"])[FACTORS]
    with pytest.raises(
        DTypeError, match=r"'v0' has text labels such as 'blue', .*Treat it as categorical, or pass num"
    ):
        metric(LATENTS, colors, factor_kinds="continuous")


@pytest.mark.parametrize("error", [ShapeError, DTypeError, NonFiniteError, InputError, OptionError])
def test_every_error_is_a_value_error_and_one_of_ours(error):
    assert issubclass(error, ValueError)
    assert issubclass(error, DisentangleError)


def test_a_wrong_type_is_a_type_error_too():
    assert issubclass(DTypeError, TypeError)


@both_metrics
def test_tables_with_the_same_rows_in_another_order_are_refused(metric):
    latents, factors = pd.DataFrame(LATENTS), pd.DataFrame(FACTORS)
    with pytest.raises(InputError, match=r"same row labels in another order. .*\(factors.loc\[latents.index\]\)"):
        metric(latents, factors.sample(frac=1, random_state=0))
    assert metric(latents, factors.set_index(np.arange(40) + 100)) == metric(latents, factors)


def test_arguments_that_look_swapped_are_noted():
    rng = np.random.default_rng(0)
    latents, factors = rng.normal(size=(200, 3)), rng.integers(3, size=(200, 2))
    assert any("are the two arguments swapped?" in note for note in mig(factors, latents).notes)
    assert not any("swapped" in note for note in mig(latents, factors).notes)
