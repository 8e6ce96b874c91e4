"""Columns and arrays that ``FILE:KEY`` selects: names, wildcards, ranges, exclusions, and messages on bad keys."""

import h5py
import numpy as np
import pandas as pd
import pytest
from safetensors.numpy import save_file

from disentangle_metrics import FileFormatError, ShapeError, load_representation

N = 20
RNG = np.random.default_rng(3)
Z = RNG.normal(size=(N, 5))
V = RNG.integers(0, 3, (N, 3))
NAMES = ("z0", "z1", "z2", "rms", "flux, total")


@pytest.fixture
def files(tmp_path):
    pd.DataFrame(Z, columns=NAMES).to_csv(tmp_path / "z.csv", index=False)
    np.savez(tmp_path / "z.npz", latents=Z, other=Z + 1)
    np.savez(tmp_path / "v.npz", factors=V, culture=V[:, 0], note=np.array(["a", "b"] * (N // 2)))
    np.save(tmp_path / "z.npy", Z)
    return tmp_path


@pytest.mark.parametrize(
    ("key", "places"),
    [
        ("z*", [0, 1, 2]),
        ("z?,!z1", [0, 2]),
        ("[1:]", [1, 2, 3, 4]),
        ("[:-1]", [0, 1, 2, 3]),
        ("[::2]", [0, 2, 4]),
        ("[3],[0]", [3, 0]),
        ("[3,0]", [3, 0]),
        ("[-1]", [4]),
        ("!rms", [0, 1, 2, 4]),
        ("!z*", [3, 4]),
        ("![0:3]", [3, 4]),
        ("!z0,!rms", [1, 2, 4]),
        ("z0,z*", [0, 1, 2]),
        ("flux, total", [4]),
        ("rms,z0", [3, 0]),
    ],
)
def test_columns_of_a_table_are_picked(key, places, files):
    data = load_representation(f"{files}/z.csv:{key}", files / "v.npz")
    assert data.latent_names == tuple(NAMES[j] for j in places)
    np.testing.assert_array_equal(data.latents, Z[:, places])


@pytest.mark.parametrize(
    ("spec", "places", "shift"),
    [
        ("z.npz:[1:]", [1, 2, 3, 4], 0),
        ("z.npz:!z0", [1, 2, 3, 4], 0),
        ("z.npz:!z0,!z4", [1, 2, 3], 0),
        ("z.npz:z0,z3", [0, 3], 0),
        ("z.npz:other[1:3]", [1, 2], 1),
        ("z.npy:[::-1]", [4, 3, 2, 1, 0], 0),
        ("z.npy:![2]", [0, 1, 3, 4], 0),
        ("z.npz:o*", [0, 1, 2, 3, 4], 1),
    ],
)
def test_columns_of_an_array_are_picked_and_keep_their_number(spec, places, shift, files):
    if spec == "z.npz:z0,z3":
        np.savez(files / "z.npz", latents=Z, latent_names=[f"z{j}" for j in range(5)])
    data = load_representation(f"{files}/{spec}", files / "v.npz")
    np.testing.assert_array_equal(data.latents, Z[:, places] + shift)
    assert data.latent_names == tuple(f"z{j}" for j in places)


def test_columns_of_an_array_are_picked_by_the_names_beside_it(files):
    np.savez(files / "v.npz", factors=V, factor_names=["shape", "color", "x"])
    assert load_representation(files / "z.npz", f"{files}/v.npz:x,shape").factor_names == ("x", "shape")
    data = load_representation(files / "z.npz", f"{files}/v.npz:!color")
    np.testing.assert_array_equal(data.factors, V[:, [0, 2]])
    with pytest.raises(FileFormatError, match=r"has no column 'colour'.*Did you mean 'color'"):
        load_representation(files / "z.npz", f"{files}/v.npz:colour")


@pytest.mark.parametrize("ending", ["npz", "h5", "safetensors"])
def test_arrays_of_a_file_are_put_side_by_side_under_their_names(ending, tmp_path):
    arrays = {"culture": V[:, 0], "stage": V[:, 1:2], "more": V}
    path = tmp_path / f"v.{ending}"
    if ending == "npz":
        np.savez(path, **arrays)
    elif ending == "h5":
        with h5py.File(path, "w") as file:
            file.update(arrays)
    else:
        save_file({name: np.ascontiguousarray(array) for name, array in arrays.items()}, path)
    np.save(tmp_path / "z.npy", Z)
    data = load_representation(tmp_path / "z.npy", f"{path}:culture,stage,more[1:]")
    assert data.factor_names == ("culture", "stage0", "more1", "more2")
    np.testing.assert_array_equal(data.factors, np.column_stack([V[:, 0], V[:, 1], V[:, 1:]]))
    assert load_representation(tmp_path / "z.npy", f"{path}:culture").factor_names == ("culture",)


def test_arrays_of_numbers_and_of_text_stand_side_by_side(files):
    data = load_representation(files / "z.npz", f"{files}/v.npz:culture,note")
    assert data.factor_names == ("culture", "note")
    assert data.labels(1).values.tolist() == ["a", "b"]


def test_arrays_may_be_left_out_by_name(files):
    data = load_representation(files / "z.npz", f"{files}/v.npz:!factors")
    assert data.factor_names == ("culture", "note")


def test_arrays_of_unequal_lengths_are_refused(files):
    np.savez(files / "v.npz", a=V[:, 0], b=V[:5, 1])
    with pytest.raises(ShapeError, match=r"different numbers of rows: {'a': 20, 'b': 5}"):
        load_representation(files / "z.npz", f"{files}/v.npz:a,b")


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("q*", r"has no column 'q\*'. It holds \['z0'"),
        ("[9:]", r"\[9:\] picks no column of .*z\.csv, which has 5"),
        ("[9]", r"\[9\] picks no column"),
        ("[x]", r"\[x\] is no range of columns"),
        ("[::0]", r"\[::0\] is no range"),
        ("!nope", r"has no column 'nope'"),
        ("!*", r"'!\*' leaves no column of"),
        ("z00", r"has no column 'z00'.*Did you mean 'z0'"),
        ("", r"has no column ''"),
    ],
)
def test_what_picks_nothing_is_refused(key, message, files):
    with pytest.raises(FileFormatError, match=message):
        load_representation(f"{files}/z.csv:{key}", files / "v.npz")


def test_names_for_columns_are_given(files):
    names = {"latent_names": list("abcde"), "factor_names": ["shape", "x", "y"]}
    data = load_representation(files / "z.npz", files / "v.npz", **names)
    assert (data.latent_names, data.factor_names) == (tuple("abcde"), ("shape", "x", "y"))
    assert load_representation(f"{files}/z.csv:z*", files / "v.npz", latent_names=list("abc")).latent_names == tuple(
        "abc"
    )


def test_of_thousands_of_names_an_error_lists_some(tmp_path):
    pd.DataFrame(np.zeros((4, 900)), columns=[f"c{j}" for j in range(900)]).to_csv(tmp_path / "z.csv", index=False)
    with pytest.raises(FileFormatError) as caught:
        load_representation(f"{tmp_path}/z.csv:nope", tmp_path / "z.csv")
    assert "900 of them" in str(caught.value)
    assert len(str(caught.value)) < 400


def test_a_colon_in_a_range_is_not_that_of_a_file(files):
    (files / "z.csv").rename(files / "a:b.csv")
    assert load_representation(f"{files}/a:b.csv:[1:3]", files / "v.npz").latent_names == ("z1", "z2")
