import numpy as np
import pytest

from disentangle_metrics.errors import FileFormatError, MissingFileError, OptionError
from reference_models.dsprites import NAMES, ContinuousSprites, DSprites, load_dsprites

SMALL = (3, 2, 4, 3, 5)


def test_the_whole_original_has_its_order_and_its_values():
    data = DSprites()
    assert len(data) == 737_280
    index = np.array([0, 1, 32, 1024, 40_960, 245_760, 737_279])
    assert data.labels(index).tolist() == [
        [0, 0, 0, 0, 0], [0, 0, 0, 0, 1], [0, 0, 0, 1, 0], [0, 0, 1, 0, 0], [0, 1, 0, 0, 0], [1, 0, 0, 0, 0],
        [2, 5, 39, 31, 31],
    ]  # fmt: skip
    np.testing.assert_allclose(data.values(index[-1:]), [[3, 1, 2 * np.pi, 1, 1]])
    np.testing.assert_allclose(data.values(np.array([1056])), [[1, 0.5, 2 * np.pi / 39, 1 / 31, 0]])


def test_the_last_orientation_repeats_the_first_unless_it_is_left_out():
    as_it_was, unique = DSprites(sizes=(1, 1, 40, 1, 1)), DSprites(sizes=(1, 1, 39, 1, 1), unique_orientations=True)
    first, last = as_it_was.images(np.array([0, 39]))
    np.testing.assert_array_equal(first, last)
    np.testing.assert_allclose(unique.levels[2], as_it_was.levels[2][:39])


def test_a_cache_changes_nothing():
    lazy, cached = DSprites(32, SMALL), DSprites(32, SMALL, cache=True)
    index = np.array([5, 0, 359, 5])
    np.testing.assert_array_equal(cached.images(index), lazy.images(index))


def test_ranges_and_shapes_are_free():
    data = DSprites(32, (2, 3, 1, 2, 2), shapes=("heart", "square"), scale=(0.6, 0.8), pos_y=(0.25, 0.75))
    assert [level.tolist() for level in data.levels[:2]] == [[3.0, 1.0], [0.6, 0.7, 0.8]]
    assert data.levels[4].tolist() == [0.25, 0.75]
    assert data.factors.names == NAMES


@pytest.mark.parametrize(
    "options",
    [
        {"sizes": (3, 6, 40, 32)},
        {"sizes": (3, 6, 0, 32, 32)},
        {"sizes": (2, 1, 1, 1, 1), "shapes": ("heart",)},
        {"sizes": (1, 1, 1, 1, 1), "shapes": ("star",)},
    ],
    ids=str,
)
def test_grids_that_there_are_not_are_refused(options):
    with pytest.raises(OptionError):
        DSprites(32, **options)


def test_a_sample_covers_the_grid_evenly():
    data = DSprites(32, SMALL)
    labels = data.labels(data.sample(20_000, np.random.default_rng(0)))
    for k, size in enumerate(SMALL):
        share = np.bincount(labels[:, k], minlength=size) / len(labels)
        np.testing.assert_allclose(share, 1 / size, atol=0.015)


def test_correlated_factors_go_together_as_the_formula_says():
    data = DSprites(32, SMALL)
    labels = data.labels(data.sample(100_000, np.random.default_rng(0), ("pos_x", "pos_y"), strength=0.3))
    found = np.zeros((3, 5))
    np.add.at(found, (labels[:, 3], labels[:, 4]), 1 / len(labels))
    expected = np.exp(-((np.linspace(0, 1, 3)[:, None] - np.linspace(0, 1, 5)) ** 2) / (2 * 0.3**2))
    np.testing.assert_allclose(found, expected / expected.sum(), atol=0.005)
    assert abs(np.corrcoef(labels[:, 0], labels[:, 1])[0, 1]) < 0.02


@pytest.mark.parametrize("pair", [("pos_x", "pos_z"), ("pos_x", "pos_x")])
def test_factors_that_cannot_go_together_are_refused(pair):
    with pytest.raises(OptionError):
        DSprites(32, SMALL).sample(10, np.random.default_rng(0), pair)


def test_continuous_sprites_are_drawn_from_their_seed():
    data, again = ContinuousSprites(50, 32, seed=3), ContinuousSprites(50, 32, seed=3)
    index = np.arange(50)
    np.testing.assert_array_equal(data.images(index), again.images(index))
    assert data.labels(index).shape == (50, 4)
    assert data.factors.kinds == ("continuous", "circular", "continuous", "continuous")
    assert np.all(data.values(index)[:, 0] == 3)
    assert not np.array_equal(data.labels(index), ContinuousSprites(50, 32, seed=4).labels(index))


def test_a_saved_grid_is_read_back(tmp_path):
    data = DSprites(32, SMALL)
    data.save(tmp_path / "small.npz")
    stored = load_dsprites(tmp_path / "small.npz")
    index = np.array([3, 100, 7])
    assert (len(stored), stored.size, stored.factors.sizes) == (len(data), 32, SMALL)
    np.testing.assert_array_equal(stored.images(index), data.images(index))
    np.testing.assert_array_equal(stored.labels(index), data.labels(index))
    np.testing.assert_allclose(stored.values(index), data.values(index))


class Bomb:
    def __reduce__(self):
        return pytest.fail, ("a pickle was loaded",)


def write(path, n=4, columns=6, **changes):
    arrays = {
        "imgs": np.zeros((n, 8, 8), dtype=np.uint8),
        "latents_classes": np.zeros((n, columns), dtype=np.int64),
        "latents_values": np.ones((n, columns)),
        **changes,
    }
    np.savez(path, **{name: array for name, array in arrays.items() if array is not None})
    return path


def test_the_color_column_is_dropped_and_the_pickle_left_alone(tmp_path):
    labels = np.arange(24).reshape(4, 6)
    metadata = np.array(Bomb(), dtype=object)
    data = load_dsprites(write(tmp_path / "d.npz", latents_classes=labels, metadata=metadata))
    np.testing.assert_array_equal(data.labels(np.arange(4)), labels[:, 1:])


@pytest.mark.parametrize("top", [1, 255])
@pytest.mark.parametrize("dtype", ["bool", "uint8", "uint16", "int16", "int64", "float16", "float32", "float64"])
def test_pixels_of_any_type_are_read_if_they_are_of_two_values(dtype, top, tmp_path):
    data = DSprites(8, (3, 2, 1, 2, 2))
    index = np.arange(len(data))
    images = (data.images(index) * top).astype(dtype)
    stored = load_dsprites(
        write(tmp_path / "d.npz", imgs=images, latents_classes=data.labels(index), latents_values=data.values(index))
    )
    np.testing.assert_array_equal(stored.images(index), data.images(index))


@pytest.mark.parametrize("block", [1, 3, 5])
def test_each_block_of_pixels_is_looked_at(block, tmp_path, monkeypatch):
    monkeypatch.setattr("reference_models.dsprites._BLOCK", block)
    labels = np.arange(20).reshape(4, 5)
    images = np.zeros((4, 8, 8), dtype=np.float32)
    images[1, 2, 3] = 1
    files = {"latents_classes": labels, "latents_values": labels}
    stored = load_dsprites(write(tmp_path / "d.npz", imgs=images, **files))
    np.testing.assert_array_equal(stored.images(np.arange(4)), images)
    images[3, 7, 7] = 0.5
    with pytest.raises(FileFormatError, match=r"imgs holds 0\.5 in image 3"):
        load_dsprites(write(tmp_path / "d.npz", imgs=images, **files))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"imgs": None}, "has no imgs; it holds"),
        ({"imgs": np.zeros((4, 8))}, "imgs has shape"),
        ({"latents_values": np.ones((3, 6))}, "latents_values"),
        ({"columns": 4}, "expected .4, 5. or .4, 6."),
    ],
    ids=str,
)
def test_a_wrong_file_says_what_is_wrong(changes, message, tmp_path):
    with pytest.raises(FileFormatError, match=message):
        load_dsprites(write(tmp_path / "d.npz", **changes))


def test_a_damaged_or_missing_file_says_so(tmp_path):
    path = write(tmp_path / "d.npz")
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(FileFormatError, match="cut short"):
        load_dsprites(path)
    with pytest.raises(MissingFileError, match="there is no file"):
        load_dsprites(tmp_path / "e.npz")
