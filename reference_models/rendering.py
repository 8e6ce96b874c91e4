"""Images of dSprites from their factors, drawn with numpy: white squares, ellipses and hearts on black.

The geometry was recovered from the images of dSprites (Matthey, Higgins, Hassabis and Lerchner 2017). Each shape is a
polygon, drawn by the rules of graphics hardware: corners are rounded to 1/256 of a pixel, a pixel is lit if its center
lies inside, and there is no anti-aliasing. All but one or two in ten thousand images then equal the original in every
pixel.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SQUARE, ELLIPSE, HEART = 1, 2, 3

_FRAME = 64.0  # the side of the frame in the units of the shapes, whatever the number of pixels
_SUBPIXELS = 256
_HALF_SIDE = 9.6  # half the side of the square, which is 0.3 of the frame; other shapes are multiples of it
_BLOCK = 128  # images that are drawn at a time, so that arrays stay in the cache


def render(values: ArrayLike, size: int = 64) -> NDArray[np.bool_]:
    """Return images of factor values.

    Parameters
    ----------
    values : array-like of shape (n, 5)
        Shape (1 square, 2 ellipse, 3 heart), scale (0.5 to 1 in dSprites), orientation in radians, and position x and
        y in [0, 1].
    size : int, default 64
        Pixels on each side, 4 to 64.

    Returns
    -------
    ndarray of bool of shape (n, size, size)
        Rows run down, columns to the right.

    Raises
    ------
    ValueError
        If the values are not (n, 5), a shape is not known, or a sprite would leave the frame.

    Examples
    --------
    >>> image = render([[1, 0.5, 0.0, 0.5, 0.5]], size=16)[0]
    >>> int(image.sum())
    4
    """
    table = np.asarray(values, dtype=np.float64)
    _check(table, size)
    images = np.zeros((len(table), size, size), dtype=bool)
    for shape in (SQUARE, ELLIPSE, HEART):
        rows = np.flatnonzero(table[:, 0] == shape)
        for start in range(0, len(rows), _BLOCK):
            block = rows[start : start + _BLOCK]
            images[block] = _fill(*_corners(shape, table[block], size), size)
    return images


def _check(values: Floats, size: int) -> None:
    if values.ndim != 2 or values.shape[1] != 5:
        raise ValueError(f"values have shape {values.shape}; expected (n, 5): shape, scale, orientation, x, y.")
    if not 4 <= size <= 64:
        raise ValueError(f"size={size} is out of range. Draw on 4 to 64 pixels.")
    unknown = ~np.isin(values[:, 0], (SQUARE, ELLIPSE, HEART))
    if unknown.any():
        raise ValueError(f"shape {values[unknown][0, 0]:g} is not known. Use 1 (square), 2 (ellipse) or 3 (heart).")
    _, scale, _, x, y = values.T
    if not np.isfinite(values).all() or np.any(scale <= 0) or np.any(scale > 1):
        raise ValueError("scales must lie above 0 and at most at 1, and every value must be finite.")
    if np.any((x < 0) | (x > 1) | (y < 0) | (y > 1)):
        raise ValueError("positions must lie between 0 and 1.")


@cache
def _outline(shape: int) -> tuple[Floats, Floats]:
    """Return the corners of a shape of scale 1 around its center; y points down."""
    if shape == SQUARE:
        return _HALF_SIDE * np.array([-1.0, 1, 1, -1]), _HALF_SIDE * np.array([-1.0, -1, 1, 1])
    if shape == ELLIPSE:
        a = 2 * np.pi * np.arange(100) / 100
        return _HALF_SIDE * 1.33 * np.cos(a), _HALF_SIDE / 1.33 * np.sin(a)
    a = 2 * np.pi * np.arange(150) / 150
    x = 0.6 * 16 * np.sin(a) ** 3
    return x, -(19.2 / 29) * (13 * np.cos(a) - 5 * np.cos(2 * a) - 2 * np.cos(3 * a) - np.cos(4 * a)) - 1.44


def _corners(shape: int, values: Floats, size: int) -> tuple[Ints, Ints]:
    """Return the corners of each image's polygon in whole subpixels: two arrays (n, corners)."""
    u, v = _outline(shape)
    _, scale, angle, x, y = values.T
    cos, sin = (scale * np.cos(angle))[:, None], (scale * np.sin(angle))[:, None]
    fine = _SUBPIXELS * size / _FRAME
    across = np.rint((16 + 32 * x[:, None] + cos * u + sin * v) * fine)
    down = np.rint((16 + 32 * y[:, None] - sin * u + cos * v) * fine)
    return across.astype(np.int64), down.astype(np.int64)


def _fill(x: Ints, y: Ints, size: int) -> NDArray[np.bool_]:
    """Return images (n, size, size) whose lit pixels have their centers inside polygons (n, corners), by integers only.

    A center on a left or lower edge is inside, a center on a right or upper edge outside. A row of pixels is a 64-bit
    word: the columns from l up to, but without, r are 2^r - 2^l, so each edge adds or subtracts a power of two where it
    crosses the row.
    """
    x_next, y_next = np.roll(x, -1, axis=1), np.roll(y, -1, axis=1)
    half = _SUBPIXELS // 2
    # an edge crosses the rows whose centers, at half + row * _SUBPIXELS, lie in (upper end, lower end]
    first = (np.minimum(y, y_next) - half) // _SUBPIXELS + 1
    last = (np.maximum(y, y_next) - half) // _SUBPIXELS + 1
    words = np.zeros((len(x), size), dtype=np.int64)
    image, edge = np.nonzero(last > first)
    row = first[image, edge]
    while len(row):
        x0, y0 = x[image, edge], y[image, edge]
        dx, dy = x_next[image, edge] - x0, y_next[image, edge] - y0
        # the first column whose center is not left of the crossing: ceil((x - half) / _SUBPIXELS)
        left_of = (x0 - half) * dy + (half + row * _SUBPIXELS - y0) * dx
        column = -(-left_of // (dy * _SUBPIXELS))
        np.add.at(words, (image, row), np.sign(dy) * _POWERS[column])
        more = row + 1 < last[image, edge]
        image, edge, row = image[more], edge[more], row[more] + 1
    bits = np.unpackbits(words.astype("<i8").view(np.uint8).reshape(len(x), size, 8), axis=2, bitorder="little")
    return bits[:, :, :size].view(np.bool_)


# 2^63 and 2^64 wrap around on purpose: a word has 64 bits, and the sign is one of them.
_POWERS = np.append(np.left_shift(np.int64(1), np.arange(64)), np.int64(0))
