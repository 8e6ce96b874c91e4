"""Every file format as latents and factors."""

import numpy as np
import pytest
from saved import SUFFIXES, TABLES, V, Z, save

from disentangle_metrics import load_representation


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
