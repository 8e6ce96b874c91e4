"""Which array of a file is read: keys, names, columns, and files that look swapped."""

import numpy as np
import pytest
from saved import SEVERAL, TABLES, V, Z, save, text

from disentangle_metrics import FileFormatError, load_representation
from disentangle_metrics.files.load import FACTOR_KEYS, LATENT_KEYS


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
    vae = ("mu", "z_mean", "z")
    assert ("latents", "mean", "codes", "representations", *vae, "embeddings", "embedding", "X") == LATENT_KEYS
    assert FACTOR_KEYS == ("factors", "labels", "latents_classes", "y")


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
