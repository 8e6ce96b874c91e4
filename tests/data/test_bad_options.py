"""Bad options: the class of the error, and the part of the message that says how to mend it."""

import re

import numpy as np
import pytest
from conftest import plain
from sklearn.cluster import KMeans
from sklearn.linear_model import Ridge
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler
from small_arrays import FACTORS, LATENTS, both_metrics

from disentangle_metrics import OptionError, Tree, mig, sap


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
    with pytest.raises(OptionError, match=rf"{option}='{value}' is not known. Use .*Did you mean '{meant}'\?"):
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
            "C=1.0 belongs to the probes ['linear-svm', 'logistic', 'multinomial'] and not",
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
            "test_size=40 rows leave none to train: 40 rows have a label. Use fewer test rows, a share of the rows",
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
        (KNeighborsClassifier, "probe=KNeighborsClassifier is a class. Pass an instance, for example KNeighborsCl"),
        (Ridge, "probe=Ridge is a class. Pass an instance, for example Ridge(...)"),
        (KMeans(2), "probe=KMeans(n_clusters=2) is neither a classifier nor a regressor."),
        (StandardScaler(), "probe=StandardScaler() is not known. Use one of"),
        (Tree, "probe=Tree is a class. Pass an instance, for example Tree(...)."),
        (len, "Tree(...), Histogram(...), KNN(...) or a scikit-learn estimator."),
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
