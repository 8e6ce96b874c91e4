"""dSprites and similar data: images with known factors, drawn on demand or read from the original file.

Every data set has ``factors``, their description; ``len``, the number of images; ``labels(index)`` and
``values(index)``, the factors of images; and ``images(index)``, the images.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from disentangle_metrics.errors import FileFormatError, OptionError
from disentangle_metrics.files.content import Content
from disentangle_metrics.files.formats import read_file

from .files import check_named, whole_file
from .rendering import render

NAMES = ("shape", "scale", "orientation", "pos_x", "pos_y")
SIZES = (3, 6, 40, 32, 32)
SHAPES = ("square", "ellipse", "heart")
# Number of images that are drawn or checked at a time.
_BLOCK = 8192

# Order of the rotational symmetry: a square looks the same after a quarter of a turn, a heart after a whole turn.
SYMMETRY = {"square": 4, "ellipse": 2, "heart": 1}


@dataclass(frozen=True)
class Factors:
    """Factors of a data set.

    Attributes
    ----------
    names : tuple of str
    sizes : tuple of int
        Number of values of each factor; 0 for a continuous factor.
    kinds : tuple of str
        ``categorical``, ``ordinal``, ``continuous`` or ``circular``.
    symmetry : mapping from shape to int
        Number of orientations of a shape that look the same; above 1 the image does not identify the orientation.
    """

    names: tuple[str, ...] = NAMES
    sizes: tuple[int, ...] = SIZES
    kinds: tuple[str, ...] = ("categorical", "ordinal", "circular", "ordinal", "ordinal")
    symmetry: dict[str, int] = field(default_factory=lambda: dict(SYMMETRY))


class Sprites(Protocol):
    """Data set with the methods that training needs."""

    factors: Factors
    size: int

    def __len__(self) -> int: ...

    def labels(self, index: NDArray[np.integer]) -> NDArray[np.float64] | NDArray[np.int64]:
        """Return the factors of some images as ground truth: (n, n_factors)."""

    def values(self, index: NDArray[np.integer]) -> NDArray[np.float64]:
        """Return the values that the renderer draws: (n, 5)."""

    def images(self, index: NDArray[np.integer]) -> NDArray[np.bool_]:
        """Return some images: (n, size, size)."""


class DSprites:
    """Grid of sprites in the order of the original: shape, scale, orientation, x, y; y varies fastest.

    Parameters
    ----------
    size : int, default 64
        Pixels on each side, 4 to 64. A small image samples the same shapes; it is no reduced large image.
    sizes : sequence of 5 ints, default (3, 6, 40, 32, 32)
        Number of values of each factor, evenly spaced over its range; 1 keeps a factor at the start of its range.
    shapes : sequence of str, optional
        The shapes, in order; by default the first of square, ellipse and heart.
    scale, pos_x, pos_y : pair of float
        Lowest and highest value.
    unique_orientations : bool, default False
        Orientations of the original run from 0 to a full turn with both ends, so the last one repeats the first
        (Matthey et al. 2017 do not mention it). True leaves out the repetition.
    cache : bool, default False
        Draw all images once and keep them, a bit per pixel: 377 MB for the whole original at 64 pixels.

    Examples
    --------
    >>> data = DSprites(32, sizes=(3, 6, 1, 8, 8))
    >>> len(data), data.images(np.array([0, 5])).shape
    (1152, (2, 32, 32))
    """

    def __init__(
        self,
        size: int = 64,
        sizes: Sequence[int] = SIZES,
        *,
        shapes: Sequence[str] | None = None,
        scale: tuple[float, float] = (0.5, 1.0),
        pos_x: tuple[float, float] = (0.0, 1.0),
        pos_y: tuple[float, float] = (0.0, 1.0),
        unique_orientations: bool = False,
        cache: bool = False,
    ) -> None:
        if len(sizes) != 5 or min(sizes) < 1:
            raise OptionError(
                f"sizes={tuple(sizes)!r}: give the number of values of {', '.join(NAMES)}, each 1 or more."
            )
        shapes = tuple(shapes) if shapes is not None else SHAPES[: sizes[0]]
        if len(shapes) != sizes[0] or not set(shapes) <= set(SHAPES):
            raise OptionError(f"shapes={shapes!r}: name {sizes[0]} of {', '.join(SHAPES)}.")
        turn = np.linspace(0, 2 * np.pi, sizes[2], endpoint=not unique_orientations)
        self.size = size
        self.factors = Factors(sizes=tuple(sizes))
        self.levels: tuple[NDArray[np.float64], ...] = (
            np.array([1.0 + SHAPES.index(shape) for shape in shapes]),
            np.linspace(*scale, sizes[1]),
            turn,
            np.linspace(*pos_x, sizes[3]),
            np.linspace(*pos_y, sizes[4]),
        )
        self._packed = self._draw_all() if cache else None

    def __len__(self) -> int:
        return int(np.prod(self.factors.sizes))

    def labels(self, index: NDArray[np.integer]) -> NDArray[np.int64]:
        """Return the index of each factor's value for some images: (n, 5)."""
        return np.stack(np.unravel_index(index, self.factors.sizes), axis=1).astype(np.int64, copy=False)

    def values(self, index: NDArray[np.integer]) -> NDArray[np.float64]:
        """Return the factor values of some images: (n, 5)."""
        labels = self.labels(index)
        return np.stack([level[labels[:, k]] for k, level in enumerate(self.levels)], axis=1)

    def images(self, index: NDArray[np.integer]) -> NDArray[np.bool_]:
        """Return some images: (n, size, size)."""
        if self._packed is None:
            return render(self.values(np.asarray(index)), self.size)
        return _unpacked(self._packed[index], self.size)

    def _draw_all(self) -> NDArray[np.uint8]:
        blocks = (np.arange(start, min(start + _BLOCK, len(self))) for start in range(0, len(self), _BLOCK))
        return np.concatenate([_packed(render(self.values(index), self.size)) for index in blocks])

    def save(self, path: str | Path) -> None:
        """Write all images, whole or not at all, to a compressed ``.npz`` that :func:`load_dsprites` reads."""
        path = Path(path)
        check_named(path, "a file of images", (".npz",))  # numpy would add the ending, and write another file
        index = np.arange(len(self))
        images = self.images(index).view(np.uint8)
        arrays = {"imgs": images, "latents_classes": self.labels(index), "latents_values": self.values(index)}
        with whole_file(path, "file") as temporary:
            np.savez_compressed(temporary, **arrays)  # type: ignore[arg-type]

    def sample(
        self, n: int, rng: np.random.Generator, correlated: tuple[str, str] | None = None, strength: float = 0.2
    ) -> NDArray[np.int64]:
        """Return random images, drawn with replacement, evenly over the grid or with two correlated factors.

        Parameters
        ----------
        n : int
        rng : numpy.random.Generator
        correlated : pair of str, optional
            Two factors a and b, scaled to [0, 1]: their probability is proportional to
            exp(-(a - b)^2 / (2 strength^2)) (Träuble et al. 2021, arXiv:2006.07886, eq. 1).
        strength : float, default 0.2
            A smaller number makes the correlation stronger.

        Returns
        -------
        ndarray of shape (n,)
            Numbers of images.
        """
        labels = np.stack([rng.integers(size, size=n) for size in self.factors.sizes], axis=1)
        if correlated is not None:
            i, j = (self._position(name) for name in correlated)
            a, b = (np.linspace(0, 1, self.factors.sizes[k]) for k in (i, j))
            if strength <= 0 or i == j:
                raise OptionError("correlated needs two different factors and a strength above 0.")
            weight = np.exp(-((a[:, None] - b) ** 2) / (2 * strength**2)).ravel()
            drawn = rng.choice(len(weight), size=n, p=weight / weight.sum())
            labels[:, i], labels[:, j] = np.divmod(drawn, len(b))
        return np.asarray(np.ravel_multi_index(tuple(labels.T), self.factors.sizes), dtype=np.int64)

    def _position(self, name: str) -> int:
        if name not in NAMES:
            raise OptionError(f"factor {name!r} is not known. Use one of {list(NAMES)}.")
        return NAMES.index(name)


class ContinuousSprites:
    """Hearts with continuous scale, orientation and position; orientation is circular.

    A heart looks different at every angle, so the image identifies all four factors.

    Parameters
    ----------
    n : int, default 10000
        Number of images.
    size : int, default 64
        Pixels on each side, 4 to 64.
    seed : int, default 0
    """

    def __init__(self, n: int = 10_000, size: int = 64, seed: int = 0) -> None:
        rng = np.random.default_rng(seed)
        self.size = size
        self.factors = Factors(
            NAMES[1:], (0, 0, 0, 0), ("continuous", "circular", "continuous", "continuous"), {"heart": 1}
        )
        low, high = np.array([0.5, 0.0, 0.0, 0.0]), np.array([1.0, 2 * np.pi, 1.0, 1.0])
        self._drawn = low + (high - low) * rng.random((n, 4))

    def __len__(self) -> int:
        return len(self._drawn)

    def labels(self, index: NDArray[np.integer]) -> NDArray[np.float64]:
        """Return the factors of some images: scale, orientation in radians, x and y, (n, 4)."""
        return np.asarray(self._drawn[index])

    def values(self, index: NDArray[np.integer]) -> NDArray[np.float64]:
        """Return the values that the renderer draws, shape first: (n, 5)."""
        drawn = self._drawn[index]
        return np.column_stack([np.full(len(drawn), 3.0), drawn])

    def images(self, index: NDArray[np.integer]) -> NDArray[np.bool_]:
        """Return some images: (n, size, size)."""
        return render(self.values(index), self.size)


class StoredSprites:
    """Images read from a file in the format of the original; see :func:`load_dsprites`."""

    def __init__(
        self, packed: NDArray[np.uint8], size: int, labels: NDArray[np.int64], values: NDArray[np.float64]
    ) -> None:
        self.size = size
        self.factors = Factors(sizes=tuple(int(column.max()) + 1 for column in labels.T))
        self._packed, self._labels, self._values = packed, labels, values

    def __len__(self) -> int:
        return len(self._packed)

    def labels(self, index: NDArray[np.integer]) -> NDArray[np.int64]:
        """Return the index of each factor's value for some images: (n, 5)."""
        return np.asarray(self._labels[index])

    def values(self, index: NDArray[np.integer]) -> NDArray[np.float64]:
        """Return the factor values of some images: (n, 5)."""
        return np.asarray(self._values[index])

    def images(self, index: NDArray[np.integer]) -> NDArray[np.bool_]:
        """Return some images: (n, size, size)."""
        return _unpacked(self._packed[index], self.size)


def _packed(lit: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Return images as rows with a bit per pixel."""
    return np.packbits(lit.reshape(len(lit), -1), axis=1)


def _unpacked(packed: NDArray[np.uint8], size: int) -> NDArray[np.bool_]:
    return np.unpackbits(packed, axis=1, count=size**2).reshape(-1, size, size).view(np.bool_)


def load_dsprites(path: str | Path) -> StoredSprites:
    """Return the images of the original ``dsprites_ndarray_*.npz``, or of a part of it with the same keys.

    Parameters
    ----------
    path : path
        A ``.npz`` with ``imgs`` (n, s, s), ``latents_classes`` and ``latents_values``, (n, 5) or (n, 6) with the
        constant color first. Pixels are 0 and 1, or 0 and 255, of any type: bool, integer or float. Its pickled
        ``metadata`` is never read.

    Raises
    ------
    MissingFileError, FileFormatError
    """
    content = read_file(Path(path))
    wanted = ("latents_classes", "latents_values", "imgs")  # the largest last
    if missing := [key for key in wanted if key not in content.names]:
        raise FileFormatError(f"{path} has no {' or '.join(missing)}; it holds {list(content.names)}.")
    labels, values, images = (_numbers(content, key, path) for key in wanted)
    if images.ndim != 3 or images.shape[1] != images.shape[2] or not images.size:
        raise FileFormatError(f"{path}: imgs has shape {images.shape}; expected (n, s, s).")
    if labels.shape not in ((len(images), 5), (len(images), 6)) or values.shape != labels.shape:
        raise FileFormatError(
            f"{path}: latents_classes has shape {labels.shape} and latents_values {values.shape}; "
            f"expected ({len(images)}, 5) or ({len(images)}, 6) for {len(images)} images."
        )
    labels, values = labels[:, -5:], values[:, -5:]
    if not np.isfinite(values).all():
        raise FileFormatError(f"{path}: latents_values holds NaN or infinities; expected finite numbers.")
    if not (np.isfinite(labels) & (labels == np.rint(labels)) & (labels >= 0) & (labels < _LABELS)).all():
        raise FileFormatError(f"{path}: latents_classes must be whole numbers from 0 to {_LABELS - 1}.")
    if (labels.min(axis=0) == labels.max(axis=0)).all():
        raise FileFormatError(f"{path}: each factor in latents_classes has a single value. One factor must vary.")
    return StoredSprites(_binary(images, path), images.shape[1], labels.astype(np.int64), values.astype(np.float64))


# A label above this is a mistake.
_LABELS = 2**31


def _numbers(content: Content, key: str, path: str | Path) -> NDArray[Any]:
    array = content.get(key)
    if array.dtype.kind not in "buif":
        raise FileFormatError(f"{path}: {key} has dtype {array.dtype}; expected numbers.")
    return array


def _binary(images: NDArray[Any], path: str | Path) -> NDArray[np.uint8]:
    """Return images with a bit per pixel; their pixels must be 0 and 1, or 0 and 255."""
    top = 255 if images.max() == 255 else 1
    parts = []
    for start in range(0, len(images), _BLOCK):
        part = images[start : start + _BLOCK]
        lit = part == top
        if np.count_nonzero(lit) != np.count_nonzero(part):
            row, *pixel = np.argwhere((part != 0) & ~lit)[0]
            raise FileFormatError(
                f"{path}: imgs holds {part[(row, *pixel)]} in image {start + row}. Pixels must be 0 and 1, or 0 and "
                "255: choose a threshold, and save imgs > threshold."
            )
        parts.append(_packed(lit))
    return np.concatenate(parts)
