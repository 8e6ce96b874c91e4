"""Rows of tables and labeled arrays: paired by label if asked, and never by position where labels differ."""

import itertools

import numpy as np
import pandas as pd
import polars as pl
import pytest
import xarray as xr

from disentangle_metrics import InputError, OptionError, Posterior, Representation, ShapeError, compare, evaluate, mig

N = 60
RNG = np.random.default_rng(0)
V = RNG.integers(0, 3, (N, 2))
Z = V + 0.1 * RNG.normal(size=V.shape)
IDS = np.array([f"img{i:03}" for i in range(N)])
ORDER = RNG.permutation(N)
RIGHT = float(mig(Z, V))


def frame(array, labels):
    return pd.DataFrame(np.asarray(array), index=labels)


def data_array(array, labels):
    return xr.DataArray(np.asarray(array), dims=("sample", "column"), coords={"sample": labels})


LABELED = {"pandas": frame, "xarray": data_array}
PAIRS = [pytest.param(LABELED[a], LABELED[b], id=f"{a}-{b}") for a, b in itertools.product(LABELED, repeat=2)]
KINDS = {
    "text": IDS,
    "numbers": np.arange(N) * 3 + 100,
    "counted": np.arange(N),
    "dates": pd.date_range("2020", periods=N),
}


@pytest.mark.parametrize("labels", KINDS.values(), ids=KINDS)
@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_rows_in_another_order_are_refused_and_paired_if_asked(first, second, labels):
    latents, factors = first(Z, labels), second(V[ORDER], labels[ORDER])
    with pytest.raises(InputError, match=r"same row labels in another order. Pass align=True"):
        mig(latents, factors)
    report = evaluate(latents, factors, "mig", align=True)
    assert report["mig"] == RIGHT
    assert report["mig"].notes == mig(Z, V).notes


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_equal_labels_are_scored_as_they_stand(first, second):
    assert mig(first(Z, IDS), second(V, IDS)) == RIGHT


@pytest.mark.parametrize(("first", "second"), PAIRS)
def test_labels_of_which_some_are_in_both_are_refused_and_the_rest_is_left_out_if_asked(first, second):
    latents, factors = first(Z[:-1], IDS[:-1]), second(V[1:][::-1], IDS[1:][::-1])
    with pytest.raises(InputError, match=r"different row labels: row 0 is 'img000' .* 58 of 59 labels are in both"):
        Representation(latents, factors)
    data = Representation(latents, factors, align=True)
    np.testing.assert_array_equal(data.factors, V[1:-1])
    np.testing.assert_array_equal(data.latents, Z[1:-1])
    note = "rows are paired by label: 58 are in both, 1 of latents and 1 of factors are left out"
    assert data.notes == (note,)
    assert note in mig(data).notes


def test_rows_that_were_dropped_do_not_pass_for_those_of_a_table_without_labels():
    kept = np.delete(np.arange(N), 2)
    with pytest.raises(InputError, match=r"row 2 is 3 in latents and 2 in factors"):
        mig(pd.DataFrame(Z).drop(index=2), pd.DataFrame(V[kept]))
    assert mig(pd.DataFrame(Z).drop(index=2).reset_index(drop=True), pd.DataFrame(V[kept])) == mig(Z[kept], V[kept])


@pytest.mark.parametrize("labels", [IDS, np.arange(N) + 1000], ids=["text", "numbers beyond"])
def test_a_default_index_is_no_label(labels):
    assert mig(frame(Z, labels), pd.DataFrame(V)) == RIGHT
    assert mig(pd.DataFrame(Z), data_array(V, labels)) == RIGHT


@pytest.mark.parametrize("plain", [np.asarray, pl.DataFrame, lambda a: xr.DataArray(a, dims=("sample", "column"))])
def test_what_has_no_labels_goes_by_position(plain):
    assert mig(frame(Z, ORDER), plain(V)) == RIGHT
    with pytest.raises(InputError, match="factors has no labels of rows to align by"):
        Representation(frame(Z, ORDER), plain(V), align=True)


def test_tables_of_unequal_lengths_say_how_many_rows_both_have():
    with pytest.raises(ShapeError, match=r"59 rows and factors has 60, and 59 row labels are in both. Pass align=True"):
        mig(frame(Z[1:], IDS[1:]), frame(V, IDS))
    assert len(Representation(frame(Z[1:], IDS[1:]), frame(V, IDS), align=True).latents) == 59


def test_labels_of_several_levels_are_compared():
    index = pd.MultiIndex.from_arrays([np.arange(N) // 2, np.arange(N) % 2])
    with pytest.raises(InputError, match="in another order"):
        mig(frame(Z, index), frame(V[ORDER], index[ORDER]))
    assert evaluate(frame(Z, index), frame(V[ORDER], index[ORDER]), "mig", align=True)["mig"] == RIGHT


def test_a_label_that_is_there_twice_cannot_be_paired():
    twice = np.where(np.arange(N) == 5, IDS[4], IDS)
    with pytest.raises(InputError, match="factors has the row label 'img004' more than once"):
        Representation(frame(Z, IDS), frame(V, twice), align=True)
    assert mig(frame(Z, twice), frame(V, twice)) == RIGHT


def test_labels_of_which_none_is_in_both_are_shown():
    with pytest.raises(InputError, match=r"0 row labels are in all of .* latents has 'img000', .* factors has 0, 1, 2"):
        Representation(frame(Z, IDS), frame(V, np.arange(N)), align=True)


def test_weights_are_held_to_their_labels():
    weights = np.arange(1.0, N + 1)
    right = float(mig(Z, V, sample_weight=weights))
    latents, factors = frame(Z, IDS), frame(V, IDS)
    shuffled = pd.Series(weights[ORDER], index=IDS[ORDER])
    with pytest.raises(InputError, match="latents and sample_weight have the same row labels in another order"):
        mig(latents, factors, sample_weight=shuffled)
    with pytest.raises(InputError, match="sample_weight"):
        Representation(latents, factors).with_weights(shuffled)
    assert evaluate(latents, factors, "mig", sample_weight=shuffled, align=True)["mig"] == right


def test_groups_are_held_to_their_labels():
    groups = np.arange(N) // 4
    latents, factors = frame(Z, IDS), frame(V, IDS)
    shuffled = pd.Series(groups[ORDER], index=IDS[ORDER])
    asked = {"metrics": "mig", "confidence": 0.9, "n_boot": 20}
    with pytest.raises(InputError, match="latents and groups have the same row labels in another order"):
        evaluate(latents, factors, groups=shuffled, **asked)
    found = evaluate(latents, factors, groups=shuffled, align=True, **asked)["mig"].interval
    assert (found.low, found.high) == tuple(
        getattr(evaluate(Z, V, groups=groups, **asked)["mig"].interval, end) for end in ("low", "high")
    )
    with pytest.raises(InputError, match="groups has no row with the label 'img000'"):
        evaluate(latents, factors, groups=pd.Series(groups[1:], index=IDS[1:]), align=True, **asked)


def test_a_posterior_is_held_to_its_labels():
    logvar = np.log(RNG.uniform(0.1, 1, Z.shape))
    mean, factors = frame(Z, IDS), frame(V[ORDER], IDS[ORDER])
    with pytest.raises(InputError, match="mean and logvar have the same row labels in another order"):
        Posterior(mean, frame(logvar, IDS[::-1]), V)
    found = Posterior(mean, logvar, factors.iloc[1:], align=True)
    kept = np.delete(np.arange(N), ORDER[0])
    np.testing.assert_array_equal(found.logvar, logvar[kept])
    np.testing.assert_array_equal(found.factors, V[kept])


def test_two_models_are_held_to_the_labels_of_each_other():
    with pytest.raises(InputError, match="same row labels in another order"):
        compare(frame(Z, IDS), frame(Z[ORDER], IDS[ORDER]), V, n_boot=10)


def test_a_representation_is_paired_where_it_is_made():
    data = Representation(frame(Z, IDS), frame(V, IDS))
    with pytest.raises(OptionError, match="Pass align=True where it is made"):
        evaluate(data, align=True)
    with pytest.raises(OptionError, match="align='yes' is not known"):
        Representation(Z, V, align="yes")
