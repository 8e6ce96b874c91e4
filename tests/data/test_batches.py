"""Latents and factors in pieces: batches, columns by name, sequences, one-hot codes."""

import numpy as np
import pandas as pd
import pytest

from disentangle_metrics import Posterior, Representation, ShapeError
from disentangle_metrics.data.arrays import column_names, to_numpy

RNG = np.random.default_rng(0)
Z, V = RNG.normal(size=(60, 4)), RNG.integers(3, size=(60, 2))
CUTS = [slice(0, 25), slice(25, 50), slice(50, 60)]


def same(data, latents=Z, factors=V):
    np.testing.assert_array_equal(data.latents, latents)
    np.testing.assert_array_equal(data.factors, factors)


@pytest.mark.parametrize("kind", [list, tuple])
@pytest.mark.parametrize("cuts", [CUTS, [slice(0, 30), slice(30, 60)]], ids=["of different sizes", "of one size"])
def test_batches_are_rows_below_rows(kind, cuts):
    latents, factors = kind(Z[cut] for cut in cuts), kind(V[cut] for cut in cuts)
    same(Representation(latents, V))
    same(Representation(latents, factors))
    same(Representation(Z, factors))


def test_labels_of_one_factor_may_come_in_the_batches_of_the_latents():
    same(Representation([Z[cut] for cut in CUTS], [V[cut, 0] for cut in CUTS]), factors=V[:, :1])


def test_tensors_that_were_split_are_batches():
    torch = pytest.importorskip("torch")
    same(Representation(torch.split(torch.tensor(Z), 25), torch.split(torch.tensor(V), 25)))


def test_batches_of_tables_keep_the_names_and_must_agree_in_them():
    table = pd.DataFrame(Z, columns=list("abcd"))
    assert Representation([table[:30], table[30:]], V).latent_names == tuple("abcd")
    with pytest.raises(ShapeError, match=r"the columns of number 1 are \('b', 'a', 'c', 'd'\)"):
        Representation([table[:30], table[30:][list("bacd")]], V)


def test_batches_of_text_and_numbers_stay_what_they_are():
    labels = to_numpy([np.array([["red"], ["blue"]]), np.array([[1], [2]])])
    assert labels.tolist() == [["red"], ["blue"], [1], [2]]


def test_batches_with_other_columns_are_refused():
    with pytest.raises(ShapeError, match=r"taken as batches of rows, and they have 4, 3 columns\. Pass one array, or"):
        Representation([Z[:30], Z[30:, :3]], V)


@pytest.mark.parametrize("kind", [list, tuple])
@pytest.mark.parametrize("count", [2, 3])
def test_means_beside_log_variances_are_no_batches(kind, count):
    with pytest.raises(
        ShapeError, match=r"Pass one of the arrays: of \(mean, logvar\) the mean, latents\[0\]"
    ) as error:
        Representation(kind([Z, 0 * Z, Z + 1][:count]), V)
    assert "Posterior(mean, logvar, factors)" in str(error.value)
    Representation(kind([Z, 0 * Z, Z + 1][:count])[0], V)  # as advised
    Posterior(Z, 0 * Z, V)


def test_a_posterior_may_come_in_batches():
    data = Posterior([Z[:30], Z[30:]], [0 * Z[:30], 0 * Z[30:]], V)
    assert data.logvar.shape == Z.shape


def test_nested_lists_of_numbers_are_no_batches():
    with pytest.raises(ShapeError, match=r"latents has shape \(2, 2, 2\)"):
        Representation([[[1, 2], [3, 4]], [[5, 6], [7, 8]]], [0, 1])


def test_a_mapping_is_a_table():
    data = Representation({"size": Z[:, 0], "turn": Z[:, 1].tolist()}, {"shape": V[:, 0], "hue": V[:, 1].astype(str)})
    assert (data.latent_names, data.factor_names) == (("size", "turn"), ("shape", "hue"))
    same(data, Z[:, :2], np.c_[V[:, :1].astype(object), V[:, 1:].astype(str).astype(object)])
    assert column_names({1: [0], 2: [0]}) == ("1", "2")


def test_a_mapping_of_arrays_is_refused_with_a_way_on():
    with pytest.raises(ShapeError, match=r"'mean' has shape \(60, 4\). Pass that array itself"):
        Representation({"mean": Z, "logvar": Z}, V)
    with pytest.raises(ShapeError, match=r"different numbers of rows: \{'a': 60, 'b': 5\}"):
        Representation({"a": Z[:, 0], "b": Z[:5, 0]}, V)


SEQUENCES = {
    "both": (Z.reshape(15, 4, 4), V.reshape(15, 4, 2), "latents.reshape(60, 4) and factors.reshape(60, 2)."),
    "latents": (Z.reshape(15, 4, 4), V, "latents.reshape(60, 4)."),
    "factors": (Z, V.reshape(15, 4, 2), "factors.reshape(60, 2)."),
}


@pytest.mark.parametrize("case", SEQUENCES)
def test_sequences_are_told_how_to_become_rows(case):
    latents, factors, advice = SEQUENCES[case]
    with pytest.raises(ShapeError) as error:
        Representation(latents, factors)
    assert f"If axis 1 is time, make a row of every step: {advice}" in str(error.value)
    same(Representation(latents.reshape(60, 4), factors.reshape(60, 2)))  # as advised


def test_one_hot_codes_are_not_told_to_be_flattened():
    codes = RNG.integers(16, size=(60, 3))
    for latents in (np.eye(16)[codes], np.eye(16, dtype=bool)[codes], np.full((60, 3, 4), 0.25)):
        with pytest.raises(ShapeError) as error:
            Representation(latents, V)
        assert "latents.argmax(axis=-1)" in str(error.value)
        assert "Flatten" not in str(error.value)
    same(Representation(np.eye(16)[codes].argmax(axis=-1), V), codes)  # as advised
    with pytest.raises(ShapeError, match=r"factors.argmax\(axis=-1\)"):
        Representation(Z, np.eye(16)[codes])


def test_images_are_told_to_be_flattened_as_ever():
    with pytest.raises(ShapeError, match=r"Flatten the axes after the first, for example reshape\(60, 48\)"):
        Representation(RNG.normal(size=(60, 4, 4, 3)), V)


def test_only_what_lies_on_its_side_is_told_to_turn():
    def message(latents, factors):
        with pytest.raises(ShapeError) as error:
            Representation(latents, factors)
        return str(error.value)

    assert "factors looks transposed: pass np.transpose(factors)." in message(Z, V.T.tolist())
    assert "factors looks transposed: pass factors.T." in message(Z, V.T)
    assert "Score the rows that both have" in message(Z, V[:4, 0])  # a vector as long as latents are wide
    assert "Score the rows that both have" in message(Z[:, :2], V[:59])
