"""Encoders with distorted, collapsed or mixed latents: monotone maps, dead latents, and dependence on two factors."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..options import integer, real
from .grid import generator, grid, perfect, two_columns


def monotone(labels: ArrayLike, sizes: Sequence[int], *, seed: int = 0) -> NDArray[np.float64]:
    """Return perfect latents, each under its own random increasing map: (n_samples, n_factors), from -1 to 1.

    The steps from one value to the next are exponentially distributed, so a few values lie close together. For
    equal-frequency bins, ranks and trees these latents are the same as :func:`perfect`; for equal-width bins they are
    not.

    Parameters
    ----------
    seed : int, default 0
        Seed of the maps, 0 or more.

    Examples
    --------
    >>> z = monotone([[0], [1], [2]], [3])
    >>> z[0, 0], bool(-1 < z[1, 0] < 1), z[2, 0]
    (np.float64(-1.0), True, np.float64(1.0))
    """
    codes, counts = grid(labels, sizes)
    rng = generator("monotone", seed)
    z = np.zeros(codes.shape)
    for k, size in enumerate(counts):
        steps = np.concatenate([[0.0], rng.exponential(size=size - 1)]).cumsum()
        z[:, k] = (2 * steps / steps[-1] - 1)[codes[:, k]] if size > 1 else 0.0
    return z


def dead(labels: ArrayLike, sizes: Sequence[int], *, n_dead: int = 5, value: float = 0.0) -> NDArray[np.float64]:
    """Return perfect latents and constant ones, as after posterior collapse: (n_samples, n_factors + n_dead).

    Constant latents have no information, and every score should be that of :func:`perfect`.

    Parameters
    ----------
    n_dead : int, default 5
    value : float, default 0
        Value of the constant latents.

    Examples
    --------
    >>> dead([[0], [1]], [2], n_dead=2).tolist()
    [[-1.0, 0.0, 0.0], [1.0, 0.0, 0.0]]
    """
    z = perfect(labels, sizes)
    return np.hstack([z, np.full((len(z), integer("n_dead", n_dead, 1)), real("value", value, -np.inf))])


def dependent(
    labels: ArrayLike, sizes: Sequence[int], *, i: int = 0, j: int = 1, weight: float = 0.5
) -> NDArray[np.float64]:
    """Return perfect latents, one of which also depends on a second factor: (n_samples, n_factors).

    On a full grid the R2 of latent i with factor i is s_i^2 / (s_i^2 + weight^2 s_j^2), and with factor j it is 1 minus
    that. The variances are those that :func:`perfect` states.

    Parameters
    ----------
    i, j : int, default 0 and 1
        Two different columns: latent i is factor i plus `weight` times factor j. Negative numbers count from the end.
    weight : float, default 0.5

    Examples
    --------
    >>> dependent([[0, 0], [0, 1], [1, 1]], [2, 2]).tolist()
    [[-1.5, -1.0], [-0.5, 1.0], [1.5, 1.0]]
    """
    z = perfect(labels, sizes)
    first, second = two_columns("i", i, "j", j, z.shape[1])
    z[:, first] += real("weight", weight, -np.inf) * z[:, second]
    return z
