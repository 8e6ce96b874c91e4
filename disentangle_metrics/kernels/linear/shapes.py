"""A factor as latents are correlated with it: numbers on a line, classes, or angles on a circle.

The correlation of a latent with a line has a sign. With classes it is the correlation ratio eta, the correlation of the
latent with its mean in each class: the root of the sum of squares between classes over the whole sum of squares. With a
circle it is the circular-linear correlation, that of the latent with its best sum of cosine and sine (Mardia 1976).

Latents are `standardized` and (n, d), weights of the rows are (n,) or None.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..columns.origin import from_first
from ..columns.weighted_counts import totals
from .regression import directions

Floats = NDArray[np.float64]
Rows = NDArray[np.intp] | slice
Weight = Floats | None

# Of the longest direction: a shorter one is the rounding error of a column that the others span.
_FLAT = 1e-10
# Of a whole variance: a smaller part is a rounding error.
_NOTHING = 1e-24


def standardized(x: NDArray[np.floating], weight: Weight = None) -> Floats:
    """Return columns of mean 0 and deviation 1, by the weights of the rows; constant columns are 0: (n, p)."""
    [x] = from_first(np.asfortranarray(x, dtype=np.float64))  # numpy is faster along columns that lie together
    x -= _mean(x, weight)
    size = np.sqrt(_mean(x * x, weight))
    x /= np.where(size > 0, size, 1.0)
    return x


def _mean(x: Floats, weight: Weight) -> Floats:
    """Return the weighted mean of each column: (n, p) -> (p,)."""
    return np.asarray(x.mean(axis=0) if weight is None else weight @ x / weight.sum())


def correlation_of_columns(z: Floats, expected: Floats, weight: Weight = None) -> Floats:
    """Return the correlation of each standardized column with the column of the same number: (n, d) twice -> (d,)."""
    around = expected - _mean(expected, weight)
    square = _mean(around * around, weight)
    size = np.sqrt(np.where(square > _NOTHING, square, np.inf))
    return np.clip(_mean(z * around, weight) / size, -1.0, 1.0)


def rooted(x: Floats, weight: Weight) -> Floats:
    """Return rows times the root of their weight, so that sums of products are weighted."""
    return x if weight is None else x * np.sqrt(weight)[:, None]


@dataclass(frozen=True, eq=False)
class Line:
    """A factor of numbers, or of ranks.

    Attributes
    ----------
    values : ndarray of shape (n,)
    """

    values: Floats

    @property
    def degrees(self) -> int:
        """Number of coefficients that a latent has along the factor."""
        return 1

    def take(self, rows: Rows) -> Line:
        """Return the chosen rows."""
        return Line(self.values[rows])

    def correlation(self, z: Floats, weight: Weight = None) -> Floats:
        """Return the correlation of each latent, with its sign: (d,)."""
        [y] = standardized(self.values[:, None], weight).T
        mean: Floats = z.T @ y / len(y) if weight is None else z.T @ (y * weight) / weight.sum()
        return np.clip(mean, -1.0, 1.0)

    def learned(self, z: Floats, weight: Weight = None) -> Floats:
        """Return the direction in which each latent rises: 1 or -1, 0 if it is constant: (d,)."""
        return np.sign(self.correlation(z, weight))

    def judged(self, z: Floats, learned: Floats, weight: Weight = None) -> Floats:
        """Return the correlation of each latent in a direction learned on other rows: (d,)."""
        return self.correlation(z, weight) * learned

    def loadings(self, q: Floats, weight: Weight = None) -> Floats:
        """Return the products of orthonormal columns (n, r), times root weights, with an orthonormal basis: (r, m)."""
        return q.T @ directions(self.values[:, None], weight)


@dataclass(frozen=True, eq=False)
class Circle:
    """A factor of angles.

    Attributes
    ----------
    columns : ndarray of shape (n, 2)
        Cosine and sine.
    """

    columns: Floats

    @property
    def degrees(self) -> int:
        """Number of coefficients that a latent has along the factor."""
        return 2

    def take(self, rows: Rows) -> Circle:
        """Return the chosen rows."""
        return Circle(self.columns[rows])

    def correlation(self, z: Floats, weight: Weight = None) -> Floats:
        """Return the circular-linear correlation of each latent, without a sign: (d,)."""
        return np.abs(self.judged(z, self.learned(z, weight), weight))

    def learned(self, z: Floats, weight: Weight = None) -> Floats:
        """Return the coefficients of cosine and sine that come nearest to each latent: (2, d)."""
        around = self.columns - _mean(self.columns, weight)
        return np.asarray(np.linalg.lstsq(rooted(around, weight), rooted(z, weight), rcond=_FLAT)[0])

    def judged(self, z: Floats, learned: Floats, weight: Weight = None) -> Floats:
        """Return the correlation of each latent with a sum of cosine and sine learned on other rows: (d,)."""
        return correlation_of_columns(z, self.columns @ learned, weight)

    def loadings(self, q: Floats, weight: Weight = None) -> Floats:
        """Return the products of orthonormal columns (n, r), times root weights, with an orthonormal basis: (r, m)."""
        return q.T @ directions(self.columns, weight)


@dataclass(frozen=True, eq=False)
class Classes:
    """A factor of labels.

    Attributes
    ----------
    codes : ndarray of int of shape (n,)
    n_classes : int
    """

    codes: NDArray[np.integer]
    n_classes: int

    @property
    def degrees(self) -> int:
        """Number of coefficients that a latent has along the factor."""
        return self.n_classes - 1

    def take(self, rows: Rows) -> Classes:
        """Return the chosen rows."""
        return Classes(self.codes[rows], self.n_classes)

    def correlation(self, z: Floats, weight: Weight = None) -> Floats:
        """Return the correlation ratio of each latent, without a sign: (d,)."""
        size = self._sizes(weight)
        sums = self._sums(z if weight is None else z * weight[:, None])
        share = (sums**2 / size[:, None]).sum(axis=0) / (len(z) if weight is None else weight.sum())
        return np.sqrt(np.where(share > _NOTHING, np.minimum(share, 1.0), 0.0))

    def learned(self, z: Floats, weight: Weight = None) -> Floats:
        """Return the mean of each latent in each class, 0 in a class without rows: (n_classes, d)."""
        times = z if weight is None else z * weight[:, None]
        return self._sums(times) / self._sizes(weight)[:, None]

    def judged(self, z: Floats, learned: Floats, weight: Weight = None) -> Floats:
        """Return the correlation of each latent with the means of classes learned on other rows: (d,)."""
        return correlation_of_columns(z, learned.T[:, self.codes].T, weight)

    def loadings(self, q: Floats, weight: Weight = None) -> Floats:
        """Return the products of orthonormal columns (n, r), times root weights, with an orthonormal basis: (r, m)."""
        return (self._sums(rooted(q, weight)) / np.sqrt(self._sizes(weight))[:, None]).T

    def _sums(self, x: Floats) -> Floats:
        """Return the sum of each column over the rows of each class: (n, p) -> (n_classes, p)."""
        return np.stack([np.bincount(self.codes, column, self.n_classes) for column in x.T], axis=1)

    def _sizes(self, weight: Weight) -> Floats:
        """Return the weight of each class, 1 for a class without rows: (n_classes,)."""
        size = totals(self.codes, self.n_classes, weight).astype(np.float64)
        return np.where(size > 0, size, 1.0)


Shape = Line | Circle | Classes
