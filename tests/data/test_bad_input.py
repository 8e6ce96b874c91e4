"""Bad arrays and bad options: the class of the error, and the part of the message that says how to mend it."""

import re
import tracemalloc
import warnings

import numpy as np
import pandas as pd
import pytest
from conftest import plain
from sklearn.cluster import KMeans
from sklearn.linear_model import Ridge
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler

from disentangle_metrics import (
    BiasWarning,
    DegenerateFactorWarning,
    DisentangleError,
    DTypeError,
    InactiveLatentWarning,
    InputError,
    NonFiniteError,
    OptionError,
    Representation,
    ShapeError,
    Tree,
    mig,
    sap,
)

rng = np.random.default_rng(0)
FACTORS = rng.integers(3, size=(40, 2))
LATENTS = FACTORS[:, [0, 1, 0]] + 0.3 * rng.normal(size=(40, 3))
DAYS = np.datetime64("2020-01-01") + FACTORS

both_metrics = pytest.mark.parametrize("metric", [mig, sap])


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
    "a dict": ({"mean": LATENTS}, DTypeError, "expected an array and got dict"),
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


def refuses(metric, options, message):
    with pytest.raises(OptionError, match=re.escape(message)):
        metric(LATENTS, FACTORS, **options)


@pytest.mark.parametrize(
    ("metric", "option", "value", "meant"),
    [
        (mig, "discretizer", "quantiles", "quantile"),
        (mig, "entropy", "plug-in", "plugin"),
        (mig, "entropy", "millermadow", "miller-madow"),
        (mig, "normalizer", "factors", "factor"),
        (mig, "aggregate", "meen", "mean"),
        (mig, "degenerate", "rase", "raise"),
        (mig, "factor_kinds", "contnuous", "continuous"),
        (sap, "probe", "logistc", "logistic"),
        (sap, "probe", "linear-smv", "linear-svm"),
        (sap, "scoring", "acuracy", "accuracy"),
        (sap, "class_weight", "balancd", "balanced"),
        (sap, "inactive", "zeros", "zero"),
        (sap, "aggregate", "meen", "mean"),
        (sap, "degenerate", "rase", "raise"),
        (sap, "factor_kinds", "categoric", "categorical"),
    ],
)
def test_a_name_that_is_nearly_right_gets_a_hint(metric, option, value, meant):
    with pytest.raises(OptionError, match=rf"{option}='{value}' is not known. Use one of .*Did you mean '{meant}'\?"):
        metric(LATENTS, FACTORS, **{option: value})


@pytest.mark.parametrize(
    ("metric", "option"),
    [
        *[(mig, option) for option in ("discretizer", "entropy", "normalizer", "aggregate", "degenerate")],
        *[(sap, option) for option in ("probe", "scoring", "evaluate_on", "aggregate", "degenerate")],
    ],
)
@pytest.mark.parametrize("value", [None, 7, "", "xxxxxx", ["mean"]], ids=repr)
def test_a_value_that_is_no_name_is_refused_with_the_names_there_are(metric, option, value):
    refuses(metric, {option: value}, f"{option}={value!r} is not known. Use one of [")


@pytest.mark.parametrize("option", ["n_bins", "factor_bins"])
@pytest.mark.parametrize(
    ("value", "message"),
    [
        (0, "is out of range. Use a whole number between 2 and 65536."),
        (1, "is out of range. Use a whole number between 2 and 65536."),
        (-20, "is out of range."),
        (65537, "is out of range."),
        (10**9, "is out of range."),
        (True, "is out of range."),
        (2.5, "is not a whole number. Use one between 2 and 65536."),
        (20.0, "is not a whole number."),
        ("20", "is not a whole number."),
        (None, "is not a whole number."),
        ([20], "is not a whole number."),
    ],
)
def test_numbers_of_bins_that_make_no_bins_are_refused(option, value, message):
    refuses(mig, {option: value}, f"{option}={value!r} {message}")


@pytest.mark.parametrize("n_bins", [2, np.int8(20), 65536])
def test_any_whole_number_of_bins_in_range_will_do(n_bins):
    assert 0 <= mig(LATENTS, FACTORS, n_bins=n_bins) <= 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"C": 0}, "C=0 is out of range. Use a number between 0 and 1e+09"),
        ({"C": -1.5}, "C=-1.5 is out of range."),
        ({"C": np.nan}, "C=nan is out of range."),
        ({"C": np.inf}, "C=inf is out of range."),
        ({"C": True}, "C=True is out of range."),
        ({"C": "big"}, "C='big' is not known. Use a number, or 'tuned'."),
        ({"C": [1.0]}, "C=[1.0] is out of range."),
        ({"C": np.array([1.0, 2.0])}, "C=array([1., 2.]) is out of range."),
        (
            {"probe": "tree", "C": 1},
            "C=1 belongs to the probes ['linear-svm', 'logistic', 'multinomial'] and not",
        ),
        ({"probe": "r2", "C": "tuned"}, "C='tuned' belongs to the probes"),
        (
            {"probe": Ridge(), "C": 1.0},
            "C=1.0 belongs to the probes ['linear-svm', 'logistic', 'multinomial']",
        ),
        ({"probe": Tree(3), "C": 1.0}, "and not to Tree(max_depth=3"),
        ({"probe": "threshold", "class_weight": "balanced"}, "class_weight='balanced' belongs to the probes"),
        ({"probe": "logistc", "C": 1.0}, "probe='logistc' is not known."),
        ({"class_weight": {0: 1}}, "class_weight={0: 1} is not known. Use one of ['balanced', 'none']."),
        ({"class_weight": 0}, "class_weight=0 is not known."),
        ({"class_weight": ""}, "class_weight='' is not known."),
        ({"standardize": None}, "standardize=None is not known. Use True or False."),
        ({"standardize": 1}, "standardize=1 is not known. Use True or False."),
        ({"shuffle": "no"}, "shuffle='no' is not known. Use True or False."),
    ],
    ids=plain,
)
def test_settings_of_a_probe_that_do_not_fit_are_refused(options, message):
    refuses(sap, options, message)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"test_size": 0}, "test_size=0 is out of range. Use a number between 0 and 1, both excluded, for a share"),
        ({"test_size": 1.0}, "test_size=1.0 is out of range."),
        (
            {"test_size": 2.0},
            "out of range. Use a number between 0 and 1, both excluded, for a share of the rows, or a whole",
        ),
        ({"test_size": -3}, "test_size=-3 is out of range."),
        (
            {"test_size": 40},
            "test_size=40 rows leave none to train: 40 rows have a label. Use fewer, a share of the rows",
        ),
        ({"test_size": 10**400}, "rows leave none to train"),
        ({"test_size": -0.2}, "test_size=-0.2 is out of range."),
        ({"test_size": np.nan}, "test_size=nan is out of range."),
        ({"test_size": True}, "test_size=True is out of range."),
        ({"test_size": np.True_}, "test_size=np.True_ is out of range."),
        ({"test_size": "a"}, "test_size='a' is out of range."),
        ({"test_size": None}, "test_size=None is out of range."),
        ({"test_size": 0.999}, "test_size=0.999 splits 40 labeled rows into 0 to train and 40 to test. Use another"),
        ({"test_size": 1e-17, "shuffle": False}, "splits 40 labeled rows into 40 to train and 0 to test."),
        ({"cv": 0}, "cv=0 is out of range. Use a whole number of at least 2."),
        ({"cv": 1}, "cv=1 is out of range."),
        ({"cv": True}, "cv=True is out of range."),
        ({"cv": 2.5}, "cv=2.5 is not a whole number. Use one of at least 2."),
        ({"cv": "5"}, "cv='5' is not a whole number."),
        ({"cv": 41}, "cv=41 needs at least 41 labeled rows and there are 40. Use fewer folds."),
        ({"n_repeats": 0}, "n_repeats=0 is out of range. Use a whole number of at least 1."),
        ({"n_repeats": 1.5}, "n_repeats=1.5 is not a whole number."),
        ({"n_repeats": 2, "shuffle": False}, "n_repeats=2 needs shuffle=True: without it every repeat is the same."),
    ],
    ids=plain,
)
def test_splits_that_cannot_be_made_are_refused(options, message):
    refuses(sap, options, message)


def test_only_rows_with_a_label_can_be_split():
    factors = np.where(np.arange(40) < 4, np.arange(40) % 2, np.nan)
    with pytest.raises(OptionError, match="cv=5 needs at least 5 labeled rows and there are 4"):
        sap(LATENTS, factors, cv=5)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"random_state": "a"}, "random_state='a' is not a whole number. Use one between 0 and 4294967295."),
        ({"random_state": 1.5}, "random_state=1.5 is not a whole number."),
        ({"random_state": True}, "random_state=True is out of range."),
        ({"random_state": -1}, "random_state=-1 is out of range. Use a whole number between 0 and 4294967295."),
        ({"random_state": 2**32}, "random_state=4294967296 is out of range."),
        ({"random_state": 2**32 - 1, "n_repeats": 2}, "random_state=4294967295 is out of range."),
        ({"random_state": np.random.RandomState(0)}, "random_state is a RandomState. Use a whole number, a numpy.rand"),
        ({"random_state": "a", "shuffle": False}, "random_state='a' is not a whole number."),
    ],
    ids=plain,
)
def test_seeds_that_are_none_are_refused(options, message):
    refuses(sap, options, message)


@pytest.mark.parametrize(
    ("probe", "message"),
    [
        (KNeighborsClassifier, "is neither a classifier nor a regressor. Pass an instance of one, for example"),
        (Ridge, "is neither a classifier nor a regressor. Pass an instance of one, for example"),
        (KMeans(2), "probe=KMeans(n_clusters=2) is neither a classifier nor a regressor."),
        (StandardScaler(), "probe=StandardScaler() is not known. Use one of"),
        (Tree, "Tree(...), or an instance of a scikit-learn classifier or regressor."),
        (len, "or an instance of a scikit-learn classifier or regressor."),
        ({"max_depth": 3}, "probe={'max_depth': 3} is not known."),
    ],
    ids=plain,
)
def test_probes_that_cannot_predict_are_refused(probe, message):
    with pytest.raises(OptionError, match=re.escape(message)):
        sap(LATENTS, FACTORS, probe=probe)


@pytest.mark.parametrize("parameters", [{"max_depth": 0}, {"max_depth": "deep"}, {"min_samples_leaf": 0}], ids=plain)
def test_trees_that_cannot_grow_are_refused(parameters):
    ((name, value),) = parameters.items()
    with pytest.raises(OptionError, match=f"{name}={value!r}"):
        Tree(**parameters)


@pytest.mark.parametrize(
    ("cut", "message"),
    [
        (lambda values, n_bins: values, "the discretizer returned float64 of shape (40,)"),
        (lambda values, n_bins: values > 0, "the discretizer returned bool of shape (40,)"),
        (lambda values, n_bins: values.astype(str), "the discretizer returned <U32 of shape (40,)"),
        (lambda values, n_bins: np.zeros(3, int), "the discretizer returned int64 of shape (3,)"),
        (lambda values, n_bins: np.zeros((40, 1), int), "the discretizer returned int64 of shape (40, 1)"),
        (lambda values, n_bins: None, "the discretizer returned object of shape ()"),
    ],
    ids=["floats", "bools", "text", "too-few", "two-axes", "nothing"],
)
def test_a_discretizer_must_return_an_integer_per_value(cut, message):
    refuses(mig, {"discretizer": cut}, message)
    refuses(mig, {"discretizer": cut}, "it must return one integer per value: integers of shape (40,).")


@pytest.mark.parametrize(
    "entropy",
    [lambda counts: np.nan, lambda counts: counts, lambda counts: "much", lambda counts: None],
    ids=["nan", "counts", "text", "nothing"],
)
def test_an_entropy_must_return_finite_numbers(entropy):
    refuses(mig, {"entropy": entropy}, "entropy")


@both_metrics
@pytest.mark.parametrize(
    "aggregate", [lambda gaps: gaps, lambda gaps: "much", lambda gaps: None], ids=["gaps", "text", "nothing"]
)
def test_an_aggregate_must_return_a_number(metric, aggregate):
    refuses(metric, {"aggregate": aggregate}, "aggregate")


@both_metrics
def test_an_option_that_there_is_not_is_refused(metric):
    with pytest.raises(TypeError, match="unexpected keyword argument 'nbins'"):
        metric(LATENTS, FACTORS, nbins=20)


@both_metrics
def test_options_are_given_by_name(metric):
    with pytest.raises(TypeError, match="positional argument"):
        metric(LATENTS, FACTORS, "uniform")


NARROW = np.where(FACTORS > 0, np.nextafter(1.0, 2.0), 1.0)
WIDE = np.where(FACTORS > 0, 1.7e308, -1.7e308)


@pytest.mark.parametrize("column", [NARROW[:, 0], WIDE[:, 0]], ids=["narrow", "wide"])
def test_a_latent_without_room_for_the_bins_is_named(column):
    data = Representation(np.column_stack([FACTORS[:, 0], column]), FACTORS, latent_names=["x", "width"])
    with pytest.raises(InputError, match=r"latent 'width' \(column 1\): values from .* no room for 20 distinct bins"):
        mig(data)


@pytest.mark.parametrize("factors", [NARROW, WIDE], ids=["narrow", "wide"])
def test_a_continuous_factor_without_room_for_the_bins_is_named(factors):
    table = pd.DataFrame({"shape": FACTORS[:, 0], "width": factors[:, 0]})
    with pytest.raises(InputError, match=r"factor 'width' \(column 1\): .*Subtract the offset, rescale, or use fewer"):
        mig(LATENTS, table, factor_kinds={"width": "continuous"})


@pytest.mark.parametrize("probe", ["logistic", "linear-svm", "threshold", "tree"])
def test_sap_does_not_depend_on_the_scale_of_latents_up_to_the_largest_float(probe):
    assert sap(WIDE, FACTORS, probe=probe) == sap(WIDE / 1.7e308, FACTORS, probe=probe)


@pytest.mark.parametrize(("latents", "factors"), [(WIDE, FACTORS), (LATENTS, WIDE)], ids=["latents", "factors"])
def test_a_squared_correlation_does_not_depend_on_scale_up_to_the_largest_float(latents, factors):
    scale = np.abs(latents).max(), np.abs(factors).max()
    expected = sap(latents / scale[0], factors / scale[1], factor_kinds="continuous")
    assert sap(latents, factors, factor_kinds="continuous") == pytest.approx(expected)


@pytest.mark.parametrize(
    "latents",
    [2**62 + FACTORS, 2**63 - 1 - FACTORS, FACTORS * np.longdouble("1e400")],
    ids=["integers that run together", "the largest integers", "numbers beyond float64"],
)
@pytest.mark.parametrize(
    ("metric", "options"), [(mig, {}), (mig, {"discretizer": "unique"}), (mig, {"discretizer": "quantile"}), (sap, {})]
)
def test_latents_that_float64_cannot_hold_are_refused(metric, options, latents):
    with pytest.raises(InputError, match="latent"):
        metric(latents, FACTORS, **options)


def test_the_mend_for_integers_that_run_together_is_a_sentence():
    with pytest.raises(InputError, match=r"latent 'z0' \(column 0\) has integers .*Subtract the offset(?! it)"):
        mig(2**62 + FACTORS, FACTORS)


@both_metrics
@pytest.mark.parametrize("column", [np.full(40, 7), np.full(40, 0.1), np.full(40, np.nan)], ids=["7", "0.1", "nan"])
def test_a_constant_factor_is_left_out_of_the_mean_with_one_warning(metric, column):
    factors = pd.DataFrame({"shape": FACTORS[:, 0], "color": column})
    with pytest.warns(DegenerateFactorWarning) as caught:
        score = metric(LATENTS, factors)
    assert score == metric(LATENTS, FACTORS[:, 0]) == score.per_factor[0]
    assert np.isnan(score.per_factor[1])
    (warning,) = caught
    message = str(warning.message)
    assert message.startswith("factor 'color' (column 1) has ")
    assert message.endswith("so its gap is undefined; it is left out of the mean.")
    assert message in score.notes
    assert warning.filename == __file__


@both_metrics
def test_a_constant_factor_counts_as_zero_on_request(metric):
    score = metric(LATENTS, np.column_stack([FACTORS[:, 0], np.ones(40)]), degenerate="zero")
    assert score.per_factor[1] == 0
    assert score == metric(LATENTS, FACTORS[:, 0]) / 2
    assert score.notes[0].startswith(
        "factor 'v1' (column 1) has the single value 1.0, so its gap is undefined; it counts as 0"
    )


@both_metrics
def test_a_constant_factor_is_refused_on_request(metric):
    with pytest.raises(InputError, match=r"'v1' \(column 1\) has the single value 1.0, .*Leave it out"):
        metric(LATENTS, np.column_stack([FACTORS[:, 0], np.ones(40)]), degenerate="raise")


@both_metrics
@pytest.mark.parametrize("degenerate", ["drop", "zero", "raise"])
def test_factors_that_are_all_constant_are_refused_and_not_warned_of(metric, degenerate):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with pytest.raises(InputError, match="single value 7"):
            metric(LATENTS, np.full((40, 2), 7), degenerate=degenerate)
    assert not caught


@both_metrics
@pytest.mark.parametrize("latents", [np.ones((40, 3)), np.zeros((40, 3), int), np.full((40, 2), 0.1, np.float32)])
def test_latents_that_are_all_constant_score_zero_with_a_warning(metric, latents):
    with pytest.warns(InactiveLatentWarning, match="every latent is constant") as caught:
        score = metric(latents, FACTORS)
    assert score == 0
    assert score.per_factor.tolist() == [0, 0]
    (warning,) = caught
    assert str(warning.message) in score.notes


def test_a_million_distinct_labels_are_scored_in_bounded_memory_with_a_warning():
    n = 1_000_000
    latents, labels = np.random.default_rng(0).normal(size=(n, 2)), np.arange(n)
    tracemalloc.start()
    try:
        with pytest.warns(BiasWarning, match="'v0' .* has 1000000 distinct labels in 1000000 rows, so scores on it"):
            score = mig(latents, labels)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert score == pytest.approx(0, abs=0.01)
    assert peak < 250e6  # a table of 20 bins by a million labels alone has 160 MB, and its entropy as much again


@pytest.mark.parametrize("error", [ShapeError, DTypeError, NonFiniteError, InputError, OptionError])
def test_every_error_is_a_value_error_and_one_of_ours(error):
    assert issubclass(error, ValueError)
    assert issubclass(error, DisentangleError)


def test_a_wrong_type_is_a_type_error_too():
    assert issubclass(DTypeError, TypeError)


@both_metrics
def test_tables_with_the_same_rows_in_another_order_are_refused(metric):
    latents, factors = pd.DataFrame(LATENTS), pd.DataFrame(FACTORS)
    with pytest.raises(InputError, match=r"same row labels in another order. Pass factors.loc\[latents.index\]"):
        metric(latents, factors.sample(frac=1, random_state=0))
    assert metric(latents, factors.set_index(np.arange(40) + 100)) == metric(latents, factors)


def test_arguments_that_look_swapped_are_noted():
    rng = np.random.default_rng(0)
    latents, factors = rng.normal(size=(200, 3)), rng.integers(3, size=(200, 2))
    assert any("are the two arguments swapped?" in note for note in mig(factors, latents).notes)
    assert not any("swapped" in note for note in mig(latents, factors).notes)
