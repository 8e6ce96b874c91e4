import os
from pathlib import Path

import numpy as np
import pytest

from reference_models.dsprites import DSprites, load_dsprites
from reference_models.rendering import ELLIPSE, HEART, SQUARE, render


def real_images():
    folder = os.environ.get("DSPRITES_PATH")
    if not folder:
        pytest.skip("DSPRITES_PATH is not set: the renderer was not compared with real dSprites images")
    return sorted(Path(folder).glob("*.npz"))


def test_real_images_come_out_to_the_pixel():
    for path in real_images():
        data = load_dsprites(path)
        index = np.arange(len(data))
        wrong = np.sum(render(data.values(index)) != data.images(index), axis=(1, 2))
        for shape in (SQUARE, ELLIPSE, HEART):
            of_shape = wrong[data.values(index)[:, 0] == shape]
            assert len(of_shape) > 1000
            assert np.mean(of_shape == 0) > 0.9995, (path, shape)
            assert of_shape.max() <= 1, (path, shape)


def test_a_square_is_counted_by_hand():
    # Half side 4.8 around (32, 32): pixel centers from 27.5 to 36.5 are inside, ten on each side.
    image = render([[SQUARE, 0.5, 0.0, 0.5, 0.5]])[0]
    assert image[27:37, 27:37].all()
    assert image.sum() == 100


def test_positions_run_down_and_to_the_right():
    rows, columns = np.nonzero(render([[ELLIPSE, 0.5, 0.0, 1.0, 0.0]])[0])
    assert columns.mean() == pytest.approx(47.5)
    assert rows.mean() == pytest.approx(15.5)


def test_a_heart_stands_on_its_tip():
    widths = render([[HEART, 1.0, 0.0, 0.5, 0.5]])[0].sum(axis=1)
    lit = widths[widths > 0]
    assert lit[-1] < lit[2]


def test_orientation_turns_against_the_clock():
    # A wide ellipse turned by 45 degrees rises to the right: lit above right of the center and not above left.
    image = render([[ELLIPSE, 1.0, np.pi / 4, 0.5, 0.5]])[0]
    assert image[25, 39]
    assert not image[25, 24]


@pytest.mark.parametrize(("shape", "fold"), [(SQUARE, 4), (ELLIPSE, 2), (HEART, 1)])
def test_a_turn_by_its_symmetry_leaves_a_shape_as_it_was(shape, fold):
    turned = render([[shape, 1.0, 0.3 + 2 * np.pi * k / 4, 0.4, 0.6] for k in range(4)])
    different = [(turned[k] != turned[0]).sum() for k in range(4)]
    assert [d <= 2 for d in different] == [k % (4 // fold) == 0 for k in range(4)]


@pytest.mark.parametrize("size", [16, 32, 64])
def test_area_does_not_depend_on_the_number_of_pixels(size):
    areas = render([[SQUARE, 1.0, 0.2, 0.5, 0.5], [ELLIPSE, 1.0, 0.2, 0.5, 0.5]], size).sum(axis=(1, 2))
    np.testing.assert_allclose(areas * (64 / size) ** 2, [19.2**2, np.pi * 9.6**2], rtol=0.08)


def test_no_sprite_touches_the_border():
    data = DSprites(64, (3, 2, 8, 2, 2))
    images = data.images(np.arange(len(data)))
    assert not images[:, [0, 1, -2, -1]].any()
    assert not images[:, :, [0, 1, -2, -1]].any()


def test_any_number_of_images_are_drawn_alike():
    data = DSprites(32, (3, 2, 5, 3, 3))
    index = np.random.default_rng(0).permutation(len(data))
    together = data.images(index)
    np.testing.assert_array_equal(together, np.concatenate([data.images(index[i : i + 1]) for i in range(len(data))]))


@pytest.mark.parametrize(
    ("values", "size", "message"),
    [
        ([1, 0.5, 0, 0.5, 0.5], 64, "expected .n, 5."),
        ([[4, 0.5, 0, 0.5, 0.5]], 64, "shape 4 is not known"),
        ([[1, 0, 0, 0.5, 0.5]], 64, "scales must lie above 0"),
        ([[1, 1.1, 0, 0.5, 0.5]], 64, "scales must lie above 0"),
        ([[1, 0.5, np.nan, 0.5, 0.5]], 64, "every value must be finite"),
        ([[1, 0.5, 0, 0.5, 1.5]], 64, "positions must lie between 0 and 1"),
        ([[1, 0.5, 0, 0.5, 0.5]], 65, "size=65 is out of range"),
    ],
)
def test_values_that_cannot_be_drawn_are_refused(values, size, message):
    with pytest.raises(ValueError, match=message):
        render(values, size)
