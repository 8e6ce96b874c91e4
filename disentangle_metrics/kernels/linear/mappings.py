"""Linear maps of latents towards factors: the best sum of latents for each factor, and canonical correlation.

Both come from orthonormal bases, so that a latent's scale and offset and copies of latents change nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from .shapes import Shape, Weight, rooted

Floats = NDArray[np.float64]

# Of the longest direction: a shorter one is the rounding error of a column that the others span.
_FLAT = 1e-10


class Spanned(NamedTuple):
    """Orthonormal columns (n, r) that span given columns (n, p) of mean 0, which they are times a matrix (p, r)."""

    basis: Floats
    back: Floats


def spanned(x: Floats, weight: Weight = None) -> Spanned:
    """Return the orthonormal columns that span columns of mean 0, times the root weights of the rows."""
    q, r = np.linalg.qr(rooted(x, weight))
    u, size, vt = np.linalg.svd(r, full_matrices=False)
    kept = size > _FLAT * size.max(initial=0.0)
    return Spanned(q @ u[:, kept], vt[kept].T / size[kept])


def best_sums(z: Floats, factors: Sequence[Shape], weight: Weight = None) -> Floats:
    """Return the coefficients of the sum of latents that correlates most with each factor: (n, d) -> (d, k).

    For numbers these are the coefficients of ordinary least squares, for classes those of the first discriminant.

    Parameters
    ----------
    z : ndarray of shape (n, d)
        Standardized.
    factors : sequence of k Line, Circle or Classes
    weight : ndarray of shape (n,), optional
    """
    basis, back = spanned(z, weight)
    sums = np.zeros((z.shape[1], len(factors)))
    for k, factor in enumerate(factors if basis.size else ()):
        loadings = factor.loadings(basis, weight)
        first = np.linalg.svd(loadings, full_matrices=False)[0][:, 0]
        # a singular vector has no sign of its own: the sum of latents rises with a factor of numbers
        sums[:, k] = back @ (first * (np.sign(first @ loadings[:, 0]) or 1.0))
    return sums


class Canonical(NamedTuple):
    """Pairs of sums, one of latents and one of factors, each as correlated as can be with its partner.

    Attributes
    ----------
    of_latents : ndarray of shape (d, r)
    of_factors : ndarray of shape (k, r)
    shares : ndarray of shape (r, k)
        The weight of each pair for each factor. Over the pairs they sum to 1 for each factor, if there is a pair for
        each direction of the factors.
    own : ndarray of shape (k,)
        The part of a direction that is a factor's own: 1 if no factor is a sum of others, 1/2 for two copies. They sum
        to the number of directions. A pair's shares, each times this part, sum to 1 over the factors.
    """

    of_latents: Floats
    of_factors: Floats
    shares: Floats
    own: Floats


def canonical(z: Floats, v: Floats, weight: Weight = None) -> Canonical:
    """Return the canonical pairs of standardized latents (n, d) and standardized factors (n, k).

    A pair belongs to factors by the squared weights of its sum in whitened factors, each of which is as near to its
    factor as can be (ZCA): of independent factors these are the squared weights in the factors themselves.
    """
    of_z, of_v = spanned(z, weight), spanned(v, weight)
    left, _, right = np.linalg.svd(of_z.basis.T @ of_v.basis, full_matrices=False)
    # of_v.back = (directions of the factors) / (their lengths): without the lengths these are orthonormal
    whitened = of_v.back / np.sqrt((of_v.back**2).sum(axis=0))
    own = (whitened**2).sum(axis=1)
    shares = (right @ whitened.T) ** 2 / np.where(own > 0, own, 1.0)  # a factor that does not vary here has none
    return Canonical(of_z.back @ left, of_v.back @ right.T, shares, own)
