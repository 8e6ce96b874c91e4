"""Every file format as latents and factors, what is said of a file that cannot be read, and results written whole."""

import errno
import importlib.util
import os
import stat
import tempfile
import zipfile
from contextlib import suppress
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest
from safetensors.numpy import save_file

from disentangle_metrics import (
    DTypeError,
    FileFormatError,
    MissingDependencyError,
    MissingFileError,
    NonFiniteError,
    load_representation,
    mig,
)
from disentangle_metrics.files.load import FACTOR_KEYS, LATENT_KEYS, write_text

SUFFIXES = (".npz", ".npy", ".csv", ".tsv", ".parquet", ".safetensors", ".h5")
TABLES = (".csv", ".tsv", ".parquet")
SEVERAL = (".npz", ".safetensors", ".h5")  # files that hold several arrays by name

Z = np.random.default_rng(0).normal(size=(12, 3))
V = np.arange(24).reshape(12, 2) % [3, 4]


def save(path, **arrays):
    """Write arrays under their names, or the only one where the format has no names."""
    (array, *_) = arrays.values()
    if path.suffix == ".npz":
        np.savez(path, **arrays)
    elif path.suffix == ".npy":
        np.save(path, array)
    elif path.suffix == ".parquet":
        table(array).to_parquet(path)
    elif path.suffix == ".safetensors":
        save_file({name: np.ascontiguousarray(value) for name, value in arrays.items()}, path)
    elif path.suffix in (".h5", ".hdf5"):
        with h5py.File(path, "w") as file:
            for name, value in arrays.items():
                value = np.asarray(value)
                file[name] = value.astype(h5py.string_dtype()) if value.dtype.kind == "U" else value
    else:
        table(array).to_csv(path, index=False, sep="\t" if path.suffix == ".tsv" else ",")
    return path


def table(array):
    return pd.DataFrame(array, columns=[f"c{j}" for j in range(array.shape[1])])


@pytest.fixture
def latents(tmp_path):
    return save(tmp_path / "latents.npz", latents=Z)


@pytest.fixture
def factors(tmp_path):
    return save(tmp_path / "factors.npz", factors=V)


def text(path, content):
    path.write_text(content, encoding="utf-8")
    return path


# --- every format


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_latents_come_back_as_they_were_written(suffix, tmp_path, factors):
    path = save(tmp_path / f"z{suffix}", latents=Z)
    np.testing.assert_array_equal(load_representation(path, factors).latents, Z, strict=True)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_factors_come_back_as_they_were_written(suffix, tmp_path, latents):
    path = save(tmp_path / f"v{suffix}", factors=V)
    np.testing.assert_array_equal(load_representation(latents, path).factors, V, strict=True)


@pytest.mark.parametrize("suffix", [".npz", ".npy", ".parquet", ".safetensors", ".h5"])
def test_single_precision_stays_single(suffix, tmp_path, factors):
    path = save(tmp_path / f"z{suffix}", latents=Z.astype(np.float32))
    assert load_representation(path, factors).latents.dtype == np.float32


@pytest.mark.parametrize("suffix", [".npz", ".npy", *TABLES, ".h5"])
def test_labels_of_text_come_back_as_text(suffix, tmp_path, latents):
    colors = np.array([["red", "big"], ["blue", "small"]] * 6)
    path = save(tmp_path / f"v{suffix}", factors=colors)
    np.testing.assert_array_equal(load_representation(latents, path).factors.astype(str), colors)


@pytest.mark.parametrize("suffix", [".csv", ".tsv"])
def test_text_keeps_every_digit_of_very_large_and_very_small_numbers(suffix, tmp_path, factors):
    wide = Z * 10.0 ** np.random.default_rng(1).integers(-300, 300, size=Z.shape)
    path = save(tmp_path / f"z{suffix}", latents=wide)
    np.testing.assert_array_equal(load_representation(path, factors).latents, wide)


def test_hdf5_is_another_ending_of_h5(tmp_path, factors):
    path = save(tmp_path / "z.hdf5", latents=Z)
    np.testing.assert_array_equal(load_representation(path, factors).latents, Z)


def test_the_ending_may_be_in_capitals(tmp_path, factors):
    path = save(tmp_path / "z.npy", latents=Z).rename(tmp_path / "z.NPY")
    assert load_representation(path, factors).n_latents == 3


def test_paths_may_be_text(latents, factors):
    assert load_representation(str(latents), str(factors)).n_samples == 12


def test_kinds_of_factors_are_passed_on(latents, factors):
    data = load_representation(latents, factors, factor_kinds={"v1": "continuous"})
    assert data.factor_kinds == ("categorical", "continuous")


# --- which array


@pytest.mark.parametrize("first", range(len(LATENT_KEYS)))
def test_latents_are_looked_for_in_the_order_documented(first, tmp_path, factors):
    present = {key: Z + i for i, key in enumerate(LATENT_KEYS) if i >= first}
    path = save(tmp_path / "z.npz", zzz=Z - 1, **dict(reversed(present.items())))
    np.testing.assert_array_equal(load_representation(path, factors).latents, Z + first)


@pytest.mark.parametrize("first", range(len(FACTOR_KEYS)))
def test_factors_are_looked_for_in_the_order_documented(first, tmp_path, latents):
    present = {key: V + i for i, key in enumerate(FACTOR_KEYS) if i >= first}
    path = save(tmp_path / "v.npz", zzz=V - 1, **dict(reversed(present.items())))
    np.testing.assert_array_equal(load_representation(latents, path).factors, V + first)


def test_the_documented_keys_are_these():
    assert LATENT_KEYS == ("latents", "mean", "codes", "representations")
    assert FACTOR_KEYS == ("factors", "labels", "latents_classes")


def test_of_a_trainers_file_the_mean_is_scored(tmp_path, factors):
    path = save(tmp_path / "encoded.npz", sample=Z + 2, logvar=Z + 1, mean=Z)
    np.testing.assert_array_equal(load_representation(path, factors).latents, Z)


@pytest.mark.parametrize("suffix", SEVERAL)
def test_a_key_picks_the_array(suffix, tmp_path, factors):
    path = save(tmp_path / f"z{suffix}", latents=Z, whitened=Z + 1)
    np.testing.assert_array_equal(load_representation(f"{path}:whitened", factors).latents, Z + 1)


@pytest.mark.parametrize("suffix", SEVERAL)
def test_a_key_picks_the_factors(suffix, tmp_path, latents):
    path = save(tmp_path / f"v{suffix}", factors=V, fine=V + 1)
    np.testing.assert_array_equal(load_representation(latents, f"{path}:fine").factors, V + 1)


def test_a_key_of_h5_may_be_a_path(tmp_path, factors):
    path = save(tmp_path / "z.h5", **{"epoch9/mean": Z, "epoch8/mean": Z + 1})
    np.testing.assert_array_equal(load_representation(f"{path}:epoch9/mean", factors).latents, Z)


@pytest.mark.parametrize("suffix", SEVERAL)
def test_an_array_alone_in_its_file_needs_no_key(suffix, tmp_path, factors):
    path = save(tmp_path / f"z{suffix}", anything=Z)
    np.testing.assert_array_equal(load_representation(path, factors).latents, Z)


def test_names_do_not_count_as_an_array(tmp_path, factors):
    path = save(tmp_path / "z.npz", anything=Z, latent_names=np.array(["a", "b", "c"]))
    np.testing.assert_array_equal(load_representation(path, factors).latents, Z)


@pytest.mark.parametrize("suffix", SEVERAL)
def test_one_file_may_hold_both_arrays(suffix, tmp_path):
    data = load_representation(save(tmp_path / f"both{suffix}", factors=V, latents=Z))
    np.testing.assert_array_equal(data.latents, Z)
    np.testing.assert_array_equal(data.factors, V)


def test_labels_and_representations_of_one_file_are_found(tmp_path):
    data = load_representation(save(tmp_path / "both.npz", labels=V, representations=Z))
    assert (data.n_latents, data.n_factors) == (3, 2)


@pytest.mark.parametrize("spec", ["z.csv", "z.csv:c0,c1", "z.parquet", "z.npy", "z.npz"])
def test_latents_are_never_their_own_factors(spec, tmp_path):
    for name in ("z.csv", "z.parquet", "z.npy", "z.npz"):
        save(tmp_path / name, latents=Z)
    with pytest.raises(FileFormatError, match="factors"):
        load_representation(f"{tmp_path}/{spec}")


@pytest.mark.parametrize("name", ["both.npz", "both.h5"])
def test_a_key_for_the_latents_leaves_the_factors_of_the_same_file(name, tmp_path):
    path = save(tmp_path / name, sample=Z, mean=Z + 1, factors=V)
    data = load_representation(f"{path}:sample")
    np.testing.assert_array_equal(data.latents, Z)
    np.testing.assert_array_equal(data.factors, V)


@pytest.mark.parametrize("suffix", [".npz", ".h5"])
def test_names_are_read_from_beside_the_arrays(suffix, tmp_path):
    names = {"latent_names": np.array(["a", "b", "c"]), "factor_names": np.array(["shape", "size"])}
    data = load_representation(save(tmp_path / f"both{suffix}", latents=Z, factors=V, **names))
    assert (data.latent_names, data.factor_names) == (("a", "b", "c"), ("shape", "size"))


@pytest.mark.parametrize("suffix", [".npz", ".h5"])
def test_names_may_be_bytes(suffix, tmp_path):
    path = save(tmp_path / f"both{suffix}", latents=Z, factors=V, factor_names=np.array([b"shape", b"size"]))
    assert load_representation(path).factor_names == ("shape", "size")


@pytest.mark.parametrize("suffix", TABLES)
def test_names_are_the_columns_of_a_table(suffix, tmp_path, factors):
    path = save(tmp_path / f"z{suffix}", latents=Z)
    assert load_representation(path, factors).latent_names == ("c0", "c1", "c2")


def test_without_names_columns_are_numbered(latents, factors):
    data = load_representation(latents, factors)
    assert (data.latent_names, data.factor_names) == (("z0", "z1", "z2"), ("v0", "v1"))


@pytest.mark.parametrize("suffix", TABLES)
def test_columns_of_a_table_are_picked_in_the_order_given(suffix, tmp_path, factors):
    path = save(tmp_path / f"z{suffix}", latents=Z)
    data = load_representation(f"{path}:c2,c0", factors)
    assert data.latent_names == ("c2", "c0")
    np.testing.assert_array_equal(data.latents, Z[:, [2, 0]])


def test_one_table_may_hold_both_if_its_columns_are_picked(tmp_path):
    path = save(tmp_path / "all.csv", both=np.hstack([Z, V]))
    data = load_representation(f"{path}:c0,c1,c2", f"{path}:c3,c4")
    assert data.factor_names == ("c3", "c4")


@pytest.mark.parametrize(("first", "second"), [("factors", "latents"), ("factors", "factors"), ("latents", "latents")])
def test_swapped_files_are_noticed(first, second, tmp_path, latents, factors):
    with pytest.raises(FileFormatError, match="swapped"):
        load_representation(tmp_path / f"{first}.npz", tmp_path / f"{second}.npz")


def test_files_that_look_swapped_are_read_if_the_key_is_named(tmp_path, factors):
    path = save(tmp_path / "odd.npz", labels=Z)
    np.testing.assert_array_equal(load_representation(f"{path}:labels", factors).latents, Z)


@pytest.mark.parametrize("suffix", SEVERAL)
def test_a_missing_key_lists_what_is_there_and_what_is_near(suffix, tmp_path, factors):
    path = save(tmp_path / f"z{suffix}", latents=Z, logvar=Z)
    with pytest.raises(FileFormatError) as caught:
        load_representation(f"{path}:latent", factors)
    assert f"{path} has no array 'latent'" in str(caught.value)
    assert "'logvar'" in str(caught.value)
    assert "Did you mean 'latents'?" in str(caught.value)


@pytest.mark.parametrize("suffix", TABLES)
def test_a_missing_column_lists_what_is_there(suffix, tmp_path, latents):
    path = save(tmp_path / f"v{suffix}", factors=V)
    with pytest.raises(FileFormatError, match=r"has no column 'c7'. It holds \['c0', 'c1'\]"):
        load_representation(latents, f"{path}:c0,c7")


def test_a_missing_column_says_what_is_near(tmp_path, latents):
    path = text(tmp_path / "v.csv", "shape,scale\n" + "1,2\n2,1\n" * 6)
    with pytest.raises(FileFormatError, match=r"Did you mean 'shape'\?"):
        load_representation(latents, f"{path}:shap")


def test_several_arrays_of_unknown_names_are_listed(tmp_path, factors):
    path = save(tmp_path / "z.npz", a=Z, b=Z)
    with pytest.raises(FileFormatError, match=r"It holds \['a', 'b'\]. Name one as .*z.npz:KEY"):
        load_representation(path, factors)


def test_a_file_without_arrays_says_so(tmp_path, factors):
    np.savez(tmp_path / "z.npz")
    with pytest.raises(FileFormatError, match=r"It holds \[\]"):
        load_representation(tmp_path / "z.npz", factors)


def test_a_file_whose_name_has_a_colon_is_found(tmp_path, factors):
    path = save(tmp_path / "run:7.npz", latents=Z)
    assert load_representation(path, factors).n_latents == 3


def test_a_key_of_a_file_whose_name_has_a_colon_is_found(tmp_path, factors):
    path = save(tmp_path / "run:7.npz", latents=Z, mean=Z + 1)
    np.testing.assert_array_equal(load_representation(f"{path}:mean", factors).latents, Z + 1)


def test_a_file_whose_name_looks_like_a_key_wins(tmp_path, factors):
    save(tmp_path / "a.npz", **{"b.npz": Z})
    path = save(tmp_path / "a.npz:b.npz", latents=Z + 1)
    np.testing.assert_array_equal(load_representation(path, factors).latents, Z + 1)


# --- tables of text


def test_a_text_column_among_latents_is_named(tmp_path, factors):
    path = text(tmp_path / "z.csv", "a,color\n" + "1.5,red\n2.5,blue\n" * 6)
    with pytest.raises(DTypeError, match=r"'color', holds 'red' at row 0"):
        load_representation(path, factors)


def test_a_text_column_among_factors_is_labels(tmp_path, latents):
    path = text(tmp_path / "v.csv", "size,color\n" + "1,red\n2,blue\n" * 6)
    assert load_representation(latents, path).labels(1).values.tolist() == ["blue", "red"]


def test_an_empty_cell_among_factors_is_a_missing_label(tmp_path, latents):
    path = text(tmp_path / "v.csv", "size,color\n" + "1,red\n2,\n3,blue\n" * 4)
    assert load_representation(latents, path).labels(1).n_labeled == 8


def test_an_empty_cell_among_latents_is_an_error(tmp_path, factors):
    path = text(tmp_path / "z.csv", "a,b\n" + "1,2\n" * 11 + "1,\n")
    with pytest.raises(NonFiniteError, match=r"first at row 11, column 1, 'b'"):
        load_representation(path, factors)


def test_a_table_without_a_header_line_keeps_its_first_row(tmp_path, factors):
    np.savetxt(tmp_path / "z.csv", Z, delimiter=",")
    data = load_representation(tmp_path / "z.csv", factors)
    assert data.latent_names == ("z0", "z1", "z2")
    np.testing.assert_array_equal(data.latents, Z)


def test_columns_of_a_table_without_a_header_line_are_picked_by_number(tmp_path, factors):
    np.savetxt(tmp_path / "z.csv", Z, delimiter=",")
    data = load_representation(f"{tmp_path}/z.csv:2,0", factors)
    np.testing.assert_array_equal(data.latents, Z[:, [2, 0]])


def test_columns_whose_names_are_numbers_are_picked_by_number(tmp_path, factors):
    pd.DataFrame(Z).to_parquet(tmp_path / "z.parquet")
    data = load_representation(f"{tmp_path}/z.parquet:2,0", factors)
    np.testing.assert_array_equal(data.latents, Z[:, [2, 0]])


def test_a_first_line_that_could_be_names_or_data_is_refused(tmp_path, factors):
    pd.DataFrame(Z).to_csv(tmp_path / "z.csv", index=False)
    with pytest.raises(FileFormatError, match="0,1,2, which could be names or data"):
        load_representation(tmp_path / "z.csv", factors)


def test_row_numbers_written_by_pandas_are_refused(tmp_path, factors):
    table(Z).to_csv(tmp_path / "z.csv")
    with pytest.raises(FileFormatError, match=r"index=False, or name the columns to score: .*z.csv:c0,c1,c2"):
        load_representation(tmp_path / "z.csv", factors)


@pytest.mark.parametrize("columns", [["a", "b", "c"], [0, 1, 2]])
def test_the_columns_beside_row_numbers_are_read_if_named(columns, tmp_path, factors):
    pd.DataFrame(Z, columns=columns).to_csv(tmp_path / "z.csv")
    spec = f"{tmp_path}/z.csv:{','.join(map(str, columns))}"
    np.testing.assert_array_equal(load_representation(spec, factors).latents, Z)


def test_an_index_in_parquet_is_not_a_latent(tmp_path, factors):
    table(Z).set_index(np.arange(12)[::-1]).to_parquet(tmp_path / "z.parquet")
    np.testing.assert_array_equal(load_representation(tmp_path / "z.parquet", factors).latents, Z)


def test_a_comma_at_the_end_of_each_row_does_not_shift_the_columns(tmp_path, latents):
    data = load_representation(latents, text(tmp_path / "v.csv", "shape,size\n" + "1,10,\n2,20,\n" * 6))
    np.testing.assert_array_equal(data.factors, [[1, 10], [2, 20]] * 6)


def test_a_value_more_than_the_header_has_names_is_refused(tmp_path, latents):
    with pytest.raises(FileFormatError, match=r"v\.csv cannot be read: a row has more values"):
        load_representation(latents, text(tmp_path / "v.csv", "shape,size\n" + "1,10,5\n2,20,6\n" * 6))


def test_semicolons_are_noticed(tmp_path, factors):
    with pytest.raises(FileFormatError, match="separated by ';'"):
        load_representation(text(tmp_path / "z.csv", "a;b\n" + "1;2\n" * 6), factors)


@pytest.mark.parametrize(
    "content",
    [
        "\ufeffshape,size\n" + "1,2\n2,1\n" * 6,
        "shape,size\r\n" + "1,2\r\n2,1\r\n" * 6,
        "shape, size\n" + "1, 2\n2, 1\n" * 6,
        '"shape","size"\n' + "1,2\n2,1\n" * 6,
        "\nshape,size\n" + "1,2\n2,1\n" * 6,
    ],
    ids=["byte order mark", "line ends of Windows", "spaces after commas", "quotes", "empty line first"],
)
def test_ways_of_writing_a_table_make_no_difference(content, tmp_path, latents):
    (tmp_path / "v.csv").write_bytes(content.encode())
    data = load_representation(latents, tmp_path / "v.csv")
    assert data.factor_names == ("shape", "size")
    assert data.factors.tolist() == [[1, 2], [2, 1]] * 6


@pytest.mark.parametrize(
    "content",
    [
        b"a,b\n1,2\n1,2,3\n",
        "a,é\n1,2\n".encode("latin-1"),
        "a,b\n1,2\n".encode("utf-16"),
        b'"a,b\n1,2\n',
        b"\n\n",
        b"a" * 200_000,
    ],
    ids=["ragged", "latin-1", "utf-16", "open quote", "blank", "one long line"],
)
def test_text_that_is_no_table_names_the_file(content, tmp_path, factors):
    (tmp_path / "z.csv").write_bytes(content)
    with pytest.raises(FileFormatError, match=r"z\.csv"):
        load_representation(tmp_path / "z.csv", factors)


# --- pickles are never loaded


class Bomb:
    """Leaves a file behind when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


@pytest.fixture
def dsprites(tmp_path):
    """A file as the original of dSprites is laid out, whose pickle leaves a trace if it is loaded."""
    bomb = np.array(Bomb(tmp_path / "exploded"), dtype=object)
    arrays = {"imgs": np.zeros((12, 2, 2), np.uint8), "latents_values": V / 2, "latents_classes": V}
    return save(tmp_path / "dsprites.npz", metadata=bomb, **arrays)


def test_the_classes_of_dsprites_are_read(dsprites, latents):
    np.testing.assert_array_equal(load_representation(latents, dsprites).factors, V)


def test_the_values_of_dsprites_are_read_by_key(dsprites, latents):
    np.testing.assert_array_equal(load_representation(latents, f"{dsprites}:latents_values").factors, V / 2)


@pytest.mark.parametrize("key", ["", ":latents_values", ":metadata"])
def test_the_pickle_of_dsprites_is_not_loaded(key, dsprites, latents):
    with suppress(FileFormatError):
        load_representation(latents, f"{dsprites}{key}")
    assert not dsprites.with_name("exploded").exists()


def test_a_pickle_asked_for_is_refused(dsprites, latents):
    with pytest.raises(FileFormatError, match=r"dsprites\.npz:metadata holds pickled objects, which are never loaded"):
        load_representation(latents, f"{dsprites}:metadata")


def test_a_pickled_npy_is_refused(tmp_path, factors):
    path = save(tmp_path / "z.npy", latents=np.array([[Bomb(tmp_path / "exploded")]], dtype=object))
    with pytest.raises(FileFormatError, match="holds pickled objects, which are never loaded"):
        load_representation(path, factors)
    assert not (tmp_path / "exploded").exists()


# --- files that are broken, or something else


def cut(path, length):
    raw = path.read_bytes()
    path.write_bytes(raw[:length])
    return path


@pytest.mark.parametrize("length", [0, 1, 3, 4, 10, 60, 150, 300, -100, -22, -1])
@pytest.mark.parametrize("save_npz", [np.savez, np.savez_compressed])
def test_an_npz_cut_short_says_so(save_npz, length, tmp_path, factors):
    save_npz(tmp_path / "z.npz", latents=Z)
    with pytest.raises(FileFormatError, match=r"z\.npz.* cannot be read.*cut short"):
        load_representation(cut(tmp_path / "z.npz", length), factors)


@pytest.mark.parametrize("save_npz", [np.savez, np.savez_compressed])
def test_an_npz_cut_inside_a_member_says_so(save_npz, tmp_path, factors):
    save_npz(tmp_path / "z.npz", latents=Z)
    raw = (tmp_path / "z.npz").read_bytes()
    (tmp_path / "z.npz").write_bytes(raw[:150] + raw[200:])
    with pytest.raises(FileFormatError, match=r"z\.npz.* cannot be read"):
        load_representation(tmp_path / "z.npz", factors)


def test_an_npz_whose_member_was_itself_cut_says_so(tmp_path, factors):
    save(tmp_path / "whole.npy", latents=Z)
    with zipfile.ZipFile(tmp_path / "z.npz", "w") as archive:
        archive.writestr("latents.npy", (tmp_path / "whole.npy").read_bytes()[:-50])
    with pytest.raises(FileFormatError, match=r"z\.npz:latents cannot be read.*cut short"):
        load_representation(tmp_path / "z.npz", factors)


@pytest.mark.parametrize("save_npz", [np.savez, np.savez_compressed])
def test_a_changed_byte_in_an_npz_is_noticed(save_npz, tmp_path, factors):
    save_npz(tmp_path / "z.npz", latents=Z)
    raw = bytearray((tmp_path / "z.npz").read_bytes())
    raw[200] ^= 0xFF
    (tmp_path / "z.npz").write_bytes(raw)
    with pytest.raises(FileFormatError, match=r"z\.npz:latents cannot be read"):
        load_representation(tmp_path / "z.npz", factors)


def test_an_npz_of_an_unknown_compression_says_so(tmp_path, factors):
    raw = bytearray(save(tmp_path / "z.npz", latents=Z).read_bytes())
    raw[8] = raw[raw.index(b"PK\x01\x02") + 10] = 99
    (tmp_path / "z.npz").write_bytes(raw)
    with pytest.raises(FileFormatError, match=r"z\.npz.* cannot be read"):
        load_representation(tmp_path / "z.npz", factors)


def test_an_npy_with_a_damaged_header_says_so(tmp_path, factors):
    raw = save(tmp_path / "z.npy", latents=Z).read_bytes()
    (tmp_path / "z.npy").write_bytes(raw.replace(b"}", b" "))
    with pytest.raises(FileFormatError, match=r"z\.npy cannot be read"):
        load_representation(tmp_path / "z.npy", factors)


def test_an_h5_with_a_damaged_tree_says_so(tmp_path, factors):
    raw = save(tmp_path / "z.h5", latents=Z).read_bytes()
    (tmp_path / "z.h5").write_bytes(raw.replace(b"TREE", b"FERN"))
    with pytest.raises(FileFormatError, match=r"z\.h5.* cannot be read"):
        load_representation(tmp_path / "z.h5", factors)


def test_an_h5_with_a_damaged_array_says_so(tmp_path, factors):
    with h5py.File(tmp_path / "z.h5", "w") as file:
        chunk = file.create_dataset("latents", data=Z, compression="gzip").id.get_chunk_info(0)
    raw = bytearray((tmp_path / "z.h5").read_bytes())
    raw[chunk.byte_offset : chunk.byte_offset + chunk.size] = b"\xff" * chunk.size
    (tmp_path / "z.h5").write_bytes(raw)
    with pytest.raises(FileFormatError, match=r"z\.h5.* cannot be read"):
        load_representation(tmp_path / "z.h5", factors)


@pytest.mark.parametrize("part", [0.0, 0.3, 0.9])
@pytest.mark.parametrize("suffix", [".npy", ".parquet", ".safetensors", ".h5"])
def test_a_file_cut_short_cannot_be_read(suffix, part, tmp_path, factors):
    path = save(tmp_path / f"z{suffix}", latents=Z)
    cut(path, int(part * path.stat().st_size))
    with pytest.raises(FileFormatError, match=rf"z\{suffix} cannot be read"):
        load_representation(path, factors)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_an_empty_file_cannot_be_read(suffix, tmp_path, factors):
    with pytest.raises(FileFormatError, match=rf"z\{suffix} cannot be read"):
        load_representation(text(tmp_path / f"z{suffix}", ""), factors)


@pytest.mark.parametrize("suffix", [".npz", ".npy", ".parquet", ".safetensors", ".h5"])
def test_a_text_file_under_the_name_of_another_kind_cannot_be_read(suffix, tmp_path, factors):
    with pytest.raises(FileFormatError, match=rf"z\{suffix} cannot be read") as caught:
        load_representation(text(tmp_path / f"z{suffix}", "latents go here, ...\n" * 9), factors)
    assert "pickle" not in str(caught.value)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_file_that_the_system_will_not_read_is_named(suffix, tmp_path, factors):
    memory = Path("/proc/self/mem")  # whose first byte nobody may read
    if not memory.exists():
        pytest.skip("no such file on this system")
    (tmp_path / f"z{suffix}").symlink_to(memory)
    with pytest.raises(FileFormatError, match=rf"z\{suffix} cannot be read"):
        load_representation(tmp_path / f"z{suffix}", factors)


@pytest.mark.parametrize("name", ["folder", "folder.npz"])
def test_a_folder_is_not_a_file(name, tmp_path, factors):
    (tmp_path / name).mkdir()
    with pytest.raises(FileFormatError, match=r"is a folder\. Name a file in it\."):
        load_representation(tmp_path / name, factors)


@pytest.mark.parametrize("name", ["z.txt", "z", "z.npz.bak"])
def test_an_unknown_ending_lists_those_that_are_known(name, tmp_path, factors):
    with pytest.raises(FileFormatError, match=r"ends in .*\.npz, \.npy, \.csv, \.tsv, \.parquet, \.safetensors, \.h5"):
        load_representation(text(tmp_path / name, "1"), factors)


def test_a_missing_file_says_what_is_near(tmp_path, latents, factors):
    with pytest.raises(MissingFileError, match=r"there is no file .*latent\.npz\. Did you mean 'latents\.npz'\?"):
        load_representation(tmp_path / "latent.npz", factors)


def test_a_missing_file_of_factors_says_what_is_near(tmp_path, latents, factors):
    with pytest.raises(MissingFileError, match=r"Did you mean 'factors\.npz'\?"):
        load_representation(latents, tmp_path / "factor.npz:labels")


def test_a_missing_folder_is_named(tmp_path, factors):
    with pytest.raises(MissingFileError, match=r"There is no folder .*runs"):
        load_representation(tmp_path / "runs" / "z.npz", factors)


def test_a_missing_file_is_the_builtin_error_too(tmp_path):
    with pytest.raises(FileNotFoundError):
        load_representation(tmp_path / "z.npz")


def test_a_name_too_long_for_the_system_is_a_missing_file(factors):
    with pytest.raises((MissingFileError, FileFormatError)):
        load_representation("z" * 5000 + ".npz", factors)


@pytest.mark.parametrize(
    ("suffix", "library"), [(".parquet", "pyarrow"), (".safetensors", "safetensors"), (".h5", "h5py")]
)
def test_a_missing_library_names_what_to_install(suffix, library, tmp_path, factors, monkeypatch):
    path = save(tmp_path / f"z{suffix}", latents=Z)
    found = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *rest: None if name == library else found(name))
    with pytest.raises(MissingDependencyError) as caught:
        load_representation(path, factors)
    assert f"reading z{suffix} needs {library}" in str(caught.value)
    assert "pip install 'disentangle-metrics[files]'" in str(caught.value)


# --- results are written whole or not at all


def no_room(*_):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def fail_to_rename(monkeypatch):
    monkeypatch.setattr(Path, "replace", no_room)


def fail_to_write(monkeypatch):
    make = tempfile.NamedTemporaryFile

    def full(*args, **options):
        file = make(*args, **options)
        file.write = no_room
        return file

    monkeypatch.setattr(tempfile, "NamedTemporaryFile", full)


def test_text_is_written(tmp_path):
    write_text(tmp_path / "out.txt", "größe\n")
    assert (tmp_path / "out.txt").read_bytes() == "größe\n".encode()


def test_text_replaces_what_was_there(tmp_path):
    write_text(text(tmp_path / "out.txt", "old and longer"), "new")
    assert (tmp_path / "out.txt").read_text() == "new"


def test_writing_leaves_nothing_else_behind(tmp_path):
    write_text(tmp_path / "out.txt", "new")
    assert list(tmp_path.iterdir()) == [tmp_path / "out.txt"]


@pytest.mark.parametrize("fail", [fail_to_rename, fail_to_write])
def test_a_failed_write_says_why(fail, tmp_path, monkeypatch):
    fail(monkeypatch)
    with pytest.raises(FileFormatError, match=r"out\.txt cannot be written: No space left on device"):
        write_text(tmp_path / "out.txt", "new")


@pytest.mark.parametrize("fail", [fail_to_rename, fail_to_write])
def test_a_failed_write_leaves_the_old_file_as_it_was(fail, tmp_path, monkeypatch):
    path = text(tmp_path / "out.txt", "old")
    fail(monkeypatch)
    with pytest.raises(FileFormatError):
        write_text(path, "new")
    assert path.read_text() == "old"


@pytest.mark.parametrize("fail", [fail_to_rename, fail_to_write])
def test_a_failed_write_leaves_no_temporary_file(fail, tmp_path, monkeypatch):
    fail(monkeypatch)
    with pytest.raises(FileFormatError):
        write_text(tmp_path / "out.txt", "new")
    assert list(tmp_path.iterdir()) == []


def test_text_that_cannot_be_encoded_leaves_no_temporary_file(tmp_path):
    with pytest.raises(ValueError, match=r"surrogates|cannot be written"):
        write_text(tmp_path / "out.txt", "\udc80")
    assert list(tmp_path.iterdir()) == []


def test_a_result_may_be_read_by_whom_any_new_file_may(tmp_path):
    write_text(tmp_path / "out.txt", "new")
    text(tmp_path / "other.txt", "new")
    assert (tmp_path / "out.txt").stat().st_mode == (tmp_path / "other.txt").stat().st_mode


def test_a_folder_to_write_into_must_exist(tmp_path):
    with pytest.raises(MissingFileError, match=r"no folder .*runs to write out\.txt into. Make it with: mkdir -p"):
        write_text(tmp_path / "runs" / "out.txt", "new")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_is_not_written_over(tmp_path):
    with pytest.raises(FileFormatError, match="is a folder"):
        write_text(tmp_path, "new")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names on this system")
def test_a_pipe_or_device_is_written_into_and_not_replaced(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    try:
        write_text(tmp_path / "pipe", "new")
        assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)
        assert os.read(reader, 100) == b"new"
    finally:
        os.close(reader)


# --- messages that say what is wrong with a file


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("z.csv", "1.5 2 3\n" * 6, r"z\.csv is separated by ' '\. Write it with ','\."),
        ("z.csv", "a b\n1e-3 2\n" * 3, r"z\.csv is separated by ' '"),
        ("z.tsv", "a,b\n" + "1,2\n" * 6, r"z\.tsv is separated by ','\. Let its name end in \.csv\."),
        ("z.tsv", "1.5,2\n" * 6, r"z\.tsv is separated by ','"),
        ("z.tsv", "1 2\n" * 6, r"z\.tsv is separated by ' '\. Write it with '\\t'\."),
        ("z.csv", "a\tb\n" + "1\t2\n" * 6, r"z\.csv is separated by '\\t'\. Let its name end in \.tsv\."),
        ("z.csv", "a|b\n" + "1|2\n" * 6, r"z\.csv is separated by '\|'\. Write it with ','\."),
    ],
)
def test_another_separator_is_named(name, content, message, tmp_path, factors):
    with pytest.raises(FileFormatError, match=message):
        load_representation(text(tmp_path / name, content), factors)


def test_a_blank_in_the_labels_of_a_column_alone_separates_nothing(tmp_path, latents):
    path = text(tmp_path / "v.csv", "hat color\n" + "dark red\nblue 2\n" * 6)
    assert load_representation(latents, path).labels(0).values.tolist() == ["blue 2", "dark red"]


def test_a_link_that_leads_nowhere_says_so(tmp_path, factors):
    (tmp_path / "z.npz").symlink_to(tmp_path / "gone.npz")
    with pytest.raises(MissingFileError, match=r"z\.npz is a link to .*gone\.npz, and there is no such file\.$"):
        load_representation(tmp_path / "z.npz", factors)


def test_a_cell_is_quoted_in_part(tmp_path, factors):
    path = text(tmp_path / "z.csv", "a,b\n" + f"1,{'word ' * 20_000}\n" * 12)
    with pytest.raises(DTypeError) as caught:
        load_representation(path, factors)
    assert "holds 'word word" in str(caught.value)
    assert len(str(caught.value)) < 250


@pytest.mark.parametrize("kind", ["continuous", "circular", "ordinal"])
def test_a_label_is_quoted_in_part(kind, tmp_path, latents):
    path = text(tmp_path / "v.csv", "a,b\n" + f"1,{'word ' * 20_000}\n2,x\n" * 6)
    with pytest.raises(DTypeError) as caught:
        mig(load_representation(latents, path, factor_kinds={"b": kind}))
    assert len(str(caught.value)) < 300


def test_many_numbers_in_a_first_line_are_quoted_in_part(tmp_path, factors):
    path = text(tmp_path / "z.csv", ",".join(map(str, range(512))) + "\n")
    with pytest.raises(FileFormatError, match=r"begins with the line 0,1,2,\.\.\.,511, which could be names or data"):
        load_representation(path, factors)
