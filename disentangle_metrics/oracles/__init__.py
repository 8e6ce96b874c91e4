"""Analytic encoders: latents computed from the labels themselves, so that their scores are known in advance.

An oracle takes the labels of a factor grid and the number of values of each factor, and returns latents:
``oracle("noisy")(labels, sizes, sd=0.1)``. The unit is such that a factor runs from -1 to 1. The two
arguments and the errors are the same for all oracles; :func:`perfect` describes them.

On dSprites (``sizes`` 3, 6, 40, 32, 32: shape, scale, orientation, x, y), the default options of
:func:`disentangle_metrics.mig` and ``sap(..., probe="r2", factor_kinds="continuous")``, as means over 20 draws of
10,000 random rows. Single draws differ from the mean by less than 0.01:

=====================================  =====  ======
oracle                                   MIG  SAP R2
=====================================  =====  ======
perfect; also with 5 columns of noise  0.896   1.000
warped (tanh 2x)                       0.843   0.970
modulo_symmetry                        0.841   0.847
cos_sin                                0.742   0.912
noisy, sd 0.1                          0.657   0.976
rotated_pair (x and y by 45 degrees)   0.560   0.604
noisy, sd 0.3                          0.389   0.822
noisy, sd 0.6                          0.191   0.540
duplicated; noise                      0.000   0.000
=====================================  =====  ======

The MIG of the perfect representation is below 1 because 20 bins cannot hold 40 or 32 values. On a full grid with at
most 20 values per factor it is 1. ``rotated`` depends on its seed, and its docstring has the equation for R2.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import OptionError
from ..options import choice, integer, real
from .further import dead, dependent, monotone
from .grid import column, generator, grid, perfect, period, two_columns

Oracle = Callable[..., NDArray[np.float64]]
Warp = Callable[[NDArray[np.float64]], ArrayLike]


def oracle(name: str) -> Oracle:
    """Return the oracle of this name from ``ORACLES``, or raise OptionError with the nearest name.

    Examples
    --------
    >>> oracle("duplicated")([[0], [1], [2]], [3]).tolist()
    [[-1.0, -1.0], [0.0, 0.0], [1.0, 1.0]]
    """
    return ORACLES[choice("oracle", name, ORACLES)]


def noisy(labels: ArrayLike, sizes: Sequence[int], *, sd: float = 0.3, seed: int = 0) -> NDArray[np.float64]:
    """Return perfect latents with independent Gaussian noise: (n_samples, n_factors), possibly outside of [-1, 1].

    The R2 of a latent and its factor is var / (var + sd^2), with the variance that :func:`perfect` states.

    Parameters
    ----------
    sd : float, default 0.3
        Standard deviation of the noise, above 0; a factor spans 2.
    seed : int, default 0
        Seed of the noise, 0 or more.

    Examples
    --------
    >>> noisy([[0, 0], [2, 1]], [3, 2], sd=1e-9).round(6).tolist()
    [[-1.0, -1.0], [1.0, 1.0]]
    """
    z = perfect(labels, sizes)
    return z + real("sd", sd, 0.0) * generator("noisy", seed).normal(size=z.shape)


def rotated(labels: ArrayLike, sizes: Sequence[int], *, seed: int = 0) -> NDArray[np.float64]:
    r"""Return perfect latents under a random rotation: (n_samples, n_factors), rows of length at most sqrt(n_factors).

    All information is kept, but no single latent has it. On a full grid the R2 of latent j and factor k is
    :math:`Q_{jk}^2 s_k^2 / \sum_l Q_{jl}^2 s_l^2`, with the rotation Q and the variances :math:`s_k^2` that
    :func:`perfect` states.

    Parameters
    ----------
    seed : int, default 0
        Seed of the rotation, 0 or more; every rotation is equally likely (Mezzadri 2007, arXiv:math-ph/0609050).

    Examples
    --------
    >>> z = rotated([[0, 0], [2, 1]], [3, 2])
    >>> np.linalg.norm(z, axis=1).round(6)
    array([1.414214, 1.414214])
    """
    z = perfect(labels, sizes)
    q, r = np.linalg.qr(generator("rotated", seed).normal(size=(z.shape[1], z.shape[1])))
    q *= np.sign(np.diag(r))  # otherwise the arbitrary signs of LAPACK would decide
    if np.linalg.det(q) < 0:  # a reflection
        q[0] *= -1
    turned: NDArray[np.float64] = z @ q.T
    return turned


def rotated_pair(
    labels: ArrayLike, sizes: Sequence[int], *, i: int = -2, j: int = -1, angle: float = np.pi / 4
) -> NDArray[np.float64]:
    """Return perfect latents, two of which are rotated in their plane: (n_samples, n_factors).

    After a rotation by 45 degrees, two factors of equal size have gaps of 0 on a full grid: both latents have the same
    information about both factors. After a rotation by an angle a, their gap in R2 is abs(cos 2a).

    Parameters
    ----------
    i, j : int, default -2 and -1
        Two different columns; dSprites' x and y come last. Negative numbers count from the end.
    angle : float, default pi / 4
        In radians. Latent i becomes ``cos(angle) z_i - sin(angle) z_j``, latent j ``sin(angle) z_i + cos(angle) z_j``.

    Examples
    --------
    >>> rotated_pair([[0, 0], [2, 0]], [3, 3], angle=np.pi / 2).tolist()
    [[1.0, -1.0], [1.0, 1.0]]
    """
    z = perfect(labels, sizes)
    first, second = two_columns("i", i, "j", j, z.shape[1])
    angle = real("angle", angle, -np.inf)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    # To 12 decimals: sums that are equal in exact arithmetic must not fall into two bins by their last bits.
    z[:, [first, second]] = (z[:, [first, second]] @ turn.T).round(12)
    return z


def duplicated(labels: ArrayLike, sizes: Sequence[int]) -> NDArray[np.float64]:
    """Return perfect latents, each of them twice: (n_samples, 2 n_factors). Every gap is 0.

    Examples
    --------
    >>> duplicated([[0, 0], [2, 1]], [3, 2]).tolist()
    [[-1.0, -1.0, -1.0, -1.0], [1.0, 1.0, 1.0, 1.0]]
    """
    z = perfect(labels, sizes)
    return np.hstack([z, z])


def noise(labels: ArrayLike, sizes: Sequence[int], *, n_latents: int = 5, seed: int = 0) -> NDArray[np.float64]:
    """Return standard Gaussian noise, which has no information about the factors: (n_samples, n_latents).

    Added to other latents, as in ``np.hstack([perfect(v, s), noise(v, s)])``, it should not change their score.

    Parameters
    ----------
    n_latents : int, default 5
    seed : int, default 0
        0 or more.

    Examples
    --------
    >>> noise([[0], [1], [2]], [3]).shape
    (3, 5)
    """
    n_samples = len(grid(labels, sizes)[0])
    return generator("noise", seed).normal(size=(n_samples, integer("n_latents", n_latents, 1)))


def modulo_symmetry(
    labels: ArrayLike,
    sizes: Sequence[int],
    *,
    shape: int = 0,
    orientation: int = 2,
    folds: Sequence[int] = (4, 2, 1),
    both_ends: bool = True,
) -> NDArray[np.float64]:
    """Return perfect latents, with orientation only up to the symmetry of each shape: (n_samples, n_factors).

    A square looks the same after a quarter turn, an ellipse after half a turn. The latent of orientation runs from -1
    up to, and without, 1 while the sprite turns until it looks the same for the first time.

    Parameters
    ----------
    shape, orientation : int, default 0 and 2
        Columns of shape and orientation; the defaults are those of dSprites.
    folds : sequence of int, length ``sizes[shape]``, default (4, 2, 1)
        Number of orientations in a full turn in which a shape looks the same; the default is for the square, ellipse
        and heart of dSprites.
    both_ends : bool, default True
        Whether the values of orientation go from 0 to a full turn with both ends, as in dSprites, so that the last
        value repeats the first. False leaves out the repetition.

    Examples
    --------
    >>> modulo_symmetry([[0, 0], [0, 1], [1, 0], [1, 1]], [2, 5], orientation=1, folds=(4, 2)).tolist()
    [[-1.0, -1.0], [-1.0, -1.0], [1.0, -1.0], [1.0, 0.0]]
    """
    codes, counts = grid(labels, sizes)
    shape, orientation = two_columns("shape", shape, "orientation", orientation, len(counts))
    if len(folds) != counts[shape]:
        raise OptionError(
            f"folds={tuple(folds)!r} has {len(folds)} numbers and there are {counts[shape]} shapes (column {shape}). "
            "Give one number per shape."
        )
    times = np.array([integer(f"folds[{m}]", fold, 1) for m, fold in enumerate(folds)])
    full_turn = period(int(counts[orientation]), both_ends)
    z = perfect(labels, sizes)
    # Modulo in integers: angles that look alike must not differ in their last bit.
    z[:, orientation] = 2 * (codes[:, orientation] * times[codes[:, shape]] % full_turn) / full_turn - 1
    return z


def cos_sin(
    labels: ArrayLike, sizes: Sequence[int], *, orientation: int = 2, both_ends: bool = True
) -> NDArray[np.float64]:
    """Return perfect latents with orientation as cosine and sine: (n_samples, n_factors + 1), the two side by side.

    This is the natural representation of a circle, in which neighbors stay neighbors. Scores that expect one latent per
    factor penalize it: on dSprites MIG is 0.742, and 0.927 with cosine and sine as one of ``latent_groups``.

    Parameters
    ----------
    orientation : int, default 2
        Column of orientation; the default is that of dSprites.
    both_ends : bool, default True
        As for :func:`modulo_symmetry`.

    Examples
    --------
    >>> cos_sin([[0, 0], [1, 1], [1, 4]], [2, 5], orientation=1).round(6).tolist()
    [[-1.0, 1.0, 0.0], [1.0, 0.0, 1.0], [1.0, 1.0, 0.0]]
    """
    codes, counts = grid(labels, sizes)
    orientation = column("orientation", orientation, len(counts))
    full_turn = period(int(counts[orientation]), both_ends)
    angle = 2 * np.pi * (codes[:, orientation] % full_turn) / full_turn
    z = perfect(labels, sizes)
    return np.column_stack([z[:, :orientation], np.cos(angle), np.sin(angle), z[:, orientation + 1 :]])


def _squash(x: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.tanh(2 * x)


def warped(labels: ArrayLike, sizes: Sequence[int], *, f: Warp = _squash) -> NDArray[np.float64]:
    """Return perfect latents under a monotone map, which keeps all information in place: (n_samples, n_factors).

    Equal-width bins and R2 depend on the map. Equal-frequency bins do not depend on an increasing map.

    Parameters
    ----------
    f : callable, default tanh(2x)
        Takes the distinct values ``(m,)``, increasing, in [-1, 1], and returns as many finite numbers, which must be
        strictly increasing or decreasing.

    Examples
    --------
    >>> warped([[0], [1], [2], [3], [4]], [5], f=lambda x: x**3).ravel()
    array([-1.   , -0.125,  0.   ,  0.125,  1.   ])
    """
    z = perfect(labels, sizes)
    values, places = np.unique(z, return_inverse=True)
    images = np.asarray(f(values), dtype=np.float64)
    if images.shape != values.shape or not np.isfinite(images).all():
        raise OptionError(f"f must return one finite number for each of {len(values)} values; it returned {images!r}.")
    steps = np.sign(np.diff(images))
    if not (np.all(steps > 0) or np.all(steps < 0)):
        raise OptionError("f is not strictly monotone. Use a map that increases, or decreases, throughout [-1, 1].")
    return images[places.reshape(z.shape)]


_ALL: tuple[Oracle, ...] = (
    *(perfect, noisy, rotated, rotated_pair, duplicated, noise, modulo_symmetry, cos_sin, warped),
    *(monotone, dead, dependent),
)
# Each can be called with labels and sizes alone; modulo_symmetry and cos_sin then expect the columns of dSprites.
ORACLES: dict[str, Oracle] = {function.__name__: function for function in _ALL}

__all__ = ["ORACLES", "Oracle", "oracle", *sorted(ORACLES)]
