"""Representation: names, kinds of factors, missing labels, and work that metrics share."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from strategies import labelled

from disentangle_metrics import (
    BiasWarning,
    DegenerateFactorWarning,
    InputError,
    OptionError,
    Representation,
    evaluate,
    mig,
    sap,
)

rng = np.random.default_rng(0)
FACTORS = rng.integers(3, size=(60, 2))
LATENTS = FACTORS[:, [0, 1, 0]] + 0.3 * rng.normal(size=(60, 3))

both_metrics = pytest.mark.parametrize("metric", [mig, sap])
quiet = pytest.mark.filterwarnings(
    "ignore::disentangle_metrics.BiasWarning",
    "ignore::disentangle_metrics.ConvergenceWarning",
    "ignore::disentangle_metrics.DegenerateFactorWarning",
    "ignore::disentangle_metrics.InactiveLatentWarning",
)


def represent(factors, **options):
    """A representation whose latents do not matter."""
    return Representation(np.arange(2.0 * len(factors)).reshape(-1, 2), factors, **options)


def test_columns_without_names_are_numbered():
    data = Representation(LATENTS, FACTORS)
    assert data.latent_names == ("z0", "z1", "z2")
    assert data.factor_names == ("v0", "v1")


def test_names_can_be_given():
    data = Representation(LATENTS, FACTORS, latent_names=["a", "b", "c"], factor_names=("shape", "color"))
    assert data.latent_names == ("a", "b", "c")
    assert data.factor_names == ("shape", "color")


def test_names_given_replace_those_of_the_columns():
    table = pd.DataFrame(FACTORS, columns=["same", "same"])
    assert Representation(LATENTS, table, factor_names=["shape", "color"]).factor_names == ("shape", "color")


def test_names_become_text():
    assert Representation(LATENTS, FACTORS, factor_names=[3, 7]).factor_names == ("3", "7")


def test_the_columns_of_a_table_need_distinct_names():
    with pytest.raises(OptionError, match=r"factor_names has the name 'same' more than once. Make the names distinct"):
        Representation(LATENTS, pd.DataFrame(FACTORS, columns=["same", "same"]))


@pytest.mark.parametrize("option", ["latent_names", "factor_names"])
@pytest.mark.parametrize(
    ("names", "message"),
    [
        (["a", "b", "b"], " has the name 'b' more than once"),
        (["1", 1, "b"], " has the name '1' more than once"),
        (["a", "b"], " has 2 names and there are 3 columns. Pass one name per column"),
        ([], " has 0 names and there are 3 columns"),
        ("abc", "='abc' is one string. Pass a list of 3 names"),
        (3, ""),
    ],
    ids=["repeated", "repeated-as-text", "too-few", "none", "string", "number"],
)
def test_names_that_do_not_fit_the_columns_are_refused(option, names, message):
    with pytest.raises(OptionError, match=f"{option}{message}"):
        Representation(LATENTS, LATENTS.round(), **{option: names})


def test_one_factor_may_have_one_axis():
    assert mig(LATENTS, FACTORS[:, 0]) == mig(LATENTS, FACTORS[:, [0]])


@pytest.mark.parametrize(
    ("kinds", "resolved"),
    [
        (None, ("categorical", "continuous")),
        ("categorical", ("categorical", "categorical")),
        ("continuous", ("continuous", "continuous")),
        (["continuous", "categorical"], ("continuous", "categorical")),
        (np.array(["continuous", "categorical"]), ("continuous", "categorical")),
        ({"size": "categorical"}, ("categorical", "categorical")),
        ({"shape": "continuous"}, ("continuous", "continuous")),
        ({}, ("categorical", "continuous")),
    ],
    ids=str,
)
def test_kinds_are_given_for_all_by_order_or_by_name_and_else_inferred(kinds, resolved):
    factors = np.column_stack([np.arange(100) % 3, np.arange(100) / 2])
    assert represent(factors, factor_names=["shape", "size"], factor_kinds=kinds).factor_kinds == resolved


@pytest.mark.parametrize(
    ("kinds", "message"),
    [
        ("contnuous", r"factor_kinds='contnuous' is not known.*Did you mean 'continuous'\?"),
        (["categorical", "text"], "factor_kinds='text' is not known. Use one of "),
        (["categorical"], r"factor_kinds has 1 entries and there are 2 factors. Pass one kind for all, one per factor"),
        ({"v1": "catgorical"}, r"Did you mean 'categorical'\?"),
        ({"v7": "categorical"}, r"'v7' is not known. Use one of \['v0', 'v1'\]"),
        (3, "factor_kinds"),
    ],
    ids=str,
)
def test_kinds_that_do_not_fit_are_refused(kinds, message):
    with pytest.raises(OptionError, match=message):
        Representation(LATENTS, FACTORS, factor_kinds=kinds)


@pytest.mark.parametrize(
    ("n_values", "n_samples", "kind"),
    [(64, 200, "categorical"), (65, 200, "continuous"), (100, 10_000, "categorical"), (101, 10_000, "continuous")],
)
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16, object])
def test_more_than_64_or_a_square_root_of_distinct_fractions_are_continuous(n_values, n_samples, kind, dtype):
    factor = np.resize(np.arange(n_values) / 2, n_samples).astype(dtype)
    assert represent(factor).factor_kinds == (kind,)


@pytest.mark.parametrize("values", [np.arange(150.0), np.arange(150), np.arange(150).astype(str)])
def test_whole_numbers_and_text_are_categorical_however_many(values):
    assert represent(values).factor_kinds == ("categorical",)


def test_one_fraction_among_many_numbers_is_enough():
    factor = np.arange(150.0)
    factor[70] = 0.5
    assert represent(factor).factor_kinds == ("continuous",)


def test_a_kind_that_was_inferred_is_noted_and_one_that_was_given_is_not():
    factor = LATENTS[:, 0].repeat(2)
    latents = LATENTS.repeat(2, axis=0) + np.arange(120)[:, None] / 1000
    factor[::2] += 0.01
    note = "factor 'v0' was taken as continuous (pass factor_kinds to say otherwise)"
    assert note in mig(latents, factor).notes
    assert note not in mig(latents, factor, factor_kinds="continuous").notes


def test_rows_without_a_label_do_not_count_when_a_kind_is_inferred():
    labels = np.resize(np.arange(80) / 2, 4900)
    with_gaps = np.concatenate([labels, np.full(5100, np.nan)])
    assert represent(with_gaps).factor_kinds == represent(labels).factor_kinds


def test_with_kinds_leaves_the_original_alone():
    data = Representation(LATENTS, FACTORS)
    other = data.with_kinds({"v0": "continuous"})
    assert data.factor_kinds == ("categorical", "categorical")
    assert other.factor_kinds == ("continuous", "categorical")


@both_metrics
def test_with_kinds_scores_as_if_they_had_been_given_first(metric):
    data = Representation(LATENTS, FACTORS)
    metric(data)
    assert metric(data.with_kinds("continuous")) == metric(LATENTS, FACTORS, factor_kinds="continuous")
    assert metric(data) == metric(LATENTS, FACTORS)


def test_with_kinds_refuses_an_unknown_kind():
    with pytest.raises(OptionError, match="factor_kinds='big' is not known"):
        Representation(LATENTS, FACTORS).with_kinds("big")


def gaps(factors, rows, missing):
    factors = factors.astype(object)
    factors[rows, 1] = missing
    return factors


ROWS = np.arange(0, 60, 7)
MISSING = {
    "NaN": gaps(FACTORS, ROWS, np.nan).astype(float),
    "NaN in single precision": gaps(FACTORS, ROWS, np.nan).astype(np.float32),
    "NaN among objects": gaps(FACTORS, ROWS, np.nan),
    "None": gaps(FACTORS, ROWS, None),
    "None in nested lists": gaps(FACTORS, ROWS, None).tolist(),
    "pandas.NA": gaps(FACTORS, ROWS, pd.NA),
    "pandas.NaT": gaps(FACTORS, ROWS, pd.NaT),
    "a table with NaN": pd.DataFrame(gaps(FACTORS, ROWS, np.nan).astype(float)),
    "a table of Int64": pd.DataFrame(gaps(FACTORS, ROWS, pd.NA)).astype("Int64"),
    "a table of categories": pd.DataFrame(gaps(FACTORS, ROWS, None)).astype("category"),
    "a table of strings": pd.DataFrame(gaps(FACTORS, ROWS, pd.NA)).astype("string"),
    "null of polars": pl.DataFrame(gaps(FACTORS, ROWS, None).tolist(), orient="row"),
    "NaN of torch": torch.tensor(gaps(FACTORS, ROWS, np.nan).astype(float)),
    "masked": np.ma.masked_array(FACTORS, np.isin(np.arange(120).reshape(60, 2), 2 * ROWS + 1)),
    "masked floats": np.ma.masked_array(FACTORS / 2, np.isin(np.arange(120).reshape(60, 2), 2 * ROWS + 1)),
}
missing_in_any_way = pytest.mark.parametrize("factors", MISSING.values(), ids=MISSING)


@both_metrics
@missing_in_any_way
def test_a_factor_with_missing_labels_scores_as_the_rows_that_have_one(metric, factors):
    labeled = np.setdiff1d(np.arange(60), ROWS)
    score, alone = metric(LATENTS, factors), metric(LATENTS[labeled], FACTORS[labeled])
    assert score.per_factor[1] == alone.per_factor[1]
    assert score.matrix[:, 1].tolist() == alone.matrix[:, 1].tolist()


@both_metrics
@missing_in_any_way
def test_missing_labels_of_one_factor_do_not_touch_another(metric, factors):
    assert metric(LATENTS, factors).per_factor[0] == metric(LATENTS, FACTORS).per_factor[0]


@missing_in_any_way
def test_the_number_of_rows_that_have_a_label_is_noted(factors):
    score = mig(LATENTS, factors)
    assert f"factor {score.factor_names[1]!r} is scored on the 51 rows that have a label" in score.notes


@quiet
@both_metrics
@settings(max_examples=50)
@given(data=labelled(min_rows=6), mask=st.data())
def test_a_row_without_a_label_is_as_if_it_were_not_there(metric, data, mask):
    latents, factors = data
    missing = np.array(mask.draw(st.lists(st.booleans(), min_size=len(factors), max_size=len(factors))))
    assume(len(np.unique(factors[~missing, 0])) > 1)
    gapped = np.column_stack([np.where(missing, np.nan, factors[:, 0]), factors])
    score, alone = metric(latents, gapped), metric(latents[~missing], factors[~missing])
    assert score.per_factor[0] == alone.per_factor[0]
    np.testing.assert_array_equal(score.per_factor[1:], metric(latents, factors).per_factor)


@both_metrics
def test_a_factor_without_any_label_is_left_out(metric):
    factors = FACTORS.astype(float)
    factors[:, 1] = np.nan
    with pytest.warns(DegenerateFactorWarning, match=r"factor 'v1' \(column 1\) has no label at all"):
        score = metric(LATENTS, factors)
    assert score == metric(LATENTS, FACTORS[:, 0])


def test_a_factor_whose_labeled_rows_agree_is_left_out():
    factors = FACTORS.astype(float)
    factors[factors[:, 1] != 2, 1] = np.nan
    with pytest.warns(DegenerateFactorWarning, match=r"factor 'v1' \(column 1\) has the single value 2.0"):
        assert np.isnan(mig(LATENTS, factors).per_factor[1])


@both_metrics
@pytest.mark.parametrize(
    "relabel",
    [
        lambda v: v - 2,
        lambda v: v.astype(np.uint8),
        lambda v: v * 0.25,
        lambda v: v + 2**62,
        lambda v: [[2**70 + label for label in row] for row in v.tolist()],
        lambda v: [[-(2**70) + label for label in row] for row in v.tolist()],
        lambda v: [[2.0**70 * (label - 1) for label in row] for row in v.tolist()],
        lambda v: np.array(["a", "b", "c"])[v],
        lambda v: np.array(["", "a", "nan"])[v].tolist(),
        lambda v: np.array(["1", "1.0", "1.00"])[v].tolist(),
        lambda v: np.array(["ß" * 9, "ä", "ü"])[v].tolist(),
        lambda v: np.array([b"a", b"b", b"c"])[v],
        lambda v: np.array(["a", "a\0", "a\0\0"], dtype=object)[v],
    ],
    ids=[
        "negative",
        "unsigned",
        "fractions",
        "beyond-2**53",
        "beyond-64-bits",
        "below-64-bits",
        "large-floats",
        "text",
        "text-nan",
        "text-of-numbers",
        "accents",
        "bytes",
        "trailing-nul",
    ],
)
def test_only_which_labels_are_equal_and_their_order_matters(metric, relabel):
    assert metric(LATENTS, relabel(FACTORS)).per_factor.tolist() == metric(LATENTS, FACTORS).per_factor.tolist()


def test_bools_are_labels():
    assert mig(LATENTS, FACTORS > 0) == mig(LATENTS, (FACTORS > 0).astype(int))


def test_both_zeros_are_one_label():
    with pytest.raises(InputError, match="No factor varies"):
        mig(LATENTS, np.where(FACTORS > 0, 0.0, -0.0))


@pytest.mark.parametrize(
    ("labels", "kind"),
    [([10**400, 10**400 + 1] * 10, "continuous"), ([10**400, 0.5] * 10, None)],
    ids=["as-numbers", "beside-floats"],
)
def test_integers_too_large_for_a_float_are_refused_where_one_is_needed(labels, kind):
    with pytest.raises(InputError, match="'v0'"):
        mig(LATENTS[:20], np.array(labels, dtype=object), factor_kinds=kind)


@both_metrics
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int64])
@pytest.mark.parametrize("kind", ["categorical", "continuous"])
def test_inputs_are_never_modified(metric, dtype, kind):
    latents, factors = (10 * LATENTS).astype(dtype), FACTORS.astype(dtype)
    before = latents.copy(), factors.copy()
    metric(latents, factors, factor_kinds=kind)
    np.testing.assert_array_equal(latents, before[0])
    np.testing.assert_array_equal(factors, before[1])


@both_metrics
def test_read_only_inputs_are_enough(metric):
    latents, factors = LATENTS.copy(), FACTORS.copy()
    latents.flags.writeable = factors.flags.writeable = False
    assert metric(latents, factors) == metric(LATENTS, FACTORS)


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int8])
def test_arrays_are_shared_and_not_copied(dtype):
    latents, factors = LATENTS.astype(dtype), FACTORS.astype(dtype)
    data = Representation(latents, factors)
    assert np.shares_memory(data.latents, latents)
    assert np.shares_memory(data.factors, factors)


def test_the_memory_of_a_tensor_is_shared_and_not_copied():
    tensor = torch.tensor(LATENTS, requires_grad=True)
    assert np.shares_memory(Representation(tensor, FACTORS).latents, tensor.detach().numpy())


def test_arrays_are_read_only_inside_and_stay_writable_outside():
    latents, factors = LATENTS.copy(), FACTORS.copy()
    data = Representation(latents, factors)
    for inside, outside in ((data.latents, latents), (data.factors, factors)):
        with pytest.raises(ValueError, match="read-only"):
            inside[0, 0] = 1
        outside[0, 0] = 1


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int64, bool])
def test_a_latent_is_inactive_if_it_has_a_single_value(dtype):
    latents = np.column_stack([np.full(60, 0.1), FACTORS[:, 0], np.zeros(60)]).astype(dtype)
    assert Representation(latents, FACTORS).inactive.tolist() == [True, False, True]


@pytest.mark.parametrize("low", [0.0, 1.0, 1e9, 1e-300])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_the_smallest_step_of_its_dtype_makes_a_latent_active(low, dtype):
    steps = np.array([low, np.nextafter(dtype(low), dtype(np.inf))], dtype=dtype)
    latents = np.column_stack([steps[np.arange(60) % 2], np.zeros(60, dtype)])
    assert Representation(latents, FACTORS).inactive.tolist() == [False, True]


@both_metrics
@pytest.mark.parametrize("value", [0.0, -1e15, 1e17, 1e300, -(2.0**63)])
def test_a_constant_latent_tells_nothing_however_large_it_is(metric, value):
    latents = np.column_stack([LATENTS, np.full(60, value)])
    assert metric(latents, FACTORS) == metric(np.column_stack([LATENTS, np.ones(60)]), FACTORS)


def test_a_note_counts_the_constant_latents():
    latents = np.column_stack([LATENTS, np.ones(60)])
    assert "1 of 4 latents is constant" in mig(latents, FACTORS).notes
    assert "2 of 5 latents are constant" in mig(np.column_stack([latents, np.zeros(60)]), FACTORS).notes


def test_factors_with_fewer_than_two_values_are_degenerate():
    factors = np.column_stack([np.ones(60), FACTORS[:, 0], np.full(60, np.nan), np.where(FACTORS[:, 0], np.nan, 7)])
    assert Representation(LATENTS, factors).degenerate == (0, 2, 3)


def counting():
    calls = []

    def cut(values, n_bins):
        calls.append(n_bins)
        return np.digitize(values, np.arange(n_bins) / 10)

    return cut, calls


def test_each_latent_is_cut_once_however_often_it_is_scored():
    cut, calls = counting()
    data = Representation(LATENTS, FACTORS)
    first = evaluate(data, metrics="mig", options={"mig": {"discretizer": cut}})
    second = evaluate(data, metrics="mig", options={"mig": {"discretizer": cut, "normalizer": "none"}})
    assert calls == [20] * 3
    assert first["mig"].matrix.tolist() == second["mig"].matrix.tolist()


def test_each_latent_is_cut_anew_for_other_bins():
    cut, calls = counting()
    data = Representation(LATENTS, FACTORS)
    few, many = mig(data, discretizer=cut, n_bins=4), mig(data, discretizer=cut, n_bins=30)
    assert calls == [4] * 3 + [30] * 3
    assert (few, many) == (
        mig(LATENTS, FACTORS, discretizer=cut, n_bins=4),
        mig(LATENTS, FACTORS, discretizer=cut, n_bins=30),
    )


def test_each_latent_is_cut_once_for_all_kinds_of_factors():
    cut, calls = counting()
    data = Representation(LATENTS, FACTORS)
    mig(data, discretizer=cut)
    mig(data, discretizer=cut, factor_kinds="continuous")
    assert len(calls) == 3


def test_each_latent_is_cut_anew_for_the_rows_of_each_factor():
    cut, calls = counting()
    mig(LATENTS, MISSING["None"], discretizer=cut)
    assert len(calls) == 6


def test_a_discretizer_that_cannot_be_hashed_is_called_each_time():
    cut, calls = counting()
    unhashable = type("Cut", (), {"__hash__": None, "__call__": lambda self, values, n_bins: cut(values, n_bins)})()
    data = Representation(LATENTS, FACTORS)
    assert mig(data, discretizer=unhashable) == mig(data, discretizer=unhashable) == mig(data, discretizer=cut)
    assert len(calls) == 9


def test_work_that_metrics_share_changes_no_score():
    ways = [
        (mig, {}),
        (sap, {}),
        (mig, {"discretizer": "quantile", "entropy": "miller-madow"}),
        (mig, {"factor_kinds": "continuous", "factor_bins": 3}),
        (sap, {"factor_kinds": "continuous"}),
        (sap, {"probe": "threshold", "standardize": False}),
        (sap, {"cv": 3, "inactive": "zero"}),
    ]
    data = Representation(LATENTS, MISSING["NaN"])
    shared = [metric(data, **options) for _ in range(2) for metric, options in ways]
    assert shared == 2 * [metric(LATENTS, MISSING["NaN"], **options) for metric, options in ways]


def test_of_returns_a_representation_as_it_is():
    data = Representation(LATENTS, FACTORS)
    assert Representation.of(data) is data


def test_of_gives_a_representation_other_kinds():
    data = Representation(LATENTS, FACTORS)
    assert Representation.of(data, factor_kinds="continuous").factor_kinds == ("continuous", "continuous")


@both_metrics
def test_a_representation_scores_as_its_arrays(metric):
    assert metric(Representation(LATENTS, FACTORS)) == metric(LATENTS, FACTORS)


@pytest.mark.parametrize("score", [Representation.of, mig, sap, evaluate])
def test_a_representation_beside_factors_is_refused(score):
    with pytest.raises(OptionError, match=r"holds its factors. Pass it alone, or pass two arrays"):
        score(Representation(LATENTS, FACTORS), FACTORS)


@pytest.mark.parametrize("score", [Representation.of, mig, sap, evaluate])
def test_latents_alone_are_refused(score):
    with pytest.raises(OptionError, match=r"factors are missing. Pass two arrays, or one Representation"):
        score(LATENTS)


@pytest.mark.parametrize(
    ("columns", "text"),
    [
        ([0, 1], "Representation(60 samples, 3 latents, 2 factors: v0, v1)"),
        ([0], "Representation(60 samples, 3 latents, 1 factor: v0)"),
    ],
)
def test_repr_says_what_is_inside(columns, text):
    assert repr(Representation(LATENTS, FACTORS[:, columns])) == text


@pytest.mark.parametrize("n_values", [16, 30, 31, 60])
@pytest.mark.parametrize("dtype", [int, str])
def test_labels_that_are_nearly_row_numbers_give_a_bias_warning(n_values, dtype):
    factor = np.resize(np.arange(n_values), 60).astype(dtype)
    if n_values > 30:
        with pytest.warns(BiasWarning, match=rf"'v0' \(column 0\) has {n_values} distinct labels in 60 rows"):
            mig(LATENTS, factor)
    else:
        mig(LATENTS, factor)
