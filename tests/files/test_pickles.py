"""Pickles are never loaded."""

from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from saved import V, save

from disentangle_metrics import FileFormatError, load_representation


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
