"""Files that are broken, missing or something else: the message names the file and says why."""

import importlib.util
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest
from saved import SUFFIXES, Z, save, text

from disentangle_metrics import FileFormatError, MissingDependencyError, MissingFileError, load_representation


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


@pytest.mark.parametrize("name", ["z.dat", "z", "z.npz.bak"])
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


def test_a_link_that_leads_nowhere_says_so(tmp_path, factors):
    (tmp_path / "z.npz").symlink_to(tmp_path / "gone.npz")
    with pytest.raises(MissingFileError, match=r"z\.npz is a link to .*gone\.npz, and there is no such file\.$"):
        load_representation(tmp_path / "z.npz", factors)
